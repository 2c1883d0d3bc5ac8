# SPDX-License-Identifier: Apache-2.0
"""witness.py - witnesses for the tests in this folder: ours, run by credctl, and false ones.

Witness runs `credctl witness serve` on a free port. Log is a log of which only the tree exists, written
from the published texts. Fake is a witness that answers what a test tells it to.
"""

import base64
import hashlib
import http.server
import json
import os
import signal
import subprocess
import threading
import urllib.error
import urllib.request

import oracle
import town


def fetch(url, body=None, method=None):
    """(status, content type, body, headers)"""
    request = urllib.request.Request(url, data=body, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=town.PATIENCE) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read(), answer.headers
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.headers["Content-Type"], answer.read(), answer.headers


class Witness:
    def __init__(self, folder, name, *vkeys):
        folder.mkdir(exist_ok=True)
        self.folder, self.name = folder, name
        self.key, self.logs, self.state = folder / "witness.key", folder / "logs", folder / "state"
        self.log = folder / "witness.log"
        town.credctl("key", "generate", name, "--witness", "--out", self.key)
        self.vkey = (folder / "witness.pub").read_text().strip()
        self.cosigner = oracle.CosignerKey(self.vkey)
        self.logs.write_text("".join(f"log {vkey.strip()}\n" for vkey in vkeys))
        self.process, self.url, self.port = None, None, 0

    def start(self):
        """On a free port at first, on the same one afterwards."""
        command = ("--json", "witness", "serve", "--key", self.key, "--logs", self.logs, "--state",
                   self.state, "--listen", f"127.0.0.1:{self.port}")
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                [str(town.BUILD / "credctl"), *map(str, command)], stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, env=town.environment(), start_new_session=True)
        ready = town.wait_until(lambda: self.events("listening"), "listening", self.process)[0]
        self.url = ready["url"]
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def events(self, event):
        text = self.log.read_text()
        lines = [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]
        return [line for line in lines if line.get("event") == event]

    def stop(self):
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(town.PATIENCE)
        finally:
            process.kill()
            process.wait()
        town.check_clean(process.pid)
        assert code == 0, f"the witness ended with {code}: {self.log.read_text()}"

    def ask(self, body):
        return fetch(f"{self.url}/add-checkpoint", body)

    def path(self, origin):
        return f"{self.url}/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"


def root_of(leaves):
    return oracle.tree_root(leaves)


def consistency(leaves, old, complete=True):
    """RFC 6962, 2.1.2: PROOF(old, leaves) as hashes."""
    if old == len(leaves):
        return [] if complete else [root_of(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= split:
        return consistency(leaves[:split], old, complete) + [root_of(leaves[split:])]
    return consistency(leaves[split:], old - split, False) + [root_of(leaves[:split])]


def request(old, proof, note):
    lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof), ""]
    return "\n".join(lines).encode() + b"\n" + note


class Log:
    """A log of which there is only what a test asks for."""

    def __init__(self, origin, seed=None):
        self.origin = origin
        self.seed = seed or os.urandom(32)
        data = b"\x01" + oracle.ed25519_public(self.seed)
        self.hash = hashlib.sha256(origin.encode() + b"\n" + data).digest()[:4]
        self.vkey = f"{origin}+{self.hash.hex()}+{base64.b64encode(data).decode()}"

    @staticmethod
    def leaves(size, salt=b"", since=0):
        """Those from `since` on are salted."""
        return [oracle.leaf_hash((salt if at >= since else b"") + str(at).encode())
                for at in range(size)]

    def note(self, leaves, origin=None):
        root = base64.b64encode(root_of(leaves)).decode()
        text = f"{origin or self.origin}\n{len(leaves)}\n{root}\n"
        signature = self.hash + oracle.ed25519_sign(self.seed, text.encode())
        line = f"\u2014 {self.origin} {base64.b64encode(signature).decode()}\n"
        return (text + "\n" + line).encode()

    def ask(self, old, leaves):
        """The body that an honest log sends."""
        proof = consistency(leaves, old) if old else []
        return request(old, proof, self.note(leaves))


class Fake:
    """`answer(body)` gives (status, body), or None to say nothing until the test lets go."""

    def __init__(self, answer):
        self.asked, self.release = [], threading.Event()
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fake.asked.append(body)
                said = answer(body)
                if said is None:
                    fake.release.wait(town.PATIENCE)
                    self.close_connection = True
                    return
                self.send_response(said[0])
                self.send_header("Content-Length", str(len(said[1])))
                self.end_headers()
                self.wfile.write(said[1])

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
