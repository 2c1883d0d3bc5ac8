# SPDX-License-Identifier: Apache-2.0
"""The daemon dies, is stopped, is started twice, is given old files, wakes up months later.

The measure is always the same: what was acknowledged is there, once, and provably so; what was
not acknowledged may be sent again.
"""

import json
import shutil
import signal
import threading
import unittest

import grpc

import oracle
import sheet
import town
import wire


class Registry(unittest.TestCase):
    def open(self, **settings):
        registry = town.open_registry(**settings)
        self.addCleanup(registry.remove)
        return registry

    def fsck(self, registry, code=town.DONE):
        return town.credctl("--json", "fsck", registry.home, code=code).values[-1]

    def check_continued(self, registry, old_size, old_root, size, root):
        with registry.channel() as channel:
            proof = wire.call(channel, "TransparencyService/GetConsistencyProof",
                              wire.new("GetConsistencyProofRequest", old_size=old_size,
                                       new_size=size))
        self.assertTrue(oracle.consistency_holds(old_size, size, old_root, root, proof.path))


class Senders:
    """Several clients that send one filing after the other until they are told to stop."""

    def __init__(self, registry, filings):
        self.registry = registry
        self.waiting = list(enumerate(filings))
        self.receipts = {}  # number of the filing -> FilingReceipt
        self.failures = {}  # number of the filing -> Refusal
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.send) for _ in range(4)]
        for thread in self.threads:
            thread.start()

    def send(self):
        with self.registry.channel(self.registry.market) as channel:
            while True:
                with self.lock:
                    if not self.waiting:
                        return
                    number, filing = self.waiting.pop(0)
                try:
                    receipt = wire.call(channel, "FilingService/Submit",
                                        wire.new("SubmitRequest", filing=filing)).receipt
                    self.receipts[number] = receipt
                except grpc.RpcError as error:
                    self.failures[number] = wire.Refusal(error)
                    return

    def wait_for(self, count):
        town.wait_until(lambda: len(self.receipts) >= count or self.failures, f"{count} receipts")

    def join(self):
        for thread in self.threads:
            thread.join(town.PATIENCE)
            assert not thread.is_alive()


