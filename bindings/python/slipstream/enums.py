"""Families of constants, as enumerations.

Made from slipstream.h by bindings/python/generate.py: do not edit.
"""

import enum


class Flag(enum.IntFlag):
    """Bits of Update.flags. Later releases may set further ones: ignore them."""

    SYNTHETIC = 1
    REPLAY = 2
    RELIST = 4
    EXPIRED = 8
    MARKER = 16
    MORE = 32


class ConnectionPhase(enum.IntEnum):
    """ConnectionState.state"""

    CONNECTING = 1
    CONNECTED = 2
    CLOSED = 3


class Storage(enum.IntEnum):
    """BucketState.storage"""

    FILE = 1
    MEMORY = 2


class Discard(enum.IntEnum):
    """BucketState.discard"""

    NEW = 1
    OLD = 2


class WatchPhase(enum.IntEnum):
    """WatchState.state"""

    CONNECTING = 1
    REPLAYING = 2
    CATCHING_UP = 3
    LIVE = 4
    ENDED = 5
    STALE = 6


class CompactionOutcome(enum.IntEnum):
    """Compaction.outcome"""

    PERFORMED = 1
    SKIPPED = 2
    FAILED = 3
    INDETERMINATE = 4


class Event(enum.IntEnum):
    """What can happen under a watch: WatchEvent.event"""

    CONNECTION_LOST = 1
    SERVER_SHUTDOWN = 2
    SILENCE = 3
    CONSUMER_DELETED = 4
    CONSUMER_REPLACED = 5
    LEADER_CHANGED = 6
    DELIVERY_GAP = 7
    BUCKET_DELETED = 10
    BUCKET_RECREATED = 11
    BUCKET_REWOUND = 12
    BUCKET_PURGED = 13
    BUCKET_RECONFIGURED = 14
    CURSOR_EXPIRED = 15
    AUDIT_MISMATCH = 16
    KEY_PURGED = 20
    KEY_EXPIRED = 21
    EMPTY_VALUE = 22
    ODD_KEY = 23
    LONG_KEY = 24
    OLDER_REVISIONS = 25
    COMMIT_FAILED = 30
