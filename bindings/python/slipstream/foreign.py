"""Buckets of your own kind behind the same watch, fold, export and publish.

The functions of a foreign bucket are called once for many updates or seldom, so they may well be Python;
what arrives is appended to a feed, many updates a call.
"""

import ctypes as c
import itertools
import math
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional

from . import _constants as k
from . import _structs
from ._handle import Handle
from ._load import library, name_of
from ._states import new_struct
from .bucket import Bucket
from .callbacks import status_of, write_sentence
from .errors import SlipstreamError
from .update import Update, fill

_LISTED_MAX = 1000


class FeedRequest(NamedTuple):
    """What a watch wants of a source."""

    #: Hand over the current state first, then call Feed.state_end.
    from_state: bool
    #: The first revision that is wanted; with from_state 0.
    from_revision: int
    #: Of the keys that are wanted; one empty one: all. Others may be appended: they are dropped.
    prefixes: List[bytes]
    credit_updates: int
    credit_bytes: int
    idle_heartbeat_ms: int


def _rows(updates: Iterable[Update]) -> Any:
    """(array of slip_update, its length, what its bytes lie in)"""
    items, kept = list(updates), []  # type: ignore[var-annotated]
    rows = (_structs.Update * len(items))()
    for row, update in zip(rows, items):
        fill(row, update, kept)
    return rows, len(items), kept


class Feed(Handle):
    """Where one source puts what it delivers. Any thread may call, one at a time; Closed means that the
    watch is done with the source."""

    _noun = "feed"
    _rank = 2

    def append(self, updates: Iterable[Update], first_delivery: int = 0,
               timeout: Optional[float] = None) -> None:
        """Append updates in order: all are taken, or none. Waits for room, `timeout` seconds at most.

        `first_delivery`: the number of the first of them as the source counts, or 0, always.
        """
        rows, count, _kept = _rows(updates)
        ms = -1 if timeout is None else max(0, math.ceil(timeout * 1000))
        self._call("append", rows, count, first_delivery, ms)

    def progress(self, revision: int, delivery: int = 0) -> None:
        """Everything at or below `revision` was appended; 0: only a sign of life."""
        self._call("progress", delivery, revision)

    def state_end(self, revision: int) -> None:
        """The current state is complete: it is that at `revision`."""
        self._call("state_end", revision)

    def end(self, reason: BaseException, retriable: bool = False) -> None:
        """Nothing more will come. The watch ends with the reason, or starts a new source."""
        status, sentence = status_of(reason)
        self._call("end", status, name_of(sentence.replace("\0", "?"), "reason"), int(retriable))


class ForeignBucket:
    """Subclass it: `info` and `watch` must be there, the others may be. Any of them may run on any
    thread, several at once. A KeyError is NotFound; what else they raise is handed through.

    The rules of order, numbers and cuts are those of FOREIGN BUCKET in slipstream.h.

    >>> class Changes(ForeignBucket):
    ...     def info(self):
    ...         return {"epoch": 7, "last_revision": 2}
    ...     def watch(self, request, feed):
    ...         changes = [Update(b"a", b"1", 1), Update(b"b", b"2", 2)]
    ...         feed.append(changes[request.from_revision - 1:])
    ...         return feed
    ...     def stop(self, source):
    ...         source.close()
    >>> with open_foreign_bucket("changes", Changes()) as bucket:
    ...     with bucket.watch(stop_at="caught_up") as watch:
    ...         for batch in watch:
    ...             print([update.key for update in batch.updates])
    ...             batch.ack()
    [b'a', b'b']
    """

    #: A first watch wants the current state, not revision 1.
    from_state = False
    #: The source calls Feed.progress once an idle_heartbeat_ms at least.
    heartbeats = False

    def info(self) -> Mapping[str, int]:
        """Fields of BucketState: epoch, last_revision, and what differs from a bucket that never
        forgets."""
        raise NotImplementedError

    def watch(self, request: FeedRequest, feed: Feed) -> Any:
        """Start a source that delivers into `feed`, now or later; what is returned stands for it in
        credit and stop. Close the feed once the source is done with it."""
        raise NotImplementedError

    def get(self, key: bytes) -> Update:
        """The last update of a key, a delete too."""
        raise NotImplementedError

    def at_revision(self, revision: int) -> Update:
        """An update of this revision."""
        raise NotImplementedError

    def list(self, prefix: bytes, with_values: bool) -> Iterable[Update]:
        """The live keys that begin with `prefix`, in any order."""
        raise NotImplementedError

    def credit(self, source: Any, updates: int, size_bytes: int) -> None:
        """So much was applied: the feed has room again. Must not block."""
        raise NotImplementedError

    def stop(self, source: Any) -> None:
        """The watch is done with this source. Must not block."""


_held: Dict[int, "_Functions"] = {}
_numbers = itertools.count(1)


