"""Iterators of buckets and snapshots: many updates a call."""

import ctypes as c
from typing import Any, Generic, Callable, Iterator as Iterates, List, Optional, TypeVar

from . import _constants as k
from . import _structs
from ._handle import Handle
from .update import ROW_SIZE, Update, read_rows

T = TypeVar("T")
_CAPACITY = 256


class Iterator(Handle, Generic[T], Iterates[T]):
    """Ends by itself, or with close. What it gives is copied and stays."""

    _noun = "iterator"
    _rank = 0

    def __init__(self, pointer: c.c_void_p, give: Callable[[Update], T], parent: Handle) -> None:
        super().__init__(pointer)
        self._give = give
        # It reads what the parent holds: the parent is released no earlier.
        self._parent: Optional[Handle] = parent
        self._rows = (_structs.Update * _CAPACITY)()
        self._ready: List[Update] = []

    def __iter__(self) -> "Iterator[T]":
        return self

    def __next__(self) -> T:
        if not self._ready:
            self._fetch()
        return self._give(self._ready.pop())

    def _fetch(self) -> None:
        if self._closed:
            raise StopIteration
        count = c.c_size_t()
        pointer, error = self._enter(), c.c_void_p()
        try:
            status = self._library.so.slip_iterator_next(pointer, self._rows, _CAPACITY,
                                                         c.byref(count), c.byref(error))
            if status == k.OK:
                self._ready = read_rows(c.string_at(self._rows, count.value * ROW_SIZE))
                self._ready.reverse()
        finally:
            self._leave()
        if status == k.END:
            self.close()
            raise StopIteration
        if status != k.OK:
            self._library.fail(status, error, "slip_iterator_next")

    def close(self) -> None:
        self._release()
        self._ready = []

    def _free(self) -> None:
        super()._free()
        self._parent = None

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        self.close()
