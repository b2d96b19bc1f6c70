"""Watches and batches."""

import ctypes as c
import math
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NamedTuple, Optional

from . import _constants as k
from . import _structs
from ._handle import Handle, borrowed
from ._load import library, name_of
from ._states import new_struct, state_of
from .cursor import Cursor
from .errors import Cancelled, Closed, Misuse, SlipstreamError, Timeout
from .fold import Fold
from .options import Options
from .states import ArtifactSummary, WatchState
from .update import ROW_SIZE, Updates

if TYPE_CHECKING:
    from .bucket import Bucket

# A waiting call runs in slices on the main thread, so that Ctrl-C and other signals are heard.
_SLICE_S = 0.1


# More kinds of events than any release has.
_EVENTS_MAX = 256


class WatchEvent(NamedTuple):
    """One kind of event under a watch: how often, and the last time."""

    event: int
    name: str
    count: int  # type: ignore[assignment]  # as the header has it; hides tuple.count
    last_revision: int
    last_ns: int


class Batch(Handle):
    """Some updates and the cursor that their ack commits. They are copied and stay readable.

    As a context manager it acknowledges when its block ends without an exception. Letting it go
    without an ack ends the watch, and the batch comes again after reopening.
    """

    _noun = "batch"
    _rank = 0

    def __init__(self, pointer: c.c_void_p) -> None:
        super().__init__(pointer)
        so, count = self._library.so, c.c_size_t()
        rows = so.slip_batch_updates(pointer, c.byref(count))
        arena = so.slip_batch_arena(pointer)
        cursor = so.slip_batch_cursor(pointer)
        self.updates = Updates(c.string_at(rows, count.value * ROW_SIZE) if count.value else b"",
                               c.string_at(arena.data, arena.size) if arena.size else b"",
                               arena.data or 0)
        self.cursor = Cursor(cursor.epoch, cursor.revision)
        self._acked = False

    def __len__(self) -> int:
        return len(self.updates)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.updates)

    def ack(self) -> None:
        """You applied it: commit it with its cursor. After an error with `retriable` call it again."""
        if self._acked:
            raise Misuse(k.MISUSE, "SLIP_MISUSE", "cannot acknowledge a batch twice")
        self._call("ack")
        self._acked = True
        self._release()

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        try:
            if kind is None and not self._acked and not self._closed:
                self.ack()
        finally:
            self.close()


