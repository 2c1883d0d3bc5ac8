# SPDX-License-Identifier: Apache-2.0
"""The checks of our own house and the test runner must be able to say no.

Each test builds a small tree with one breach in it, copies the tool into that tree (a tool takes the
folder two above its own for the root) and looks for the sentence that names file, line and breach.
"""

import json
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

HOME = pathlib.Path(__file__).resolve().parents[2]
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
PYTHON = "/usr/bin/python3"


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text, mode=0o644):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def run_tool(self, tool, *arguments):
        copy = self.root / tool
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HOME / tool, copy)
        done = subprocess.run([PYTHON, copy, *arguments], cwd=self.root, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout


class CheckLayers(Tree):
    def breach(self, files, expected):
        for name, text in files.items():
            self.write(name, text)
        code, output = self.run_tool("tools/dev/check_layers")
        self.assertEqual(code, 1, output)
        self.assertIn(expected, output)
        self.assertIn(" 1 breaches", output)

    def test_what_is_allowed_passes(self):
        self.write("libcredit/include/credit/base.h", "#include <stdint.h>\n")
        self.write("libcredit/include/credit/store.h", "#include <credit/base.h>\n")
        self.write("libcredit/store/lmdb.c", "#include <credit/store.h>\n#include <lmdb.h>\n")
        self.write("libcredit/registry/open.c", "#include <credit/store.h>\n")
        self.write("credd/rpc/server.c", "#include <grpc/grpc.h>\n#include <credit/store.h>\n")
        self.assertEqual(self.run_tool("tools/dev/check_layers"), (0, "layers: 5 files, 0 breaches\n"))

    def test_a_lower_room_includes_a_higher_one(self):
        self.breach({"libcredit/log/tile.c": "\n#include <credit/store.h>\n"},
                    "libcredit/log/tile.c:2: 'log' includes 'store'")

    def test_a_room_includes_the_private_header_of_a_room_above(self):
        self.breach({"libcredit/log/tree.h": "", "libcredit/crypto/hash.c": '#include "log/tree.h"\n'},
                    "libcredit/crypto/hash.c:1: 'crypto' includes 'log'")

    def test_the_daemon_includes_a_private_header_of_the_library(self):
        self.breach({"libcredit/log/tree.h": "", "credd/writer.c": '#include "log/tree.h"\n'},
                    "credd/writer.c:1: 'credd' includes libcredit/log/tree.h")

    def test_the_map_sees_no_generated_header(self):
        self.breach({"libcredit/map/node.c": "#include <credit/v1/act.pb-c.h>\n"},
                    "libcredit/map/node.c:1: 'map' includes the generated")

    def test_lmdb_outside_its_files(self):
        self.breach({"libcredit/registry/open.c": "#include <lmdb.h>\n"},
                    "libcredit/registry/open.c:1: it sees <lmdb.h>")

    def test_grpc_by_way_of_a_header_of_ours(self):
        self.breach({"credd/rpc/call.h": "#include <grpc/grpc.h>\n",
                     "credd/main.c": '#include <stdio.h>\n#include "rpc/call.h"\n'},
                    "credd/main.c:2: it sees <grpc/grpc.h>")

    def test_a_room_that_is_in_no_table(self):
        self.breach({"libcredit/util/x.c": ""}, "no room is called 'util'")

    def test_nothing_to_check_fails(self):
        self.assertEqual(self.run_tool("tools/dev/check_layers")[0], 1)


class CheckSource(Tree):
    def check(self, check, code, expected):
        found, output = self.run_tool("tools/dev/check_source", check)
        self.assertEqual(found, code, output)
        self.assertIn(expected, output)

    def breach(self, text, expected, name="libcredit/base/x.c"):
        self.write(name, SPDX + text)
        self.check("text", 1, expected)

    def test_what_is_allowed_passes(self):
        self.write("libcredit/base/x.c", SPDX + 'const char *u = "http://strcpy(a, b)";\n')
        self.check("text", 0, " 0 breaches")

    def test_a_banned_function(self):
        self.breach("\nint f(char *a) { return atoi (a); }\n", "x.c:3: atoi() is banned; use strtol")

    def test_a_comment_of_two_slashes(self):
        self.breach("int a; // why\n", "x.c:2: a // comment")

    def test_white_space_at_the_end(self):
        self.breach("int a; \n", "x.c:2: white space at the end")

    def test_no_spdx_line(self):
        self.write("libcredit/base/x.h", "int a;\n")
        self.check("text", 1, "x.h:1: no SPDX line")

    def test_a_function_too_long_and_its_excuse(self):
        body = "{\n" + "\tg();\n" * 61 + "}\n"
        self.breach("void f(void)\n" + body, "x.c:3: a function of 61 lines")
        self.write("libcredit/base/x.c", SPDX + "/* long: one table */\nvoid f(void)\n" + body)
        self.check("text", 0, " 0 breaches")
        self.breach("/* long: one */\nvoid f(void)\n" + body + "void h(void)\n" + body,
                    "a function of 61 lines")

    def test_a_file_too_long(self):
        self.breach("int a;\n" * 650, "a file of 651 lines")

    def test_a_quote_that_the_specification_does_not_hold(self):
        self.write("docs/spec/log.md", "# Log\n\nA leaf is\nnever empty.\n")
        self.write("libcredit/log/x.c", SPDX + '/* docs/spec/log.md: "A leaf\n * is never empty." */\n')
        self.check("quotes", 0, " 0 breaches")
        self.write("libcredit/log/x.c", SPDX + '/* docs/spec/log.md: "A leaf is empty." */\n')
        self.check("quotes", 1, 'x.c:2: docs/spec/log.md does not say "A leaf is empty."')
        self.write("libcredit/log/x.c", SPDX + '/* docs/spec/tree.md: "A leaf" */\n')
        self.check("quotes", 1, "docs/spec/tree.md does not exist")

    def test_a_header_that_needs_another_first(self):
        self.write("libcredit/include/credit/x.h", SPDX + "size_t credit_x(void);\n")
        self.check("headers", 1, "does not compile alone with gcc")

    def test_code_in_another_layout(self):
        shutil.copy(HOME / ".clang-format", self.root)
        self.write("libcredit/base/x.c", SPDX + "int f(void) { return 1; }\n")
        self.check("format", 1, "x.c:2: not in the house style")

    def test_symbols_declared_and_missing_or_exported_and_undeclared(self):
        self.write("libcredit/include/credit/x.h", SPDX + "CREDIT_API int credit_gone(int a);\n"
                   "CREDIT_API const char *credit_here(void);\n")
        self.write("x.c", 'const char *credit_here(void) { return ""; }\nvoid stray(void) {}\n')
        (self.root / "build").mkdir()
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", "build/libcredit.so.0", "x.c"],
                       cwd=self.root, check=True)
        self.check("symbols", 1, "x.h:2: credit_gone is declared")
        self.check("symbols", 1, "stray is exported and no public header declares it")
        self.check("symbols", 1, " 2 breaches")


