# SPDX-License-Identifier: Apache-2.0
"""Clients that misuse the protocol below the messages: each limit of the daemon's, and that others are served.

tests/abuse holds the attacks and runs each of them for longer, with figures (make abuse).
"""

import pathlib
import resource
import socket
import sys
import time
import unittest

import town
import wire

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "abuse"))

import abuse  # noqa: E402
import attacks  # noqa: E402
import h2  # noqa: E402

ADDRESSES = 8  # connections of one address, in the town of this file


def setUpModule():
    global TOWN
    TOWN = abuse.open_registry(connections_per_address=ADDRESSES, handshake_ms=500, stall_ms=1000,
                               vain_calls=50, unheard_bytes=16 << 20)
    unittest.addModuleCleanup(TOWN.remove)


class Limits(unittest.TestCase):
    """What one client may take. Each test comes from an address of its own."""

    def setUp(self):
        with TOWN.channel(tcp=True) as channel:
            self.ask(channel)

    tearDown = setUp  # nothing that a test did keeps others out

    def ask(self, channel):
        wire.call(channel, "TransparencyService/GetCheckpoint", wire.new("GetCheckpointRequest"))

    def said(self, text):
        """Waits for a line of the log."""
        town.wait_until(lambda: [line for line in TOWN.lines() if text in line.get("text", "")],
                        text, TOWN.daemon)

    def test_an_address_has_so_many_connections_and_no_more(self):
        kept = [h2.Connection(TOWN.port, "127.0.1.1") for _ in range(ADDRESSES)]
        with self.assertRaises(OSError):
            h2.Connection(TOWN.port, "127.0.1.1")
        h2.Connection(TOWN.port, "127.0.1.2").close()
        for connection in kept:
            self.assertNotEqual(connection.take(0.01), None, "those who were there stay")
            connection.close()
        end = time.monotonic() + wire.PATIENCE
        while True:  # their places come free
            try:
                h2.Connection(TOWN.port, "127.0.1.1").close()
                break
            except OSError:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)

    def test_a_handshake_that_never_ends_is_ended(self):
        silent = socket.create_connection(("127.0.0.1", TOWN.port), 10, ("127.0.2.1", 0))
        half = socket.create_connection(("127.0.0.1", TOWN.port), 10, ("127.0.2.1", 0))
        half.sendall(attacks.client_hello()[:100])
        slow = h2.Connection(TOWN.port, "127.0.2.1", greet=False)
        slow.send(h2.PREFACE[:10])
        for connection in (silent, half):
            connection.settimeout(wire.PATIENCE)
            try:
                self.assertEqual(connection.recv(100), b"")
            except ConnectionResetError:
                pass
            connection.close()
        self.assertTrue(slow.closed_within(wire.PATIENCE))
        slow.close()

    def test_an_answer_that_nobody_takes_is_dropped(self):
        greedy = h2.Connection(TOWN.port, "127.0.3.1", window=0)
        greedy.send(h2.call(1, attacks.CHECKPOINT, b""))
        self.said("calls ended whose answers nobody took")
        greedy.close()

    def test_who_goes_on_calling_in_vain_is_shut_out(self):
        greedy = h2.Connection(TOWN.port, "127.0.4.1", window=0)
        self.addCleanup(greedy.close)
        try:  # more than limits.calls leaves for one address, and nothing of it is fetched
            for first in range(1, 10000, 200):
                greedy.send(b"".join(h2.call(stream, attacks.CHECKPOINT, b"")
                                     for stream in range(first, first + 200, 2)))
        except OSError:
            pass
        self.said("goes on calling in vain and is shut out")
        self.assertTrue(greedy.closed_within(wire.PATIENCE))
        with self.assertRaises(OSError):
            h2.Connection(TOWN.port, "127.0.4.1")

    def grown_by_endless(self, address, fields, pause):
        """The megabytes that a header without an end costs until it is ended."""
        endless = h2.Connection(TOWN.port, address)
        self.addCleanup(endless.close)
        before = abuse.resident_mb(TOWN.daemon.pid)
        endless.send(h2.frame(h2.HEADERS, 0, 1, h2.request(attacks.STATUS)))
        more = h2.frame(h2.CONTINUATION, 0, 1, fields)
        with self.assertRaises(OSError):
            for _ in range(100 << 20 >> 14):
                endless.send(more)
                time.sleep(pause)
        self.said("that had sent")
        return abuse.resident_mb(TOWN.daemon.pid) - before

    def test_a_header_without_an_end_is_ended(self):
        grown = self.grown_by_endless("127.0.5.1", h2.literal(b"a", b"b" * 16000), 0.0005)
        self.assertLess(grown, abuse.GROWTH_MB)

    def test_a_header_that_core_is_slow_with_is_ended_long_before(self):
        """Three million fields would do before unheard_bytes does, at a hundred bytes each."""
        grown = self.grown_by_endless("127.0.5.2", h2.literal(b"a", b"b") * 3000, 0)
        self.assertLess(grown, 250)

    def test_running_out_of_files_is_a_pause_and_not_the_end(self):
        """gRPC's own listener never accepts again after one EMFILE (CVE-2023-4785)."""
        pid = TOWN.daemon.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        waiting = []
        with TOWN.channel(tcp=True) as channel:
            self.ask(channel)
            resource.prlimit(pid, resource.RLIMIT_NOFILE,
                             (abuse.open_files(pid) + 2, before[1]))
            try:
                for number in range(20):
                    waiting.append(socket.create_connection(
                        ("127.0.0.1", TOWN.port), 10, (f"127.0.6.{number + 1}", 0)))
                self.ask(channel)  # who was there is served
            finally:
                resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for connection in waiting:
            connection.close()


class Neighbours(unittest.TestCase):
    """Everything else at once for a moment: the others keep their service."""

    SECONDS = 1.0
    NAMES = ("half-handshakes", "rapid-reset", "unfinished-messages", "floods", "unread-answers",
             "many-continuations", "noise")

    def test_others_are_served_while_somebody_does_harm(self):
        registry = abuse.open_registry()
        self.addCleanup(registry.remove)
        for outcome in abuse.run(registry, self.NAMES, self.SECONDS):
            with self.subTest(outcome.name):
                self.assertEqual(outcome.failures, [])
                self.assertGreater(outcome.calls, 0)
                self.assertLess(outcome.grown, abuse.GROWTH_MB)


if __name__ == "__main__":
    unittest.main()
