# SPDX-License-Identifier: Apache-2.0
"""The main job, from an empty folder to a forged receipt that is refused.

A registry is founded, departments are enrolled, two penalty files are imported, entities are listed
and honoured and taken off again, everybody asks, and receipts are verified with the daemon gone.
"""

import collections
import pathlib
import random
import subprocess
import unittest

import oracle
import sheet
import town
import wire

ROWS, ENTITIES = 1050, 400  # of the first file
MORE = 150  # rows of the second
LISTED, HONOURED, CLEAN = town.entity(1), town.entity(2), town.entity(900001)
ABSENT = town.entity(900002)


def setUpModule():
    global TOWN, MARKET, TAX, FIRST, SECOND, ACTS_BEFORE
    TOWN = town.open_registry()
    unittest.addModuleCleanup(TOWN.remove)
    MARKET, TAX = TOWN.market, TOWN.tax
    ACTS_BEFORE = TOWN.acts()
    rows = [sheet.row(MARKET, n, entity=n % ENTITIES) for n in range(ROWS)]
    (TOWN.folder / "first.csv").write_text(sheet.text(rows), encoding="utf-8-sig", newline="")
    FIRST = import_file("first.csv")
    rows = [sheet.row(MARKET, ROWS + n, entity=1000 + n) for n in range(MORE)]
    (TOWN.folder / "second.csv").write_text(sheet.text(rows, chinese=True), encoding="gb18030",
                                            newline="")
    SECOND = import_file("second.csv")
    TOWN.run("entity", "enrol", "--uscc", CLEAN, "--name", "示例县清源食品有限公司",
             *MARKET.signing)
    TOWN.settle()


def import_file(name, *options, code=town.DONE):
    return TOWN.json("import", name, "--kind", "penalty", "--enrol", "--receipts",
                     f"{name}.receipts", *MARKET.signing, *options, code=code).values[-1]


def receipts_of(*names):
    return [path for name in names for path in sorted((TOWN.folder / f"{name}.receipts").iterdir())]


def add_to(listing, entity, office, *options, code=town.DONE):
    facts = {town.BLACK: ("heavy-fine", "samr-44-2021", "示市监列〔2026〕3号", "情节严重"),
             town.RED: ("grade-a", "sat-12-2025", "示税信〔2026〕18号", "评价为A级")}
    ground, instrument, document, fact = facts[listing]
    return TOWN.json("list", "add", "--entity", entity, "--list", listing, "--ground", ground,
                     "--instrument", instrument, "--document", document, "--date", town.today(),
                     "--fact", fact, *office.signing, *options, code=code)


def take_off(entity, record, cause, office, code=town.DONE):
    return TOWN.json("list", "remove", "--entity", entity, "--record", record, "--cause", cause,
                     "--document", "示市监移〔2026〕1号", "--date", town.today(), "--reason",
                     "原决定已被撤销", *office.signing, code=code)