class _Functions:
    """The functions of one foreign bucket, as the library calls them."""

    def __init__(self, bucket: ForeignBucket) -> None:
        self._bucket = bucket
        self._objects: Dict[int, Any] = {}
        self._tokens = itertools.count(1)
        self.number = next(_numbers)
        self.struct = new_struct(_structs.BucketFunctions)
        self.struct.user = self.number
        self.struct.capabilities = (k.BUCKET_FROM_STATE if bucket.from_state else 0) | (
            k.BUCKET_HEARTBEATS if bucket.heartbeats else 0)
        types = dict(_structs.BucketFunctions._fields_)  # type: ignore[arg-type]
        names = ["info", "watch", "stop"] + [
            name for name in ("get", "at_revision", "credit") if self._offers(name)]
        if self._offers("list"):
            names += ["list_open", "list_next", "list_close"]
        for name in names:
            setattr(self.struct, name, types[name](getattr(self, "_" + name)))
        self.struct.destroy = _DESTROY

    def _offers(self, name: str) -> bool:
        return getattr(type(self._bucket), name) is not getattr(ForeignBucket, name)

    def _answered(self, call: Callable[[], Any], text: int, size: int) -> int:
        try:
            call()
        except StopIteration:
            return k.END
        except BaseException as error:
            status, sentence = status_of(error)
            if isinstance(error, KeyError) and not isinstance(error, SlipstreamError):
                status, sentence = k.NOT_FOUND, "not found: %s" % error
            write_sentence(text, size, sentence)
            return status
        return k.OK

    def _keep(self, thing: Any) -> int:
        token = next(self._tokens)
        self._objects[token] = thing
        return token

    @staticmethod
    def _add(answer: int, updates: Iterable[Update]) -> None:
        rows, count, _kept = _rows(updates)
        library().call("slip_answer_add", answer, rows, count)

    def _info(self, _: int, out: Any, text: int, size: int) -> int:
        def call() -> None:
            for name, value in self._bucket.info().items():
                if name not in {row[0] for row in _structs.BucketState._fields_}:
                    raise AttributeError("info has no field %r" % name)
                setattr(out.contents, name, value)
        return self._answered(call, text, size)

    def _get(self, _: int, key: int, key_size: int, answer: int, text: int, size: int) -> int:
        data = c.string_at(key, key_size) if key_size else b""
        return self._answered(lambda: self._add(answer, [self._bucket.get(data)]), text, size)

    def _at_revision(self, _: int, revision: int, answer: int, text: int, size: int) -> int:
        return self._answered(
            lambda: self._add(answer, [self._bucket.at_revision(revision)]), text, size)

    def _list_open(self, _: int, prefix: int, prefix_size: int, with_values: int, out: Any,
                   text: int, size: int) -> int:
        data = c.string_at(prefix, prefix_size) if prefix_size else b""

        def call() -> None:
            out[0] = self._keep(iter(self._bucket.list(data, bool(with_values))))
        return self._answered(call, text, size)

    def _list_next(self, _: int, listing: int, answer: int, text: int, size: int) -> int:
        def call() -> None:
            rows: Iterator[Update] = self._objects[listing]
            part = list(itertools.islice(rows, _LISTED_MAX))
            if not part:
                raise StopIteration
            self._add(answer, part)
        return self._answered(call, text, size)

    def _list_close(self, _: int, listing: int) -> None:
        self._objects.pop(listing, None)

    def _watch(self, _: int, request: Any, feed: int, out: Any, text: int, size: int) -> int:
        wanted = request.contents
        prefixes = [c.string_at(view.data, view.size) if view.size else b""
                    for view in wanted.prefixes[:wanted.prefix_count]]
        given = Feed(c.c_void_p(feed))

        def call() -> None:
            out[0] = self._keep(self._bucket.watch(FeedRequest(
                bool(wanted.from_state), wanted.from_revision, prefixes, wanted.credit_updates,
                wanted.credit_bytes, wanted.idle_heartbeat_ms), given))
        status = self._answered(call, text, size)
        if status != k.OK:
            given.forget()
        return status

    def _credit(self, _: int, source: int, updates: int, size_bytes: int) -> None:
        self._bucket.credit(self._objects[source], updates, size_bytes)

    def _stop(self, _: int, source: int) -> None:
        self._bucket.stop(self._objects.pop(source))


def _destroy(number: int) -> None:
    _held.pop(number, None)


_DESTROY = c.CFUNCTYPE(None, c.c_void_p)(_destroy)


def open_foreign_bucket(name: str, bucket: ForeignBucket) -> Bucket:
    """A bucket of your kind: watches, get, keys and scan go to `bucket`; writes are Unsupported."""
    functions, handle = _Functions(bucket), c.c_void_p()
    _held[functions.number] = functions
    library().call("slip_bucket_open_foreign", name_of(name, "bucket"), c.byref(functions.struct),
                   c.byref(handle))
    return Bucket(handle, name)
