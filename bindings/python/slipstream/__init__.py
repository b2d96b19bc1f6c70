"""A replica of your NATS KV bucket inside this process: libslipstream by ctypes.

No compiler and no other package is needed; the shared library is loaded when it is first called (see
load). A bucket is followed into a fold, batch by batch, and the position moves only after you have
applied the batch:

>>> import slipstream, tempfile
>>> folder = tempfile.TemporaryDirectory()
>>> nats = slipstream.connect("mem://")        # or "nats://127.0.0.1:4222"
>>> routes = nats.create_bucket("routes")
>>> routes.put("edge.eu", b"10.0.0.1")
1
>>> fold = slipstream.open_fold("lmdb:" + folder.name + "/routes")
>>> with routes.watch(fold, stop_at="caught_up") as watch:
...     for batch in watch:
...         for update in batch.updates:
...             print(update.revision, update.operation.name, update.key, update.value)
...         batch.ack()
1 PUT b'edge.eu' b'10.0.0.1'
>>> fold["edge.eu"]
b'10.0.0.1'
>>> for handle in (fold, routes, nats):
...     handle.close()
>>> folder.cleanup()

Handles are context managers, may be closed from any thread, and raise Closed afterwards. Errors are in
slipstream.errors. Timeouts are seconds, None: without limit. Keys are bytes or text, and come back as
bytes. Options are keyword arguments; describe_options tells them all.
"""

import ctypes
from typing import Dict, NamedTuple

from . import errors
from ._load import library, load
from .artifact import artifact_info, import_fold, verify_artifact
from .bucket import REVISION_ANY, TTL_NEVER, Bucket, Write, WriteResult
from .connection import Connection, connect
from .cursor import Cursor
from .enums import CompactionOutcome, ConnectionPhase, Discard, Event, Flag, Storage, WatchPhase
from .errors import (  # the ones that programs catch most
    ArtifactInvalid, BucketNotFound, Busy, CallbackFailed, Cancelled, Closed, Conflict,
    CursorExpired, End, Exists, Forked, Interrupted, Invalid, LibraryError, Misuse, NotEmpty,
    NotFound, OutOfBounds, SlipstreamError, Superseded, Timeout, Unreachable, UnknownOption,
)
from .fold import Fold, Snapshot, open_fold
from .foreign import Feed, FeedRequest, ForeignBucket, open_foreign_bucket
from .foreign_fold import ForeignFold, ForeignSnapshot, open_foreign_fold
from .iterator import Iterator
from .log import log_to, set_log
from .objects import ObjectInfo, ObjectStore, StoredObject, open_object_store
from .options import OptionInfo, describe_options
from .states import (
    ArtifactSummary, BucketState, Compaction, ConnectionState, FoldState, Published, WatchState,
)
from .update import Operation, Update, Updates
from .watch import Batch, Watch, WatchEvent

__all__ = [
    "ArtifactInvalid", "ArtifactSummary", "Batch", "Bucket", "BucketNotFound", "BucketState",
    "Busy", "CallbackFailed", "Cancelled", "Closed", "Compaction", "CompactionOutcome", "Conflict",
    "Connection", "ConnectionPhase", "ConnectionState", "Cursor", "CursorExpired", "Discard", "End",
    "Event", "Exists", "Feed", "FeedRequest", "Flag", "Fold", "FoldState", "ForeignBucket",
    "ForeignFold", "ForeignSnapshot", "Forked", "Interrupted", "Invalid", "Iterator",
    "LibraryError", "Misuse", "NotEmpty", "NotFound", "ObjectInfo", "ObjectStore", "Operation",
    "OptionInfo", "OutOfBounds", "Published", "REVISION_ANY", "SlipstreamError", "Snapshot",
    "StatusRow", "Storage", "StoredObject", "Superseded", "TTL_NEVER", "Timeout", "UnknownOption",
    "Unreachable", "Update", "Updates", "Watch", "WatchEvent", "WatchPhase", "WatchState", "Write",
    "WriteResult", "abi_epoch", "artifact_info", "connect", "describe_options", "errors",
    "event_name", "feature", "import_fold", "load", "log_to", "metrics_text", "open_fold",
    "open_foreign_bucket", "open_foreign_fold", "open_object_store", "set_log", "status_name",
    "status_table", "verify_artifact", "version",
]


class StatusRow(NamedTuple):
    """One status of the loaded library."""

    code: int
    name: str
    retriable: bool
    text: str


def version() -> str:
    """The version of the loaded library."""
    return library().version


def abi_epoch() -> int:
    """The ABI epoch of the loaded library; loading has compared it with this package's."""
    return int(library().so.slip_abi_epoch())


def feature(name: str) -> bool:
    """Whether the loaded library has a feature.

    >>> feature("mem"), feature("no such thing")
    (True, False)
    """
    return bool(library().so.slip_feature(name.encode()))


def status_table() -> Dict[int, StatusRow]:
    """All statuses of the loaded library by their code.

    >>> status_table()[10].name
    'SLIP_NOT_FOUND'
    """
    count = ctypes.c_size_t()
    rows = library().so.slip_status_table(ctypes.byref(count))
    return {row.status: StatusRow(row.status, row.name.decode(), bool(row.retriable),
                                  row.text.decode()) for row in rows[:count.value]}


def event_name(event: int) -> str:
    """The name of a kind of event, "?" where the loaded library does not know it.

    >>> event_name(Event.DELIVERY_GAP)
    'delivery_gap'
    """
    name: bytes = library().so.slip_watch_event_name(event)
    return name.decode()


def metrics_text() -> str:
    """Everything that lives in this process, in the text format of Prometheus.

    >>> "# TYPE" in metrics_text() or metrics_text() == ""
    True
    """
    text = ctypes.c_void_p()
    library().call("slip_metrics_text", ctypes.byref(text))
    return library().take_text(text).decode()


def status_name(code: int) -> str:
    """The name of a status, "SLIP_?" where the loaded library does not know it."""
    name: bytes = library().so.slip_status_name(code)
    return name.decode()
