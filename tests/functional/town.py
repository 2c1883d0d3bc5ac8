# SPDX-License-Identifier: Apache-2.0
"""town.py - a real registry with departments, run by the real tools, for the tests in this folder.

A Registry is a temporary folder in which `credctl init` founded a registry and credd serves it on a
free port and a Unix socket. Three authorities work in it, each with a signing key and a client
certificate:

    market  registrar, decider of penalties and of the black list, filer
    tax     decider of the red list
    office  front office: may file nothing

A daemon that is stopped must end with code 0, and no process of the town may leave a sanitizer's
report; both are checked here, so that no test can forget it. Times are waited for by looking, never
by sleeping for a guess.
"""

import contextlib
import dataclasses
import datetime
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import struct
import subprocess
import tempfile
import time

import grpc

import oracle
import wire

HOME = pathlib.Path(__file__).resolve().parents[2]
BUILD = wire.BUILD
RULE_BOOK = HOME / "docs/rules/cn-2026.yaml"
ORIGIN = "credit.town.example/2026"
PATIENCE = wire.PATIENCE

# Exit codes of credctl.
DONE, NO, USAGE, FAULT = 0, 1, 2, 3

BLACK, RED = "black.market-serious", "red.taxpayer-a"


def plain_book():
    """The rule book without what must come before a listing: each line 'notice: true' and
    'consent_levels: [...]' becomes a comment and nothing else changes, so that tests of what comes
    after a decision may file it at once. The whole road is walked by the README's own commands."""
    return re.sub(r"^ ( (?:notice: true|consent_levels: \[.*\])$)", r"#\1",
                  RULE_BOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)


def entity(number):
    """The code of a made-up enterprise."""
    return oracle.uscc(f"MA{number:06d}")


def authority(number):
    return oracle.uscc(f"MB{number:06d}", prefix="11", region="330106")


def days_ago(number):
    """A legal date."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600 - number * 86400))


def today():
    return days_ago(0)


def wait_until(condition, what, process=None):
    """Returns the first true value of condition()."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        if process is not None and process.poll() is not None:
            raise AssertionError(f"the process ended with {process.returncode} before {what}")
        time.sleep(0.01)
    raise AssertionError(f"still not so after {PATIENCE} s: {what}")


def sanitizer_reports(pid):
    """Files that the sanitizers of a process wrote (tests/support/run.py names the place)."""
    found = []
    for variable in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"):
        place = re.search(r"log_path=([^:]+)", os.environ.get(variable, ""))
        if place:
            found += pathlib.Path(place[1]).parent.glob(f"*.{pid}")
    return sorted(set(found))


def check_clean(pid):
    for report in sanitizer_reports(pid):
        raise AssertionError(f"a sanitizer objects: {report.read_text(errors='replace')[:4000]}")


# --- credctl -------------------------------------------------------------------------------------


