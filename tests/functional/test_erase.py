# SPDX-License-Identifier: Apache-2.0
"""Erasure with the real daemon: the bytes go, everything else stays, at whatever step it is killed.

Bytes are looked for in every file of the registry: both databases with their free pages, the head file,
the published log, the backups made afterwards. Each is first found, so that not finding it means something.
The daemon is killed before each step on the disk that its scrub takes (die.c), started again, and must
have finished the scrub by itself. CREDIT_EVERY_STEP=1 counts writes and syncs as steps too.
"""

import itertools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import oracle
import town
import wire

FACT = "将过期原料掺入一批罐头并销往外县"
OTHER_FACT = "拒不执行整改决定三次以上"
REASON = "经复议认定原案事实不清"
EVERY_STEP = bool(os.environ.get("CREDIT_EVERY_STEP"))
SCRUB_RARELY = {"scrub_minutes": 10080}
DOCUMENTS = itertools.count(1)


def die_library():
    library = pathlib.Path(tempfile.gettempdir()) / "die.so"
    if not library.exists():
        subprocess.run([os.environ.get("CC", "gcc").split()[-1], "-std=c17", "-D_GNU_SOURCE",
                        "-shared", "-fPIC", "-o", library,
                        town.HOME / "tests/functional/die.c"], check=True)
    return library


def files_with(folder, *needles):
    """Files anywhere below the folder that hold one of the texts or byte strings."""
    needles = [needle.encode() if isinstance(needle, str) else needle for needle in needles]
    return [path for path in sorted(pathlib.Path(folder).rglob("*"))
            if path.is_file() and any(needle in path.read_bytes() for needle in needles)]


def list_entity(registry, entity, fact, receipt=None):
    return registry.json(
        "list", "add", "--entity", entity, "--list", town.BLACK, "--ground", "heavy-fine",
        "--instrument", "samr-44-2021", "--document", f"示市监列〔2026〕{next(DOCUMENTS)}号", "--date",
        town.today(), "--fact", fact, *registry.market.signing,
        *(("--receipt", receipt) if receipt else ())).value


def take_off(registry, entity, record):
    return registry.json("list", "remove", "--entity", entity, "--record", record, "--cause",
                         "revoked", "--document", "示市监移〔2026〕1号", "--date", town.today(),
                         "--reason", REASON, *registry.market.signing).value


def erase(registry, entity, record, code=town.DONE, signing=None, ground="court-order"):
    return registry.json("erase", "--entity", entity, "--record", record, "--ground", ground,
                         "--document", "（2026）示01行终5号", "--date", town.today(), "--reason",
                         "依生效裁判删除", *(signing or registry.market.signing), code=code)


def enrol(registry, *entities):
    for entity in entities:
        registry.run("entity", "enrol", "--uscc", entity, "--name", "示例县清源食品有限公司",
                     *registry.market.signing)


def state(registry):
    return registry.json("scrub", "--state").value


def receipt_in(path):
    """A receipt file with its act."""
    message = wire.CONTRACT.type("credit.v1.Receipt").FromString(path.read_bytes())
    assert len(message.sealed.opening) == 32 and len(message.blind) == 32
    return message


