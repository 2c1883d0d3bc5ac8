# SPDX-License-Identifier: Apache-2.0
"""credctl witness serve, to the letter of docs/spec/witness.md, section 3.

The logs are made here from the published texts, and oracle.py checks what the witness signs.
"""

import pathlib
import shutil
import socket
import tempfile
import unittest

import oracle
import town
import witness
from witness import Log, fetch, request

NAME = "witness.town.example/2026"


class Serve(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="witness-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.log = Log("log.town.example/1")
        self.witness = witness.Witness(self.folder / "w", NAME, self.log.vkey)
        self.witness.start()
        self.addCleanup(self.witness.stop)

    def check(self, body, status, text=None, kind="text/plain; charset=utf-8"):
        answer = self.witness.ask(body)
        self.assertEqual(answer[:2], (status, kind), answer[2])
        if text is not None:
            self.assertEqual(answer[2], text)
        return answer[2]

    def cosigned(self, body, leaves):
        lines = self.check(body, 200)
        note = self.log.note(leaves)
        times = oracle.cosigned(note + lines, self.witness.cosigner)
        self.assertEqual(len(times), 1)
        return note + lines

    def test_a_log_is_cosigned_as_it_grows_and_its_last_checkpoint_served(self):
        place = self.witness.path(self.log.origin)
        self.assertEqual(fetch(place)[0], 404)
        size = 0
        for grown in (1, 2, 3, 7, 8, 20, 300):
            leaves = Log.leaves(grown)
            note = self.cosigned(self.log.ask(size, leaves), leaves)
            self.assertEqual(fetch(place)[:3], (200, "text/plain; charset=utf-8", note))
            size = grown
        self.cosigned(self.log.ask(300, Log.leaves(300)), Log.leaves(300))

    def test_a_log_that_begins_with_leaves_or_without_is_taken_from_nothing(self):
        self.cosigned(self.log.ask(0, []), [])
        self.cosigned(self.log.ask(0, Log.leaves(5)), Log.leaves(5))

    def test_another_old_size_is_told_the_right_one(self):
        self.check(self.log.ask(3, Log.leaves(5)), 409, b"0\n", "text/x.tlog.size")
        self.check(self.log.ask(0, Log.leaves(5)), 200)
        for old in (0, 2, 6):
            self.check(self.log.ask(old, Log.leaves(8)), 409, b"5\n", "text/x.tlog.size")
        self.check(self.log.ask(4, Log.leaves(4)), 409, b"5\n", "text/x.tlog.size")

    def test_a_fork_is_refused_whether_it_grew_or_not(self):
        self.check(self.log.ask(0, Log.leaves(5)), 200)
        fork = Log.leaves(5, b"other", 3)
        self.check(request(5, [], self.log.note(fork)), 422)
        grown = Log.leaves(9, b"other", 3)
        self.check(self.log.ask(5, grown), 422)
        self.check(request(5, [], self.log.note(Log.leaves(9))), 422)
        proof = witness.consistency(Log.leaves(9), 5)
        self.check(request(5, proof + proof[:1], self.log.note(Log.leaves(9))), 422)
        self.check(request(0, proof[:1], self.log.note(Log.leaves(9))), 409, b"5\n",
                   "text/x.tlog.size")
        self.check(self.log.ask(5, Log.leaves(9)), 200)

    def test_an_unknown_log_a_false_signature_and_a_bad_old_size(self):
        self.check(Log("log.town.example/2").ask(0, Log.leaves(5)), 404)
        self.check(Log(self.log.origin).ask(0, Log.leaves(5)), 403)
        other = Log("log.town.example/2")
        self.check(request(0, [], other.note(Log.leaves(5), self.log.origin)), 403)
        self.check(request(6, [], self.log.note(Log.leaves(5))), 400)
        changed = self.log.ask(0, Log.leaves(5)).replace(b"\n5\n", b"\n6\n")
        self.check(changed, 403)

    def test_what_is_no_request_is_a_bad_one(self):
        good = self.log.ask(0, Log.leaves(5))
        for body in (b"", b"\n", b"old\n", good[4:], good.replace(b"old 0", b"old 00"),
                     good[:-1], good.replace(b"\n\n", b"\n", 1), b"\xff" * 100, good + b"\n",
                     request(3, [b"x" * 31], self.log.note(Log.leaves(5))),
                     request(3, [b"x" * 32] * 64, self.log.note(Log.leaves(5)))):
            self.assertIn(b"; ", self.check(body, 400), "says what to do")

    def test_other_methods_paths_and_sizes(self):
        for method in ("GET", "PUT", "DELETE"):
            answer = fetch(f"{self.witness.url}/add-checkpoint", method=method)
            self.assertEqual((answer[0], answer[3]["Allow"]), (405, "POST"))
        answer = fetch(self.witness.path(self.log.origin), b"x")
        self.assertEqual((answer[0], answer[3]["Allow"]), (405, "GET, HEAD"))
        for path in ("", "/", "/checkpoint", "/add-checkpoint/", "/../state/lock", "/lock"):
            self.assertEqual(fetch(self.witness.url + path)[0], 404, path)
        self.check(b"a" * 69633, 413)

    def test_a_body_without_a_length_is_bounded_too(self):
        with socket.create_connection(("127.0.0.1", self.witness.port), town.PATIENCE) as line:
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n")
            chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
            line.sendall(chunk * 2 + b"0\r\n\r\n")
            self.assertIn(b" 413 ", line.recv(64))

    def test_who_sends_slowly_holds_up_nobody(self):
        with socket.create_connection(("127.0.0.1", self.witness.port), town.PATIENCE) as line:
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nold")
            self.cosigned(self.log.ask(0, Log.leaves(5)), Log.leaves(5))

    def test_what_was_cosigned_is_remembered_over_a_restart_and_a_crash(self):
        self.check(self.log.ask(0, Log.leaves(5)), 200)
        self.witness.stop()
        self.witness.start()
        self.check(self.log.ask(0, Log.leaves(4)), 409, b"5\n", "text/x.tlog.size")
        self.check(self.log.ask(5, Log.leaves(9)), 200)
        self.witness.process.kill()
        self.witness.process.wait()
        self.witness.start()
        fork = Log.leaves(9, b"other", 6)
        self.check(request(9, [], self.log.note(fork)), 422)
        self.assertEqual(len(oracle.cosigned(fetch(self.witness.path(self.log.origin))[2],
                                             self.witness.cosigner)), 1)

    def refuses_to_start(self, reason, **changes):
        files = {"key": self.witness.key, "logs": self.witness.logs, "state": self.witness.state,
                 "listen": "127.0.0.1:0", **changes}
        answer = town.credctl("--json", "witness", "serve", *(
            word for name, value in files.items() for word in (f"--{name}", value)), code=None)
        self.assertNotEqual(answer.code, 0)
        self.assertEqual(answer.error["reason"], reason, answer)
        return answer

    def test_what_is_wrong_with_its_files_is_said_before_it_serves(self):
        self.refuses_to_start("BUSY")
        self.check(self.log.ask(0, Log.leaves(5)), 200)
        self.witness.stop()
        kept = [path for path in self.witness.state.iterdir() if path.name != "lock"]
        self.assertEqual(len(kept), 1)
        good = kept[0].read_bytes()
        kept[0].write_bytes(good.replace(b"\n5\n", b"\n4\n"))
        self.refuses_to_start("NOTE_SIGNATURE")
        kept[0].write_bytes(good)
        bad = self.folder / "bad"
        bad.write_text("# none\n")
        self.refuses_to_start("POLICY_SYNTAX", logs=bad)
        bad.write_text(f"log {self.witness.vkey}\n")
        self.assertIn("line 1", str(self.refuses_to_start("KEY_TYPE", logs=bad)))
        town.credctl("key", "generate", "no-witness", "--out", self.folder / "log.key")
        self.refuses_to_start("KEY_TYPE", key=self.folder / "log.key")
        self.witness.key.chmod(0o644)
        self.refuses_to_start("KEY_EXPOSED")
        self.witness.key.chmod(0o600)
        self.refuses_to_start("USAGE", listen="nowhere")
        self.witness.start()
        self.check(self.log.ask(5, Log.leaves(9)), 200)


if __name__ == "__main__":
    unittest.main()
