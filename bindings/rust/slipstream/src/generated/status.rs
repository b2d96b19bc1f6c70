// Made by bindings/rust/generate.py: do not edit.
use slipstream_sys as sys;

/// What a call returned, as `SLIP_*` of slipstream.h.
///
/// Later releases of the library may report others: they are `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// `SLIP_OK`
    Ok,
    /// `SLIP_NOT_FOUND`
    NotFound,
    /// `SLIP_EXISTS`
    Exists,
    /// `SLIP_CONFLICT`
    Conflict,
    /// `SLIP_TIMEOUT`
    Timeout,
    /// `SLIP_END`
    End,
    /// `SLIP_INTERRUPTED`
    Interrupted,
    /// `SLIP_CANCELLED`
    Cancelled,
    /// `SLIP_SUPERSEDED`
    Superseded,
    /// `SLIP_NOT_EMPTY`
    NotEmpty,
    /// `SLIP_INVALID`
    Invalid,
    /// `SLIP_MISUSE`
    Misuse,
    /// `SLIP_CLOSED`
    Closed,
    /// `SLIP_DEADLOCK`
    Deadlock,
    /// `SLIP_UNSUPPORTED`
    Unsupported,
    /// `SLIP_UNKNOWN_OPTION`
    UnknownOption,
    /// `SLIP_OUT_OF_BOUNDS`
    OutOfBounds,
    /// `SLIP_FORKED`
    Forked,
    /// `SLIP_TOO_LARGE`
    TooLarge,
    /// `SLIP_OUT_OF_MEMORY`
    OutOfMemory,
    /// `SLIP_BUSY`
    Busy,
    /// `SLIP_NO_SPACE`
    NoSpace,
    /// `SLIP_IO`
    Io,
    /// `SLIP_PERMISSION_DENIED`
    PermissionDenied,
    /// `SLIP_UNREACHABLE`
    Unreachable,
    /// `SLIP_UNAUTHORIZED`
    Unauthorized,
    /// `SLIP_NO_JETSTREAM`
    NoJetstream,
    /// `SLIP_BUCKET_NOT_FOUND`
    BucketNotFound,
    /// `SLIP_BUCKET_EXISTS`
    BucketExists,
    /// `SLIP_CONFIG_MISMATCH`
    ConfigMismatch,
    /// `SLIP_BUCKET_FULL`
    BucketFull,
    /// `SLIP_SERVER`
    Server,
    /// `SLIP_INDETERMINATE`
    Indeterminate,
    /// `SLIP_CORRUPT`
    Corrupt,
    /// `SLIP_NEWER_FORMAT`
    NewerFormat,
    /// `SLIP_NOT_OURS`
    NotOurs,
    /// `SLIP_IDENTITY_MISMATCH`
    IdentityMismatch,
    /// `SLIP_ARTIFACT_INVALID`
    ArtifactInvalid,
    /// `SLIP_SUSPECT`
    Suspect,
    /// `SLIP_CURSOR_EXPIRED`
    CursorExpired,
    /// `SLIP_STREAM_RECREATED`
    StreamRecreated,
    /// `SLIP_STREAM_REWOUND`
    StreamRewound,
    /// `SLIP_SCOPE_MISMATCH`
    ScopeMismatch,
    /// `SLIP_AUDIT_MISMATCH`
    AuditMismatch,
    /// `SLIP_CALLBACK_FAILED`
    CallbackFailed,
    /// `SLIP_INTERNAL`
    Internal,
    /// One of your own (1000 and above), handed through from your callbacks.
    User(i32),
    /// A value that this release of the crate does not know.
    Unknown(i32),
}

