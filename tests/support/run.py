#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run.py - the one test runner: every suite of every flavour, house checks, one closing line.

    run.py [--flavour NAME=BUILD]... [--check NAME=COMMAND]... [--only KIND,...]

A flavour is a build folder: the plain one, and the one built with sanitizers. In each, run.py runs
the suites of the kinds in KINDS below. A check is a command of our own house; it counts as one test.

What a suite's program says about itself is not believed where it can be wrong:
  * Criterion passes when no test ran, so a binary must run at least as many tests as its sources
    declare;
  * a suite whose source exists must have been built;
  * a test file in Python with no tests fails;
  * Criterion passes tests that leak, so sanitizers write their reports to files, and a file that
    appears fails the suite, whoever wrote it (daemons started by functional tests too).
Skipped tests are neither passed nor failed; each is printed by name before the closing line.

Output of a suite goes to BUILD/test-logs/<suite>.log and is shown when it fails (the end of it).
The last line is exactly 'N passed, N failed'; the exit code is 0 when nothing failed.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"
AT_ONCE = 3
TIME_LIMIT = 1200  # seconds; a guard against hanging, not a measurement
TAIL = 60  # lines of a failed suite's log that are shown
JOBS = 2
MEMORY = "/dev/shm"
SCRATCH_ROOM = 6 << 30  # of all suites that run at a time, with much to spare

# What a test declaration looks like at the start of a line.
CRITERION_TEST = re.compile(r"^(?:Test|ParameterizedTest|Theory)\(", re.MULTILINE)


@dataclasses.dataclass
class Result:
    name: str
    passed: int = 0
    failed: int = 0
    skipped: list = dataclasses.field(default_factory=list)
    note: str = ""
    why: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0


@dataclasses.dataclass
class Suite:
    """One program to run. `judge(result, exit_code, output)` fills in the counts."""

    name: str
    command: list
    build: pathlib.Path
    judge: object
    shell: bool = False
    variables: dict = dataclasses.field(default_factory=dict)

    def log(self):
        return self.build / "test-logs" / (re.sub(r"[^\w.-]+", "-", self.name) + ".log")


# --- the kinds of suite --------------------------------------------------------------------------


def criterion_suites(build, kind, sources):
    """One binary, BUILD/tests/<kind>."""
    declared = sum(len(CRITERION_TEST.findall(path.read_text())) for path in sources)
    if declared == 0:
        return
    report = build / "test-logs" / f"{kind}.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)

    def judge(result, code, _output):
        try:
            suites = json.loads(report.read_text())["test_suites"]
        except (OSError, ValueError, KeyError) as error:
            result.failed, result.why = 1, [f"no report of its tests: {error}"]
            return
        for suite in suites:
            for test in suite["tests"]:
                name = f"{suite['name']}::{test['name']}"
                if test["status"] == "PASSED":
                    result.passed += 1
                elif test["status"] == "SKIPPED":
                    result.skipped.append(name)
                else:
                    result.failed += 1
        ran = result.passed + result.failed + len(result.skipped)
        if ran < declared:
            result.failed += 1
            result.why.append(f"{ran} tests ran, but the sources declare {declared}")
        if code != 0 and result.failed == 0:
            result.failed, result.why = 1, [f"exit code {code}"]

    binary = build / "tests" / kind
    yield Suite(kind, [binary, f"-j{JOBS}", f"--json={report}"], build, judge)


def unit_suites(build):
    return criterion_suites(build, "unit", ROOT.glob("tests/unit/**/*.c"))


def property_suites(build):
    return criterion_suites(build, "property", ROOT.glob("tests/property/*.c"))


def room_suites(build):
    """Rooms of the daemon and the tools: BUILD/tests/<room> from tests/<room>/test_*.c."""
    for room in ("rpc", "credd", "credctl"):
        yield from criterion_suites(build, room, ROOT.glob(f"tests/{room}/test_*.c"))


