"""Folds, the durable local copies of buckets, and snapshots of them."""

import ctypes as c
from typing import Any, Iterable, List, Optional, Tuple, Union

from . import _structs
from ._handle import Handle, borrowed
from ._load import data_of, library, name_of
from ._states import new_struct, state_of
from .cursor import Cursor
from .errors import NotFound
from .iterator import Iterator
from .options import Options
from .states import ArtifactSummary, Compaction, FoldState
from .update import Update, fill, read_one, view_of

Key = Union[str, bytes]


class _Readable(Handle):
    """What has a get: the values of live keys, as of a mapping."""

    def get(self, key: Key) -> Update:
        raise NotImplementedError

    def __getitem__(self, key: Key) -> bytes:
        return self.get(key).value

    def __contains__(self, key: Key) -> bool:
        try:
            self.get(key)
        except NotFound:
            return False
        return True


class Fold(_Readable):
    """A durable local copy of a bucket's current state. Made by open_fold().

    >>> import slipstream, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> fold = slipstream.open_fold("lmdb:" + folder.name + "/routes")
    >>> updates = [Update(b"edge.eu", b"10.0.0.1", 1), Update(b"edge.us", b"10.0.0.2", 2)]
    >>> fold.apply("routes", updates, Cursor(7, 2))
    >>> fold["edge.eu"]
    b'10.0.0.1'
    >>> with fold.snapshot() as snapshot:
    ...     [update.key for update in snapshot.range(prefix="edge.", reverse=True)]
    [b'edge.us', b'edge.eu']
    >>> fold.cursor()
    (Cursor(epoch=7, revision=2), 'routes')
    >>> fold.close()
    >>> folder.cleanup()
    """

    _noun = "fold"
    _rank = 2

    def apply(self, bucket: str, updates: Iterable[Update], cursor: Cursor) -> None:
        """Apply updates by hand and set the cursor, in one commit."""
        items, kept = list(updates), []  # type: Tuple[List[Update], List[bytes]]
        rows = (_structs.Update * len(items))()
        for row, update in zip(rows, items):
            fill(row, update, kept)
        self._call("apply", name_of(bucket, "bucket"), rows if items else None, len(items),
                   _structs.Cursor(*cursor))

    def get(self, key: Key) -> Update:
        """The live update of a key, as last committed; NotFound (a KeyError) otherwise."""
        entry, data = c.c_void_p(), data_of(key, "key")
        self._call("get", data, len(data), c.byref(entry))
        found = read_one(self._library.so.slip_entry_update(entry))
        self._library.so.slip_entry_free(entry)
        return found

    def cursor(self) -> Tuple[Cursor, str]:
        """(committed cursor, name of the bucket, "" where nothing was followed)"""
        cursor, bucket = _structs.Cursor(), c.c_void_p()
        self._call("cursor", c.byref(cursor), c.byref(bucket))
        return Cursor(cursor.epoch, cursor.revision), self._library.take_text(bucket).decode()

    def stats(self) -> FoldState:
        """Counts and sizes."""
        state = new_struct(_structs.FoldState)
        self._call("stats", c.byref(state))
        return state_of(FoldState, state)

    def check(self) -> int:
        """Read everything and compare every checksum; returns the records read, or raises Corrupt."""
        checked = c.c_uint64()
        self._call("check", c.byref(checked))
        return checked.value

    def sync(self) -> None:
        """Make everything committed so far safe against a power loss."""
        self._call("sync")

    def compact(self) -> Tuple[Compaction, str]:
        """Give back the space of what was overwritten: how it ended, and why it did not where it did
        not. Unsupported unless the fold is an append log."""
        done, reason = new_struct(_structs.Compaction), c.c_void_p()
        self._call("compact", c.byref(done), c.byref(reason))
        return state_of(Compaction, done), self._library.take_text(reason).decode()

    def hide(self, revisions: range) -> None:
        """Let what these revisions wrote be read as absent. Unsupported unless it is an append log."""
        self._call("hide", _revisions(revisions))

    def unhide(self, revisions: range) -> None:
        """Show what these revisions wrote again."""
        self._call("unhide", _revisions(revisions))

    def hidden(self) -> List[range]:
        """The revisions that are hidden, ascending."""
        count, room = c.c_size_t(), 0
        while True:
            rows = (_structs.RevisionRange * room)()
            self._call("hidden", rows if room else None, room, c.byref(count))
            if count.value <= room:
                return [range(row.from_, row.to) for row in rows[:count.value]]
            room = count.value

    def position(self, consumer: str) -> Optional[Cursor]:
        """How far a named consumer has come; None where it is fresh.

        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> fold = open_fold("lmdb:" + folder.name + "/routes")
        >>> fold.apply("routes", [Update(b"edge.eu", b"10.0.0.1", 1)], Cursor(7, 1))
        >>> fold.position("billing")
        >>> fold.save_position("billing", Cursor(7, 1))
        >>> fold.position("billing")
        Cursor(epoch=7, revision=1)
        >>> fold.close()
        >>> folder.cleanup()
        """
        cursor = _structs.Cursor()
        with borrowed(self) as pointer:
            self._library.call("slip_consumer_position_load", pointer,
                               name_of(consumer, "consumer"), c.byref(cursor))
        return Cursor(cursor.epoch, cursor.revision) if cursor.epoch else None

    def save_position(self, consumer: str, cursor: Cursor) -> None:
        """Keep how far a named consumer has come; durable when it returns."""
        with borrowed(self) as pointer:
            self._library.call("slip_consumer_position_save", pointer,
                               name_of(consumer, "consumer"), _structs.Cursor(*cursor))

    def snapshot(self) -> "Snapshot":
        """The newest committed state."""
        handle = c.c_void_p()
        with borrowed(self) as pointer:
            self._library.call("slip_snapshot_open", pointer, c.byref(handle))
        return Snapshot(handle)

    def export(self, directory: Any, **options: Any) -> ArtifactSummary:
        """Export it as an artifact; options: describe_options("export")."""
        summary = new_struct(_structs.ArtifactSummary)
        with Options("export", options) as chosen:
            self._call("export", name_of(directory, "directory"), chosen, c.byref(summary))
        return state_of(ArtifactSummary, summary)

    def import_artifact(self, directory: Any, **options: Any) -> ArtifactSummary:
        """Fill it, an empty one of a kind of your own, from an artifact; options:
        describe_options("import"). Folds with a URL are made by import_fold()."""
        summary = new_struct(_structs.ArtifactSummary)
        with Options("import", options) as chosen, borrowed(self) as pointer:
            self._library.call("slip_fold_import_into", name_of(directory, "directory"), pointer,
                               chosen, c.byref(summary))
        return state_of(ArtifactSummary, summary)

    def close(self) -> None:
        """Sync and release the path. Busy under a running watch, and nothing is closed then."""
        if not self._closed:
            self._call("close")
            self._release()


