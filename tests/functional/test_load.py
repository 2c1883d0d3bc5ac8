# SPDX-License-Identifier: Apache-2.0
"""A base register into the registry, as one act: through the real tool and the real daemon.

The load file is made here a second time, by its specification alone, so that its digest in the log is
known to be the file's. Kills in the midst are in tests/unit/registry/test_load.c.
"""

import csv
import hashlib
import random
import unittest

import grpc

import oracle
import town
import wire

COUNT = 400
NAME = "示例县清源食品有限公司"


def entities(first, count=COUNT):
    return [town.entity(first + 3 * n) for n in range(count)]


def load_file(codes):
    """docs/spec/load.md, section 1."""
    name = NAME.encode()
    return b"credit load 1\n" + b"".join(
        code.encode() + len(name).to_bytes(2, "big") + name for code in sorted(codes))


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["企业名称", "统一社会信用代码", "法定代表人"])
        writer.writerows(rows)


class Load(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.town = town.open_registry()
        cls.addClassCleanup(cls.town.remove)

    def load(self, codes, *options, extra=(), code=town.DONE):
        rows = [(NAME, code, "张某") for code in codes] + list(extra)
        random.Random(1).shuffle(rows)
        write_csv(self.town.folder / "base.csv", rows)
        return self.town.json("entity", "load", "base.csv", "--edition", "示例县登记库", "--as-of",
                              town.days_ago(1), *options, *self.town.market.signing, code=code)

    def stage(self, data, offset=0, digest=None, office=None, tcp=False):
        with self.town.channel(office, tcp=tcp) as channel:
            return wire.call(channel, "FilingService/StageLoad", wire.new(
                "StageLoadRequest", digest=digest or hashlib.sha256(data).digest(),
                offset=offset, rows=data[14 + offset:]))

    def refused(self, *arguments, **options):
        with self.assertRaises(grpc.RpcError) as caught:
            self.stage(*arguments, **options)
        return wire.Refusal(caught.exception).reason

    def test_all_are_enrolled_with_proofs_by_one_act(self):
        codes, before = entities(100000), self.town.acts()
        answer = self.load(codes).values[-1]
        self.assertEqual((answer["rows"], answer["accepted"], answer["enrolled"]),
                         (COUNT, COUNT, COUNT))
        self.assertEqual(self.town.acts() - before, 1)
        for code in (codes[0], codes[COUNT // 2], codes[-1]):
            status, detail, _ = self.town.status(code)
            self.assertEqual((detail.name, len(status.lists)), (NAME, 0))
            with self.town.channel() as channel:
                answer = wire.call(channel, "TransparencyService/GetStatusProof", wire.new(
                    "GetStatusProofRequest", name=f"entities/{code}/status"))
            self.assertTrue(oracle.StatusProof(answer.proof, self.town.verifier).enrolled)

    def test_the_digest_in_the_log_is_that_of_the_file(self):
        codes = entities(200000)
        self.load(codes, "--keep", "base.load", "--receipt", "load.receipt")
        kept = (self.town.folder / "base.load").read_bytes()
        self.assertEqual(kept, load_file(codes))
        receipt = (self.town.folder / "load.receipt").read_bytes()
        self.assertIn(hashlib.sha256(kept).digest(), receipt)

    def test_what_may_not_stand_there_is_rejected_and_the_rest_loaded(self):
        codes = entities(300000, 20)
        bad = [(NAME, codes[3][:-1] + ("0" if codes[3][-1] != "0" else "1"), ""),
               ("张三 11010519491231002X", town.entity(399999), ""),
               (NAME, codes[5], "")]
        answer = self.load(codes, "--rejects", "rejects.csv", extra=bad,
                           code=town.NO).values[-1]
        self.assertEqual((answer["rows"], answer["accepted"], answer["refused"]), (23, 20, 3))
        self.assertEqual(answer["reasons"], {"USCC_CHECK": 1, "PERSONAL_ID": 1, "LOAD_ORDER": 1})
        rejects = (self.town.folder / "rejects.csv").read_text(encoding="utf-8-sig")
        self.assertNotIn("11010519491231002X", rejects)
        self.assertNotIn("张某", rejects)
        self.town.status(codes[-1])

    def test_the_same_file_again_changes_nothing(self):
        codes = entities(400000, 30)
        self.load(codes)
        before = self.town.acts()
        self.load(codes)
        self.assertEqual(self.town.acts(), before)

    def test_a_dry_run_sends_nothing(self):
        before = self.town.acts()
        self.load(entities(500000, 10), "--dry-run")
        self.assertEqual(self.town.acts(), before)
        self.assertEqual(self.stage(load_file(entities(500000, 10))[:14],
                                    digest=bytes(32)).size, 0)

    def test_half_a_file_survives_a_kill_and_is_gone_on_with(self):
        codes = entities(600000)
        data = load_file(codes)
        row = 18 + 2 + len(NAME.encode())
        half = data[:14 + row * (COUNT // 2)]
        staged = self.stage(half, digest=hashlib.sha256(data).digest())
        self.assertEqual((staged.size, staged.entities), (len(half) - 14, COUNT // 2))
        self.town.kill()
        self.town.start()
        answer = self.load(codes)
        self.assertEqual(answer.values[-1]["enrolled"], COUNT)
        self.town.status(codes[-1])

    def test_only_a_registrar_stages_and_files(self):
        data = load_file(entities(700000, 5))
        self.assertEqual(self.refused(data, office=self.town.tax), "PEER_ROLE")
        self.assertEqual(self.refused(data, tcp=True), "PEER_ROLE")
        self.assertEqual(self.stage(data, office=self.town.market).entities, 5)
        write_csv(self.town.folder / "tax.csv", [(NAME, code, "") for code in entities(700000, 5)])
        answer = self.town.json("entity", "load", "tax.csv", "--edition", "示例县登记库", "--as-of",
                                town.days_ago(1), *self.town.tax.signing, code=town.NO)
        self.assertEqual(answer.error["reason"], "NOT_GRANTED")
        self.load(entities(700000, 5))  # else it stands in the others' way for a while

    def test_the_daemon_checks_rows_by_itself(self):
        name = "张三 11010519491231002X".encode()
        row = town.entity(1).encode() + len(name).to_bytes(2, "big") + name
        self.assertEqual(self.refused(b"credit load 1\n" + row), "PERSONAL_ID")
        code = town.entity(1)[:-1] + ("0" if town.entity(1)[-1] != "0" else "1")
        row = code.encode() + (3).to_bytes(2, "big") + "青".encode()
        self.assertEqual(self.refused(b"credit load 1\n" + row), "USCC_CHECK")
        twice = load_file(entities(800000, 1)) + load_file(entities(800000, 1))[14:]
        self.assertEqual(self.refused(twice), "LOAD_ORDER")


class Derived(unittest.TestCase):
    def test_everything_is_derived_again(self):
        registry = town.open_registry()
        self.addCleanup(registry.remove)
        write_csv(registry.folder / "base.csv", [(NAME, code, "") for code in entities(1, 300)])
        registry.run("entity", "enrol", "--uscc", town.entity(1), "--name", NAME,
                     *registry.market.signing)
        registry.run("entity", "load", "base.csv", "--edition", "示例县登记库", "--as-of",
                     town.days_ago(1), *registry.market.signing)
        registry.settle()
        registry.stop()
        self.assertEqual(town.credctl("--json", "fsck", registry.home).values[-1]["faults"], 0)


if __name__ == "__main__":
    unittest.main()
