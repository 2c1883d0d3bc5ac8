# SPDX-License-Identifier: Apache-2.0
"""Registries and their witnesses: two districts that watch each other, one that is rolled back,
witnesses that are down, hang or talk nonsense, and readers with policies of their own.
"""

import itertools
import shutil
import unittest

import oracle
import town
import wire
import witness

EAST, WEST = "credit.east.example/2026", "credit.west.example/2026"
NUMBERS = itertools.count(100)  # of entities


def policy_of(*witnesses, quorum="all", urls=True, log=None):
    """Witnesses are (name, vkey, url)."""
    lines = [f"log {log}"] if log else []
    lines += [f"witness {name} {vkey}" + (f" {url}" if urls else "") for name, vkey, url in witnesses]
    names = " ".join(name for name, _, _ in witnesses)
    return "\n".join([*lines, f"group g {quorum} {names}", "quorum g"]) + "\n"


class Witnessed(unittest.TestCase):
    """Registries and good witnesses are made once for a class."""

    @classmethod
    def registry(cls, origin=EAST):
        registry = town.open_registry(origin=origin, publication={"folder": "www"})
        cls.addClassCleanup(registry.remove)
        registry.submit(registry.file([wire.enrolment(town.entity(1))]))
        registry.settle()
        return registry

    @classmethod
    def witness(cls, registry, name, *logs):
        """One that `registry`'s district runs, watching these logs."""
        found = witness.Witness(registry.folder / name.split(".")[0], name, *logs)
        cls.addClassCleanup(found.stop)
        return found.start()

    def fake(self, answer):
        found = witness.Fake(answer)
        self.addCleanup(found.stop)
        return found

    def stranger(self, registry, name):
        """The public key of a witness that does not run."""
        key = registry.folder / f"{self._testMethodName}-{name}.key"
        town.credctl("key", "generate", f"{name}.town.example", "--witness", "--out", key)
        return key.with_suffix(".pub").read_text().strip()

    @staticmethod
    def restart(registry, policy, **settings):
        registry.stop()
        (registry.home / "witnesses").write_text(policy)
        registry.set(witnesses={"policy": "witnesses", "timeout_ms": 60000, **settings})
        return registry.start()

    def enrol(self, registry):
        """One more entity, acknowledged and published, whatever the witnesses do: its number."""
        number = next(NUMBERS)
        receipt = registry.submit(registry.file([wire.enrolment(town.entity(number))]))
        self.assertFalse(receipt.refusals)
        registry.settle()
        return number

    @staticmethod
    def proof(registry, number=1):
        request = wire.new("GetStatusProofRequest", name=f"entities/{town.entity(number)}/status")
        with registry.channel() as channel:
            bundle = wire.call(channel, "TransparencyService/GetStatusProof", request).proof
        return bundle, oracle.StatusProof(bundle, registry.verifier)

    @classmethod
    def wait_cosigned(cls, registry, *witnesses, number=1):
        """The bundle of an entity, once all of them have cosigned its publication."""
        def look():
            bundle, proof = cls.proof(registry, number)
            assert proof.enrolled
            return bundle if all(proof.cosigned(one.cosigner) for one in witnesses) else None
        return town.wait_until(look, "cosigned", registry.daemon)

    def failed_start(self, registry):
        daemon = registry.spawn()
        self.addCleanup(daemon.kill)
        self.assertEqual(daemon.wait(town.PATIENCE), 3)
        town.check_clean(daemon.pid)
        return registry.lines("not-running")[0]