class Imported(unittest.TestCase):
    def test_every_row_was_taken(self):
        self.assertEqual((FIRST["rows"], FIRST["accepted"], FIRST["refused"]), (ROWS, ROWS, 0))
        self.assertEqual((FIRST["encoding"], FIRST["enrolled"]), ("UTF-8", ENTITIES))
        self.assertEqual((SECOND["rows"], SECOND["accepted"], SECOND["refused"]), (MORE, MORE, 0))
        self.assertEqual((SECOND["encoding"], SECOND["enrolled"]), ("GB18030", MORE))

    def test_names_of_persons_were_left_out(self):
        self.assertEqual(FIRST["personal_cells_left_out"], ROWS)
        for path in receipts_of("first.csv", "second.csv"):
            self.assertNotIn("张三".encode(), path.read_bytes())

    def test_every_entity_has_its_penalties_and_no_more(self):
        expected = collections.Counter(town.entity(n % ENTITIES) for n in range(ROWS))
        expected.update(town.entity(1000 + n) for n in range(MORE))
        codes = list(expected)
        with TOWN.channel(tcp=True) as channel:
            answer, = wire.stub(channel, "StatusService/BatchGetStatus")(
                iter([wire.new("BatchGetStatusRequest", codes="".join(codes).encode())]),
                timeout=wire.PATIENCE)
        at, found = 0, {}
        for code in codes:
            length = answer.statuses[at]
            status = wire.CONTRACT.type("credit.v1.Status").FromString(
                answer.statuses[at + 1:at + 1 + length])
            found[code], at = status.penalties, at + 1 + length
        self.assertEqual(found, expected)

    def test_a_record_holds_what_the_row_said(self):
        record, = TOWN.json("records", town.entity(1003)).values
        self.assertEqual(record["document_no"], f"示市监罚〔2026〕{ROWS + 3}号")
        self.assertEqual(record["decided_on"], town.days_ago(20 + (ROWS + 3) % 10))
        self.assertEqual(record["decider_uscc"], MARKET.uscc)
        self.assertEqual(record["item"], "record.penalty")

    def test_a_file_that_is_done_is_not_filed_again(self):
        acts = TOWN.acts()
        again = import_file("first.csv")
        self.assertEqual(again["accepted"], ROWS)
        self.assertEqual(TOWN.acts(), acts)

    def test_a_dry_run_sends_nothing(self):
        rows = [sheet.row(MARKET, 5000 + n) for n in range(3)]
        (TOWN.folder / "dry.csv").write_text(sheet.text(rows), newline="")
        acts = TOWN.acts()
        answer = TOWN.json("import", "dry.csv", "--kind", "penalty", "--dry-run").values[-1]
        self.assertEqual((answer["accepted"], answer["dry_run"]), (3, True))
        self.assertEqual(TOWN.acts(), acts)

    def test_the_receipts_hold_every_row_once(self):
        seen = collections.Counter()
        for path in receipts_of("first.csv", "second.csv"):
            for act in TOWN.json("receipt", "list", path).values:
                self.assertEqual(len(act["record"] or ""), 32 if act["accepted"] else 0, act)
                if act["document_no"]:
                    self.assertTrue(act["accepted"])
                    seen[act["document_no"]] += 1
                elif not act["accepted"]:  # another filing on its way enrolled it first
                    self.assertEqual(act["reason"], "ENTITY_EXISTS")
        self.assertEqual(seen, collections.Counter(
            f"示市监罚〔2026〕{n}号" for n in range(ROWS + MORE)))


class Generated(unittest.TestCase):
    """The files that tools/dev/make_penalties.py invents, as the demonstration imports them."""

    ROWS, BAD, NATURAL = 300, 24, 6

    def test_damaged_rows_and_persons_are_refused_and_all_others_taken(self):
        for number, encoding, headings in ((1, "gb18030", "zh"), (2, "utf-8-sig", "cf")):
            name = f"generated-{number}.csv"
            subprocess.run([town.HOME / "tools/dev/make_penalties.py", "--rows", str(self.ROWS),
                            "--bad", str(self.BAD), "--natural", str(self.NATURAL), "--encoding",
                            encoding, "--headings", headings, "--decider", MARKET.uscc,
                            "--decider-name", MARKET.name, "--seed", str(number),
                            "--until", town.days_ago(1), "--out", TOWN.folder / name], check=True)
            answer = import_file(name, "--rejects", f"rejects-{number}.csv", code=town.NO)
            self.assertEqual(answer["refused"], self.BAD + self.NATURAL)
            self.assertEqual(answer["accepted"], self.ROWS - self.BAD - self.NATURAL)
            self.assertEqual(answer["reasons"]["NATURAL_PERSON"], self.NATURAL)
            rejects = sheet.read_rejects(TOWN.folder / f"rejects-{number}.csv")
            self.assertEqual(len(rejects), self.BAD + self.NATURAL)
            for cells in rejects:
                self.assertNotRegex(str(cells), r"\d{17}[\dX]")


