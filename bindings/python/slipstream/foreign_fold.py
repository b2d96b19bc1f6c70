"""Folds of your own kind behind the same watch, snapshots, export and publish.

Your part is a map in byte order of keys with snapshots, and one call that changes it with all or
nothing; everything else that a fold is, the library does.
"""

import ctypes as c
import itertools
from typing import Any, Callable, Dict, Iterable, Iterator, List, Tuple

from . import _constants as k
from . import _structs
from ._load import library, name_of
from ._states import new_struct
from .callbacks import status_of, write_sentence
from .errors import NotFound
from .fold import Fold
from .update import ROW_SIZE, Update, fill, read_rows, view_of


class ForeignSnapshot:
    """One committed state of your store, which stays as it is while commits go on. Any thread may call
    it, several at once, but close."""

    #: What the commit gave as `meta`; b"" where there never was a commit.
    meta: bytes = b""

    def get(self, key: bytes) -> Update:
        """The row of a key, a tombstone too; a KeyError where there is none."""
        raise NotImplementedError

    def scan(self, start: bytes, reverse: bool) -> Iterable[Update]:
        """Every row from `start` on, inclusive (b"": from the edge), in byte order of keys."""
        raise NotImplementedError

    def close(self) -> None:
        """The library is done with it."""


class ForeignFold:
    """Subclass it: `snapshot` and `commit` must be there, the others may be. Any of them may run on any
    thread, but one commit at a time. What they raise is handed through.

    >>> class Table(ForeignFold):
    ...     rows, meta = {}, b""
    ...     def snapshot(self):
    ...         return TableSnapshot(self.rows, self.meta)
    ...     def commit(self, puts, removals, meta):
    ...         rows = {key: row for key, row in self.rows.items() if key not in removals}
    ...         rows.update((row.key, row) for row in puts)
    ...         self.rows, self.meta = rows, meta
    >>> class TableSnapshot(ForeignSnapshot):
    ...     def __init__(self, rows, meta):
    ...         self.rows, self.meta = rows, meta
    ...     def get(self, key):
    ...         return self.rows[key]
    ...     def scan(self, start, reverse):
    ...         for key in sorted(self.rows, reverse=reverse):
    ...             if not start or (key <= start if reverse else key >= start):
    ...                 yield self.rows[key]
    >>> from slipstream import Cursor
    >>> with open_foreign_fold("table", Table()) as fold:
    ...     fold.apply("routes", [Update(b"a", b"1", 1), Update(b"b", b"2", 2)], Cursor(7, 2))
    ...     with fold.snapshot() as snapshot:
    ...         print([update.key for update in snapshot.range(reverse=True)])
    [b'b', b'a']
    """

    def snapshot(self) -> ForeignSnapshot:
        """The newest committed state."""
        raise NotImplementedError

    def commit(self, puts: List[Update], removals: List[bytes], meta: bytes) -> None:
        """Put rows in place of whatever is there, remove others, keep `meta`: all or nothing. The rows
        have every field that is to come back from snapshots."""
        raise NotImplementedError

    def sync(self) -> None:
        """Every commit so far is safe against a power loss. Without it each is when it returns."""
        raise NotImplementedError

    def check(self) -> None:
        """A check of your own, beside the library's."""
        raise NotImplementedError

    def close(self) -> None:
        """No further snapshots and commits; those that are open live on."""
        raise NotImplementedError


_held: Dict[int, "_Functions"] = {}
_numbers = itertools.count(1)

# What a snapshot's views lie in, until it is closed.
_Opened = Tuple[ForeignSnapshot, List[bytes]]


