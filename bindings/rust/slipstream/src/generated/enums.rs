// Made by bindings/rust/generate.py: do not edit.
use slipstream_sys as sys;

/// What a connection is doing.
///
/// Later releases of the library may report others: they are `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionPhase {
    /// `SLIP_CONNECTION_CONNECTING`
    Connecting,
    /// `SLIP_CONNECTION_CONNECTED`
    Connected,
    /// `SLIP_CONNECTION_CLOSED`
    Closed,
    /// A value that this release of the crate does not know.
    Other(i32),
}

impl From<i32> for ConnectionPhase {
    fn from(value: i32) -> Self {
        match value {
            sys::SLIP_CONNECTION_CONNECTING => Self::Connecting,
            sys::SLIP_CONNECTION_CONNECTED => Self::Connected,
            sys::SLIP_CONNECTION_CLOSED => Self::Closed,
            _ => Self::Other(value),
        }
    }
}

impl From<ConnectionPhase> for i32 {
    fn from(value: ConnectionPhase) -> Self {
        match value {
            ConnectionPhase::Connecting => sys::SLIP_CONNECTION_CONNECTING,
            ConnectionPhase::Connected => sys::SLIP_CONNECTION_CONNECTED,
            ConnectionPhase::Closed => sys::SLIP_CONNECTION_CLOSED,
            ConnectionPhase::Other(value) => value,
        }
    }
}

/// Where the server keeps a bucket.
///
/// Later releases of the library may report others: they are `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Storage {
    /// `SLIP_STORAGE_FILE`
    File,
    /// `SLIP_STORAGE_MEMORY`
    Memory,
    /// A value that this release of the crate does not know.
    Other(u32),
}

impl From<u32> for Storage {
    fn from(value: u32) -> Self {
        match value {
            sys::SLIP_STORAGE_FILE => Self::File,
            sys::SLIP_STORAGE_MEMORY => Self::Memory,
            _ => Self::Other(value),
        }
    }
}

impl From<Storage> for u32 {
    fn from(value: Storage) -> Self {
        match value {
            Storage::File => sys::SLIP_STORAGE_FILE,
            Storage::Memory => sys::SLIP_STORAGE_MEMORY,
            Storage::Other(value) => value,
        }
    }
}

/// What a full bucket does.
///
/// Later releases of the library may report others: they are `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Discard {
    /// `SLIP_DISCARD_NEW`
    New,
    /// `SLIP_DISCARD_OLD`
    Old,
    /// A value that this release of the crate does not know.
    Other(u32),
}

impl From<u32> for Discard {
    fn from(value: u32) -> Self {
        match value {
            sys::SLIP_DISCARD_NEW => Self::New,
            sys::SLIP_DISCARD_OLD => Self::Old,
            _ => Self::Other(value),
        }
    }
}

impl From<Discard> for u32 {
    fn from(value: Discard) -> Self {
        match value {
            Discard::New => sys::SLIP_DISCARD_NEW,
            Discard::Old => sys::SLIP_DISCARD_OLD,
            Discard::Other(value) => value,
        }
    }
}

/// What a watch is doing.
///
/// Later releases of the library may report others: they are `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WatchPhase {
    /// `SLIP_WATCH_CONNECTING`
    Connecting,
    /// `SLIP_WATCH_REPLAYING`
    Replaying,
    /// `SLIP_WATCH_CATCHING_UP`
    CatchingUp,
    /// `SLIP_WATCH_LIVE`
    Live,
    /// `SLIP_WATCH_ENDED`
    Ended,
    /// `SLIP_WATCH_STALE`
    Stale,
    /// A value that this release of the crate does not know.
    Other(i32),
}

impl From<i32> for WatchPhase {
    fn from(value: i32) -> Self {
        match value {
            sys::SLIP_WATCH_CONNECTING => Self::Connecting,
            sys::SLIP_WATCH_REPLAYING => Self::Replaying,
            sys::SLIP_WATCH_CATCHING_UP => Self::CatchingUp,
            sys::SLIP_WATCH_LIVE => Self::Live,
            sys::SLIP_WATCH_ENDED => Self::Ended,
            sys::SLIP_WATCH_STALE => Self::Stale,
            _ => Self::Other(value),
        }
    }
}

