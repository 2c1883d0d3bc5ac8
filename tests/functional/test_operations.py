# SPDX-License-Identifier: Apache-2.0
"""test_operations.py - what who keeps the daemon running sees of it: figures, readiness, freshness, the
watchdog, the unit for systemd, limits that are refused at the start."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import town
import wire
from town import credctl, entity

SYSTEMD_ANALYZE = "systemd-analyze"
SANITIZED = town.BUILD.name == "san"
WHY_SKIPPED = "AddressSanitizer itself needs more memory than any limit; the plain flavour runs this"


def get(port, path, method="GET", data=None):
    """(status, text)"""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=town.PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def figures(port):
    """name with labels -> number, after a check of the format: each family has one HELP and one TYPE,
    and its samples follow them."""
    status, text = get(port, "/metrics")
    assert status == 200, text
    found, family, kind, seen = {}, None, None, set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
            assert family not in seen, f"{family} comes twice"
            seen.add(family)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family, line
        else:
            name, number = line.rsplit(" ", 1)
            bare = name.split("{")[0]
            if kind == "histogram":
                bare = re.sub(r"_(bucket|sum|count)$", "", bare)
            assert bare == family, f"{line} under {family}"
            assert name not in found, f"{name} comes twice"
            found[name] = float(number)
    return found


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.town = town.open_registry(metrics={"listen": "127.0.0.1:0"})
        cls.port = cls.town.lines("ready")[0]["metrics_port"]

    @classmethod
    def tearDownClass(cls):
        cls.town.remove()

    def enrol(self, *numbers):
        return [wire.enrolment(entity(number)) for number in numbers]

    def test_an_accepted_act_and_a_refused_one_are_counted(self):
        before = figures(self.port)
        self.town.submit(self.town.file(self.enrol(1)))
        self.town.submit(self.town.file(self.enrol(1)))
        self.town.settle()
        after = figures(self.port)
        self.assertEqual(after["credd_acts_accepted_total"],
                         before["credd_acts_accepted_total"] + 1)
        grown = [name for name in after if name.startswith("credd_acts_refused_total{")
                 and after[name] == before.get(name, 0) + 1]
        self.assertEqual(len(grown), 1, grown)
        self.assertGreaterEqual(after["credd_epochs_total"], before["credd_epochs_total"] + 2)
        self.assertGreater(after["credd_sync_seconds_count"],
                           before["credd_sync_seconds_count"] + 3)
        self.assertGreater(after["credd_sync_seconds_sum"], 0)
        self.assertEqual(after["credd_queue_filings"], 0)

    def test_calls_are_counted_by_method_and_code(self):
        name = ('grpc_server_handled_total{grpc_service="credit.v1.StatusService",'
                'grpc_method="GetStatus",grpc_code="%s"}')
        before = figures(self.port)
        self.town.run("status", entity(424242), code=town.NO)
        after = figures(self.port)
        self.assertEqual(after[name % "NOT_FOUND"], before.get(name % "NOT_FOUND", 0) + 1)

    def test_connections_and_memory_are_shown(self):
        with self.town.channel() as channel:
            wire.call(channel, "TransparencyService/GetCheckpoint", wire.new("GetCheckpointRequest"))
            now = figures(self.port)
            self.assertGreaterEqual(now["credd_connections"], 1)
        self.assertGreater(now["credd_private_memory_bytes"], 1 << 20)
        self.assertLess(now["process_open_fds"], now["process_max_fds"])
        self.assertGreater(now['credd_store_bytes{store="journal"}'], 0)
        self.assertGreater(now['credd_store_bytes{store="state"}'], 0)

    def test_tasks_are_counted(self):
        now = figures(self.port)
        self.assertEqual(now["credd_tasks_overdue"], 0)
        self.assertGreaterEqual(now["credd_tasks_open"], 0)

    def test_no_code_of_anybody_is_in_the_figures(self):
        self.town.submit(self.town.file(self.enrol(77)))
        _, text = get(self.port, "/metrics")
        for code in (entity(77), self.town.market.uscc, self.town.root):
            self.assertNotIn(code, text)

    def test_ready_and_fresh(self):
        self.assertEqual(get(self.port, "/ready"), (200, "ready\n"))
        status, text = get(self.port, "/fresh")
        self.assertEqual(status, 200)
        self.assertRegex(text, r"^published \d+\.\d{3} s ago\n$")

    def test_other_paths_and_methods_are_refused(self):
        self.assertEqual(get(self.port, "/")[0], 404)
        self.assertEqual(get(self.port, "/metrics/x")[0], 404)
        self.assertEqual(get(self.port, "/metrics", "POST", b"x=1")[0], 405)
        self.assertEqual(get(self.port, "/metrics", "DELETE")[0], 405)
        self.assertEqual(get(self.port, "/ready", "HEAD")[0], 200)

    def test_an_address_that_is_taken_ends_the_start_with_its_name(self):
        other = town.Registry(town.ORIGIN)
        try:
            other.found().set(metrics={"listen": f"127.0.0.1:{self.port}"})
            daemon = other.spawn()
            self.assertEqual(daemon.wait(town.PATIENCE), 3)
            self.assertIn("metrics.listen", other.lines("not-running")[0]["text"])
        finally:
            other.remove()


class Freshness(unittest.TestCase):
    def test_a_registry_that_cannot_publish_is_ready_and_not_fresh(self):
        """The clock of the daemon jumps three days: what is published is old by that much."""
        registry = town.Registry(town.ORIGIN)
        try:
            registry.found().set(metrics={"listen": "127.0.0.1:0"},
                                 publication={"at_least_ms": 60000})
            clock = town.Clock(registry.folder / "clock")
            clock.path.write_bytes((0).to_bytes(8, "little"))
            registry.start(**clock.variables)
            port = registry.lines("ready")[0]["metrics_port"]
            self.assertEqual(get(port, "/fresh")[0], 200)
            clock.path.write_bytes((3 * 86400).to_bytes(8, "little"))
            status, text = get(port, "/fresh")
            self.assertEqual(status, 503, text)
            self.assertRegex(text, r"^published 2592\d\d\.")
            self.assertEqual(get(port, "/ready")[0], 200)
        finally:
            registry.remove()


class Watchdog(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(self.folder / "notify"))
        self.notices.settimeout(town.PATIENCE)
        self.town = town.Registry(town.ORIGIN)
        self.town.found()

    def tearDown(self):
        self.town.remove()
        self.notices.close()
        shutil.rmtree(self.folder)

    def start(self):
        self.town.start(NOTIFY_SOCKET=str(self.folder / "notify"), WATCHDOG_USEC="400000")

    def notice(self):
        return self.notices.recv(4096).decode()

    def wait_for(self, wanted):
        while wanted not in self.notice().split("\n"):
            pass

    def test_the_manager_hears_of_the_start_of_life_and_of_the_end(self):
        self.start()
        self.wait_for("READY=1")
        for _ in range(3):
            self.assertEqual(self.notice(), "WATCHDOG=1")
        self.town.stop()
        self.wait_for("STOPPING=1")

    def test_a_daemon_that_stands_still_is_not_reported_as_alive(self):
        self.start()
        self.wait_for("WATCHDOG=1")
        self.town.daemon.send_signal(signal.SIGSTOP)
        try:
            self.notices.settimeout(0.5)
            with self.assertRaises(TimeoutError):
                for _ in range(5):  # what was sent before
                    self.notice()
        finally:
            self.town.daemon.send_signal(signal.SIGCONT)
        self.notices.settimeout(town.PATIENCE)
        self.wait_for("WATCHDOG=1")


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.town = town.Registry(town.ORIGIN)
        cls.town.found()

    @classmethod
    def tearDownClass(cls):
        cls.town.remove()

    def check(self, *limit):
        return subprocess.run(["prlimit", *limit, town.BUILD / "credd", "--config",
                               self.town.config, "--check-config"], capture_output=True, text=True,
                              env=town.environment(), check=False)

    def test_the_limits_of_this_machine_are_enough(self):
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_too_few_files_are_refused(self):
        done = self.check("--nofile=300:300")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("limits.connections", done.stderr)
        self.assertIn("1152 needed, 300 allowed", done.stderr)

    @unittest.skipIf(SANITIZED, WHY_SKIPPED)
    def test_too_little_memory_is_refused(self):
        done = self.check("--data=400000000")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("400000000 allowed by RLIMIT_DATA", done.stderr)


class Unit(unittest.TestCase):
    """The unit for systemd."""

    @classmethod
    def setUpClass(cls):
        text = (town.HOME / "credd/credd.service.in").read_text()
        cls.text = text.replace("@PREFIX@/sbin", str(town.BUILD))
        cls.settings = dict(re.findall(r"^(\w+)=(.*)$", cls.text, re.MULTILINE))

    def test_it_says_what_the_daemon_does(self):
        self.assertEqual(self.settings["Type"], "notify")
        self.assertEqual(self.settings["RestartPreventExitStatus"], "1 2")
        self.assertGreaterEqual(int(self.settings["LimitNOFILE"]), 1024 + 128)

    @unittest.skipIf(SANITIZED, WHY_SKIPPED)
    def test_what_it_allows_is_enough_for_the_settings_as_delivered(self):
        registry = town.Registry(town.ORIGIN)
        try:
            registry.found()
            megabytes = int(self.settings["MemoryMax"].removesuffix("G")) << 10
            done = subprocess.run(
                ["prlimit", f"--data={megabytes << 20}", town.BUILD / "credd",
                 "--config", registry.config, "--check-config"],
                capture_output=True, text=True, env=town.environment(), check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        finally:
            registry.remove()

    def test_systemd_understands_it_and_finds_it_tight(self):
        self.assertIsNotNone(shutil.which(SYSTEMD_ANALYZE),
                             "systemd-analyze is needed: apt-get install systemd")
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / "credd.service"
            unit.write_text(self.text)
            done = subprocess.run([SYSTEMD_ANALYZE, "verify", "--man=no", unit],
                                  capture_output=True, text=True, check=False)
            complaints = [line for line in done.stderr.splitlines() if "credd.service" in line]
            self.assertEqual(complaints, [])
            done = subprocess.run([SYSTEMD_ANALYZE, "security", "--offline=true",
                                   "--threshold=20", unit],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-600:] + done.stderr)


if __name__ == "__main__":
    unittest.main()
