# SPDX-License-Identifier: Apache-2.0
"""Who may, how often, who is told: roles, quotas, records of reads, keys that others had.

What nobody may learn is asked for by peers without the right, once of what exists and once of what does
not; the two answers must be the same to the byte.
"""

import unittest

import grpc

import town
import wire

LIST = "black.abnormal"
BOOK = town.HOME / "tests/support/cases.yaml"
TOWN = None
HERE, NOWHERE = town.entity(1), town.entity(987654)
SUPERVISOR = ACT = None


def setUpModule():
    global TOWN, SUPERVISOR, ACT
    TOWN = town.open_registry(rule_book=BOOK)
    TOWN.grant(TOWN.market, "decider", LIST)
    SUPERVISOR = enrol_supervisor()
    TOWN.run("entity", "enrol", "--uscc", HERE, "--name", "示例有限公司", *TOWN.market.signing)


    filing = TOWN.file([wire.enrolment(town.entity(50))])
    TOWN.submit(filing)
    ACT = wire.commitment_of(filing.acts[0]).hex()


def tearDownModule():
    TOWN.remove()


def enrol_supervisor():
    office = town.Office(TOWN.folder, 9, "示例市信用办", "supervisor")
    town.credctl("key", "generate", office.uscc, "--out", office.key)
    town.credctl("cert", "--ca", TOWN.home / "tls", "--uscc", office.uscc, "--out",
                 office.certificate)
    TOWN.run("authority", "enrol", "--uscc", office.uscc, "--name", office.name, "--level",
             "city", "--public-key", office.vkey, "--sign", TOWN.root_key)
    TOWN.grant(office, "supervisor")
    TOWN.settle()
    return office


def list_entity(entity, number, office=None):
    return TOWN.json("list", "add", "--entity", entity, "--list", LIST, "--ground", "unreachable",
                     "--instrument", "law", "--document", f"京海〔2026〕{number}号", "--date",
                     town.today(), "--fact", "示例事实", *(office or TOWN.market).signing).value


# A refusal comes at once; a stream that is granted may have nothing to say for long.
REFUSED_WITHIN = 3


def refusal_bytes(channel, method, message):
    """The whole answer of a call that is refused: code, sentence, details; None when it is answered."""
    try:
        answer = wire.stub(channel, method)(
            iter([message]) if wire.shape(wire.CONTRACT.methods()[wire.full_path(method)])[0]
            else message, timeout=REFUSED_WITHIN)
        if hasattr(answer, "__next__"):
            next(answer)
    except grpc.RpcError as error:
        details = dict(error.trailing_metadata()).get("grpc-status-details-bin")
        return error.code(), error.details(), details
    except StopIteration:
        pass
    return None


class Existence(unittest.TestCase):
    """AIP-211: PERMISSION_DENIED before NOT_FOUND, and the same words whatever was asked."""

    @classmethod
    def setUpClass(cls):
        (TOWN.folder / "form").write_bytes(b"a form")
        (TOWN.folder / "proof").write_bytes(b"a proof")
        record = list_entity(HERE, 1)["record"]
        answer = TOWN.json("repair", "apply", "--entity", HERE, "--record", record, "--form", "form",
                           "--document", "performance=proof", "--statement", "已恢复经营",
                           *TOWN.office.signing)
        cls.case = next(value["slip"]["case"] for value in answer.values if "slip" in value)
        cls.record = record
        TOWN.settle()

    def requests(self, method):
        """(asks for what exists, asks for what does not) of every text and number that may name it."""
        kind = method.input_type
        real = {"parent": f"entities/{HERE}", "name": f"entities/{HERE}/cases/{self.case}",
                "entity_uscc": HERE, "reader_uscc": TOWN.market.uscc, "purpose": "核查",
                "folder": "/nonexistent"}
        if "GetAct" in method.name:
            real["name"] = f"acts/{ACT}"
        if "GetDocument" in method.name:
            real["name"] += "/documents/" + 64 * "0"
        if "Own" in method.name or "Grade" in method.name:
            real["name"] = f"entities/{HERE}"
        if method.containing_service.name == "SupervisionService" and "Measures" not in method.name:
            real["parent"] = f"authorities/{TOWN.market.uscc}"
        if "Notices" in method.name or "GetNotice" in method.name:
            real["name"] = f"entities/{HERE}/notices/{32 * '0'}"
        fake = {name: text.replace(HERE, NOWHERE).replace(TOWN.market.uscc, town.authority(777))
                .replace(self.case, 32 * "f").replace(ACT, 64 * "f")
                for name, text in real.items()}
        fields = {field.name for field in kind.fields if field.type == field.TYPE_STRING}
        return [wire.new(kind.full_name, **{name: text for name, text in values.items()
                                            if name in fields}) for values in (real, fake)]

    def test_who_may_not_call_a_method_learns_nothing_by_calling(self):
        methods = {path: method for path, method in wire.CONTRACT.methods().items()
                   if path.startswith("/credit.v1.")}
        closed = {"public": 0, "office": 0}
        for who, office in (("public", None), ("office", TOWN.office)):
            with TOWN.channel(office, tcp=True) as channel:
                for path, method in methods.items():
                    short = path.removeprefix("/credit.v1.")
                    here, nowhere = (refusal_bytes(channel, short, message)
                                     for message in self.requests(method))
                    if here is None or here[0] != grpc.StatusCode.PERMISSION_DENIED:
                        continue
                    closed[who] += 1
                    with self.subTest(f"{who}: {short}"):
                        self.assertEqual(here, nowhere)
        self.assertGreaterEqual(closed["public"], 20, closed)
        self.assertGreaterEqual(closed["office"], 8, closed)

    def test_what_is_shown_to_few_is_not_there_for_others(self):
        """Methods that are open to authorities, and rows that are not."""
        asked = {"RepairService/GetCase": TOWN.tax, "RepairService/GetDocument": TOWN.tax,
                 "NoticeService/GetNotice": TOWN.tax, "FilingService/GetAct": None,
                 "EntityService/GetOwn": None}
        for short, office in asked.items():
            method = wire.CONTRACT.methods()[wire.full_path(short)]
            with TOWN.channel(office, tcp=True) as channel:
                here, nowhere = (refusal_bytes(channel, short, message)
                                 for message in self.requests(method))
            with self.subTest(short):
                self.assertIsNotNone(here)
                self.assertEqual(here, nowhere)