class Statuses(unittest.TestCase):
    """What people read, in both languages, and what scripts see."""

    @classmethod
    def setUpClass(cls):
        cls.black = add_to(town.BLACK, LISTED, MARKET, "--receipt", "listed.receipt").value
        cls.red = add_to(town.RED, HONOURED, TAX).value
        TOWN.settle()

    def status(self, code, exit_code, **words):
        for lang, expected in words.items():
            answer = TOWN.run("status", code, lang=lang, code=exit_code)
            for word in expected:
                self.assertIn(word, answer.out)
        return TOWN.json("status", code, code=exit_code).value

    def test_black_listed(self):
        value = self.status(LISTED, town.DONE,
                            en=("BLACK LIST", "Serious violators, market regulation",
                                "repair from", "remedy", MARKET.uscc),
                            zh=("黑名单", "市场监督管理严重违法失信名单", "可申请修复", "救济途径",
                                MARKET.name, "示市监列〔2026〕3号"))
        listing, = value["listings"]
        self.assertEqual((listing["list"], listing["colour"]), (town.BLACK, "black"))
        self.assertEqual(listing["record"], self.black["record"])
        self.assertEqual(listing["listed_on"], town.today())

    def test_no_entry_without_a_way_out(self):
        listing, = self.status(LISTED, town.DONE)["listings"]
        for way in ("published_until", "repair_from", "removal_conditions", "remedy",
                    "decider_name", "instrument"):
            self.assertTrue(listing[way], way)
        self.assertLess(listing["repair_from"], listing["published_until"])

    def test_honoured(self):
        value = self.status(HONOURED, town.DONE, en=("RED LIST", "Class A taxpayers"),
                            zh=("红名单", "纳税信用A级纳税人"))
        self.assertEqual(value["listings"][0]["colour"], "red")

    def test_penalised_and_on_no_list(self):
        value = self.status(town.entity(1001), town.DONE, en=("on no list",), zh=("未列入任何名单",))
        self.assertEqual((value["penalties"], value["listings"]), (1, []))

    def test_clean(self):
        value = self.status(CLEAN, town.DONE, en=("on no list",), zh=("未列入任何名单",))
        self.assertEqual((value["penalties"], value["listings"]), (0, []))

    def test_not_enrolled_is_not_called_clean(self):
        value = self.status(ABSENT, town.NO, en=("NOT ENROLLED", "not the same as clean"),
                            zh=("未登记", "不等于信用良好"))
        self.assertFalse(value["enrolled"])

    def test_a_wrong_code_is_explained(self):
        wrong = LISTED[:-1] + ("A" if LISTED[-1] != "A" else "B")
        answer = TOWN.run("status", wrong, code=town.NO)
        self.assertIn("check character", answer.err)
        self.assertIn("校验码", TOWN.run("status", wrong, code=town.NO, lang="zh").err)

    def test_over_tls_as_the_public_and_as_a_department(self):
        server = ("--server", f"localhost:{TOWN.port}", "--ca", TOWN.home / "tls/ca.crt")
        for identity in ((), MARKET.tls):
            value = TOWN.json("status", LISTED, *server, *identity).value
            self.assertEqual(len(value["listings"]), 1)
        refused = TOWN.json("entity", "enrol", "--uscc", town.entity(7000), "--name", "某公司",
                            *MARKET.signing, *server, code=town.NO)
        self.assertEqual(refused.error["reason"], "PEER_ROLE")
        TOWN.json("entity", "enrol", "--uscc", town.entity(7000), "--name", "某公司",
                  *MARKET.signing, *server, *MARKET.tls)

    def test_twice_on_one_list_is_refused(self):
        refused = add_to(town.BLACK, LISTED, MARKET, code=town.NO)
        self.assertEqual(refused.error["reason"], "ALREADY_LISTED")

    def test_a_department_without_the_grant_is_refused(self):
        refused = add_to(town.BLACK, CLEAN, TAX, code=town.NO)
        self.assertEqual(refused.error["reason"], "NOT_GRANTED")