class Erased(unittest.TestCase):
    """One registry, one record erased and scrubbed; then everybody looks."""

    @classmethod
    def setUpClass(cls):
        cls.town = town.open_registry(erasure=SCRUB_RARELY)
        cls.addClassCleanup(cls.town.remove)
        cls.town.stop()
        cls.town.set(publication={"folder": "published"}).start()
        cls.gone, cls.stays = town.entity(1), town.entity(2)
        cls.receipt = cls.town.folder / "gone.receipt"
        cls.other_receipt = cls.town.folder / "stays.receipt"
        enrol(cls.town, cls.gone, cls.stays)
        cls.record = list_entity(cls.town, cls.gone, FACT, cls.receipt)
        cls.other = list_entity(cls.town, cls.stays, OTHER_FACT, cls.other_receipt)
        kept = receipt_in(cls.receipt)
        cls.opening, cls.blind = kept.sealed.opening, kept.blind
        cls.act = f"acts/{kept.commitment.hex()}"
        cls.size, cls.root = cls.town.checkpoint()
        cls.early = erase(cls.town, cls.gone, cls.record["record"], code=town.NO)
        take_off(cls.town, cls.gone, cls.record["record"])
        cls.town.settle()
        cls.old_backup = cls.town.json("backup", cls.town.folder / "backups").value
        cls.before = {needle: files_with(cls.town.home, needle)
                      for needle in (FACT, REASON, cls.opening, cls.blind)}
        cls.stranger = erase(cls.town, cls.gone, cls.record["record"], code=town.NO,
                             signing=cls.town.tax.signing)
        erase(cls.town, cls.gone, cls.record["record"])
        town.wait_until(lambda: cls.town.lines("scrubbed"), "the first scrub is not put off")
        cls.town.settle()
        cls.new_backup = cls.town.json("backup", cls.town.folder / "backups").value

    def test_no_file_of_the_registry_holds_a_byte_of_it(self):
        for needle, found in self.before.items():
            self.assertTrue(found, "it was there before")
            self.assertEqual(files_with(self.town.home, needle), [])

    def test_other_records_are_where_they_were(self):
        self.assertTrue(files_with(self.town.home, OTHER_FACT))
        status, _, _ = self.town.status(self.stays)
        self.assertEqual(len(status.lists), 1)
        status, _, _ = self.town.status(self.gone)
        self.assertEqual(len(status.lists), 0)

    def test_a_published_record_is_ended_first(self):
        self.assertEqual(self.early.error["reason"], "RECORD_PUBLISHED")
        self.assertIn("end its publication first", json.dumps(self.early.value))

    def test_another_authority_may_not(self):
        self.assertEqual(self.stranger.error["reason"], "NOT_THE_AUTHOR")

    def test_nothing_waits_any_more(self):
        shown = state(self.town)
        self.assertEqual(shown["pending"], 0)
        self.assertIsNone(shown["pending_since"])
        self.assertGreater(shown["erasure_epoch"], 0)
        self.assertEqual(self.town.json("scrub").value, {"scrubbed": 0})

    def test_who_filed_it_is_told_that_it_is_erased_and_others_that_there_is_none(self):
        request = wire.new("GetActRequest", name=self.act)
        with self.town.channel(self.town.market) as channel:
            refusal = wire.refusal(lambda: wire.call(channel, "FilingService/GetAct", request))
        self.assertEqual((refusal.code.name, refusal.reason), ("NOT_FOUND", "ERASED"))
        with self.town.channel(self.town.tax) as channel:
            refusal = wire.refusal(lambda: wire.call(channel, "FilingService/GetAct", request))
        self.assertEqual((refusal.code.name, refusal.reason), ("NOT_FOUND", "NOT_FOUND"))

    def test_receipts_go_on_verifying_offline(self):
        for receipt in (self.receipt, self.other_receipt):
            town.credctl("verify", receipt, "--key", self.town.log_vkey)

    def test_the_log_goes_on_from_what_it_was(self):
        size, root = self.town.checkpoint()
        with self.town.channel() as channel:
            proof = wire.call(channel, "TransparencyService/GetConsistencyProof",
                              wire.new("GetConsistencyProofRequest", old_size=self.size,
                                       new_size=size))
        self.assertTrue(
            oracle.consistency_holds(self.size, size, self.root, root, proof.path))

    def test_both_entities_prove_their_status(self):
        for entity in (self.gone, self.stays):
            proof = self.town.folder / f"{entity}.proof"
            self.town.run("status", entity, "--proof", proof)
            town.credctl("verify", proof, "--key", self.town.log_vkey)

    def test_backups_made_after_it_hold_nothing_of_it_and_older_ones_are_named(self):
        backups = self.town.folder / "backups"
        old, new = backups / self.old_backup["name"], backups / self.new_backup["name"]
        self.assertTrue(files_with(old, FACT))
        self.assertEqual(files_with(new, FACT, REASON, self.opening, self.blind), [])
        listed = {value["name"]: value["overtaken"]
                  for value in self.town.json("backup", "list", backups).values}
        self.assertEqual(listed, {old.name: True, new.name: False})
        town.credctl("backup", "check", new, "--registry", self.town.log_vkey)
        destroyed = self.town.json("backup", "prune", backups).value
        self.assertEqual(destroyed, {"destroyed": str(old)})
        self.assertEqual(files_with(backups, FACT), [])
        self.assertEqual([path.name for path in backups.iterdir()], [new.name])

    def test_only_the_operator_may_scrub_or_back_up(self):
        for method, request in (("Scrub", "ScrubRequest"), ("Backup", "BackupRequest"),
                                ("GetScrubState", "GetScrubStateRequest")):
            with self.town.channel(self.town.market) as channel:
                refusal = wire.refusal(lambda: wire.call(
                    channel, f"AdminService/{method}", wire.new(request)))
            self.assertEqual(refusal.reason, "PEER_ROLE")