impl From<WatchPhase> for i32 {
    fn from(value: WatchPhase) -> Self {
        match value {
            WatchPhase::Connecting => sys::SLIP_WATCH_CONNECTING,
            WatchPhase::Replaying => sys::SLIP_WATCH_REPLAYING,
            WatchPhase::CatchingUp => sys::SLIP_WATCH_CATCHING_UP,
            WatchPhase::Live => sys::SLIP_WATCH_LIVE,
            WatchPhase::Ended => sys::SLIP_WATCH_ENDED,
            WatchPhase::Stale => sys::SLIP_WATCH_STALE,
            WatchPhase::Other(value) => value,
        }
    }
}

/// What can happen under a watch.
///
/// Later releases of the library may report others: they are `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// `SLIP_EVENT_CONNECTION_LOST`
    ConnectionLost,
    /// `SLIP_EVENT_SERVER_SHUTDOWN`
    ServerShutdown,
    /// `SLIP_EVENT_SILENCE`
    Silence,
    /// `SLIP_EVENT_CONSUMER_DELETED`
    ConsumerDeleted,
    /// `SLIP_EVENT_CONSUMER_REPLACED`
    ConsumerReplaced,
    /// `SLIP_EVENT_LEADER_CHANGED`
    LeaderChanged,
    /// `SLIP_EVENT_DELIVERY_GAP`
    DeliveryGap,
    /// `SLIP_EVENT_BUCKET_DELETED`
    BucketDeleted,
    /// `SLIP_EVENT_BUCKET_RECREATED`
    BucketRecreated,
    /// `SLIP_EVENT_BUCKET_REWOUND`
    BucketRewound,
    /// `SLIP_EVENT_BUCKET_PURGED`
    BucketPurged,
    /// `SLIP_EVENT_BUCKET_RECONFIGURED`
    BucketReconfigured,
    /// `SLIP_EVENT_CURSOR_EXPIRED`
    CursorExpired,
    /// `SLIP_EVENT_AUDIT_MISMATCH`
    AuditMismatch,
    /// `SLIP_EVENT_KEY_PURGED`
    KeyPurged,
    /// `SLIP_EVENT_KEY_EXPIRED`
    KeyExpired,
    /// `SLIP_EVENT_EMPTY_VALUE`
    EmptyValue,
    /// `SLIP_EVENT_ODD_KEY`
    OddKey,
    /// `SLIP_EVENT_LONG_KEY`
    LongKey,
    /// `SLIP_EVENT_OLDER_REVISIONS`
    OlderRevisions,
    /// `SLIP_EVENT_COMMIT_FAILED`
    CommitFailed,
    /// A value that this release of the crate does not know.
    Other(i32),
}

impl From<i32> for Event {
    fn from(value: i32) -> Self {
        match value {
            sys::SLIP_EVENT_CONNECTION_LOST => Self::ConnectionLost,
            sys::SLIP_EVENT_SERVER_SHUTDOWN => Self::ServerShutdown,
            sys::SLIP_EVENT_SILENCE => Self::Silence,
            sys::SLIP_EVENT_CONSUMER_DELETED => Self::ConsumerDeleted,
            sys::SLIP_EVENT_CONSUMER_REPLACED => Self::ConsumerReplaced,
            sys::SLIP_EVENT_LEADER_CHANGED => Self::LeaderChanged,
            sys::SLIP_EVENT_DELIVERY_GAP => Self::DeliveryGap,
            sys::SLIP_EVENT_BUCKET_DELETED => Self::BucketDeleted,
            sys::SLIP_EVENT_BUCKET_RECREATED => Self::BucketRecreated,
            sys::SLIP_EVENT_BUCKET_REWOUND => Self::BucketRewound,
            sys::SLIP_EVENT_BUCKET_PURGED => Self::BucketPurged,
            sys::SLIP_EVENT_BUCKET_RECONFIGURED => Self::BucketReconfigured,
            sys::SLIP_EVENT_CURSOR_EXPIRED => Self::CursorExpired,
            sys::SLIP_EVENT_AUDIT_MISMATCH => Self::AuditMismatch,
            sys::SLIP_EVENT_KEY_PURGED => Self::KeyPurged,
            sys::SLIP_EVENT_KEY_EXPIRED => Self::KeyExpired,
            sys::SLIP_EVENT_EMPTY_VALUE => Self::EmptyValue,
            sys::SLIP_EVENT_ODD_KEY => Self::OddKey,
            sys::SLIP_EVENT_LONG_KEY => Self::LongKey,
            sys::SLIP_EVENT_OLDER_REVISIONS => Self::OlderRevisions,
            sys::SLIP_EVENT_COMMIT_FAILED => Self::CommitFailed,
            _ => Self::Other(value),
        }
    }
}

