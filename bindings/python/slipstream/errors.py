"""What can go wrong, as exceptions: one class for each family of statuses, and one for each status that
a program usually catches.

    SlipstreamError             .code, .name, .message, .retriable
      Outcome                   what a correct program meets: NotFound, Conflict, Timeout, End, ...
      CallerError               a mistake of the caller: Invalid, Closed, Misuse, ...
      MachineError              this machine: OutOfMemory, Busy, NoSpace, ...
      ServerError               the server: Unreachable, Unauthorized, BucketNotFound, ...
      StoredBytesError          damaged, foreign or later bytes: Corrupt, ArtifactInvalid, ...
      ResumeError               a watch cannot go on where it was: CursorExpired, ...
      CallbackFailed            a callback of yours failed; the exception is its __cause__
      InternalError             a defect of the library
      LibraryError              the shared library was not found, or does not fit this package

Where Python has a class of its own for the same thing, the error is one of those too: NotFound is a
KeyError, Timeout a TimeoutError, End a StopIteration, Invalid a ValueError.

>>> raise_for(10, "SLIP_NOT_FOUND", 'no key "a"', False)
Traceback (most recent call last):
...
slipstream.errors.NotFound: SLIP_NOT_FOUND: no key "a"
"""

from typing import Any, Dict, NoReturn, Tuple, Type

from . import _constants as k


