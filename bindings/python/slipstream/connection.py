"""Connections and the buckets on them."""

import ctypes as c
from typing import Any

from . import _structs
from ._handle import Handle, borrowed
from ._load import library, name_of
from ._states import new_struct, state_of
from .bucket import Bucket
from .options import Options
from .states import ConnectionState


class Connection(Handle):
    """A connection to a NATS server, or an embedded one. Made by connect()."""

    _noun = "connection"
    _rank = 4

    def create_bucket(self, name: str, **options: Any) -> Bucket:
        """Create a bucket with these options (describe_options("bucket")) and open it.

        >>> with connect("mem://") as nats, nats.create_bucket("routes", history=3) as routes:
        ...     routes.info().history
        3
        """
        return self._bucket("slip_bucket_create", name, options)

    def bucket(self, name: str, **options: Any) -> Bucket:
        """Open a bucket that exists; BucketNotFound otherwise."""
        return self._bucket("slip_bucket_open", name, options)

    def _bucket(self, function: str, name: str, options: Any) -> Bucket:
        handle = c.c_void_p()
        with borrowed(self) as pointer, Options("bucket", options) as chosen:
            self._library.call(function, pointer, name_of(name, "bucket"), chosen, c.byref(handle))
        return Bucket(handle, name)

    def delete_bucket(self, name: str) -> None:
        """Delete a bucket with all it holds, for everybody."""
        with borrowed(self) as pointer:
            self._library.call("slip_bucket_delete", pointer, name_of(name, "bucket"))

    def status(self) -> ConnectionState:
        """What the connection is doing. Never blocks."""
        state = new_struct(_structs.ConnectionState)
        self._call("status", c.byref(state))
        return state_of(ConnectionState, state)

    def close(self) -> None:
        """Close it for its buckets and watches too."""
        if not self._closed:
            try:
                self._call("close")
            finally:
                self._release()


def connect(url: str, **options: Any) -> Connection:
    """Connect to "nats://HOST[:PORT]", "tls://...", "mem://" or "mem://NAME".

    The options are those of describe_options("connection").

    >>> from slipstream import ConnectionPhase
    >>> with connect("mem://") as nats:
    ...     ConnectionPhase(nats.status().state).name
    'CONNECTED'
    """
    handle = c.c_void_p()
    with Options("connection", options) as chosen:
        library().call("slip_connect", name_of(url, "URL"), chosen, c.byref(handle))
    return Connection(handle)
