"""Reading and writing a bucket, and the watches on it."""

import ctypes as c
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Union

from . import _constants as k
from . import _structs
from ._handle import Handle
from ._load import data_of
from ._states import new_struct, state_of
from .errors import NotFound, SlipstreamError, class_of
from .fold import Fold
from .iterator import Iterator
from .states import BucketState
from .update import Operation, Update, read_one, view_of
from .watch import Watch

Key = Union[str, bytes]
#: A write whatever the key's last revision is.
REVISION_ANY = k.REVISION_ANY
#: A life without end, for Write.ttl_ns and Update.ttl_ns.
TTL_NEVER = k.TTL_NEVER


class Write(NamedTuple):
    """One write of Bucket.put_many. `expected_revision` 0: the key was never written."""

    key: Key
    value: bytes = b""
    expected_revision: int = REVISION_ANY
    ttl_ns: int = 0
    operation: int = Operation.PUT


class WriteResult(NamedTuple):
    """What became of one write: its revision, or why there is none."""

    revision: int
    error: Optional[SlipstreamError]


class Bucket(Handle):
    """An open bucket. Keys are bytes or text, values are bytes.

    >>> import slipstream
    >>> nats = slipstream.connect("mem://")
    >>> routes = nats.create_bucket("routes")
    >>> routes.put("edge.eu", b"10.0.0.1")
    1
    >>> routes.get("edge.eu").value
    b'10.0.0.1'
    >>> routes.put_if("edge.eu", b"10.0.0.2", revision=1)
    2
    >>> try:
    ...     routes.put_if("edge.eu", b"10.0.0.3", revision=1)
    ... except slipstream.Conflict as error:
    ...     error.name
    'SLIP_CONFLICT'
    >>> list(routes.keys("edge."))
    [b'edge.eu']
    >>> "edge.asia" in routes
    False
    >>> routes.close(); nats.close()
    """

    _noun = "bucket"
    _rank = 3

    def __init__(self, pointer: c.c_void_p, name: str) -> None:
        super().__init__(pointer)
        self.name = name

    def info(self) -> BucketState:
        """Configuration and bounds, as the server has them now."""
        state = new_struct(_structs.BucketState)
        self._call("info", c.byref(state))
        return state_of(BucketState, state)

    def get(self, key: Key) -> Update:
        """The current update of a key as the server has it now; NotFound (a KeyError) otherwise."""
        entry, data = c.c_void_p(), data_of(key, "key")
        self._call("get", data, len(data), c.byref(entry))
        found = read_one(self._library.so.slip_entry_update(entry))
        self._library.so.slip_entry_free(entry)
        return found

    def __contains__(self, key: Key) -> bool:
        try:
            self.get(key)
        except NotFound:
            return False
        return True

    def keys(self, prefix: Key = b"") -> "Iterator[bytes]":
        """The live keys that begin with `prefix`, in order of last update."""
        return self._iterate("keys", prefix, lambda update: update.key)

    def scan(self, prefix: Key = b"") -> "Iterator[Update]":
        """The live entries whose keys begin with `prefix`, in order of last update."""
        return self._iterate("scan", prefix, lambda update: update)

    def _iterate(self, name: str, prefix: Key, give: Callable[[Update], Any]) -> "Iterator[Any]":
        iterator, data = c.c_void_p(), data_of(prefix, "key")
        self._call(name, data, len(data), c.byref(iterator))
        return Iterator(iterator, give, self)

    def _write(self, name: str, key: Key, *arguments: Any) -> int:
        data, revision = data_of(key, "key"), c.c_uint64()
        self._call(name, data, len(data), *arguments, c.byref(revision))
        return revision.value

    def put(self, key: Key, value: bytes) -> int:
        """Set a key; returns the revision of the write."""
        data = data_of(value, "value")
        return self._write("put", key, data, len(data))

    def put_if_absent(self, key: Key, value: bytes) -> int:
        """Set a key that does not live yet; Exists otherwise."""
        data = data_of(value, "value")
        return self._write("put_if_absent", key, data, len(data))

    def put_if(self, key: Key, value: bytes, revision: int) -> int:
        """Set a key whose last revision is `revision`; Conflict otherwise."""
        data = data_of(value, "value")
        return self._write("put_if", key, data, len(data), revision)

    def remove(self, key: Key) -> int:
        """Delete a key that lives; NotFound otherwise, and nothing is written."""
        return self._write("remove", key)

    def remove_if(self, key: Key, revision: int) -> int:
        """Delete a key whose last revision is `revision`; Conflict otherwise."""
        return self._write("remove_if", key, revision)

    def purge(self, key: Key) -> int:
        """Delete a key with its history; written for absent keys too."""
        return self._write("purge", key)

    def put_many(self, writes: Iterable[Any]) -> List[WriteResult]:
        """Write many items, pipelined, in order: Write tuples, or (key, value) pairs.

        Each result tells the revision, or the error of this item; it raises only where the call as a
        whole was refused.

        >>> import slipstream
        >>> with slipstream.connect("mem://") as nats, nats.create_bucket("b") as bucket:
        ...     [r.revision for r in bucket.put_many([("a", b"1"), ("b", b"2")])]
        [1, 2]
        """
        items = [item if isinstance(item, Write) else Write(*item) for item in writes]
        rows, kept = (_structs.Write * len(items))(), []
        for row, item in zip(rows, items):
            key, value = data_of(item.key, "key"), data_of(item.value, "value")
            kept.append((key, value))
            row.key, row.value = view_of(key), view_of(value)
            row.expected_revision, row.ttl_ns = item.expected_revision, item.ttl_ns
            row.operation = item.operation
        results = (_structs.WriteResult * len(items))()
        failure: Optional[SlipstreamError] = None
        try:
            self._call("put_many", rows, len(items), results)
        except SlipstreamError as error:
            failure = error
        if failure is not None and all(result.status == k.OK for result in results):
            raise failure
        return [WriteResult(result.revision, self._error(result.status, failure))
                for result in results]

    def _error(self, status: int, first: Optional[SlipstreamError]) -> Optional[SlipstreamError]:
        if status == k.OK:
            return None
        if first is not None and first.code == status:
            return first
        name = self._library.so.slip_status_name(status).decode()
        return class_of(status)(status, name, "this item failed", False)

    def watch(self, fold: Optional[Fold] = None, **options: Any) -> Watch:
        """A watch that is pulled from: `for batch in bucket.watch(fold): ...; batch.ack()`.

        The options are those of describe_options("watch"); without a fold nothing is stored, and
        `batch.cursor` after the ack is the position to keep.

        >>> import slipstream
        >>> with slipstream.connect("mem://") as nats, nats.create_bucket("b") as bucket:
        ...     bucket.put("a", b"1")
        ...     with bucket.watch(stop_at="caught_up") as watch:
        ...         for batch in watch:
        ...             print([update.key for update in batch.updates])
        ...             batch.ack()
        1
        [b'a']
        """
        return Watch._open(self, fold, options)

    def follow(self, fold: Optional[Fold] = None, *,
               apply: Optional[Callable[[List[Any]], None]] = None,
               parse: Optional[Callable[[Update], Any]] = None,
               on_applied: Optional[Callable[[Any, int], None]] = None,
               discard: Optional[Callable[[Any], None]] = None,
               on_end: Optional[Callable[[Any, Any], None]] = None, **options: Any) -> Watch:
        """A watch that calls you, on a thread of its own, until it is closed.

        parse(update) -> item, or None: rejected, which means that it never reaches apply.
        apply(items): what parse made, or without parse the updates themselves. What it raises ends
        the watch, whose cursor and fold stay where they were; close() raises it as the cause.
        on_applied(cursor, updates): the batch was committed.
        discard(item): it will never reach apply. on_end(error or None, cursor): the last call.

        >>> import slipstream
        >>> table = {}
        >>> def apply(updates):
        ...     for update in updates:
        ...         table[update.key] = update.value
        >>> with slipstream.connect("mem://") as nats, nats.create_bucket("b") as bucket:
        ...     _ = bucket.put("a", b"1")
        ...     with bucket.follow(apply=apply) as watch:
        ...         watch.wait_caught_up(timeout=30)
        >>> table
        {b'a': b'1'}
        """
        from .callbacks import start
        return start(self, fold, options, parse=parse, apply=apply, on_applied=on_applied,
                     discard=discard, on_end=on_end)
