"""Finds, loads and checks the shared library, once for the process, when it is first needed.

Every call goes through `Library.call`, which turns a status into an exception. ctypes gives up the
interpreter's lock during each call, so callbacks from the library's threads never wait for the
caller.
"""

import ctypes as c
import os
import sys
import threading
from typing import Any, List, Optional, Tuple

from . import _constants as k
from ._functions import PROTOTYPES
from .errors import LibraryError, invalid, raise_for

#: The name of the file with the ABI epoch that this package was written for.
FILE_NAME = "libslipstream.so.%d" % k.ABI_EPOCH
#: The oldest version that has everything which this package calls.
VERSION_MIN = (0, 1, 0)


def candidates() -> List[str]:
    """Where the library is looked for, in this order.

    SLIPSTREAM_LIBRARY alone where it is set; else beside this package, in the lib folders of the
    prefix that this package is installed in, and where the system's loader looks.
    """
    named = os.environ.get("SLIPSTREAM_LIBRARY")
    if named:
        return [os.path.join(named, FILE_NAME) if os.path.isdir(named) else named]
    package = os.path.dirname(os.path.abspath(__file__))
    found = [os.path.join(package, FILE_NAME)]
    # PREFIX/lib/python3/dist-packages/slipstream and PREFIX/share/slipstream/python/slipstream.
    multiarch = getattr(sys.implementation, "_multiarch", "")
    prefix = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(package))))
    for folder in ("lib", os.path.join("lib", multiarch), "lib64"):
        path = os.path.join(prefix, folder, FILE_NAME)
        if os.path.exists(path) and path not in found:
            found.append(path)
    return found + [FILE_NAME]


def _open(paths: List[str]) -> Tuple[c.CDLL, str]:
    reasons = []
    for path in paths:
        if os.sep in path and not os.path.exists(path):
            reasons.append("%s: no such file" % path)
            continue
        try:
            return c.CDLL(path), path
        except OSError as error:
            text = str(error)
            reasons.append(text if path in text else "%s: %s" % (path, text))
    raise LibraryError(k.NOT_FOUND, "SLIP_NOT_FOUND",
                       "cannot load libslipstream; looked for %s (install it, or name its file in "
                       "SLIPSTREAM_LIBRARY)" % "; ".join(reasons))


class Library:
    """The loaded library with its prototypes."""

    def __init__(self, paths: List[str]) -> None:
        self.so, self.path = _open(paths)
        self._check()
        for name, (result, *arguments) in PROTOTYPES.items():
            try:
                function = getattr(self.so, name)
            except AttributeError:
                raise self._misfit("has no %s" % name) from None
            function.restype, function.argtypes = result, arguments

    def _misfit(self, what: str) -> LibraryError:
        return LibraryError(k.UNSUPPORTED, "SLIP_UNSUPPORTED",
                            "cannot use %s: it %s; this package needs libslipstream %s or later of "
                            "ABI epoch %d" % (self.path, what, ".".join(map(str, VERSION_MIN)),
                                              k.ABI_EPOCH))

    def _check(self) -> None:
        try:
            epoch, version = self.so.slip_abi_epoch, self.so.slip_version
        except AttributeError:
            raise self._misfit("is no libslipstream") from None
        epoch.restype, version.restype = c.c_uint32, c.c_char_p
        if epoch() != k.ABI_EPOCH:
            raise self._misfit("has the ABI epoch %d" % epoch())
        self.version: str = version().decode()
        if tuple(int(part) for part in self.version.split(".")[:3]) < VERSION_MIN:
            raise self._misfit("is version %s, which is too old" % self.version)

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function whose last parameter is the error; raise what it reports."""
        error = c.c_void_p()
        status = getattr(self.so, name)(*arguments, c.byref(error))
        if status != k.OK:
            self.fail(status, error, name)
        elif error:
            self.so.slip_error_free(error)

    def fail(self, status: int, error: c.c_void_p, name: str) -> None:
        status_name = self.so.slip_status_name(status).decode()
        if not error:
            raise_for(status, status_name, "%s failed" % name, False)
        message = self.so.slip_error_message(error).decode("utf-8", "replace")
        retriable = bool(self.so.slip_error_is_retriable(error))
        self.so.slip_error_free(error)
        raise_for(status, status_name, message, retriable)

    def take_text(self, text: c.c_void_p) -> bytes:
        """The bytes of an owned text, which is freed."""
        view = self.so.slip_text_bytes(text)
        data = c.string_at(view.data, view.size) if view.size else b""
        self.so.slip_text_free(text)
        return data


_lock = threading.Lock()
_loaded: Optional[Library] = None


def load(path: Optional[str] = None) -> Library:
    """Load the library now instead of at the first call, from `path` where it is given."""
    global _loaded
    with _lock:
        if _loaded is None:
            _loaded = Library(candidates() if path is None else [os.fspath(path)])
        elif path is not None and os.fspath(path) != _loaded.path:
            raise LibraryError(k.MISUSE, "SLIP_MISUSE",
                               "cannot load %s: %s is loaded already" % (path, _loaded.path))
        return _loaded


def library() -> Library:
    return _loaded or load()


def name_of(text: Any, what: str) -> bytes:
    """A name, URL or path as the library takes it: UTF-8 without a NUL."""
    if not isinstance(text, (str, bytes)):
        text = os.fspath(text)
    try:
        data: bytes = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError as error:
        raise invalid("%s %r is not valid UTF-8: %s" % (what, text, error.reason)) from None
    if b"\0" in data:
        raise invalid("%s %r holds a NUL byte" % (what, text))
    return data


def data_of(data: Any, what: str) -> bytes:
    """A key or value: bytes, or what gives bytes; text only for keys."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        if what != "key":
            raise TypeError("a %s is bytes, not str: encode it" % what)
        try:
            return data.encode()
        except UnicodeEncodeError as error:
            raise invalid("key %r is not valid UTF-8: %s" % (data, error.reason)) from None
    return bytes(memoryview(data))
