# SPDX-License-Identifier: Apache-2.0
"""Notices as the contract's client sees them: who may look, page by page, and what refusals say.

The roads through the procedure are told, and run, in docs/scenarios/03-listing.md.
"""

import unittest

import grpc
import town
import wire

COMPANY, OTHER = town.entity(1), town.entity(2)
NOTICES = 5


def setUpModule():
    global TOWN, CITY, IDS
    TOWN = town.Registry()
    unittest.addModuleCleanup(TOWN.remove)
    TOWN.found(town.RULE_BOOK).start().enrol_offices()
    CITY = town.Office(TOWN.folder, 5, "示例市市场监督管理局", "city")
    town.credctl("key", "generate", CITY.uscc, "--out", CITY.key)
    town.credctl("cert", "--ca", TOWN.home / "tls", "--uscc", CITY.uscc, "--out", CITY.certificate)
    TOWN.run("authority", "enrol", "--uscc", CITY.uscc, "--name", CITY.name, "--level", "city",
             "--public-key", CITY.vkey, "--sign", TOWN.root_key)
    TOWN.run("authority", "change", "--uscc", TOWN.market.uscc, "--name", TOWN.market.name,
             "--level", "county", "--superior", CITY.uscc, "--sign", TOWN.root_key)
    for code in (COMPANY, OTHER):
        TOWN.run("entity", "enrol", "--uscc", code, "--name", "示例公司", *TOWN.market.signing)
    IDS = sorted(TOWN.json(
        "notice", "serve", "--entity", COMPANY, "--list", town.BLACK, "--ground", "heavy-fine",
        "--instrument", "samr-44-2021", "--document", f"示市监告〔2026〕{n}号", "--date",
        town.today(), "--fact", "情节严重", *TOWN.market.signing).value["record"]
                 for n in range(NOTICES))
    TOWN.settle()


class Reading(unittest.TestCase):
    def ask(self, method, office=None, tcp=False, **fields):
        with TOWN.channel(office, tcp) as channel:
            return wire.call(channel, f"NoticeService/{method}",
                             wire.new(f"{method}Request", **fields))

    def ids(self, office=None, **fields):
        answer = self.ask("ListNotices", office, parent=f"entities/{COMPANY}", **fields)
        return [notice.id.hex() for notice in answer.notices], answer.next_page_token

    def test_the_department_the_authority_above_and_the_operator_see_them(self):
        for office in (None, TOWN.market, CITY):
            self.assertEqual(self.ids(office), (IDS, ""))
            notice = self.ask("GetNotice", office,
                              name=f"entities/{COMPANY}/notices/{IDS[0]}").notice
            self.assertEqual((notice.issuer_uscc, notice.state), (TOWN.market.uscc, 1))
            self.assertEqual(notice.decide_from, notice.hearing_until + 1)

    def test_to_another_authority_there_are_none(self):
        self.assertEqual(self.ids(TOWN.tax), ([], ""))
        refused = wire.refusal(lambda: self.ask(
            "GetNotice", TOWN.tax, name=f"entities/{COMPANY}/notices/{IDS[0]}"))
        self.assertEqual((refused.code, refused.reason),
                         (grpc.StatusCode.NOT_FOUND, "NOT_FOUND"))

    def test_the_public_may_not_ask(self):
        refused = wire.refusal(lambda: self.ask("ListNotices", tcp=True,
                                                parent=f"entities/{COMPANY}"))
        self.assertEqual(refused.reason, "PEER_ROLE")

    def test_pages_hold_every_notice_once(self):
        seen, token = [], ""
        while True:
            page, token = self.ids(page_size=2, page_token=token)
            self.assertLessEqual(len(page), 2)
            seen += page
            if not token:
                break
        self.assertEqual(seen, IDS)
        self.assertEqual(self.ids(page_size=NOTICES), (IDS, ""))

    def test_names_and_tokens_that_are_none(self):
        for fields, reason in (({"name": "entities/1/notices/0"}, "RESOURCE_NAME"),
                               ({"name": f"entities/{COMPANY}/records/{IDS[0]}"}, "RESOURCE_NAME"),
                               ({"name": f"entities/{OTHER}/notices/{IDS[0]}"}, "NOT_FOUND")):
            refused = wire.refusal(lambda fields=fields: self.ask("GetNotice", **fields))
            self.assertEqual(refused.reason, reason)
        for fields, reason in (({"page_size": -1}, "FIELD_RANGE"),
                               ({"page_token": "next"}, "BASE64_INVALID")):
            refused = wire.refusal(lambda fields=fields: self.ask(
                "ListNotices", parent=f"entities/{COMPANY}", **fields))
            self.assertEqual(refused.reason, reason)


class Drafts(unittest.TestCase):
    def test_a_draft_says_its_commitment_and_is_private(self):
        path = TOWN.folder / "a.draft"
        answer = TOWN.json("list", "draft", "--entity", COMPANY, "--list", town.BLACK, "--ground",
                           "heavy-fine", "--instrument", "samr-44-2021", "--document",
                           "示市监列〔2026〕7号", "--date", town.today(), "--fact", "情节严重", "--out",
                           path).value
        sealed = wire.CONTRACT.type("credit.v1.SealedAct").FromString(path.read_bytes())
        self.assertEqual(answer["commitment"], wire.commitment_of(sealed).hex())
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        refused = TOWN.json("list", "add", "--draft", path, *TOWN.market.signing, code=town.NO)
        self.assertEqual(refused.error["reason"], "NOTICE_NEEDED")
        TOWN.json("consent", "give", "--commitment", answer["commitment"], "--list", town.BLACK,
                  "--decider", TOWN.market.uscc, "--document", "示市监意〔2026〕7号", "--date",
                  town.today(), *CITY.signing, code=town.NO)  # no supervisor's grant

    def test_what_a_draft_stands_for_need_not_be_given_again(self):
        refused = TOWN.json("list", "add", *TOWN.market.signing, code=town.USAGE)
        self.assertIn("--entity", refused.error["field"])


if __name__ == "__main__":
    unittest.main()
