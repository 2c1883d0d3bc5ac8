# SPDX-License-Identifier: Apache-2.0
"""What others may send: damaged, forged, replayed, made out to somebody else, or plain noise.

After each of these the log must be as long as before, and the daemon must serve as before.
"""

import os
import random
import re
import socket
import time
import unittest
import uuid

import grpc

import oracle
import town
import wire


def setUpModule():
    global TOWN
    TOWN = town.open_registry()
    unittest.addModuleCleanup(TOWN.remove)


class Hostile(unittest.TestCase):
    """Filings over one channel of the operator; a new entity for each filing."""

    number = 0

    @classmethod
    def setUpClass(cls):
        channel = TOWN.channel()
        cls.channel = channel.__enter__()
        cls.addClassCleanup(channel.__exit__, None, None, None)

    @staticmethod
    def fresh():
        Hostile.number += 1
        return wire.enrolment(town.entity(Hostile.number))

    def send(self, filing, **fields):
        return wire.call(self.channel, "FilingService/Submit",
                         wire.new("SubmitRequest", filing=filing, **fields)).receipt

    def refused(self, filing, reason, code=None, **fields):
        before = TOWN.acts()
        refused = wire.refusal(lambda: self.send(filing, **fields))
        self.assertEqual(refused.reason, reason, refused)
        if code:
            self.assertEqual(refused.code, code)
        self.assertEqual(TOWN.acts(), before)
        return refused

    def refused_acts(self, filing):
        """The reasons of a filing that was taken and its acts refused."""
        before = TOWN.acts()
        receipt = self.send(filing)
        self.assertEqual(len(receipt.accepted), 0)
        self.assertEqual(TOWN.acts(), before)
        statement = wire.CONTRACT.type("credit.v1.RefusalStatement").FromString(receipt.refusals)
        self.assertEqual(statement.manifest_digest, wire.manifest_digest(filing.manifest))
        return [refusal.reason for refusal in sorted(statement.refusals,
                                                     key=lambda refusal: refusal.index)]

    def refused_raw(self, data):
        refused = wire.refusal(lambda: wire.raw(self.channel, "FilingService/Submit", data))
        self.assertNotIn(refused.code, wire.FAULTS, refused)


class Damaged(Hostile):
    def test_no_part_of_a_filing_is_taken(self):
        request = wire.new("SubmitRequest", filing=TOWN.file([self.fresh()])).SerializeToString()
        before = TOWN.acts()
        for length in range(len(request)):
            self.refused_raw(request[:length])
        self.assertEqual(TOWN.acts(), before)

    def test_no_changed_bit_is_taken(self):
        request = wire.new("SubmitRequest", filing=TOWN.file([self.fresh()])).SerializeToString()
        before = TOWN.acts()
        for at in range(len(request)):
            changed = bytearray(request)
            changed[at] ^= 1 << at % 8
            self.refused_raw(bytes(changed))
        self.assertEqual(TOWN.acts(), before)
        wire.raw(self.channel, "FilingService/Submit", request)
        self.assertEqual(TOWN.acts(), before + 1)

    def test_more_than_a_thousand_acts(self):
        acts = [self.fresh()] * 1001
        self.refused(TOWN.file(acts), "MANIFEST_COUNT")

    def test_an_act_that_is_too_long_is_refused_alone(self):
        long = wire.penalty(town.entity(1), TOWN.market.uscc, TOWN.market.name,
                            licence_withdrawn="证" * 20000)
        good = self.fresh()
        receipt = self.send(TOWN.file([long, good]))
        self.assertEqual([accepted.index for accepted in receipt.accepted], [1])

    def test_an_attachment_that_the_act_does_not_ask_for(self):
        filing = TOWN.file([self.fresh()])
        filing.acts[0].attachment = b"x" * 1000
        self.refused(filing, "ATTACHMENT")

    def test_openings_of_another_size(self):
        filing = TOWN.file([self.fresh()])
        filing.acts[0].opening = filing.acts[0].opening[:31]
        self.refused(filing, "FIELD_SIZE")


