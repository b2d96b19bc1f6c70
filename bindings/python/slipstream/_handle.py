"""The life of handles: closed by hand, by `with`, by the collector, or at the end of the process.

No call may run on a handle while it is freed. So each call counts itself in, `close` keeps further
ones out, and whoever is the last to leave frees. In a forked child the parent's handles answer
Forked.
"""

import atexit
import ctypes as c
import os
import threading
import warnings
import weakref
from typing import Any, Callable, List, Optional, TypeVar, cast

from . import _constants as k
from ._load import Library, library
from .errors import Closed, SlipstreamError

Self = TypeVar("Self", bound="Handle")
_alive: "weakref.WeakSet[Handle]" = weakref.WeakSet()
#: Called at the end of the process, after the handles are closed.
at_end: List[Callable[[], None]] = []


class Handle:
    """One handle of the library. A context manager: leaving it closes it."""

    #: The noun in the names of its functions.
    _noun = ""
    #: Closing order at the end of the process: watches, then what stands below them.
    _rank = 1
    _pointer: Optional[c.c_void_p] = None

    def __init__(self, pointer: c.c_void_p) -> None:
        self._library: Library = library()
        self._lock = threading.Lock()
        self._uses = 0
        self._closed = False
        self._pointer = pointer
        _alive.add(self)

    @property
    def closed(self) -> bool:
        """Whether it was closed on this side."""
        return self._closed

    def _enter(self) -> c.c_void_p:
        with self._lock:
            if self._closed or self._pointer is None:
                raise Closed(k.CLOSED, "SLIP_CLOSED", "this %s was closed" % type(self).__name__)
            self._uses += 1
            return self._pointer

    def _leave(self) -> None:
        with self._lock:
            self._uses -= 1
            last = self._closed and self._uses == 0
        if last:
            self._free()

    def _call(self, name: str, *arguments: Any) -> None:
        """Call slip_<noun>_<name> with the handle before the arguments."""
        pointer = self._enter()
        try:
            self._library.call("slip_%s_%s" % (self._noun, name), pointer, *arguments)
        finally:
            self._leave()

    def _free(self) -> None:
        with self._lock:
            pointer, self._pointer = self._pointer, None
        if pointer is not None:
            getattr(self._library.so, "slip_%s_free" % self._noun)(pointer)

    def _release(self) -> None:
        """Keep further calls out; free when the last has left."""
        with self._lock:
            self._closed = True
            idle = self._uses == 0
        if idle:
            self._free()

    def forget(self) -> None:
        """It went back to the library: nothing of it may be called or freed."""
        with self._lock:
            self._closed, self._pointer = True, None

    def close(self) -> Any:
        """Release it. May be called again."""
        self._release()

    def _finish(self) -> None:
        """Release it however it is, without an error: for the collector and the end."""
        self._release()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if self._pointer is None or self._closed:
            return
        try:
            warnings.warn("unclosed %s" % type(self).__name__, ResourceWarning, source=self)
            self._finish()
        except Exception:  # nobody could hear it
            pass

    def __repr__(self) -> str:
        return "<slipstream.%s%s>" % (type(self).__name__, " closed" if self._closed else "")


class borrowed:
    """`with borrowed(handle) as pointer`: it is not freed meanwhile. None stays None."""

    def __init__(self, handle: Optional[Handle]) -> None:
        self._handle = handle

    def __enter__(self) -> Optional[c.c_void_p]:
        return None if self._handle is None else self._handle._enter()

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        if self._handle is not None:
            self._handle._leave()


def handles() -> List[Handle]:
    return sorted(cast(List[Handle], list(_alive)), key=lambda handle: handle._rank)


def _at_exit() -> None:
    # Before the interpreter goes: afterwards a callback from a thread of the library could no
    # longer run. Watches first, since they call.
    for handle in handles():
        if not handle._closed:
            try:
                handle._finish()
            except SlipstreamError:
                pass  # the next ones are closed all the same
    for function in at_end:
        function()


def _after_fork() -> None:
    # A lock that another thread held at the fork would never be released here, and its call never
    # leaves.
    for handle in list(_alive):
        handle._lock = threading.Lock()
        handle._uses = 0


atexit.register(_at_exit)
os.register_at_fork(after_in_child=_after_fork)
