# SPDX-License-Identifier: Apache-2.0
"""Measures, subscriptions and supervision through the real daemon: a department punishes and rewards
because of listings, reports, lifts in time and late; subscribers are told and acknowledge; what is not
done stands in the open, and figures are what happened.

On the rule book of tests/support/measures.yaml, with a clock of its own.
"""

import csv
import io
import unittest

import grpc

import town
import wire

BOOK = town.HOME / "tests/support/measures.yaml"
MONDAY, FRIDAY, NEXT_FRIDAY = "2026-11-23", "2026-11-27", "2026-12-04"
SECOND = "black.second"
SUPERVISION = "SupervisionService"


class Town(town.Registry):
    """A registry whose clock the tests set."""

    def __init__(self):
        super().__init__()
        self.live = town.Clock(self.folder / "clock")
        self.live.set(MONDAY)
        self.clock = self.live.variables

    def at(self, day, fired):
        """Sets the clock, and waits until `fired` says that time has done what it should."""
        self.live.set(day)
        town.wait_until(fired, f"what is due on {day}")


def setUpModule():
    global TOWN
    TOWN = Town()
    unittest.addModuleCleanup(TOWN.remove)
    TOWN.found(book=BOOK).set(
        publication={"interval_ms": 50, "idle_ms": 0, "at_least_ms": 200}).start().enrol_offices()
    TOWN.grant(TOWN.market, "decider", SECOND)
    TOWN.grant(TOWN.tax, "decider", "measure.access", "measure.funds", "incentive.green")


def tls(office=None):
    """Options of a connection over TCP, as a department or as the public."""
    return ("--server", f"localhost:{TOWN.port}", "--ca", TOWN.home / "tls/ca.crt",
            *(office.tls if office else ()))


def entity(number):
    code = town.entity(number)
    TOWN.run("entity", "enrol", "--uscc", code, "--name", "示例县清源食品有限公司",
             *TOWN.market.signing)
    return code


def put_on(code, listing=town.BLACK, day="2026-11-20"):
    red = listing == town.RED
    office = TOWN.tax if red else TOWN.market
    ground, instrument = (("grade-a", "sat-12-2025") if red else ("heavy-fine", "samr-44-2021"))
    return TOWN.json("list", "add", "--entity", code, "--list", listing, "--ground", ground,
                     "--instrument", instrument, "--document", "示列〔2026〕1号", "--date", day,
                     "--fact", "情节严重", *office.signing).value["record"]


def take_off(code, record, day=MONDAY):
    TOWN.json("list", "remove", "--entity", code, "--record", record, "--cause", "revoked",
              "--document", "示移〔2026〕1号", "--date", day, "--reason", "原决定已被撤销",
              *TOWN.market.signing)


def apply(code, record, measure="measure.access", office=None, *options, day=MONDAY, exits=town.DONE):
    return TOWN.json("measure", "apply", "--entity", code, "--listing", record, "--measure", measure,
                     "--document", "示惩〔2026〕1号", "--date", day, "--content", "依法限制",
                     *(office or TOWN.tax).signing, *options, code=exits)


def step(what, code, measure, *options, office=None, day=MONDAY, exits=town.DONE):
    return TOWN.json("measure", what, "--entity", code, "--id", measure, "--date", day,
                     *(office or TOWN.tax).signing, *options, code=exits)


def measures(code, *options):
    TOWN.settle()
    return TOWN.json("measure", "list", code, *options).values


def tasks(office, *options):
    TOWN.settle()
    return TOWN.json("task", "list", office.uscc, *options).values


def shown(code):
    """The measures that the public status shows."""
    TOWN.settle()
    return TOWN.json("status", code).value["measures"]


