# SPDX-License-Identifier: Apache-2.0
"""The catalogue of docs/scenarios: each is run as it stands, through the real daemon and the real
tools, on a day of its own choosing.

A scenario is a section of a page: its title, the road in Chinese and in English, and a fenced block
whose info string is `sh scenario`. The words in it are those of scenario.sh. Each runs on a copy of
one small town, founded on 2026-04-01, with a clock that the scenario sets; nothing waits for time.

    python3 tests/functional/test_scenarios.py Scenarios.test_PAGE_TITLE    one alone
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import grpc
import oracle
import town
import wire

PAGES = town.HOME / "docs/scenarios"
FOUNDED = "2026-04-01T08:00"
AT_ONCE = 2  # scenarios that run beside each other

# Offices of the town: short name, number, name, level, superior, roles with items.
OFFICES = (
    ("province", 20, "示例省市场监督管理局", "province", None, (("supervisor", ()), ("decider", ()))),
    ("city", 21, "示例市市场监督管理局", "city", "province", (("supervisor", ()), ("decider", ()))),
    ("market", 22, "示例县市场监督管理局", "county", "city",
     (("registrar", ()), ("decider", ()), ("filer", ()))),
    ("tax", 23, "国家税务总局示例县税务局", "county", None, (("decider", ()),)),
    ("labour", 24, "示例县人力资源和社会保障局", "county", None, (("decider", ()),)),
    ("cyber", 25, "示例市互联网信息办公室", "city", None, (("decider", ()),)),
    ("finance", 26, "示例县财政局", "county", None, (("decider", ()),)),
    ("housing", 27, "示例县住房和城乡建设局", "county", None, (("decider", ()),)),
    ("window", 28, "示例县政务服务中心", "county", None, (("front-office", ()),)),
    ("credit", 29, "示例县社会信用中心", "county", None, (("supervisor", ()),)),
    ("bank", 30, "示例县金融工作局", "county", None, ()),
)
COMPANIES = 12


class Town(town.Registry):
    """A registry whose folder may be a copy of another's."""

    def __init__(self, template=None):
        super().__init__()
        if template:
            shutil.rmtree(self.folder)
            shutil.copytree(template.folder, self.folder)
        self.live = town.Clock(self.folder / "clock")
        self.clock = self.live.variables

    def at(self, moment):
        """Sets the clock; then two publications begin after it, and all that is due is in them."""
        self.live.set(moment)
        if self.daemon is not None:
            self.see_time()

    def see_time(self):
        begun, first = self.live.now_ms() - 999, None
        end = time.monotonic() + town.PATIENCE
        while time.monotonic() < end:
            number, at = self.publication()
            if at >= begun:
                first = number if first is None else first
                if number >= first + 2:
                    return
            time.sleep(0.02)
        raise AssertionError("no publication shows the new time")

    def publication(self):
        request = wire.new("GetStatusProofRequest", name=f"entities/{town.entity(999999)}/status")
        with self.channel() as channel:
            answer = wire.call(channel, "TransparencyService/GetStatusProof", request)
        proof = oracle.StatusProof(answer.proof, self.verifier)
        return proof.number, proof.recorded_at

    def found_town(self):
        self.live.set(FOUNDED)
        self.found(town.RULE_BOOK)
        self.set(publication={"interval_ms": 100, "idle_ms": 0, "at_least_ms": 100})
        self.start()
        for short, number, name, level, superior, grants in OFFICES:
            office = town.Office(self.folder, number, name, short)
            (self.folder / f"{short}.uscc").write_text(office.uscc)
            town.credctl("key", "generate", office.uscc, "--out", office.key, **self.clock)
            above = ("--superior", town.authority(dict((o[0], o[1]) for o in OFFICES)[superior])) \
                if superior else ()
            self.run("authority", "enrol", "--uscc", office.uscc, "--name", name, "--level", level,
                     *above, "--public-key", office.vkey, "--sign", self.root_key)
            for role, items in grants:
                self.grant(office, role, *items)
        market = town.Office(self.folder, 22, "", "market")
        for n in range(1, COMPANIES + 1):
            self.run("entity", "enrol", "--uscc", town.entity(n), "--name", f"示例县第{n}号企业有限公司",
                     *market.signing)
        self.stop()
        return self

    def perform(self, script):
        """Runs a block of a page; returns what went wrong, or ''."""
        ask_read, ask_write = os.pipe()
        answer_read, answer_write = os.pipe()
        env = town.environment(
            **self.clock, PATH=f"{town.BUILD}:{os.environ['PATH']}", TOWN=str(self.folder),
            RULE_BOOK=str(town.RULE_BOOK), ROOT_KEY=str(self.root_key),
            CREDCTL_SERVER=f"unix:{self.socket}", CREDCTL_REGISTRY=str(self.log_vkey),
            **{f"COMPANY{n}": town.entity(n) for n in range(1, COMPANIES + 1)},
            COMPANY=town.entity(1), **{f"{o[0].upper()}": town.authority(o[1]) for o in OFFICES})
        text = f". {town.HOME}/tests/functional/scenario.sh\n{script}\n"
        process = subprocess.Popen(
            ["bash", "-c", f"exec 3>&{ask_write} 4<&{answer_read}\n{text}"], cwd=self.folder,
            env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, pass_fds=(ask_write, answer_read))
        os.close(ask_write)
        os.close(answer_read)
        with os.fdopen(ask_read) as asked, os.fdopen(answer_write, "w") as answers:
            for line in asked:
                try:
                    self.obey(line.split())
                    answers.write("ok\n")
                except Exception as error:  # told to the scenario, which fails with it
                    answers.write(f"{error}".replace("\n", " ") + "\n")
                answers.flush()
            out, _ = process.communicate()
        return "" if process.wait() == 0 else out or f"exit code {process.returncode}"

    def obey(self, words):
        if words[0] == "at":
            self.at(words[1])
        elif words == ["settle"]:
            self.settle()
        elif words == ["daemon", "stop"]:
            self.stop()
        elif words == ["daemon", "start"]:
            self.start()
            self.see_time()
        else:
            raise AssertionError(f"unknown word: {words}")


