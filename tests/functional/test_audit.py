# SPDX-License-Identifier: Apache-2.0
"""Auditors: deltas for who has the grant and for nobody else, a lie that is named, and going on after a
kill.

The registry that lies is a true daemon on a journal in which one act's effects were rewritten while it
was stopped: it replays them, builds its map on them and signs the root.
"""

import re
import signal
import subprocess
import unittest

import grpc

import town
import wire

DELTAS = "AuditService/StreamDeltas"


def deltas(registry, first=1, office=None, tcp=False):
    """Sizes of the messages and the pieces of a whole stream."""
    sizes, pieces = [], []
    with registry.channel(office, tcp=tcp) as channel:
        for message in wire.stub(channel, DELTAS)(
                wire.new("StreamDeltasRequest", first_publication=first), timeout=town.PATIENCE):
            sizes.append(message.ByteSize())
            pieces += message.pieces
    return sizes, pieces


def refusal(registry, first=1, office=None, tcp=False):
    refused = wire.refusal(lambda: deltas(registry, first, office, tcp))
    return refused.code, refused.reason


class Audited(town.Registry):
    """A town whose office is an auditor."""

    def audit(self, *words, folder="audit", code=town.DONE, **options):
        return town.credctl("--json", "log", "audit", self.folder / folder, *words,
                            "--server", f"localhost:{self.port}", "--ca", self.home / "tls/ca.crt",
                            *self.office.tls, "--registry", self.log_vkey, code=code, **options)

    def build(self):
        self.found().start()
        self.enrol_offices()
        self.grant(self.office, "auditor")
        self.enrol(range(1, 6))
        return self

    def enrol(self, numbers):
        for number in numbers:
            self.run("entity", "enrol", "--uscc", town.entity(number), "--name", "示例商贸有限公司",
                     *self.market.signing)

    def list(self, number):
        self.run("list", "add", "--entity", town.entity(number), "--list", town.RED, "--ground",
                 "grade-a", "--instrument", "sat-12-2025", "--document", f"示税信〔2026〕{number}号",
                 "--date", town.days_ago(2), "--fact", "纳税信用评价为A级", *self.tax.signing)


class Honest(unittest.TestCase):
    """One registry for what does no harm to it."""

    @classmethod
    def setUpClass(cls):
        cls.town = Audited()
        cls.addClassCleanup(cls.town.remove)
        cls.town.build()

    def test_only_a_grant_of_auditor_lets_in_and_a_refusal_says_the_same_whatever_was_asked(self):
        for first in (0, 1, 10**6):
            for who in ({"office": self.town.market}, {"tcp": True}):
                self.assertEqual(refusal(self.town, first, **who),
                                 (grpc.StatusCode.PERMISSION_DENIED, "PEER_ROLE"))
        self.assertTrue(deltas(self.town, office=self.town.office)[1])
        self.assertTrue(deltas(self.town)[1], "the operator")

    def test_a_grant_that_has_not_begun_or_has_ended_lets_nobody_in(self):
        later = town.days_ago(-3)
        self.town.run("authority", "grant", "--uscc", self.town.tax.uscc, "--role", "auditor",
                      "--from", later, "--sign", self.town.root_key)
        self.assertEqual(refusal(self.town, office=self.town.tax)[1], "PEER_ROLE")

    def test_an_honest_registry_is_found_so_and_the_next_run_goes_on(self):
        first = self.town.audit().values[-1]
        self.assertTrue(first["honest"])
        self.assertGreater(first["acts"], 10)
        self.town.enrol([20])
        second = self.town.audit().values[-1]
        self.assertGreater(second["publication"], first["publication"])
        self.assertEqual(second["acts"], first["acts"] + 1)

    def test_what_it_says_can_be_read_in_both_languages(self):
        for lang, word in (("en", "nothing false was found"), ("zh", "未发现不实")):
            said = town.credctl("log", "audit", self.town.folder / f"audit-{lang}",
                                "--server", f"unix:{self.town.socket}",
                                "--registry", self.town.log_vkey, lang=lang)
            self.assertIn(word, said.out)

    def test_messages_are_bounded_and_a_slow_reader_holds_nobody_up(self):
        acts = [wire.enrolment(town.entity(number)) for number in range(1000, 1700)]
        self.town.submit(self.town.file(acts))
        first = wire.new("StreamDeltasRequest", first_publication=1)
        with self.town.channel() as slow:
            stream = iter(wire.stub(slow, DELTAS)(first, timeout=town.PATIENCE))
            next(stream)
            self.town.enrol([30])  # while the stream waits for its reader
            for _ in stream:
                pass
        sizes, pieces = deltas(self.town)
        self.assertGreater(len(sizes), 2)
        self.assertLessEqual(max(sizes), 160 << 10)
        self.assertEqual(pieces[-1].part, 4)
        self.assertGreater(sum(piece.part == 3 for piece in pieces), 700)

    def test_killed_at_any_moment_it_goes_on(self):
        folder = ("log", "audit", self.town.folder / "killed", "--follow", "--server",
                  f"unix:{self.town.socket}", "--registry", self.town.log_vkey)
        for number in range(40, 44):
            process = town.start_credctl("--json", *folder)
            line = process.stdout.readline()
            self.town.enrol([number])
            process.send_signal(signal.SIGKILL)
            process.communicate()
            self.assertIn(b'"publication"', line)
        last = self.town.audit(folder="killed").values[-1]
        self.assertTrue(last["honest"])
        self.assertEqual(last["acts"], self.town.audit(folder="new").values[-1]["acts"])

    def test_a_folder_does_not_change_its_registry(self):
        self.town.audit(folder="fixed")
        other = town.credctl("key", "generate", town.ORIGIN, "--out",
                             self.town.folder / "other.key")
        self.assertTrue(other)
        answer = town.credctl("--json", "log", "audit", self.town.folder / "fixed", "--server",
                              f"unix:{self.town.socket}", "--registry",
                              self.town.folder / "other.pub", code=None)
        self.assertEqual(answer.error["reason"], "FOLDER_NOT_OURS")


