# SPDX-License-Identifier: Apache-2.0
"""test_soak.py - a soak of a few seconds: what the long one watches is watched, and what it would object to
is objected to. Nothing is timed here."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "soak"))

import soak  # noqa: E402


def round_of(memory, p99=1000.0):
    return {"memory": memory, **{method: {"p99_us": p99} for method in soak.METHODS}}


class Short(unittest.TestCase):
    def test_a_few_seconds_of_everything_and_all_is_proved(self):
        faults, result = soak.run(minutes=0, entities=500, round_seconds=1, latency=False,
                                  say=lambda text: None)
        self.assertEqual(faults, [])
        self.assertEqual(result["rounds"], 4)
        self.assertGreater(result["filings"], 0)


class Judgement(unittest.TestCase):
    def test_a_registry_that_holds_is_not_blamed(self):
        self.assertEqual(soak.judge([round_of(100 << 20)] * 8, True), [])

    def test_memory_that_grows_is_a_fault(self):
        rounds = [round_of(megabytes << 20) for megabytes in range(100, 900, 100)]
        self.assertRegex(soak.judge(rounds, False)[0], "private memory grew from 400 to 800 MiB")

    def test_latency_that_drifts_is_a_fault_when_it_is_asked_for(self):
        rounds = [round_of(1 << 20, p99=100.0 * number) for number in range(1, 9)]
        self.assertEqual(len(soak.judge(rounds, True)), len(soak.METHODS))
        self.assertEqual(soak.judge(rounds, False), [])

    def test_rounds_that_differ_and_do_not_rise_are_no_drift(self):
        rounds = [round_of(1 << 20, p99) for p99 in (300, 100, 120, 110, 500, 90, 200, 300)]
        self.assertGreater(soak.worst(soak.quarter(rounds, 3), "Submit"),
                           soak.worst(soak.quarter(rounds, 1), "Submit") * soak.LATENCY_DRIFT)
        self.assertEqual(soak.judge(rounds, True), [])

    def test_an_act_that_was_acknowledged_and_is_not_there_is_found(self):
        one = soak.Soak(10)
        try:
            one.enrol()
            one.acknowledged = 1
            with self.assertRaisesRegex(AssertionError, "1 acts were acknowledged, 0 are logged"):
                one.prove()
        finally:
            one.registry.remove()


if __name__ == "__main__":
    unittest.main()
