#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fuzz.py - runs the fuzz targets under libFuzzer, one after the other, and says what they reached.

    fuzz.py --build build/fuzz run --seconds 300 [--only act,note]
    fuzz.py --build build/fuzz minimise

Each target gets an equal share of the seconds. It begins with its seeds and what earlier runs have
found (<build>/corpus/<target>), so that longer series go on where shorter ones ended.

Three numbers are measured of each target:
  executions  inputs run in its time; depends on the machine
  edges       control-flow edges of the whole program that the corpus reaches, as libFuzzer counts them
  lines       of the decoder under test, that is the files which the target's `Decoder:` line names
Edges and lines are taken at the end, by running the corpus once more with the process's profile: the
same corpus gives the same numbers everywhere.

An input that crashes, leaks, grows beyond the memory limit or takes longer than the time limit is
kept under <build>/crash-<target>-..., the command that repeats it is printed, and the exit code is 1.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEAKS = ROOT / "tests/fuzz/leaks_of_others"
SEEDS = ROOT / "tests/fuzz/seeds"
DECODER = re.compile(r"^ \* Decoder: (.+(?:\n \*          .+)*)", re.MULTILINE)
INPUT_MAX = 131072         # bytes; libFuzzer's own default is 4096
INPUT_SECONDS = 20         # the longest that one input may take, with all sanitizers
MEMORY_MB = 2048
KEPT, KEPT_BYTES = 4, 2048  # found inputs that become seeds of a target, and how large each may be
FOUND = re.compile(r"[0-9a-f]{40}$")  # how libFuzzer names what it finds; our seeds have names


@dataclasses.dataclass
class Target:
    name: str
    build: pathlib.Path

    @property
    def program(self):
        return self.build / "tests" / f"fuzz_{self.name}"

    @property
    def seeds(self):
        return SEEDS / self.name

    @property
    def corpus(self):
        folder = self.build / "corpus" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def decoder(self):
        """The files that are under test."""
        text = (ROOT / f"tests/fuzz/fuzz_{self.name}.c").read_text()
        found = DECODER.search(text)
        if not found:
            sys.exit(f"fuzz_{self.name}.c has no line 'Decoder: <files>'")
        files = found[1].replace(" *", " ").split()
        for file in files:
            if not (ROOT / file).is_file():
                sys.exit(f"fuzz_{self.name}.c: no such decoder: {file}")
        return files


def targets(build, only):
    every = [path.stem.removeprefix("fuzz_") for path in sorted(ROOT.glob("tests/fuzz/fuzz_*.c"))]
    chosen = only.split(",") if only else every
    for name in chosen:
        if name not in every:
            sys.exit(f"no target is called '{name}'; there are {', '.join(every)}")
    found = [Target(name, build) for name in chosen]
    for target in found:
        _ = target.decoder  # what is wrong there is said now, not after an hour
    return found


def fuzzer(target, *options, profile=None):
    """Runs a target and returns (exit code, what it said)."""
    env = dict(os.environ, LLVM_PROFILE_FILE=str(profile or "/dev/null"),
               ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1",
               LSAN_OPTIONS=f"suppressions={LEAKS}:print_suppressions=0",
               UBSAN_OPTIONS="print_stacktrace=1")
    if os.path.isdir("/dev/shm"):  # registries and replicas of a moment need no disk
        env["TMPDIR"] = "/dev/shm"
    done = subprocess.run([str(target.program), *map(str, options)], cwd=ROOT, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode(errors="replace")


# --- running -------------------------------------------------------------------------------------


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def fuzz(target, seconds):
    """Fuzzes for `seconds`; (executions, the crashes' files)."""
    prefix = target.build / f"crash-{target.name}-"
    before = set(target.build.glob(f"{prefix.name}*"))
    code, said = fuzzer(
        target, target.corpus, target.seeds, f"-max_total_time={seconds}",
        f"-max_len={INPUT_MAX}", f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MB}",
        f"-report_slow_units={INPUT_SECONDS}", f"-artifact_prefix={prefix}",
        "-print_final_stats=1", "-verbosity=1")
    crashes = sorted(set(target.build.glob(f"{prefix.name}*")) - before)
    (target.build / f"{target.name}.log").write_text(said)
    if code != 0:
        tail = "\n".join(said.splitlines()[-60:])
        print(f"{tail}\n{target.name}: it failed; the log is {target.build / target.name}.log")
        for crash in crashes:
            print(f"again: {target.program.relative_to(ROOT)} {crash.relative_to(ROOT)}")
    return number(r"stat::number_of_executed_units:\s*(\d+)", said), crashes, code


