# SPDX-License-Identifier: Apache-2.0
"""A short series of what `make check-crash` runs whole: some points of each mode, spread over the day."""

import json
import os
import subprocess
import unittest

from flavour import BUILD, HOME, NOT_HERE

PROGRAM = BUILD / "tests/crash"
POINTS = os.environ.get("CREDIT_CRASH_POINTS", "6")
PATIENCE = 600


@unittest.skipIf(NOT_HERE, NOT_HERE)
class Library(unittest.TestCase):
    def test_whatever_goes_wrong_nothing_acknowledged_is_lost(self):
        answer = subprocess.run([PROGRAM, "--points", POINTS], cwd=HOME, timeout=PATIENCE,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                check=False)
        print(answer.stdout)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        lines = {line["name"]: line for line in map(json.loads, answer.stdout.splitlines())}
        self.assertEqual(len(lines), 14)
        for name, line in lines.items():
            with self.subTest(name):
                self.assertEqual(line["wrong"], 0)
        self.assertGreater(lines["crash.kill"]["points"], 200)
        self.assertEqual(lines["crash.kill"]["ended"], int(POINTS))
        for name in ("enospc", "eio", "emfile", "enomem", "doubt"):
            self.assertGreater(lines[f"crash.{name}"]["refused"], 0, name)


if __name__ == "__main__":
    unittest.main()
