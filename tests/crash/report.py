#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""report.py - the table of the last `make check-crash`, out of the lines of JSON in its logs.

    report.py LOG...
"""

import json
import sys

WHAT = {
    "kill": "SIGKILL",
    "power": "the power fails: nothing survives that was not synced",
    "torn": "the power fails: sectors survive by a draw",
    "enospc": "the disk is full, once",
    "full": "the disk is full from there on",
    "eio": "the disk fails, once",
    "dead-disk": "the disk fails from there on",
    "short": "half of a write",
    "emfile": "no descriptor",
    "enomem": "no memory",
    "doubt": "a commit of which nobody knows whether it is there",
    "begin-kill": "SIGKILL while the databases are made",
    "begin-power": "the power fails while they are made",
    "begin-torn": "the same, sectors by a draw",
    "random": "all of these by a draw, and the start after it cut off as well",
    "daemon": "the daemon with clients, faults and kills by a draw",
}


def figures(path):
    with open(path, encoding="utf-8") as log:
        for line in log:
            if line.startswith('{"name":"crash.'):
                yield json.loads(line)


def row(figure):
    name = figure["name"].removeprefix("crash.")
    wrong = figure["wrong"] if "wrong" in figure else figure["lost"]
    refused = figure.get("refused", "")
    return (f"| `{name}` | {WHAT[name]} | {figure['points']:,} | {figure['runs']:,} | {refused} | "
            f"{figure['acknowledged']:,} | {wrong} |")


def main():
    rows = [row(figure) for path in sys.argv[1:] for figure in figures(path)]
    if not rows:
        sys.exit("no figures: run `make check-crash` first")
    print("| mode | what happens | points | days | refused by name | filings acknowledged | wrong |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
