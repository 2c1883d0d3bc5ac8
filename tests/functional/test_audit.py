# SPDX-License-Identifier: Apache-2.0
"""Auditors: deltas for who has the grant and for nobody else, a lie that is named, and going on after a
kill.

The registry that lies is a true daemon on a journal in which one act's effects were rewritten while it
was stopped: it replays them, builds its map on them and signs the root.
"""

import re
import shutil
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

    def list(self, number, *options):
        self.run("list", "add", "--entity", town.entity(number), "--list", town.RED, "--ground",
                 "grade-a", "--instrument", "sat-12-2025", "--document", f"示税信〔2026〕{number}号",
                 "--date", town.days_ago(2), "--fact", "纳税信用评价为A级", *self.tax.signing,
                 *options)


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


class Levels(unittest.TestCase):
    """What 'credctl verify' says of how far a status is shown."""

    @classmethod
    def setUpClass(cls):
        cls.town = Audited()
        cls.addClassCleanup(cls.town.remove)
        cls.town.build()
        cls.key, cls.vkey = cls.town.folder / "audit.key", cls.town.folder / "audit.pub"
        town.credctl("key", "generate", cls.town.office.uscc, "--auditor", "--out", cls.key)
        town.credctl("key", "generate", cls.town.market.uscc, "--auditor", "--out",
                     cls.town.folder / "market-audit.key")
        cls.receipts = cls.town.folder / "receipts"
        cls.receipts.mkdir()
        cls.town.list(2, "--receipt", cls.receipts / "listing")
        # A quiet registry publishes once a minute: again when one came between.
        while True:
            cls.audited = cls.town.audit("--key", cls.key).values[-1]
            cls.listed, cls.clean = cls.ask(2), cls.ask(3)
            shown = {town.credctl("--json", "verify", path, "--key", cls.town.log_vkey)
                     .value["publication"] for path in (cls.listed, cls.clean)}
            if shown == {cls.audited["publication"]}:
                break

    @classmethod
    def ask(cls, number):
        path = cls.town.folder / f"{number}.proof"
        for old in (path, cls.receipts / f"{number}.detail"):
            old.unlink(missing_ok=True)
        cls.town.run("status", town.entity(number), "--proof", path, "--detail",
                     cls.receipts / f"{number}.detail")
        return path

    def verify(self, path, *words, code=town.DONE):
        return town.credctl("--json", "verify", path, "--key", self.town.log_vkey, *words, code=code)

    def level(self, *words, **options):
        return self.verify(*words, **options).values[0]["level"]

    def test_the_registry_alone(self):
        self.assertEqual(self.level(self.listed)["reached"], ["registry-asserted"])

    def test_what_an_auditor_ran_again_and_cosigned(self):
        level = self.level(self.listed, "--auditor", self.vkey)
        self.assertEqual(level["reached"], ["registry-asserted", "auditor-cosigned"])
        self.assertEqual(level["auditor"], f"{self.town.office.uscc}/audit")
        self.assertEqual(self.level(self.clean, "--auditor", self.vkey)["reached"][-1],
                         "auditor-cosigned")

    def test_another_auditor_or_another_kind_of_key_is_none(self):
        for name, reason in (("market-audit.pub", "NOTE_UNVERIFIED"),
                             ("audit-as-witness.pub", "COSIGNATURE")):
            if not (self.town.folder / name).exists():
                town.credctl("key", "generate", "witness.example/1", "--witness", "--out",
                             self.town.folder / "audit-as-witness.key")
            answer = self.verify(self.listed, "--auditor", self.town.folder / name, code=town.NO)
            self.assertEqual(answer.values[-1]["error"]["reason"], reason)

    def test_one_changed_byte_of_the_cosignature_is_told(self):
        data = bytearray(self.listed.read_bytes())
        data[-1] ^= 1
        changed = self.town.folder / "changed.proof"
        changed.write_bytes(data)
        self.assertEqual(self.verify(changed, "--auditor", self.vkey, code=town.NO)
                         .values[-1]["error"]["reason"], "COSIGNATURE")

    def test_what_the_department_signed(self):
        level = self.level(self.listed, "--deep", self.receipts)
        self.assertEqual(level["reached"], ["registry-asserted", "department-signed"])
        self.assertEqual(level["listings_signed"], 1)
        both = self.level(self.listed, "--deep", self.receipts, "--auditor", self.vkey)
        self.assertEqual(both["reached"],
                         ["registry-asserted", "department-signed", "auditor-cosigned"])
        said = town.credctl("verify", self.listed, "--key", self.town.log_vkey, "--deep",
                            self.receipts, lang="zh").out
        self.assertIn("机关签署", said)

    def test_a_clean_status_has_nothing_that_a_department_signed(self):
        self.assertEqual(self.level(self.clean, "--deep", self.receipts)["reached"],
                         ["registry-asserted"])

    def test_without_the_receipt_or_with_a_changed_one_it_is_the_registrys_word(self):
        other = self.town.folder / "others"
        other.mkdir(exist_ok=True)
        (other / "detail").write_bytes((self.receipts / "2.detail").read_bytes())
        answer = self.verify(self.listed, "--deep", other, code=town.NO)
        self.assertEqual(answer.values[0]["level"]["reached"], ["registry-asserted"])
        self.assertEqual(answer.values[-1]["error"]["reason"], "DEPARTMENT_UNSIGNED")
        receipt = bytearray((self.receipts / "listing").read_bytes())
        for at in range(0, len(receipt), 37):
            receipt[at] ^= 4
            (other / "listing").write_bytes(receipt)
            self.verify(self.listed, "--deep", other, code=town.NO)
            receipt[at] ^= 4
        (other / "listing").write_bytes(receipt)
        self.verify(self.listed, "--deep", other)

    def test_the_registry_keeps_no_cosignature_that_is_not_the_callers_over_that_publication(self):
        own = wire.new("SubmitCosignatureRequest", publication=self.audited["publication"],
                       vkey=self.vkey.read_text().strip(), cosignature="— x AAAA\n".encode())
        others = wire.new("SubmitCosignatureRequest", publication=1, cosignature=b"",
                          vkey=(self.town.folder / "market-audit.pub").read_text().strip())

        def submit(request, office):
            with self.town.channel(office) as channel:
                return wire.call(channel, "AuditService/SubmitCosignature", request)

        self.assertIn(wire.refusal(lambda: submit(own, self.town.office)).reason,
                      ("COSIGNATURE", "NOTE_MALFORMED"))
        self.assertEqual(wire.refusal(lambda: submit(others, self.town.office)).reason,
                         "AUDITOR_KEY")
        self.assertEqual(wire.refusal(lambda: submit(others, None)).reason, "AUDITOR_KEY",
                         "the market has no grant of it")
        self.assertEqual(wire.refusal(lambda: submit(own, self.town.market)).reason, "PEER_ROLE")

    def test_an_auditor_has_one_cosignature_of_a_publication_whatever_keys_it_makes(self):
        keys = [self.town.folder / f"again-{number}.key" for number in range(3)]
        for key in keys:
            town.credctl("key", "generate", self.town.office.uscc, "--auditor", "--out", key)
        while True:
            last = [self.town.audit("--key", key, folder=key.stem).values[-1] for key in keys]
            path = self.ask(4)
            shown = self.verify(path).values[0]
            if {audit["publication"] for audit in last} == {shown["publication"]}:
                break
        self.assertEqual(shown["witnesses"]["carried"], 1)
        self.assertEqual(self.level(path, "--auditor", keys[2].with_suffix(".pub"))["reached"][-1],
                         "auditor-cosigned")

    def test_a_witness_key_does_not_audit(self):
        key = self.town.folder / "plain-witness.key"
        town.credctl("key", "generate", "witness.example/2", "--witness", "--out", key)
        answer = self.town.audit("--key", key, folder="witnessed", code=None)
        self.assertEqual(answer.error["reason"], "AUDITOR_KEY")


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
        # Opening it has the journal take the epoch from the head file's tail.
        town.credctl("fsck", registry.home)
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
        # What was honest is cosigned, what came after is not.
        key = registry.folder / "audit.key"
        town.credctl("key", "generate", registry.office.uscc, "--auditor", "--out", key)
        last = registry.audit("--key", key, folder="cosigned", code=town.NO).values
        summary = [value for value in last if "cosigned" in value][0]
        self.assertEqual(summary["cosigned"], lies[0]["false_publication"] - 1)
        self.assertEqual(summary["first_false"], lies[0]["false_publication"])
        # It is not forgotten, and told in Chinese too.
        again = registry.run("log", "audit", registry.folder / "audit", "--registry",
                             registry.log_vkey, code=town.NO, lang="zh")
        self.assertIn("不实", again.out + again.err)
        fresh = registry.run("log", "audit", registry.folder / "fresh", "--registry",
                             registry.log_vkey, code=town.NO, lang="zh")
        self.assertRegex(fresh.out, rf"不实：第 {lies[0]['false_publication']} 次发布，批次 {epoch}")
        self.assertIn("所记录的效果与规则得出的不一致", fresh.out)


