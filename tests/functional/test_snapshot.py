# SPDX-License-Identifier: Apache-2.0
"""Snapshots of all listings: made by the real daemon, read by oracle.py and by credctl without it."""

import json
import re
import signal
import threading
import unittest

import grpc
import oracle
import town
import wire

BLACK_ONE, RED_ONE, CLEAN, ABSENT = (town.entity(n) for n in (1, 2, 3, 77))
BOTH = town.entity(4)


def list_on(code, name, day):
    office, ground, instrument = {
        town.BLACK: (TOWN.market, "heavy-fine", "samr-44-2021"),
        town.RED: (TOWN.tax, "grade-a", "sat-12-2025"),
    }[name]
    TOWN.run("list", "add", "--entity", code, "--list", name, "--ground", ground, "--instrument",
             instrument, "--document", f"示文〔2026〕{code[-6:]}号", "--date", day, "--fact", "情节",
             *office.signing)


def files():
    """Numbers of the snapshots in the folder."""
    return sorted(int(path.name) for path in FOLDER.iterdir() if path.name.isdigit())


def newest():
    return oracle.Snapshot((FOLDER / "newest").read_bytes(), TOWN.verifier)


def make():
    """One that shows all that was acknowledged."""
    TOWN.settle()
    known = files()
    TOWN.daemon.send_signal(signal.SIGUSR1)
    town.wait_until(lambda: files() and files()[-1] > (known or [0])[-1] and
                    newest().publication == files()[-1], "a snapshot")
    return newest()


def pieces(publication=0, offset=0):
    request = wire.new("GetSnapshotRequest", publication=publication, offset=offset)
    with TOWN.channel() as channel:
        return list(wire.call(channel, "TransparencyService/GetSnapshot", request))


def get(name="got.snap", **options):
    return TOWN.run("snapshot", "get", name, "--registry", TOWN.log_vkey, **options)


def check(text, *words, code=town.DONE, encoding="utf-8", name="base.csv", **options):
    (TOWN.folder / name).write_bytes(text.encode(encoding))
    return TOWN.run("--json", "snapshot", "check", name, "--snapshot", "got.snap", "--key", TOWN.log_vkey,
                    *words, code=code, **options)


def setUpModule():
    global TOWN, FOLDER
    TOWN = town.open_registry(publication={"folder": "public", "interval_ms": 50},
                              snapshot={"keep": 3})
    unittest.addModuleCleanup(TOWN.remove)
    FOLDER = TOWN.home / "public/snapshot"
    TOWN.submit(TOWN.file([wire.enrolment(town.entity(n)) for n in range(1, 31)]))
    for code, name in ((BLACK_ONE, town.BLACK), (RED_ONE, town.RED), (BOTH, town.BLACK),
                       (BOTH, town.RED)):
        list_on(code, name, town.days_ago(3))
    make()


