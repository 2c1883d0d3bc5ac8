#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""abuse.py - one client means harm, another one works: what does the second notice?

    abuse.py [--seconds 10] [--only NAME,...] [--report FILE]

For each attack of attacks.py: a well-behaved client over TLS from another address asks for the status
of a code again and again, one call at a time, and its latencies are taken while the attack runs; every
half second it also comes anew, with a connection of its own. The daemon's memory is watched. Afterwards
the daemon must answer at once and have closed what it opened.

    HELD  no call of the others failed or took longer than WAIT_MS, none of those who came anew was
          turned away, and the daemon's memory grew by less than GROWTH_MB

A line for each attack; with --report a Markdown table as well. The exit code is 1 when anything did not
hold. Latencies are of this machine, on which the attacker runs too.
"""

import argparse
import dataclasses
import pathlib
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "functional")]

import grpc  # noqa: E402

import attacks  # noqa: E402
import town  # noqa: E402
import wire  # noqa: E402

WAIT_MS = 2000
GROWTH_MB = 512  # what the daemon may take while it writes
PAUSE = 0.005  # seconds between two calls of the well-behaved client


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def open_files(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


class Neighbour(threading.Thread):
    """Somebody who works while others attack."""

    def __init__(self, registry):
        super().__init__(daemon=True)
        self.registry, self.stopping = registry, threading.Event()
        self.milliseconds, self.failures, self.arrivals = [], [], 0

    def call(self, channel, timed):
        begun = time.monotonic()
        try:
            wire.call(channel, "TransparencyService/GetCheckpoint",
                      wire.new("GetCheckpointRequest"), timeout=10)
        except grpc.RpcError as error:
            self.failures.append(f"{error.code().name} {error.details()}")
        if timed:
            self.milliseconds.append((time.monotonic() - begun) * 1000)

    def run(self):
        last = 0.0
        with self.registry.channel(tcp=True) as channel:
            while not self.stopping.is_set():
                self.call(channel, True)
                if time.monotonic() - last > 0.5:
                    last = time.monotonic()
                    with self.registry.channel(tcp=True) as anew:
                        self.call(anew, False)
                    self.arrivals += 1
                time.sleep(PAUSE)

    def stop(self):
        self.stopping.set()
        self.join()

    def p99(self):
        ordered = sorted(self.milliseconds)
        return ordered[len(ordered) * 99 // 100] if ordered else float("inf")


@dataclasses.dataclass
class Outcome:
    name: str
    calls: int
    p99: float
    worst: float
    failures: list
    grown: float
    attacker: str

    @property
    def why_not(self):
        if self.failures:
            return f"{len(self.failures)} calls failed: {self.failures[0]}"
        if self.worst > WAIT_MS:
            return f"a call took {self.worst:.0f} ms"
        if self.grown > GROWTH_MB:
            return f"memory grew by {self.grown:.0f} MB"
        return None


def beside(registry, name, seconds):
    """Runs an attack (None: nothing) beside a well-behaved client."""
    pid = registry.daemon.pid
    before = most = resident_mb(pid)
    neighbour = Neighbour(registry)
    attacker, said = None, ""
    if name:
        attacker = subprocess.Popen(
            [sys.executable, HERE / "attacks.py", name, str(registry.port), str(seconds)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        time.sleep(0.2)
    neighbour.start()
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end and registry.daemon.poll() is None:
            most = max(most, resident_mb(pid))
            time.sleep(0.05)
    finally:
        if attacker:
            try:
                said = attacker.communicate(timeout=15)[0].strip()
            except subprocess.TimeoutExpired:
                said = "it had to be stopped"
            attacker.kill()
            attacker.wait()
        neighbour.stop()
    assert registry.daemon.poll() is None, f"{name} ended the daemon"
    return Outcome(name or "nobody", len(neighbour.milliseconds), neighbour.p99(),
                   max(neighbour.milliseconds, default=float("inf")), neighbour.failures,
                   most - before, said.splitlines()[-1] if said else "")


def settle(registry, files):
    """Waits until the daemon has closed what the attack had opened."""
    town.wait_until(lambda: open_files(registry.daemon.pid) <= files, "connections closed")


def run(registry, names, seconds):
    """The outcomes; that of nobody first."""
    quiet = beside(registry, None, max(2, seconds / 4))
    files = open_files(registry.daemon.pid) + 2
    yield quiet
    for name in names:
        outcome = beside(registry, name, seconds)
        settle(registry, files)
        yield outcome


def open_registry(**limits):
    registry = town.Registry()
    registry.found().set(limits=limits).start()
    return registry


def main():
    parser = argparse.ArgumentParser(description="Attacks on a daemon that serves others.")
    parser.add_argument("--seconds", type=float, default=10, help="of each attack")
    parser.add_argument("--only", default=",".join(attacks.ATTACKS), metavar="NAME,...")
    parser.add_argument("--report", type=pathlib.Path)
    arguments = parser.parse_args()
    registry = open_registry()
    table = ("| attack | others' calls | p99 ms | worst ms | failed | memory grew MB |\n"
             "|---|---|---|---|---|---|\n")
    failed = 0
    try:
        for outcome in run(registry, arguments.only.split(","), arguments.seconds):
            why_not = outcome.why_not
            failed += why_not is not None
            print(f"{'HELD' if why_not is None else 'NOT '} {outcome.name:<20}"
                  f"{outcome.calls:>6} calls, p99 {outcome.p99:8.1f} ms, worst "
                  f"{outcome.worst:8.1f} ms, {len(outcome.failures)} failed, memory "
                  f"+{outcome.grown:.0f} MB  ({outcome.attacker}) {why_not or ''}", flush=True)
            table += (f"| {outcome.name} | {outcome.calls} | {outcome.p99:.1f} | "
                      f"{outcome.worst:.0f} | {len(outcome.failures)} | {outcome.grown:.0f} |\n")
    finally:
        registry.remove()
    if arguments.report:
        arguments.report.parent.mkdir(parents=True, exist_ok=True)
        arguments.report.write_text(table)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