class TwoDistricts(Witnessed):
    @classmethod
    def setUpClass(cls):
        cls.east, cls.west = cls.registry(EAST), cls.registry(WEST)
        vkeys = [one.log_vkey.read_text() for one in (cls.east, cls.west)]
        # Each district's witness watches the other's log.
        cls.east_witness = cls.witness(cls.east, "east.example/witness", vkeys[1])
        cls.west_witness = cls.witness(cls.west, "west.example/witness", vkeys[0])
        for registry, other in ((cls.east, cls.west_witness), (cls.west, cls.east_witness)):
            cls.restart(registry, policy_of(("other", other.vkey, other.url)))

    def test_each_others_checkpoints_are_cosigned_served_and_exported(self):
        for registry, other in ((self.east, self.west_witness), (self.west, self.east_witness)):
            self.wait_cosigned(registry, other)
            self.wait_cosigned(registry, other, number=self.enrol(registry))
            last = self.proof(registry)[1]
            served = town.wait_until(lambda: self.cosigned_head(registry, other), "served",
                                     registry.daemon)
            self.assertGreaterEqual(oracle.checkpoint(served, registry.verifier)[0], last.size)
            # The exported checkpoint, and the one that the witness shows to monitors.
            exported, place = registry.home / "www/checkpoint", other.path(registry.origin)
            town.wait_until(lambda: exported.read_bytes() == witness.fetch(place)[2],
                            "exported as cosigned", registry.daemon)
            monitored = witness.fetch(place)[2]
            self.assertGreaterEqual(oracle.checkpoint(monitored, registry.verifier)[0], last.size)
            self.assertEqual(len(oracle.cosigned(monitored, other.cosigner)), 1)
            registry.run("log", "checkpoint", "--registry", registry.log_vkey)

    def test_a_registry_rolled_back_with_its_head_file_is_caught_by_both(self):
        east = self.east
        self.wait_cosigned(east, self.west_witness)
        east.stop()
        old = east.folder / "old"
        shutil.copytree(east.home, old, symlinks=True)
        east.start()
        self.wait_cosigned(east, self.west_witness, number=self.enrol(east))
        east.stop()
        newest, last = east.folder / "newest", self.west_witness.path(EAST)
        seen = oracle.checkpoint(witness.fetch(last)[2], east.verifier)
        # Database, head file and published folder, all of one age: nothing here can tell.
        east.home.rename(newest)
        old.rename(east.home)
        said = self.failed_start(east)
        self.assertEqual(said["reason"], "WITNESS_AHEAD", said)
        self.assertIn("restore the newest copy", said["text"])
        self.assertIn(str(seen[0]), said["text"])

        # Started without asking, it signs a fork, and the witness refuses it.
        east.set(witnesses={})
        east.start()
        self.enrol(east)
        size, root = east.checkpoint()
        self.assertFalse(oracle.cosigned(self.note(east), self.west_witness.cosigner))
        answer = self.west_witness.ask(witness.request(0, [], self.note(east)))
        self.assertEqual(answer[:3], (409, "text/x.tlog.size", b"%d\n" % seen[0]))
        while size < seen[0] + 3:
            self.enrol(east)
            size, root = east.checkpoint()
        with east.channel() as channel:
            path = wire.call(channel, "TransparencyService/GetConsistencyProof", wire.new(
                "GetConsistencyProofRequest", old_size=seen[0], new_size=size)).path
        answer = self.west_witness.ask(witness.request(
            seen[0], oracle.hashes_of(path), self.note(east)))
        self.assertEqual(answer[0], 422, answer)
        # And so does the registry itself, as soon as it asks again.
        east.stop()
        east.set(witnesses={"policy": "witnesses"})
        said = self.failed_start(east)
        self.assertEqual(said["reason"], "WITNESS_FORK", said)
        # The witness has not moved; with the newest copy all is well again.
        self.assertEqual(oracle.checkpoint(witness.fetch(last)[2], east.verifier), seen)
        shutil.rmtree(east.home)
        newest.rename(east.home)
        east.start()
        self.wait_cosigned(east, self.west_witness, number=self.enrol(east))

    def note(self, registry):
        with registry.channel() as channel:
            return wire.call(channel, "TransparencyService/GetCheckpoint",
                             wire.new("GetCheckpointRequest")).checkpoint

    def cosigned_head(self, registry, other):
        note = self.note(registry)
        return note if oracle.cosigned(note, other.cosigner) else None