class Signatures(Hostile):
    def key(self, office):
        return wire.Key(office.key)

    def test_a_signature_over_something_else(self):
        filing = TOWN.file([self.fresh()])
        filing.signature = wire.sign(filing.manifest + b" ", self.key(TOWN.market))
        self.refused(filing, "SIGNATURE_INVALID", grpc.StatusCode.UNAUTHENTICATED)

    def test_a_signature_of_another_type_of_document(self):
        filing = TOWN.file([self.fresh()])
        filing.signature = oracle.ed25519_sign(
            self.key(TOWN.market).seed, oracle.pae(wire.REFUSAL_TYPE, filing.manifest))
        self.refused(filing, "SIGNATURE_INVALID")

    def test_the_signature_of_another_key_under_the_right_name(self):
        filing = TOWN.file([self.fresh()])
        filing.signature = wire.sign(filing.manifest, self.key(TOWN.tax))
        self.refused(filing, "SIGNATURE_INVALID")

    def test_a_signature_with_an_answer_beyond_the_order(self):
        # RFC 8032, 5.1.7: S must be in range; S + L would verify where that is not checked.
        filing = TOWN.file([self.fresh()])
        answer = int.from_bytes(filing.signature[32:], "little") + oracle.L
        filing.signature = filing.signature[:32] + answer.to_bytes(32, "little")
        self.refused(filing, "SIGNATURE_INVALID")

    def test_the_key_of_another_department(self):
        filing = wire.filing([self.fresh()], town.ORIGIN, TOWN.market.uscc, self.key(TOWN.tax))
        self.refused(filing, "KEY_UNKNOWN", grpc.StatusCode.UNAUTHENTICATED)

    def test_a_key_that_nobody_enrolled(self):
        town.credctl("key", "generate", "stranger", "--out", TOWN.folder / "stranger.key")
        filing = wire.filing([self.fresh()], town.ORIGIN, TOWN.market.uscc,
                             wire.Key(TOWN.folder / "stranger.key"))
        self.refused(filing, "KEY_UNKNOWN")

    def test_an_authority_that_is_not_enrolled(self):
        filing = wire.filing([self.fresh()], town.ORIGIN, town.authority(77),
                             self.key(TOWN.market))
        refused = wire.refusal(lambda: self.send(filing))
        self.assertIn(refused.reason, ("AUTHORITY_UNKNOWN", "KEY_UNKNOWN"))

    def test_a_revoked_key(self):
        office = town.Office(TOWN.folder, 8, "示例县司法局", "justice")
        town.credctl("key", "generate", office.uscc, "--out", office.key)
        TOWN.run("authority", "enrol", "--uscc", office.uscc, "--name", office.name,
                 "--public-key", office.vkey, "--sign", TOWN.root_key)
        TOWN.grant(office, "registrar")
        receipt = self.send(TOWN.file([self.fresh()], office))
        self.assertEqual(len(receipt.accepted), 1)
        TOWN.run("authority", "revoke-key", "--uscc", office.uscc, "--key", office.vkey,
                 "--reason", "密钥遗失", "--sign", TOWN.root_key)
        self.refused(TOWN.file([self.fresh()], office), "KEY_REVOKED")


class Manifests(Hostile):
    def changed(self, reason, **changes):
        return self.refused(TOWN.file([self.fresh()], **changes), reason)

    def test_another_registry(self):
        refused = self.changed("MANIFEST_ORIGIN", origin="credit.elsewhere.example/2026")
        self.assertIn(town.ORIGIN, refused.text)

    def test_expired(self):
        now = wire.now_ms()
        self.changed("MANIFEST_EXPIRED", created_at=now - 2 * wire.DAY_MS,
                     not_after=now - wire.DAY_MS)

    def test_valid_for_longer_than_seven_days(self):
        now = wire.now_ms()
        self.changed("MANIFEST_LIFETIME", created_at=now, not_after=now + 7 * wire.DAY_MS + 1)

    def test_created_tomorrow(self):
        now = wire.now_ms()
        self.changed("MANIFEST_FUTURE", created_at=now + wire.DAY_MS,
                     not_after=now + 2 * wire.DAY_MS)

    def test_a_clock_two_minutes_ahead_is_tolerated(self):
        now = wire.now_ms()
        receipt = self.send(TOWN.file([self.fresh()], created_at=now + 120000,
                                      not_after=now + wire.DAY_MS))
        self.assertEqual(len(receipt.accepted), 1)

    def test_other_acts_than_were_signed(self):
        self.changed("MANIFEST_COUNT", count=2)
        self.changed("MANIFEST_ROOT", root=bytes(32))
        filing = TOWN.file([self.fresh(), self.fresh()])
        filing.acts[0].CopyFrom(filing.acts[1])
        self.refused(filing, "MANIFEST_ROOT")

    def test_a_manifest_that_is_not_canonical(self):
        sealed = wire.seal([self.fresh()])
        key = wire.Key(TOWN.market.key)
        manifest = wire.manifest_of(sealed, town.ORIGIN, TOWN.market.uscc, key)
        for tail, reasons in ((b"\x30\x00", {"NOT_CANONICAL"}),
                              (b"\x7a\x01x", {"UNKNOWN_FIELD", "NOT_CANONICAL"})):
            longer = manifest + tail
            filing = wire.new("Filing", manifest=longer, signature=wire.sign(longer, key),
                              acts=sealed)
            self.assertIn(wire.refusal(lambda: self.send(filing)).reason, reasons)


