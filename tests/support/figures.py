#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""figures.py - puts a report that a program has made into a document, between two marks.

    figures.py REPORT DOCUMENT MARK

The document holds the line `<!-- MARK -->` twice; what stands between is replaced.
"""

import pathlib
import sys


def main():
    report, document, mark = sys.argv[1:]
    path = pathlib.Path(document)
    line = f"<!-- {mark} -->\n"
    parts = path.read_text().split(line)
    if len(parts) != 3:
        sys.exit(f"{document} must hold the line {line.strip()} twice")
    path.write_text(f"{parts[0]}{line}{pathlib.Path(report).read_text()}{line}{parts[2]}")


if __name__ == "__main__":
    main()
