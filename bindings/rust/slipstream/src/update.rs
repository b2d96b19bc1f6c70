//! Updates, as views and as owned copies.
use crate::Result;
use crate::handle::Owned;
use crate::text::{read_view, view_of};
use slipstream_sys as sys;
use std::fmt;
use std::marker::PhantomData;

/// A life without end, in `ttl_ns`.
pub const TTL_NEVER: i64 = sys::SLIP_TTL_NEVER;

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// The key has this value.
    Put,
    /// The key is gone: a delete marker, or a deletion found by comparing.
    Delete,
    /// The key and its history are gone.
    Purge,
    /// A value that this release of the crate does not know.
    Other(u32),
}

impl From<u32> for Operation {
    fn from(value: u32) -> Self {
        match value {
            sys::SLIP_PUT => Self::Put,
            sys::SLIP_DELETE => Self::Delete,
            sys::SLIP_PURGE => Self::Purge,
            other => Self::Other(other),
        }
    }
}

impl From<Operation> for u32 {
    fn from(value: Operation) -> Self {
        match value {
            Operation::Put => sys::SLIP_PUT,
            Operation::Delete => sys::SLIP_DELETE,
            Operation::Purge => sys::SLIP_PURGE,
            Operation::Other(value) => value,
        }
    }
}

/// Bits of an update; later releases may set further ones: ignore them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u32);

impl Flags {
    /// Made here by comparing states, not received; its revision is 0.
    pub const SYNTHETIC: Self = Self(sys::SLIP_FLAG_SYNTHETIC);
    /// Read from the fold at the start of a watch; moves no cursor.
    pub const REPLAY: Self = Self(sys::SLIP_FLAG_REPLAY);
    /// Part of a listing made anew after a repair.
    pub const RELIST: Self = Self(sys::SLIP_FLAG_RELIST);
    /// The end of a life, not somebody's delete.
    pub const EXPIRED: Self = Self(sys::SLIP_FLAG_EXPIRED);
    /// Came as a marker that the server wrote.
    pub const MARKER: Self = Self(sys::SLIP_FLAG_MARKER);
    /// In a feed only: further updates of this revision follow.
    pub const MORE: Self = Self(sys::SLIP_FLAG_MORE);

    /// Whether all bits of `other` are set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for Flags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One update of one key: a view that lives as long as what gave it.
///
/// It is the library's own struct, so that a slice of a batch is the library's array, not a copy.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Update<'a> {
    raw: sys::slip_update,
    bytes: PhantomData<&'a [u8]>,
}

// SAFETY: as `&'a [u8]` and plain numbers: nothing changes what it shows for `'a`.
unsafe impl Send for Update<'_> {}
// SAFETY: the same.
unsafe impl Sync for Update<'_> {}

impl<'a> Update<'a> {
    /// A put, for [`Fold::apply`](crate::Fold::apply) or a [`Feed`](crate::foreign::Feed).
    ///
    /// ```
    /// use slipstream::{Operation, Update};
    /// let update = Update::put(b"a", b"1", 7).with_timestamp_ns(5);
    /// assert_eq!((update.key(), update.value(), update.revision()), (&b"a"[..], &b"1"[..], 7));
    /// assert_eq!(Update::delete(b"a", 8).operation(), Operation::Delete);
    /// ```
    pub fn put(key: &'a [u8], value: &'a [u8], revision: u64) -> Self {
        Self::new(sys::SLIP_PUT, key, value, revision)
    }

    /// A delete.
    pub fn delete(key: &'a [u8], revision: u64) -> Self {
        Self::new(sys::SLIP_DELETE, key, &[], revision)
    }

    /// A purge.
    pub fn purge(key: &'a [u8], revision: u64) -> Self {
        Self::new(sys::SLIP_PURGE, key, &[], revision)
    }

    fn new(operation: u32, key: &'a [u8], value: &'a [u8], revision: u64) -> Self {
        let (key, value) = (view_of(key), view_of(value));
        let raw = sys::slip_update { key, value, revision, operation, ..Default::default() };
        Self { raw, bytes: PhantomData }
    }

    /// With the time at which it was made.
    pub fn with_timestamp_ns(mut self, timestamp_ns: i64) -> Self {
        self.raw.timestamp_ns = timestamp_ns;
        self
    }

    /// With a life of its own; [`TTL_NEVER`]: without end.
    pub fn with_ttl_ns(mut self, ttl_ns: i64) -> Self {
        self.raw.ttl_ns = ttl_ns;
        self
    }

    /// With these flags.
    pub fn with_flags(mut self, flags: Flags) -> Self {
        self.raw.flags = flags.0;
        self
    }

