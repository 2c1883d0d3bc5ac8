# SPDX-License-Identifier: Apache-2.0
"""The bench works: its parts run together, its results are whole, its table is made from them.

Nothing is timed. Data sets have a thousand entities and runs last fractions of a second, so that what is
measured means nothing; whether `make bench` would measure is all that is tested.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
HOME = pathlib.Path(__file__).resolve().parents[2]
MARKS = ("<!-- figures: written by `make bench-report` -->", "<!-- end of figures -->")


class Bench(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_bench(self, *options):
        command = [BUILD / "bench_figures", "--build", BUILD, "--folder", self.folder, *options]
        return subprocess.run(command, cwd=HOME, text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def results(self):
        lines = (self.folder / "results.jsonl").read_text().splitlines()
        return {result["name"]: result for result in map(json.loads, lines)}

    def test_a_figure_runs_daemon_peer_and_load(self):
        done = self.run_bench("--smallest", "--only", "read.unary")
        self.assertEqual(done.returncode, 0, done.stderr)
        detail = self.results()["read.unary_vs_echo"]["detail"]
        self.assertEqual(detail["entities"], 1000)
        self.assertGreater(detail["tcp_mtls"]["server_us_per_call"]["ours"]["median"], 0)
        self.assertIn("machine", detail)
        self.assertEqual(done.stdout.splitlines(), (self.folder / "results.jsonl").read_text().splitlines())

    def test_rows_are_imported_into_a_copy(self):
        done = self.run_bench("--smallest", "--only", "import.csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        result = self.results()["import.csv"]
        self.assertGreater(result["value"], 0)
        self.assertEqual(result["detail"]["runs"], 5)
        left = {path.name for path in self.folder.iterdir()}
        self.assertIn("data-4-million-smallest", left)
        self.assertNotIn("running", left)

    def test_a_peer_that_is_not_there_is_missing_with_a_remedy(self):
        """PostgreSQL's client is not in this folder of programs, whether or not there is a PostgreSQL."""
        programs = self.folder / "programs"
        programs.mkdir()
        for name in ("credd", "credctl", "credload"):
            (programs / name).symlink_to(BUILD / name)
        done = self.run_bench("--smallest", "--only", "write.vs_postgres", "--build", programs)
        self.assertEqual(done.returncode, 3, done.stderr)
        for name in ("write.vs_postgres", "write.vs_postgres_64"):
            self.assertIsNone(self.results()[name]["value"])
            self.assertIn("apt-get install", self.results()[name]["detail"]["remedy"])

    def test_the_jobs_whose_instructions_are_counted_are_done(self):
        program, town = BUILD / "bench_instructions", self.folder / "town"
        subprocess.run([program, "prepare", town], cwd=HOME, check=True, timeout=120)
        for job, number in (("proof", 500), ("act_alone", 256)):
            done = subprocess.run([program, job, town], cwd=HOME, check=True, timeout=120,
                                  text=True, stdout=subprocess.PIPE)
            self.assertEqual(done.stdout, f"{number}\n")

    def test_no_figure_of_that_name(self):
        done = self.run_bench("--only", "read.nothing")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no figure is called read.nothing", done.stderr)

    def result(self, name, value, **detail):
        whole = {"machine": "two cores", "when": "2026-01-02T03:04:05Z", "quick": False,
                 "min": 0.5, "max": 2.0, "reached": value is not None, **detail}
        return json.dumps({"name": name, "value": value, "unit": "ratio", "detail": whole})

    def report(self, *results):
        document = self.folder / "document.md"
        document.write_text("before\n%s\nold\n%s\nbehind\n" % MARKS)
        (self.folder / "results.jsonl").write_text("\n".join(results) + "\n")
        done = self.run_bench("--report", document)
        self.assertEqual(done.returncode, 0, done.stderr)
        before, table = document.read_text().split(MARKS[0])
        table, behind = table.split(MARKS[1])
        self.assertEqual((before, behind), ("before\n", "\nbehind\n"))
        return table

    def test_the_table_tells_machine_value_and_reach(self):
        table = self.report(self.result("read.unary_vs_echo", 0.875))
        self.assertIn("two cores:", table)
        self.assertIn("| read.unary_vs_echo | 0.875 ratio | 0.5 to 2 | >= 0.85 | yes |", table)
        self.assertNotIn("old", table)

    def test_a_quick_run_does_not_hide_a_full_one(self):
        table = self.report(self.result("growth.read", 1.25), self.result("growth.read", 9, quick=True))
        self.assertIn("| growth.read | 1.25 ratio |", table)
        self.assertNotIn("quick", table)

    def test_a_missing_figure_is_told_with_its_reason(self):
        table = self.report(self.result("read.vs_node", None, missing="Node is not installed",
                                        remedy="install it"))
        self.assertIn("read.vs_node", table)
        self.assertIn("Node is not installed; install it", table)

    def test_a_missing_figure_does_not_hide_a_measured_one(self):
        table = self.report(self.result("read.vs_node", 3.5),
                            self.result("read.vs_node", None, missing="gone", remedy="come back"))
        self.assertIn("| read.vs_node | 3.5 ratio |", table)
        self.assertNotIn("gone", table)


if __name__ == "__main__":
    unittest.main()