class Killed(Registry):
    FILINGS, ACTS = 120, 3

    def filings(self, registry):
        return [registry.file([wire.enrolment(town.entity(self.ACTS * n + m))
                               for m in range(self.ACTS)]) for n in range(self.FILINGS)]

    def check_acknowledged(self, registry, filings, receipts):
        """Every receipt is kept, by the act and by the filing, and its log is continued."""
        size, root = registry.checkpoint()
        with registry.channel() as channel:
            for number, receipt in receipts.items():
                again = wire.call(channel, "FilingService/Submit",
                                  wire.new("SubmitRequest", filing=filings[number])).receipt
                self.assertEqual(again.SerializeToString(), receipt.SerializeToString())
                act = wire.commitment_of(filings[number].acts[1])
                shown = wire.call(channel, "FilingService/GetAct",
                                  wire.new("GetActRequest", name=f"acts/{act.hex()}"))
                self.assertEqual(shown.leaf_index, receipt.accepted[1].leaf_index)
                self.assertEqual(shown.recorded_at, receipt.recorded_at)
                self.check_continued(
                    registry, *oracle.checkpoint(receipt.checkpoint, registry.verifier),
                    size, root)

    def check_all_once(self, registry, filings, before):
        receipts = [registry.submit(filing) for filing in filings]
        self.assertEqual([len(receipt.accepted) for receipt in receipts],
                         [self.ACTS] * self.FILINGS)
        leaves = [accepted.leaf_index for receipt in receipts for accepted in receipt.accepted]
        self.assertEqual(len(set(leaves)), self.FILINGS * self.ACTS)
        registry.stop()
        registry.start()  # which publishes
        after = registry.settle()
        # Of the leaves since then, those that are no act's are the publications'.
        self.assertTrue(set(leaves) < set(range(before.size, after.size)))
        self.assertEqual(len(leaves),
                         after.size - before.size - (after.number - before.number))
        with registry.channel() as channel:
            codes = "".join(town.entity(n) for n in range(len(leaves))).encode()
            answer, = wire.stub(channel, "StatusService/BatchGetStatus")(
                iter([wire.new("BatchGetStatusRequest", codes=codes)]), timeout=town.PATIENCE)
        self.assertEqual(len(answer.statuses), sum(1 + length for length in lengths(answer)))
        self.assertEqual(len(lengths(answer)), len(leaves))
        self.assertFalse({253, 254, 255} & set(lengths(answer)))

    def test_killed_while_filings_come_in_nothing_acknowledged_is_lost(self):
        # Publications are rare here, so that the state lacks most epochs when the daemon dies.
        registry = self.open(publication={"interval_ms": 60000, "idle_ms": 60000})
        filings = self.filings(registry)
        registry.stop()
        registry.start()  # which publishes
        before = registry.settle()
        known = {}
        for limit in (5, 60):
            senders = Senders(registry, filings)
            senders.wait_for(limit)
            registry.kill()
            senders.join()
            known.update(senders.receipts)
            registry.start()
            self.check_acknowledged(registry, filings, senders.receipts)
        self.check_acknowledged(registry, filings, known)
        self.check_all_once(registry, filings, before)
        registry.stop()
        report = self.fsck(registry)
        self.assertEqual(report["faults"], 0)
        self.assertEqual(report["acts"],
                         before.size - before.number + self.FILINGS * self.ACTS)
        self.assertEqual(report["leaves"], report["acts"] + report["publications"])

    def test_killed_while_it_starts(self):
        registry = self.open()
        registry.submit(registry.file([wire.enrolment(town.entity(n)) for n in range(500)]))
        acts, (old_size, old_root) = registry.acts(), registry.checkpoint()
        registry.kill()
        for _ in range(5):
            process = registry.spawn()
            town.wait_until(lambda: registry.log.exists(), "a log", process)
            process.kill()
            process.wait()
        registry.start()
        self.assertEqual(registry.acts(), acts)
        size, root = registry.checkpoint()
        self.assertGreater(size, old_size)  # each start publishes
        self.check_continued(registry, old_size, old_root, size, root)


def lengths(answer):
    found, at = [], 0
    while at < len(answer.statuses):
        found.append(answer.statuses[at])
        at += 1 + (found[-1] if found[-1] < 253 else 0)
    return found


