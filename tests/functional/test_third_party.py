# SPDX-License-Identifier: Apache-2.0
"""A gRPC client that is not ours: python3-grpcio, knowing nothing but what the daemon itself says.

The messages come from server reflection, proofs are checked by oracle.py. What is learnt here is
what anybody finds who points a stock tool at the port.
"""

import pathlib
import threading
import unittest

import grpc
from google.protobuf import descriptor_pb2, json_format

import oracle
import town
import wire

# grpc.reflection, as its protocol document numbers it: message -> (field, number, type).
REFLECTION = {
    "ServerReflectionRequest": [("file_by_filename", 3, "string"),
                                ("file_containing_symbol", 4, "string"),
                                ("list_services", 7, "string")],
    "ServerReflectionResponse": [("file_descriptor_response", 4, ".t.FileDescriptorResponse"),
                                 ("list_services_response", 6, ".t.ListServiceResponse"),
                                 ("error_response", 7, ".t.ErrorResponse")],
    "FileDescriptorResponse": [("file_descriptor_proto", 1, "bytes*")],
    "ListServiceResponse": [("service", 1, ".t.ServiceResponse*")],
    "ServiceResponse": [("name", 1, "string")],
    "ErrorResponse": [("error_code", 1, "int32"), ("error_message", 2, "string")],
}

OURS = {path.split("/")[1] for path in wire.CONTRACT.methods() if path.startswith("/credit.v1.")}
SERVICES = OURS | {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                   "grpc.reflection.v1alpha.ServerReflection"}


def reflection_messages():
    file = descriptor_pb2.FileDescriptorProto(name="reflection", package="t", syntax="proto3")
    for name, fields in REFLECTION.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            scalar = kind.strip("*")
            row = message.field.add(name=field, number=number, label=3 if "*" in kind else 1)
            if scalar.startswith("."):
                row.type, row.type_name = 11, scalar
            else:
                row.type = {"int32": 5, "string": 9, "bytes": 12}[scalar]
    return wire.Contract([file])


MESSAGES = reflection_messages()


def reflect(channel, version, *questions):
    """One stream, one answer to each question."""
    request = MESSAGES.type("t.ServerReflectionRequest")
    ask = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=MESSAGES.type("t.ServerReflectionResponse").FromString)
    return list(ask(iter([request(**question) for question in questions]),
                    timeout=wire.PATIENCE))


def services(channel, version):
    answer, = reflect(channel, version, {"list_services": "*"})
    return {service.name for service in answer.list_services_response.service}


def files_of(answer):
    return [descriptor_pb2.FileDescriptorProto.FromString(data)
            for data in answer.file_descriptor_response.file_descriptor_proto]


def learn(channel, version):
    """The whole contract of what is served, by reflection alone."""
    questions = [{"file_containing_symbol": name} for name in sorted(services(channel, version))]
    files = {}
    for answer in reflect(channel, version, *questions):
        files.update((file.name, file) for file in files_of(answer))
    return wire.Contract(files.values())


def setUpModule():
    global TOWN, LISTED, CLEAN, ABSENT, FILING, RECEIPT
    TOWN = town.open_registry()
    unittest.addModuleCleanup(TOWN.remove)
    LISTED, CLEAN, ABSENT = town.entity(1), town.entity(2), town.entity(900000)
    market = TOWN.market
    acts = [wire.enrolment(LISTED), wire.enrolment(CLEAN)]
    acts += [wire.penalty(LISTED, market.uscc, market.name, f"示市监罚〔2026〕{n}号",
                          decision_date=wire.days() - 30 + n) for n in range(1, 6)]
    FILING = TOWN.file(acts)
    RECEIPT = TOWN.submit(FILING, market)
    for n in range(7):  # a log of a size that is no power of two
        TOWN.submit(TOWN.file([wire.enrolment(town.entity(100 + n))]), market)
    TOWN.settle()


