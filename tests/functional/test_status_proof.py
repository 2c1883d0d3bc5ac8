# SPDX-License-Identifier: Apache-2.0
"""Statuses that prove themselves: fetched from the real daemon, checked without it.

Two verifiers look at each bundle: credctl verify, and oracle.py, which has nothing of the library in it.
"""

import subprocess
import unittest

import grpc
import oracle
import town
import wire

LISTED, CLEAN, ABSENT = town.entity(1), town.entity(2), town.entity(77)


def setUpModule():
    global TOWN
    TOWN = town.open_registry()
    unittest.addModuleCleanup(TOWN.remove)
    TOWN.submit(TOWN.file([wire.enrolment(town.entity(n)) for n in range(1, 31)]))
    TOWN.run("list", "add", "--entity", LISTED, "--list", "black.market-serious", "--ground", "heavy-fine",
             "--instrument", "samr-44-2021", "--document", "示市监列〔2026〕9号", "--date",
             town.days_ago(3), "--fact", "情节严重", *TOWN.market.signing)
    TOWN.settle()


def bundle_of(code):
    request = wire.new("GetStatusProofRequest", name=f"entities/{code}/status")
    with TOWN.channel() as channel:
        return wire.call(channel, "TransparencyService/GetStatusProof", request).proof


class StatusProof(unittest.TestCase):
    def test_an_independent_verifier_agrees_on_listed_clean_and_not_enrolled(self):
        for code, enrolled in ((LISTED, True), (CLEAN, True), (ABSENT, False)):
            with self.subTest(code=code):
                proof = oracle.StatusProof(bundle_of(code), TOWN.verifier)
                self.assertEqual((proof.enrolled, proof.code), (enrolled, code))
                self.assertEqual(proof.map_size, 30)
                if enrolled:
                    plain, _, answer = TOWN.status(code)
                    self.assertEqual(proof.status, answer.status)
                    self.assertEqual(len(plain.lists), 1 if code == LISTED else 0)

    def test_a_bundle_fits_into_one_qr_code(self):
        # 2,953 bytes in binary; 2,350 leave room for three witnesses and ten million entities.
        for code in (LISTED, CLEAN, ABSENT):
            self.assertLessEqual(len(bundle_of(code)), 2350)

    def test_a_mistyped_code_is_explained_and_not_proved_absent(self):
        wrong = ABSENT[:-1] + ("0" if ABSENT[-1] != "0" else "1")
        with self.assertRaises(grpc.RpcError) as caught:
            bundle_of(wrong)
        self.assertTrue(wire.Refusal(caught.exception).reason.startswith("USCC_"))

    def test_the_tool_writes_proofs_and_verifies_them_with_the_daemon_stopped(self):
        for code, word, end in ((LISTED, "BLACK LIST", town.DONE), (CLEAN, "on no list", town.DONE),
                                (ABSENT, "not the same as clean", 1)):
            name = f"{code}.proof"
            TOWN.run("status", code, "--proof", name, code=end)
        TOWN.stop()
        try:
            for code, word in ((LISTED, "BLACK LIST"), (CLEAN, "on no list"),
                               (ABSENT, "not the same as clean")):
                shown = TOWN.run("verify", f"{code}.proof", "--key", TOWN.log_vkey)
                self.assertIn("PROVED", str(shown))
                self.assertIn(word, str(shown))
            bundle = bytearray((TOWN.folder / f"{CLEAN}.proof").read_bytes())
            for place in range(0, len(bundle), 7):
                bundle[place] ^= 1
                (TOWN.folder / "forged.proof").write_bytes(bundle)
                TOWN.run("verify", "forged.proof", "--key", TOWN.log_vkey, code=1)
                bundle[place] ^= 1
        finally:
            TOWN.start()

    def test_a_proof_too_old_for_the_asker_is_true_and_refused(self):
        TOWN.run("status", CLEAN, "--proof", "aged.proof")
        TOWN.run("verify", "aged.proof", "--key", TOWN.log_vkey, "--max-age", "1d")
        shown = TOWN.run("verify", "aged.proof", "--key", TOWN.log_vkey, "--max-age", "1d",
                         code=1, **town.earlier(-2))
        self.assertIn("PROVED", str(shown))

    def test_an_independent_reader_of_qr_codes_hands_on_what_verifies(self):
        for code, word, end in ((LISTED, "BLACK LIST", town.DONE), (CLEAN, "on no list", town.DONE),
                                (ABSENT, "not the same as clean", 1)):
            with self.subTest(code=code):
                TOWN.run("status", code, "--qr", "shown.png", "--proof", "shown.proof", code=end)
                read = subprocess.run(["zbarimg", "--raw", "-q", TOWN.folder / "shown.png"],
                                      capture_output=True, check=True)
                (TOWN.folder / "scanned.txt").write_bytes(read.stdout)
                shown = TOWN.run("verify", "scanned.txt", "--key", TOWN.log_vkey)
                self.assertIn("PROVED", str(shown))
                self.assertIn(word, str(shown))
                for file in ("shown.png", "shown.proof"):
                    (TOWN.folder / file).unlink()

    def test_a_picture_and_a_damaged_text_are_refused_by_name(self):
        TOWN.run("status", CLEAN, "--qr", "picture.png")
        self.assertIn("scan", str(TOWN.run("verify", "picture.png", "--key", TOWN.log_vkey, code=3)))
        (TOWN.folder / "cut.txt").write_text("CRP:0")
        self.assertIn("base45", str(TOWN.run("verify", "cut.txt", "--key", TOWN.log_vkey, code=1)))


if __name__ == "__main__":
    unittest.main()
