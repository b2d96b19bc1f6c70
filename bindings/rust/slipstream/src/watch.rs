//! Watches: what both forms share, and the form that is pulled from.
use crate::error::call;
use crate::handle::Owned;
use crate::options::as_ptr;
use crate::text::{c_path, read_c};
use crate::{
    ArtifactSummary, Batch, Bucket, Cursor, Event, ExportOptions, Fold, Result, Status,
    WatchOptions, WatchState,
};
use slipstream_sys as sys;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

// More kinds of events than any release has.
const EVENTS_MAX: usize = 256;

/// One kind of event under a watch: how often, and the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchEvent {
    /// The kind.
    pub event: Event,
    /// Its name.
    pub name: String,
    /// In this run.
    pub count: u64,
    /// Of the last one: the update's, else the cursor's at that moment.
    pub last_revision: u64,
    /// This machine's time of the last one.
    pub last_ns: i64,
}

/// A timeout as the library takes it: no shorter than asked for.
pub(crate) fn timeout_ms(timeout: Option<Duration>) -> i64 {
    match timeout {
        None => -1,
        Some(span) => span.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(i64::MAX),
    }
}

/// What any thread may do with a watch, for as long as it likes: it keeps the watch's memory alive, not
/// the watch running.
#[derive(Clone)]
pub struct WatchHandle(pub(crate) Arc<Owned<sys::slip_watch>>);

impl WatchHandle {
    pub(crate) fn take(pointer: *mut sys::slip_watch) -> Result<Self> {
        Ok(Self(Arc::new(Owned::new(pointer, "watch")?)))
    }

    fn as_ptr(&self) -> *mut sys::slip_watch {
        self.0.as_ptr()
    }

