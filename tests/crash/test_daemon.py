# SPDX-License-Identifier: Apache-2.0
"""credd with the shim preloaded: killed, cut off from power, out of disk, memory or descriptors, while several
clients file. The receipts are kept by the clients; the daemon is started again without the shim and asked.

    CREDIT_CRASH_KILLS=n   how often; point and what happens there are drawn
    CREDIT_CRASH_SEED=n    of the drawing
"""

import json
import os
import random
import shutil
import struct
import sys
import time
import unittest

from flavour import HOME, NOT_HERE

sys.path.insert(0, str(HOME / "tests/functional"))
import grpc  # noqa: E402
import test_restart  # noqa: E402
import town  # noqa: E402
import wire  # noqa: E402

SHIM = town.BUILD / "tests/fault.so"
KILLS = int(os.environ.get("CREDIT_CRASH_KILLS", "6"))
SEED = int(os.environ.get("CREDIT_CRASH_SEED", "1"))
ENOMEM, EIO, EMFILE, ENOSPC = 12, 5, 24, 28

# (kind of point, what is done there, and from there on)
DEEDS = (("disk", "kill", False), ("disk", "power", False), ("disk", str(EIO), False),
         ("disk", str(ENOSPC), True), ("files", str(EMFILE), False), ("memory", str(ENOMEM), False))
KINDS = ("disk", "files", "memory", "commits")


class Shimmed(test_restart.Registry):
    def setUp(self):
        self.town = self.open(publication={"interval_ms": 200, "idle_ms": 20})
        self.scratch = self.town.folder / "saved"
        self.figures = self.town.folder / "figures"

    def variables(self, kind="disk", deed="nothing", at=0, lasting=False, seed=0):
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        self.figures.unlink(missing_ok=True)
        return {"LD_PRELOAD": str(SHIM), "FAULT_BELOW": str(self.town.home / "data"),
                "FAULT_SCRATCH": str(self.scratch), "FAULT_FIGURES": str(self.figures),
                "FAULT_KIND": kind, "FAULT_DO": deed, "FAULT_AT": str(at),
                "FAULT_LASTING": str(int(lasting)), "FAULT_SEED": str(seed)}

    def points(self):
        return dict(zip(KINDS, struct.unpack("=5q", self.figures.read_bytes())))

    def filings(self, number, count):
        """Of entities that no other call has."""
        return [self.town.file([wire.enrolment(town.entity(1000 * number + 2 * n + m))
                                for m in range(2)]) for n in range(count)]

    def ready(self):
        """The line that says so. A library that ends the process writes lines that are not ours."""
        text = self.town.log.read_text(errors="replace")
        whole = [line for line in text.splitlines(keepends=True) if line.endswith("}\n")]
        return next((line for line in map(json.loads, whole) if line["event"] == "ready"), None)

    def run_under(self, filings, **plan):
        """Starts the daemon with the shim and files; what was acknowledged. It may be dead afterwards."""
        registry = self.town
        registry.daemon = registry.spawn(**self.variables(**plan))
        try:
            town.wait_until(lambda: self.ready() or registry.daemon.poll() is not None,
                            "its start or end")
            if registry.daemon.poll() is not None:
                return {}
            registry.port = self.ready()["port"]
            senders = test_restart.Senders(registry, filings)
            senders.join()
            for refusal in senders.failures.values():
                self.assertNotEqual(refusal.reason, "INTERNAL")
            return senders.receipts
        except grpc.RpcError:
            return {}

    def end(self):
        """Ends it as a service manager does, if it has not ended; its exit code."""
        daemon, self.town.daemon = self.town.daemon, None
        daemon.terminate()
        try:
            return daemon.wait(town.PATIENCE)
        finally:
            daemon.kill()
            daemon.wait()

    def check(self, filings, receipts):
        """Nothing acknowledged is lost; everything else is filed now, once."""
        registry = self.town.start()
        size, root = registry.checkpoint()
        for number, receipt in receipts.items():
            again = registry.submit(filings[number])
            self.assertEqual(again.SerializeToString(), receipt.SerializeToString())
            self.check_continued(
                registry, *test_restart.oracle.checkpoint(receipt.checkpoint, registry.verifier),
                size, root)
        before = registry.acts()
        answers = [registry.submit(filing) for filing in filings]
        self.assertEqual({len(answer.accepted) for answer in answers}, {2})
        leaves = [accepted.leaf_index for answer in answers for accepted in answer.accepted]
        self.assertEqual(len(set(leaves)), len(leaves))
        new = sum(leaf >= size for leaf in leaves)
        self.assertEqual(registry.acts() - before, new, "whole or not at all")
        registry.stop()