class Imports(Registry):
    """An import of a file, cut off at some moment; the same command again."""

    ROWS, ENTITIES = 800, 100

    def setUp(self):
        # What the log has grown by is seen with each publication: many of them, then.
        self.town = self.open(publication={"interval_ms": 20, "idle_ms": 5})
        rows = [sheet.row(self.town.market, n, entity=n % self.ENTITIES)
                for n in range(self.ROWS)]
        rows[700]["CF_SY"] = ""  # one is refused, and must be so once
        (self.town.folder / "rows.csv").write_text(sheet.text(rows), newline="")
        self.acts, (self.size, _) = self.town.acts(), self.town.checkpoint()
        self.words = ("--json", "import", "rows.csv", "--kind", "penalty", "--enrol", "--batch",
                      10, "--in-flight", 4, "--rejects", "rejects.csv", "--receipts", "receipts",
                      *self.town.market.signing)

    def begin(self, leaves):
        """Starts the import and returns when the log has grown by so much."""
        process = town.start_credctl(*self.words, cwd=self.town.folder,
                                     CREDCTL_SERVER=f"unix:{self.town.socket}")
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        with self.town.channel() as channel:
            town.wait_until(lambda: wire.call(
                channel, "TransparencyService/GetCheckpoint",
                wire.new("GetCheckpointRequest")).tree_size >= self.size + leaves,
                "part of the import", process)
        return process

    def check_done(self, summary):
        self.assertEqual((summary["rows"], summary["accepted"], summary["refused"]),
                         (self.ROWS, self.ROWS - 1, 1))
        self.assertEqual(summary["enrolled"], self.ENTITIES)
        self.assertEqual(self.town.acts(), self.acts + self.ROWS - 1 + self.ENTITIES)
        rejects = sheet.read_rejects(self.town.folder / "rejects.csv")
        self.assertEqual([cells["行号"] for cells in rejects], [702])
        self.town.settle()
        seen = []
        with self.town.channel() as channel:
            for n in range(self.ENTITIES):
                page = wire.call(channel, "StatusService/ListRecords", wire.new(
                    "ListRecordsRequest", parent=f"entities/{town.entity(n)}", page_size=100))
                seen += [record.document_no for record in page.records]
        self.assertEqual(sorted(seen), sorted(f"示市监罚〔2026〕{n}号" for n in range(self.ROWS)
                                              if n != 700))
        self.check_receipts()
        self.town.stop()
        self.assertEqual(self.fsck(self.town)["faults"], 0)

    def check_receipts(self):
        kept = []
        for path in (self.town.folder / "receipts").iterdir():
            if path.suffix == ".receipts":
                kept += [act["document_no"]
                         for act in self.town.json("receipt", "list", path).values
                         if act["accepted"] and act["document_no"]]
        self.assertEqual(len(kept), self.ROWS - 1)
        self.assertEqual(len(set(kept)), self.ROWS - 1)

    def finish(self, process):
        out, err = process.communicate(timeout=town.PATIENCE)
        town.check_clean(process.pid)
        self.assertEqual(process.returncode, town.NO, (out, err))
        return json.loads(out.splitlines()[-1])

    def test_the_daemon_is_killed_and_comes_back_while_the_import_waits(self):
        process = self.begin(300)
        self.town.kill()
        self.town.start()
        self.check_done(self.finish(process))

    def test_the_daemon_is_stopped_and_comes_back_while_the_import_waits(self):
        process = self.begin(300)
        self.town.stop()
        self.town.start()
        self.check_done(self.finish(process))

    def test_the_import_is_killed_again_and_again(self):
        for leaves in (1, 150, 400, 700):
            process = self.begin(leaves)
            process.kill()
            process.wait()
        self.check_done(self.town.run(*self.words, code=town.NO).values[-1])

    def test_both_are_killed(self):
        process = self.begin(400)
        process.kill()
        self.town.kill()
        self.town.start()
        self.check_done(self.town.run(*self.words, code=town.NO).values[-1])

    def test_two_imports_of_one_file_at_once(self):
        process = self.begin(1)
        process.send_signal(signal.SIGSTOP)
        refused = self.town.run(*self.words, code=None)
        self.assertNotEqual(refused.code, town.DONE)
        self.assertEqual(refused.error["reason"], "BUSY")
        process.send_signal(signal.SIGCONT)
        self.check_done(self.finish(process))

    def test_an_import_is_not_gone_on_with_by_somebody_else(self):
        process = self.begin(100)
        process.kill()
        process.wait()
        words = [self.town.tax.key if word == self.town.market.key else word
                 for word in self.words]
        refused = self.town.run(*words, code=town.USAGE)
        self.assertIn("another key", refused.error["text"])


class Stopped(Registry):
    def test_calls_in_flight_are_answered_or_told_to_come_back(self):
        registry = self.open()
        filings = [registry.file([wire.enrolment(town.entity(n))]) for n in range(200)]
        senders = Senders(registry, filings)
        senders.wait_for(20)
        registry.stop()
        senders.join()
        # gRPC core resets a call that arrives in the instant of its shutdown: CANCELLED, no reason.
        for refused in senders.failures.values():
            self.assertIn(refused.code, (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED))
        registry.start()
        for number, receipt in senders.receipts.items():
            self.assertEqual(registry.submit(filings[number]).SerializeToString(),
                             receipt.SerializeToString())

    def test_what_was_acknowledged_last_is_shown_after_a_restart(self):
        registry = self.open(publication={"interval_ms": 60000, "idle_ms": 60000})
        receipt = registry.submit(registry.file([wire.enrolment(town.entity(1))]))
        registry.stop()
        registry.start()
        self.assertGreaterEqual(registry.status(town.entity(1))[2].epoch, receipt.epoch)

    def test_the_socket_goes_with_the_daemon(self):
        registry = self.open()
        self.assertTrue(registry.socket.exists())
        registry.stop()
        self.assertFalse(registry.socket.exists())

    def test_hang_up_does_not_end_it(self):
        registry = self.open()
        registry.daemon.send_signal(signal.SIGHUP)
        registry.checkpoint()
        registry.stop()

    def test_interrupt_ends_it_like_terminate(self):
        registry = self.open()
        daemon, registry.daemon = registry.daemon, None
        daemon.send_signal(signal.SIGINT)
        self.assertEqual(daemon.wait(town.PATIENCE), 0)
        self.assertEqual(self.fsck(registry)["faults"], 0)