    /// The next batch as [`Watch::next`], for programs that keep it beside the watch or on another
    /// thread: that only one is out at a time is then checked when it runs ([`Status::Misuse`]).
    pub fn next(&self, timeout: Option<Duration>) -> Result<Option<Batch<'static>>> {
        let mut out = std::ptr::null_mut();
        // SAFETY: the handle is alive, the output lives for the call.
        let taken = call(|e| unsafe {
            sys::slip_watch_next(self.as_ptr(), timeout_ms(timeout), &mut out, e)
        });
        match taken {
            Ok(()) => Batch::take(out).map(Some),
            Err(error) if error.status() == Status::End => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the watch is doing, and what it has done. Never blocks; allowed after close.
    pub fn status(&self) -> Result<WatchState> {
        let mut state = sys::slip_watch_state::default();
        // SAFETY: the handle is alive, the output lives for the call.
        call(|e| unsafe { sys::slip_watch_status(self.as_ptr(), &mut state, e) })?;
        Ok((&state).into())
    }

    /// What has happened under the watch, by kind, ascending. Never blocks; allowed after close.
    pub fn events(&self) -> Result<Vec<WatchEvent>> {
        let (mut rows, mut count) = (vec![sys::slip_watch_event::default(); EVENTS_MAX], 0);
        // SAFETY: the handle is alive; there is room for EVENTS_MAX.
        call(|e| unsafe {
            let to = rows.as_mut_ptr();
            sys::slip_watch_events(self.as_ptr(), to, EVENTS_MAX, &mut count, e)
        })?;
        let event_of = |row: &sys::slip_watch_event| WatchEvent {
            event: row.event.into(),
            // SAFETY: the name is static.
            name: unsafe { read_c(row.name) },
            count: row.count,
            last_revision: row.last_revision,
            last_ns: row.last_ns,
        };
        Ok(rows[..count].iter().map(event_of).collect())
    }

    /// Wait until everything that was in the bucket when the watch last found its place is applied.
    pub fn wait_caught_up(&self, timeout: Option<Duration>) -> Result<()> {
        // SAFETY: the handle is alive.
        call(|e| unsafe { sys::slip_watch_wait_caught_up(self.as_ptr(), timeout_ms(timeout), e) })
    }

    /// Wait until the committed cursor is at or past `revision`: read your own writes.
    pub fn wait_revision(&self, revision: u64, timeout: Option<Duration>) -> Result<()> {
        // SAFETY: the handle is alive.
        call(|e| unsafe {
            sys::slip_watch_wait_revision(self.as_ptr(), revision, timeout_ms(timeout), e)
        })
    }

    /// Export the watch's fold between two batches.
    pub fn export(
        &self,
        directory: impl AsRef<Path>,
        options: &ExportOptions,
    ) -> Result<ArtifactSummary> {
        let (options, to) = (options.build()?, c_path("directory", directory.as_ref())?);
        let mut summary = sys::slip_artifact_summary::default();
        // SAFETY: the handle is alive; texts, options and output live for the call.
        call(|e| unsafe {
            sys::slip_watch_export(self.as_ptr(), to.as_ptr(), as_ptr(&options), &mut summary, e)
        })?;
        Ok((&summary).into())
    }

    /// End at once. Never blocks; any thread, callbacks too; sticky. What was not applied comes again
    /// after reopening.
    pub fn cancel(&self) -> Result<()> {
        // SAFETY: the handle is alive.
        match unsafe { sys::slip_watch_cancel(self.as_ptr()) } {
            sys::SLIP_OK => Ok(()),
            status => Err(crate::Error::take(status, std::ptr::null_mut())),
        }
    }

    /// End one waiting call with [`Status::Interrupted`]: one that is running now, or else the next.
    /// Never blocks; any thread, callbacks too.
    pub fn interrupt(&self) -> Result<()> {
        // SAFETY: the handle is alive.
        match unsafe { sys::slip_watch_interrupt(self.as_ptr()) } {
            sys::SLIP_OK => Ok(()),
            status => Err(crate::Error::take(status, std::ptr::null_mut())),
        }
    }

    /// Flush what was received, stop, join the thread: the committed cursor, or why the watch ended.
    /// May be called again, and from several threads: the same answer.
    pub fn close(&self) -> Result<Cursor> {
        let mut cursor = sys::slip_cursor::default();
        // SAFETY: the handle is alive, the output lives for the call.
        call(|e| unsafe { sys::slip_watch_close(self.as_ptr(), &mut cursor, e) })?;
        Ok(cursor.into())
    }

    /// What `Drop` does with a watch: nothing runs afterwards, whoever else has a handle.
    pub(crate) fn end(&self) {
        let _ = self.cancel();
        // From its own callback this is a deadlock, which the library refuses: it ends by itself then.
        let _ = self.close();
    }
}

/// A watch that is pulled from: next, apply, ack, and so on. Dropping it cancels it.
pub struct Watch(WatchHandle);

impl Watch {
    pub(crate) fn open(
        bucket: &Bucket,
        fold: Option<&Fold>,
        options: &WatchOptions,
    ) -> Result<Self> {
        let options = options.build()?;
        let (fold, mut out) =
            (fold.map_or(std::ptr::null_mut(), Fold::as_ptr), std::ptr::null_mut());
        // SAFETY: the handles are alive; options and output live for the call.
        call(|e| unsafe {
            sys::slip_watch_open(bucket.as_ptr(), fold, as_ptr(&options), &mut out, e)
        })?;
        Ok(Self(WatchHandle::take(out)?))
    }

    /// Wait for the next batch; `None` once `stop_at` is reached or the watch was closed.
    ///
    /// Errors: [`Status::Timeout`], [`Status::Interrupted`], [`Status::Cancelled`]; else why the watch
    /// ended.
    pub fn next(&mut self, timeout: Option<Duration>) -> Result<Option<Batch<'_>>> {
        self.0.next(timeout)
    }

    /// For other threads, or while a batch is out.
    pub fn handle(&self) -> WatchHandle {
        self.0.clone()
    }

    /// Stop: the committed cursor, or why the watch ended. What was not acknowledged comes again.
    pub fn close(self) -> Result<Cursor> {
        self.0.close()
    }
}

/// What a [`WatchHandle`] can do, a watch can.
impl std::ops::Deref for Watch {
    type Target = WatchHandle;

    fn deref(&self) -> &WatchHandle {
        &self.0
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.end();
    }
}
