# SPDX-License-Identifier: Apache-2.0
"""How records came to be what they are: StatusService.GetHistory and `credctl history`, in both times.

One record goes a long road (listed, shortened, disputed, corrected, removed), and is asked for as of every
moment of it and on legal dates before, within and after. Another is erased.
"""

import datetime
import itertools
import unittest

import grpc
import town
import wire

LIST = "black.abnormal"
BOOK = town.HOME / "tests/support/cases.yaml"
ROAD, ERASING, QUIET, HEIR = (town.entity(number) for number in range(1, 5))
NUMBERS = itertools.count(1)
FACT, SECRET = "通过登记住所无法联系", "京海秘密文号"
METHOD = "status-service/get-history"
PURPOSE = "监督检查"
LISTED_ON, REMOVED_ON = town.days_ago(5), town.days_ago(2)


def setUpModule():
    global TOWN
    TOWN = town.open_registry(rule_book=BOOK, erasure={"scrub_minutes": 10080})
    unittest.addModuleCleanup(TOWN.remove)
    TOWN.grant(TOWN.market, "decider", LIST)
    for name in ("form", "evidence"):
        (TOWN.folder / name).write_text(name)
    for entity in (ROAD, ERASING, QUIET, HEIR):
        TOWN.run("entity", "enrol", "--uscc", entity, "--name", "示例有限公司", *TOWN.market.signing)


def sign(*words, office=None):
    return TOWN.json(*words, *(office or TOWN.market).signing)


def add(entity, document=None):
    """A record id."""
    return sign("list", "add", "--entity", entity, "--list", LIST, "--ground", "unreachable",
                "--instrument", "law", "--document", document or f"京海〔2026〕{next(NUMBERS)}号",
                "--date", LISTED_ON, "--fact", FACT).value["record"]


def remove(entity, record):
    sign("list", "remove", "--entity", entity, "--record", record, "--cause", "revoked",
         "--document", f"京海移〔2026〕{next(NUMBERS)}号", "--date", REMOVED_ON, "--reason", "原决定有误")


def object_to(entity, record, outcome, *words):
    """Accepted, and answered."""
    filed = TOWN.json("objection", "file", "--entity", entity, "--record", record, "--ground",
                      "error", "--statement", "事实有误", "--form", "form", "--document",
                      "evidence=evidence", *TOWN.office.signing)
    case, = [value["slip"]["case"] for value in filed.values if "slip" in value]
    sign("objection", "accept", "--entity", entity, "--case", case, office=TOWN.office)
    sign("objection", "decide", "--entity", entity, "--case", case, "--outcome", outcome, *words,
         "--number", f"京海异〔2026〕{next(NUMBERS)}号", "--reason", "经核查")


def history(entity, *words, office=None, code=town.DONE):
    """The versions, as a department is told of them over TLS."""
    TOWN.settle()
    answer = TOWN.json("history", entity, "--purpose", PURPOSE, *words,
                       *TOWN.tls(office or TOWN.tax), code=code)
    return answer if code else answer.values


def moved(moment, ms):
    """A moment of --json so many milliseconds later."""
    at = datetime.datetime.fromisoformat(moment) + datetime.timedelta(milliseconds=ms)
    return at.isoformat(timespec="milliseconds")


def ms_of(moment):
    return round(datetime.datetime.fromisoformat(moment).timestamp() * 1000)


def ask(channel, **fields):
    return wire.call(channel, "StatusService/GetHistory",
                     wire.new("GetHistoryRequest", **{"name": f"entities/{ROAD}",
                                                      "purpose": PURPOSE, **fields}))