class OldFiles(Registry):
    """Wrong, old or damaged files are refused in a sentence, and nothing is signed over them."""

    def refuses(self, registry, *words, **variables):
        process = registry.spawn(**variables)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.wait(town.PATIENCE), town.FAULT)
        line, = registry.lines("not-running")
        for word in words:
            self.assertIn(word, str(line))

    def test_a_second_daemon_on_the_same_files(self):
        registry = self.open()
        log, registry.log = registry.log, registry.folder / "second.log"
        self.refuses(registry, "BUSY", str(registry.home / "data"))
        registry.log = log
        registry.checkpoint()  # the first one serves on, over the same socket

    def test_a_second_daemon_on_the_same_socket(self):
        registry, other = self.open(), town.Registry()
        self.addCleanup(other.remove)
        other.found()
        other.config.write_text(other.config.read_text().replace(
            "socket: credd.sock", f"socket: {registry.socket}"))
        self.refuses(other, "BUSY", str(registry.socket))
        registry.checkpoint()

    def test_fsck_of_a_running_registry(self):
        registry = self.open()
        refused = town.credctl("--json", "fsck", registry.home, code=town.FAULT)
        self.assertEqual(refused.error["reason"], "BUSY")

    def copy(self, registry, name):
        shutil.copytree(registry.home / "data", registry.folder / name)

    def restore(self, registry, name):
        shutil.rmtree(registry.home / "data")
        shutil.copytree(registry.folder / name, registry.home / "data")

    def test_an_old_copy_of_the_database(self):
        registry = self.open()
        registry.stop()
        self.copy(registry, "old")
        registry.start()
        registry.submit(registry.file([wire.enrolment(town.entity(1))]))
        registry.stop()
        self.copy(registry, "new")
        self.restore(registry, "old")
        self.refuses(registry, "HEAD_AHEAD")
        self.restore(registry, "new")
        registry.start()

    def test_a_fork_of_the_database(self):
        registry = self.open()
        registry.stop()
        self.copy(registry, "before")
        head = (registry.home / "head").read_bytes()
        # The one that comes back is longer, however often either was published in between.
        for name, numbers in (("one", range(1, 11)), ("other", (11,))):
            self.restore(registry, "before")
            (registry.home / "head").write_bytes(head)
            registry.start()
            registry.submit(registry.file([wire.enrolment(town.entity(n)) for n in numbers]))
            registry.stop()
            self.copy(registry, name)
        self.restore(registry, "one")
        self.refuses(registry, "HEAD_FORK")

    def test_no_head_beside_a_database(self):
        registry = self.open()
        registry.stop()
        (registry.home / "head").unlink()
        self.refuses(registry, "head")

    def test_the_root_key_of_another(self):
        registry, other = self.open(), town.Registry()
        self.addCleanup(other.remove)
        other.found()
        registry.stop()
        own = (registry.home / "keys/root.pub").read_text().strip()
        stranger = (other.home / "keys/root.pub").read_text().strip()
        registry.config.write_text(registry.config.read_text().replace(own, stranger))
        self.refuses(registry, "ROOT_MISMATCH")

    def test_a_damaged_act_is_found_by_fsck(self):
        registry = self.open()
        name = "示例县损坏检测有限公司"
        registry.submit(registry.file([wire.enrolment(town.entity(1), name)]))
        registry.stop()
        self.assertEqual(self.fsck(registry)["faults"], 0)
        path = registry.home / "data/journal/data.mdb"
        data = path.read_bytes()
        self.assertIn(name.encode(), data)
        path.write_bytes(data.replace(name.encode(), name.replace("损", "捐").encode()))
        answer = town.credctl("--json", "fsck", registry.home, code=None)
        self.assertIn(answer.code, (town.NO, town.FAULT), answer)