def scenarios():
    """(page, title, Chinese, English, script) of every section with a block."""
    for page in sorted(PAGES.glob("*.md")):
        for section in re.split(r"^## ", page.read_text(), flags=re.MULTILINE)[1:]:
            title, _, body = section.partition("\n")
            block = re.search(r"^```sh scenario\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
            if block:
                yield page.stem, title.strip(), body[:block.start()], block[1]


TEMPLATE = None


def setUpModule():
    global TEMPLATE
    TEMPLATE = Town()
    unittest.addModuleCleanup(TEMPLATE.remove)
    TEMPLATE.found_town()


def run_one(script):
    """What went wrong, or ''."""
    here = Town(TEMPLATE)
    try:
        here.start()
        wrong = here.perform(script)
        here.stop()
        fsck = here.run("fsck", here.home, code=None)
        if not wrong and fsck.code != town.DONE:
            wrong = f"fsck after it: {fsck}"
        return wrong
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        here.remove()


class Catalogue(unittest.TestCase):
    def test_every_scenario_is_told_in_chinese_and_in_english(self):
        for page, title, prose, _ in scenarios():
            with self.subTest(page=page, title=title):
                self.assertGreater(len(re.findall(r"[\u4e00-\u9fff]", prose)), 7, "no Chinese text")
                self.assertGreater(len(re.findall(r"\b[A-Za-z]{2,}\b", prose)), 7, "no English text")

    def test_titles_are_told_apart(self):
        titles = [title for _, title, _, _ in scenarios()]
        self.assertEqual(len(titles), len(set(titles)))


class Scenarios(unittest.TestCase):
    """One test a scenario; the work is done beside each other by the first that is asked."""

    results = None

    @classmethod
    def result(cls, key):
        if cls.results is None:
            chosen = {f"{page}: {title}": script for page, title, _, script in scenarios()}
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                futures = {name: pool.submit(run_one, script) for name, script in chosen.items()}
                cls.results = {name: future.result() for name, future in futures.items()}
        return cls.results[key]


def make_test(key):
    def test(self):
        wrong = Scenarios.result(key)
        if wrong:
            self.fail(wrong)
    return test


for _page, _title, _prose, _script in scenarios():
    _name = re.sub(r"\W+", "_", f"test_{_page}_{_title}").strip("_")
    setattr(Scenarios, _name, make_test(f"{_page}: {_title}"))


if __name__ == "__main__":
    unittest.main()