class Runner(Tree):
    """tests/support/run.py, with small scripts in place of the suites' programs."""

    def criterion(self, statuses, declared, code=0):
        """A binary that reports one test a status, and a source that declares so many."""
        report = {"test_suites": [{"name": "s", "tests": [
            {"name": f"t{i}", "status": status} for i, status in enumerate(statuses)]}]}
        self.write("tests/unit/test_x.c", "Test(s, t)\n" * declared)
        self.write("build/tests/unit", "#!/bin/sh\nfor a; do case $a in --json=*)\n"
                   f"echo '{json.dumps(report)}' >${{a#--json=}};; esac; done\nexit {code}\n",
                   stat.S_IRWXU)

    def finish(self, code, last, *arguments):
        arguments = arguments or ("--flavour", "plain=build")
        found, output = self.run_tool("tests/support/run.py", *arguments)
        self.assertEqual(output.splitlines()[-1], last, output)
        self.assertEqual(found, code, output)
        return output

    def test_passes_are_counted(self):
        self.criterion(["PASSED", "PASSED"], 2)
        self.finish(0, "2 passed, 0 failed")

    def test_a_failure_and_a_crash_are_counted(self):
        self.criterion(["PASSED", "FAILED", "ERRORED"], 3, 1)
        self.finish(1, "1 passed, 2 failed")

    def test_a_binary_that_runs_fewer_tests_than_declared_fails(self):
        self.criterion(["PASSED"], 2)
        self.assertIn("1 tests ran, but the sources declare 2", self.finish(1, "1 passed, 1 failed"))

    def test_a_binary_that_was_not_built_fails(self):
        self.write("tests/unit/test_x.c", "Test(s, t)\n")
        self.finish(1, "0 passed, 1 failed")

    def test_a_skipped_test_is_named_and_counted_as_neither(self):
        self.criterion(["PASSED", "SKIPPED"], 2)
        self.assertIn("skipped: plain-unit: s::t1", self.finish(0, "1 passed, 0 failed"))

    def test_a_sanitizer_report_fails_a_suite_that_passed(self):
        self.criterion(["PASSED"], 1)
        path = self.root / "build/tests/unit"
        path.write_text(path.read_text().replace("exit 0", 'echo leaked >"$(echo $ASAN_OPTIONS |\n'
                        'sed "s/.*log_path=\\([^:]*\\).*/\\1/").42"'))
        self.assertIn("leaked", self.finish(1, "1 passed, 1 failed"))

    def functional(self, body):
        self.write("tests/functional/test_x.py", "import unittest, sys\nclass T(unittest.TestCase):\n"
                   f"{body}\nif __name__ == '__main__':\n    unittest.main()\n")

    def test_python_tests_are_counted(self):
        self.functional("    def test_a(self): pass\n    def test_b(self): self.fail()\n"
                        "    @unittest.skip('no')\n    def test_c(self): pass")
        output = self.finish(1, "1 passed, 1 failed")
        self.assertIn("skipped: plain-functional-x: test_c", output)

    def test_a_python_file_without_tests_fails(self):
        self.functional("    pass")
        self.finish(1, "0 passed, 1 failed")

    def test_a_python_file_that_does_not_load_fails(self):
        self.write("tests/functional/test_x.py", "import nowhere_at_all\n")
        self.finish(1, "0 passed, 1 failed")

    def test_a_fuzz_target_without_inputs_fails(self):
        self.write("tests/fuzz/fuzz_x.c", "")
        self.write("build/tests/fuzz_x", "#!/bin/sh\nexit 0\n", stat.S_IRWXU)
        self.finish(1, "0 passed, 1 failed")
        self.write("build/tests/fuzz_x", "#!/bin/sh\necho 400 inputs from 1 seeds\n", stat.S_IRWXU)
        self.finish(0, "1 passed, 0 failed")

    def test_checks_count_one_each(self):
        self.finish(1, "1 passed, 1 failed", "--check", "a=true", "--check", "b=exit 3")

    def test_nothing_to_run_fails(self):
        self.finish(1, "0 passed, 1 failed")


if __name__ == "__main__":
    unittest.main()