@unittest.skipIf(NOT_HERE, NOT_HERE)
class Daemon(Shimmed):
    FILINGS = 8

    def test_at_points_drawn_from_all_of_them(self):
        registry = self.town
        registry.stop()
        self.run_under(self.filings(1, self.FILINGS))
        self.assertEqual(self.end(), 0)
        points = self.points()
        self.assertGreater(points["disk"], 15)
        drawn = random.Random(SEED)
        ended = acknowledged = 0
        for number in range(KILLS):
            kind, deed, lasting = DEEDS[number % len(DEEDS)]
            plan = {"kind": kind, "deed": deed, "lasting": lasting,
                    "at": drawn.randint(1, points[kind]), "seed": drawn.getrandbits(31)}
            with self.subTest(**plan):
                filings = self.filings(2 + number, self.FILINGS)
                receipts = self.run_under(filings, **plan)
                ended += registry.daemon.poll() is not None
                acknowledged += len(receipts)
                self.end()
                self.check(filings, receipts)
        report = self.fsck(registry)
        self.assertEqual(report["faults"], 0)
        print(f'{{"name":"crash.daemon","points":{sum(points.values())},"runs":{KILLS},'
              f'"ended":{ended},"acknowledged":{acknowledged},"lost":0}}')

    def test_a_commit_in_doubt_ends_it_with_a_reason_and_a_code_that_is_not_zero(self):
        registry = self.town
        registry.stop()
        self.run_under([])
        commits = self.points()["commits"]
        self.assertEqual(self.end(), 0)
        # The first commit after those of the start; whether it is there differs.
        for seed in (2, 3):
            with self.subTest(seed=seed):
                filings = self.filings(100 + seed, 1)
                receipts = self.run_under(filings, kind="commits", deed=str(EIO), at=commits + 1,
                                          seed=seed)
                self.assertEqual(registry.daemon.wait(town.PATIENCE), town.FAULT)
                registry.daemon = None
                line, = registry.lines("not-running")
                self.assertEqual(line["reason"], "STORE_SUSPECT")
                self.check(filings, receipts)

    def test_a_second_daemon_is_refused_also_while_the_first_is_dying(self):
        registry = self.town
        log = registry.folder / "second.log"
        dying = registry.daemon
        dying.terminate()
        refused = 0
        first, registry.log, registry.daemon = registry.log, log, None
        for _ in range(100):
            second = registry.spawn()
            town.wait_until(lambda: second.poll() is not None or registry.lines("ready"), "either")
            if second.poll() is None:
                break
            self.assertEqual(second.returncode, town.FAULT)
            line, = registry.lines("not-running")
            self.assertEqual(line["reason"], "BUSY")
            refused += 1
        else:
            self.fail("the second never starts")
        self.assertIsNotNone(dying.poll(), "not two at once")
        self.assertEqual(dying.returncode, 0)
        second.terminate()
        self.assertEqual(second.wait(town.PATIENCE), 0)
        registry.log = first

    def test_the_clock_jumps_and_recorded_time_does_not_go_back(self):
        registry = self.town
        registry.stop()
        times = []
        for number, days in enumerate((0, 3, -2, 6, -30)):
            registry.clock = town.earlier(-days)
            registry.start()
            now = (int(time.time()) + days * 86400) * 1000
            filing = registry.file([wire.enrolment(town.entity(50000 + number))],
                                   created_at=now, not_after=now + 7 * 86400000)
            try:
                receipt = registry.submit(filing)
                times.append((receipt.accepted[0].leaf_index, receipt.recorded_at))
            except grpc.RpcError as error:
                # It is held against recorded time, which does not go back with the clock.
                self.assertEqual((wire.Refusal(error).reason, days), ("MANIFEST_EXPIRED", -30))
            registry.stop()
        registry.clock = {}
        self.assertEqual(len(times), 4)
        self.assertEqual(times, sorted(times))
        self.assertEqual([at for _, at in times], sorted(at for _, at in times))
        self.assertEqual(self.fsck(registry)["faults"], 0)


if __name__ == "__main__":
    unittest.main()