class Measures(unittest.TestCase):
    def test_from_application_to_lift(self):
        code = entity(1)
        record = put_on(code)
        measure = apply(code, record).value["record"]
        (on_card,) = shown(code)
        self.assertEqual(
            (on_card["measure"], on_card["listing"], on_card["authority_uscc"]),
            ("measure.access", record, TOWN.tax.uscc))
        self.assertIn("限制市场准入", TOWN.run("status", code, "--lang", "zh").out)
        step("feedback", code, measure, "--text", "已落实")
        (row,) = measures(code)
        self.assertEqual((row["id"], row["state"], row["feedbacks"]), (measure, "applied", 1))
        (public,) = measures(code, *tls())
        self.assertEqual((public["state"], public["feedbacks"]), ("applied", 0))

        take_off(code, record)
        self.assertEqual(shown(code), [])
        (row,) = measures(code)
        self.assertEqual((row["state"], row["cause"], row["lift_due_on"]),
                         ("lift-due", "revoked", "2026-11-26"))
        self.assertEqual(measures(code, *tls()), [], "the public sees nothing of it any more")
        due = [task for task in tasks(TOWN.tax) if task["subject"] == measure]
        self.assertEqual([(task["kind"], task["due_on"]) for task in due],
                         [("lift-measure", "2026-11-26")])
        step("lift", code, measure)
        self.assertEqual([task for task in tasks(TOWN.tax) if task["subject"] == measure], [])
        card = TOWN.run("measure", "show", code, measure, lang="zh").out
        self.assertIn("已解除", card)
        TOWN.run("measure", "show", code, "0" * 32, code=town.NO)

    def test_refusals_cite_the_item(self):
        code = entity(2)
        record, second = put_on(code), put_on(code, SECOND)
        for measure, listing, reason in (("measure.none", record, "NOT_GRANTED"),
                                         ("measure.access", second, "LEGAL_BASIS"),
                                         ("incentive.green", record, "LEGAL_BASIS")):
            error = apply(code, listing, measure, exits=town.NO).error
            self.assertEqual(error["reason"], reason)
        self.assertEqual(error["rule"], "test-measures incentive.green")
        error = apply(code, record, "measure.funds", None, "--amount", "10001", exits=town.NO).error
        self.assertEqual((error["reason"], error["field"]),
                         ("MEASURE_HARSHER", "measure_application.amount_fen"))
        apply(code, record, "measure.funds", None, "--amount", "10000", "--until", "2027-05-23")
        error = apply(code, record, "measure.funds", exits=town.NO).error
        self.assertEqual(error["reason"], "MEASURE_EXISTS")
        text = TOWN.run("measure", "apply", "--entity", code, "--listing", record, "--measure",
                        "measure.funds", "--document", "示〔2026〕2号", "--date", MONDAY, "--content",
                        "限制", *TOWN.tax.signing, lang="zh", code=town.NO).err
        self.assertIn("该机关已因该列入采取此项措施", text)

    def test_a_reward_leans_on_a_red_list_and_is_lifted_early_with_reasons(self):
        code = entity(3)
        measure = apply(code, put_on(code, town.RED), "incentive.green").value["record"]
        self.assertEqual(len(shown(code)), 1)
        error = step("lift", code, measure, exits=town.NO).error
        self.assertEqual((error["reason"], error["field"]),
                         ("FIELD_MISSING", "measure_lift.reason"))
        step("lift", code, measure, "--reason", "不再符合条件")
        self.assertEqual(shown(code), [])

    def test_pages_hold_every_measure_once(self):
        code = entity(4)
        record = put_on(code)
        apply(code, record)
        for _ in range(3):
            measure = apply(code, record, "measure.funds").value["record"]
            step("lift", code, measure, "--reason", "示例")
        TOWN.settle()
        seen, token = [], ""
        with TOWN.channel() as channel:
            while True:
                page = wire.call(channel, f"{SUPERVISION}/ListMeasures", wire.new(
                    "ListMeasuresRequest", parent=f"entities/{code}", page_size=1,
                    page_token=token))
                seen += [bytes(row.id) for row in page.measures]
                token = page.next_page_token
                if not token:
                    break
        self.assertEqual(len(seen), 4)
        self.assertEqual(sorted(set(seen)), seen)

    def test_names_and_tokens_are_checked(self):
        with TOWN.channel() as channel:
            for method, message, fields, reason in (
                    ("ListMeasures", "ListMeasuresRequest", {"parent": "authorities/x"},
                     "RESOURCE_NAME"),
                    ("ListMeasures", "ListMeasuresRequest",
                     {"parent": f"entities/{town.entity(999998)}"}, "ENTITY_NOT_ENROLLED"),
                    ("ListTasks", "ListTasksRequest", {"parent": "entities/x"}, "RESOURCE_NAME"),
                    ("ListTasks", "ListTasksRequest",
                     {"parent": f"authorities/{TOWN.tax.uscc}", "page_token": "AAAA"},
                     "BASE64_INVALID"),
                    ("ListOverdue", "ListOverdueRequest", {"page_size": -1}, "FIELD_RANGE"),
                    ("ListOverdue", "ListOverdueRequest", {"office_uscc": "123"}, "USCC_LENGTH"),
                    ("GetAssessment", "GetAssessmentRequest",
                     {"parent": f"authorities/{TOWN.tax.uscc}", "first_month": 202613,
                      "last_month": 202701}, "FIELD_RANGE"),
                    ("GetAssessment", "GetAssessmentRequest",
                     {"parent": f"authorities/{TOWN.tax.uscc}", "first_month": 202301,
                      "last_month": 202601}, "FIELD_RANGE")):
                with self.subTest(method=method, fields=fields):
                    refusal = wire.refusal(lambda: wire.call(
                        channel, f"{SUPERVISION}/{method}", wire.new(message, **fields)))
                    self.assertEqual(refusal.reason, reason)