class Waiting(unittest.TestCase):
    """A second erasure waits for the interval; stopped, started, scrubbed on demand."""

    def test_it_waits_and_is_scrubbed_on_demand_or_at_the_next_start(self):
        registry = town.open_registry(erasure=SCRUB_RARELY)
        self.addCleanup(registry.remove)
        entities = [town.entity(n) for n in range(3)]
        enrol(registry, *entities)
        for number, entity in enumerate(entities):
            record = list_entity(registry, entity, f"{FACT}{number}")["record"]
            take_off(registry, entity, record)
            erase(registry, entity, record)
            registry.settle()
            if number == 0:
                town.wait_until(lambda: registry.lines("scrubbed"), "the first scrub")
            elif number == 1:
                self.assertEqual(state(registry)["pending"], 1)
                self.assertTrue(files_with(registry.home, f"{FACT}1"))
                self.assertEqual(registry.json("scrub").value, {"scrubbed": 1})
                self.assertEqual(files_with(registry.home, f"{FACT}1"), [])
        self.assertEqual(state(registry)["pending"], 1)
        registry.stop()
        fsck = town.credctl("--json", "fsck", registry.home).values[-1]
        self.assertEqual((fsck["faults"], fsck["erased"], fsck["unscrubbed"]), (0, 4, 1))
        registry.start()
        self.assertEqual(state(registry)["pending"], 0)
        self.assertEqual(files_with(registry.home, FACT), [])
        registry.stop()
        fsck = town.credctl("--json", "fsck", registry.home).values[-1]
        self.assertEqual((fsck["faults"], fsck["erased"], fsck["unscrubbed"]), (0, 6, 0))
        self.assertGreater(fsck["underived"], 0)

    def test_the_state_is_built_anew_from_the_journal(self):
        registry = town.open_registry()
        self.addCleanup(registry.remove)
        entity = town.entity(1)
        enrol(registry, entity)
        record = list_entity(registry, entity, FACT)["record"]
        take_off(registry, entity, record)
        list_entity(registry, entity, OTHER_FACT)
        erase(registry, entity, record)
        town.wait_until(lambda: registry.lines("scrubbed"), "a scrub")
        registry.settle()
        before = registry.status(entity)[0].SerializeToString()
        registry.stop()
        shutil.rmtree(registry.home / "data/state")
        registry.start()
        self.assertEqual(registry.status(entity)[0].SerializeToString(), before)
        registry.stop()
        self.assertEqual(
            town.credctl("--json", "fsck", registry.home).values[-1]["faults"], 0)

    def test_what_subscribers_were_told_of_it_goes_too(self):
        registry = town.open_registry(erasure=SCRUB_RARELY)
        self.addCleanup(registry.remove)
        entity = town.entity(1)
        enrol(registry, entity)
        for office in (registry.tax, registry.office):
            registry.run("subscription", "add", *office.signing)
        record = list_entity(registry, entity, FACT)["record"]
        take_off(registry, entity, record)
        registry.settle()
        (acknowledged,) = registry.json("delivery", "list", registry.tax.uscc).values
        (owed,) = registry.json("delivery", "list", registry.office.uscc).values
        registry.run("subscription", "ack", acknowledged["id"], *registry.tax.signing)
        erase(registry, entity, record)
        registry.settle()
        self.assertEqual(registry.json("delivery", "list", registry.office.uscc).values, [])
        registry.json("scrub")
        for office in (registry.tax, registry.office):
            self.assertEqual(
                registry.json("delivery", "list", office.uscc, "--all").values, [])
        registry.stop()
        told = [bytes.fromhex(delivery["id"]) for delivery in (acknowledged, owed)]
        self.assertEqual(files_with(registry.home / "data/state", *told), [])
        self.assertEqual(files_with(registry.home / "data/journal", told[1]), [])
        self.assertEqual(
            town.credctl("--json", "fsck", registry.home).values[-1]["faults"], 0)
        shutil.rmtree(registry.home / "data/state")
        registry.start().settle()
        registry.stop()
        self.assertEqual(
            town.credctl("--json", "fsck", registry.home).values[-1]["faults"], 0)