def measure(target):
    """(edges, lines covered, lines) of the corpus and the seeds, each input run once."""
    with tempfile.TemporaryDirectory() as scratch:
        raw, data = f"{scratch}/raw", f"{scratch}/data"
        code, said = fuzzer(target, "-runs=0", f"-max_len={1 << 20}", target.corpus, target.seeds,
                            profile=raw)
        if code != 0:
            sys.exit(f"{said[-4000:]}\n{target.name}: an input of its corpus fails")
        subprocess.run(["llvm-profdata-14", "merge", "-o", data, raw], check=True)
        export = subprocess.run(
            ["llvm-cov-14", "export", "-summary-only", f"-instr-profile={data}",
             str(target.program)], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    files = {os.path.relpath(file["filename"], ROOT): file["summary"]["lines"]
             for file in json.loads(export.stdout)["data"][0]["files"]}
    lines = [files[file] for file in target.decoder]
    return (number(r"cov: (\d+)", said), sum(line["covered"] for line in lines),
            sum(line["count"] for line in lines))


def run(arguments):
    chosen = targets(arguments.build, arguments.only)
    share = max(1, arguments.seconds // len(chosen))
    rows, failed = [], 0
    for target in chosen:
        executions, crashes, code = fuzz(target, share)
        failed += code != 0
        edges, covered, lines = measure(target) if code == 0 else (0, 0, 0)
        inputs = sum(1 for folder in (target.corpus, target.seeds) for _ in folder.iterdir())
        rows.append((target.name, share, executions, inputs, edges, covered, lines, len(crashes)))
        print(f"{target.name:<18}{share:>6} s {executions:>11} executions {inputs:>6} inputs "
              f"{edges:>6} edges {covered:>5} of {lines:>5} lines  {len(crashes)} crashes",
              flush=True)
    write_report(arguments.build, rows)
    print(f"the report is {arguments.build / 'report'}")
    return 1 if failed else 0


def write_report(build, rows):
    """A row for each target as it last ran."""
    path = build / "report.json"
    last = {row[0]: row for row in json.loads(path.read_text())} if path.exists() else {}
    last.update((row[0], row) for row in rows)
    every = [last[target.name] for target in targets(build, "") if target.name in last]
    path.write_text(json.dumps(every))
    (build / "report").write_text(table(every))


def table(rows):
    text = ("| target | seconds | executions | inputs kept | edges | lines of the decoder | crashes |\n"
            "|---|---|---|---|---|---|---|\n")
    for name, seconds, executions, inputs, edges, covered, lines, crashes in rows:
        percent = f"{100 * covered // lines} % of {lines}" if lines else "not measured"
        text += (f"| {name} | {seconds} | {executions:,} | {inputs:,} | {edges:,} | {percent} "
                 f"| {crashes} |\n")
    total = [sum(row[i] for row in rows) for i in range(1, 8)]
    share = f"{100 * total[4] // total[5]} % of {total[5]}" if total[5] else "not measured"
    text += (f"| **all** | {total[0]} | {total[1]:,} | {total[2]:,} | | {share} "
             f"| {total[6]} |\n")
    return text


# --- the corpus ----------------------------------------------------------------------------------


def minimise(arguments):
    """Named seeds stay. Of what was found, the smallest inputs stay that reach what the others do not."""
    for target in targets(arguments.build, arguments.only):
        with tempfile.TemporaryDirectory() as scratch:
            merged = pathlib.Path(scratch)
            for seed in target.seeds.iterdir():
                if not FOUND.match(seed.name):
                    shutil.copy(seed, merged)
            named = {path.name for path in merged.iterdir()}
            code, said = fuzzer(target, "-merge=1", f"-max_len={INPUT_MAX}", merged, target.seeds,
                                target.corpus)
            if code != 0:
                sys.exit(said[-4000:])
            new = sorted((path for path in merged.iterdir()
                          if path.name not in named and path.stat().st_size <= KEPT_BYTES),
                         key=lambda path: (path.stat().st_size, path.name))
            for seed in target.seeds.iterdir():
                if FOUND.match(seed.name):
                    seed.unlink()
            # Spread over all sizes: the small ones are seldom the deep ones.
            step = max(1, -(-len(new) // KEPT))
            for path in new[::-1][::step]:
                shutil.copy(path, target.seeds)
        count = sum(1 for _ in target.seeds.iterdir())
        print(f"{target.name:<18}{count:>5} seeds of {len(named)} named ones and {len(new)} found")
    return 0


def main():
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing.")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/fuzz"))
    parser.add_argument("--only", default="", metavar="TARGET,...")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run")
    command.add_argument("--seconds", type=int, default=300, help="of all targets together")
    command.set_defaults(act=run)
    commands.add_parser("minimise").set_defaults(act=minimise)
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    return arguments.act(arguments)


if __name__ == "__main__":
    sys.exit(main())