class Lying(unittest.TestCase):
    def test_a_lie_in_effects_is_named_with_publication_epoch_and_row(self):
        registry = Audited()
        self.addCleanup(registry.remove)
        registry.build()
        before = registry.audit().values[-1]
        registry.stop()
        # The next act is acknowledged and not published: the daemon is killed before.
        registry.set(publication={"interval_ms": 60000, "idle_ms": 60000})
        registry.start()
        registry.list(3)
        registry.kill()
        said = subprocess.run([town.BUILD / "tests/liar", registry.home / "data"],
                              capture_output=True, text=True, check=True).stdout
        epoch, row = map(int, said.split())
        registry.set(publication={"interval_ms": 1000, "idle_ms": 10})
        registry.start()
        self.assertEqual(len(registry.status(town.entity(3), epoch)[0].lists), 0,
                         "the registry hides the listing")
        found = registry.audit(code=town.NO).values
        lies = [value for value in found if "false_publication" in value]
        self.assertEqual([(lie["reason"], lie["epoch"], lie["row"]) for lie in lies],
                         [("AUDIT_EFFECTS", epoch, row)])
        self.assertGreater(lies[0]["false_publication"], before["publication"])
        self.assertIn("STATUS", lies[0]["detail"])
        # It is not forgotten, and told in Chinese too.
        again = registry.run("log", "audit", registry.folder / "audit", "--registry",
                             registry.log_vkey, code=town.NO, lang="zh")
        self.assertIn("不实", again.out + again.err)
        fresh = registry.run("log", "audit", registry.folder / "fresh", "--registry",
                             registry.log_vkey, code=town.NO, lang="zh")
        self.assertRegex(fresh.out, rf"不实：第 {lies[0]['false_publication']} 次发布，批次 {epoch}")
        self.assertIn("所记录的效果与规则得出的不一致", fresh.out)


class Pruned(unittest.TestCase):
    def test_deltas_are_kept_for_a_finite_time_and_the_refusal_names_the_first_one(self):
        registry = Audited()
        self.addCleanup(registry.remove)
        registry.clock = town.earlier(3)
        registry.build()
        folder = ("log", "audit", registry.folder / "early", "--registry", registry.log_vkey)
        early = registry.json(*folder).values[-1]
        registry.stop()
        registry.clock = {}
        registry.set(audit={"deltas_hours": 24}).start()
        registry.enrol([8])
        refused = registry.audit(code=town.NO, folder="late").error
        self.assertEqual(refused["reason"], "DELTAS_PRUNED")
        kept = int(re.search(r"kept from (\d+) on", refused["detail"])[1])
        self.assertGreater(kept, early["publication"])
        self.assertTrue(deltas(registry, kept)[1])
        # Who has audited up to there goes on.
        if kept == early["publication"] + 1:
            self.assertTrue(registry.json(*folder).values[-1]["honest"])


if __name__ == "__main__":
    unittest.main()
