#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""soak.py - a registry under mixed load for as long as asked, and the proof at the end.

Method. A registry is founded with ENTITIES entities enrolled and an act filed for each: so many that an
hour's filings make a handful for each, or what grows with what is kept would be taken for drift. Three loads,
statuses, statuses with proof and filings of one signed act, run at once: first as fast as they can, which is
what the machine can do, then each at seven tenths of that, in rounds, at a pace that the clock sets, so that a
slow answer does not make the next question later. After each round memory, latency and errors are noted. At
the end the daemon is stopped and everything is proved: every act that was acknowledged is in the log, statuses
drawn at random prove themselves, fsck derives everything again.

It fails when a call fails, when an acknowledged act is missing, when a proof does not hold, when fsck
objects, when private memory after the first quarter still grows by more than MEMORY_DRIFT, and, with
--latency, when the last quarter's 99th percentile is more than LATENCY_DRIFT times that of the second and it
has risen from round to round more than chance would have it: single rounds differ by more than that, with the
disk (the machine must be quiet for that to mean something).

The last line is one JSON object with the figures.
"""

import argparse
import csv
import json
import pathlib
import statistics
import subprocess
import sys
import time
import urllib.request

HOME = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME / "tests/functional"))

import oracle  # noqa: E402
import town  # noqa: E402
import wire  # noqa: E402

METHODS = ("GetStatus", "GetStatusProof", "Submit")
SHARE = 0.7  # of what the machine can do
MEMORY_DRIFT = 1.10
MEMORY_SLACK = 16 << 20  # allocators keep what they had
LATENCY_DRIFT = 1.5
TREND = 0.5  # Kendall's tau; by chance one in a hundred of twelve rounds, and none of a hundred
PROBES = 200
MANIFEST = 1000
FILL_MS = 3600000  # at most: it ends with its filings
IN_FLIGHT = 64  # of each connection: enough to catch up after the daemon has published
NAME = "示例县清源食品有限公司"


def memory(port):
    """credd_private_memory_bytes"""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("credd_private_memory_bytes "):
                return int(float(line.split()[1]))
    raise AssertionError("no figure of memory")


class Soak:
    def __init__(self, entities):
        self.registry = town.open_registry(metrics={"listen": "127.0.0.1:0"})
        self.port = self.registry.lines("ready")[0]["metrics_port"]
        self.codes = [town.entity(number) for number in range(entities)]
        self.file = self.registry.folder / "codes"
        self.file.write_text("".join(f"{code}\n" for code in self.codes))
        self.acknowledged = 0
        self.seed = 0

    def enrol(self):
        """As a registrar does: a base register, one act."""
        with open(self.registry.folder / "base.csv", "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["企业名称", "统一社会信用代码"])
            writer.writerows((NAME, code) for code in self.codes)
        answer = self.registry.json("entity", "load", "base.csv", "--edition", "示例县登记库",
                                    "--as-of", town.days_ago(1), *self.registry.market.signing)
        assert answer.values[-1]["enrolled"] == len(self.codes), answer
        self.before = self.registry.acts()

    def fill(self):
        """An act for each entity, in manifests: a registry that is empty grows by all it is given."""
        manifests = -(-len(self.codes) // MANIFEST)
        process = self.load("Submit", FILL_MS, items=MANIFEST, filings=manifests, in_flight=4)
        self.begin([process])
        self.finish("filling", process)
        self.before = self.registry.acts()

    def load(self, method, milliseconds, rate=None, items=1, filings=None, in_flight=IN_FLIGHT):
        """Starts credload, which waits; a fresh seed, so that no filing is sent twice."""
        self.seed += 1
        market = self.registry.market
        words = ["--server", f"unix:{self.registry.socket}", "--method", method, "--codes", self.file,
                 "--connections", "2", "--in-flight", in_flight, "--time", milliseconds, "--warm-up", "0",
                 "--seed", self.seed, "--wait"]
        if rate:
            words += ["--rate", max(1, int(rate))]
        if method == "Submit":
            words += ["--origin", town.ORIGIN, "--issuer", market.uscc, "--sign", market.key, "--items", items,
                      "--filings", filings or int((rate or 20000) * milliseconds / 1000) + 100]
        return subprocess.Popen([town.BUILD / "credload", *map(str, words)], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, method, process):
        out, err = process.communicate()
        if process.returncode != 0:
            raise AssertionError(f"{method}: {err or out}")
        done = json.loads(out)
        if method == "Submit":
            self.acknowledged += done["calls"] - done["refused"] - done["errors"]
        return done

    @staticmethod
    def begin(processes):
        """All at once: sealing filings takes its time before."""
        for process in processes:
            process.stderr.readline()
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()

    def run_all(self, milliseconds, rate_of):
        running = {method: self.load(method, milliseconds, rate_of(method)) for method in METHODS}
        self.begin(running.values())
        return {method: self.finish(method, process) for method, process in running.items()}

    def capacity(self, milliseconds):
        """Of the second of two rounds: what is written in the first begins to reach the disk in the second."""
        for _ in range(2):
            done = self.run_all(milliseconds, lambda method: None)
        return {method: done[method]["rate"] for method in METHODS}

    def round(self, milliseconds, capacity):
        done = self.run_all(milliseconds, lambda method: capacity[method] * SHARE)
        return {"memory": memory(self.port), **done}

    def prove(self):
        """Everything that was acknowledged is there, and what is there proves itself."""
        acts = self.registry.acts()
        if acts - self.before != self.acknowledged:
            raise AssertionError(f"{self.acknowledged} acts were acknowledged, {acts - self.before} are logged")
        step = max(1, len(self.codes) // PROBES)
        for code in self.codes[::step]:
            request = wire.new("GetStatusProofRequest", name=f"entities/{code}/status")
            with self.registry.channel() as channel:
                answer = wire.call(channel, "TransparencyService/GetStatusProof", request)
            assert oracle.StatusProof(answer.proof, self.registry.verifier).enrolled, code
        self.registry.stop()
        self.registry.run("fsck", self.registry.home)


def quarter(rounds, number):
    size = max(1, len(rounds) // 4)
    return rounds[number * size:(number + 1) * size] if number < 3 else rounds[-size:]


def worst(rounds, method):
    return statistics.median(one[method]["p99_us"] for one in rounds)


def trend(values):
    """Kendall's tau: 1 when each is more than all before it, 0 when as many rise as fall."""
    pairs = [(a, b) for at, a in enumerate(values) for b in values[at + 1:]]
    return sum((b > a) - (b < a) for a, b in pairs) / len(pairs)


