// Made by bindings/rust/generate.py: do not edit.
//! The values of options that are a choice.

/// eager: connect before returning; lazy: return at once, connect in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Connect {
    /// `eager`, the default
    Eager,
    /// `lazy`
    Lazy,
}

impl Connect {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Lazy => "lazy",
        }
    }
}

/// Where the server keeps the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Storage {
    /// `file`, the default
    File,
    /// `memory`
    Memory,
}

impl Storage {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Memory => "memory",
        }
    }
}

/// What a full bucket does: refuse new values, or drop the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Discard {
    /// `new`, the default
    New,
    /// `old`
    Old,
}

impl Discard {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Old => "old",
        }
    }
}

/// idle: a batch ends when nothing more has been received; window: window_ms after its first update; a full one in either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchClose {
    /// `idle`, the default
    Idle,
    /// `window`
    Window,
}

impl BatchClose {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Window => "window",
        }
    }
}

/// fold: hand the fold's live keys over before the tail (default with callbacks); none: the tail only (default when pulling).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replay {
    /// `default`, the default
    Default,
    /// `fold`
    Fold,
    /// `none`
    None,
}

impl Replay {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Fold => "fold",
            Self::None => "none",
        }
    }
}

/// End the watch there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopAt {
    /// `never`, the default
    Never,
    /// `caught_up`
    CaughtUp,
    /// `revision`
    Revision,
}

impl StopAt {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::CaughtUp => "caught_up",
            Self::Revision => "revision",
        }
    }
}

/// narrow: keys outside the scope leave a fold that was made for a wider one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScopeChange {
    /// `refuse`, the default
    Refuse,
    /// `narrow`
    Narrow,
}

impl ScopeChange {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Narrow => "narrow",
        }
    }
}

/// What a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// `process`
    Process,
    /// `meta`, the default
    Meta,
    /// `full`
    Full,
}

impl Durability {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Meta => "meta",
            Self::Full => "full",
        }
    }
}

/// Whether the fold may or must be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Create {
    /// `if_missing`, the default
    IfMissing,
    /// `never`
    Never,
    /// `always`
    Always,
}

impl Create {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::IfMissing => "if_missing",
            Self::Never => "never",
            Self::Always => "always",
        }
    }
}

/// disk: values of an append log stay in its files and are read from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Values {
    /// `memory`, the default
    Memory,
    /// `disk`
    Disk,
}

impl Values {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "disk",
        }
    }
}

/// Of the data files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// `zstd`, the default
    Zstd,
    /// `none`
    None,
}

impl Compression {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::None => "none",
        }
    }
}
