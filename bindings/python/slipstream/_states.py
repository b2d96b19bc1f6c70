"""From the structures that the library fills to named tuples."""

import ctypes as c
from typing import Any, Type, TypeVar

from . import _structs
from .cursor import Cursor

T = TypeVar("T")


def new_struct(kind: Any) -> Any:
    """A structure with its struct_size, to be filled."""
    filled = kind()
    filled.struct_size = c.sizeof(kind)
    return filled


def state_of(kind: Type[T], filled: Any) -> T:
    values = []
    for field in kind._fields:  # type: ignore[attr-defined]
        value = getattr(filled, field)
        if isinstance(value, bytes):
            value = value.decode()
        elif isinstance(value, _structs.Cursor):
            value = Cursor(value.epoch, value.revision)
        values.append(value)
    return kind(*values)
