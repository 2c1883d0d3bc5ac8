# SPDX-License-Identifier: Apache-2.0
"""wire.py - credd as another gRPC implementation sees it: messages, calls, filings.

Messages are made at run time from descriptors, either those of the build (BUILD/gen/descriptors.pb)
or those that the daemon hands out by reflection; nothing is generated. Filings are built here by
the text of docs/spec/filing.md with the arithmetic of oracle.py, so that the daemon is held against
a second reading of that text and not against its own library.
"""

import base64
import datetime
import hashlib
import hmac
import os
import pathlib
import time

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

import oracle

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
DAY_MS = 86400 * 1000
PATIENCE = 60  # seconds for one call; a guard against hanging, not a measurement


class Contract:
    """The messages of a set of files, by full name."""

    def __init__(self, files):
        """`files`: FileDescriptorProtos in any order."""
        self.pool = descriptor_pool.DescriptorPool()
        self._factory = message_factory.MessageFactory(self.pool)
        waiting = {file.name: file for file in files}
        self.files = dict(waiting)

        def add(name):
            file = waiting.pop(name, None)
            if file is not None:
                for needed in file.dependency:
                    add(needed)
                self.pool.Add(file)

        for name in list(waiting):
            add(name)

    @classmethod
    def of_build(cls):
        files = descriptor_pb2.FileDescriptorSet()
        files.ParseFromString((BUILD / "gen/descriptors.pb").read_bytes())
        return cls(files.file)

    def type(self, name):
        return self._factory.GetPrototype(self.pool.FindMessageTypeByName(name))

    def new(self, name, /, **fields):
        return self.type(name)(**fields)

    def methods(self):
        """'/package.Service/Method' -> MethodDescriptor of every service."""
        return {f"/{service.full_name}/{method.name}": method
                for name in self.files
                for service in self.pool.FindFileByName(name).services_by_name.values()
                for method in service.methods}


CONTRACT = Contract.of_build() if (BUILD / "gen/descriptors.pb").exists() else None


def new(name, /, **fields):
    return CONTRACT.new(name if "." in name else f"credit.v1.{name}", **fields)


# --- calls ---------------------------------------------------------------------------------------

_SHAPES = {(False, False): "unary_unary", (False, True): "unary_stream",
           (True, False): "stream_unary", (True, True): "stream_stream"}


def full_path(short):
    """"StatusService/GetStatus" is of credit.v1."""
    return f"/{short}" if "." in short else f"/credit.v1.{short}"


def shape(method):
    """(the client streams, the server streams); this protobuf does not say so by itself."""
    copy = descriptor_pb2.MethodDescriptorProto()
    method.CopyToProto(copy)
    return copy.client_streaming, copy.server_streaming


def stub(channel, short, contract=None):
    """A callable for a method of the contract, streams included."""
    contract = contract or CONTRACT
    path = full_path(short)
    method = contract.methods()[path]
    make = getattr(channel, _SHAPES[shape(method)])
    reply = contract.type(method.output_type.full_name)
    return make(path, request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=reply.FromString)


def call(channel, short, message, timeout=PATIENCE):
    return stub(channel, short)(message, timeout=timeout)


def raw(channel, short, data, timeout=PATIENCE, streams=(False, False)):
    """Bytes as they are to a method of this shape; the list of replies, as bytes."""
    call = getattr(channel, _SHAPES[streams])(full_path(short))
    replies = call(iter([data]) if streams[0] else data, timeout=timeout)
    return list(replies) if streams[1] else [replies]


class Refusal:
    """What a failed call said: code, sentence and google.rpc details."""

    def __init__(self, error):
        self.code = error.code()
        self.text = error.details()
        self.details = {}
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self._read(value)

    def _read(self, data):
        status = CONTRACT.type("google.rpc.Status").FromString(data)
        assert status.code == self.code.value[0], "both codes are the same"
        assert status.message == self.text, "both sentences are the same"
        for detail in status.details:
            name = detail.type_url.rpartition("/")[2]
            assert name not in self.details, "each kind at most once"
            self.details[name] = CONTRACT.type(name).FromString(detail.value)

    @property
    def info(self):
        return self.details.get("google.rpc.ErrorInfo")

    @property
    def reason(self):
        return self.info.reason if self.info else None

    @property
    def field(self):
        return self.info.metadata["field"] if "field" in self.info.metadata else ""

    @property
    def position(self):
        return int(self.info.metadata["position"]) if "position" in self.info.metadata else 0

    def __repr__(self):
        return f"<Refusal {self.code} {self.reason} {self.text!r}>"


