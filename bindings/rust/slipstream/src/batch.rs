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
    watch: PhantomData<&'w mut ()>,
}

// SAFETY: `rows` shows memory of the batch, which goes with it; see Owned<slip_batch>.
unsafe impl Send for Batch<'_> {}
// SAFETY: by `&self` only memory is read that nothing changes before `ack` or `drop`, which take the
// batch for themselves; the functions of the library that `arena` and `cursor` call read too. See
// Owned<slip_batch>.
unsafe impl Sync for Batch<'_> {}

impl Batch<'_> {
    pub(crate) fn take(pointer: *mut sys::slip_batch) -> Result<Self> {
        let mut batch = Self {
            handle: Owned::new(pointer, "batch")?,
            rows: std::ptr::null(),
            count: 0,
            watch: PhantomData,
        };
        batch.look();
        Ok(batch)
    }

    /// Asks where the updates lie now: nowhere once an ack has ended them.
    fn look(&mut self) {
        // SAFETY: the batch is alive and this thread's own.
        self.rows = unsafe { sys::slip_batch_updates(self.handle.as_ptr(), &mut self.count) };
    }

    /// The updates in revision order; none after the ack.
    #[inline]
    pub fn updates(&self) -> &[Update<'_>] {
        // SAFETY: they live until ack or drop, which take the batch for themselves.
        unsafe { Update::slice(self.rows, self.count) }
    }

    /// The one block in which all keys and values lie, for who copies it once; empty after the ack.
    pub fn arena(&self) -> &[u8] {
        // SAFETY: the batch is alive; the arena lives as the updates do.
        unsafe { read_view(sys::slip_batch_arena(self.handle.as_ptr())) }
    }

    /// The cursor that the ack commits.
    pub fn cursor(&self) -> Cursor {
        // SAFETY: the batch is alive.
        unsafe { sys::slip_batch_cursor(self.handle.as_ptr()) }.into()
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