class Access(unittest.TestCase):
    def ask(self, office, method, message):
        with TOWN.channel(office, tcp=True) as channel:
            return wire.call(channel, f"{SUPERVISION}/{method}", wire.new(
                message, parent=f"authorities/{TOWN.tax.uscc}"))

    def test_an_offices_affairs_are_its_own_and_its_supervisors(self):
        calls = (("ListTasks", "ListTasksRequest"), ("ListDeliveries", "ListDeliveriesRequest"),
                 ("ListSubscriptions", "ListSubscriptionsRequest"),
                 ("GetAssessment", "GetAssessmentRequest"))
        for method, message in calls:
            with self.subTest(method):
                for stranger in (None, TOWN.market):
                    refusal = wire.refusal(lambda: self.ask(stranger, method, message))
                    self.assertEqual(refusal.code, grpc.StatusCode.PERMISSION_DENIED)
                    self.assertEqual(refusal.reason, "PEER_ROLE")
                self.ask(TOWN.tax, method, message)
        TOWN.grant(TOWN.office, "supervisor")
        TOWN.settle()
        for method, message in calls:
            self.ask(TOWN.office, method, message)

    def test_what_is_overdue_and_measured_is_for_anybody(self):
        with TOWN.channel(tcp=True) as channel:
            wire.call(channel, f"{SUPERVISION}/ListOverdue", wire.new("ListOverdueRequest"))
            wire.call(channel, f"{SUPERVISION}/GetMeasureStatistics",
                      wire.new("GetMeasureStatisticsRequest"))


