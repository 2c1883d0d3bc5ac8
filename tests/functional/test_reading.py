# SPDX-License-Identifier: Apache-2.0
"""Grades, inspection lists, and watching statuses change: through the real daemon and the real tools."""

import csv
import io
import subprocess
import unittest

import grpc
import town
import wire

LISTED, FINED, CLEAN = town.entity(1), town.entity(2), town.entity(3)
ENTITIES = 250


def setUpModule():
    global TOWN
    TOWN = town.open_registry()
    unittest.addModuleCleanup(TOWN.remove)
    TOWN.submit(TOWN.file([wire.enrolment(town.entity(n)) for n in range(1, ENTITIES + 1)]))
    list_black(LISTED)
    TOWN.submit(TOWN.file([penalty(FINED, 1)]))
    TOWN.settle()


def penalty(code, number):
    return wire.penalty(code, TOWN.market.uscc, TOWN.market.name, document=f"示市监罚〔2026〕{number}号")


def list_black(code, number=1):
    TOWN.run("list", "add", "--entity", code, "--list", town.BLACK, "--ground", "heavy-fine",
             "--instrument", "samr-44-2021", "--document", f"示市监列〔2026〕{number}号", "--date",
             town.days_ago(3), "--fact", "情节严重", *TOWN.market.signing)


class Grades(unittest.TestCase):
    def test_a_grade_names_the_rule_and_the_record(self):
        value = TOWN.json("grade", LISTED).value
        self.assertEqual(value["grade"], "d")
        record = TOWN.json("records", LISTED).value["record"]
        self.assertIn(record, value["reasons"][0]["records"])
        self.assertEqual(TOWN.json("grade", FINED).value["grade"], "b")
        self.assertEqual(TOWN.json("grade", CLEAN).value, {**TOWN.json("grade", CLEAN).value,
                                                         "grade": "a", "reasons": []})

    def test_grades_are_not_for_the_public(self):
        with TOWN.channel(tcp=True) as channel, self.assertRaises(grpc.RpcError) as caught:
            wire.call(channel, "GradingService/GetGrade",
                      wire.new("GetGradeRequest", name=f"entities/{LISTED}/grade"))
        self.assertEqual(wire.Refusal(caught.exception).reason, "PEER_ROLE")

    def test_a_code_that_is_not_enrolled_has_no_grade(self):
        answer = TOWN.json("grade", town.entity(999), code=town.NO)
        self.assertEqual(answer.error["reason"], "ENTITY_NOT_ENROLLED")


class Inspection(unittest.TestCase):
    def rows(self, *words):
        text = TOWN.run("inspect", *words).out.removeprefix("\ufeff")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def test_all_entities_in_the_order_of_their_codes(self):
        rows = self.rows()
        self.assertEqual(len(rows), ENTITIES)
        codes = [row["统一社会信用代码"] for row in rows]
        self.assertEqual(codes, sorted(codes))
        self.assertEqual([row["信用等级"] for row in rows if row["统一社会信用代码"] == LISTED], ["d"])

    def test_by_grade_by_list_by_division(self):
        self.assertEqual([row["统一社会信用代码"] for row in self.rows("--grade", "d")], [LISTED])
        self.assertEqual([row["统一社会信用代码"] for row in self.rows("--list", town.BLACK)], [LISTED])
        self.assertEqual(len(self.rows("--region", LISTED[2:6])), ENTITIES)
        self.assertEqual(self.rows("--region", "99"), [])
        self.assertIn("FIELD_FORM", str(TOWN.json("inspect", "--region", "9", code=town.NO)))

    def test_reasons_stand_beside_each_entity(self):
        row, = self.rows("--grade", "d")
        self.assertIn("严重失信", row["依据"])

    def test_a_list_is_resumed_after_a_code(self):
        codes = [row["统一社会信用代码"] for row in self.rows()]
        text = TOWN.run("inspect", "--after", codes[99]).out
        self.assertEqual([line.split(",")[0] for line in text.splitlines()], codes[100:])