impl From<i32> for Status {
    fn from(value: i32) -> Self {
        match value {
            sys::SLIP_OK => Self::Ok,
            sys::SLIP_NOT_FOUND => Self::NotFound,
            sys::SLIP_EXISTS => Self::Exists,
            sys::SLIP_CONFLICT => Self::Conflict,
            sys::SLIP_TIMEOUT => Self::Timeout,
            sys::SLIP_END => Self::End,
            sys::SLIP_INTERRUPTED => Self::Interrupted,
            sys::SLIP_CANCELLED => Self::Cancelled,
            sys::SLIP_SUPERSEDED => Self::Superseded,
            sys::SLIP_NOT_EMPTY => Self::NotEmpty,
            sys::SLIP_INVALID => Self::Invalid,
            sys::SLIP_MISUSE => Self::Misuse,
            sys::SLIP_CLOSED => Self::Closed,
            sys::SLIP_DEADLOCK => Self::Deadlock,
            sys::SLIP_UNSUPPORTED => Self::Unsupported,
            sys::SLIP_UNKNOWN_OPTION => Self::UnknownOption,
            sys::SLIP_OUT_OF_BOUNDS => Self::OutOfBounds,
            sys::SLIP_FORKED => Self::Forked,
            sys::SLIP_TOO_LARGE => Self::TooLarge,
            sys::SLIP_OUT_OF_MEMORY => Self::OutOfMemory,
            sys::SLIP_BUSY => Self::Busy,
            sys::SLIP_NO_SPACE => Self::NoSpace,
            sys::SLIP_IO => Self::Io,
            sys::SLIP_PERMISSION_DENIED => Self::PermissionDenied,
            sys::SLIP_UNREACHABLE => Self::Unreachable,
            sys::SLIP_UNAUTHORIZED => Self::Unauthorized,
            sys::SLIP_NO_JETSTREAM => Self::NoJetstream,
            sys::SLIP_BUCKET_NOT_FOUND => Self::BucketNotFound,
            sys::SLIP_BUCKET_EXISTS => Self::BucketExists,
            sys::SLIP_CONFIG_MISMATCH => Self::ConfigMismatch,
            sys::SLIP_BUCKET_FULL => Self::BucketFull,
            sys::SLIP_SERVER => Self::Server,
            sys::SLIP_INDETERMINATE => Self::Indeterminate,
            sys::SLIP_CORRUPT => Self::Corrupt,
            sys::SLIP_NEWER_FORMAT => Self::NewerFormat,
            sys::SLIP_NOT_OURS => Self::NotOurs,
            sys::SLIP_IDENTITY_MISMATCH => Self::IdentityMismatch,
            sys::SLIP_ARTIFACT_INVALID => Self::ArtifactInvalid,
            sys::SLIP_SUSPECT => Self::Suspect,
            sys::SLIP_CURSOR_EXPIRED => Self::CursorExpired,
            sys::SLIP_STREAM_RECREATED => Self::StreamRecreated,
            sys::SLIP_STREAM_REWOUND => Self::StreamRewound,
            sys::SLIP_SCOPE_MISMATCH => Self::ScopeMismatch,
            sys::SLIP_AUDIT_MISMATCH => Self::AuditMismatch,
            sys::SLIP_CALLBACK_FAILED => Self::CallbackFailed,
            sys::SLIP_INTERNAL => Self::Internal,
            sys::SLIP_USER_FIRST.. => Self::User(value),
            _ => Self::Unknown(value),
        }
    }
}

impl From<Status> for i32 {
    fn from(value: Status) -> Self {
        match value {
            Status::Ok => sys::SLIP_OK,
            Status::NotFound => sys::SLIP_NOT_FOUND,
            Status::Exists => sys::SLIP_EXISTS,
            Status::Conflict => sys::SLIP_CONFLICT,
            Status::Timeout => sys::SLIP_TIMEOUT,
            Status::End => sys::SLIP_END,
            Status::Interrupted => sys::SLIP_INTERRUPTED,
            Status::Cancelled => sys::SLIP_CANCELLED,
            Status::Superseded => sys::SLIP_SUPERSEDED,
            Status::NotEmpty => sys::SLIP_NOT_EMPTY,
            Status::Invalid => sys::SLIP_INVALID,
            Status::Misuse => sys::SLIP_MISUSE,
            Status::Closed => sys::SLIP_CLOSED,
            Status::Deadlock => sys::SLIP_DEADLOCK,
            Status::Unsupported => sys::SLIP_UNSUPPORTED,
            Status::UnknownOption => sys::SLIP_UNKNOWN_OPTION,
            Status::OutOfBounds => sys::SLIP_OUT_OF_BOUNDS,
            Status::Forked => sys::SLIP_FORKED,
            Status::TooLarge => sys::SLIP_TOO_LARGE,
            Status::OutOfMemory => sys::SLIP_OUT_OF_MEMORY,
            Status::Busy => sys::SLIP_BUSY,
            Status::NoSpace => sys::SLIP_NO_SPACE,
            Status::Io => sys::SLIP_IO,
            Status::PermissionDenied => sys::SLIP_PERMISSION_DENIED,
            Status::Unreachable => sys::SLIP_UNREACHABLE,
            Status::Unauthorized => sys::SLIP_UNAUTHORIZED,
            Status::NoJetstream => sys::SLIP_NO_JETSTREAM,
            Status::BucketNotFound => sys::SLIP_BUCKET_NOT_FOUND,
            Status::BucketExists => sys::SLIP_BUCKET_EXISTS,
            Status::ConfigMismatch => sys::SLIP_CONFIG_MISMATCH,
            Status::BucketFull => sys::SLIP_BUCKET_FULL,
            Status::Server => sys::SLIP_SERVER,
            Status::Indeterminate => sys::SLIP_INDETERMINATE,
            Status::Corrupt => sys::SLIP_CORRUPT,
            Status::NewerFormat => sys::SLIP_NEWER_FORMAT,
            Status::NotOurs => sys::SLIP_NOT_OURS,
            Status::IdentityMismatch => sys::SLIP_IDENTITY_MISMATCH,
            Status::ArtifactInvalid => sys::SLIP_ARTIFACT_INVALID,
            Status::Suspect => sys::SLIP_SUSPECT,
            Status::CursorExpired => sys::SLIP_CURSOR_EXPIRED,
            Status::StreamRecreated => sys::SLIP_STREAM_RECREATED,
            Status::StreamRewound => sys::SLIP_STREAM_REWOUND,
            Status::ScopeMismatch => sys::SLIP_SCOPE_MISMATCH,
            Status::AuditMismatch => sys::SLIP_AUDIT_MISMATCH,
            Status::CallbackFailed => sys::SLIP_CALLBACK_FAILED,
            Status::Internal => sys::SLIP_INTERNAL,
            Status::User(value) => value,
            Status::Unknown(value) => value,
        }
    }
}