class Watch(Handle):
    """A running watch: pulled from (Bucket.watch) or calling you (Bucket.follow).

    Iterating gives batches; each must be acknowledged before the next one. Leaving its `with` block
    closes it; where the block ends by an exception it is cancelled.
    """

    _noun = "watch"
    _rank = 1

    def __init__(self, pointer: c.c_void_p, calls: Any = None) -> None:
        super().__init__(pointer)
        #: What the callbacks stand on (callbacks.Calls); None for a watch that is pulled from.
        self._calls = calls

    @classmethod
    def _open(cls, bucket: "Bucket", fold: Optional[Fold], options: Dict[str, Any]) -> "Watch":
        handle = c.c_void_p()
        with Options("watch", options) as chosen, borrowed(bucket) as of, borrowed(fold) as into:
            library().call("slip_watch_open", of, into, chosen, c.byref(handle))
        return cls(handle)

    def _wait(self, name: str, timeout: Optional[float], before: Any, after: Any) -> None:
        """One waiting call; `timeout` in seconds, None: without limit."""
        if threading.current_thread() is not threading.main_thread():
            ms = -1 if timeout is None else max(0, math.ceil(timeout * 1000))
            self._call(name, *before, ms, *after)
            return
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            try:
                self._call(name, *before, max(0, math.ceil(min(left, _SLICE_S) * 1000)), *after)
                return
            except Timeout:
                if left <= _SLICE_S:
                    raise

    def next(self, timeout: Optional[float] = None) -> Batch:
        """The next batch, after `timeout` seconds at most (None: without limit).

        Timeout, Interrupted, Cancelled; End, which is a StopIteration, after stop_at or a close; else
        why the watch ended.
        """
        batch = c.c_void_p()
        try:
            self._wait("next", timeout, (), (c.byref(batch),))
        except BaseException:
            # A signal may strike when the batch is there already: it comes again after reopening.
            if batch:
                self._library.so.slip_batch_free(batch)
            raise
        return Batch(batch)

    def __iter__(self) -> "Watch":
        return self

    def __next__(self) -> Batch:
        return self.next()

    def status(self) -> WatchState:
        """What it is doing, and what it has done. Never blocks."""
        state = new_struct(_structs.WatchState)
        self._call("status", c.byref(state))
        return state_of(WatchState, state)

    def events(self) -> List[WatchEvent]:
        """What has happened under it, by kind, ascending (enums.Event). Never blocks.

        >>> import slipstream
        >>> with slipstream.connect("mem://") as nats, nats.create_bucket("b") as bucket:
        ...     _ = bucket.purge("a")
        ...     with bucket.watch(stop_at="caught_up") as watch:
        ...         for batch in watch:
        ...             batch.ack()
        ...         [(event.name, event.count) for event in watch.events()]
        [('key_purged', 1)]
        """
        rows, count = (_structs.WatchEvent * _EVENTS_MAX)(), c.c_size_t()
        self._call("events", rows, _EVENTS_MAX, c.byref(count))
        return [WatchEvent(row.event, row.name.decode(), row.count, row.last_revision, row.last_ns)
                for row in rows[:count.value]]

    def wait_caught_up(self, timeout: Optional[float] = None) -> None:
        """Wait until what was in the bucket when the watch found its place is applied."""
        self._explained(lambda: self._wait("wait_caught_up", timeout, (), ()))

    def wait_revision(self, revision: int, timeout: Optional[float] = None) -> None:
        """Wait until the committed cursor is at or past `revision`: read your own writes."""
        self._explained(lambda: self._wait("wait_revision", timeout, (c.c_uint64(revision),), ()))

    def export(self, directory: Any, **options: Any) -> ArtifactSummary:
        """Export the fold between two batches; options: describe_options("export")."""
        summary = new_struct(_structs.ArtifactSummary)
        with Options("export", options) as chosen:
            self._call("export", name_of(directory, "directory"), chosen, c.byref(summary))
        return state_of(ArtifactSummary, summary)

    def cancel(self) -> None:
        """End at once; never blocks. What was not applied comes again after reopening."""
        self._signal("cancel")

    def interrupt(self) -> None:
        """End one waiting call with Interrupted: one that runs now, or else the next."""
        self._signal("interrupt")

    def _signal(self, name: str) -> None:
        try:
            pointer = self._enter()
        except Closed:
            return
        try:
            status = getattr(self._library.so, "slip_watch_" + name)(pointer)
        finally:
            self._leave()
        if status != k.OK:
            self._library.fail(status, c.c_void_p(), "slip_watch_" + name)

    def close(self) -> Optional[Cursor]:
        """Flush, stop, release. The committed cursor, or why the watch ended (Cancelled too).

        None where it was closed before.
        """
        if self._closed:
            return None
        cursor = _structs.Cursor()
        try:
            self._explained(lambda: self._call("close", c.byref(cursor)))
        except SlipstreamError as error:
            # From its own callback it goes on: only what really ended is released.
            if error.code != k.DEADLOCK:
                self._release()
            raise
        self._release()
        return Cursor(cursor.epoch, cursor.revision)

    def _explained(self, call: Any) -> None:
        """What a callback raised is the cause of the error that ended the watch."""
        try:
            call()
        except SlipstreamError as error:
            raised = self._calls.raised if self._calls is not None else None
            if raised is None or isinstance(error, Timeout):
                raise
            raise error from raised

    def _finish(self) -> None:
        if self._calls is not None and self._calls.on_own_thread():
            # The collector may run inside a callback of this watch, which could not wait for itself.
            threading.Thread(target=self._end, name="slipstream-release").start()
        else:
            self._end()

    def _end(self) -> None:
        try:
            self.cancel()
            # Also where another thread is in a call: no callback runs once this has returned.
            self._call("close", None)
        except SlipstreamError:
            pass  # why it ended: nobody asks
        self._release()

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        if kind is not None:
            self._finish()
            return
        try:
            self.close()
        except Cancelled:
            pass  # the caller's own doing: cancel(), or a batch that was let go