def fuzz_suites(build):
    """BUILD/tests/fuzz_<name> over tests/fuzz/seeds/<name>; one test each."""

    def judge(result, code, output):
        ran = re.search(r"^(\d+ inputs) from", output, re.MULTILINE)
        result.note = ran.group(1) if ran else ""
        one_test(result, code == 0 and ran)

    for source in sorted(ROOT.glob("tests/fuzz/fuzz_*.c")):
        seeds = ROOT / "tests/fuzz/seeds" / source.stem.removeprefix("fuzz_")
        yield Suite(source.stem, [build / "tests" / source.stem, seeds], build, judge)


def python_suites(build):
    """tests/{functional,crash,broken}/test_*.py, each a process of plain unittest."""

    def judge(result, code, output):
        ran = re.search(r"^Ran (\d+) tests? in ", output, re.MULTILINE)
        total = int(ran.group(1)) if ran else 0
        end = output[ran.end():] if ran else ""
        for word in ("failures", "errors", "unexpected successes"):
            found = re.search(rf"\b{word}=(\d+)", end)
            result.failed += int(found.group(1)) if found else 0
        result.skipped = re.findall(r"^(\S+ \(.*) \.\.\. skipped .*$", output, re.MULTILINE)
        # setUpClass that fails is an error without a test, so the rest may be less than nothing.
        result.passed = max(0, total - result.failed - len(result.skipped))
        if total == 0 and not result.skipped:
            result.failed += 1
            result.why.append("no tests ran")
        if code != 0 and result.failed == 0:
            result.failed, result.why = 1, [f"exit code {code}"]

    for pattern in ("tests/functional/test_*.py", "tests/crash/test_*.py",
                    "tests/broken/test_*.py"):
        for source in sorted(ROOT.glob(pattern)):
            name = f"{source.parent.name}-{source.stem.removeprefix('test_')}"
            yield Suite(name, [PYTHON, source, "-v"], build, judge)


# Too long with sanitizers for `make check`, which names them; `make check-san` runs them all the same.
LONG = {"property"} | {f"functional-{name}" for name in (
    "abuse", "access", "audit", "bench", "cases", "cli", "damage", "docs", "erase", "history",
    "house_checks", "load", "main_job", "measures", "notes", "operations", "reading", "restart",
    "rulebook", "scenarios", "sheets", "snapshot", "soak", "status_proof", "tiles", "witness")}

# What the brief form of a flavour has less of.
BRIEF = {"CREDIT_BRIEF": "1"}

KINDS = {
    "unit": unit_suites,
    "property": property_suites,
    "rooms": room_suites,
    "fuzz": fuzz_suites,
    "functional": python_suites,
}


def check_suite(text, build):
    """A house check, given as NAME=COMMAND."""
    name, _, command = text.partition("=")

    def judge(result, code, _output):
        one_test(result, code == 0)

    return Suite(f"check-{name}", command, build, judge, shell=True)


def one_test(result, good):
    result.passed, result.failed = (1, 0) if good else (0, 1)


# --- running -------------------------------------------------------------------------------------


def environment(build, reports, scratch):
    sanitizer = f"log_path={reports}/"
    return dict(
        os.environ,
        BUILD=str(build),
        TMPDIR=str(scratch),
        PYTHONDONTWRITEBYTECODE="1",
        ASAN_OPTIONS=f"{sanitizer}asan:detect_leaks=1:detect_stack_use_after_return=1:"
                     "max_uar_stack_size_log=16",
        LSAN_OPTIONS=f"{sanitizer}lsan",
        UBSAN_OPTIONS=f"print_stacktrace=1:{sanitizer}ubsan",
    )