class Made(unittest.TestCase):
    def test_the_first_one_is_made_by_itself(self):
        self.assertTrue(files())

    def test_it_says_what_every_status_says_and_nothing_else(self):
        snapshot = make()
        for n in range(1, 31):
            code = town.entity(n)
            said = TOWN.status(code)[0]
            shown = [(entry.list, entry.disputed | 2 * entry.suspended, entry.listed_on,
                      entry.published_until) for entry in said.lists]
            self.assertEqual(snapshot.entities.get(code, (0, [])), (said.more_lists, shown))
        self.assertEqual(set(snapshot.entities), {BLACK_ONE, RED_ONE, BOTH})
        self.assertEqual(snapshot.map_size, 30)
        colours = {entry[1]: entry[0] for entry in snapshot.lists.values()}
        self.assertEqual((colours[town.BLACK], colours[town.RED]), (2, 1))

    def test_its_leaf_stands_before_the_last_of_a_published_tree(self):
        snapshot = make()
        with TOWN.channel() as channel:
            proof = wire.call(channel, "TransparencyService/GetInclusionProof",
                              wire.new("GetInclusionProofRequest", leaf_index=snapshot.size - 2,
                                       tree_size=snapshot.size))
        leaf = (FOLDER / "newest").read_bytes()[4:77]
        self.assertEqual(proof.leaf_hash, oracle.leaf_hash(leaf))

    def test_the_files_of_the_log_have_its_entry(self):
        snapshot = make()
        leaf = (FOLDER / "newest").read_bytes()[4:77]

        def there():
            head = (FOLDER.parent / "checkpoint").read_bytes()
            return oracle.checkpoint(head, TOWN.verifier)[0] >= snapshot.size

        town.wait_until(there, "the log's files")
        self.assertTrue(any(leaf in path.read_bytes()
                            for path in (FOLDER.parent / "tile/entries").rglob("*")
                            if path.is_file()))

    def test_old_ones_go_away_and_the_others_stay_as_they_are(self):
        kept = make()
        before = (FOLDER / str(kept.publication)).read_bytes()
        make()
        make()
        self.assertEqual((FOLDER / str(kept.publication)).read_bytes(), before)
        make()
        town.wait_until(lambda: len(files()) == 3, "the oldest to go")
        self.assertNotIn(kept.publication, files())

    def test_whatever_is_in_the_folder_has_a_name_that_the_format_gives(self):
        make()
        for path in FOLDER.iterdir():
            self.assertRegex(path.name, r"^(newest|[1-9]\d*)$")

    def test_a_restarted_daemon_makes_none_before_it_is_due(self):
        make()
        before = files()
        TOWN.stop()
        TOWN.start()
        TOWN.settle()
        self.assertEqual(files(), before)
        TOWN.stop()
        self.assertEqual(TOWN.run("fsck", TOWN.home).code, 0)
        TOWN.start()
        make()

    def test_a_killed_daemon_replays_the_leaf(self):
        make()
        list_on(town.entity(9), town.BLACK, town.days_ago(1))
        TOWN.kill()
        TOWN.start()
        self.assertIn(town.entity(9), make().entities)
        record = TOWN.json("records", town.entity(9)).value["record"]
        TOWN.run("list", "remove", "--entity", town.entity(9), "--record", record, "--cause",
                 "revoked", "--document", "示撤〔2026〕1号", "--date", town.today(), "--reason", "撤销",
                 *TOWN.market.signing)
        self.assertNotIn(town.entity(9), make().entities)