class Removed(unittest.TestCase):
    ENTITY = town.entity(3)

    @classmethod
    def setUpClass(cls):
        cls.added = add_to(town.BLACK, cls.ENTITY, MARKET).value
        cls.early = take_off(cls.ENTITY, cls.added["record"], "repaired", MARKET, code=town.NO)
        cls.other = take_off(cls.ENTITY, cls.added["record"], "revoked", TAX, code=town.NO)
        TOWN.settle()
        cls.before = TOWN.json("status", cls.ENTITY).value
        take_off(cls.ENTITY, cls.added["record"], "revoked", MARKET)
        TOWN.settle()

    def test_repair_before_its_time_is_refused_with_the_rule(self):
        self.assertEqual(self.early.error["reason"], "PERIOD")
        self.assertIn("cn-2026", self.early.error["rule"])
        self.assertIn(town.BLACK, self.early.error["rule"])
        self.assertRegex(self.early.error["detail"], r"\d{4}-\d{2}-\d{2}")

    def test_only_who_made_it_may_end_it(self):
        self.assertIn(self.other.error["reason"], ("NOT_THE_AUTHOR", "NOT_GRANTED"))

    def test_it_has_gone_from_the_status(self):
        self.assertEqual(len(self.before["listings"]), 1)
        self.assertEqual(TOWN.json("status", self.ENTITY).value["listings"], [])

    def test_the_public_sees_no_trace_and_authorities_see_the_removal(self):
        public = ("--server", f"localhost:{TOWN.port}", "--ca", TOWN.home / "tls/ca.crt")
        shown = [record["record"] for record in TOWN.json("records", self.ENTITY, *public).values]
        self.assertNotIn(self.added["record"], shown)
        states = {record["record"]: record["state"]
                  for record in TOWN.json("records", self.ENTITY, "--purpose", "核查",
                                            *public, *TAX.tls).values}
        self.assertEqual(states[self.added["record"]], "removed")

    def test_an_authority_that_says_no_purpose_sees_what_the_public_sees(self):
        public = ("--server", f"localhost:{TOWN.port}", "--ca", TOWN.home / "tls/ca.crt")
        shown = [record["record"]
                 for record in TOWN.json("records", self.ENTITY, *public, *TAX.tls).values]
        self.assertNotIn(self.added["record"], shown)

    def test_it_is_not_removed_twice(self):
        again = take_off(self.ENTITY, self.added["record"], "revoked", MARKET, code=town.NO)
        self.assertEqual(again.error["reason"], "RECORD_STATE")

    def test_it_may_be_listed_anew(self):
        entity = town.entity(4)
        added = add_to(town.BLACK, entity, MARKET).value
        take_off(entity, added["record"], "corrected", MARKET)
        self.assertTrue(add_to(town.BLACK, entity, MARKET).value["accepted"])