class _Functions:
    """The functions of one foreign fold, as the library calls them."""

    def __init__(self, fold: ForeignFold) -> None:
        self._fold = fold
        self._snapshots: Dict[int, _Opened] = {}
        self._scans: Dict[int, Tuple[Iterator[Update], List[bytes]]] = {}
        self._tokens = itertools.count(1)
        self.number = next(_numbers)
        self.struct = new_struct(_structs.FoldFunctions)
        self.struct.user = self.number
        types = dict(_structs.FoldFunctions._fields_)  # type: ignore[arg-type]
        names = ["snapshot_open", "snapshot_close", "get", "scan_open", "scan_next", "scan_close",
                 "commit"]
        names += [name for name in ("sync", "check", "close")
                  if getattr(type(fold), name) is not getattr(ForeignFold, name)]
        for name in names:
            setattr(self.struct, name, types[name](getattr(self, "_" + name)))
        self.struct.destroy = _DESTROY

    @staticmethod
    def _answered(call: Callable[[], Any], text: int, size: int) -> int:
        try:
            call()
        except StopIteration:
            return k.END
        except BaseException as error:
            status, sentence = status_of(error)
            write_sentence(text, size, sentence)
            return status
        return k.OK

    def _snapshot_open(self, _: int, out: Any, out_meta: Any, text: int, size: int) -> int:
        def call() -> None:
            opened, token = self._fold.snapshot(), next(self._tokens)
            meta = bytes(opened.meta)
            self._snapshots[token] = (opened, [meta])
            out[0] = token
            out_meta[0] = view_of(meta)
        return self._answered(call, text, size)

    def _snapshot_close(self, _: int, token: int) -> None:
        self._snapshots.pop(token)[0].close()

    def _get(self, _: int, token: int, key: int, key_size: int, out: Any, text: int,
             size: int) -> int:
        def call() -> None:
            opened, kept = self._snapshots[token]
            try:
                row = opened.get(c.string_at(key, key_size))
            except KeyError as error:
                raise NotFound(k.NOT_FOUND, "SLIP_NOT_FOUND", "not found") from error
            fill(out[0], row, kept)
        return self._answered(call, text, size)

    def _scan_open(self, _: int, token: int, start: int, start_size: int, reverse: int, out: Any,
                   text: int, size: int) -> int:
        def call() -> None:
            opened, kept = self._snapshots[token]
            first = c.string_at(start, start_size) if start_size else b""
            number = next(self._tokens)
            self._scans[number] = (iter(opened.scan(first, bool(reverse))), kept)
            out[0] = number
        return self._answered(call, text, size)

    def _scan_next(self, _: int, number: int, out: Any, capacity: int, count: Any, text: int,
                   size: int) -> int:
        def call() -> None:
            rows, kept = self._scans[number]
            part = list(itertools.islice(rows, capacity))
            if not part:
                raise StopIteration
            for i, row in enumerate(part):
                fill(out[i], row, kept)
            count[0] = len(part)
        return self._answered(call, text, size)

    def _scan_close(self, _: int, number: int) -> None:
        self._scans.pop(number)

    def _commit(self, _: int, changes: Any, text: int, size: int) -> int:
        given = changes.contents
        puts = read_rows(c.string_at(given.puts, given.put_count * ROW_SIZE)) \
            if given.put_count else []
        removals = [c.string_at(view.data, view.size)
                    for view in (given.removals[i] for i in range(given.removal_count))]
        meta = c.string_at(given.meta.data, given.meta.size)
        return self._answered(lambda: self._fold.commit(puts, removals, meta), text, size)

    def _sync(self, _: int, text: int, size: int) -> int:
        return self._answered(self._fold.sync, text, size)

    def _check(self, _: int, text: int, size: int) -> int:
        return self._answered(self._fold.check, text, size)

    def _close(self, _: int, text: int, size: int) -> int:
        return self._answered(self._fold.close, text, size)


def _destroy(number: int) -> None:
    _held.pop(number, None)


_DESTROY = c.CFUNCTYPE(None, c.c_void_p)(_destroy)


def open_foreign_fold(name: str, fold: ForeignFold) -> Fold:
    """A fold of your kind; `name` stands for it in sentences and metrics."""
    functions, handle = _Functions(fold), c.c_void_p()
    _held[functions.number] = functions
    library().call("slip_fold_open_foreign", name_of(name, "fold"), c.byref(functions.struct),
                   c.byref(handle))
    return Fold(handle)
