"""The library's log lines."""

import logging
from typing import Any, Callable, Optional

from . import _constants as k
from . import _structs
from ._handle import at_end
from ._load import library
from .errors import invalid

LEVELS = {"error": k.LOG_ERROR, "warning": k.LOG_WARNING, "info": k.LOG_INFO, "debug": k.LOG_DEBUG}
_LOGGING = {k.LOG_ERROR: logging.ERROR, k.LOG_WARNING: logging.WARNING, k.LOG_INFO: logging.INFO,
            k.LOG_DEBUG: logging.DEBUG}
# What the library calls must live as long as it may call it.
_current: Any = None


def set_log(function: Optional[Callable[[str, str, str], None]], level: str = "info") -> None:
    """Send log lines of `level` and more urgent to function(level, room, message); None: to nobody.

    It runs on any thread, several at once, and must not call this package.
    """
    global _current
    if level not in LEVELS:
        raise invalid("no log level %r; there are %s" % (level, ", ".join(LEVELS)))
    if function is None:
        raw = _structs.LogFunction()
    else:
        names = {value: name for name, value in LEVELS.items()}
        given = function

        def line(_: Any, number: int, room: bytes, message: bytes) -> None:
            given(names.get(number, "error"), room.decode(), message.decode("utf-8", "replace"))

        raw = _structs.LogFunction(line)
    library().call("slip_log_set", raw, None, LEVELS[level])
    # The former one is no longer called by now.
    _current = None if function is None else raw


def log_to(logger: logging.Logger, level: str = "info") -> None:
    """Send log lines to a logger of the standard library, as "ROOM: MESSAGE".

    >>> log_to(logging.getLogger("slipstream"), "warning")
    >>> set_log(None)
    """
    set_log(lambda name, room, message: logger.log(_LOGGING[LEVELS[name]], "%s: %s", room, message),
            level)


def _off() -> None:
    if _current is not None:
        set_log(None)


at_end.append(_off)