class Told(unittest.TestCase):
    """Runs in the order of names: the clock goes forward at the end."""

    def deliveries(self, office, *options):
        TOWN.settle()
        return TOWN.json("delivery", "list", office.uscc, *options).values

    def test_1_a_subscriber_is_told_and_acknowledges(self):
        mine = TOWN.json("subscription", "add", "--item", SECOND, *TOWN.market.signing).value
        TOWN.settle()
        (row,) = TOWN.json("subscription", "list", TOWN.market.uscc).values
        self.assertEqual((row["id"], row["items"], row["ended"]), (mine["record"], [SECOND], False))
        code = entity(11)
        record = put_on(code, SECOND)
        take_off(code, record)
        (delivery,) = self.deliveries(TOWN.market)
        self.assertEqual((delivery["entity"], delivery["record"], delivery["cause"]),
                         (code, record, "revoked"))
        TOWN.run("subscription", "ack", delivery["id"], "--done", "已更新", *TOWN.market.signing)
        self.assertEqual(self.deliveries(TOWN.market), [])
        (again,) = self.deliveries(TOWN.market, "--all")
        self.assertEqual(again["acknowledged_on"], MONDAY)
        error = TOWN.json("subscription", "ack", delivery["id"], *TOWN.market.signing,
                          code=town.NO).error
        self.assertEqual(error["reason"], "DELIVERY_DONE")
        TOWN.run("subscription", "end", "--id", mine["record"], *TOWN.market.signing)

    def test_2_many_are_acknowledged_in_bulk(self):
        mine = TOWN.json("subscription", "add", *TOWN.market.signing).value["record"]
        codes = [entity(100 + number) for number in range(5)]
        for code in codes:
            take_off(code, put_on(code, SECOND))
        owed = self.deliveries(TOWN.market)
        self.assertEqual({delivery["entity"] for delivery in owed}, set(codes))
        # A file of ids, one of them acknowledged before: the others are not kept from it.
        TOWN.run("subscription", "ack", owed[0]["id"], *TOWN.market.signing)
        (TOWN.folder / "ids").write_text("".join(f"{row['id']}\n" for row in owed[:3]))
        answer = TOWN.json("subscription", "ack", "--file", "ids", *TOWN.market.signing,
                           code=town.NO)
        self.assertEqual(sum("accepted" in value for value in answer.values), 2)
        self.assertEqual(len(self.deliveries(TOWN.market)), 2)
        TOWN.run("subscription", "ack", "--all", *TOWN.market.signing)
        self.assertEqual(self.deliveries(TOWN.market), [])
        TOWN.run("subscription", "ack", "--all", *TOWN.market.signing)
        TOWN.run("subscription", "ack", *TOWN.market.signing, code=town.USAGE)
        TOWN.run("subscription", "end", "--id", mine, *TOWN.market.signing)

    def overdue(self, *options):
        return TOWN.json("overdue", *tls(), *options).values

    def test_3_what_is_not_done_stands_in_the_open(self):
        code, kept = entity(21), entity(22)
        record, standing = put_on(code), put_on(kept)
        measure = apply(code, record).value["record"]
        apply(kept, standing)
        subscription = TOWN.json("subscription", "add", "--item", town.BLACK,
                                 *TOWN.market.signing).value["record"]
        take_off(code, record)
        TOWN.at(FRIDAY, lambda: self.overdue("--kind", "lift-measure"))
        late = self.overdue("--kind", "lift-measure")
        self.assertEqual([(row["office"], row["due_on"], row["item"], row["entity"])
                          for row in late],
                         [(TOWN.tax.uscc, "2026-11-26", town.BLACK, None)],
                         "nobody reads from it that the entity was listed")
        self.assertEqual(self.overdue("--office", TOWN.market.uscc), [])
        self.assertIn("解除措施", TOWN.run("overdue", lang="zh").out)
        # Five working days later the authority above is told; the subscriber is overdue as well.
        TOWN.at(NEXT_FRIDAY, lambda: [row for row in self.overdue() if row["escalated"]])
        TOWN.settle()
        owed = [row for row in self.overdue("--kind", "acknowledge")
                if row["office"] == TOWN.market.uscc]
        self.assertEqual([(row["due_on"], row["entity"]) for row in owed], [("2026-11-30", None)])
        self.assertEqual(self.overdue("--item", SECOND), [])
        step("lift", code, measure, day=NEXT_FRIDAY)
        TOWN.run("subscription", "ack", "--all", *TOWN.market.signing)
        TOWN.run("subscription", "end", "--id", subscription, *TOWN.market.signing)
        TOWN.settle()
        self.assertEqual(self.overdue("--kind", "lift-measure"), [])
        # The first report on the other measure falls due; its listing is public, so it is named.
        TOWN.at("2026-12-08", lambda: self.overdue("--kind", "feedback"))
        named = {row["entity"] for row in self.overdue("--kind", "feedback")}
        self.assertIn(kept, named)
        self.assertNotIn(code, named)

    def test_4_the_figures_are_what_happened(self):
        TOWN.settle()
        period = ("--from", "2026-11", "--to", "2026-12")
        rows = TOWN.json("stats", "measures", *period, "--list", town.BLACK).values
        figures = {row["measure"]: row for row in rows}
        self.assertEqual({row["authority_uscc"] for row in rows}, {TOWN.tax.uscc})
        self.assertGreaterEqual(figures["measure.access"]["applied"], 4)
        self.assertEqual(figures["measure.access"]["lifted_late"], 1)
        text = TOWN.run("stats", "measures", *period, "--csv", lang="zh").out
        table = list(csv.reader(io.StringIO(text)))
        self.assertEqual(table[0][:2], ["机关代码", "机关"])
        self.assertIn([TOWN.tax.uscc, TOWN.tax.name, town.BLACK, "measure.access"],
                      [row[:4] for row in table])
        *months, total = TOWN.json("stats", "assessment", TOWN.market.uscc, *period).values
        self.assertEqual([row["month"] for row in months], ["2026-11", "2026-12"])
        self.assertEqual(total["month"], None)
        self.assertEqual(total["tasks_late"], 1)
        self.assertEqual(total["tasks_in_time"], sum(row["tasks_in_time"] for row in months))
        self.assertIn("合计", TOWN.run("stats", "assessment", TOWN.market.uscc, *period,
                                     lang="zh").out)
        TOWN.run("stats", "assessment", TOWN.market.uscc, "--from", "11-2026", code=town.USAGE)

    def test_5_what_fell_due_while_the_daemon_was_down_is_done_before_the_first_answer(self):
        code = entity(31)
        record = put_on(code, day="2026-12-08")
        measure = apply(code, record, "measure.access", None, "--until", "2026-12-09",
                        day="2026-12-08").value["record"]
        TOWN.stop()
        TOWN.live.set("2026-12-11")
        TOWN.start()
        (row,) = measures(code)
        self.assertEqual((row["id"], row["state"], row["cause"]), (measure, "lift-due", ""))
        self.assertEqual(row["lift_due_on"], "2026-12-16")
        self.assertEqual(shown(code), [])
        TOWN.stop()
        self.assertEqual(TOWN.run("fsck", TOWN.home).code, town.DONE)
        TOWN.start()


if __name__ == "__main__":
    unittest.main()
