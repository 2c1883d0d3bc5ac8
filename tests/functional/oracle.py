# SPDX-License-Identifier: Apache-2.0
"""oracle.py - slow, obvious second opinions: Ed25519, Merkle trees, signed notes, codes.

Written from the published texts and from nothing of ours, so that a test that agrees with credd
says more than that credd agrees with itself. Not constant in time, and not for any other use.

    Ed25519            RFC 8032, section 5.1
    Merkle tree        RFC 6962, section 2.1; checking of proofs as in RFC 9162, 2.1.3 and 2.1.4
    note, checkpoint   C2SP signed-note, tlog-checkpoint and tlog-cosignature
    status proofs      docs/spec/proof.md and docs/spec/map.md
    code               GB 32100-2015 and GB 11714-1997
"""

import base64
import hashlib
import hmac
import os
import struct

# --- Ed25519 -------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def _add(one, two):
    """Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _add(total, point)
        point = _add(point, point)
        number >>= 1
    return total


def _same(one, two):
    return ((one[0] * two[2] - two[0] * one[2]) % P == 0
            and (one[1] * two[2] - two[1] * one[2]) % P == 0)


def _x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if (x & 1) != sign else x


def _encode(point):
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(data):
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = _x_of(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


_Y = 4 * pow(5, -1, P) % P
_X = _x_of(_Y, 0)
BASE = (_X, _Y, 1, _X * _Y % P)


def _hash_number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def _expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & (2**254 - 8) | 2**254, digest[32:]


def ed25519_public(seed):
    return _encode(_times(_expand(seed)[0], BASE))


def ed25519_sign(seed, message):
    scalar, prefix = _expand(seed)
    public = _encode(_times(scalar, BASE))
    nonce = _hash_number(prefix, message) % L
    commitment = _encode(_times(nonce, BASE))
    answer = (nonce + _hash_number(commitment, public, message) % L * scalar) % L
    return commitment + answer.to_bytes(32, "little")


def ed25519_verify(public, message, signature):
    key, commitment = _decode(public), _decode(signature[:32])
    answer = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or len(signature) != 64 or answer >= L:
        return False
    challenge = _hash_number(signature[:32], public, message) % L
    return _same(_times(answer, BASE), _add(commitment, _times(challenge, key)))


# --- Merkle tree ---------------------------------------------------------------------------------


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_root(leaves):
    """Over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree_root(leaves[:split]), tree_root(leaves[split:]))


def hashes_of(path):
    assert len(path) % 32 == 0, "a path is made of hashes of 32 bytes"
    return [path[at:at + 32] for at in range(0, len(path), 32)]


def inclusion_path(leaves, index):
    """RFC 6962, 2.1.1: the siblings of leaf `index`, leaf side first, as bytes."""
    if len(leaves) <= 1:
        return b""
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return inclusion_path(leaves[:split], index) + tree_root(leaves[split:])
    return inclusion_path(leaves[split:], index - split) + tree_root(leaves[:split])