class Replayed(Hostile):
    def test_the_same_filing_gets_its_first_receipt(self):
        filing = TOWN.file([self.fresh(), self.fresh()])
        first = self.send(filing)
        before = TOWN.acts()
        again = self.send(filing)
        self.assertEqual(again.SerializeToString(), first.SerializeToString())
        with TOWN.channel(TOWN.tax) as channel:
            carried = wire.call(channel, "FilingService/Submit",
                                wire.new("SubmitRequest", filing=filing)).receipt
        self.assertEqual(carried.SerializeToString(), first.SerializeToString())
        self.assertEqual(TOWN.acts(), before)

    def test_a_refused_filing_gets_its_first_refusal(self):
        filing = TOWN.file([self.fresh()], TOWN.office)
        first, again = self.send(filing), self.send(filing)
        self.assertEqual(again.SerializeToString(), first.SerializeToString())

    def test_a_request_id_stands_for_one_filing(self):
        one, other = TOWN.file([self.fresh()]), TOWN.file([self.fresh()])
        name = str(uuid.uuid4())
        first = self.send(one, request_id=name)
        again = self.send(one, request_id=name)
        self.assertEqual(again.SerializeToString(), first.SerializeToString())
        self.refused(other, "REQUEST_ID_REUSED", grpc.StatusCode.ALREADY_EXISTS, request_id=name)
        self.assertEqual(len(self.send(other).accepted), 1)

    def test_a_request_id_that_is_no_uuid(self):
        for name in ("1", str(uuid.uuid4()) + "0", "x" * 36, "-" * 36):
            self.refused(TOWN.file([self.fresh()]), "FIELD_SIZE", request_id=name)

    def test_an_act_that_was_filed_before_in_a_new_envelope(self):
        key = wire.Key(TOWN.market.key)
        sealed = wire.seal([self.fresh()])

        def envelope(created):
            manifest = wire.manifest_of(sealed, town.ORIGIN, TOWN.market.uscc, key,
                                        created_at=created)
            return wire.new("Filing", manifest=manifest, signature=wire.sign(manifest, key),
                            acts=sealed)

        now = wire.now_ms()
        self.assertEqual(len(self.send(envelope(now)).accepted), 1)
        self.assertEqual(self.refused_acts(envelope(now + 1)), ["COMMITMENT_USED"])

    def test_an_act_twice_in_one_filing(self):
        key = wire.Key(TOWN.market.key)
        sealed = wire.seal([self.fresh()]) * 2
        manifest = wire.manifest_of(sealed, town.ORIGIN, TOWN.market.uscc, key)
        receipt = self.send(wire.new("Filing", manifest=manifest, acts=sealed,
                                     signature=wire.sign(manifest, key)))
        self.assertEqual([accepted.index for accepted in receipt.accepted], [0])

    def test_a_dry_run_changes_nothing_and_may_be_followed_by_the_real_one(self):
        filing = TOWN.file([self.fresh()])
        before = TOWN.acts()
        dry = self.send(filing, validate_only=True)
        self.assertEqual((dry.checkpoint, dry.refusals), (b"", b""))
        self.assertEqual(TOWN.acts(), before)
        self.assertEqual(len(self.send(filing).accepted), 1)


