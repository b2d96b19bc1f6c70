"""What happened to a key, read out of the library's memory in one copy."""

import ctypes as c
import enum
import struct
from typing import Any, Iterator, List, NamedTuple, Sequence, Union, overload

from . import _constants as k
from . import _structs
from ._load import data_of


class Operation(enum.IntEnum):
    PUT = k.PUT
    DELETE = k.DELETE
    PURGE = k.PURGE


class Update(NamedTuple):
    """One update of one key; the fields are those of slip_update.

    >>> Update(b"edge.eu", b"10.0.0.1", revision=3).operation
    <Operation.PUT: 1>
    """

    key: bytes
    value: bytes = b""
    revision: int = 0
    timestamp_ns: int = 0
    ttl_ns: int = 0
    operation: int = Operation.PUT
    flags: int = 0


_OPERATIONS = {int(operation): operation for operation in Operation}
# slip_update, frozen at 80 bytes where pointers have 64 bits.
_ROW = struct.Struct("@PNPNQqqII16x")
assert _ROW.size == c.sizeof(_structs.Update)
ROW_SIZE = _ROW.size


class Updates(Sequence[Update]):
    """The updates of a batch: one copy of its arena, from which each is cut when it is asked for."""

    __slots__ = ("_arena", "_base", "_rows", "_count")

    def __init__(self, rows: bytes, arena: bytes, base: int) -> None:
        self._rows, self._arena, self._base = rows, arena, base
        self._count = len(rows) // ROW_SIZE

    def __len__(self) -> int:
        return self._count

    def _update(self, row: Any) -> Update:
        key, key_size, value, value_size, revision, timestamp, ttl, operation, flags = row
        arena, base = self._arena, self._base
        key -= base
        value -= base
        return Update(arena[key:key + key_size] if key_size else b"",
                      arena[value:value + value_size] if value_size else b"", revision, timestamp,
                      ttl, _OPERATIONS.get(operation, operation), flags)

    def __iter__(self) -> Iterator[Update]:
        return map(self._update, _ROW.iter_unpack(self._rows))

    @overload
    def __getitem__(self, index: int) -> Update: ...

    @overload
    def __getitem__(self, index: slice) -> List[Update]: ...

    def __getitem__(self, index: Union[int, slice]) -> Union[Update, List[Update]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._count))]
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError("no update %d in a batch of %d" % (index, self._count))
        return self._update(_ROW.unpack_from(self._rows, index * ROW_SIZE))

    def __repr__(self) -> str:
        return "<%d updates>" % self._count


def read_rows(rows: bytes) -> List[Update]:
    """Updates whose bytes lie anywhere in the library's memory; each is copied."""
    found = []
    for row in _ROW.iter_unpack(rows):
        key, key_size, value, value_size, revision, timestamp, ttl, operation, flags = row
        found.append(Update(c.string_at(key, key_size) if key_size else b"",
                            c.string_at(value, value_size) if value_size else b"", revision,
                            timestamp, ttl, _OPERATIONS.get(operation, operation), flags))
    return found


def read_one(address: Any) -> Update:
    """The update that a pointer of ctypes points to, or the structure itself."""
    place = c.addressof(address.contents if hasattr(address, "contents") else address)
    return read_rows(c.string_at(place, ROW_SIZE))[0]


def view_of(data: bytes) -> _structs.Bytes:
    """A view of bytes that the caller keeps alive."""
    return _structs.Bytes(c.cast(c.c_char_p(data), c.c_void_p), len(data))


def fill(row: Any, update: Update, kept: List[bytes]) -> None:
    """Fill a slip_update; its bytes are held by `kept`."""
    key, value = data_of(update.key, "key"), data_of(update.value, "value")
    kept += (key, value)
    row.key, row.value = view_of(key), view_of(value)
    row.revision, row.timestamp_ns, row.ttl_ns = update.revision, update.timestamp_ns, update.ttl_ns
    row.operation, row.flags = update.operation, update.flags
