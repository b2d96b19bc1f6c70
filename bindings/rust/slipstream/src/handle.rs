//! What every handle stands on: a pointer of the library that is freed exactly once.
//!
//! Which handle may go to another thread (`Send`) and be used by several at once (`Sync`) is the table
//! WHAT MAY BE CALLED AT ONCE of slipstream.h, line by line. Freeing may happen on any thread in all of
//! them, and alone: `Drop` has the owner to itself.
use crate::{Error, Result, Status};
use slipstream_sys as sys;
use std::ptr::NonNull;

/// A type of the library that has a `_free`.
pub(crate) trait Native {
    /// # Safety
    /// `pointer` came from the library, and nothing uses it afterwards.
    unsafe fn free(pointer: *mut Self);
}

pub(crate) struct Owned<T: Native>(NonNull<T>);

impl<T: Native> Owned<T> {
    /// What a call that succeeded left in its output.
    pub(crate) fn new(pointer: *mut T, what: &str) -> Result<Self> {
        NonNull::new(pointer).map(Self).ok_or_else(|| {
            Error::new(Status::Internal, format!("the library returned no {what} and no error"))
        })
    }

    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
}

impl<T: Native> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the only owner, for the last time.
        unsafe { T::free(self.0.as_ptr()) }
    }
}

macro_rules! native {
    ($kind:ident, $free:ident) => {
        impl Native for sys::$kind {
            unsafe fn free(pointer: *mut Self) {
                // SAFETY: as the caller promises.
                unsafe { sys::$free(pointer) }
            }
        }
    };
}
native!(slip_connection, slip_connection_free);
native!(slip_bucket, slip_bucket_free);
native!(slip_feed, slip_feed_free);
native!(slip_watch, slip_watch_free);
native!(slip_batch, slip_batch_free);
native!(slip_fold, slip_fold_free);
native!(slip_snapshot, slip_snapshot_free);
native!(slip_iterator, slip_iterator_free);
native!(slip_object_store, slip_object_store_free);
native!(slip_options, slip_options_free);
native!(slip_entry, slip_entry_free);

// SAFETY: "slip_connection: yes, every function but _free".
unsafe impl Send for Owned<sys::slip_connection> {}
// SAFETY: the same line.
unsafe impl Sync for Owned<sys::slip_connection> {}

// SAFETY: "slip_bucket: yes, every function but _free".
unsafe impl Send for Owned<sys::slip_bucket> {}
// SAFETY: the same line.
unsafe impl Sync for Owned<sys::slip_bucket> {}

// SAFETY: "slip_feed: one call at a time, any thread". Not Sync, for "one call at a time".
unsafe impl Send for Owned<sys::slip_feed> {}

// slip_answer has no owner here: it is borrowed for the call that it was given to.

// SAFETY: "slip_watch: yes, every function but _free; slip_watch_next: one thread at a time
// (SLIP_MISUSE)": a second thread in next gets an error, which is safe.
unsafe impl Send for Owned<sys::slip_watch> {}
// SAFETY: the same line.
unsafe impl Sync for Owned<sys::slip_watch> {}

// SAFETY: "slip_batch: one thread at a time, any thread; beside every call on its watch".
unsafe impl Send for Owned<sys::slip_batch> {}
// Not Sync, for "one thread at a time"; `Batch` says why it is.

// SAFETY: "slip_fold: yes, every function but _free; one writer at a time (SLIP_BUSY)".
unsafe impl Send for Owned<sys::slip_fold> {}
// SAFETY: the same line.
unsafe impl Sync for Owned<sys::slip_fold> {}

// SAFETY: "slip_snapshot: get and range: yes; refresh and free: alone": nothing is bound to a thread.
unsafe impl Send for Owned<sys::slip_snapshot> {}
// SAFETY: the same line; `Snapshot` calls nothing but get and range by `&self`, and refresh by
// `&mut self`.
unsafe impl Sync for Owned<sys::slip_snapshot> {}

// SAFETY: "slip_iterator: no: one thread at a time". Not Sync.
unsafe impl Send for Owned<sys::slip_iterator> {}

// SAFETY: "slip_object_store: yes, every function but _free".
unsafe impl Send for Owned<sys::slip_object_store> {}
// SAFETY: the same line.
unsafe impl Sync for Owned<sys::slip_object_store> {}

// slip_options: one thread at a time; never leaves the call that makes it.

// SAFETY: "slip_error, slip_text, slip_entry: reading: yes; free: alone".
unsafe impl Send for Owned<sys::slip_entry> {}
// SAFETY: the same line.
unsafe impl Sync for Owned<sys::slip_entry> {}
// SAFETY: the same line.
unsafe impl Send for Owned<sys::slip_text> {}
// SAFETY: the same line.
unsafe impl Sync for Owned<sys::slip_text> {}