class Rules(Hostile):
    """Signed by the right key, and still not allowed."""

    def listing(self, **changes):
        fields = {"entity_uscc": town.entity(1), "list": town.BLACK, "ground": "heavy-fine",
                  "instrument": "samr-44-2021", "document_no": "示市监列〔2026〕1号",
                  "decision_date": wire.days(), "fact": "情节严重"}
        return wire.new("Act", listing=wire.new("Listing", **{**fields, **changes}))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        wire.call(cls.channel, "FilingService/Submit", wire.new(
            "SubmitRequest", filing=TOWN.file([wire.enrolment(town.entity(5001))])))

    def test_a_front_office_decides_nothing(self):
        self.assertEqual(self.refused_acts(TOWN.file([self.fresh()], TOWN.office)),
                         ["NOT_GRANTED"])

    def test_a_department_keeps_no_list_of_another(self):
        act = self.listing(entity_uscc=town.entity(5001))
        self.assertEqual(self.refused_acts(TOWN.file([act], TOWN.tax)), ["NOT_GRANTED"])

    def test_a_department_enrols_no_authority(self):
        act = wire.new("Act", authority_enrolment=wire.new(
            "AuthorityEnrolment", authority_uscc=town.authority(66), name="假机关"))
        self.assertEqual(self.refused_acts(TOWN.file([act])), ["NOT_GRANTED"])

    def test_nobody_founds_the_registry_again(self):
        act = wire.new("Act", registry_founding=wire.new(
            "RegistryFounding", origin="credit.other.example", root_uscc=TOWN.market.uscc,
            root_name="新根", suite=1, root_key=TOWN.verifier.public,
            log_key=TOWN.verifier.public, system_key=TOWN.verifier.public))
        self.assertIn(self.refused_acts(TOWN.file([act])), (["FOUNDING"], ["NOT_GRANTED"]))

    def test_nobody_but_the_registry_says_that_time_has_passed(self):
        act = wire.new("Act", publication_end=wire.new(
            "PublicationEnd", entity_uscc=town.entity(5001), record=bytes(16),
            date=wire.days()))
        self.assertNotEqual(self.refused_acts(TOWN.file([act])), [])

    def test_no_listing_without_a_basis(self):
        entity = town.entity(5001)
        for changes, reason in (({"list": "black.nothing"}, ("LIST_UNKNOWN", "NOT_GRANTED")),
                                ({"instrument": "sat-12-2025"}, ("LEGAL_BASIS",)),
                                ({"ground": "grade-a"}, ("REASON_UNKNOWN",)),
                                ({"decision_date": wire.days() + 1}, ("DATE_FUTURE",)),
                                ({"entity_uscc": town.entity(888888)}, ("ENTITY_UNKNOWN",)),
                                ({"publication_end": wire.days() + 5000}, ("PERIOD",))):
            act = self.listing(**{"entity_uscc": entity, **changes})
            with self.subTest(**changes):
                found, = self.refused_acts(TOWN.file([act]))
                self.assertIn(found, reason)

    def test_all_or_nothing_means_it(self):
        acts = [self.fresh(), self.listing(entity_uscc=town.entity(888888)), self.fresh()]
        self.assertEqual(self.refused_acts(TOWN.file(acts, all_or_nothing=True)),
                         ["FILING_REFUSED_WHOLE", "ENTITY_UNKNOWN", "FILING_REFUSED_WHOLE"])

    def test_acts_that_are_not_canonical_or_not_known(self):
        good = self.fresh().SerializeToString()
        cases = {
            good + b"\xf8\x07\x01": {"UNKNOWN_FIELD", "NOT_CANONICAL"},
            good + good: {"NOT_CANONICAL", "MALFORMED"},
            good[:-1]: {"MALFORMED"},
            b"": {"ACT_KIND", "MALFORMED"},
            b"\x83\x01\x84\x01": {"MALFORMED", "UNKNOWN_FIELD"},
            b"\xaa\x01\x00": {"ACT_KIND", "FIELD_MISSING", "NOT_CANONICAL", "UNKNOWN_FIELD"},
        }
        for act, reasons in cases.items():
            with self.subTest(act.hex()[-24:]):
                found, = self.refused_acts(TOWN.file([act]))
                self.assertIn(found, reasons)


