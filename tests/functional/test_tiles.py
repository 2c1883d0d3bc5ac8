# SPDX-License-Identifier: Apache-2.0
"""The log as files, followed as a third-party monitor would: with nothing but the folder and the
log's public key.

Whatever is checked here is checked by oracle.py; the daemon is asked nothing. Each test follows the
folder of a real daemon that goes on publishing.
"""

import pathlib
import struct
import threading
import unittest

import oracle
import town
import wire

ENTITIES = 600
FULL = 256


def place(kind, index, width):
    """C2SP tlog-tiles: groups of three digits, all but the last with an x."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    return f"tile/{kind}/{'/'.join(groups)}" + (f".p/{width}" if width < FULL else "")


def tiles_of(nodes):
    """(index, width) of the tiles over so many hashes or entries."""
    return [(first // FULL, min(FULL, nodes - first)) for first in range(0, nodes, FULL)]


class Monitor:
    """Remembers the entries that it has seen; refuses a log that takes one back."""

    def __init__(self, folder, key):
        self.folder, self.key = pathlib.Path(folder), key
        self.size, self.root = 0, oracle.tree_root([])
        self.entries, self.leaves = [], []

    def read(self, name):
        return (self.folder / name).read_bytes()

    def look(self):
        """The newest checkpoint and all that is new under it."""
        size, root = oracle.checkpoint(self.read("checkpoint"), self.key)
        assert size >= self.size, "a log does not shrink"
        if size == self.size:
            assert root == self.root, "two roots for one size"
            return
        for index, width in tiles_of(size):
            if (index + 1) * FULL > self.size:
                self.take(index, self.bundle(index, width))
        assert len(self.entries) == size
        assert oracle.tree_root(self.leaves[:self.size]) == self.root, "the old tree begins the new"
        assert oracle.tree_root(self.leaves) == root, "the entries give the root"
        assert self.entries[-1][0] == 3, "a published tree ends with its publication"
        self.size, self.root = size, root

    def bundle(self, index, width):
        data, at, entries = self.read(place("entries", index, width)), 0, []
        while at < len(data):
            length, = struct.unpack_from(">H", data, at)
            entries.append(data[at + 2:at + 2 + length])
            assert len(entries[-1]) == length
            at += 2 + length
        assert len(entries) == width
        return entries

    def take(self, index, entries):
        known = self.entries[index * FULL:]
        assert entries[:len(known)] == known, "an entry was changed"
        self.entries += entries[len(known):]
        self.leaves += [oracle.leaf_hash(entry) for entry in entries[len(known):]]

    def check_tiles(self):
        """Every tile that a tree of this size has; its hashes are roots of complete subtrees."""
        level, nodes = 0, self.leaves
        while nodes:
            for index, width in tiles_of(len(nodes)):
                tile = self.read(place(level, index, width))
                assert tile == b"".join(nodes[index * FULL:index * FULL + width])
            nodes = [oracle.tree_root(nodes[at:at + FULL])
                     for at in range(0, len(nodes) - FULL + 1, FULL)]
            level += 1

    def path(self, index):
        """The inclusion path of an entry, made from tiles of hashes alone."""
        def root(first, count):
            """Of leaves [first, first + count), `first` being a multiple of the span."""
            level, span = 0, 1
            while span * FULL <= count:
                level, span = level + 1, span * FULL
            if count == span:
                nodes = self.size // span
                tile, at = divmod(first // span, FULL)
                width = min(FULL, nodes - tile * FULL)
                return self.read(place(level, tile, width))[32 * at:32 * at + 32]
            split = 1 << (count - 1).bit_length() - 1
            return oracle.node_hash(root(first, split), root(first + split, count - split))

        def walk(first, count):
            if count == 1:
                return b""
            split = 1 << (count - 1).bit_length() - 1
            if index < first + split:
                return walk(first, split) + root(first + split, count - split)
            return walk(first + split, count - split) + root(first, split)

        return walk(0, self.size)


def setUpModule():
    global TOWN, FOLDER
    TOWN = town.open_registry(publication={"folder": "public", "interval_ms": 50})
    unittest.addModuleCleanup(TOWN.remove)
    FOLDER = TOWN.home / "public"


def enrol(first, count):
    """Files that many entities; the receipts."""
    acts = [wire.enrolment(town.entity(n)) for n in range(first, first + count)]
    return TOWN.submit(TOWN.file(acts))


def follow(monitor, size):
    """Looks until the folder has a tree of at least that size."""
    def there():
        monitor.look()
        return monitor.size >= size

    town.wait_until(there, f"a published tree of {size} leaves")


class Tiles(unittest.TestCase):
    def monitor(self, size=1):
        town.wait_until(lambda: (FOLDER / "checkpoint").exists(), "a checkpoint")
        monitor = Monitor(FOLDER, TOWN.verifier)
        follow(monitor, size)
        return monitor

    def test_a_stranger_follows_the_log_from_one_checkpoint_to_the_next(self):
        monitor = self.monitor()
        before = monitor.size
        receipt = enrol(0, ENTITIES)
        follow(monitor, before + ENTITIES + 1)
        monitor.check_tiles()
        # What the receipt shows the filer is what everybody may see.
        for accepted in receipt.accepted:
            self.assertEqual(monitor.entries[accepted.leaf_index][0], 1)
        enrol(ENTITIES, 10)
        follow(monitor, before + ENTITIES + 12)
        monitor.check_tiles()

    def test_every_leaf_is_proved_from_tiles_alone(self):
        # Up to its publication, after which nothing comes that would take a partial tile away.
        monitor = self.monitor(enrol(10000, 300).accepted[-1].leaf_index + 2)
        for index, leaf in enumerate(monitor.leaves):
            path = monitor.path(index)
            self.assertEqual(oracle.inclusion_root(leaf, index, monitor.size, path), monitor.root)

    def test_no_leaf_names_an_entity(self):
        code = town.entity(20001)
        size = TOWN.checkpoint()[0]
        enrol(20001, 1)
        monitor = self.monitor(size + 2)
        for entry in monitor.entries:
            self.assertNotIn(code.encode(), entry)

    def test_a_checkpoint_is_never_there_before_its_tiles(self):
        """A monitor that looks all the time, while small publications come one after another."""
        monitor, failures, done = self.monitor(), [], threading.Event()

        def watch():
            try:
                while not done.is_set():
                    monitor.look()
                    monitor.check_tiles()
            except (AssertionError, OSError, ValueError) as error:
                failures.append(error)

        watcher = threading.Thread(target=watch)
        watcher.start()
        for at in range(40):
            enrol(30000 + 10 * at, 1 + at % 7)
        done.set()
        watcher.join()
        self.assertEqual(failures, [])

    def test_nothing_else_lies_in_the_folder(self):
        self.monitor()
        for path in FOLDER.rglob("*"):
            name = path.relative_to(FOLDER).as_posix()
            if name.startswith("snapshot/"):
                continue  # test_snapshot.py
            if path.is_file() and name not in ("checkpoint", ".new"):
                self.assertRegex(name, r"^tile/(entries|\d)/(x\d{3}/)*\d{3}(\.p/[1-9]\d{0,2})?$")

    def test_what_was_published_last_is_there_when_the_daemon_has_stopped(self):
        monitor = self.monitor()
        enrol(40000, 3)
        size = TOWN.checkpoint()[0]
        TOWN.stop()
        try:
            monitor.look()
            self.assertGreaterEqual(monitor.size, size)
        finally:
            TOWN.start()

    def test_a_daemon_that_was_killed_goes_on_with_the_same_log(self):
        monitor = self.monitor()
        for at in range(5):
            enrol(50000 + 100 * at, 60)
            TOWN.kill()
            monitor.look()
            TOWN.start()
            follow(monitor, TOWN.checkpoint()[0])
            monitor.check_tiles()

    def test_a_folder_of_another_log_stops_the_start_and_says_so(self):
        other = town.open_registry()
        self.addCleanup(other.remove)
        other.stop()
        self.monitor()
        (other.home / "public").mkdir()
        (other.home / "public/checkpoint").write_bytes(
            (FOLDER / "checkpoint").read_bytes().replace(b"=", b"A", 1))
        other.set(publication={"folder": "public"})
        process = other.spawn()
        self.assertEqual(process.wait(town.PATIENCE), 3)
        said = other.log.read_text()
        self.assertIn("publication.folder", said)
        self.assertIn("the folder holds something else than this log", said)

    def test_a_failure_is_told_once_and_the_registry_goes_on(self):
        folder = TOWN.home / "public"
        monitor = self.monitor()
        TOWN.stop()
        monitor.look()
        (folder / "tile/entries").rename(folder / "kept")
        (folder / "tile/entries").write_text("in the way")
        TOWN.start()
        try:
            enrol(60000, 2)
            town.wait_until(lambda: TOWN.lines("export-failed"), "a failure")
            enrol(60010, 2)
            self.assertEqual(len(TOWN.lines("export-failed")), 1)
            self.assertEqual(oracle.checkpoint(monitor.read("checkpoint"), monitor.key)[0],
                             monitor.size)
        finally:
            (folder / "tile/entries").unlink()
            (folder / "kept").rename(folder / "tile/entries")
        follow(monitor, TOWN.checkpoint()[0])
        monitor.check_tiles()
        town.wait_until(lambda: TOWN.lines("exported"), "the end of the failure")


if __name__ == "__main__":
    unittest.main()