def inclusion_root(leaf, index, size, path):
    """The root that the path leads to; None when it has another length than it must."""
    at, last, root = index, size - 1, leaf
    for sibling in hashes_of(path):
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node_hash(sibling, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def consistency_holds(old_size, new_size, old_root, new_root, path):
    hashes = hashes_of(path)
    if old_size == new_size:
        return not hashes and old_root == new_root
    if old_size & (old_size - 1) == 0:
        hashes = [old_root] + hashes
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not hashes:
        return False
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


# --- notes and checkpoints -----------------------------------------------------------------------


def base64_strict(text):
    """RFC 4648, section 3.5: also the bits that are left over must be zero."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the one encoding of these bytes")
    return data


class VerifierKey:
    """name+hash+base64(01 || public key)"""

    def __init__(self, text):
        self.name, hash_text, data = text.strip().split("+", 2)
        data = base64_strict(data)
        assert data[0] == 1 and len(data) == 33, "an Ed25519 key"
        self.public = data[1:]
        self.hash = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        assert hash_text == self.hash.hex(), "the key's hash is that of its name and bytes"


def note_text(note, key):
    """The text of a signed note (bytes) with a good signature of the key; else ValueError."""
    split = note.rfind(b"\n\n")
    if split < 0 or not note.endswith(b"\n"):
        raise ValueError("no empty line, or no newline at the end")
    text, lines = note[:split + 1], note[split + 2:-1].split(b"\n")
    good = 0
    for line in lines:
        dash, name, data = line.decode().split(" ")
        if dash != "\u2014":
            raise ValueError("a signature line begins with an em dash")
        signature = base64_strict(data)
        if name == key.name and signature[:4] == key.hash:
            if not ed25519_verify(key.public, text, signature[4:]):
                raise ValueError("the signature is false")
            good += 1
    if not good:
        raise ValueError("no signature of this key")
    return text


class CosignerKey:
    """name+hash+base64(04 || public key)"""

    def __init__(self, text):
        self.name, hash_text, data = text.strip().split("+", 2)
        data = base64_strict(data)
        assert data[0] == 4 and len(data) == 33, "an Ed25519 key for cosignature/v1"
        self.public = data[1:]
        self.hash = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        assert hash_text == self.hash.hex(), "the key's hash is that of its name and bytes"

    def signed(self, text, data):
        """The time of a cosignature (key hash, time, signature) over a checkpoint's text; None when it
        is somebody else's; else ValueError."""
        if data[:4] != self.hash:
            return None
        time = int.from_bytes(data[4:12], "big")
        if not ed25519_verify(self.public, b"cosignature/v1\ntime %d\n" % time + text, data[12:]):
            raise ValueError("the cosignature is false")
        return time


def cosigned(note, key):
    """The times at which the key's owner cosigned a note (bytes)."""
    split = note.rfind(b"\n\n")
    found = []
    for line in note[split + 2:-1].split(b"\n"):
        dash, name, data = line.decode().split(" ")
        if name == key.name:
            found.append(key.signed(note[:split + 1], base64_strict(data)))
    return [time for time in found if time is not None]


def checkpoint(note, key):
    """(size, root) of a checkpoint signed by the log's key; else ValueError."""
    text = note_text(note, key)
    origin, size, root, end = text.decode().split("\n")
    if origin != key.name or end != "":
        raise ValueError("the origin is not the key's name, or there are further lines")
    if size != str(int(size)):
        raise ValueError("the size is not plain decimal")
    root = base64_strict(root)
    if len(root) != 32:
        raise ValueError("the root has not 32 bytes")
    return int(size), root


# --- proofs of statuses --------------------------------------------------------------------------


class _Reader:
    def __init__(self, data):
        self.data = data

    def take(self, size):
        if size > len(self.data):
            raise ValueError("cut short")
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def number(self, size):
        return int.from_bytes(self.take(size), "big")


def _sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def _climb(key, leaf, steps):
    """The map's root from a leaf's hash; the key's bits say on which side it stands."""
    for bit, sibling in steps:
        right = key[bit // 8] >> (7 - bit % 8) & 1
        leaf = (_sha(sibling, leaf, bytes([bit])) if right
                else _sha(leaf, sibling, bytes([bit])))
    return leaf


class StatusProof:
    """What a bundle proves: `enrolled`, `code`, `status` (bytes or None), and the publication that
    it is from: `recorded_at`, `number`, `epoch`, `map_size`; `size` is the checkpoint's. `note` is the
    checkpoint, `cosignatures` what came with it, unverified."""

    def __init__(self, bundle, key):
        reader = _Reader(bundle)
        magic = reader.take(4)
        assert magic in (b"CRP1", b"CRP2")
        answer, code = reader.number(1), reader.take(18)
        self.enrolled, self.code, self.status = answer == 2, code.decode(), None
        map_key = _sha(b"credit/uscc/v1\0", code)
        if self.enrolled:
            opening = reader.take(32)
            self.status = reader.take(reader.number(1))
            found = map_key
            value = hmac.digest(opening, b"credit/status/v1\0" + code + self.status, "sha256")
        elif answer == 1:
            found, value = reader.take(32), reader.take(32)
            assert found != map_key
        steps = [(reader.number(1), reader.take(32)) for _ in range(reader.number(2))]
        leaf = reader.take(8 * 4 + 32)
        self.recorded_at, self.number, self.epoch, self.map_size = struct.unpack(">4Q", leaf[:32])
        if answer == 0:
            assert not steps and leaf[32:] == _sha() and self.map_size == 0
        else:
            bits = [bit for bit, _ in steps]
            assert bits == sorted(set(bits), reverse=True)
            for bit in bits:
                assert (found[bit // 8] ^ map_key[bit // 8]) >> (7 - bit % 8) & 1 == 0
            assert _climb(found, _sha(found, value), steps) == leaf[32:]
        path = reader.take(32 * reader.number(1))
        note = reader.take(reader.number(2))
        cosignatures = [reader.take(4 + 8 + 64) for _ in range(reader.number(1))] if magic == b"CRP2" else []
        assert reader.data == b"" and (cosignatures or magic == b"CRP1")
        self.note, self.cosignatures = note, cosignatures
        self.size, root = checkpoint(note, key)
        last = leaf_hash(b"\x03" + leaf)
        assert inclusion_root(last, self.size - 1, self.size, path) == root

    def cosigned(self, key):
        """The times at which the key's owner cosigned."""
        text = self.note[:self.note.rfind(b"\n\n") + 1]
        return [time for time in (key.signed(text, data) for data in self.cosignatures)
                if time is not None]


# --- snapshots -----------------------------------------------------------------------------------


class Snapshot:
    """docs/spec/snapshot.md, read in one piece: `publication`, `epoch`, `time`, `map_size`, `lists`
    (number -> (colour, id, title, title_en)), `entities` (code -> (more, [(list, flags, since, until)])),
    days as in protobuf; `size` is the checkpoint's, `recorded_at` when it was logged."""

    def __init__(self, file, key):
        reader = _Reader(file)
        assert reader.take(4) == b"CRS1"
        leaf = reader.take(73)
        kind, self.recorded_at, number, size, entities, entries, digest = struct.unpack(
            ">B5Q32s", leaf)
        assert kind == 4
        path = reader.take(32 * reader.number(1))
        note = reader.take(reader.number(2))
        self.size, root = checkpoint(note, key)
        assert inclusion_root(leaf_hash(leaf), self.size - 2, self.size, path) == root
        body = reader.data
        assert len(body) == size and _sha(body) == digest
        assert reader.take(4) == b"CSB1"
        assert reader.take(reader.number(1)).decode() == key.name
        self.publication, self.epoch, self.time, self.map_size = struct.unpack(
            ">4Q", reader.take(32))
        assert self.publication == number
        self.map_root = reader.take(32)
        self.lists = {}
        for _ in range(reader.number(2)):
            list_number, colour = reader.number(2), reader.number(1)
            texts = [reader.take(reader.number(length)).decode() for length in (1, 2, 2)]
            assert list_number > max(self.lists, default=0)
            self.lists[list_number] = (colour, *texts)
        self.entities, code = {}, ""
        while reader.data:
            shared = reader.number(1)
            last, code = code, code[:shared] + reader.take(18 - shared).decode()
            assert code > last and os.path.commonprefix([code, last]) == code[:shared]
            counts = reader.number(1)
            self.entities[code] = (counts >> 4, [
                (reader.number(2), reader.number(1), reader.number(3) - 7397,
                 reader.number(3) - 7397) for _ in range(counts & 15)])
        assert len(self.entities) == entities
        assert sum(len(found) for _, found in self.entities.values()) == entries


# --- pre-authentication encoding -----------------------------------------------------------------


def pae(kind, payload):
    """DSSE version 1."""
    kind = kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def key_id(public):
    return hashlib.sha256(b"credit/key/v1\0\1" + public).digest()


def sealed_leaf(recorded_at, mac):
    return leaf_hash(b"\1" + struct.pack(">q", recorded_at) + mac)


# --- unified social credit codes -----------------------------------------------------------------

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def uscc(body, prefix="91", region="110108"):
    """The code with an organisation code of these eight characters inside."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(w * _ORGANISATION_ALPHABET.index(c) for w, c in zip(weights, body))
    code = prefix + region + body + "0123456789X0"[11 - total % 11]
    total = sum(pow(3, at, 31) * USCC_ALPHABET.index(c) for at, c in enumerate(code))
    return code + USCC_ALPHABET[-total % 31]


def resident_id(region="110105", birth="19491231", order="002"):
    """A made-up resident identity number with a good check character (GB 11643-1999)."""
    digits = region + birth + order
    total = sum(pow(2, 17 - at, 11) * int(c) for at, c in enumerate(digits))
    return digits + "10X98765432"[total % 11]