def execute(suite, log, env):
    """The exit code; None when the program could not be started or did not end."""
    command = suite.command if suite.shell else [str(part) for part in suite.command]
    with open(log, "wb") as out:
        try:
            process = subprocess.Popen(
                command, shell=suite.shell, cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as error:
            out.write(f"{error}\n".encode())
            return None
        try:
            return process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            out.write(f"\nstopped: it had not ended after {TIME_LIMIT} s\n".encode())
            return None
        finally:
            # What a suite started ends with it, also after an interrupt.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def scratch_folder():
    """In memory where there is room for it: what a disk takes to sync is the bench's question. A power
    failure is played below LMDB and not with the disk. Its name is short, as paths of sockets must be."""
    folder = MEMORY if fits(MEMORY) else None
    return pathlib.Path(tempfile.mkdtemp(prefix="credit-", dir=folder))


def fits(folder):
    """Containers have one that is small, or that no library may be loaded from."""
    try:
        system = os.statvfs(folder)
    except OSError:
        return False
    return (system.f_bavail * system.f_frsize >= SCRATCH_ROOM
            and not system.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK))


def run_suite(suite):
    result = Result(suite.name)
    log = suite.log()
    reports = log.with_suffix(".reports")
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    scratch = scratch_folder()
    started = time.monotonic()
    try:
        code = execute(suite, log, environment(suite.build, reports, scratch) | suite.variables)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    result.seconds = time.monotonic() - started
    output = log.read_text(errors="replace")
    if code is None:
        result.failed, result.why = 1, ["it could not be started or did not end"]
    else:
        suite.judge(result, code, output)
    found = sorted(reports.iterdir())
    if found:
        result.failed += 1
        result.why.append(f"{len(found)} sanitizer reports; the first follows")
        output += found[0].read_text(errors="replace")
    else:
        reports.rmdir()
    show(suite, result, output)
    return result


def show(suite, result, output):
    skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
    note = f"  ({result.note})" if result.note else ""
    lines = [f"{'FAIL' if result.failed else 'ok  '} {result.name:<36}{result.passed:>6} passed, "
             f"{result.failed} failed{skipped}  {result.seconds:6.1f} s{note}"]
    if result.failed:
        lines += [f"     | {line}" for line in result.why + output.splitlines()[-TAIL:]]
        lines.append(f"     | whole log: {suite.log()}")
    print("\n".join(lines), flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Runs the tests of every flavour and the checks.")
    parser.add_argument("--flavour", action="append", default=[], metavar="NAME=BUILD")
    parser.add_argument("--brief", action="append", default=[], metavar="NAME",
                        help="of this flavour leave out what is long, and fuzz less")
    parser.add_argument("--once", default="", metavar="KIND,...",
                        help="run these in the last flavour only")
    parser.add_argument("--check", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--only", default=",".join(KINDS), metavar="KIND,...")
    parser.add_argument("--logs", default="build", metavar="BUILD", help="for the checks' logs")
    arguments = parser.parse_args()
    for kind in arguments.only.split(","):
        if kind not in KINDS:
            parser.error(f"no kind of suite is called '{kind}'; there are {', '.join(KINDS)}")
    return arguments


def main():
    arguments = parse_arguments()
    suites = [check_suite(text, pathlib.Path(arguments.logs).resolve())
              for text in arguments.check]
    for text in arguments.flavour:
        flavour, _, build = text.partition("=")
        last = text == arguments.flavour[-1]
        for kind in arguments.only.split(","):
            if kind in arguments.once.split(",") and not last:
                print(f"in the last flavour only: {flavour}-{kind}", flush=True)
                continue
            for suite in KINDS[kind](pathlib.Path(build).resolve()):
                if flavour in arguments.brief and suite.name in LONG:
                    print(f"left to make check-{flavour}: {suite.name}", flush=True)
                    continue
                variables = BRIEF if flavour in arguments.brief else {}
                suites.append(dataclasses.replace(
                    suite, name=f"{flavour}-{suite.name}", variables=variables))
    # Most suites wait more than they work: daemons that start, disks that sync.
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(run_suite, suites))
    for result in results:
        for name in result.skipped:
            print(f"skipped: {result.name}: {name}")
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    if passed + failed == 0:
        print("nothing was run", file=sys.stderr)
        failed = 1
    sys.stderr.flush()
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