class Forked(unittest.TestCase):
    def test_a_registry_that_goes_back_and_on_otherwise_is_caught_by_the_last_checkpoint_seen(self):
        registry = Audited()
        self.addCleanup(registry.remove)
        registry.build()
        registry.stop()
        copy = registry.folder / "copy"
        shutil.copytree(registry.home, copy)
        registry.start()
        registry.enrol([8])
        registry.audit()
        registry.stop()
        # An old copy, head file and all: the registry itself cannot know.
        shutil.rmtree(registry.home)
        shutil.copytree(copy, registry.home)
        registry.start()
        for numbers in ([], range(20, 26)):
            registry.enrol(numbers)
            refused = registry.audit(code=town.NO).error
            self.assertEqual(refused["reason"], "AUDIT_FORK")
        self.assertIn("并非所审计日志的延续", registry.run(
            "log", "audit", registry.folder / "audit", "--registry", registry.log_vkey,
            code=town.NO, lang="zh").err)


class Pruned(unittest.TestCase):
    def test_deltas_are_kept_for_a_finite_time_and_who_was_in_time_goes_on(self):
        registry = Audited()
        self.addCleanup(registry.remove)
        registry.clock = town.earlier(3)
        registry.build()
        registry.stop()
        registry.clock = {}
        registry.start()
        registry.enrol([8])
        before = registry.audit(folder="early").values[-1]
        registry.stop()
        registry.set(audit={"deltas_hours": 24}).start()
        registry.enrol([9])
        refused = registry.audit(code=town.NO, folder="late").error
        self.assertEqual(refused["reason"], "DELTAS_PRUNED")
        kept = int(re.search(r"kept from (\d+) on", refused["detail"])[1])
        self.assertLessEqual(kept, before["publication"])
        self.assertEqual(refusal(registry, kept - 1, registry.office)[1], "DELTAS_PRUNED")
        self.assertTrue(deltas(registry, kept, registry.office)[1])
        after = registry.audit(folder="early").values[-1]
        self.assertTrue(after["honest"])
        self.assertEqual(after["acts"], before["acts"] + 1)