impl From<Event> for i32 {
    fn from(value: Event) -> Self {
        match value {
            Event::ConnectionLost => sys::SLIP_EVENT_CONNECTION_LOST,
            Event::ServerShutdown => sys::SLIP_EVENT_SERVER_SHUTDOWN,
            Event::Silence => sys::SLIP_EVENT_SILENCE,
            Event::ConsumerDeleted => sys::SLIP_EVENT_CONSUMER_DELETED,
            Event::ConsumerReplaced => sys::SLIP_EVENT_CONSUMER_REPLACED,
            Event::LeaderChanged => sys::SLIP_EVENT_LEADER_CHANGED,
            Event::DeliveryGap => sys::SLIP_EVENT_DELIVERY_GAP,
            Event::BucketDeleted => sys::SLIP_EVENT_BUCKET_DELETED,
            Event::BucketRecreated => sys::SLIP_EVENT_BUCKET_RECREATED,
            Event::BucketRewound => sys::SLIP_EVENT_BUCKET_REWOUND,
            Event::BucketPurged => sys::SLIP_EVENT_BUCKET_PURGED,
            Event::BucketReconfigured => sys::SLIP_EVENT_BUCKET_RECONFIGURED,
            Event::CursorExpired => sys::SLIP_EVENT_CURSOR_EXPIRED,
            Event::AuditMismatch => sys::SLIP_EVENT_AUDIT_MISMATCH,
            Event::KeyPurged => sys::SLIP_EVENT_KEY_PURGED,
            Event::KeyExpired => sys::SLIP_EVENT_KEY_EXPIRED,
            Event::EmptyValue => sys::SLIP_EVENT_EMPTY_VALUE,
            Event::OddKey => sys::SLIP_EVENT_ODD_KEY,
            Event::LongKey => sys::SLIP_EVENT_LONG_KEY,
            Event::OlderRevisions => sys::SLIP_EVENT_OLDER_REVISIONS,
            Event::CommitFailed => sys::SLIP_EVENT_COMMIT_FAILED,
            Event::Other(value) => value,
        }
    }
}

/// How a compaction ended.
///
/// Later releases of the library may report others: they are `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CompactionOutcome {
    /// `SLIP_COMPACTION_PERFORMED`
    Performed,
    /// `SLIP_COMPACTION_SKIPPED`
    Skipped,
    /// `SLIP_COMPACTION_FAILED`
    Failed,
    /// `SLIP_COMPACTION_INDETERMINATE`
    Indeterminate,
    /// A value that this release of the crate does not know.
    Other(u32),
}

impl From<u32> for CompactionOutcome {
    fn from(value: u32) -> Self {
        match value {
            sys::SLIP_COMPACTION_PERFORMED => Self::Performed,
            sys::SLIP_COMPACTION_SKIPPED => Self::Skipped,
            sys::SLIP_COMPACTION_FAILED => Self::Failed,
            sys::SLIP_COMPACTION_INDETERMINATE => Self::Indeterminate,
            _ => Self::Other(value),
        }
    }
}

impl From<CompactionOutcome> for u32 {
    fn from(value: CompactionOutcome) -> Self {
        match value {
            CompactionOutcome::Performed => sys::SLIP_COMPACTION_PERFORMED,
            CompactionOutcome::Skipped => sys::SLIP_COMPACTION_SKIPPED,
            CompactionOutcome::Failed => sys::SLIP_COMPACTION_FAILED,
            CompactionOutcome::Indeterminate => sys::SLIP_COMPACTION_INDETERMINATE,
            CompactionOutcome::Other(value) => value,
        }
    }
}