def judge(rounds, latency):
    """Sentences about what drifted."""
    faults = []
    early = max(one["memory"] for one in quarter(rounds, 1))
    late = max(one["memory"] for one in quarter(rounds, 3))
    if late > early * MEMORY_DRIFT + MEMORY_SLACK:
        faults.append(f"private memory grew from {early >> 20} to {late >> 20} MiB")
    for method in METHODS if latency else ():
        first, last = worst(quarter(rounds, 1), method), worst(quarter(rounds, 3), method)
        tau = trend([one[method]["p99_us"] for one in rounds[len(rounds) // 4:]])
        if last > first * LATENCY_DRIFT and tau > TREND:
            faults.append(f"{method}: the 99th percentile went from {first:.0f} to {last:.0f} us")
    return faults


def figures(rounds, capacity, entities, seconds):
    def p99(number):
        return {method: round(worst(quarter(rounds, number), method)) for method in METHODS}

    return {"name": "soak", "minutes": round(seconds / 60, 2), "rounds": len(rounds),
            "entities": entities,
            "calls": sum(one[method]["calls"] for one in rounds for method in METHODS),
            "filings": sum(one["Submit"]["calls"] for one in rounds),
            "capacity_per_second": {method: round(rate) for method, rate in capacity.items()},
            "share": SHARE, "errors": 0, "acknowledged_acts_lost": 0,
            "private_memory_mib": [one["memory"] >> 20 for one in (rounds[0], rounds[-1])],
            "p99_us_second_quarter": p99(1), "p99_us_last_quarter": p99(3)}


def run(minutes, entities, round_seconds, latency, say):
    soak = Soak(entities)
    try:
        soak.enrol()
        soak.fill()
        capacity = soak.capacity(round_seconds * 1000)
        say(f"{entities} entities; a second at most: "
            + ", ".join(f"{method} {rate:.0f}" for method, rate in capacity.items()))
        rounds, begun = [], time.monotonic()
        while time.monotonic() - begun < minutes * 60 or len(rounds) < 4:
            rounds.append(soak.round(round_seconds * 1000, capacity))
            one = rounds[-1]
            say(f"{(time.monotonic() - begun) / 60:6.1f} min  {one['memory'] >> 20} MiB  p99 "
                + ", ".join(f"{method} {one[method]['p99_us'] / 1000:.1f} ms" for method in METHODS))
        seconds = time.monotonic() - begun
        faults = judge(rounds, latency)
        say("proving")
        soak.prove()
    finally:
        soak.registry.remove()
    return faults, figures(rounds, capacity, entities, seconds)


def main():
    parser = argparse.ArgumentParser(description="a registry under mixed load, proved at the end")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--entities", type=int, default=900000)
    parser.add_argument("--round-seconds", type=int, default=30)
    parser.add_argument("--latency", action="store_true", help="latency that drifts is a fault")
    options = parser.parse_args()
    faults, result = run(options.minutes, options.entities, options.round_seconds, options.latency,
                         lambda text: print(text, flush=True))
    for fault in faults:
        print(f"FAILED: {fault}")
    print(json.dumps(result))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
