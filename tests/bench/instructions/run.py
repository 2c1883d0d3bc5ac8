#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run.py - instructions that the library spends on a status, a proof, an act; against a budget.

    run.py --build BUILD            counts, prints, fails when a job takes more than its budget
    run.py --build BUILD --write    counts and writes the budget anew

bench_instructions does each job under callgrind. What is compared is counted in our own code and in LMDB,
protobuf-c and libc; libsodium and libcrypto choose their code by the processor, so they are shown apart. The
count depends on the compiler too, which is why the budget allows for TOLERANCE, and why a change of the
compiler is a reason to write it anew. Profiles are left in BUILD/bench/instructions.
"""

import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys

HOME = pathlib.Path(__file__).resolve().parents[3]
BUDGET = HOME / "tests/bench/instructions/budget.json"
JOBS = ["status", "status_in_batch", "proof", "act_alone", "act_in_manifest"]
CRYPTO = ("libsodium", "libcrypto")
TOLERANCE = 0.03
TOP = 8

NAME = re.compile(r"\((\d+)\)(?: (.*))?")


class Profile:
    """Self cost by object and by function, from a file of callgrind's."""

    def __init__(self, path):
        self.names = {"ob": {}, "fn": {}}
        self.by_object = collections.Counter()
        self.by_function = collections.Counter()
        place, skip = {"ob": "", "fn": ""}, False
        for line in path.read_text(errors="replace").splitlines():
            key, _, value = line.partition("=")
            if key in ("ob", "fn"):
                place[key] = self.named(key, value)
            elif key in ("cob", "cfn"):
                self.named(key[1:], value)
            elif key == "calls":
                skip = True  # the next line is the callee's
            elif line[:1].isdigit() or line[:1] in "+-*":
                words = line.split()
                if not skip and len(words) > 1:  # a cost of nothing is left out
                    cost = int(words[1])
                    self.by_object[place["ob"]] += cost
                    self.by_function[place["fn"], place["ob"]] += cost
                skip = False

    def named(self, kind, value):
        number, name = NAME.fullmatch(value).groups()
        if name is not None:
            self.names[kind][number] = name
        return self.names[kind][number]


def is_crypto(path):
    return pathlib.Path(path).name.startswith(CRYPTO)


def count(program, town, job, folder):
    """Returns the profile, and how many statuses, proofs or acts it is of."""
    work = folder / "town"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(town, work)
    out = folder / f"{job}.callgrind"
    done = subprocess.run(
        ["valgrind", "--quiet", "--tool=callgrind", "--toggle-collect=counted",
         "--collect-atstart=no", f"--callgrind-out-file={out}", program, job, work],
        check=True, text=True, stdout=subprocess.PIPE)
    shutil.rmtree(work)
    return Profile(out), int(done.stdout)


def tell_top(profile, number):
    for (function, path), cost in profile.by_function.most_common(TOP):
        print("    %9.0f  %s (%s)" % (cost / number, function, pathlib.Path(path).name))


def main():
    parser = argparse.ArgumentParser(description="Instructions of the library, against a budget.")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--top", action="store_true", help="the functions that cost most")
    options = parser.parse_args()

    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed; apt-get install valgrind")
    folder = options.build / "bench/instructions"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    program, town = options.build / "bench_instructions", folder / "prepared"
    subprocess.run([program, "prepare", town], check=True)

    budget, found, above = json.loads(BUDGET.read_text()), {}, []
    for job in JOBS:
        profile, number = count(program, town, job, folder)
        crypto = sum(cost for path, cost in profile.by_object.items() if is_crypto(path))
        ours = found[job] = round((sum(profile.by_object.values()) - crypto) / number)
        allowed = budget.get(job, 0)
        share = 100 * (ours / allowed - 1) if allowed else 0
        print("%-16s %8d instructions each, budget %d (%+.1f %%); cryptography %d" % (
            job, ours, allowed, share, crypto / number), flush=True)
        if options.top:
            tell_top(profile, number)
        if ours > allowed * (1 + TOLERANCE):
            above.append(job)
    shutil.rmtree(town)
    if options.write:
        BUDGET.write_text(json.dumps(found, indent=2) + "\n")
    elif above:
        sys.exit("above the budget by more than %d %%: %s" % (100 * TOLERANCE, ", ".join(above)))


if __name__ == "__main__":
    main()
