# SPDX-License-Identifier: Apache-2.0
"""What is written is so: commands run, options are described, paths exist.

A fenced block whose info string is `sh run` is a promise: the blocks of one document are run in
order, in one shell, in a copy of the tree, with the built programs on PATH.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import town
import wire

CODE = re.compile(r"\b[0-9A-Z]{2}[0-9]{6}[0-9A-Z]{10}\b")
DOCUMENTS = [town.HOME / "README.md", *sorted(town.HOME.glob("docs/**/*.md"))]
BLOCK = re.compile(r"^```sh run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MAN = town.HOME / "docs/man"
TOP = ("libcredit/", "credd/", "proto/", "tools/", "tests/", "docs/")


def blocks(document):
    return BLOCK.findall(document.read_text())


def roff_text(path):
    """The words of a manual page without its markup."""
    text = re.sub(r"^\.\\\".*$", "", path.read_text(), flags=re.MULTILINE)
    text = re.sub(r"\\f[BIRP]|\\&", "", text)
    text = re.sub(r"^\.[A-Z]{1,2} ?", "", text, flags=re.MULTILINE)
    return text.replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")


class Commands(unittest.TestCase):
    def test_blocks_that_are_marked_run_as_they_stand(self):
        ran = 0
        for document in DOCUMENTS:
            script = "\n".join(blocks(document))
            ran += len(blocks(document))
            with self.subTest(document.relative_to(town.HOME)):
                if script:
                    self.run_script(script)
        self.assertGreater(ran, 0, "no document has a block marked `sh run`")

    def run_script(self, script):
        scratch = pathlib.Path(tempfile.mkdtemp(prefix="docs-"))
        self.addCleanup(shutil.rmtree, scratch, ignore_errors=True)
        tree = scratch / "tree"
        shutil.copytree(town.HOME, tree, ignore=shutil.ignore_patterns("build*", ".git"))
        (tree / "build").symlink_to(town.BUILD)
        env = town.environment(PATH=f"{town.BUILD}:{os.environ['PATH']}", HOME=str(scratch))
        self.run_command(["bash", "-euo", "pipefail", "-c", script], tree, env)

    def run_command(self, command, folder, env):
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            output, _ = process.communicate(timeout=4 * wire.PATIENCE)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        output = output.decode(errors="replace")
        self.assertEqual(process.returncode, 0, f"{command[-1]}\n{output}")
        return output

    def test_the_demonstration_runs_to_its_end(self):
        output = self.run_command([str(town.HOME / "tools/demo/run")], town.HOME,
                                  town.environment(BUILD=str(town.BUILD)))
        for words in ("BLACK LIST", "RED LIST", "NOT ENROLLED", "PROVED", "NOT PROVED", "Done"):
            self.assertIn(words, output)


class Manual(unittest.TestCase):
    maxDiff = None

    def page_of(self, name):
        """The page of a subcommand: credctl-list-add.1, credctl-list.1 or credctl.1."""
        words = name.split()
        for page in ("-".join(["credctl", *words]), f"credctl-{words[0]}", "credctl"):
            path = MAN / f"{page}.1"
            if path.exists() and re.search(rf"\b{name}\b", roff_text(path)):
                return roff_text(path)
        return None

    def test_every_subcommand_and_option_of_credctl_is_described(self):
        common = town.options_of(town.credctl("--help").out)
        general = roff_text(MAN / "credctl.1") if (MAN / "credctl.1").exists() else ""
        missing = [f"--{option}" for option in sorted(common) if f"--{option}" not in general]
        for name in town.subcommands():
            page = self.page_of(name)
            if page is None:
                missing.append(f"credctl {name}")
                continue
            own = town.options_of(town.credctl(*name.split(), "--help").out) - common
            missing += [f"credctl {name} --{option}" for option in sorted(own)
                        if not re.search(rf"--{option}\b", page)]
        self.assertEqual(missing, [], "no page of docs/man describes these")

    def test_no_page_describes_an_option_that_is_not_there(self):
        """But for those of other programs."""
        known = {"config", "confirm-clock", "raw"} | town.options_of(town.credctl("--help").out)
        for name in town.subcommands():
            known |= town.options_of(town.credctl(*name.split(), "--help").out)
        for page in MAN.glob("credctl*.1"):
            described = set(re.findall(r"(?<![\w-])--([a-z][a-z-]*)", roff_text(page)))
            self.assertEqual(described - known, set(), page.name)

    def test_every_option_of_credd_is_described(self):
        done = subprocess.run([town.BUILD / "credd", "--help"], capture_output=True, text=True,
                              timeout=wire.PATIENCE, check=True)
        text, options = roff_text(MAN / "credd.8"), town.options_of(done.stdout)
        self.assertIn("config", options)
        for option in options:
            self.assertIn(f"--{option}", text)

    def test_the_reference_of_settings_is_what_the_daemon_prints(self):
        done = subprocess.run([town.BUILD / "credd", "--help-config"], capture_output=True,
                              text=True, timeout=wire.PATIENCE, check=True)
        page = (MAN / "credd.yaml.5").read_text()
        reference = re.search(r"^\.SH REFERENCE\n\.EX\n(.*?)^\.EE$", page,
                              re.MULTILINE | re.DOTALL)[1]
        self.assertEqual(reference.replace("\\-", "-"), done.stdout)

    def test_the_configuration_that_is_shown_is_known(self):
        # Every setting of a founded registry is in the reference.
        registry = town.Registry()
        self.addCleanup(registry.remove)
        registry.found()
        done = subprocess.run([town.BUILD / "credd", "--config", registry.config,
                               "--check-config"], capture_output=True, text=True,
                              timeout=wire.PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Codes(unittest.TestCase):
    def test_codes_that_are_shown_are_valid(self):
        shown = set()
        for path in (*DOCUMENTS, *MAN.iterdir(), town.HOME / "tools/demo/run"):
            shown |= set(CODE.findall(path.read_text()))
        self.assertGreater(len(shown), 4)
        town.credctl("uscc", "check", *sorted(shown))


class Paths(unittest.TestCase):
    maxDiff = None

    def named(self, document):
        """(what is written, path that must exist) of a document."""
        text = document.read_text()
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in link:
                yield link, document.parent / link
        for word in re.findall(r"`([^`\s]+)`", text):
            if word.startswith(TOP) and not re.search(r"[<>*{}…]|\.\.\.", word):
                yield word, town.HOME / re.sub(r":\d+$", "", word)

    def test_documents_name_only_what_exists(self):
        named = [(document, *pair) for document in DOCUMENTS for pair in self.named(document)]
        self.assertGreater(len(named), 10)
        self.assertEqual([f"{document.relative_to(town.HOME)}: {written}"
                          for document, written, path in named if not path.exists()], [])


if __name__ == "__main__":
    unittest.main()
