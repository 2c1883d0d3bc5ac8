# SPDX-License-Identifier: Apache-2.0
"""credctl as people and scripts meet it: help, mistakes, JSON, and checking codes."""

import json
import re
import unittest

import oracle
import town
import wire

CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Help(unittest.TestCase):
    def test_every_subcommand_explains_itself_in_both_languages(self):
        english, chinese = town.subcommands("en"), town.subcommands("zh")
        self.assertEqual(list(english), list(chinese))
        for name in english:
            with self.subTest(name):
                en = town.credctl(*name.split(), "--help", lang="en").out
                zh = town.credctl(*name.split(), "--help", lang="zh").out
                self.assertIn(f"credctl {name}", en)
                self.assertIn(f"credctl {name}", zh)
                self.assertIn(english[name], en)
                self.assertIn(chinese[name], zh)
                self.assertRegex(chinese[name], CHINESE)
                self.assertNotRegex(en, CHINESE)
                self.assertEqual(town.options_of(en), town.options_of(zh))

    def test_the_language_can_be_chosen_on_the_line(self):
        self.assertRegex(town.credctl("--lang", "zh", "--help", lang="en").out, CHINESE)
        self.assertNotRegex(town.credctl("--lang=en", "--help", lang="zh").out, CHINESE)

    def test_no_subcommand_is_wrong_usage_and_shows_all(self):
        answer = town.credctl(code=town.USAGE)
        for name in town.subcommands():
            self.assertIn(name, answer.out + answer.err)

    def test_the_version_is_one_line(self):
        self.assertRegex(town.credctl("--version").out, r"\Acredctl \d+\.\d+\.\d+\n\Z")


class WrongUsage(unittest.TestCase):
    """Exit code 2, a sentence that names the fault, and nothing done."""

    def wrong(self, *words, says):
        for lang in ("en", "zh"):
            answer = town.credctl(*words, code=town.USAGE, lang=lang)
            self.assertEqual(answer.out, "")
            self.assertIn(says, answer.err, answer)
            self.assertEqual(bool(CHINESE.search(answer.err)), lang == "zh", answer)
        answer = town.credctl("--json", *words, code=town.USAGE)
        self.assertEqual(answer.error["reason"], "USAGE")
        self.assertEqual(answer.err, "")

    def test_a_mistyped_subcommand(self):
        self.wrong("staus", says="status")
        self.wrong("uscc", "chek", says="uscc check")
        self.wrong("improt", says="import")

    def test_half_a_subcommand(self):
        self.wrong("list", says="list")

    def test_a_mistyped_option(self):
        self.wrong("status", "--min-epok", "3", town.entity(1), says="--min-epoch")

    def test_a_word_that_is_like_nothing(self):
        self.wrong("qqqqqqqqqq", says="qqqqqqqqqq")

    def test_an_option_without_its_value(self):
        self.wrong("status", town.entity(1), "--server", says="server")

    def test_a_value_for_a_flag(self):
        self.wrong("status", "--json=yes", town.entity(1), says="json")

    def test_an_argument_too_few_or_too_many(self):
        self.wrong("verify", "--key", "x", says="verify")
        self.wrong("records", town.entity(1), town.entity(2), says="records")

    def test_a_required_option_that_is_not_there(self):
        self.wrong("list", "add", "--entity", town.entity(1), says="list")

    def test_values_of_another_form(self):
        self.wrong("key", "generate", "x", "--timeout", "soon", "--out", "x.key", says="timeout")
        self.wrong("list", "remove", "--cause", "because", says="cause")
        self.wrong("list", "add", "--date", "2026-02-30", says="date")
        self.wrong("list", "add", "--entity", town.entity(1)[:-1] + "I", says="entity")
        self.wrong("list", "remove", "--record", "12", says="record")

    def test_no_server_named(self):
        self.wrong("status", town.entity(1), says="server")


