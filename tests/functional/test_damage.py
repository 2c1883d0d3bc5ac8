# SPDX-License-Identifier: Apache-2.0
"""Files that disks have damaged: told, refused, and never served as an answer that verifies.

Thousands of places are tried by tests/damage in process; here a few hundred of them, and what a clerk sees of
it through the real programs.
"""

import json
import os
import subprocess
import unittest

import town
import wire

# Thousands in `make check-long`.
TRIALS = os.environ.get("CREDIT_DAMAGE_TRIALS", "200")


class AtRandomPlaces(unittest.TestCase):
    def run_trials(self, *options):
        return subprocess.run([wire.BUILD / "tests/damage", *options], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def test_no_answer_that_verifies_is_wrong_and_fsck_sees_all_that_matters(self):
        run = self.run_trials("--trials", TRIALS)
        self.assertEqual(run.returncode, 0, run.stdout)
        counts = json.loads(run.stdout.splitlines()[-1])
        self.assertEqual(counts["tried"], int(TRIALS))
        for bad in ("wrong_verified", "unseen", "fsck_crashed", "hung"):
            self.assertEqual(counts[bad], 0, run.stdout)
        for met in ("refused_opening", "refused_answers", "harmless"):
            self.assertGreater(counts[met], 0, "the trials do not reach what they are for")

    def test_an_answer_that_is_wrong_would_be_seen(self):
        """Asked about another truth than the registry was made with, it must come out as a liar."""
        run = self.run_trials("--trials", "5", "--seed", "5", "--another-truth")
        self.assertEqual(run.returncode, 1, run.stdout)
        self.assertGreater(json.loads(run.stdout.splitlines()[-1])["wrong_verified"], 0)


class AsAClerkSeesIt(unittest.TestCase):
    def setUp(self):
        self.town = town.open_registry()
        self.addCleanup(self.town.remove)
        self.town.stop()
        self.state = self.town.home / "data/state/data.mdb"

    def fsck(self, code, *options):
        return town.credctl("--json", "fsck", self.town.home, *options, code=code).values

    def test_a_sound_registry_has_no_faults_in_any_publication(self):
        report = self.fsck(town.DONE, "--every-publication")[-1]
        self.assertEqual(report["faults"], 0)
        self.assertGreater(report["signatures"], 0)

    def test_a_cut_off_file_is_told_with_what_it_means_and_what_to_do(self):
        os.truncate(self.state, self.state.stat().st_size - 8192)
        *faults, report = self.fsck(town.NO)
        self.assertGreaterEqual(report["faults"], 1)
        self.assertEqual(faults[0]["fault"], "PAGE")
        self.assertTrue(faults[0]["place"].startswith("state page "))
        for part in ("what", "means", "remedy"):
            self.assertTrue(faults[0][part])
        chinese = town.credctl("--lang", "zh", "fsck", self.town.home, code=town.NO).out
        self.assertIn("处理", chinese)

    def test_the_remedy_works_the_state_is_built_again(self):
        data = bytearray(self.state.read_bytes())
        for at in range(0, len(data), 97):
            data[at] ^= 16
        self.state.write_bytes(data)
        self.assertGreaterEqual(self.fsck(town.NO)[-1]["faults"], 1)
        (self.town.home / "data/state").rename(self.town.home / "data/damaged")
        self.assertEqual(self.fsck(town.DONE)[-1]["faults"], 0)


class Encrypted(unittest.TestCase):
    """A backup that its own machine cannot read."""

    def test_it_comes_back_with_its_key_and_with_no_other(self):
        registry = town.open_registry()
        self.addCleanup(registry.remove)
        folder, home = registry.folder / "backups", registry.home
        for name in ("holder", "other"):
            town.credctl("key", "generate", name, "--out", registry.folder / f"{name}.key")
        public = (registry.folder / "holder.pub").read_text().strip()
        with registry.channel() as channel:
            asked = wire.call(channel, "TransparencyService/GetCheckpoint",
                              wire.new("GetCheckpointRequest"))
        (registry.folder / "asked").write_bytes(asked.checkpoint)
        name = registry.json("backup", folder, "--encrypt-to", public).value["name"]
        registry.stop()
        whole = folder / name
        self.assertTrue((whole / "journal.sealed").exists())
        self.assertFalse((whole / "journal").exists())
        self.assertEqual([path for path in (home / "data").iterdir()
                          if path.name.startswith("backup-")], [])
        (home / "data/journal").rename(registry.folder / "lost")
        (home / "data/state").rename(registry.folder / "lost-state")
        (home / "head").unlink()  # the daemon may have published once more when it stopped
        for options, reason in (((), "BACKUP_SEALED"),
                                (("--key", registry.folder / "other.key"), "BACKUP_KEY")):
            answer = town.credctl("--json", "restore", whole, home, *options, code=town.NO)
            self.assertEqual(answer.error["reason"], reason)
        town.credctl("restore", whole, home, "--key", registry.folder / "holder.key",
                     "--head-from-backup", "--asked", registry.folder / "asked")
        self.assertEqual(
            town.credctl("--json", "fsck", home).values[-1]["faults"], 0)


if __name__ == "__main__":
    unittest.main()