class KilledBetweenSteps(unittest.TestCase):
    """The scrub of one pending erasure, killed before each of its steps in turn."""

    def test_whatever_step_it_dies_at_the_next_start_finishes_it(self):
        registry = town.open_registry(erasure=SCRUB_RARELY)
        self.addCleanup(registry.remove)
        gone, stays = town.entity(1), town.entity(2)
        enrol(registry, gone, stays)
        record = list_entity(registry, gone, OTHER_FACT)["record"]
        take_off(registry, gone, record)
        erase(registry, gone, record)
        town.wait_until(lambda: registry.lines("scrubbed"), "a scrub, so that the next one waits")
        list_entity(registry, stays, OTHER_FACT)
        record = list_entity(registry, gone, FACT)["record"]
        take_off(registry, gone, record)
        erase(registry, gone, record)
        registry.settle()
        self.assertEqual(state(registry)["pending"], 1)
        registry.stop()
        kept = registry.folder / "kept"
        shutil.copytree(registry.home, kept)
        steps = self.kill_at_each_step(registry, kept)
        self.assertGreater(steps, 10, "both databases are renewed")

    def kill_at_each_step(self, registry, kept):
        data = registry.home / "data"
        asan = os.environ.get("ASAN_OPTIONS", "")
        dying = {"LD_PRELOAD": str(die_library()), "DIE_BELOW": str(data),
                 "ASAN_OPTIONS": f"{asan}:verify_asan_link_order=0",
                 **({"DIE_FINELY": "1"} if EVERY_STEP else {})}
        for step in range(1, 10000):
            shutil.rmtree(registry.home)
            shutil.copytree(kept, registry.home)
            process = registry.spawn(DIE_AT=str(step), **dying)
            try:
                town.wait_until(lambda: process.poll() is not None or registry.lines("ready"),
                                "its end")
                if process.poll() is None:
                    return step - 1  # it has fewer steps than that
            finally:
                process.kill()
                process.wait()
            with self.subTest(step=step):
                self.assertEqual(process.returncode, -9)
                self.check_finished(registry)
        raise AssertionError("it never gets ready")

    def check_finished(self, registry):
        registry.start()
        try:
            self.assertEqual(state(registry)["pending"], 0)
            self.assertEqual(files_with(registry.home, FACT, REASON), [])
            self.assertTrue(files_with(registry.home, OTHER_FACT))
        finally:
            registry.stop()
        fsck = town.credctl("--json", "fsck", registry.home).values[-1]
        self.assertEqual((fsck["faults"], fsck["erased"]), (0, 4))