class Bundles(unittest.TestCase):
    def test_old_bundles_leave_the_folder_by_the_policy_and_the_log_can_still_be_proved(self):
        registry = Audited()
        self.addCleanup(registry.remove)
        registry.clock = town.earlier(3)
        registry.build()
        then = wire.now_ms() - 3 * wire.DAY_MS
        registry.submit(registry.file(
            [wire.enrolment(town.entity(number)) for number in range(1000, 1600)],
            created_at=then, not_after=then + wire.DAY_MS))
        registry.settle()
        registry.stop()
        registry.clock = {}
        folder = registry.folder / "tiles"
        registry.set(publication={"folder": str(folder), "bundle_days": 1}).start()
        note = town.wait_until(
            lambda: (folder / "pruning").exists() and (folder / "pruning").read_text(), "pruning")
        self.assertEqual(note.splitlines()[:4], ["credit-pruning/v1", town.ORIGIN,
                                                 "minimum-index 512", "kept-hours 24"])
        town.wait_until(lambda: not (folder / "tile/entries/001").exists(), "the bundle has gone")
        self.assertFalse((folder / "tile/entries/000").exists())
        self.assertTrue((folder / "tile/0/000").exists())
        self.assertTrue(registry.json("log", "inclusion", "3", "--registry",
                                      registry.log_vkey).value["proved"])


if __name__ == "__main__":
    unittest.main()