class Watching(unittest.TestCase):
    def watch(self, **fields):
        channel = grpc.insecure_channel(f"unix:{TOWN.socket}")
        self.addCleanup(channel.close)
        return wire.stub(channel, "StatusService/WatchStatus")(
            wire.new("WatchStatusRequest", **fields), timeout=town.PATIENCE)

    def changes(self, watch, wanted):
        """Responses until one of these codes is in them; (statuses by code, position)."""
        found = {}
        for response in watch:
            for change in response.changes:
                found[change.code.decode()] = wire.CONTRACT.type("credit.v1.Status").FromString(
                    change.status)
            if wanted & found.keys():
                return found, response.position
        raise AssertionError("the stream ended")

    def test_a_change_arrives_with_the_status_as_it_is_now(self):
        code = town.entity(10)
        watch = self.watch()
        # The watch begins at the last publication; a first change shows that it stands.
        TOWN.submit(TOWN.file([penalty(code, 100)]))
        found, _ = self.changes(watch, {code})
        self.assertEqual(found[code].penalties, 1)
        watch.cancel()

    def test_a_watch_that_was_away_misses_nothing(self):
        first, second = town.entity(20), town.entity(21)
        watch = self.watch()
        TOWN.submit(TOWN.file([penalty(first, 200)]))
        _, position = self.changes(watch, {first})
        watch.cancel()
        TOWN.submit(TOWN.file([penalty(second, 201)]))
        TOWN.settle()
        TOWN.stop()
        TOWN.start()
        found, _ = self.changes(self.watch(position=position), {second})
        self.assertIn(second, found)
        self.assertNotIn(first, found)

    def test_only_a_division(self):
        code = town.entity(30)
        watch = self.watch(region="99")
        TOWN.submit(TOWN.file([penalty(code, 300)]))
        response = next(watch)
        self.assertEqual(len(response.changes), 0)
        self.assertEqual(len(response.position), 12)
        watch.cancel()

    def test_positions_that_are_none(self):
        for position in (b"x", bytes(12), b"\xff" * 12):
            with self.subTest(position=position), self.assertRaises(grpc.RpcError) as caught:
                next(self.watch(position=position))
            self.assertEqual(wire.Refusal(caught.exception).reason, "WATCH_POSITION")

    def test_from_the_beginning(self):
        found, _ = self.changes(self.watch(position=(1).to_bytes(8, "big") + bytes(4)), {FINED})
        self.assertIn(LISTED, found)

    def test_a_watch_that_is_open_does_not_keep_the_daemon_from_stopping(self):
        watch = self.watch()
        TOWN.submit(TOWN.file([penalty(town.entity(40), 400)]))
        next(watch)
        TOWN.stop()
        with self.assertRaises(grpc.RpcError) as caught:
            for _ in watch:
                pass
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        TOWN.start()

    def test_the_tool_keeps_its_place(self):
        first, second = town.entity(50), town.entity(51)
        (TOWN.folder / "place").unlink(missing_ok=True)
        watching = town.start_credctl("--json", "watch", "--position", "place", "--count", "1",
                                      cwd=TOWN.folder, CREDCTL_SERVER=f"unix:{TOWN.socket}")
        number = 500
        while watching.poll() is None:
            number += 1
            TOWN.submit(TOWN.file([penalty(first, number)]))
            try:
                watching.wait(0.5)
            except subprocess.TimeoutExpired:
                pass
        out, _ = watching.communicate()
        self.assertIn(first, out.decode())
        TOWN.submit(TOWN.file([penalty(second, 9000)]))
        TOWN.settle()
        seen = ""
        while second not in seen:
            seen += TOWN.json("watch", "--position", "place", "--count", "1").out
        self.assertIn(second, seen)


if __name__ == "__main__":
    unittest.main()