def _revisions(revisions: range) -> _structs.RevisionRange:
    if revisions.step != 1:
        raise ValueError("revisions have a step of 1")
    return _structs.RevisionRange(revisions.start, revisions.stop)


class Snapshot(_Readable):
    """One committed state of a fold. What it gives is copied and stays."""

    _noun = "snapshot"
    _rank = 0

    def __init__(self, pointer: c.c_void_p) -> None:
        super().__init__(pointer)

    def refresh(self) -> None:
        """Move to the newest committed state. Misuse while an iterator of it is open."""
        self._call("refresh")

    @property
    def cursor(self) -> Cursor:
        """Every update at or below it is in."""
        with borrowed(self) as pointer:
            cursor = self._library.so.slip_snapshot_cursor(pointer)
        return Cursor(cursor.epoch, cursor.revision)

    def get(self, key: Key) -> Update:
        """The live update of a key; NotFound (a KeyError) otherwise."""
        update, data = _structs.Update(), data_of(key, "key")
        pointer = self._enter()
        try:
            self._library.call("slip_snapshot_get", pointer, data, len(data), c.byref(update))
            return read_one(update)
        finally:
            self._leave()

    def range(self, prefix: Key = b"", start: Key = b"", *, reverse: bool = False, limit: int = 0,
              tombstones: bool = False) -> "Iterator[Update]":
        """The entries in byte order of their keys, from `start` (inclusive) on; limit 0: all."""
        prefix_data, start_data = data_of(prefix, "key"), data_of(start, "key")
        wanted = new_struct(_structs.Range)
        wanted.prefix, wanted.from_ = view_of(prefix_data), view_of(start_data)
        wanted.reverse, wanted.limit, wanted.tombstones = reverse, limit, tombstones
        iterator = c.c_void_p()
        self._call("range", c.byref(wanted), c.byref(iterator))
        return Iterator(iterator, lambda update: update, self)

    def __iter__(self) -> "Iterator[Update]":
        return self.range()

    def __len__(self) -> int:
        return sum(1 for _ in self.range())


def open_fold(url: str, **options: Any) -> Fold:
    """Open or create the fold at "lmdb:PATH"; options: describe_options("fold")."""
    handle = c.c_void_p()
    with Options("fold", options) as chosen:
        library().call("slip_fold_open", name_of(url, "URL"), chosen, c.byref(handle))
    return Fold(handle)