class Restored(unittest.TestCase):
    """Backups are brought back, and never sign behind what was signed."""

    def setUp(self):
        self.town = town.open_registry()
        self.addCleanup(self.town.remove)
        self.backups = self.town.folder / "backups"
        enrol(self.town, town.entity(1))
        list_entity(self.town, town.entity(1), FACT)
        self.town.settle()
        self.backup = self.backups / self.town.json("backup", self.backups).value["name"]
        self.checkpoint("old.checkpoint")

    def checkpoint(self, name):
        with self.town.channel() as channel:
            answer = wire.call(channel, "TransparencyService/GetCheckpoint",
                               wire.new("GetCheckpointRequest"))
        (self.town.folder / name).write_bytes(answer.checkpoint)

    def lose_data(self):
        for name in ("journal", "state"):
            shutil.rmtree(self.town.home / "data" / name)

    def restore(self, *options, code=town.DONE):
        return town.credctl("--json", "restore", self.backup, self.town.home, *options, code=code,
                            cwd=self.town.folder)

    def test_a_registry_that_lost_its_database_goes_on_from_its_backup(self):
        self.town.stop()  # publishes nothing new: nothing was signed since
        refused = self.restore(code=town.NO)
        self.assertEqual(refused.error["reason"], "EXISTS")
        self.lose_data()
        answer = self.restore("--head-from-backup", "--asked", "old.checkpoint", code=None)
        if answer.code != town.DONE:
            self.fail(str(answer))
        self.town.start()
        status, _, _ = self.town.status(town.entity(1))
        self.assertEqual(len(status.lists), 1)
        enrol(self.town, town.entity(2))
        self.town.stop()
        self.assertEqual(
            town.credctl("--json", "fsck", self.town.home).values[-1]["faults"], 0)

    def test_one_that_is_behind_what_was_signed_is_refused_and_says_what_to_do(self):
        enrol(self.town, town.entity(3))
        self.town.settle()
        self.checkpoint("new.checkpoint")
        self.town.stop()
        self.lose_data()
        refused = self.restore(code=town.NO)
        self.assertEqual(refused.error["reason"], "RESTORE_BEHIND")
        self.assertIn("witnesses", json.dumps(refused.error))
        self.assertEqual(self.restore("--head-from-backup", code=town.NO).error["reason"],
                         "FIELD_MISSING")
        refused = self.restore("--head-from-backup", "--asked", "old.checkpoint", "--asked",
                               "new.checkpoint", code=town.NO)
        self.assertEqual(refused.error["reason"], "RESTORE_SEEN")
        self.assertFalse((self.town.home / "data/journal").exists())

    def test_laid_down_by_hand_the_old_journal_is_refused_by_the_daemon(self):
        enrol(self.town, town.entity(3))
        self.town.settle()
        self.town.stop()
        self.lose_data()
        shutil.copytree(self.backup / "journal", self.town.home / "data/journal")
        process = self.town.spawn()
        self.assertEqual(process.wait(town.PATIENCE), town.FAULT)
        line, = [line for line in self.town.lines() if line.get("reason") == "HEAD_AHEAD"]
        self.assertIn("restore", json.dumps(line))

    def test_filings_go_on_while_a_backup_is_made(self):
        before = self.town.acts()
        backup = town.start_credctl("--json", "backup", self.backups, cwd=self.town.folder,
                                    CREDCTL_SERVER=f"unix:{self.town.socket}")
        for number in range(10, 20):
            enrol(self.town, town.entity(number))
        out, err = backup.communicate(timeout=town.PATIENCE)
        self.assertIn(backup.returncode, (town.DONE, town.NO), err)
        self.assertEqual(self.town.acts(), before + 11, "ten, and that a backup was asked for")


if __name__ == "__main__":
    unittest.main()
