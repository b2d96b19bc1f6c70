"""A small binding of libslipstream by ctypes: the standard library only, no compiler.

It covers what the example needs: buckets, folds and the watch that is pulled from. The structures are
those of slipstream.h, and a status other than SLIP_OK becomes an exception with the library's
sentence.
"""
import ctypes as c

OK, TIMEOUT, END = 0, 13, 14
PUT, DELETE, PURGE = 1, 2, 3
OPTIONS_WATCH = 3
ABI_EPOCH = 0


class Bytes(c.Structure):
    _fields_ = [("data", c.c_void_p), ("size", c.c_size_t)]

    def value(self):
        """A copy; the view itself lives only as long as what it was taken from."""
        return c.string_at(self.data, self.size) if self.size else b""


class Update(c.Structure):
    _fields_ = [
        ("key", Bytes), ("value", Bytes), ("revision", c.c_uint64), ("timestamp_ns", c.c_int64),
        ("ttl_ns", c.c_int64), ("operation", c.c_uint32), ("flags", c.c_uint32),
        ("reserved", c.c_uint64 * 2),
    ]


class Cursor(c.Structure):
    _fields_ = [("epoch", c.c_uint64), ("revision", c.c_uint64)]


if c.sizeof(c.c_void_p) == 8:
    assert c.sizeof(Update) == 80, "slip_update is frozen at 80 bytes"


class Failure(Exception):
    def __init__(self, name, code, message):
        super().__init__("%s: %s" % (name, message))
        self.code = code


class Library:
    """The loaded library. Every call goes through `call`, which turns a status into an exception."""

    def __init__(self, path="libslipstream.so.0"):
        self.so = c.CDLL(path)
        self.so.slip_version.restype = c.c_char_p
        self.so.slip_abi_epoch.restype = c.c_uint32
        self.so.slip_status_name.restype = c.c_char_p
        self.so.slip_error_message.restype = c.c_char_p
        self.so.slip_error_message.argtypes = [c.c_void_p]
        self.so.slip_batch_updates.restype = c.POINTER(Update)
        self.so.slip_batch_updates.argtypes = [c.c_void_p, c.POINTER(c.c_size_t)]
        self.so.slip_batch_cursor.restype = Cursor
        self.so.slip_batch_cursor.argtypes = [c.c_void_p]
        self.so.slip_entry_update.restype = c.POINTER(Update)
        self.so.slip_entry_update.argtypes = [c.c_void_p]
        if self.so.slip_abi_epoch() != ABI_EPOCH:
            raise RuntimeError("the library has another ABI epoch than this binding")

    def version(self):
        return self.so.slip_version().decode()

    def call(self, name, *arguments, expected=(OK,)):
        """Arguments: str and bytes go as they are, handles as void*; the error comes last by itself."""
        error = c.c_void_p()
        converted = [a.encode() if isinstance(a, str) else a for a in arguments]
        status = getattr(self.so, name)(*converted, c.byref(error))
        if status in expected:
            self.free("slip_error", error)
            return status
        message = self.so.slip_error_message(error).decode()
        self.free("slip_error", error)
        raise Failure(self.so.slip_status_name(status).decode(), status, message)

    def free(self, kind, handle):
        getattr(self.so, kind + "_free")(handle)

    def handle(self, name, *arguments):
        """A call whose last argument before the error is a new handle."""
        handle = c.c_void_p()
        self.call(name, *arguments, c.byref(handle))
        return handle


def sized(data):
    """The two arguments that the library takes for a run of bytes."""
    data = data.encode() if isinstance(data, str) else data
    return c.c_char_p(data), c.c_size_t(len(data))