class Noise(Hostile):
    """Bytes that are no message, to every method that there is."""

    def bodies(self):
        chance = random.Random(20260101)
        yield from (b"\xff" * 20, b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\xff\xff\xff\xff\xff\xff"
                    b"\xff\xff\xff\x01", b"\x0b" * 2000, b"\x0a\x02" * 500, b"\x08",
                    b"\x0a\x03\xff\xfe\xfd")
        nested = b""
        for _ in range(2000):
            nested = b"\x0a" + _varint(len(nested)) + nested
        yield nested
        yield b"\x1a\x00" * 100000
        yield from (chance.randbytes(chance.randrange(1, 300)) for _ in range(20))

    def test_every_method_answers_noise_and_lives(self):
        before = TOWN.acts()
        for path, method in wire.CONTRACT.methods().items():
            if path.startswith("/grpc.health.v1.Health/Watch"):
                continue  # what it takes for a request it may watch for ever
            for body in self.bodies():
                with self.subTest(path=path, body=body[:24].hex()):
                    try:
                        wire.raw(self.channel, path[1:], body, streams=wire.shape(method))
                    except grpc.RpcError as error:
                        self.assertNotIn(error.code(), wire.FAULTS, error.details())
        self.assertEqual(TOWN.acts(), before)

    def test_noise_on_the_wire_below_the_messages(self):
        chance = random.Random(7)
        for _ in range(30):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(TOWN.socket))
                connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[:chance.randrange(25)]
                                   + chance.randbytes(chance.randrange(400)))
            with socket.create_connection(("127.0.0.1", TOWN.port)) as connection:
                connection.sendall(chance.randbytes(chance.randrange(400)))
        self.assertGreater(TOWN.acts(), 0)


class Dictated(Hostile):
    """Requests of the right shape with anything in them, to every method, among filings that are good."""

    CALLS = int(os.environ.get("CREDIT_RANDOM_CALLS", "1500"))
    DEPTH = 3
    TEXTS = ("", "0", "entities/91350100M000100Y43", "entities/91350100M000100Y43/status",
             "entities/-/status", "authorities/11330106MB0000022N", "acts/" + "0" * 64,
             "entities/91350100M000100Y43/cases/" + "0" * 32, "AAAA", "black.market-serious",
             "2026-01-01", "机关", "\U0010ffff", "'; --", "%s%n", "x" * 5000)

    def field(self, chance, field, depth):
        kinds = field.CPPTYPE_STRING, field.CPPTYPE_MESSAGE, field.CPPTYPE_BOOL, field.CPPTYPE_ENUM
        kind = field.cpp_type
        if kind == field.CPPTYPE_MESSAGE:
            return self.message(chance, field.message_type, depth + 1)
        if kind == field.CPPTYPE_BOOL:
            return chance.random() < 0.5
        if kind == field.CPPTYPE_ENUM:
            return chance.choice([0, 1, 2, 3, 99, -1])
        if kind not in kinds:
            signed = kind in (field.CPPTYPE_INT32, field.CPPTYPE_INT64)
            wide = kind in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64)
            most = 2 ** ((64 if wide else 32) - signed) - 1
            return chance.choice([0, 1, 7, 1000, most, -1 if signed else most - 1])
        if field.type == field.TYPE_BYTES:
            return chance.randbytes(chance.choice([0, 1, 16, 31, 32, 64, 300]))
        return chance.choice(self.TEXTS)

    def message(self, chance, descriptor, depth=0):
        made = wire.CONTRACT.type(descriptor.full_name)()
        for field in descriptor.fields:
            if chance.random() < 0.3 or depth > self.DEPTH:
                continue
            count = chance.choice([1, 1, 3, 40]) if field.label == field.LABEL_REPEATED else 1
            for _ in range(count):
                value = self.field(chance, field, depth)
                if field.label == field.LABEL_REPEATED:
                    if field.message_type:
                        getattr(made, field.name).add().CopyFrom(value)
                    else:
                        getattr(made, field.name).append(value)
                elif field.message_type:
                    getattr(made, field.name).CopyFrom(value)
                else:
                    setattr(made, field.name, value)
        return made

    def spoil(self, chance, data):
        """One time in four something is not as it was encoded."""
        if not data or chance.random() < 0.75:
            return data
        spoilt = bytearray(data)
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        return bytes(spoilt[:chance.randrange(len(spoilt)) + 1])

    def ask(self, chance, path, method):
        """Does it read what only officials see? Such a read is an act, with its purpose."""
        body = self.spoil(chance, self.message(chance, method.input_type).SerializeToString())
        try:
            wire.raw(self.channel, path[1:], body, streams=wire.shape(method))
        except grpc.RpcError as error:
            if wire.Refusal(error).reason != "EPOCH_NOT_PUBLISHED":  # of a time to come
                self.assertNotIn(error.code(), wire.FAULTS,
                                 f"{path} {body.hex()} {error.details()}")
            return False
        read = wire.CONTRACT.type(method.input_type.full_name).FromString(body)
        return bool(getattr(read, "purpose", ""))

    def test_nothing_that_is_dictated_is_a_fault_or_changes_anything(self):
        chance = random.Random(20260615)
        # Streams that a client may watch for ever, and work that an operator orders.
        methods = [(path, method) for path, method in wire.CONTRACT.methods().items()
                   if not path.startswith(("/grpc.", "/credit.v1.AdminService/"))
                   and not path.endswith("/WatchStatus")]
        before, filed = TOWN.acts(), 0
        for number in range(self.CALLS):
            path, method = chance.choice(methods)
            filed += self.ask(chance, path, method)
            if number % 100 == 0:
                self.send(TOWN.file([self.fresh()]))
                filed += 1
        self.assertEqual(TOWN.acts(), before + filed)
        TOWN.stop()
        town.credctl("fsck", TOWN.home)
        TOWN.start()


