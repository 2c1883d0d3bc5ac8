# SPDX-License-Identifier: Apache-2.0
"""Penalty files with damage in them: each bad row is refused by itself, and says how to mend it."""

import os
import random
import unittest

import oracle
import sheet
import town


def setUpModule():
    global TOWN
    TOWN = town.open_registry()
    unittest.addModuleCleanup(TOWN.remove)


def wrong_check(code):
    alphabet = oracle.USCC_ALPHABET
    return code[:-1] + alphabet[(alphabet.index(code[-1]) + 1) % len(alphabet)]


class Rows(unittest.TestCase):
    PERSON = oracle.resident_id()

    # What is wrong -> (cells, reason, column named, what a clerk writes instead; None: nothing).
    DAMAGE = {
        "a character left out of the code": (
            {"CF_XDR_SHXYM": town.entity(20)[:-1]}, "USCC_LENGTH", "CF_XDR_SHXYM",
            town.entity(20)),
        "a wrong check character": (
            {"CF_XDR_SHXYM": wrong_check(town.entity(21))}, "USCC_CHECK", "CF_XDR_SHXYM",
            town.entity(21)),
        "a code that Excel made a number of": (
            {"CF_XDR_SHXYM": "9.11101E+17"}, "CSV_EXCEL_NUMBER", "CF_XDR_SHXYM",
            town.entity(22)),
        "a document number that Excel made a number of": (
            {"CF_WSH": "2.02601E+11"}, "CSV_EXCEL_NUMBER", "CF_WSH", "示市监罚〔2026〕9001号"),
        "a date that Excel made a number of": (
            {"CF_JDRQ": "46000"}, "CSV_EXCEL_NUMBER", "CF_JDRQ", town.days_ago(9)),
        "a day that is in no calendar": (
            {"CF_JDRQ": "2026-02-30"}, "DATE_INVALID", "CF_JDRQ", town.days_ago(9)),
        "a decision of tomorrow": (
            {"CF_JDRQ": town.days_ago(-1)}, "DATE_FUTURE", "CF_JDRQ", town.days_ago(9)),
        "a fine in words": ({"CF_NR_FK": "五千元"}, None, "CF_NR_FK", "0.5"),
        "a negative fine": ({"CF_NR_FK": "-1"}, None, "CF_NR_FK", "1"),
        "no facts": ({"CF_SY": " "}, "FIELD_MISSING", "CF_SY", "逾期未公示年度报告"),
        "facts of 2,001 characters": (
            {"CF_SY": "事" * 2001}, "FIELD_TOO_LONG", "CF_SY", "事" * 2000),
        "an identity number in the facts": (
            {"CF_SY": f"当事人{PERSON}违法"}, "PERSONAL_ID", "CF_SY", "当事人违法"),
        "a telephone number in the remarks": (
            {"BZ": "电话13800138000"}, "PERSONAL_PHONE", "BZ", ""),
        "a natural person by category": (
            {"CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_FR_ZJHM": PERSON}, "NATURAL_PERSON",
            None, None),
        "a natural person by number": (
            {"CF_XDR_SHXYM": PERSON}, "NATURAL_PERSON", None, None),
    }

    @classmethod
    def setUpClass(cls):
        cls.good = [sheet.row(TOWN.market, 3000 + n) for n in range(5)]
        cls.bad = [sheet.row(TOWN.market, 4000 + n, **cells)
                   for n, (cells, _, _, _) in enumerate(cls.DAMAGE.values())]
        rows = cls.good[:2] + cls.bad + cls.good[2:]
        (TOWN.folder / "damaged.csv").write_text(sheet.text(rows), newline="")
        cls.before = TOWN.acts()
        cls.answer = TOWN.json("import", "damaged.csv", "--kind", "penalty", "--enrol",
                               "--rejects", "rejects.csv", *TOWN.market.signing, code=town.NO)
        cls.after = TOWN.acts()
        cls.rejects = {cells["行号"]: cells
                       for cells in sheet.read_rejects(TOWN.folder / "rejects.csv")}
        cls.first = 4  # headings, two good rows, then this one

    def test_good_rows_are_filed_and_bad_ones_refused(self):
        summary = self.answer.values[-1]
        self.assertEqual((summary["rows"], summary["accepted"], summary["refused"]),
                         (len(self.good) + len(self.bad), len(self.good), len(self.bad)))
        self.assertEqual(self.after, self.before + summary["accepted"] + summary["enrolled"])

    def test_each_bad_row_is_named_with_column_reason_and_remedy(self):
        refused = {value["row"]: value["error"] for value in self.answer.values[:-1]}
        self.assertEqual(set(refused), set(self.rejects))
        self.assertEqual(set(refused), {self.first + n for n in range(len(self.bad))})
        for number, (what, (_, reason, column, _)) in enumerate(self.DAMAGE.items()):
            error = refused[self.first + number]
            cells = self.rejects[self.first + number]
            if reason:
                self.assertEqual(error["reason"], reason, what)
            self.assertEqual(error["field"], column, what)
            self.assertEqual(cells["列"], column or "", what)
            self.assertTrue(cells["原因"] and cells["处理办法"], what)

    def test_nothing_of_a_person_is_repeated_anywhere(self):
        written = (TOWN.folder / "rejects.csv").read_text()
        for text in (written, self.answer.out, self.answer.err, TOWN.log.read_text()):
            self.assertNotIn(self.PERSON, text)
            self.assertNotIn("张三", text)

    def test_the_rejects_once_corrected_are_imported(self):
        corrected = []
        for number, (_, _, column, instead) in enumerate(self.DAMAGE.values()):
            if instead is not None:
                corrected.append({**self.rejects[self.first + number], column: instead})
        sheet.write_rejects(TOWN.folder / "corrected.csv", corrected)
        answer = TOWN.json("import", "corrected.csv", "--kind", "penalty", "--enrol",
                           *TOWN.market.signing, code=None)
        self.assertEqual(answer.code, town.DONE, answer)
        self.assertEqual(answer.values[-1]["accepted"], len(corrected))


