# SPDX-License-Identifier: Apache-2.0
"""credctl rulebook: what a lawyer is told of a book, of its faults, and of what changes.

And the other end: what a book says is what a registry does with it.
"""

import pathlib
import re
import tempfile
import unittest

import town

BOOK = town.RULE_BOOK.read_text(encoding="utf-8")


def altered(*replacements):
    """cn-2026 with each (old, new) done once, in order."""
    text = BOOK
    for old, new in replacements:
        assert old in text, f"'{old}' is not in the book"
        text = text.replace(old, new, 1)
    return text


class Book(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="book-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def check(self, text, *words, code=town.DONE, **options):
        return town.credctl("rulebook", "check", self.write("book.yaml", text), *words, code=code,
                            **options)

    def diff(self, *replacements, lang="en", json=True):
        words = ("rulebook", "diff", town.RULE_BOOK, self.write("new.yaml", altered(*replacements)))
        return town.credctl(*(("--json",) if json else ()), *words, lang=lang)


class Check(Book):
    def test_a_sound_book_is_summed_up(self):
        for lang, words in (("en", ("11 lists", "Abnormal operation", "until ended", "WORKING DAYS", "--uncertain")),
                            ("zh", ("经营异常名录", "至移出", "工作日", "未经公开文本证实"))):
            out = self.check(BOOK, lang=lang).out
            for word in words:
                self.assertIn(word, out)
        value = self.check(BOOK, "--json").value
        self.assertEqual((value["lists"], value["time_limits"], value["grades"]), (11, 20, 4))
        self.assertEqual(value["uncertain"], BOOK.count("uncertain: true") - self.in_comments())

    @staticmethod
    def in_comments():
        return sum("uncertain: true" in line.partition("#")[2] for line in BOOK.splitlines())

    def test_every_uncertain_number_is_listed_with_its_path_and_source(self):
        values = self.check(BOOK, "--json", "--uncertain").values
        self.assertEqual(len(values), BOOK.count("uncertain: true") - self.in_comments())
        paths = [value["path"] for value in values]
        for path in ("lists[black.market-serious].publication_max", "time_limits[escalation]",
                     "records[record.penalty].classes[serious]", "measures[measure.subsidies]",
                     "grading", "grading.counts[serious-two].window", "instruments[sc-49-2020]",
                     "lists[black.market-serious].time_limits[repair.decide]"):
            self.assertIn(path, paths)
        self.assertTrue(all(value["source"] for value in values))
        self.assertIn("grading.counts[serious-two].window",
                      self.check(BOOK, "--uncertain").out)

    def test_all_faults_are_told_each_with_its_place(self):
        text = altered(("- id: filing\n", "- id: filling\n"),
                       ("lists: [black.internet-serious]", "lists: [black.internet]"),
                       ("    grade: c\n", "    grade: e\n"))
        answer = self.check(text, code=town.NO)
        self.assertEqual(answer.out, "")
        self.assertEqual(answer.err.count("credctl: "), 4, answer)
        for path in ("time_limits[0].id", "time_limits", "measures[2].lists[0]",
                     "grading.triggers[1].grade"):
            self.assertRegex(answer.err, rf"credctl: {re.escape(path)}: .*\bline \d+, column \d+")
        self.assertIn("4 faults", answer.err)
        self.assertIn("共 4 处错误", self.check(text, code=town.NO, lang="zh").err)
        errors = [value["error"] for value in self.check(text, "--json", code=town.NO).values]
        self.assertEqual([error["field"] for error in errors],
                         ["time_limits[0].id", "time_limits", "measures[2].lists[0]",
                          "grading.triggers[1].grade"])

    def test_a_single_fault_is_not_counted(self):
        answer = self.check(altered(("months: 36", "months: x")), code=town.NO)
        self.assertEqual(len(answer.err.splitlines()), 1, answer)
        self.assertIn("lists[0].publication_max.months", answer.err)
        missing = town.credctl("rulebook", "check", self.folder / "none.yaml", code=town.FAULT)
        self.assertIn("none.yaml", missing.err)

    def test_a_measure_against_persons_is_refused(self):
        text = altered(("  title: 约谈并提示修复途径", "  title: 限制高消费"))
        self.assertIn("persons", self.check(text, code=town.NO).err)

    def test_no_measure_of_the_book_is_against_persons(self):
        catalogue = BOOK[BOOK.index("\nmeasures:"):BOOK.index("\nobjection_grounds:")]
        for word in ("消费", "出境", "任职", "法定代表人", "负责人", "子女", "个人"):
            self.assertNotIn(word, catalogue)


class Diff(Book):
    def test_nothing_changes_in_the_same_book(self):
        answer = self.diff()
        self.assertEqual((answer.out, answer.err), ("", ""))
        self.assertIn("nothing changes", self.diff(json=False).err)

    def test_each_change_is_said_for_whom(self):
        rows = [
            ("a period", ("months: 36", "months: 24"), "entities",
             "longest publication: 36 months -> 24 months", "最长公示期：36 个月 → 24 个月"),
            ("repair", ("months: 12\n    source: SAMR Order 44, early",
                        "months: 6\n    source: SAMR Order 44, early"), "applicants",
             "shortest publication: 12 months -> 6 months", "最短公示期：12 个月 → 6 个月"),
            ("a limit", ("working_days: 7", "working_days: 5"), "deciders",
             "working days: 7 -> 5", "工作日：7 → 5"),
            ("a limit for measures", ("- id: measure.lift\n  working_days: 3",
                                      "- id: measure.lift\n  working_days: 4"), "enforcers",
             "working days: 3 -> 4", "工作日：3 → 4"),
            ("an own limit", ("    working_days: 15", "    working_days: 20"), "applicants",
             "working days: 15 -> 20", "工作日：15 → 20"),
            ("who acknowledges", ("- id: subscription.acknowledge\n  working_days: 3",
                                  "- id: subscription.acknowledge\n  working_days: 1"),
             "subscribers", "working days: 3 -> 1", "工作日：3 → 1"),
            ("a fine", ("fine_from_fen: 300001", "fine_from_fen: 500050"), "entities",
             "fines from: 3000.01 yuan -> 5000.50 yuan", "罚款起点：3000.01 元 → 5000.50 元"),
            ("notice", ("  notice: true\n", ""), "entities", "notice before entry: yes -> no",
             "列入前告知：是 → 否"),
            ("a level", ("consent_levels: [county, city]", "consent_levels: [county]"), "deciders",
             "levels that need consent: no longer city", "需报上级同意的层级：取消 设区的市级"),
            ("a ground of objection", ("- id: duplicate\n", "- id: doubled\n"), "applicants",
             "is new", "新增"),
            ("a grade", ("inspection_percent: 50", "inspection_percent: 60"), "supervisors",
             "inspected in a year, percent: 50 -> 60", "年度抽查比例：50 → 60"),
            ("a holiday", ("2026-10-05, ", ""), "all", "weekdays off: no longer 2026-10-05",
             "调休放假日：取消 2026-10-05"),
            ("a source", ("source: SAMR Order 44, article 2 (other)", "source: another"), "lawyers",
             "source: SAMR Order 44, article 2 (other) -> another",
             "出处：SAMR Order 44, article 2 (other) → another"),
            ("a clock", ("  clock: recorded\n", ""), "entities",
             "clock starts: recorded -> none", "起算日：列入之日 → 无"),
            ("the version", ("version: cn-2026", "version: cn-2027"), "all",
             "version: cn-2026 -> cn-2027", "版本：cn-2026 → cn-2027"),
        ]
        for reason, replacement, whom, en, zh in rows:
            with self.subTest(reason):
                changes = [(value["for"], value["change"], value["change_zh"])
                           for value in self.diff(replacement).values]
                self.assertIn((whom, en, zh), changes)

    def test_a_list_that_goes_and_one_that_comes(self):
        start = BOOK.index("- id: red.honest-enterprise")
        end = BOOK.index("\nrecords:")
        kept = BOOK.index("- item: red.honest-enterprise")
        kept_end = BOOK.index("- item:", kept + 1)
        without = self.write("without.yaml", BOOK[:start] + BOOK[end:kept] + BOOK[kept_end:])
        gone, unkept = town.credctl("--json", "rulebook", "diff", town.RULE_BOOK, without).values
        came, _ = town.credctl("--json", "rulebook", "diff", without, town.RULE_BOOK).values
        self.assertEqual((gone["for"], gone["change"]), ("entities", "is there no longer"))
        self.assertEqual((unkept["for"], unkept["item"]), ("all", "retention red.honest-enterprise"))
        self.assertEqual((came["change"], came["change_zh"]), ("is new", "新增"))
        self.assertIn("red.honest-enterprise (Enterprises that keep contracts", came["item"])
        self.assertIn("守合同重信用企业", came["item_zh"])

    def test_changes_are_sorted_by_whom_they_are_for(self):
        changes = (("2026-10-05, ", ""), ("months: 36", "months: 24"),
                   ("inspection_percent: 50", "inspection_percent: 60"))
        order = [value["for"] for value in self.diff(*changes).values]
        self.assertEqual(order, ["entities", "supervisors", "all"])
        out = self.diff(*changes, json=False, lang="zh").out
        self.assertLess(out.index("对有信用记录的主体"), out.index("对监管部门"))
        self.assertLess(out.index("对监管部门"), out.index("对各方"))

    def test_a_book_that_is_wrong_is_not_compared(self):
        wrong = self.write("wrong.yaml", altered(("months: 36", "months: x")))
        for words in ((town.RULE_BOOK, wrong), (wrong, town.RULE_BOOK)):
            answer = town.credctl("rulebook", "diff", *words, code=town.NO)
            self.assertIn("publication_max.months", answer.err)


class InForce(unittest.TestCase):
    """A registry that runs on the book."""

    @classmethod
    def setUpClass(cls):
        cls.town = town.Registry()
        cls.addClassCleanup(cls.town.remove)
        cls.town.found().start().enrol_offices()

    def test_what_has_no_longest_publication_is_published_until_it_is_ended(self):
        market, company = self.town.market, town.entity(1)
        self.town.run("authority", "grant", "--uscc", market.uscc, "--role", "decider",
                      "--item", "black.market-abnormal", "--sign", self.town.root_key)
        self.town.run("entity", "enrol", "--uscc", company, "--name", "示例县清源食品有限公司",
                      *market.signing)
        self.town.run("list", "add", "--entity", company, "--list", "black.market-abnormal",
                      "--ground", "annual-report", "--instrument", "saic-68-2014", "--document",
                      "示市监异〔2026〕1号", "--date", town.days_ago(3), "--fact", "未公示年度报告",
                      *market.signing)
        self.town.settle()
        answer = self.town.json("status", company).value
        listing = answer["listings"][0]
        self.assertIsNone(listing["published_until"])
        self.assertEqual(listing["repair_from"], town.days_ago(3))
        self.assertIn("published until its cause is cured", self.town.run("status", company).out)
        self.assertIn("公示至 事由消除为止", self.town.run("status", company, lang="zh").out)


if __name__ == "__main__":
    unittest.main()