class Reflection(unittest.TestCase):
    def test_services_are_listed_in_both_versions(self):
        with TOWN.channel() as channel:
            for version in ("v1", "v1alpha"):
                with self.subTest(version):
                    self.assertEqual(services(channel, version), SERVICES)

    def test_both_versions_hand_out_the_contract_of_the_build(self):
        built = descriptor_pb2.FileDescriptorSet()
        built.ParseFromString((wire.BUILD / "gen/descriptors.pb").read_bytes())
        built = {file.name: file for file in built.file}
        with TOWN.channel() as channel:
            for version in ("v1", "v1alpha"):
                contract = learn(channel, version)
                self.assertIn("credit/v1/field.proto", contract.files)
                for name, file in contract.files.items():
                    with self.subTest(version=version, file=name):
                        self.assertEqual(file, built[name])

    def test_a_file_comes_with_all_that_it_imports(self):
        with TOWN.channel() as channel:
            answer, = reflect(channel, "v1", {"file_by_filename": "credit/v1/act.proto"})
        files = {file.name: file for file in files_of(answer)}
        for file in files.values():
            for needed in file.dependency:
                self.assertIn(needed, files)

    def test_what_is_unknown_is_said_so_and_the_stream_goes_on(self):
        with TOWN.channel() as channel:
            answers = reflect(channel, "v1", {"file_containing_symbol": "credit.v1.Nothing"},
                              {"file_by_filename": "nothing.proto"},
                              {"file_containing_symbol": "credit.v1.Act"})
        self.assertEqual([answer.error_response.error_code for answer in answers], [5, 5, 0])
        self.assertTrue(answers[2].HasField("file_descriptor_response"))


class Learnt(unittest.TestCase):
    """Calls with messages that came from reflection only, over TLS without a certificate."""

    @classmethod
    def setUpClass(cls):
        channel = TOWN.channel(tcp=True)
        cls.channel = channel.__enter__()
        cls.addClassCleanup(channel.__exit__, None, None, None)
        cls.contract = learn(cls.channel, "v1")

    def ask(self, method, **fields):
        call = wire.stub(self.channel, method, self.contract)
        request = self.contract.methods()[wire.full_path(method)].input_type.full_name
        return call(self.contract.new(request, **fields), timeout=wire.PATIENCE)

    def status_of(self, data):
        return self.contract.type("credit.v1.Status").FromString(data)