class Reads(unittest.TestCase):
    """Officials' reads and what the operator does: recorded, searched for, shown to the entity."""

    def search(self, *words, who=None, code=town.DONE):
        TOWN.settle()
        return TOWN.json("reads", "--purpose", "年度检查", *words,
                         *(TOWN.tls(who) if who else ()), code=code)

    def test_a_read_is_found_by_reader_entity_method_and_day(self):
        entity = town.entity(2)
        TOWN.run("entity", "enrol", "--uscc", entity, "--name", "示例甲公司", *TOWN.market.signing)
        TOWN.settle()
        TOWN.run("history", entity, "--purpose", "核实经营情况", *TOWN.tls(TOWN.tax))
        found = self.search("--entity", entity, who=SUPERVISOR).values
        self.assertEqual([(row["reader"], row["entity"], row["method"], row["purpose"])
                          for row in found],
                         [(TOWN.tax.uscc, entity, "status-service/get-history", "核实经营情况")])
        self.assertGreater(found[0]["epoch"], 0)
        narrow = ("--entity", entity, "--reader", TOWN.tax.uscc, "--method", "status-service/",
                  "--from", town.today(), "--to", town.today())
        self.assertEqual(len([row for row in self.search(*narrow).values
                              if row["purpose"] == "核实经营情况"]), 1)
        for words in (("--reader", TOWN.market.uscc), ("--method", "status-service/list-records"),
                      ("--to", town.days_ago(1))):
            with self.subTest(words):
                found = self.search("--entity", entity, *words).values
                self.assertNotIn("核实经营情况", [row["purpose"] for row in found])

    def test_searching_is_a_read_too(self):
        purpose = "检查检索者"
        TOWN.settle()
        TOWN.json("reads", "--purpose", purpose, *TOWN.tls(SUPERVISOR))
        found = self.search("--method", "supervision-service/list-accesses").values
        self.assertIn((SUPERVISOR.uscc, "", purpose),
                      [(row["reader"], row["entity"] or "", row["purpose"]) for row in found])

    def test_only_supervisors_and_the_operator_search(self):
        refused = self.search(who=TOWN.market, code=town.NO)
        self.assertEqual(refused.error["reason"], "PEER_ROLE")
        with TOWN.channel() as channel:
            refused = wire.refusal(lambda: wire.call(
                channel, "SupervisionService/ListAccesses", wire.new("ListAccessesRequest")))
        self.assertEqual((refused.reason, refused.field), ("PURPOSE", "purpose"))

    def test_a_search_comes_in_pages(self):
        entity = town.entity(3)
        TOWN.run("entity", "enrol", "--uscc", entity, "--name", "示例乙公司", *TOWN.market.signing)
        TOWN.settle()
        for number in range(5):
            TOWN.run("history", entity, "--purpose", f"第{number}次", *TOWN.tls(TOWN.tax))
        TOWN.settle()
        seen, token = [], ""
        with TOWN.channel() as channel:
            while True:
                page = wire.call(channel, "SupervisionService/ListAccesses", wire.new(
                    "ListAccessesRequest", entity_uscc=entity, purpose="翻页", page_size=2,
                    reader_uscc=TOWN.tax.uscc, page_token=token))
                seen += [row.purpose for row in page.accesses]
                self.assertLessEqual(len(page.accesses), 2)
                token = page.next_page_token
                if not token:
                    break
        self.assertEqual(sorted(seen), [f"第{number}次" for number in range(5)])

    def test_what_the_operator_does_is_recorded_before_it_is_done(self):
        TOWN.run("scrub", "--purpose", "季度清理")
        TOWN.run("backup", TOWN.folder / "kept", "--purpose", "异地备份")
        found = {(row["method"], row["purpose"]): row
                 for row in self.search("--method", "admin-service/").values}
        for key in (("admin-service/scrub", "季度清理"), ("admin-service/backup", "异地备份")):
            self.assertEqual(found[key]["reader"], TOWN.root)
        with TOWN.channel() as channel:
            for method in ("Scrub", "Backup"):
                refused = wire.refusal(lambda: wire.call(
                    channel, f"AdminService/{method}",
                    wire.new(f"{method}Request", **({"folder": "/x"} if method == "Backup" else {}))))
                self.assertEqual(refused.reason, "PURPOSE")

    def test_a_purpose_with_a_telephone_number_is_refused_and_nothing_is_read(self):
        with TOWN.channel(TOWN.tax) as channel:
            refused = wire.refusal(lambda: wire.call(
                channel, "StatusService/GetHistory",
                wire.new("GetHistoryRequest", name=f"entities/{HERE}",
                         purpose="请致电13800138000")))
        self.assertEqual((refused.reason, refused.field), ("PERSONAL_PHONE", "purpose"))


