"""Positions in a bucket, and their portable text."""

import ctypes as c
from typing import NamedTuple, Tuple

from . import _structs
from ._load import library, name_of


class Cursor(NamedTuple):
    """Every update at or below `revision` was applied, in the incarnation `epoch` of the bucket.

    >>> Cursor(7, 42).format("routes")
    'slip1:routes:7:42'
    >>> Cursor.parse("slip1:routes:7:42")
    (Cursor(epoch=7, revision=42), 'routes')
    """

    epoch: int
    revision: int

    def format(self, bucket: str) -> str:
        """The text that the option `cursor` of a watch takes."""
        lib, text = library(), c.c_void_p()
        lib.call("slip_cursor_format", name_of(bucket, "bucket"),
                 _structs.Cursor(self.epoch, self.revision), c.byref(text))
        return lib.take_text(text).decode()

    @classmethod
    def parse(cls, text: str) -> "Tuple[Cursor, str]":
        """(cursor, name of the bucket)"""
        lib, cursor, bucket = library(), _structs.Cursor(), c.c_void_p()
        lib.call("slip_cursor_parse", name_of(text, "cursor"), c.byref(cursor), c.byref(bucket))
        return cls(cursor.epoch, cursor.revision), lib.take_text(bucket).decode()