impl Status {
    pub(crate) fn known_name(self) -> Option<&'static str> {
        Some(match self {
            Self::Ok => "SLIP_OK",
            Self::NotFound => "SLIP_NOT_FOUND",
            Self::Exists => "SLIP_EXISTS",
            Self::Conflict => "SLIP_CONFLICT",
            Self::Timeout => "SLIP_TIMEOUT",
            Self::End => "SLIP_END",
            Self::Interrupted => "SLIP_INTERRUPTED",
            Self::Cancelled => "SLIP_CANCELLED",
            Self::Superseded => "SLIP_SUPERSEDED",
            Self::NotEmpty => "SLIP_NOT_EMPTY",
            Self::Invalid => "SLIP_INVALID",
            Self::Misuse => "SLIP_MISUSE",
            Self::Closed => "SLIP_CLOSED",
            Self::Deadlock => "SLIP_DEADLOCK",
            Self::Unsupported => "SLIP_UNSUPPORTED",
            Self::UnknownOption => "SLIP_UNKNOWN_OPTION",
            Self::OutOfBounds => "SLIP_OUT_OF_BOUNDS",
            Self::Forked => "SLIP_FORKED",
            Self::TooLarge => "SLIP_TOO_LARGE",
            Self::OutOfMemory => "SLIP_OUT_OF_MEMORY",
            Self::Busy => "SLIP_BUSY",
            Self::NoSpace => "SLIP_NO_SPACE",
            Self::Io => "SLIP_IO",
            Self::PermissionDenied => "SLIP_PERMISSION_DENIED",
            Self::Unreachable => "SLIP_UNREACHABLE",
            Self::Unauthorized => "SLIP_UNAUTHORIZED",
            Self::NoJetstream => "SLIP_NO_JETSTREAM",
            Self::BucketNotFound => "SLIP_BUCKET_NOT_FOUND",
            Self::BucketExists => "SLIP_BUCKET_EXISTS",
            Self::ConfigMismatch => "SLIP_CONFIG_MISMATCH",
            Self::BucketFull => "SLIP_BUCKET_FULL",
            Self::Server => "SLIP_SERVER",
            Self::Indeterminate => "SLIP_INDETERMINATE",
            Self::Corrupt => "SLIP_CORRUPT",
            Self::NewerFormat => "SLIP_NEWER_FORMAT",
            Self::NotOurs => "SLIP_NOT_OURS",
            Self::IdentityMismatch => "SLIP_IDENTITY_MISMATCH",
            Self::ArtifactInvalid => "SLIP_ARTIFACT_INVALID",
            Self::Suspect => "SLIP_SUSPECT",
            Self::CursorExpired => "SLIP_CURSOR_EXPIRED",
            Self::StreamRecreated => "SLIP_STREAM_RECREATED",
            Self::StreamRewound => "SLIP_STREAM_REWOUND",
            Self::ScopeMismatch => "SLIP_SCOPE_MISMATCH",
            Self::AuditMismatch => "SLIP_AUDIT_MISMATCH",
            Self::CallbackFailed => "SLIP_CALLBACK_FAILED",
            Self::Internal => "SLIP_INTERNAL",
            Self::User(_) | Self::Unknown(_) => return None,
        })
    }
}