class BadWitnesses(Witnessed):
    """Beside a good one, which must be heard all the same."""

    @classmethod
    def setUpClass(cls):
        cls.east = cls.registry()
        cls.good = cls.witness(cls.east, "good.example/witness", cls.east.log_vkey.read_text())

    def tearDown(self):
        """A registry that no test needs to be afraid of."""
        self.east.stop()
        self.east.set(witnesses={})
        self.east.start()

    def run_beside(self, *others, **settings):
        self.restart(self.east, policy_of(("good", self.good.vkey, self.good.url), *others), **settings)
        self.wait_cosigned(self.east, self.good, number=self.enrol(self.east))

    def outcomes(self, name):
        return [line["outcome"] for line in self.east.lines("witness") if line["witness"] == name]

    def test_one_that_is_down_delays_nobody(self):
        self.run_beside(("down", self.stranger(self.east, "down"), "http://127.0.0.1:9"))
        self.assertEqual(self.outcomes("down")[0], "unreachable")
        self.assertEqual(self.outcomes("good")[0], "cosigned")

    def test_one_that_hangs_delays_nobody(self):
        asked_at_start = []

        def answer(_):
            # Silent, but for the question at the start, which is waited for.
            if not asked_at_start:
                asked_at_start.append(True)
                return 500, b"not yet\n"
            return None

        fake = self.fake(answer)
        self.run_beside(("slow", self.stranger(self.east, "slow"), fake.url))
        # It has been asked and is still silent while all of this is acknowledged and published.
        town.wait_until(lambda: len(fake.asked) > 1, "asked")
        self.wait_cosigned(self.east, self.good, number=self.enrol(self.east))
        self.assertFalse(fake.release.is_set())

    def test_one_that_talks_nonsense_is_named_and_not_believed(self):
        said, others = {}, []
        for number, answer in enumerate((
                (200, b""), (200, b"thank you\n"), (200, None), (200, b"\xff" * 100000), (204, b""),
                (301, b""), (400, b""), (403, b""), (404, b""), (409, b"many\n"), (409, b"0\n"),
                (500, b"0\n"))):
            name = f"mad{number}"
            vkey = self.stranger(self.east, name)
            if answer[1] is None:  # of the right form and size, and false
                owner, hash_text, _ = vkey.split("+", 2)
                data = oracle.base64.b64encode(bytes.fromhex(hash_text) + bytes(72)).decode()
                answer = (200, f"\u2014 {owner} {data}\n".encode())
            fake = self.fake(lambda _, answer=answer: answer)
            said[name] = fake
            others.append((name, vkey, fake.url + "/a/b/"))
        self.run_beside(*others, needed_at_start=1)
        for name, fake in said.items():
            self.assertTrue(fake.asked)
            found = set(self.outcomes(name))
            self.assertEqual(found & {"cosigned", "ahead", "fork", "unreachable"}, set(), name)
        self.assertEqual(self.outcomes("mad7")[0], "forbidden")
        self.assertEqual(self.outcomes("mad8")[0], "unknown-log")

    def test_a_witness_that_claims_more_or_something_else_ends_the_start(self):
        vkey = self.stranger(self.east, "other")
        for said, reason in (((409, b"4611686018427387904\n"), "WITNESS_AHEAD"),
                             ((422, b"no\n"), "WITNESS_FORK"), ((409, b""), "WITNESS_FORK")):
            with self.subTest(said=said):
                fake = self.fake(lambda _, said=said: said)
                self.east.stop()
                (self.east.home / "witnesses").write_text(policy_of(("other", vkey, fake.url)))
                self.east.set(witnesses={"policy": "witnesses"})
                said = self.failed_start(self.east)
                self.assertEqual(said["reason"], reason, said)
                self.east.set(witnesses={})
                self.east.start()

    def test_the_configuration_may_ask_for_witnesses_before_anything_is_signed(self):
        down = ("down", self.stranger(self.east, "down"), "http://127.0.0.1:9")
        self.run_beside(down, needed_at_start=1)
        self.east.stop()
        size = self.proof_size()
        self.east.set(witnesses={"policy": "witnesses", "needed_at_start": 2})
        said = self.failed_start(self.east)
        self.assertEqual(said["reason"], "WITNESS_SILENT", said)
        self.east.set(witnesses={"policy": "witnesses", "needed_at_start": 1})
        self.assertEqual(self.proof_size(), size, "nothing was signed")
        self.east.start()

    def proof_size(self):
        return town.credctl("--json", "fsck", self.east.home).values[-1]["leaves"]

    def test_a_policy_that_cannot_be_asked_by_is_refused_before_the_start(self):
        self.east.stop()
        vkey = self.stranger(self.east, "one")
        self.east.set(witnesses={"policy": "witnesses"})
        good = ("one", vkey, "http://127.0.0.1:9")
        other = witness.Log("credit.elsewhere.example/1").vkey
        for text, reason, word in (
                (policy_of(good, urls=False), "CONFIG_VALUE", "URL"),
                (policy_of(("one", vkey, "ftp://x")), "CONFIG_VALUE", "http"),
                (policy_of(good, log=other), "CONFIG_VALUE", "logs"),
                ("quorum none", "POLICY_SYNTAX", "line 1"),
                ("# nothing\n", "POLICY_SYNTAX", "quorum")):
            with self.subTest(reason=reason, word=word):
                (self.east.home / "witnesses").write_text(text)
                found = town.subprocess.run(
                    [town.BUILD / "credd", "--config", self.east.config, "--check-config"],
                    capture_output=True, text=True, env=town.environment(), check=False)
                self.assertEqual(found.returncode, 1, found)
                self.assertIn("witnesses.policy", found.stderr)
                self.assertIn(word, found.stderr)
                self.assertEqual(self.failed_start(self.east)["reason"], reason)
        (self.east.home / "witnesses").write_text(policy_of(good, log=self.east.log_vkey.read_text().strip()))
        self.east.start()


