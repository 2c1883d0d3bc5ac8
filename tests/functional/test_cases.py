# SPDX-License-Identifier: Apache-2.0
"""Repair and objection through the real daemon: from the slip to the end, and what the entity sees.

The rule book is tests/support/cases.yaml, whose list `black.abnormal` knows repair from the first day.
"""

import hashlib
import itertools
import json
import unittest

import town
import wire

LIST = "black.abnormal"
BOOK = town.HOME / "tests/support/cases.yaml"
TOWN = None
NUMBER = "京海市监〔2026〕9号"


def setUpModule():
    global TOWN
    TOWN = town.open_registry(rule_book=BOOK)
    TOWN.grant(TOWN.market, "decider", LIST)
    for name in ("form", "proof"):
        (TOWN.folder / name).write_bytes(f"the very secret {name} ".encode() * 5000)
    (TOWN.folder / "evidence").write_bytes(b"what the applicant knows")


def tearDownModule():
    TOWN.remove()


def listed(number):
    """An entity that was listed today; (code, record id)."""
    entity = town.entity(number)
    TOWN.run("entity", "enrol", "--uscc", entity, "--name", "示例有限公司", *TOWN.market.signing)
    added = TOWN.json("list", "add", "--entity", entity, "--list", LIST, "--ground", "unreachable",
                      "--instrument", "law", "--document", f"京海〔2026〕{number}号",
                      "--date", town.today(), "--fact", "示例事实", *TOWN.market.signing).value
    return entity, added["record"]


def apply(entity, record, *words, noun=("repair", "apply"), code=town.DONE):
    return TOWN.json(*noun, "--entity", entity, "--record", record, *words,
                     *TOWN.office.signing, code=code)


def slip_of(answer):
    slips = [value["slip"] for value in answer.values if "slip" in value]
    assert len(slips) == 1, answer
    return slips[0]


def step(noun, verb, entity, case, office, *words, code=town.DONE):
    return TOWN.json(noun, verb, "--entity", entity, "--case", case, *words, *office.signing,
                     code=code)


def own(entity, *words, code=town.DONE):
    """As anybody on the public port: what opens the view are the words."""
    TOWN.settle()
    return TOWN.json("own", entity, "--server", f"localhost:{TOWN.port}",
                     "--ca", TOWN.home / "tls/ca.crt", *words, code=code)


def show(noun, entity, case, office, *words, code=town.DONE):
    TOWN.settle()
    return TOWN.json(noun, "show", entity, "--case", case, "--purpose", "办理案件", *words,
                     *TOWN.tls(office), code=code)


