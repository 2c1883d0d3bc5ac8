# SPDX-License-Identifier: Apache-2.0
"""Builds that are broken on purpose fail the tests that are to notice it (README.md here)."""

import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest

import table

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "crash"))
from flavour import BUILD, HOME, NOT_HERE  # noqa: E402

COMMANDS = BUILD / "tests/commands"
PATIENCE = 300


def commands():
    """Words of each line of COMMANDS by its first: compile, link, libs, and each program's objects."""
    found = {}
    for line in COMMANDS.read_text().splitlines():
        name, _, rest = line.partition(": ")
        found[name] = shlex.split(rest)
    return found


def run(program, arguments, folder):
    """Does the test pass?"""
    return subprocess.run([program, *arguments], cwd=HOME, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
                          env=dict(os.environ, TMPDIR=str(folder)), text=True, check=False)


@unittest.skipIf(NOT_HERE, NOT_HERE)
class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.commands = commands()
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.folder = pathlib.Path(cls.scratch.name)

    def break_file(self, source, text, replacement):
        """The broken source's object."""
        sound = (HOME / source).read_text(encoding="utf-8")
        self.assertEqual(sound.count(text), 1, f"{source} has this text once: {text!r}")
        broken = self.folder / pathlib.Path(source).name
        broken.write_text(sound.replace(text, replacement), encoding="utf-8")
        made = broken.with_suffix(".o")
        subprocess.run([*self.commands["compile"], "-w", "-I", HOME / source.split("/")[0],
                        "-c", broken, "-o", made], cwd=HOME, check=True)
        return made

    def link(self, program, made):
        broken = self.folder / program
        subprocess.run([*self.commands["link"], "-o", broken, *self.commands[program], made,
                        BUILD / "libcredit.a", *self.commands["libs"]], cwd=HOME, check=True)
        return broken

    def test_each_break_is_noticed(self):
        for name, source, text, replacement, program, arguments in table.BREAKS:
            with self.subTest(name):
                made = self.break_file(source, text, replacement)
                answer = run(self.link(program, made), arguments, self.folder)
                self.assertNotEqual(answer.returncode, 0, answer.stdout)

    def test_the_same_tests_pass_on_the_sound_build(self):
        for program, arguments in {row[4:] for row in table.BREAKS}:
            with self.subTest(arguments):
                answer = run(BUILD / "tests" / program, arguments, self.folder)
                self.assertEqual(answer.returncode, 0, answer.stdout)
                if program == "unit":
                    self.assertNotIn("Tested: 0 ", answer.stdout)


if __name__ == "__main__":
    unittest.main()