@dataclasses.dataclass
class Answer:
    """What one run of credctl said."""

    command: list
    code: int
    out: str
    err: str

    @property
    def values(self):
        """With --json: the value on each line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def value(self):
        values = self.values
        assert len(values) == 1, f"one value expected: {self}"
        return values[0]

    @property
    def error(self):
        """With --json: the refusal."""
        errors = [value["error"] for value in self.values
                  if isinstance(value, dict) and value.get("error")]
        assert len(errors) == 1, f"one refusal expected: {self}"
        return errors[0]

    def __str__(self):
        return (f"{' '.join(map(str, self.command))}\nexit code {self.code}\n"
                f"stdout: {self.out}\nstderr: {self.err}")


def environment(lang="en", **variables):
    env = {name: value for name, value in os.environ.items() if not name.startswith("CREDCTL_")}
    env["LC_ALL"] = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[lang]
    return dict(env, **variables)


def start_credctl(*words, lang="en", cwd=None, **variables):
    command = [str(BUILD / "credctl"), *map(str, words)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, cwd=cwd, env=environment(lang, **variables))


def credctl(*words, code=DONE, lang="en", stdin=b"", cwd=None, **variables):
    """Runs credctl. `code` is the exit code that it must have, or None for any."""
    process = start_credctl(*words, lang=lang, cwd=cwd, **variables)
    try:
        out, err = process.communicate(stdin, timeout=PATIENCE)
    finally:
        process.kill()
    answer = Answer(["credctl", *words], process.returncode, out.decode(), err.decode())
    check_clean(process.pid)
    if code is not None and answer.code != code:
        raise AssertionError(f"exit code {code} expected\n{answer}")
    return answer


def subcommands(lang="en"):
    """name -> summary, as `credctl --help` lists them."""
    text = credctl("--help", lang=lang).out
    found = dict(re.findall(r"^  ([a-z][a-z-]*(?: [a-z-]+)?)  +(\S.*)$", text, re.MULTILINE))
    assert len(found) > 10, text
    return found


def options_of(help_text):
    """The long options that a --help shows."""
    return set(re.findall(r"^  (?:-\w, )?--([a-z-]+)", help_text, re.MULTILINE))


# --- the registry --------------------------------------------------------------------------------


class Office:
    """An authority: its code, its signing key, its client certificate."""

    def __init__(self, folder, number, name, short):
        self.uscc, self.name = authority(number), name
        self.key = folder / f"{short}.key"
        self.vkey = folder / f"{short}.pub"
        self.certificate = folder / f"{short}-tls"

    @property
    def signing(self):
        """The options of every subcommand that signs."""
        return ("--issuer", self.uscc, "--sign", self.key)

    @property
    def tls(self):
        return ("--cert", f"{self.certificate}.crt", "--key-file", f"{self.certificate}.key")


def clock_library():
    """earlier.c, built once."""
    source = HOME / "tests/functional/earlier.c"
    library = pathlib.Path(tempfile.gettempdir()) / f"earlier-{hash_of(source)}.so"
    if not library.exists():
        with tempfile.NamedTemporaryFile(dir=library.parent, suffix=".so", delete=False) as made:
            compiler = shlex.split(os.environ.get("CC", "gcc"))  # "ccache gcc" is two words
            subprocess.run([*compiler, "-std=c17", "-D_GNU_SOURCE", "-shared",
                            "-fPIC", "-o", made.name, source], check=True)
        os.replace(made.name, library)
    asan = os.environ.get("ASAN_OPTIONS", "")
    return {"LD_PRELOAD": str(library), "ASAN_OPTIONS": f"{asan}:verify_asan_link_order=0"}


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def earlier(days):
    """Variables that set a program's clock back."""
    return {**clock_library(), "CLOCK_OFFSET": str(-days * 86400)}


class Clock:
    """A clock that programs started with its variables share, and that a test sets as they run."""

    def __init__(self, path):
        self.path = path
        if not path.exists():
            path.write_bytes(bytes(8))
        self.variables = {**clock_library(), "CLOCK_FILE": str(path)}

    def set(self, text):
        """`text`: 2026-03-02 (at nine, or later when it is that day already) or 2026-03-02T09:30,
        in China; never back."""
        day, _, clock = text.partition("T")
        if not clock and self.touched and self.today() == day:
            return
        wanted = datetime.datetime.fromisoformat(f"{day}T{clock or '09:00'}:00+08:00").timestamp()
        offset = int(wanted - time.time())
        assert offset >= self.offset, f"the clock stands later than {text}"
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=q", offset))

    @property
    def offset(self):
        return struct.unpack("=q", self.path.read_bytes())[0] if self.touched else -2**62

    @property
    def touched(self):
        return self.path.read_bytes() != bytes(8)

    def today(self):
        china = datetime.timezone(datetime.timedelta(hours=8))
        return datetime.datetime.fromtimestamp(self.now_ms() / 1000, china).date().isoformat()

    def now_ms(self):
        return int((time.time() + (self.offset if self.touched else 0)) * 1000)