class Statuses(Learnt):
    def test_a_status_says_what_was_filed_and_how_old_the_answer_is(self):
        answer = self.ask("StatusService/GetStatus", name=f"entities/{LISTED}/status", view=2)
        status = self.status_of(answer.status)
        self.assertLessEqual(len(answer.status), 160)
        self.assertEqual((status.penalties, len(status.lists)), (5, 0))
        self.assertGreaterEqual(answer.epoch, RECEIPT.epoch)
        self.assertLess(abs(answer.published_at - wire.now_ms()), 600000)
        detail = self.contract.type("credit.v1.Detail").FromString(answer.detail)
        self.assertEqual(detail.entity_uscc, LISTED)
        self.assertEqual(status.detail_hash, oracle.hashlib.sha256(answer.detail).digest())

    def test_the_basic_view_leaves_the_detail_out(self):
        answer = self.ask("StatusService/GetStatus", name=f"entities/{LISTED}/status")
        self.assertEqual(answer.detail, b"")

    def test_an_answer_of_an_epoch_that_is_not_there_is_refused_with_a_delay(self):
        refused = wire.refusal(lambda: self.ask(
            "StatusService/GetStatus", name=f"entities/{LISTED}/status", min_epoch=2**40))
        self.assertEqual(refused.code, grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(refused.reason, "EPOCH_NOT_PUBLISHED")
        self.assertIn("google.rpc.RetryInfo", refused.details)

    def batch(self, *messages):
        call = wire.stub(self.channel, "StatusService/BatchGetStatus", self.contract)
        request = self.contract.type("credit.v1.BatchGetStatusRequest")
        return list(call((request(codes=codes) for codes in messages), timeout=wire.PATIENCE))

    def test_a_batch_answers_in_order_and_marks_what_it_cannot_answer(self):
        wrong = LISTED[:-1] + ("0" if LISTED[-1] != "0" else "1")
        codes = [LISTED, ABSENT, wrong, CLEAN] * 250
        answers = self.batch("".join(codes).encode(), CLEAN.encode(), b"")
        self.assertEqual(len(answers), 3)
        found, at, data = [], 0, answers[0].statuses
        while at < len(data):
            length = data[at]
            found.append(length if length > 252 else
                         self.status_of(data[at + 1:at + 1 + length]).penalties)
            at += 1 + (length if length <= 252 else 0)
        self.assertEqual(found, [5, 254, 255, 0] * 250)
        self.assertEqual(answers[1].statuses[0], len(answers[1].statuses) - 1)
        self.assertEqual(answers[2].statuses, b"")

    def test_a_batch_of_more_than_a_thousand_is_refused(self):
        refused = wire.refusal(lambda: self.batch(LISTED.encode() * 1001))
        self.assertEqual((refused.reason, refused.field), ("TOO_MANY", "codes"))

    def test_a_batch_that_is_cut_off_is_refused(self):
        refused = wire.refusal(lambda: self.batch(LISTED.encode()[:-1]))
        self.assertEqual((refused.reason, refused.field), ("FIELD_SIZE", "codes"))

    def test_records_come_in_pages_each_once(self):
        seen, token, pages = [], "", 0
        while pages == 0 or token:
            page = self.ask("StatusService/ListRecords", parent=f"entities/{LISTED}",
                            page_size=2, page_token=token)
            self.assertLessEqual(len(page.records), 2)
            seen += page.records
            token, pages = page.next_page_token, pages + 1
        self.assertEqual(pages, 3)
        self.assertEqual({record.document_no for record in seen},
                         {f"示市监罚〔2026〕{n}号" for n in range(1, 6)})
        self.assertEqual(len(seen), 5)
        commitments = [wire.commitment_of(act)[:16] for act in FILING.acts[2:]]
        self.assertEqual({record.id for record in seen}, set(commitments))

    def test_a_page_token_that_is_made_up_is_refused(self):
        refused = wire.refusal(lambda: self.ask(
            "StatusService/ListRecords", parent=f"entities/{LISTED}", page_token="next"))
        self.assertEqual((refused.code, refused.field),
                         (grpc.StatusCode.INVALID_ARGUMENT, "page_token"))

    def test_an_entity_that_is_not_enrolled_is_not_called_clean(self):
        for method, field in (("GetStatus", {"name": f"entities/{ABSENT}/status"}),
                              ("ListRecords", {"parent": f"entities/{ABSENT}"})):
            with self.subTest(method):
                refused = wire.refusal(lambda: self.ask(f"StatusService/{method}", **field))
                self.assertEqual(refused.code, grpc.StatusCode.NOT_FOUND)
                self.assertEqual(refused.reason, "ENTITY_NOT_ENROLLED")


class Proofs(Learnt):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        answer = wire.call(cls.channel, "TransparencyService/GetCheckpoint",
                           wire.new("GetCheckpointRequest"))
        cls.size, cls.root = oracle.checkpoint(answer.checkpoint, TOWN.verifier)
        call = wire.stub(cls.channel, "TransparencyService/GetInclusionProof", cls.contract)
        new = cls.contract.type("credit.v1.GetInclusionProofRequest")
        cls.proofs = [call(new(leaf_index=at, tree_size=cls.size), timeout=wire.PATIENCE)
                      for at in range(cls.size)]
        cls.leaves = [proof.leaf_hash for proof in cls.proofs]

    def test_the_leaves_make_the_signed_root(self):
        self.assertGreater(self.size, 20)
        self.assertEqual(oracle.tree_root(self.leaves), self.root)

    def test_every_leaf_leads_to_the_signed_root(self):
        for at, proof in enumerate(self.proofs):
            self.assertEqual(oracle.inclusion_root(proof.leaf_hash, at, self.size, proof.path),
                             self.root)

    def test_paths_in_older_trees_are_those_of_the_definition(self):
        for size in range(1, self.size, 3):
            for at in {0, size // 2, size - 1}:
                proof = self.ask("TransparencyService/GetInclusionProof", leaf_index=at,
                                 tree_size=size)
                self.assertEqual(proof.path, oracle.inclusion_path(self.leaves[:size], at))

    def test_every_older_tree_is_continued_by_the_newest(self):
        for old in range(1, self.size + 1):
            proof = self.ask("TransparencyService/GetConsistencyProof", old_size=old,
                             new_size=self.size)
            self.assertTrue(oracle.consistency_holds(
                old, self.size, oracle.tree_root(self.leaves[:old]), self.root, proof.path), old)

    def test_a_proof_to_the_newest_head_brings_its_checkpoint(self):
        proof = self.ask("TransparencyService/GetInclusionProof", leaf_index=3)
        size, root = oracle.checkpoint(proof.checkpoint, TOWN.verifier)
        self.assertEqual(proof.tree_size, size)
        self.assertEqual(oracle.inclusion_root(proof.leaf_hash, 3, size, proof.path), root)
        proof = self.ask("TransparencyService/GetConsistencyProof", old_size=5)
        size, root = oracle.checkpoint(proof.checkpoint, TOWN.verifier)
        self.assertTrue(oracle.consistency_holds(
            5, size, oracle.tree_root(self.leaves[:5]), root, proof.path))

    def test_a_receipt_leads_from_the_act_to_the_signed_root(self):
        size, root = oracle.checkpoint(RECEIPT.checkpoint, TOWN.verifier)
        self.assertEqual(len(RECEIPT.accepted), len(FILING.acts))
        self.assertEqual(RECEIPT.refusals, b"")
        for act, accepted in zip(FILING.acts, RECEIPT.accepted):
            leaf = wire.leaf_of(FILING.manifest, wire.commitment_of(act), accepted.index,
                                accepted.blind, RECEIPT.recorded_at)
            self.assertEqual(oracle.inclusion_root(leaf, accepted.leaf_index, size,
                                                   accepted.log_path), root)
            self.assertEqual(self.leaves[accepted.leaf_index], leaf)

    def test_what_lies_outside_the_log_is_refused(self):
        for method, fields in (("GetInclusionProof", {"leaf_index": self.size,
                                                      "tree_size": self.size}),
                               ("GetInclusionProof", {"leaf_index": 0, "tree_size": 2**62}),
                               ("GetConsistencyProof", {"old_size": 9, "new_size": 8}),
                               ("GetConsistencyProof", {"old_size": 1, "new_size": 2**62})):
            with self.subTest(method=method, **fields):
                refused = wire.refusal(lambda: self.ask(f"TransparencyService/{method}",
                                                        **fields))
                self.assertEqual(refused.code, grpc.StatusCode.INVALID_ARGUMENT)
                self.assertEqual(refused.reason, "LOG_INDEX")


class Errors(Learnt):
    def wrong_code(self):
        wrong = LISTED[:8] + "O" + LISTED[9:]
        return wire.refusal(lambda: self.ask("StatusService/GetStatus",
                                             name=f"entities/{wrong}/status"))

    def test_a_wrong_code_is_explained_to_programs(self):
        refused = self.wrong_code()
        self.assertEqual(refused.code, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(refused.info.reason, "USCC_LETTER_EXCLUDED")
        self.assertEqual(refused.info.domain, "credit.v1")
        self.assertEqual(refused.info.metadata["number"], "103")
        self.assertEqual(refused.position, 9)

    def test_a_wrong_code_is_explained_to_people_in_both_languages(self):
        refused = self.wrong_code()
        self.assertIn("I, O, S, V and Z are never used", refused.text)
        localized = refused.details["google.rpc.LocalizedMessage"]
        self.assertEqual(localized.locale, "zh-CN")
        self.assertIn("不使用字母 I、O、S、V、Z", localized.message)
        violation, = refused.details["google.rpc.BadRequest"].field_violations
        self.assertTrue(violation.field.startswith("name"), violation.field)
        self.assertTrue(violation.description)

    def test_the_details_read_as_json_as_well(self):
        data = json_format.MessageToDict(self.wrong_code().info)
        self.assertEqual(data["reason"], "USCC_LETTER_EXCLUDED")

    def test_a_resource_name_of_another_form_is_refused(self):
        for name in ("", "entities/", f"entity/{LISTED}/status", f"entities/{LISTED}",
                     f"entities/{LISTED}/status/", LISTED):
            with self.subTest(name):
                refused = wire.refusal(lambda: self.ask("StatusService/GetStatus", name=name))
                self.assertEqual(refused.code, grpc.StatusCode.INVALID_ARGUMENT, refused)

    def test_an_unknown_method_is_unimplemented(self):
        for method in ("StatusService/SetStatus", "NoService/GetStatus"):
            refused = wire.refusal(lambda: wire.raw(self.channel, method, b""))
            self.assertEqual(refused.code, grpc.StatusCode.UNIMPLEMENTED)
            self.assertEqual(refused.reason, "METHOD_UNKNOWN")

    def test_a_message_that_is_too_large_is_refused_and_the_connection_lives(self):
        refused = wire.refusal(lambda: wire.raw(
            self.channel, "StatusService/GetStatus", bytes(9 << 20)))
        self.assertEqual(refused.code, grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.ask("StatusService/GetStatus", name=f"entities/{CLEAN}/status")

    def test_a_compressed_message_is_refused_and_not_unpacked(self):
        call = self.channel.unary_unary("/credit.v1.StatusService/GetStatus")
        data = wire.new("GetStatusRequest", name="entities/" + "0" * 4000).SerializeToString()
        refused = wire.refusal(lambda: call(data, timeout=wire.PATIENCE,
                                            compression=grpc.Compression.Gzip))
        self.assertEqual(refused.code, grpc.StatusCode.UNIMPLEMENTED)

    def test_a_deadline_ends_a_stream_that_nobody_ends(self):
        batch = wire.stub(self.channel, "StatusService/BatchGetStatus", self.contract)
        silent = threading.Event()
        self.addCleanup(silent.set)
        refused = wire.refusal(lambda: list(batch(iter(silent.wait, True), timeout=0.2)))
        self.assertEqual(refused.code, grpc.StatusCode.DEADLINE_EXCEEDED)

    def test_a_deadline_ends_a_watch(self):
        watch = wire.stub(self.channel, "grpc.health.v1.Health/Watch", self.contract)
        refused = wire.refusal(lambda: list(watch(
            self.contract.new("grpc.health.v1.HealthCheckRequest"), timeout=0.2)))
        self.assertEqual(refused.code, grpc.StatusCode.DEADLINE_EXCEEDED)


class Identity(unittest.TestCase):
    """Who is asking: the certificate, or nobody."""

    def get_act(self, channel, commitment):
        return wire.call(channel, "FilingService/GetAct",
                         wire.new("GetActRequest", name=f"acts/{commitment.hex()}"))

    def test_the_public_may_not_file(self):
        with TOWN.channel(tcp=True) as channel:
            refused = wire.refusal(lambda: wire.call(
                channel, "FilingService/Submit", wire.new("SubmitRequest", filing=FILING)))
        self.assertEqual(refused.code, grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(refused.reason, "PEER_ROLE")

    def test_a_receipt_is_shown_to_its_owner_only(self):
        commitment = wire.commitment_of(FILING.acts[3])
        with TOWN.channel(TOWN.market) as channel:
            receipt = self.get_act(channel, commitment)
        self.assertEqual((receipt.commitment, receipt.index), (commitment, 3))
        size, root = oracle.checkpoint(receipt.checkpoint, TOWN.verifier)
        leaf = wire.leaf_of(receipt.manifest, commitment, 3, receipt.blind, receipt.recorded_at)
        self.assertEqual(oracle.inclusion_root(leaf, receipt.leaf_index, size, receipt.log_path),
                         root)
        for who in ({"office": TOWN.tax}, {"tcp": True}):
            with TOWN.channel(**who) as channel:
                refused = wire.refusal(lambda: self.get_act(channel, commitment))
                nothing = wire.refusal(lambda: self.get_act(channel, bytes(32)))
            self.assertEqual(refused.code, grpc.StatusCode.NOT_FOUND)
            self.assertEqual(refused.text, nothing.text)

    def test_a_relay_may_carry_a_filing(self):
        filing = TOWN.file([wire.enrolment(town.entity(300))])
        receipt = TOWN.submit(filing, TOWN.tax)
        self.assertEqual(len(receipt.accepted), 1)

    def test_a_certificate_of_another_ca_opens_nothing(self):
        stranger = town.Registry()
        self.addCleanup(stranger.remove)
        stranger.found()
        prefix = stranger.folder / "stranger"
        town.credctl("cert", "--ca", stranger.home / "tls", "--uscc", TOWN.market.uscc,
                     "--out", prefix)
        own = [pathlib.Path(f"{prefix}.{end}").read_bytes() for end in ("key", "crt")]
        ca = (TOWN.home / "tls/ca.crt").read_bytes()
        with grpc.secure_channel(f"localhost:{TOWN.port}",
                                 grpc.ssl_channel_credentials(ca, *own)) as channel:
            refused = wire.refusal(lambda: wire.call(
                channel, "TransparencyService/GetCheckpoint", wire.new("GetCheckpointRequest")))
        self.assertEqual(refused.code, grpc.StatusCode.UNAVAILABLE)

    def test_the_port_speaks_no_plain_text(self):
        with grpc.insecure_channel(f"localhost:{TOWN.port}") as channel:
            refused = wire.refusal(lambda: wire.call(
                channel, "TransparencyService/GetCheckpoint", wire.new("GetCheckpointRequest")))
        self.assertEqual(refused.code, grpc.StatusCode.UNAVAILABLE)


class PersonalData(unittest.TestCase):
    """An identity number is refused wherever it appears: with the place, and never repeated."""

    NUMBER = oracle.resident_id()

    def refused_act(self, act, field, reason, position):
        receipt = TOWN.submit(TOWN.file([act]), TOWN.market)
        self.assertEqual(len(receipt.accepted), 0)
        statement = wire.CONTRACT.type("credit.v1.RefusalStatement").FromString(receipt.refusals)
        refusal, = statement.refusals
        self.assertEqual(refusal.reason, reason)
        self.assertTrue(refusal.field.endswith(field), refusal.field)
        self.assertEqual(refusal.position, position)
        self.assertNotIn(self.NUMBER.encode(), receipt.refusals)
        key = oracle.VerifierKey((TOWN.home / "keys/system.pub").read_text())
        self.assertTrue(oracle.ed25519_verify(
            key.public, oracle.pae(wire.REFUSAL_TYPE, receipt.refusals),
            receipt.refusals_signature))

    def penalty(self, **changes):
        return wire.penalty(LISTED, TOWN.market.uscc, TOWN.market.name, **changes)

    def test_in_a_text(self):
        self.refused_act(self.penalty(fact=f"法定代表人（{self.NUMBER}）逾期未公示"), "fact",
                         "PERSONAL_ID", 7)

    def test_in_full_width_digits(self):
        wide = self.NUMBER.translate({ord(c): ord(c) + 0xfee0 for c in "0123456789X"})
        self.refused_act(self.penalty(fact=f"证件{wide}"), "fact", "PERSONAL_ID", 3)

    def test_in_a_document_number(self):
        self.refused_act(self.penalty(document=f"示{self.NUMBER}号"), "document_no",
                         "PERSONAL_ID", 2)

    def test_in_the_third_of_several_values(self):
        self.refused_act(self.penalty(penalty_kinds=["罚款", "警告", self.NUMBER]),
                         "penalty_kinds[2]", "PERSONAL_ID", 1)

    def test_a_telephone_number(self):
        self.refused_act(self.penalty(remark="联系电话13800138000"), "remark",
                         "PERSONAL_PHONE", 5)


class Health(unittest.TestCase):
    def test_every_service_is_known_and_others_are_not(self):
        with TOWN.channel(tcp=True) as channel:
            new = wire.CONTRACT.type("grpc.health.v1.HealthCheckRequest")
            for name in OURS | {""}:
                answer = wire.call(channel, "grpc.health.v1.Health/Check", new(service=name))
                self.assertEqual(answer.status, 1)
            refused = wire.refusal(lambda: wire.call(
                channel, "grpc.health.v1.Health/Check", new(service="no.Service")))
            self.assertEqual(refused.code, grpc.StatusCode.NOT_FOUND)

    def test_a_watcher_is_told_that_the_daemon_stops(self):
        registry = town.Registry()
        self.addCleanup(registry.remove)
        registry.found().start()
        with registry.channel() as channel:
            watch = wire.stub(channel, "grpc.health.v1.Health/Watch")
            stream = watch(wire.new("grpc.health.v1.HealthCheckRequest"), timeout=wire.PATIENCE)
            self.assertEqual(next(stream).status, 1)
            registry.stop()
            self.assertEqual(next(stream).status, 2)
            refused = wire.refusal(lambda: next(stream))
            self.assertEqual(refused.code, grpc.StatusCode.UNAVAILABLE)
            self.assertEqual(refused.reason, "SHUTTING_DOWN")


if __name__ == "__main__":
    unittest.main()