class Files(unittest.TestCase):
    def refused_file(self, data, reason, *options):
        (TOWN.folder / "refused.csv").write_bytes(data)
        acts = TOWN.acts()
        answer = TOWN.json("import", "refused.csv", "--kind", "penalty", *TOWN.market.signing,
                           *options, code=None)
        self.assertIn(answer.code, (town.NO, town.USAGE), answer)
        self.assertEqual(answer.error["reason"], reason, answer)
        self.assertEqual(TOWN.acts(), acts)
        return answer.error

    def test_headings_that_are_doubled_unknown_or_missing(self):
        one = [sheet.row(TOWN.market, 6000)]
        columns = list(sheet.COLUMNS)
        for wrong in (columns + ["CF_SY"], columns + ["CF_NONSENSE"], columns[1:]):
            self.refused_file(sheet.text(one, columns=wrong).encode(), "CSV_HEADING")

    def test_files_that_are_no_text(self):
        self.refused_file(b"", "CSV_HEADING")
        self.refused_file(b"PK\x03\x04" + os.urandom(500) + b"\xff\xff", "CSV_ENCODING")

    def test_quotation_marks_that_never_close(self):
        good = sheet.text([sheet.row(TOWN.market, 6100)])
        (TOWN.folder / "open.csv").write_text(good + '"示例县,' + "x" * 100000, newline="")
        answer = TOWN.json("import", "open.csv", "--kind", "penalty", "--enrol",
                           *TOWN.market.signing, code=town.NO)
        self.assertEqual((answer.values[-1]["accepted"], answer.values[-1]["refused"]), (1, 1))

    def test_noise_between_rows(self):
        chance = random.Random(11)
        text = sheet.text([sheet.row(TOWN.market, 6200)])
        for _ in range(40):
            text += "".join(chance.choice('",\r\n\t;甲x9\0') for _ in range(60))
        text += '"\r\n'
        (TOWN.folder / "noise.csv").write_text(text, newline="")
        answer = TOWN.json("import", "noise.csv", "--kind", "penalty", "--enrol", "--rejects",
                           "noise-rejects.csv", *TOWN.market.signing, code=town.NO)
        summary = answer.values[-1]
        self.assertEqual(summary["accepted"] + summary["refused"], summary["rows"])


if __name__ == "__main__":
    unittest.main()