class Repair(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.entity, cls.record = listed(1)
        cls.answer = apply(cls.entity, cls.record, "--form", "form", "--document",
                           "performance=proof", "--statement", "已恢复经营")
        cls.slip = slip_of(cls.answer)
        cls.case = cls.slip["case"]
        cls.before = town.wait_until(
            lambda: TOWN.json("status", cls.entity).value["listings"], "listed")
        cls.early = step("repair", "decide", cls.entity, cls.case, TOWN.market, "--grant",
                         "--number", NUMBER, "--reason", "已履行", code=town.NO)
        cls.stranger = step("repair", "accept", cls.entity, cls.case, TOWN.tax, code=town.NO)
        step("repair", "accept", cls.entity, cls.case, TOWN.office)
        cls.open = show("repair", cls.entity, cls.case, TOWN.market).value
        digest = hashlib.sha256((TOWN.folder / "proof").read_bytes()).hexdigest()
        show("repair", cls.entity, cls.case, TOWN.office, "--document", digest,
             "--out", TOWN.folder / "copy")
        cls.decided = step("repair", "decide", cls.entity, cls.case, TOWN.market, "--grant",
                           "--number", NUMBER, "--reason", "已履行")
        TOWN.settle()

    def test_the_slip_says_what_comes_next(self):
        self.assertEqual(self.slip["state"], "submitted")
        self.assertEqual(self.slip["applied_on"], town.today())
        self.assertGreater(self.slip["due_on"], town.today())
        self.assertRegex(self.slip["token"], r"\A([0-9A-Z]{5}-){4}[0-9A-Z]{6}\Z")
        self.assertEqual(self.slip["front_office"], TOWN.office.uscc)
        self.assertEqual(self.slip["decider"], TOWN.market.uscc)
        self.assertEqual(len(self.slip["documents"]), 2)

    def test_steps_keep_their_order_and_their_office(self):
        self.assertEqual(self.early.error["reason"], "PROCEDURE_STATE")
        self.assertIn("case_acceptance", self.early.error["detail"])
        self.assertEqual(self.stranger.error["reason"], "NOT_THE_AUTHOR")

    def test_documents_come_back_as_they_were(self):
        self.assertEqual((TOWN.folder / "copy").read_bytes(),
                         (TOWN.folder / "proof").read_bytes())

    def test_documents_do_not_lie_open_in_the_database(self):
        for name in ("form", "proof"):
            secret = f"very secret {name}".encode()
            for path in (TOWN.home / "data").rglob("*"):
                if path.is_file():
                    self.assertNotIn(secret, path.read_bytes(), path)

    def test_the_record_is_gone_for_everybody_in_the_same_act(self):
        self.assertEqual(len(self.before), 1)
        self.assertEqual(TOWN.json("status", self.entity).value["listings"], [])

    def test_the_entity_sees_its_removed_record_its_case_and_who_looked(self):
        shown = own(self.entity, "--token", self.slip["token"].lower().replace("-", " "),
                    "--case", self.case).values
        records = [value for value in shown if "item" in value]
        cases = [value for value in shown if "case" in value]
        reads = [value for value in shown if "reader" in value]
        self.assertEqual([record["state"] for record in records], ["removed"])
        self.assertEqual([case["state"] for case in cases], ["granted"])
        self.assertIn((TOWN.market.uscc, "repair-service/get-case", "办理案件"),
                      {(read["reader"], read["method"], read["purpose"]) for read in reads})
        self.assertIn((TOWN.office.uscc, "repair-service/get-document", "办理案件"),
                      {(read["reader"], read["method"], read["purpose"]) for read in reads})

    def test_nobody_else_opens_the_entitys_view(self):
        other, record = listed(2)
        slip = slip_of(apply(other, record, "--form", "form", "--document", "performance=proof"))
        for words in (("--token", slip["token"], "--case", self.case),
                      ("--token", self.slip["token"], "--case", slip["case"]),
                      ("--token", "00000-00000-00000-00000-000000", "--case", self.case)):
            answer = own(self.entity, *words, code=town.NO)
            self.assertEqual(answer.error["reason"], "OWN_VOICE")

    def test_an_office_that_does_not_handle_the_case_does_not_see_it(self):
        answer = show("repair", self.entity, self.case, TOWN.tax, code=town.NO)
        self.assertEqual(answer.error["reason"], "CASE_UNKNOWN")
        answer = show("objection", self.entity, self.case, TOWN.market, code=town.NO)
        self.assertEqual(answer.error["reason"], "CASE_UNKNOWN")
        listed_here = TOWN.json("repair", "list", self.entity, "--purpose", "办理案件",
                                *TOWN.tls(TOWN.tax))
        self.assertEqual(listed_here.values, [])
        listed_here = TOWN.json("repair", "list", self.entity, "--purpose", "办理案件",
                                *TOWN.tls(TOWN.office))
        self.assertEqual([case["case"] for case in listed_here.values], [self.case])

    def test_a_read_needs_a_purpose_fit_to_be_shown(self):
        name = f"entities/{self.entity}/cases/{self.case}"
        with TOWN.channel(TOWN.market) as channel:
            for purpose, reason in (("", "PURPOSE"), ("当事人11010519491231002X", "PERSONAL_ID")):
                with self.assertRaises(wire.grpc.RpcError) as caught:
                    wire.call(channel, "RepairService/GetCase",
                              wire.new("GetCaseRequest", name=name, purpose=purpose))
                self.assertEqual(wire.Refusal(caught.exception).reason, reason)

    def test_more_reads_than_a_page_holds_are_all_shown(self):
        entity, record = listed(6)
        slip = slip_of(apply(entity, record, "--form", "form"))
        name = f"entities/{entity}/cases/{slip['case']}"
        TOWN.settle()
        with TOWN.channel(TOWN.office) as channel:
            for number in range(120):
                wire.call(channel, "RepairService/GetCase",
                          wire.new("GetCaseRequest", name=name, purpose=f"办理 {number}"))
        shown = own(entity, "--token", slip["token"], "--case", slip["case"]).values
        purposes = [value["purpose"] for value in shown if "reader" in value]
        self.assertEqual(sorted(purposes), sorted(f"办理 {number}" for number in range(120)))
        self.assertEqual(len([value for value in shown if "case" in value]), 1)

    def test_the_public_may_not_ask_for_cases(self):
        name = f"entities/{self.entity}/cases/{self.case}"
        with TOWN.channel(tcp=True) as channel:
            with self.assertRaises(wire.grpc.RpcError) as caught:
                wire.call(channel, "RepairService/GetCase",
                          wire.new("GetCaseRequest", name=name, purpose="x"))
        self.assertEqual(wire.Refusal(caught.exception).reason, "PEER_ROLE")

    def test_fraud_brings_the_record_back(self):
        entity, record = listed(3)
        case = slip_of(apply(entity, record, "--form", "form", "--document",
                             "performance=proof"))["case"]
        step("repair", "accept", entity, case, TOWN.office)
        step("repair", "decide", entity, case, TOWN.market, "--grant", "--number", NUMBER,
             "--reason", "已履行")
        step("repair", "revoke", entity, case, TOWN.market, "--number", NUMBER,
             "--reason", "材料虚假")
        TOWN.settle()
        self.assertEqual(len(TOWN.json("status", entity).value["listings"]), 1)
        rated = step("case", "rate", entity, case, TOWN.office, "--rating", "5", code=town.NO)
        self.assertEqual(rated.error["reason"], "PROCEDURE_STATE")

    def test_supplement_and_withdrawal(self):
        entity, record = listed(4)
        slip = slip_of(apply(entity, record, "--form", "form"))
        case = slip["case"]
        refused = step("repair", "accept", entity, case, TOWN.office, code=town.NO)
        self.assertEqual(refused.error["reason"], "CONDITION")
        step("repair", "supplement", entity, case, TOWN.office, "--missing", "履行证明")
        step("repair", "document", entity, case, TOWN.office, "--document", "performance=proof")
        step("repair", "supplied", entity, case, TOWN.office)
        step("repair", "extend", entity, case, TOWN.office, "--reason", "材料较多")
        step("repair", "accept", entity, case, TOWN.office)
        step("repair", "withdraw", entity, case, TOWN.office, "--token", slip["token"],
             "--form", "form")
        seen = show("repair", entity, case, TOWN.office).value
        self.assertEqual((seen["state"], seen["missing"]), ("withdrawn", ["履行证明"]))

    def test_the_slip_for_people_is_in_both_languages(self):
        entity, record = listed(5)
        text = TOWN.run("repair", "apply", "--entity", entity, "--record", record, "--form",
                        "form", *TOWN.office.signing).out
        for words in ("受理回执", "acceptance slip", "查询码", "look-up token", "credctl own"):
            self.assertIn(words, text)

    def test_neither_form_nor_key_is_wrong_usage(self):
        answer = apply(self.entity, self.record, code=town.USAGE)
        self.assertEqual(answer.error["reason"], "USAGE")


class Objection(unittest.TestCase):
    NUMBERS = itertools.count(100)

    def setUp(self):
        self.entity, self.record = listed(next(self.NUMBERS))
        self.slip = slip_of(apply(self.entity, self.record, "--ground", "error", "--statement",
                                  "事实有误", "--form", "form", "--document",
                                  "evidence=evidence", noun=("objection", "file")))
        self.case = self.slip["case"]
        step("objection", "accept", self.entity, self.case, TOWN.office)

    def listing(self):
        TOWN.settle()
        _, detail, _ = TOWN.status(self.entity)
        return detail.listings[0]

    def answer(self, verb, *words, code=town.DONE):
        return step("objection", verb, self.entity, self.case, TOWN.market, "--number", NUMBER,
                    "--reason", "经核查", *words, code=code)

    def test_rejected_reviewed_and_final(self):
        self.assertTrue(self.listing().disputed)
        self.answer("decide", "--outcome", "rejected")
        self.assertFalse(self.listing().disputed)
        step("objection", "review", self.entity, self.case, TOWN.office, "--token",
             self.slip["token"], "--form", "form", "--reason", "仍有异议")
        self.assertTrue(self.listing().disputed)
        self.answer("review-decide", "--outcome", "corrected", "--correct", "fact=更正后的事实")
        self.assertFalse(self.listing().disputed)
        again = step("objection", "review", self.entity, self.case, TOWN.office, "--token",
                     self.slip["token"], "--form", "form", "--reason", "仍有异议", code=town.NO)
        self.assertEqual(again.error["reason"], "PROCEDURE_STATE")
        step("case", "rate", self.entity, self.case, TOWN.office, "--rating", "4")
        self.assertEqual(show("objection", self.entity, self.case, TOWN.market).value["state"],
                         "final")
        # The old value beside the new one, for whoever is shown the record.
        with TOWN.channel(tcp=True) as channel:
            records = wire.call(channel, "StatusService/ListRecords",
                                wire.new("ListRecordsRequest",
                                         parent=f"entities/{self.entity}")).records
        self.assertEqual([(c.field, c.old_value, c.new_value) for c in records[0].corrections],
                         [("fact", "示例事实", "更正后的事实")])

    def test_what_may_not_be_filed_may_not_be_corrected_into(self):
        answer = self.answer("decide", "--outcome", "corrected", "--correct",
                             "fact=当事人11010519491231002X", code=town.NO)
        self.assertEqual(answer.error["reason"], "PERSONAL_ID")

    def test_withdrawn_ends_the_record(self):
        self.answer("decide", "--outcome", "withdrawn")
        TOWN.settle()
        self.assertEqual(TOWN.json("status", self.entity).value["listings"], [])


class OwnKey(unittest.TestCase):
    def test_an_entity_speaks_with_its_own_key_until_it_is_revoked(self):
        entity, record = listed(50)
        key, public = TOWN.folder / "entity.key", TOWN.folder / "entity.pub"
        town.credctl("key", "generate", "example-company", "--out", key)
        refused = own(entity, "--sign", key, code=town.NO)
        self.assertEqual(refused.error["reason"], "OWN_VOICE")
        TOWN.run("entity", "add-key", "--entity", entity, "--public-key", public, "--number",
                 "京海授〔2026〕1号", *TOWN.office.signing)
        slip = slip_of(apply(entity, record, "--applicant-key", key, "--document",
                             "performance=proof", "--statement", "已恢复经营"))
        step("repair", "accept", entity, slip["case"], TOWN.office)
        step("repair", "withdraw", entity, slip["case"], TOWN.office, "--token", slip["token"],
             "--applicant-key", key, "--reason", "另行申请")
        shown = own(entity, "--sign", key).values
        self.assertEqual([value["state"] for value in shown if "case" in value], ["withdrawn"])
        TOWN.run("entity", "revoke-key", "--entity", entity, "--public-key", public, "--reason",
                 "遗失", *TOWN.office.signing)
        self.assertEqual(own(entity, "--sign", key, code=town.NO).error["reason"], "OWN_VOICE")
        late = apply(entity, record, "--applicant-key", key, code=town.NO)
        self.assertEqual(late.error["reason"], "APPLICANT")

    def test_it_signs_on_its_own_machine_and_the_office_files_what_it_signed(self):
        entity, record = listed(51)
        key, public = TOWN.folder / "own51.key", TOWN.folder / "own51.pub"
        signed, forged = TOWN.folder / "application", TOWN.folder / "forged"
        town.credctl("key", "generate", "example-company", "--out", key)
        TOWN.run("entity", "add-key", "--entity", entity, "--public-key", public, "--number",
                 "京海授〔2026〕2号", *TOWN.office.signing)
        words = ("--entity", entity, "--record", record, "--applicant-key", key, "--statement",
                 "已恢复经营")
        unpinned = town.credctl("repair", "sign", *words, "--out", signed, code=town.USAGE)
        self.assertIn("--registry", unpinned.err)
        token = town.credctl("--json", "repair", "sign", *words, "--out", signed, "--registry",
                             TOWN.log_vkey).value["token"]
        forged.write_bytes(signed.read_bytes().replace("已恢复经营".encode(), "已停止经营".encode()))
        filing = ("repair", "apply", *TOWN.office.signing, "--document", "performance=proof")
        answer = TOWN.json(*filing, "--application", forged, code=town.NO)
        self.assertEqual(answer.error["reason"], "APPLICANT")
        answer = TOWN.json(*filing, "--application", signed, "--form", "form",
                           code=town.USAGE)
        self.assertEqual(answer.error["field"], "--application")
        wrong = TOWN.json("objection", "file", *TOWN.office.signing, "--application", signed,
                          code=town.NO)
        self.assertEqual(wrong.error["reason"], "FIELD_FORM")
        case = slip_of(TOWN.json(*filing, "--application", signed))["case"]
        shown = own(entity, "--token", token, "--case", case).values
        self.assertEqual([value["case"] for value in shown if "case" in value], [case])
        step("repair", "accept", entity, case, TOWN.office)



class Zfsck(unittest.TestCase):
    """Last, by its name: after a restart everything is there, and the whole is sound."""

    def test_documents_survive_a_restart_and_fsck_finds_no_fault(self):
        entity, record = listed(60)
        case = slip_of(apply(entity, record, "--form", "form"))["case"]
        TOWN.settle()
        TOWN.stop()
        report = json.loads(town.credctl("--json", "fsck", TOWN.home).out.splitlines()[-1])
        self.assertEqual(report["faults"], 0)
        TOWN.start()
        digest = hashlib.sha256((TOWN.folder / "form").read_bytes()).hexdigest()
        show("repair", entity, case, TOWN.office, "--document", digest, "--out",
             TOWN.folder / "later")
        self.assertEqual((TOWN.folder / "later").read_bytes(),
                         (TOWN.folder / "form").read_bytes())


if __name__ == "__main__":
    unittest.main()