class Road(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.record = add(ROAD)
        cls.until = town.days_ago(-300)
        sign("list", "change", "--entity", ROAD, "--record", cls.record, "--until", cls.until,
             "--document", "京海变〔2026〕1号", "--date", LISTED_ON, "--reason", "积极整改")
        object_to(ROAD, cls.record, "corrected", "--correct", "fact=更正后的事实")
        remove(ROAD, cls.record)
        cls.other = add(ROAD)
        cls.versions = history(ROAD, "--record", cls.record)

    def test_every_version_stands_in_the_order_it_was_recorded_with_the_act_that_made_it(self):
        self.assertEqual([version["act"] for version in self.versions],
                         ["listing", "publication_change", "case_acceptance", "objection_decision",
                          "removal"])
        moments = [ms_of(version["recorded_at"]) for version in self.versions]
        self.assertEqual(moments, sorted(set(moments)))
        self.assertEqual({version["record"] for version in self.versions}, {self.record})

    def test_each_says_what_the_record_said_then(self):
        said = [version["content"] for version in self.versions]
        self.assertGreater(said[0]["published_until"], self.until)
        self.assertEqual([record["published_until"] for record in said[1:]], 4 * [self.until])
        self.assertEqual([record["disputed"] for record in said],
                         [False, False, True, False, False])
        self.assertEqual([len(record["corrections"]) for record in said], [0, 0, 0, 1, 1])
        self.assertEqual((said[3]["corrections"][0]["old"], said[3]["corrections"][0]["new"]),
                         (FACT, "更正后的事实"))
        self.assertEqual([record["state"] for record in said], 4 * ["published"] + ["removed"])
        self.assertEqual((said[4]["removed_on"], said[4]["removal_cause"]),
                         (REMOVED_ON, "revoked"))

    def test_as_of_a_moment_it_is_the_version_that_stood_then(self):
        def as_of(moment):
            return history(ROAD, "--record", self.record, "--recorded", moment, "--date",
                           town.today())

        self.assertEqual(as_of(moved(self.versions[0]["recorded_at"], -1)), [])
        for number, version in enumerate(self.versions):
            with self.subTest(act=version["act"]):
                self.assertEqual(as_of(version["recorded_at"]), [version])
                if number > 0:
                    self.assertEqual(as_of(moved(version["recorded_at"], -1)),
                                     [self.versions[number - 1]])
        self.assertEqual(as_of(town.today()), [self.versions[-1]])
        self.assertEqual(as_of(town.days_ago(-30)), [self.versions[-1]], "as of the publication")

    def test_on_a_legal_date_each_version_holds_by_what_it_says(self):
        for date, in_force in ((town.days_ago(6), 5 * [False]), (LISTED_ON, 5 * [True]),
                               (town.days_ago(3), 5 * [True]),
                               (REMOVED_ON, 4 * [True] + [False]),
                               (self.until, 4 * [True] + [False]),
                               (town.days_ago(-301), [True] + 4 * [False])):
            with self.subTest(date=date):
                versions = history(ROAD, "--record", self.record, "--date", date)
                self.assertEqual([version["in_force"] for version in versions], in_force)
                self.assertEqual({version["legal_date"] for version in versions}, {date})

    def test_the_two_times_are_apart(self):
        """Removed with effect of two days ago: known since today only."""
        before = moved(self.versions[-1]["recorded_at"], -1)
        for words, in_force in ((("--recorded", before), True),
                                (("--recorded", self.versions[-1]["recorded_at"]), False)):
            version, = history(ROAD, "--record", self.record, *words)
            self.assertEqual(version["legal_date"], town.today())
            self.assertEqual(version["in_force"], in_force)
        self.assertEqual(history(ROAD, "--recorded", town.days_ago(1)), [],
                         "nothing had been recorded yesterday")

    def test_all_records_of_the_entity(self):
        versions = history(ROAD)
        ids = [version["record"] for version in versions]
        self.assertEqual(ids, sorted(ids))
        self.assertEqual(set(ids), {self.record, self.other})
        self.assertEqual([v for v in versions if v["record"] == self.record], self.versions)

    def test_pages_of_one_are_the_whole(self):
        record = bytes.fromhex(self.record)
        for fields in ({}, {"record": record}, {"as_of_recorded": ms_of(town.today()) + 86400000}):
            with self.subTest(fields=fields), TOWN.channel(TOWN.tax) as channel:
                whole = ask(channel, page_size=100, **fields)
                self.assertEqual(whole.next_page_token, "")
                found, token = [], ""
                while len(found) <= len(whole.versions):
                    page = ask(channel, page_size=1, page_token=token, **fields)
                    self.assertEqual(len(page.versions), 1)
                    found += page.versions
                    token = page.next_page_token
                    if not token:
                        break
                self.assertEqual(found, list(whole.versions))

    def test_the_publication_is_named(self):
        with TOWN.channel(TOWN.tax) as channel:
            answer = ask(channel)
        self.assertGreaterEqual(answer.epoch, max(v.epoch for v in answer.versions))
        self.assertGreater(answer.published_at, 0)

    def test_people_get_a_table_in_their_language(self):
        words = ("history", ROAD, "--purpose", PURPOSE, "--record", self.record, "--date",
                 REMOVED_ON)
        english, chinese = TOWN.run(*words).out, TOWN.run(*words, lang="zh").out
        for text, expected in ((english, (self.record, "published, disputed", "removed", REMOVED_ON,
                                          " yes ", " no ")),
                               (chinese, (self.record, "公示中，异议中", "已终止", REMOVED_ON,
                                          " 是 ", " 否 "))):
            for part in expected:
                self.assertIn(part, text)
            self.assertEqual(text.count(self.record), 1, "it stands at the first of its versions")
        shown = self.versions[0]["recorded_at"][:19].replace("T", " ")
        self.assertIn(shown, english)


class WhoMay(unittest.TestCase):
    def test_the_public_may_not(self):
        with TOWN.channel(tcp=True) as channel:
            refusal = wire.refusal(lambda: ask(channel))
        self.assertEqual((refusal.code.name, refusal.reason), ("PERMISSION_DENIED", "PEER_ROLE"))
        answer = TOWN.json("history", ROAD, "--purpose", PURPOSE, "--server",
                           f"localhost:{TOWN.port}", "--ca", TOWN.home / "tls/ca.crt", code=town.NO)
        self.assertEqual(answer.error["reason"], "PEER_ROLE")

    def test_not_without_saying_what_for(self):
        answer = TOWN.json("history", ROAD, *TOWN.tls(TOWN.tax), code=town.USAGE)
        self.assertEqual(answer.error["reason"], "USAGE")
        for channel_of in (lambda: TOWN.channel(TOWN.tax), TOWN.channel):
            with channel_of() as channel:
                refusal = wire.refusal(lambda: ask(channel, purpose=""))
            self.assertEqual((refusal.reason, refusal.field), ("PURPOSE", "purpose"))
        with TOWN.channel(TOWN.tax) as channel:
            refusal = wire.refusal(lambda: ask(channel, purpose="当事人11010519491231002X"))
        self.assertEqual((refusal.reason, refusal.field), ("PERSONAL_ID", "purpose"))

    def test_what_cannot_be_asked(self):
        for fields, reason, field in (
                ({"name": "entities/x"}, "USCC_LENGTH", "name"),
                ({"name": f"entities/{town.entity(999)}"}, "ENTITY_NOT_ENROLLED", "name"),
                ({"record": bytes(16)}, "RECORD_UNKNOWN", "record"),
                ({"record": bytes(15)}, "FIELD_SIZE", "record"),
                ({"as_of_recorded": -1}, "FIELD_RANGE", "as_of_recorded"),
                ({"legal_date": -7398}, "FIELD_RANGE", "legal_date"),
                ({"legal_date": 2932897}, "FIELD_RANGE", "legal_date"),
                ({"page_size": -1}, "FIELD_RANGE", "page_size"),
                ({"page_token": "x"}, "BASE64_INVALID", "page_token"),
                ({"page_token": "AAAA"}, "BASE64_INVALID", "page_token"),
                ({"page_token": "Ag" + 26 * "A"}, "FIELD_FORM", "page_token")):
            with self.subTest(fields=fields), TOWN.channel(TOWN.tax) as channel:
                refusal = wire.refusal(lambda: ask(channel, **fields))
                self.assertEqual((refusal.reason, refusal.field), (reason, field))

    def test_a_token_that_leads_nowhere_ends_quietly(self):
        with TOWN.channel(TOWN.tax) as channel:
            for token in (28 * "/", "AP" + 26 * "/", "AQ" + 26 * "A"):
                try:
                    answer = ask(channel, page_token=token)
                except grpc.RpcError as error:
                    self.assertEqual(wire.Refusal(error).reason, "FIELD_FORM")
                else:
                    self.assertEqual((list(answer.versions), answer.next_page_token), ([], ""))

    def test_a_moment_that_is_none(self):
        answer = TOWN.json("history", ROAD, "--purpose", PURPOSE, "--recorded", "yesterday",
                           code=town.USAGE)
        self.assertIn("--recorded", str(answer.error))


class WhoLooked(unittest.TestCase):
    def own_reads(self):
        TOWN.settle()
        shown = TOWN.json("own", QUIET, "--server", f"localhost:{TOWN.port}", "--ca",
                          TOWN.home / "tls/ca.crt", "--sign", TOWN.folder / "quiet.key").values
        return [(read["reader"], read["method"], read["purpose"])
                for read in shown if "reader" in read]

    def test_the_entity_sees_every_reading_also_of_nothing_and_after_a_crash(self):
        town.credctl("key", "generate", "quiet-company", "--out", TOWN.folder / "quiet.key")
        TOWN.run("entity", "add-key", "--entity", QUIET, "--public-key", TOWN.folder / "quiet.pub",
                 "--number", "京海授〔2026〕1号", *TOWN.office.signing)
        TOWN.settle()
        self.assertEqual(self.own_reads(), [])
        with TOWN.channel(TOWN.tax) as channel:
            refusal = wire.refusal(lambda: ask(channel, name=f"entities/{QUIET}", purpose=""))
            self.assertEqual(refusal.reason, "PURPOSE")
            answer = ask(channel, name=f"entities/{QUIET}", purpose="年度检查")
        self.assertEqual(list(answer.versions), [])
        TOWN.kill()  # it was answered: it is on the disk
        TOWN.start()
        self.assertEqual(self.own_reads(), [(TOWN.tax.uscc, METHOD, "年度检查")])
        TOWN.run("history", QUIET, "--purpose", "运行维护")
        self.assertEqual(set(self.own_reads()), {(TOWN.tax.uscc, METHOD, "年度检查"),
                                                 (TOWN.root, METHOD, "运行维护")})


class Erased(unittest.TestCase):
    def test_an_erased_record_is_told_of_and_nothing_that_it_said(self):
        first = add(ERASING, f"{SECRET}〔2026〕7号")
        object_to(ERASING, first, "withdrawn")
        stays = add(ERASING)
        whole = history(ERASING, "--record", first)
        self.assertIn(SECRET, str(whole))
        self.assertEqual([version["act"] for version in whole],
                         ["listing", "case_acceptance", "objection_decision"])
        sign("entity", "succeed", "--entity", ERASING, "--successor", HEIR, "--cause", "reissued",
             "--date", town.today(), "--document", "京海换〔2026〕1号")
        sign("erase", "--entity", ERASING, "--record", first, "--ground", "court-order",
             "--document", "（2026）京01行终5号", "--date", town.today(), "--reason", "依生效裁判删除")
        # As soon as it is erased, and when its bytes are gone from the disk as well.
        self.check(first, stays, whole)
        town.wait_until(lambda: TOWN.lines("scrubbed"), "a scrub")
        self.check(first, stays, whole)

    def check(self, first, stays, whole):
        recorded = whole[0]["recorded_at"]
        TOWN.settle()
        answer = TOWN.json("history", ERASING, "--purpose", PURPOSE)
        self.assertNotIn(SECRET, answer.out)
        *standing, erased = history(ERASING)  # and nothing of the case that went with it
        self.assertEqual([version["record"] for version in standing], [stays])
        self.assertEqual(erased, {**erased, "record": first, "recorded_at": recorded, "act": None,
                                  "erased": True, "in_force": False, "content": None,
                                  "epoch": whole[0]["epoch"], "row": whole[0]["row"]})
        self.assertGreater(ms_of(erased["erased_at"]), ms_of(recorded))
        self.assertEqual(history(ERASING, "--record", first), [erased])
        self.assertEqual(history(HEIR), [], "its status told of the record, it was never its own")
        # What it said before it was erased is erased for every moment.
        for version in whole:
            asked = history(ERASING, "--record", first, "--recorded", version["recorded_at"])
            self.assertEqual(asked, [erased])
        self.assertEqual(history(ERASING, "--record", first, "--recorded", moved(recorded, -1)),
                         [])
        text = TOWN.run("history", ERASING, "--purpose", PURPOSE).out
        self.assertIn(f"ERASED {town.today()}", text)
        self.assertIn("已删除", TOWN.run("history", ERASING, "--purpose", PURPOSE, lang="zh").out)
        with TOWN.channel(TOWN.tax) as channel:
            found, token = [], ""
            while True:
                page = ask(channel, name=f"entities/{ERASING}", page_size=1, page_token=token)
                found += page.versions
                token = page.next_page_token
                if not token:
                    break
        self.assertEqual([version.erased for version in found], [False, True])


if __name__ == "__main__":
    unittest.main()