# A daemon that answers so has been hurt, or has not understood that it was the client's fault.
FAULTS = (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.DATA_LOSS,
          grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def refusal(act):
    """Runs `act`, which must fail with a gRPC status."""
    try:
        answer = act()
        if hasattr(answer, "__next__"):
            answer = list(answer)
    except grpc.RpcError as error:
        return Refusal(error)
    raise AssertionError(f"it was not refused: {answer!r}")


# --- filings -------------------------------------------------------------------------------------


class Key:
    """A private key file of ours."""

    def __init__(self, path):
        text = pathlib.Path(path).read_text().strip()
        assert text.startswith("PRIVATE+KEY+")
        # The base64 may hold plus signs itself.
        data = base64.b64decode(text.split("+", 4)[4], validate=True)
        assert data[0] == 1 and len(data) == 33
        self.seed = data[1:]
        self.public = oracle.ed25519_public(self.seed)
        self.id = oracle.key_id(self.public)


def commitment_of(sealed):
    return hmac.digest(sealed.opening, b"credit/act/v1\0" + sealed.act, "sha256")


def now_ms():
    return int(time.time() * 1000)


def seal(acts):
    return [new("SealedAct", act=act if isinstance(act, bytes) else act.SerializeToString(),
                opening=os.urandom(32)) for act in acts]


def manifest_of(sealed, origin, issuer, key, /, **changes):
    created = now_ms()
    fields = {"origin": origin, "issuer_uscc": issuer, "key_id": key.id, "created_at": created,
              "not_after": created + DAY_MS, "count": len(sealed),
              "root": oracle.tree_root([oracle.leaf_hash(commitment_of(act)) for act in sealed])}
    return new("Manifest", **{**fields, **changes}).SerializeToString()


MANIFEST_TYPE = "application/vnd.credit.manifest.v1+protobuf"
REFUSAL_TYPE = "application/vnd.credit.refusal.v1+protobuf"


def sign(manifest, key):
    return oracle.ed25519_sign(key.seed, oracle.pae(MANIFEST_TYPE, manifest))


def manifest_digest(manifest):
    return hashlib.sha256(oracle.pae(MANIFEST_TYPE, manifest)).digest()


def filing(acts, origin, issuer, key, /, **changes):
    """A signed Filing; `changes` replace fields of the manifest before it is signed."""
    sealed = seal(acts)
    manifest = manifest_of(sealed, origin, issuer, key, **changes)
    return new("Filing", manifest=manifest, signature=sign(manifest, key), acts=sealed)


def leaf_of(manifest, sealed_commitment, index, blind, recorded_at):
    """The log leaf of a sealed act, by docs/spec/filing.md 7.4."""
    mac = hmac.digest(blind, b"credit/leaf/v1\0" + manifest_digest(manifest)
                      + index.to_bytes(4, "big") + sealed_commitment, "sha256")
    return oracle.sealed_leaf(recorded_at, mac)


# --- acts ----------------------------------------------------------------------------------------


def days(date=None):
    """A legal date as the contract counts it; today in Asia/Shanghai by default."""
    if date is None:
        return (int(time.time()) + 8 * 3600) // 86400
    return (datetime.date.fromisoformat(date) - datetime.date(1970, 1, 1)).days


def enrolment(uscc, name="示例县清源食品有限公司"):
    return new("Act", entity_enrolment=new(
        "EntityEnrolment", entity_uscc=uscc, name=name, evidence=1))


def penalty(uscc, decider, decider_name, document="示市监罚〔2026〕1号", **changes):
    fields = {
        "entity_uscc": uscc, "entity_name": "示例县清源食品有限公司", "document_no": document,
        "violation": "未按规定公示年度报告", "fact": "当事人逾期未公示年度报告",
        "basis": "《企业信息公示暂行条例》第十七条", "penalty_kinds": ["罚款"],
        "content": "罚款人民币五千元", "fine_fen": 500000, "decision_date": days() - 30,
        "decider_uscc": decider, "decider_name": decider_name, "source_uscc": decider,
        "source_name": decider_name}
    return new("Act", administrative_penalty=new(
        "AdministrativePenalty", **{**fields, **changes}))
