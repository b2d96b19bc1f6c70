//! Batches of a watch that is pulled from.
use crate::error::call;
use crate::handle::Owned;
use crate::text::read_view;
use crate::{Cursor, Result, Update};
use slipstream_sys as sys;
use std::marker::PhantomData;

/// Some updates, and the cursor that their ack commits.
///
/// The updates are the library's own memory, read in place. Dropping a batch without an ack ends the
/// watch, and the batch comes again after reopening. `'w` is the watch that gave it, of which only one
/// batch is out at a time; one of [`WatchHandle::next`](crate::WatchHandle::next) is `Batch<'static>`,
/// and stays readable whatever becomes of the watch.
pub struct Batch<'w> {
    handle: Owned<sys::slip_batch>,
    rows: *const sys::slip_update,
    count: usize,
    arena: sys::slip_bytes,
    cursor: sys::slip_cursor,
    watch: PhantomData<&'w mut ()>,
}

// SAFETY: `rows` and `arena` show memory of the batch, which goes with it; see Owned<slip_batch>.
unsafe impl Send for Batch<'_> {}
// SAFETY: by `&self` no function of the library is called ("one thread at a time"); only memory is read,
// which nothing changes before `ack` or `drop`, and these take the batch for themselves.
unsafe impl Sync for Batch<'_> {}

impl Batch<'_> {
    pub(crate) fn take(pointer: *mut sys::slip_batch) -> Result<Self> {
        let mut batch = Self {
            handle: Owned::new(pointer, "batch")?,
            rows: std::ptr::null(),
            count: 0,
            arena: Default::default(),
            cursor: Default::default(),
            watch: PhantomData,
        };
        batch.look();
        Ok(batch)
    }

    /// Asks where the updates lie now: nowhere once an ack has ended them.
    fn look(&mut self) {
        let batch = self.handle.as_ptr();
        // SAFETY: the batch is alive and this thread's own.
        unsafe {
            self.rows = sys::slip_batch_updates(batch, &mut self.count);
            self.arena = sys::slip_batch_arena(batch);
            self.cursor = sys::slip_batch_cursor(batch);
        }
    }

    /// The updates in revision order; none after the ack.
    #[inline]
    pub fn updates(&self) -> &[Update<'_>] {
        // SAFETY: they live until ack or drop, which take the batch for themselves.
        unsafe { Update::slice(self.rows, self.count) }
    }

    /// The one block in which all keys and values lie, for who copies it once; empty after the ack.
    pub fn arena(&self) -> &[u8] {
        // SAFETY: it lives as the updates do.
        unsafe { read_view(self.arena) }
    }

    /// The cursor that the ack commits.
    pub fn cursor(&self) -> Cursor {
        self.cursor.into()
    }

    /// You applied it: commit it with its cursor, and return when that is as durable as the fold was
    /// asked to be. After an error with [`is_retriable`](crate::Error::is_retriable) it may be called
    /// again.
    pub fn ack(&mut self) -> Result<()> {
        // SAFETY: the batch is alive and this thread's own; no view of it is in use (&mut self).
        let done = call(|e| unsafe { sys::slip_batch_ack(self.handle.as_ptr(), e) });
        self.look();
        done
    }
}

impl<'b> IntoIterator for &'b Batch<'_> {
    type Item = &'b Update<'b>;
    type IntoIter = std::slice::Iter<'b, Update<'b>>;

    fn into_iter(self) -> Self::IntoIter {
        self.updates().iter()
    }
}

impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Batch({} updates to {:?})", self.count, self.cursor())
    }
}