class Offline(unittest.TestCase):
    """Receipts against the registry's public key and nothing else: the registry is gone."""

    @classmethod
    def setUpClass(cls):
        cls.town = registry = town.open_registry()
        cls.addClassCleanup(registry.remove)
        cls.receipt = registry.folder / "one.receipt"
        registry.run("entity", "enrol", "--uscc", CLEAN, "--name", "示例县清源食品有限公司",
                     *registry.market.signing, "--receipt", cls.receipt)
        rows = [sheet.row(registry.market, n) for n in range(30)]
        (registry.folder / "rows.csv").write_text(sheet.text(rows), newline="")
        registry.run("import", "rows.csv", "--kind", "penalty", "--enrol", "--receipts",
                     "receipts", *registry.market.signing)
        cls.key = registry.folder / "registry.pub"
        cls.key.write_bytes(registry.log_vkey.read_bytes())
        registry.stop()
        registry.home.rename(registry.folder / "gone")

    def verify(self, path, code=town.DONE, key=None, lang="en"):
        return town.credctl("verify", path, "--key", key or self.key, code=code, lang=lang)

    def test_a_receipt_is_proved_in_words(self):
        self.assertIn("PROVED", self.verify(self.receipt).out)
        self.assertIn("已证明", self.verify(self.receipt, lang="zh").out)
        self.assertIn(self.town.market.uscc, self.verify(self.receipt).out)

    def test_a_receipt_taken_out_of_an_import_is_proved(self):
        files = sorted((self.town.folder / "receipts").iterdir())
        acts = town.credctl("--json", "receipt", "list", files[0]).values
        for number in (0, len(acts) - 1):
            out = self.town.folder / f"{number}.receipt"
            town.credctl("receipt", "extract", files[0], "--act", number, "--out", out)
            value = town.credctl("--json", "verify", out, "--key", self.key).value
            self.assertTrue(value["proved"])
            self.assertEqual(value["issuer"], self.town.market.uscc)

    def test_the_key_may_be_given_as_text(self):
        self.verify(self.receipt, key=self.key.read_text().strip())

    def test_the_key_of_another_registry_proves_nothing(self):
        other = town.Registry()
        self.addCleanup(other.remove)
        other.found()
        answer = self.verify(self.receipt, town.NO, key=other.log_vkey)
        self.assertIn("NOT PROVED", answer.out)
        self.assertIn("未能证明", self.verify(self.receipt, town.NO, other.log_vkey, "zh").out)

    def test_no_changed_byte_is_proved(self):
        data = self.receipt.read_bytes()
        whole = wire.CONTRACT.type("credit.v1.Receipt").FromString(data)
        forged = self.town.folder / "forged.receipt"
        places = sorted(random.Random(5).sample(range(len(data)), 60))
        passed = []
        for at in places:
            changed = bytearray(data)
            changed[at] ^= 1 << at % 8
            # The epoch is the registry's word and proved by nothing (docs/spec/filing.md 8.9).
            if self.differs_in_epoch_alone(bytes(changed), whole):
                continue
            forged.write_bytes(changed)
            if self.verify(forged, code=None).code != town.NO:
                passed.append(at)
        self.assertEqual(passed, [])

    def differs_in_epoch_alone(self, data, whole):
        try:
            changed = wire.CONTRACT.type("credit.v1.Receipt").FromString(data)
        except Exception:  # not even a message: the tool must say so itself
            return False
        epoch, changed.epoch = changed.epoch, whole.epoch
        return epoch != whole.epoch and changed == whole

    def test_no_changed_field_is_proved(self):
        whole = wire.CONTRACT.type("credit.v1.Receipt").FromString(self.receipt.read_bytes())
        other = wire.new("Receipt", index=whole.index + 1, recorded_at=whole.recorded_at + 1,
                         leaf_index=whole.leaf_index + 1)
        forged = self.town.folder / "forged.receipt"
        for field in ("manifest", "signature", "index", "commitment", "blind", "recorded_at",
                      "leaf_index", "log_path", "checkpoint", "issuer_key"):
            changed = wire.new("Receipt")
            changed.CopyFrom(whole)
            value = getattr(whole, field)
            if isinstance(value, bytes):
                value = value[:-2] + bytes([value[-2] ^ 4]) + value[-1:]
            else:
                value = getattr(other, field)
            setattr(changed, field, value)
            forged.write_bytes(changed.SerializeToString())
            self.assertEqual(self.verify(forged, code=None).code, town.NO, field)

    def test_a_receipt_of_another_act_is_not_proved(self):
        whole = wire.CONTRACT.type("credit.v1.Receipt").FromString(self.receipt.read_bytes())
        whole.sealed.act = wire.enrolment(LISTED).SerializeToString()
        forged = self.town.folder / "forged.receipt"
        forged.write_bytes(whole.SerializeToString())
        self.verify(forged, town.NO)

    def test_what_is_no_receipt_is_refused(self):
        nothing = self.town.folder / "nothing"
        for data in (b"", b"\0" * 1000, self.receipt.read_bytes()[:-1],
                     self.receipt.read_bytes() + b"\0", pathlib.Path(__file__).read_bytes()):
            nothing.write_bytes(data)
            self.verify(nothing, town.NO)

    def test_python_proves_it_too(self):
        receipt = wire.CONTRACT.type("credit.v1.Receipt").FromString(self.receipt.read_bytes())
        size, root = oracle.checkpoint(receipt.checkpoint,
                                       oracle.VerifierKey(self.key.read_text()))
        commitment = wire.commitment_of(receipt.sealed)
        self.assertEqual(commitment, receipt.commitment)
        manifest = wire.CONTRACT.type("credit.v1.Manifest").FromString(receipt.manifest)
        self.assertEqual(oracle.inclusion_root(
            oracle.leaf_hash(commitment), receipt.index, manifest.count,
            receipt.commitment_path), manifest.root)
        self.assertTrue(oracle.ed25519_verify(
            receipt.issuer_key, oracle.pae(wire.MANIFEST_TYPE, receipt.manifest),
            receipt.signature))
        leaf = wire.leaf_of(receipt.manifest, commitment, receipt.index, receipt.blind,
                            receipt.recorded_at)
        self.assertEqual(oracle.inclusion_root(leaf, receipt.leaf_index, size, receipt.log_path),
                         root)


if __name__ == "__main__":
    unittest.main()
