"""The form of the watch that calls you, on the watch's own thread.

What the library holds of a caller's objects is a number each; `destroy` gives back the last of them.
"""

import ctypes as c
import itertools
import threading
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from . import _constants as k
from . import _structs
from ._handle import borrowed
from ._load import library
from ._states import new_struct
from .cursor import Cursor
from .errors import SlipstreamError, class_of
from .fold import Fold
from .options import Options
from .update import read_one
from .watch import Watch

if TYPE_CHECKING:
    from .bucket import Bucket

# Kept until the library says that it needs them no more.
_held: Dict[int, "Calls"] = {}
_numbers = itertools.count(1)


def write_sentence(text: Optional[int], size: int, sentence: str) -> None:
    """Into the buffer that a callback is given for it, cut at a whole character."""
    if text and size:
        data = sentence.replace("\0", "?").encode("utf-8", "replace")[:size - 1]
        data = data.decode("utf-8", "ignore").encode()
        c.memmove(text, data + b"\0", len(data) + 1)


def status_of(raised: BaseException) -> Tuple[int, str]:
    """The status and sentence by which an exception goes through the library."""
    if isinstance(raised, SlipstreamError):
        return raised.code, raised.message
    return k.CALLBACK_FAILED, "%s: %s" % (type(raised).__name__, raised)


class Calls:
    """The callbacks of one watch, as the library calls them."""

    def __init__(self, functions: Dict[str, Optional[Callable[..., Any]]]) -> None:
        self.raised: Optional[BaseException] = None
        self._functions = functions
        self._thread: Optional[int] = None
        self._items: Dict[int, Any] = {}
        self._tokens = itertools.count(1)
        self.number = next(_numbers)
        self.struct = new_struct(_structs.WatchCallbacks)
        self.struct.user = self.number
        types = dict(_structs.WatchCallbacks._fields_)  # type: ignore[arg-type]
        for name in ("parse", "apply", "on_applied", "discard", "on_end"):
            if functions.get(name) or (name in ("apply", "discard") and functions.get("parse")):
                setattr(self.struct, name, types[name](getattr(self, "_" + name)))
        self.struct.destroy = _DESTROY

    def on_own_thread(self) -> bool:
        return self._thread == threading.get_ident()

    def _parse(self, _: int, update: Any) -> int:
        self._thread = threading.get_ident()
        parse = self._functions["parse"]
        assert parse is not None
        try:
            item = parse(read_one(update))
        except BaseException as error:  # apply, which can fail, tells it
            self.raised = self.raised or error
            item = error
        if item is None:
            return 0
        token = next(self._tokens)
        self._items[token] = item
        return token

    def _apply(self, _: int, items: Any, count: int, text: int, size: int) -> int:
        self._thread = threading.get_ident()
        try:
            if self._functions.get("parse"):
                given: List[Any] = [self._items.pop(items[i].item) for i in range(count)]
            else:
                given = [read_one(items[i].update) for i in range(count)]
            if self.raised is not None:
                raise self.raised
            # Without an apply only parse is of interest: what it made is discarded.
            self._deliver(given)
        except BaseException as error:
            self.raised = error
            status, sentence = status_of(error)
            write_sentence(text, size, sentence)
            return status
        return k.OK

    def _deliver(self, items: List[Any]) -> None:
        apply, discard = self._functions.get("apply"), self._functions.get("discard")
        if apply is not None:
            apply(items)
        elif discard is not None:
            for item in items:
                discard(item)

    def _on_applied(self, _: int, cursor: Any, updates: int) -> None:
        self._thread = threading.get_ident()
        on_applied = self._functions["on_applied"]
        assert on_applied is not None
        on_applied(Cursor(cursor.contents.epoch, cursor.contents.revision), updates)

    def _discard(self, _: int, token: int) -> None:
        item, discard = self._items.pop(token, None), self._functions.get("discard")
        if discard is not None and item is not self.raised:
            discard(item)

    def _on_end(self, _: int, status: int, message: bytes, cursor: Any) -> None:
        on_end = self._functions["on_end"]
        assert on_end is not None
        error = None
        if status != k.OK:
            name = library().so.slip_status_name(status).decode()
            error = class_of(status)(status, name, message.decode("utf-8", "replace"))
            error.__cause__ = self.raised
        on_end(error, Cursor(cursor.contents.epoch, cursor.contents.revision))


def _destroy(number: int) -> None:
    _held.pop(number, None)


# Not one of the watch's own: it would go while it runs.
_DESTROY = c.CFUNCTYPE(None, c.c_void_p)(_destroy)


def start(bucket: "Bucket", fold: Optional[Fold], options: Dict[str, Any],
          **functions: Optional[Callable[..., Any]]) -> Watch:
    """See Bucket.follow."""
    calls, handle = Calls(functions), c.c_void_p()
    with Options("watch", options) as chosen, borrowed(bucket) as of, borrowed(fold) as into:
        _held[calls.number] = calls
        try:
            library().call("slip_watch_start", of, into, chosen, c.byref(calls.struct),
                           c.byref(handle))
        except SlipstreamError as error:
            raise error from calls.raised
    return Watch(handle, calls)