class Downloaded(unittest.TestCase):
    def test_pieces_are_those_of_the_file_from_any_offset_on(self):
        snapshot = make()
        file = (FOLDER / str(snapshot.publication)).read_bytes()
        for offset in (0, 1, 76, len(file) - 1, len(file)):
            found = pieces(snapshot.publication, offset)
            self.assertEqual(b"".join(piece.data for piece in found), file[offset:])
            self.assertEqual({(piece.publication, piece.size) for piece in found},
                             {(snapshot.publication, len(file))})
        self.assertEqual(b"".join(piece.data for piece in pieces()), file)

    def test_what_is_not_there_is_refused_by_name(self):
        for fields, reason in (({"publication": 10**9}, "SNAPSHOT_ABSENT"),
                               ({"offset": 10**9}, "FIELD_RANGE")):
            with self.assertRaises(grpc.RpcError) as caught:
                pieces(**fields)
            self.assertEqual(wire.Refusal(caught.exception).reason, reason)

    def test_a_registry_without_a_folder_says_that_it_has_none(self):
        other = town.open_registry()
        self.addCleanup(other.remove)
        answer = other.run("--json", "snapshot", "get", "none.snap", "--registry", other.log_vkey, code=1)
        self.assertEqual(answer.error["reason"], "SNAPSHOT_ABSENT")

    def test_a_download_that_was_cut_short_goes_on(self):
        snapshot = make()
        file = (FOLDER / "newest").read_bytes()
        for kept in (0, 10, 400, len(file) - 5, len(file)):
            (TOWN.folder / "cut.snap.part").write_bytes(file[:kept])
            get("cut.snap")
            self.assertEqual((TOWN.folder / "cut.snap").read_bytes(), file)
            self.assertFalse((TOWN.folder / "cut.snap.part").exists())
        self.assertEqual(snapshot.publication, newest().publication)

    def test_a_part_of_a_snapshot_that_is_gone_or_false_is_begun_anew(self):
        old = make()
        part = (FOLDER / str(old.publication)).read_bytes()[:-3]
        for _ in range(3):
            make()
        self.assertNotIn(old.publication, files())
        for wrong in (part, b"CRS1" + bytes(500), part[:90] + b"\0" + part[91:]):
            (TOWN.folder / "gone.snap.part").write_bytes(wrong)
            get("gone.snap")
            self.assertEqual((TOWN.folder / "gone.snap").read_bytes(), (FOLDER / "newest").read_bytes())

    def test_another_registry_s_key_refuses_it(self):
        answer = TOWN.run("snapshot", "get", "other.snap", "--registry", TOWN.market.vkey, code=1)
        self.assertIn("checkpoint", str(answer))
        self.assertFalse((TOWN.folder / "other.snap").exists())

    def test_many_at_once_while_statuses_are_asked(self):
        snapshot = make()
        file = (FOLDER / "newest").read_bytes()
        failures = []

        def fetch():
            try:
                for _ in range(5):
                    assert b"".join(p.data for p in pieces(snapshot.publication)) == file
                    TOWN.status(BLACK_ONE)
            except Exception as error:  # every one is told
                failures.append(error)

        threads = [threading.Thread(target=fetch) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


class Checked(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make()
        get()

    def test_hits_come_with_title_dates_and_row_and_end_with_1(self):
        answer = check(f"客户,统一社会信用代码\n甲,{CLEAN}\n乙,{BLACK_ONE}\n丙,{ABSENT}\n丁,{BOTH}\n",
                       code=town.NO)
        first, second, summary = answer.values
        self.assertEqual((first["row"], first["code"], first["hit"]), (3, BLACK_ONE, True))
        entry = first["lists"][0]
        self.assertEqual((entry["list"], entry["colour"], entry["listed_on"], entry["disputed"]),
                         (town.BLACK, "black", town.days_ago(3), False))
        self.assertTrue(entry["title"] and entry["title_en"] and entry["published_until"])
        self.assertEqual([entry["colour"] for entry in second["lists"]].count("black"), 1)
        self.assertEqual(len(second["lists"]), 2)
        self.assertEqual({name: summary["summary"][name] for name in
                          ("rows", "hits", "black", "red", "no_entry", "not_checked")},
                         {"rows": 4, "hits": 2, "black": 2, "red": 1, "no_entry": 2,
                          "not_checked": 0})

    def test_nothing_found_ends_with_0_and_says_what_that_means(self):
        summary = check(f"USCC\n{CLEAN}\n{ABSENT}\n").value
        self.assertEqual(summary["summary"]["no_entry"], 2)
        for lang, words in (("en", "No entry means"), ("zh", "“无条目”是指")):
            shown = TOWN.run("snapshot", "check", "base.csv", "--snapshot", "got.snap", "--key",
                             TOWN.log_vkey, lang=lang)
            self.assertIn(words, shown.out)

    def test_codes_are_found_in_both_encodings_and_by_column(self):
        text = f"甲公司,备注,代\n甲,x,{BLACK_ONE}\n乙,{CLEAN},{CLEAN.lower()}\n"
        for encoding in ("utf-8", "utf-8-sig", "gb18030"):
            for column in ("3", "代"):
                answer = check(text, "--column", column, code=town.NO, encoding=encoding)
                self.assertEqual([value["row"] for value in answer.values[:-1]], [2])
        self.assertEqual(check(text, "--column", "无", code=town.NO).error["reason"], "CSV_HEADING")
        self.assertEqual(check("甲,乙\n1,2\n", code=town.NO).error["reason"], "CSV_HEADING")

    def test_a_file_without_headings_begins_with_a_code(self):
        answer = check(f"{BLACK_ONE}\n{CLEAN}\n", code=town.NO)
        self.assertEqual(answer.values[0]["row"], 1)

    def test_what_a_spreadsheet_destroyed_is_named_by_its_cell(self):
        wrong = CLEAN[:-1] + ("0" if CLEAN[-1] != "0" else "1")
        answer = check(f"名称,统一社会信用代码\n甲,9.13501E+17\n乙,{wrong}\n丙,{CLEAN}\n丁,\n",
                       code=town.NO)
        told = {value["cell"]: value["not_checked"]["reason"]
                for value in answer.values if "cell" in value}
        self.assertEqual(told["B2"], "CSV_EXCEL_NUMBER")
        self.assertRegex(told["B3"], "^USCC_")
        summary = answer.values[-1]["summary"]
        self.assertEqual((summary["not_checked"], summary["no_entry"], summary["without_code"]),
                         (2, 1, 1))
        shown = TOWN.run("snapshot", "check", "base.csv", "--snapshot", "got.snap", "--key",
                         TOWN.log_vkey, code=town.NO)
        self.assertRegex(shown.err, re.compile(r"^cell B2: ", re.MULTILINE))

    def test_one_code_in_many_rows_is_told_for_each(self):
        answer = check("USCC\n" + f"{BLACK_ONE}\n{RED_ONE}\n" * 50, code=town.NO)
        self.assertEqual([value["row"] for value in answer.values[:-1]], list(range(2, 102)))

    def test_an_old_snapshot_is_refused_unless_allowed(self):
        later = town.earlier(-5)
        answer = check(f"USCC\n{BLACK_ONE}\n", code=town.NO, **later)
        self.assertEqual(answer.error["reason"], "PROOF_OLD")
        check(f"USCC\n{BLACK_ONE}\n", "--max-age", "10d", code=town.NO, **later)

    def test_a_listing_whose_publication_has_ended_since_is_no_hit(self):
        answer = check(f"USCC\n{BLACK_ONE}\n", "--max-age", "36500d", **town.earlier(-20000))
        self.assertEqual((answer.values[0]["hit"], answer.values[0]["lists"][0]["ended"]), (False, True))

    def test_show_tells_lists_and_counts(self):
        value = TOWN.json("snapshot", "show", "got.snap", "--key", TOWN.log_vkey).value
        self.assertEqual((value["entities"], value["entries"], value["enrolled"]), (3, 4, 30))
        self.assertEqual({entry["id"]: entry["entries"] for entry in value["lists"]
                          if entry["entries"]}, {town.BLACK: 2, town.RED: 2})
        self.assertIn("PROVED", TOWN.run("snapshot", "show", "got.snap", "--key", TOWN.log_vkey).out)

    def test_the_tool_refuses_it_with_any_part_changed(self):
        file = bytearray((TOWN.folder / "got.snap").read_bytes())
        for place in range(0, len(file), 61):
            file[place] ^= 1
            (TOWN.folder / "forged.snap").write_bytes(file)
            answer = TOWN.json("snapshot", "show", "forged.snap", "--key", TOWN.log_vkey, code=1)
            self.assertIn(answer.error["reason"], ("PROOF_FALSE", "SNAPSHOT_MALFORMED"))
            file[place] ^= 1
        answer = check(f"USCC\n{BLACK_ONE}\n", "--snapshot", "forged.snap", code=town.NO)
        self.assertNotIn(BLACK_ONE, json.dumps(answer.values), "nothing is told before it is proved")


if __name__ == "__main__":
    unittest.main()