class Codes(unittest.TestCase):
    VECTORS = [line.split(",")[0].strip()
               for line in (town.HOME / "tests/vectors/uscc_valid.txt").read_text().splitlines()
               if line and not line.startswith("#")]

    def check(self, codes, code):
        answer = town.credctl("--json", "uscc", "check", code=code,
                              stdin="\n".join(codes).encode())
        self.assertEqual(len(answer.values), len(codes))
        return answer.values

    def test_published_codes_are_valid(self):
        self.assertGreater(len(self.VECTORS), 20)
        found = self.check(self.VECTORS, town.DONE)
        self.assertEqual([value["code"] for value in found if value["valid"]], self.VECTORS)

    def test_every_change_of_one_character_is_noticed(self):
        changed = [code[:at] + other + code[at + 1:]
                   for code in self.VECTORS for at in range(18)
                   for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if other != code[at]]
        passed = [value["code"] for value in self.check(changed, town.NO) if value["valid"]]
        self.assertEqual(passed, [])

    def test_every_swap_of_neighbours_is_noticed(self):
        swapped = [code[:at] + code[at + 1] + code[at] + code[at + 2:]
                   for code in self.VECTORS for at in range(17) if code[at] != code[at + 1]]
        passed = [value["code"] for value in self.check(swapped, town.NO) if value["valid"]]
        self.assertEqual(passed, [])

    def test_what_is_no_code_is_called_by_its_name(self):
        kinds = {oracle.resident_id(): "USCC_IS_RESIDENT_ID", "110108015571239": None,
                 "": "USCC_EMPTY"}
        for text, reason in kinds.items():
            value = town.credctl("--json", "uscc", "check", text, code=town.NO).value
            self.assertFalse(value["valid"])
            if reason:
                self.assertEqual(value["error"]["reason"], reason)

    def test_the_place_of_the_fault_is_named(self):
        code = self.VECTORS[0]
        value = town.credctl("--json", "uscc", "check", code[:10] + "O" + code[11:],
                             code=town.NO).value
        self.assertEqual(value["error"]["position"], 11)

    def test_bytes_of_any_kind_are_answered_and_not_repeated_raw(self):
        noise = bytes(byte for byte in range(1, 256) if byte not in b"\r\n") + b"\n\x1b[31m\n"
        answer = town.credctl("uscc", "check", stdin=noise, code=town.NO)
        self.assertNotIn("\x1b", answer.out)
        for value in town.credctl("--json", "uscc", "check", stdin=noise, code=town.NO).values:
            self.assertFalse(value["valid"])


class Json(unittest.TestCase):
    """One value on each line of stdout, nothing on stderr, whatever is asked."""

    @classmethod
    def setUpClass(cls):
        cls.town = town.open_registry()
        cls.addClassCleanup(cls.town.remove)
        cls.town.submit(cls.town.file([wire.enrolment(town.entity(1)),
                                       wire.penalty(town.entity(1), cls.town.market.uscc,
                                                    cls.town.market.name)]))
        cls.town.settle()

    def ask(self, *words, code=town.DONE, at_least=1):
        answer = self.town.json(*words, code=code)
        self.assertEqual(answer.err, "", answer)
        self.assertGreaterEqual(len(answer.values), at_least, answer)
        for line in answer.out.splitlines():
            self.assertEqual(json.dumps(json.loads(line), ensure_ascii=False).count("\n"), 0)
        return answer

    def test_setting_up(self):
        self.ask("key", "generate", "someone", "--out", "someone.key")
        shown = self.ask("key", "show", "someone.key").value
        self.assertEqual(shown["name"], "someone")
        self.assertEqual(oracle.VerifierKey(shown["vkey"]).name, "someone")
        self.ask("rulebook", "check", town.RULE_BOOK)
        self.ask("rulebook", "check", town.RULE_BOOK, "--uncertain", at_least=50)
        self.ask("rulebook", "diff", town.RULE_BOOK, "book.yaml", at_least=7)
        self.ask("cert", "--ca", self.town.home / "tls", "--uscc", town.authority(9),
                 "--out", "someone-tls", at_least=0)

    def test_filing(self):
        market = self.town.market
        enrolled = self.ask("entity", "enrol", "--uscc", town.entity(2), "--name",
                            "示例县清源食品有限公司", *market.signing, "--receipt", "two.receipt")
        self.assertTrue(enrolled.value["accepted"])
        again = self.ask("entity", "enrol", "--uscc", town.entity(2), "--name",
                         "示例县清源食品有限公司", *market.signing, code=town.NO)
        self.assertEqual(again.error["reason"], "ENTITY_EXISTS")
        verified = self.ask("verify", "two.receipt", "--key", self.town.log_vkey)
        self.assertTrue(verified.values)

    def test_asking(self):
        self.ask("status", town.entity(1))
        both = self.ask("status", town.entity(1), town.entity(900000), code=town.NO)
        self.assertEqual([value["enrolled"] for value in both.values], [True, False])
        record = self.ask("records", town.entity(1)).value
        self.assertEqual((record["kind"], record["state"]), ("penalty", "published"))
        self.ask("records", town.entity(900000), code=town.NO)
        pinned = ("--registry", self.town.log_vkey)
        self.ask("log", "checkpoint")
        self.ask("log", "inclusion", "0", *pinned)
        (self.town.folder / "old.checkpoint").write_text(self.town.run("log", "checkpoint").out)
        self.ask("log", "consistency", "old.checkpoint", *pinned)

    def test_a_daemon_that_is_not_there(self):
        answer = town.credctl("--json", "status", town.entity(1), "--server",
                              "unix:/nonexistent/credd.sock", code=town.FAULT)
        self.assertEqual(answer.error["reason"], "UNREACHABLE")
        self.assertEqual(answer.error["detail"],
                         "unix:/nonexistent/credd.sock: No such file or directory")


if __name__ == "__main__":
    unittest.main()