class Readers(Witnessed):
    """Three witnesses, and what `credctl verify --witnesses` makes of their cosignatures."""

    @classmethod
    def setUpClass(cls):
        cls.east = cls.registry()
        vkey = cls.east.log_vkey.read_text()
        cls.witnesses = [cls.witness(cls.east, f"{name}.example/witness", vkey) for name in "abc"]
        cls.restart(cls.east, policy_of(*cls.named()))
        cls.bundle = cls.wait_cosigned(cls.east, *cls.witnesses)
        (cls.east.folder / "shown.proof").write_bytes(cls.bundle)

    @classmethod
    def named(cls):
        return [(one.name.split(".")[0], one.vkey, one.url) for one in cls.witnesses]

    def verify(self, policy, file="shown.proof", **options):
        (self.east.folder / "policy").write_text(policy)
        return self.east.run("verify", file, "--key", self.east.log_vkey, "--witnesses", "policy",
                             **options)

    def test_a_quorum_that_is_met_is_said_with_names_and_times(self):
        shown = self.verify(policy_of(*self.named(), urls=False))
        for words in ("PROVED", "3 of the policy's 3", "met", "a", "b", "c", "from 20"):
            self.assertIn(words, shown.out)
        shown = self.verify(policy_of(*self.named(), quorum="2"), lang="zh")
        self.assertIn("已达到要求", shown.out)
        (self.east.folder / "policy").write_text(policy_of(*self.named()))
        value = self.east.json("verify", "shown.proof", "--key", self.east.log_vkey, "-w", "policy").value
        self.assertEqual(value["witnesses"]["cosigned"], ["a", "b", "c"])
        self.assertTrue(value["witnesses"]["quorum"] and value["fresh"])
        self.assertEqual(value["witnesses"]["carried"], 3)

    def test_a_quorum_that_is_not_met_is_exit_code_1_and_the_reason(self):
        strangers = [(name, self.stranger(self.east, name), "http://x") for name in ("x", "y")]
        policy = policy_of(*self.named(), *strangers, quorum="4")
        shown = self.verify(policy, code=1)
        self.assertIn("NOT WITNESSED", shown.out)
        self.assertNotIn("\nPROVED", "\n" + shown.out)
        self.assertIn("too few of the policy's witnesses", shown.err)
        self.assertIn("见证不足", self.verify(policy, code=1, lang="zh").out)
        answer = self.east.json("verify", "shown.proof", "--key", self.east.log_vkey, "--witnesses",
                                "policy", code=1)
        self.assertFalse(answer.values[0]["witnesses"]["quorum"])
        self.assertEqual(answer.error["reason"], "QUORUM")
        self.verify(policy_of(*self.named(), *strangers, quorum="3"))

    def test_groups_of_witnesses_and_a_policy_of_another_log(self):
        lines = "".join(f"witness {name} {vkey}\n" for name, vkey, _ in self.named())
        self.verify(lines + "group ab all a b\ngroup g 2 ab c\nquorum g\n")
        self.verify("quorum none\n")
        log = self.east.log_vkey.read_text()
        self.verify(f"log {log}" + lines + "quorum b\n")
        other = witness.Log(EAST).vkey
        self.assertIn("NOT PROVED", self.verify(f"log {other}\n" + lines + "quorum b\n", code=1).out)

    def test_without_a_policy_they_are_counted_and_not_believed(self):
        shown = self.east.run("verify", "shown.proof", "--key", self.east.log_vkey)
        self.assertIn("3 cosignatures not checked", shown.out)

    def test_a_policy_that_is_wrong_is_refused_with_its_line(self):
        shown = self.verify("# mine\nwitness a b\nquorum a\n", code=1)
        self.assertIn("policy: line 2", shown.err)

    def test_what_is_no_status_proof_has_no_witnesses(self):
        (self.east.folder / "other").write_bytes(b"a receipt, or nothing at all")
        shown = self.verify("quorum none\n", "other", code=1)
        self.assertIn("only a status proof carries cosignatures", shown.err)

    def test_one_altered_byte_is_refused_by_the_tool(self):
        bundle = bytearray(self.bundle)
        policy = policy_of(*self.named())
        self.assertEqual(bundle[:4], b"CRP2")
        for place in [*range(0, len(bundle) - 3 * 76, 97), *range(len(bundle) - 3 * 76, len(bundle), 19)]:
            bundle[place] ^= 1
            (self.east.folder / "forged.proof").write_bytes(bundle)
            self.verify(policy, "forged.proof", code=1)
            bundle[place] ^= 1

    def test_a_scanned_code_carries_them_too(self):
        def scan():
            self.wait_cosigned(self.east, *self.witnesses)
            (self.east.folder / "shown.png").unlink(missing_ok=True)
            self.east.run("status", town.entity(1), "--qr", "shown.png")
            read = town.subprocess.run(["zbarimg", "--raw", "-q", self.east.folder / "shown.png"],
                                       capture_output=True, check=True)
            (self.east.folder / "scanned.txt").write_bytes(read.stdout)
            # A publication may have come in between.
            return self.verify(policy_of(*self.named()), "scanned.txt", code=None).code == town.DONE

        town.wait_until(scan, "scanned with its cosignatures", self.east.daemon)


if __name__ == "__main__":
    unittest.main()