def _varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


class Connections(unittest.TestCase):
    LIMIT = 24

    @classmethod
    def setUpClass(cls):
        cls.town = town.Registry()
        cls.addClassCleanup(cls.town.remove)
        cls.town.found().set(limits={"connections": cls.LIMIT, "drain_ms": 2000}).start()

    def head(self, channel):
        return wire.call(channel, "TransparencyService/GetCheckpoint",
                         wire.new("GetCheckpointRequest"), timeout=10).tree_size

    def test_many_idle_connections_shut_nobody_out_who_was_there_nor_the_operator(self):
        idle = []
        with self.town.channel(tcp=True) as channel:
            size = self.head(channel)
            for _ in range(4 * self.LIMIT):
                idle.append(socket.create_connection(("127.0.0.1", self.town.port)))
            self.assertEqual(self.head(channel), size)
            with self.town.channel() as operator:
                self.assertEqual(self.head(operator), size)
            for connection in idle:
                connection.close()
        end = time.monotonic() + wire.PATIENCE
        while True:  # their places are free again
            try:
                with self.town.channel(tcp=True) as channel:
                    self.assertEqual(self.head(channel), size)
                break
            except grpc.RpcError:
                self.assertLess(time.monotonic(), end)

    def test_a_slow_speaker_holds_up_nobody(self):
        with socket.socket(socket.AF_UNIX) as slow:
            slow.connect(str(self.town.socket))
            slow.sendall(b"PRI * HTTP/2.0\r\n")
            with self.town.channel() as channel:
                self.assertGreater(self.head(channel), 0)


class Secrets(unittest.TestCase):
    def test_the_log_says_nothing_of_what_was_sent(self):
        TOWN.submit(TOWN.file([wire.penalty(town.entity(1), TOWN.market.uscc, TOWN.market.name,
                                            fact="机密内容甲乙丙")]))
        text = TOWN.log.read_text()
        self.assertNotIn("机密内容甲乙丙", text)
        self.assertNotIn(town.entity(1), text)
        self.assertTrue(TOWN.lines("ready"))

    def test_private_keys_are_their_owners_alone(self):
        for path in [*TOWN.home.glob("keys/*.key"), *TOWN.home.glob("tls/*.key"),
                     TOWN.market.key]:
            self.assertEqual(os.stat(path).st_mode & 0o077, 0, path)

    def test_a_key_that_others_may_read_is_not_used(self):
        exposed = TOWN.folder / "exposed.key"
        exposed.write_bytes(TOWN.market.key.read_bytes())
        exposed.chmod(0o644)
        answer = TOWN.json("entity", "enrol", "--uscc", town.entity(6001), "--name", "某公司",
                           "--issuer", TOWN.market.uscc, "--sign", exposed, code=town.NO)
        self.assertEqual(answer.error["reason"], "KEY_EXPOSED")
        self.assertTrue(re.search("chmod 600", answer.error["text"] + answer.error["remedy"]))


if __name__ == "__main__":
    unittest.main()