    /// One update of the library's.
    ///
    /// # Safety
    /// Its views live and stay as they are for `'a`.
    #[inline]
    pub(crate) unsafe fn from_raw(raw: sys::slip_update) -> Self {
        Self { raw, bytes: PhantomData }
    }

    /// An array of the library's.
    ///
    /// # Safety
    /// `rows` is NULL with `count` 0, or an array of `count`, which with its views lives and stays as it
    /// is for `'a`.
    #[inline]
    pub(crate) unsafe fn slice(rows: *const sys::slip_update, count: usize) -> &'a [Self] {
        if count == 0 {
            return &[];
        }
        // SAFETY: Update is slip_update (repr(transparent)); the rest as the caller promises.
        unsafe { std::slice::from_raw_parts(rows.cast(), count) }
    }

    /// The library's struct; its views are what they were.
    pub(crate) fn raw(&self) -> sys::slip_update {
        self.raw
    }

    pub(crate) fn rows(updates: &[Self]) -> *const sys::slip_update {
        updates.as_ptr().cast()
    }

    /// As the server has it, without the bucket's subject prefix.
    #[inline]
    pub fn key(&self) -> &'a [u8] {
        // SAFETY: lives for 'a, as whoever made this update promised.
        unsafe { read_view(self.raw.key) }
    }

    /// Empty unless the operation is a put.
    #[inline]
    pub fn value(&self) -> &'a [u8] {
        // SAFETY: as key().
        unsafe { read_view(self.raw.value) }
    }

    /// Of the bucket's stream; 0 where there is none (synthetic).
    #[inline]
    pub fn revision(&self) -> u64 {
        self.raw.revision
    }

    /// The server's clock, in nanoseconds since the Unix epoch.
    #[inline]
    pub fn timestamp_ns(&self) -> i64 {
        self.raw.timestamp_ns
    }

    /// The update's own life as received: 0 none, [`TTL_NEVER`] without end.
    #[inline]
    pub fn ttl_ns(&self) -> i64 {
        self.raw.ttl_ns
    }

    /// What happened to the key.
    #[inline]
    pub fn operation(&self) -> Operation {
        self.raw.operation.into()
    }

    /// How the update came about.
    #[inline]
    pub fn flags(&self) -> Flags {
        Flags(self.raw.flags)
    }

    /// A copy that owns its bytes.
    pub fn to_owned(&self) -> OwnedUpdate {
        OwnedUpdate {
            key: self.key().to_vec(),
            value: self.value().to_vec(),
            revision: self.revision(),
            timestamp_ns: self.timestamp_ns(),
            ttl_ns: self.ttl_ns(),
            operation: self.operation(),
            flags: self.flags(),
        }
    }
}

impl fmt::Debug for Update<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, value) = (self.key().escape_ascii(), self.value());
        write!(to, "{:?} {key}@{} ({} bytes)", self.operation(), self.revision(), value.len())
    }
}

/// One update that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedUpdate {
    /// See [`Update::key`].
    pub key: Vec<u8>,
    /// See [`Update::value`].
    pub value: Vec<u8>,
    /// See [`Update::revision`].
    pub revision: u64,
    /// See [`Update::timestamp_ns`].
    pub timestamp_ns: i64,
    /// See [`Update::ttl_ns`].
    pub ttl_ns: i64,
    /// See [`Update::operation`].
    pub operation: Operation,
    /// See [`Update::flags`].
    pub flags: Flags,
}

impl OwnedUpdate {
    /// The same as a view.
    pub fn as_update(&self) -> Update<'_> {
        Update::new(self.operation.into(), &self.key, &self.value, self.revision)
            .with_timestamp_ns(self.timestamp_ns)
            .with_ttl_ns(self.ttl_ns)
            .with_flags(self.flags)
    }
}

/// What one read found; it owns its bytes.
pub struct Entry(Owned<sys::slip_entry>);

impl Entry {
    pub(crate) fn take(pointer: *mut sys::slip_entry) -> Result<Self> {
        Ok(Self(Owned::new(pointer, "entry")?))
    }

    /// The update, which lives as long as the entry.
    pub fn update(&self) -> Update<'_> {
        // SAFETY: an entry has an update, which lives as long as it and never changes.
        unsafe { Update::from_raw(*sys::slip_entry_update(self.0.as_ptr())) }
    }

    /// See [`Update::key`].
    pub fn key(&self) -> &[u8] {
        self.update().key()
    }

    /// See [`Update::value`].
    pub fn value(&self) -> &[u8] {
        self.update().value()
    }

    /// See [`Update::revision`].
    pub fn revision(&self) -> u64 {
        self.update().revision()
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.update().fmt(to)
    }
}