class SlipstreamError(Exception):
    """A call failed. Decide by the class or by `code`; the sentence is for people."""

    def __init__(self, code: int, name: str, message: str, retriable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.message = message
        #: Trying the same again, later and unchanged, may succeed.
        self.retriable = retriable

    def __str__(self) -> str:
        return "%s: %s" % (self.name, self.message)

    def __reduce__(self) -> Tuple[Any, ...]:
        return (type(self), (self.code, self.name, self.message, self.retriable))


class Outcome(SlipstreamError):
    """What a correct program meets."""


class NotFound(Outcome, KeyError):
    """No such key, object, pointer or file."""


class Exists(Outcome):
    """It is there already."""


class Conflict(Outcome):
    """A compare-and-swap lost: the revision or tag is another one."""


class Timeout(Outcome, TimeoutError):
    """The stated time passed; nothing else is known to be wrong."""


class End(Outcome, StopIteration):
    """Nothing more will come: a watch or an iterator has ended in its proper way."""


class Interrupted(Outcome):
    """This one waiting call was ended by Watch.interrupt."""


class Cancelled(Outcome):
    """The watch was ended by Watch.cancel, or by a batch that was let go without an ack."""


class Superseded(Outcome):
    """Something newer is published already; it stays."""


class NotEmpty(Outcome):
    """The destination holds something."""


class CallerError(SlipstreamError):
    """A mistake of the caller."""


class Invalid(CallerError, ValueError):
    """An argument is malformed or of the wrong kind."""


class Misuse(CallerError):
    """The right call at the wrong moment."""


class Closed(CallerError, ValueError):
    """The handle was closed."""


class Deadlock(CallerError):
    """A blocking call on a watch from its own callback."""


class Unsupported(CallerError):
    """This kind of thing, or this server, cannot do that."""


class UnknownOption(CallerError, TypeError):
    """No option of that name; the sentence names the nearest."""


class OutOfBounds(CallerError, ValueError):
    """An option's value is outside its bounds."""


class Forked(CallerError):
    """The handle belongs to the parent process."""


class TooLarge(CallerError, ValueError):
    """A key, value or message is over a stated limit."""


class MachineError(SlipstreamError):
    """Memory, disk or permissions of this machine."""


class OutOfMemory(MachineError, MemoryError):
    """A failed allocation."""


class Busy(MachineError):
    """Held by another writer, here or in another process."""


class NoSpace(MachineError):
    """Disk, quota or map is full."""


class PermissionDenied(MachineError):
    """The system or the server forbids it to this user."""


class ServerError(SlipstreamError):
    """What the server, or the way to it, refused."""


class Unreachable(ServerError, ConnectionError):
    """No connection, or it broke."""


class Unauthorized(ServerError):
    """The credentials were refused."""


class BucketNotFound(ServerError, LookupError):
    """No such bucket."""


class BucketExists(ServerError):
    """A bucket of that name has another configuration."""


class ConfigMismatch(ServerError):
    """The server did not take the configuration that was asked for."""


class Indeterminate(ServerError):
    """No answer: the write may or may not have happened."""


class StoredBytesError(SlipstreamError):
    """What is stored is damaged, of somebody else, or of a later version."""


class Corrupt(StoredBytesError):
    """Damaged; nothing was changed."""


class IdentityMismatch(StoredBytesError):
    """It is of another bucket."""


class ArtifactInvalid(StoredBytesError):
    """The artifact is incomplete, altered or hostile."""


class ResumeError(SlipstreamError):
    """A watch cannot go on from its cursor."""


class CursorExpired(ResumeError):
    """Updates after the cursor may be gone from the server."""


class CallbackFailed(SlipstreamError):
    """A callback failed. What it raised is the __cause__."""


class InternalError(SlipstreamError):
    """A defect of the library: please report the sentence."""


class UserError(SlipstreamError):
    """A status of the caller's own (1000 and above), handed through from a callback."""


class LibraryError(SlipstreamError, ImportError):  # type: ignore[misc]  # both have a name
    """The shared library is missing, too old, or of another ABI epoch."""

    def __init__(self, code: int, name: str, message: str, retriable: bool = False) -> None:
        super().__init__(code, name, message, retriable)
        self.msg = message


# The first status of each family; what has no class of its own is its family's.
_FAMILIES: Tuple[Tuple[int, Type[SlipstreamError]], ...] = (
    (k.USER_FIRST, UserError), (k.INTERNAL, InternalError), (k.CALLBACK_FAILED, CallbackFailed),
    (k.CURSOR_EXPIRED, ResumeError), (k.CORRUPT, StoredBytesError), (k.UNREACHABLE, ServerError),
    (k.OUT_OF_MEMORY, MachineError), (k.INVALID, CallerError), (k.NOT_FOUND, Outcome),
)
_CLASSES: Dict[int, Type[SlipstreamError]] = {
    k.NOT_FOUND: NotFound, k.EXISTS: Exists, k.CONFLICT: Conflict, k.TIMEOUT: Timeout, k.END: End,
    k.INTERRUPTED: Interrupted, k.CANCELLED: Cancelled, k.SUPERSEDED: Superseded,
    k.NOT_EMPTY: NotEmpty, k.INVALID: Invalid, k.MISUSE: Misuse, k.CLOSED: Closed,
    k.DEADLOCK: Deadlock, k.UNSUPPORTED: Unsupported, k.UNKNOWN_OPTION: UnknownOption,
    k.OUT_OF_BOUNDS: OutOfBounds, k.FORKED: Forked, k.TOO_LARGE: TooLarge,
    k.OUT_OF_MEMORY: OutOfMemory, k.BUSY: Busy, k.NO_SPACE: NoSpace,
    k.PERMISSION_DENIED: PermissionDenied, k.UNREACHABLE: Unreachable,
    k.UNAUTHORIZED: Unauthorized, k.BUCKET_NOT_FOUND: BucketNotFound,
    k.BUCKET_EXISTS: BucketExists, k.CONFIG_MISMATCH: ConfigMismatch,
    k.INDETERMINATE: Indeterminate, k.CORRUPT: Corrupt, k.IDENTITY_MISMATCH: IdentityMismatch,
    k.ARTIFACT_INVALID: ArtifactInvalid, k.CURSOR_EXPIRED: CursorExpired,
}


def class_of(code: int) -> Type[SlipstreamError]:
    """The class of a status, one that was added after this package was written included.

    >>> class_of(13).__name__, class_of(112).__name__, class_of(1001).__name__
    ('Timeout', 'ResumeError', 'UserError')
    """
    if code in _CLASSES:
        return _CLASSES[code]
    for first, family in _FAMILIES:
        if code >= first:
            return family
    return SlipstreamError


def raise_for(code: int, name: str, message: str, retriable: bool) -> NoReturn:
    raise class_of(code)(code, name, message, retriable)


def invalid(message: str) -> Invalid:
    """A mistake that is found on this side of the border."""
    return Invalid(k.INVALID, "SLIP_INVALID", message)