class Registry:
    """`clock`: variables for every program, those of earlier(); empty is the true time."""

    def __init__(self, origin=ORIGIN):
        self.clock = {}
        self.origin = origin
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="town-"))
        self.home = self.folder / "registry"
        self.config = self.home / "credd.yaml"
        self.log = self.folder / "credd.log"
        self.socket = self.home / "credd.sock"
        self.daemon = None
        self.port = None
        self.root = authority(1)
        self.root_key = self.home / "keys/root.key"
        self.log_vkey = self.home / "keys/log.pub"
        self.market = Office(self.folder, 2, "示例县市场监督管理局", "market")
        self.tax = Office(self.folder, 3, "国家税务总局示例县税务局", "tax")
        self.office = Office(self.folder, 4, "示例县政务服务中心", "office")

    # --- founding --------------------------------------------------------------------------------

    def found(self, book=None):
        """With plain_book(), or the rule book in the file `book`."""
        if book is None:
            book = self.folder / "book.yaml"
            book.write_text(plain_book(), encoding="utf-8")
        credctl("init", self.home, "--origin", self.origin, "--root-uscc", self.root,
                "--root-name", "示例县社会信用体系建设办公室", "--rule-book", book,
                "--tcp", "127.0.0.1:0", **self.clock)
        return self

    def set(self, **settings):
        """Changes settings of credd.yaml: set(limits={"connections": 40})."""
        lines = self.config.read_text().splitlines()
        for section, values in settings.items():
            found = [at for at, line in enumerate(lines)
                     if re.match(rf"{section}\s*:", line)]
            text = f"{section}: {json.dumps(values)}"
            for at in found:
                end = at + 1
                while end < len(lines) and (not lines[end] or lines[end][0] in " \t"):
                    end += 1
                lines[at:end] = []
            lines.append(text)
        self.config.write_text("\n".join(lines) + "\n")
        return self

    def enrol_offices(self):
        for office in (self.market, self.tax, self.office):
            credctl("key", "generate", office.uscc, "--out", office.key)
            credctl("cert", "--ca", self.home / "tls", "--uscc", office.uscc,
                    "--out", office.certificate)
            self.run("authority", "enrol", "--uscc", office.uscc, "--name", office.name,
                     "--level", "county", "--public-key", office.vkey, "--sign", self.root_key)
        self.grant(self.market, "registrar")
        self.grant(self.market, "decider", "record.penalty", BLACK)
        self.grant(self.market, "filer", "record.penalty")
        self.grant(self.tax, "decider", RED)
        self.grant(self.office, "front-office")
        return self

    def grant(self, office, role, *items):
        self.run("authority", "grant", "--uscc", office.uscc, "--role", role,
                 *(word for item in items for word in ("--item", item)),
                 "--sign", self.root_key)

    # --- the daemon ------------------------------------------------------------------------------

    def lines(self, event=None):
        """Whole lines of the daemon's log, those of the last start."""
        if not self.log.exists():
            return []
        text = self.log.read_text(errors="replace")
        found = []
        for line in text[:text.rfind("\n") + 1].splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                raise AssertionError(f"a log line that is not JSON: {line!r}") from None
        return [line for line in found if event is None or line["event"] == event]

    def spawn(self, *options, **variables):
        """Starts credd and does not wait for it."""
        with open(self.log, "wb") as out:
            return subprocess.Popen(
                [BUILD / "credd", "--config", self.config, *options], stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, env=environment(**{**self.clock, **variables}),
                start_new_session=True)

    def start(self, *options, **variables):
        assert self.daemon is None
        self.daemon = self.spawn(*options, **variables)
        try:
            ready = wait_until(lambda: self.lines("ready"), "ready", self.daemon)[0]
            self.port = ready["port"]
            with self.channel() as channel:
                health = wire.call(channel, "grpc.health.v1.Health/Check",
                                   wire.new("grpc.health.v1.HealthCheckRequest"))
            assert health.status == 1, "SERVING"
        except BaseException:
            print(self.log.read_text(errors="replace")[-4000:])
            self.kill()
            raise
        return self

    def stop(self):
        """As a service manager does; the daemon must agree."""
        if self.daemon is None:
            return
        daemon, self.daemon = self.daemon, None
        early = daemon.poll()
        assert early is None, f"credd had ended with {early} before it was told to"
        daemon.send_signal(signal.SIGTERM)
        try:
            code = daemon.wait(PATIENCE)
        finally:
            daemon.kill()
            daemon.wait()
        check_clean(daemon.pid)
        if code != 0:
            tail = self.log.read_text(errors="replace")[-4000:]
            raise AssertionError(f"credd ended with {code}; its log ends:\n{tail}")

    def kill(self):
        """As a power failure does."""
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait()
            check_clean(self.daemon.pid)
            self.daemon = None

    def remove(self):
        try:
            self.stop()
        finally:
            self.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- talking to it ---------------------------------------------------------------------------

    def run(self, *words, **options):
        """credctl over the Unix socket."""
        return credctl(*words, cwd=self.folder,
                       **{"CREDCTL_SERVER": f"unix:{self.socket}", **self.clock, **options})

    def json(self, *words, **options):
        return self.run("--json", *words, **options)

    def tls(self, office):
        """The options of credctl that speaks as a department over TLS."""
        return ("--server", f"localhost:{self.port}", "--ca", self.home / "tls/ca.crt",
                *office.tls)

    @contextlib.contextmanager
    def channel(self, office=None, tcp=False, options=()):
        """A channel: over the socket, over TLS as a department, or (tcp) as the public."""
        options = [("grpc.use_local_subchannel_pool", 1), *options]
        if office is None and not tcp:
            channel = grpc.insecure_channel(f"unix:{self.socket}", options)
        else:
            ca = (self.home / "tls/ca.crt").read_bytes()
            own = [(pathlib.Path(f"{office.certificate}.{end}")).read_bytes()
                   for end in ("key", "crt")] if office else [None, None]
            channel = grpc.secure_channel(f"localhost:{self.port}",
                                          grpc.ssl_channel_credentials(ca, *own), options)
        with channel:
            yield channel

    @property
    def verifier(self):
        return oracle.VerifierKey(self.log_vkey.read_text())

    def checkpoint(self):
        """The newest head, its signature checked by oracle.py: (size, root)."""
        with self.channel() as channel:
            answer = wire.call(channel, "TransparencyService/GetCheckpoint",
                               wire.new("GetCheckpointRequest"))
        size, root = oracle.checkpoint(answer.checkpoint, self.verifier)
        assert size == answer.tree_size
        return size, root

    def submit(self, filing, office=None, timeout=PATIENCE, **fields):
        """Over the socket, or as a department over TLS; the FilingReceipt."""
        request = wire.new("SubmitRequest", filing=filing, **fields)
        with self.channel(office) as channel:
            return wire.call(channel, "FilingService/Submit", request, timeout).receipt

    def file(self, acts, office=None, **changes):
        """Acts of a department (market by default), sealed and signed by wire.py."""
        office = office or self.market
        return wire.filing(acts, self.origin, office.uscc, wire.Key(office.key), **changes)

    def status(self, uscc, min_epoch=0, channel=None):
        """(Status, Detail, whole response) once publication `min_epoch` is there."""
        request = wire.new("GetStatusRequest", name=f"entities/{uscc}/status", view=2,
                           min_epoch=min_epoch)
        with contextlib.ExitStack() as stack:
            channel = channel or stack.enter_context(self.channel())
            answer = published(lambda: wire.call(channel, "StatusService/GetStatus", request))
        return (wire.CONTRACT.type("credit.v1.Status").FromString(answer.status),
                wire.CONTRACT.type("credit.v1.Detail").FromString(answer.detail), answer)

    def settle(self):
        """Waits until readers see all that was acknowledged; the proof that a code is not enrolled."""
        request = wire.new("GetStatusProofRequest", name=f"entities/{entity(999999)}/status")
        with self.channel() as channel:
            request.min_epoch = wire.call(channel, "TransparencyService/GetCheckpoint",
                                          wire.new("GetCheckpointRequest")).newest_epoch
            answer = published(lambda: wire.call(
                channel, "TransparencyService/GetStatusProof", request))
        proof = oracle.StatusProof(answer.proof, self.verifier)
        assert not proof.enrolled
        return proof

    def acts(self):
        """How many acts were acknowledged: the log's leaves but for those of publications."""
        proof = self.settle()
        return proof.size - proof.number


def published(ask):
    """ask(), again while the publication that it wants is not there yet."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except grpc.RpcError as error:
            reason = wire.Refusal(error).reason
            if reason != "EPOCH_NOT_PUBLISHED" or time.monotonic() > end:
                raise
        time.sleep(0.01)


def open_registry(rule_book=None, origin=ORIGIN, **settings):
    """A registry that serves, with its departments. The caller removes it."""
    registry = Registry(origin)
    try:
        registry.found(rule_book).set(**settings).start().enrol_offices()
    except BaseException:
        registry.kill()
        shutil.rmtree(registry.folder, ignore_errors=True)
        raise
    return registry
