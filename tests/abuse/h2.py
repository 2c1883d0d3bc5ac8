# SPDX-License-Identifier: Apache-2.0
"""h2.py - HTTP/2 frames by hand, for clients that do what no library lets them do.

RFC 9113 for frames, RFC 7541 for header blocks; of the latter only literals without indexing, and
what an attack needs by itself.
"""

import socket
import ssl
import struct
import time

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    0, 1, 2, 3, 4, 6, 7, 8, 9)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
CANCEL = 8
ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME = 2, 3, 4, 5


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def settings(**values):
    names = {"window": INITIAL_WINDOW, "frame": MAX_FRAME, "streams": MAX_STREAMS}
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", names[name], value)
                                          for name, value in values.items()))


def integer(value, bits, first=0):
    """RFC 7541, 5.1."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    out = [first | limit]
    value -= limit
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out + [value])


def text(value):
    return integer(len(value), 7) + value


def literal(name, value):
    """Without indexing, new name: RFC 7541, 6.2.2."""
    return b"\x00" + text(name) + text(value)


def request(path, *more):
    """The header block of a gRPC call."""
    fields = [(b":method", b"POST"), (b":scheme", b"https"), (b":path", path.encode()),
              (b":authority", b"localhost"), (b"content-type", b"application/grpc"),
              (b"te", b"trailers"), *more]
    return b"".join(literal(name, value) for name, value in fields)


def headers(stream, path, *more, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, request(path, *more))


def message(data, compressed=0, declared=None):
    """gRPC's length-prefixed message; `declared` may lie."""
    return struct.pack(">BI", compressed, len(data) if declared is None else declared) + data


def call(stream, path, data, *more):
    return headers(stream, path, *more) + frame(DATA, END_STREAM, stream, message(data))


class Connection:
    """A TLS connection from an address of our choice, that greets and then does as it is told."""

    def __init__(self, port, source="127.0.0.1", greet=True, window=None, timeout=10):
        raw = socket.create_connection(("127.0.0.1", port), timeout=timeout,
                                       source_address=(source, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        try:
            self.socket = context.wrap_socket(raw)
        except OSError:
            raw.close()
            raise
        if greet:
            self.send(PREFACE + (settings() if window is None else settings(window=window)))

    def send(self, data):
        self.socket.sendall(data)

    def take(self, seconds=0):
        """What has come; b"" when nothing did in time, None when the other end has closed."""
        self.socket.settimeout(seconds if seconds else 0.0001)
        try:
            data = self.socket.recv(1 << 16)
            return data if data else None
        except (TimeoutError, ssl.SSLWantReadError):
            return b""
        except OSError:
            return None
        finally:
            self.socket.settimeout(10)

    def closed_within(self, seconds):
        """Reads on until the other end closes; False when it has not by then."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.take(0.1) is None:
                return True
        return False

    def close(self):
        self.socket.close()

    def reset(self):
        """RST in place of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