class Compromise(unittest.TestCase):
    """A stolen key: revoked, what it signed flagged, looked at by its office, in the open."""

    def test_from_the_theft_to_the_last_answer(self):
        entities = [town.entity(20), town.entity(21)]
        office = town.Office(TOWN.folder, 11, "示例区市场监督管理局", "victim")
        town.credctl("key", "generate", office.uscc, "--out", office.key)
        TOWN.run("authority", "enrol", "--uscc", office.uscc, "--name", office.name,
                 "--level", "county", "--public-key", office.vkey, "--sign", TOWN.root_key)
        TOWN.grant(office, "decider", LIST)
        for entity in entities:
            TOWN.run("entity", "enrol", "--uscc", entity, "--name", "示例丙公司",
                     *TOWN.market.signing)
        before = list_entity(entities[0], 20, office)
        theft = list_entity(entities[1], 21, office)
        TOWN.run("authority", "compromise-key", "--uscc", office.uscc, "--key", office.vkey,
                 "--from-epoch", theft["epoch"], "--reason", "私钥介质失窃", "--sign", TOWN.root_key)
        flagged = town.wait_until(
            lambda: [row for row in TOWN.json("status", entities[1]).value["listings"]
                     if row["in_review"]], "the flag")
        self.assertEqual(flagged[0]["record"], theft["record"])
        self.assertFalse(TOWN.json("status", entities[0]).value["listings"][0]["in_review"])
        self.assertIsNotNone(before["record"])

        # Whatever the thief dates back is judged by the epoch that would record it.
        late = TOWN.file([wire.penalty(entities[0], office.uscc, office.name, "示〔2026〕99号")],
                         office, created_at=wire.now_ms() - 3600_000)
        receipt = wire.refusal(lambda: TOWN.submit(late))
        self.assertEqual(receipt.reason, "KEY_REVOKED")


class Quotas(unittest.TestCase):
    """A registry with small quotas, which this machine has too."""

    @classmethod
    def setUpClass(cls):
        cls.town = town.open_registry(rates={"near": True, "public_read": 5, "public_list": 2,
                                             "authority_read": 7})

    @classmethod
    def tearDownClass(cls):
        cls.town.remove()

    def ask(self, channel):
        return wire.call(channel, "TransparencyService/GetCheckpoint",
                         wire.new("GetCheckpointRequest"))

    def exhaust(self, channel, most):
        for number in range(most + 1):
            try:
                self.ask(channel)
            except grpc.RpcError as error:
                return number, wire.Refusal(error)
        return most + 1, None

    def test_the_public_gets_its_quota_then_the_time_to_wait(self):
        with self.town.channel(tcp=True) as channel:
            passed, refused = self.exhaust(channel, 10)
        self.assertIn(passed, (5, 6))
        self.assertEqual(refused.code, grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(refused.reason, "RATE")
        quota, = refused.details["google.rpc.QuotaFailure"].violations
        self.assertEqual((quota.subject, quota.description), ("rates.public_read", "5 a minute"))
        delay = refused.details["google.rpc.RetryInfo"].retry_delay
        self.assertTrue(0 < delay.seconds + delay.nanos / 1e9 <= 12, delay)
        self.assertIn("配额", refused.details["google.rpc.LocalizedMessage"].message)

    def test_an_authority_has_another_quota_and_the_socket_none(self):
        with self.town.channel(self.town.market) as channel:
            passed, refused = self.exhaust(channel, 10)
        self.assertIn(passed, (7, 8))
        self.assertIn("authority_read", refused.info.metadata["rule"])
        with self.town.channel() as channel:
            self.assertEqual(self.exhaust(channel, 50), (51, None))

    def test_each_message_of_a_batch_counts(self):
        with self.town.channel(tcp=True) as channel:
            batch = wire.stub(channel, "StatusService/BatchGetStatus")
            asked = (wire.new("BatchGetStatusRequest", codes=HERE.encode()) for _ in range(9))
            refused = wire.refusal(lambda: list(batch(asked, timeout=wire.PATIENCE)))
        self.assertEqual(refused.reason, "RATE")


if __name__ == "__main__":
    unittest.main()
