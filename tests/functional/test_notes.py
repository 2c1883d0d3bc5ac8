# SPDX-License-Identifier: Apache-2.0
"""Checkpoints are C2SP signed notes, as others read them.

Two readers look: oracle.py, from the published text with the arithmetic of RFC 8032, and the
openssl command, which knows nothing of notes but checks the signature over the bytes.
"""

import base64
import hashlib
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import oracle
import town
import wire

# What precedes the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo: RFC 8410, section 4.
SPKI = bytes.fromhex("302a300506032b6570032100")


def setUpModule():
    global TOWN, NOTE
    TOWN = town.Registry()
    unittest.addModuleCleanup(TOWN.remove)
    TOWN.found().start().enrol_offices()
    TOWN.submit(TOWN.file([wire.enrolment(town.entity(n)) for n in range(1, 4)]))
    TOWN.settle()
    with TOWN.channel() as channel:
        NOTE = wire.call(channel, "TransparencyService/GetCheckpoint",
                         wire.new("GetCheckpointRequest")).checkpoint


class Note(unittest.TestCase):
    def test_the_oracle_knows_a_published_vector(self):
        # RFC 8032, section 7.1, TEST 2.
        seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
        public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        signature = bytes.fromhex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        self.assertEqual(oracle.ed25519_public(seed), public)
        self.assertEqual(oracle.ed25519_sign(seed, b"\x72"), signature)
        self.assertTrue(oracle.ed25519_verify(public, b"\x72", signature))
        self.assertFalse(oracle.ed25519_verify(public, b"\x73", signature))

    def test_text_and_signature_have_the_published_form(self):
        text, _, signatures = NOTE.decode().rpartition("\n\n")
        self.assertRegex(text, r"\A[^\n]+\n(0|[1-9][0-9]*)\n[A-Za-z0-9+/]{43}=\Z")
        self.assertEqual(text.split("\n")[0], town.ORIGIN)
        self.assertRegex(signatures, rf"\A\u2014 {re.escape(town.ORIGIN)} [A-Za-z0-9+/]+=*\n\Z")

    def test_the_signature_names_the_key_by_its_hash(self):
        signed = oracle.base64_strict(NOTE.decode().split()[-1])
        public = TOWN.verifier.public
        expected = hashlib.sha256(town.ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
        self.assertEqual(signed[:4], expected)
        self.assertEqual(len(signed), 4 + 64)

    def test_size_and_root_are_those_of_the_leaves(self):
        size, root = oracle.checkpoint(NOTE, TOWN.verifier)
        with TOWN.channel() as channel:
            leaves = [wire.call(channel, "TransparencyService/GetInclusionProof",
                                wire.new("GetInclusionProofRequest", leaf_index=at,
                                         tree_size=size)).leaf_hash for at in range(size)]
        self.assertEqual(oracle.tree_root(leaves), root)

    def test_no_changed_note_passes(self):
        for at in range(len(NOTE)):
            changed = NOTE[:at] + bytes([NOTE[at] ^ 1]) + NOTE[at + 1:]
            with self.subTest(at), self.assertRaises(ValueError):
                oracle.checkpoint(changed, TOWN.verifier)

    def test_openssl_agrees(self):
        text, signature = NOTE[:NOTE.rfind(b"\n\n") + 1], base64.b64decode(NOTE.split()[-1])[4:]
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        (folder / "key.der").write_bytes(SPKI + TOWN.verifier.public)
        (folder / "signature").write_bytes(signature)

        def verify(data):
            (folder / "text").write_bytes(data)
            return subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
                 "key.der", "-rawin", "-in", "text", "-sigfile", "signature"],
                cwd=folder, capture_output=True, timeout=wire.PATIENCE).returncode

        self.assertEqual(verify(text), 0)
        self.assertNotEqual(verify(text + b" "), 0)


class Credctl(unittest.TestCase):
    """The same note through the command line."""

    def test_it_prints_the_note_as_it_is(self):
        answer = TOWN.run("log", "checkpoint", "--registry", TOWN.log_vkey)
        self.assertIn(NOTE.decode(), answer.out)

    def test_it_refuses_the_key_of_another(self):
        TOWN.run("log", "checkpoint", "--registry", TOWN.home / "keys/system.pub",
                 code=town.NO)


if __name__ == "__main__":
    unittest.main()