class MonthsLater(Registry):
    """A registry whose daemon was down while a publication ended."""

    AWAY = 100

    def setUp(self):
        self.town = registry = town.Registry()
        self.addCleanup(registry.remove)
        registry.clock = town.earlier(self.AWAY)
        registry.found().start().enrol_offices()
        self.entity = town.entity(1)
        created = wire.now_ms() - self.AWAY * wire.DAY_MS
        warned = wire.penalty(self.entity, registry.market.uscc, registry.market.name,
                              penalty_kinds=["警告"], content="警告", fine_fen=0,
                              decision_date=wire.days() - self.AWAY - 5)
        fined = wire.penalty(self.entity, registry.market.uscc, registry.market.name,
                             document="示市监罚〔2026〕2号",
                             decision_date=wire.days() - self.AWAY - 5)
        filing = registry.file([wire.enrolment(self.entity), warned, fined], created_at=created,
                               not_after=created + wire.DAY_MS)
        self.receipt = registry.submit(filing)
        self.acts = registry.acts()
        status = registry.json("status", self.entity).value
        self.assertEqual(status["penalties"], 2)
        self.assertLess(status["fresh_until"], town.today())
        registry.stop()
        registry.clock = {}

    def test_a_clock_far_ahead_is_not_believed_and_nothing_stale_is_said(self):
        self.town.start()
        self.assertTrue(self.town.lines("clock-ahead"))
        answer = self.town.json("status", self.entity, code=town.FAULT)
        self.assertEqual(answer.error["reason"], "STATUS_STALE")
        self.assertEqual(self.town.acts(), self.acts)

    def test_what_it_signed_meanwhile_does_not_make_the_next_start_believe_it(self):
        self.town.start()
        self.town.stop()
        self.town.start()
        self.assertTrue(self.town.lines("clock-ahead"))
        self.assertEqual(self.town.acts(), self.acts)

    def test_a_quiet_registry_is_not_taken_for_a_wrong_clock(self):
        self.town.clock = town.earlier(self.AWAY)
        self.town.start().stop()
        self.town.clock = town.earlier(self.AWAY - 6)
        self.town.start().stop()
        self.town.clock = town.earlier(self.AWAY - 12)
        self.town.start()
        self.assertFalse(self.town.lines("clock-ahead"))

    def test_what_fell_due_is_done_before_the_first_answer(self):
        self.town.start("--confirm-clock")
        status, _, _ = self.town.status(self.entity)
        self.assertEqual(status.penalties, 1)
        with self.town.channel(tcp=True) as channel:
            shown = wire.call(channel, "StatusService/ListRecords",
                              wire.new("ListRecordsRequest", parent=f"entities/{self.entity}"))
        self.assertEqual(len(shown.records), 1)
        old_size, old_root = oracle.checkpoint(self.receipt.checkpoint, self.town.verifier)
        size, root = self.town.checkpoint()
        self.assertEqual(self.town.acts(), self.acts + 1)
        self.check_continued(self.town, old_size, old_root, size, root)
        # Recorded, and so an act more: after the count.
        records = {record["state"]: record
                   for record in self.town.json("records", self.entity, "--purpose", "check",
                                                *self.town.tls(self.town.market)).values}
        self.assertEqual(set(records), {"published", "removed"})
        self.assertLess(records["removed"]["published_until"], town.today())
        self.town.stop()
        self.assertEqual(self.fsck(self.town)["faults"], 0)


if __name__ == "__main__":
    unittest.main()
