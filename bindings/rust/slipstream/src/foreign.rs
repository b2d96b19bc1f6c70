//! Buckets and folds of your own kind behind the same watch, snapshots, export and publish.
//!
//! The functions of a bucket are called once for many updates or seldom; what arrives is appended to a [`Feed`],
//! many updates a call. The rules of order, numbers and cuts are those of FOREIGN BUCKET in
//! slipstream.h.
//!
//! ```
//! use slipstream::foreign::{BucketSource, Feed, FeedRequest, open_bucket};
//! use slipstream::{BucketState, Update, WatchOptions, choice::StopAt};
//!
//! /// Two changes, and nothing more.
//! struct Changes;
//! struct Reader { next: usize, feed: Option<Feed> }
//! impl BucketSource for Changes {
//!     type Source = Reader;
//!     fn info(&self, state: &mut BucketState) -> slipstream::Result<()> {
//!         (state.epoch, state.last_revision) = (7, 2);
//!         Ok(())
//!     }
//!     fn watch(&self, request: &FeedRequest<'_>) -> slipstream::Result<Reader> {
//!         Ok(Reader { next: request.from_revision as usize, feed: None })
//!     }
//!     fn start(&self, reader: &mut Reader, mut feed: Feed) {
//!         let changes = [Update::put(b"a", b"1", 1), Update::put(b"b", b"2", 2)];
//!         if feed.append(&changes[reader.next - 1..], None).is_ok() {
//!             reader.feed = Some(feed); // until the watch is done with it
//!         }
//!     }
//! }
//! let bucket = open_bucket("changes", Changes)?;
//! let mut watch = bucket.watch(None, &WatchOptions::new().stop_at(StopAt::CaughtUp))?;
//! let mut keys = Vec::new();
//! while let Some(mut batch) = watch.next(None)? {
//!     keys.extend(batch.updates().iter().map(|update| update.key().to_vec()));
//!     batch.ack()?;
//! }
//! assert_eq!(keys, [b"a", b"b"]);
//! # Ok::<(), slipstream::Error>(())
//! ```
mod fold;
mod functions;

pub use fold::{Changes, FoldStore, Rows, StoreSnapshot, open_fold};

use crate::error::call;
use crate::handle::Owned;
use crate::text::c_name;
use crate::watch::timeout_ms;
use crate::{Bucket, BucketState, Error, OwnedUpdate, Result, Status, Update, check_library};
use slipstream_sys as sys;
use std::ffi::c_int;
use std::time::Duration;

/// What a watch wants of a source.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FeedRequest<'a> {
    /// Hand over the current state first, then call [`Feed::state_end`].
    pub from_state: bool,
    /// The first revision that is wanted; with `from_state` 0.
    pub from_revision: u64,
    /// Of the keys that are wanted; one empty one: all. Others may be appended: they are dropped.
    pub prefixes: Vec<&'a [u8]>,
    /// The feed takes so much ahead of what is applied.
    pub credit_updates: usize,
    /// The same in bytes of keys and values.
    pub credit_bytes: usize,
    /// With heartbeats: call [`Feed::progress`] once in this time at least.
    pub idle_heartbeat_ms: i64,
}

/// The keys, or keys and values, of a listing.
pub type Listing = Box<dyn Iterator<Item = Result<OwnedUpdate>> + Send>;

/// A bucket of your kind. Any function may run on any thread, several at once. An error is handed
/// through with its status and sentence; a panic is [`Status::CallbackFailed`].
pub trait BucketSource: Send + Sync + 'static {
    /// What stands for one source in `start`, `credit` and `stop`.
    type Source: Send + 'static;

    /// A first watch wants the current state, not revision 1.
    const FROM_STATE: bool = false;
    /// The source calls [`Feed::progress`] once an `idle_heartbeat_ms` at least.
    const HEARTBEATS: bool = false;
    /// `get` is there.
    const GET: bool = false;
    /// `at_revision` is there.
    const AT_REVISION: bool = false;
    /// `list` is there.
    const LIST: bool = false;
    /// `credit` is there.
    const CREDIT: bool = false;

    /// Identity and bounds: set `epoch`, `last_revision`, and what differs from a bucket that never
    /// forgets a current value.
    fn info(&self, state: &mut BucketState) -> Result<()>;

    /// The last update of a key, a delete too.
    fn get(&self, key: &[u8]) -> Result<Option<OwnedUpdate>> {
        let _ = key;
        Err(not_offered())
    }

    /// An update of this revision.
    fn at_revision(&self, revision: u64) -> Result<Option<OwnedUpdate>> {
        let _ = revision;
        Err(not_offered())
    }

    /// The live keys that begin with `prefix`, in any order.
    fn list(&self, prefix: &[u8], with_values: bool) -> Result<Listing> {
        let _ = (prefix, with_values);
        Err(not_offered())
    }

    /// Make a source, or say why there is none.
    fn watch(&self, request: &FeedRequest<'_>) -> Result<Self::Source>;

    /// Let the source deliver into the feed, from inside this call or later, and keep the feed until
    /// `stop`: dropping it says that the source broke. What fails here is told by [`Feed::end`].
    fn start(&self, source: &mut Self::Source, feed: Feed);

    /// So much was applied: the feed has room again. On the watch's thread; must not block.
    fn credit(&self, source: &mut Self::Source, updates: usize, size_bytes: usize) {
        let _ = (source, updates, size_bytes);
    }

    /// The watch is done with this source; its feed answers [`Status::Closed`] already. Must not block,
    /// nor wait for a thread that may be inside a call on the feed.
    fn stop(&self, source: Self::Source) {
        drop(source);
    }
}

fn not_offered() -> Error {
    Error::new(Status::Unsupported, "this bucket says that it offers what it does not have")
}

/// Where one source puts what it delivers. Any thread may call, one at a time; [`Status::Closed`] means
/// that the watch is done with the source. Dropping it without an end says that the source broke: the
/// watch starts another.
pub struct Feed(Owned<sys::slip_feed>);

impl Feed {
    /// Append updates in order: all are taken, or none. Waits for room.
    pub fn append(&mut self, updates: &[Update<'_>], timeout: Option<Duration>) -> Result<()> {
        self.append_numbered(updates, 0, timeout)
    }

    /// The same by a source that counts its deliveries: the number of the first of them.
    pub fn append_numbered(
        &mut self,
        updates: &[Update<'_>],
        first_delivery: u64,
        timeout: Option<Duration>,
    ) -> Result<()> {
        let (rows, count) = (Update::rows(updates), updates.len());
        // SAFETY: the feed is alive, and this thread has it to itself; the updates live for the call.
        call(|e| unsafe {
            let (feed, wait) = (self.0.as_ptr(), timeout_ms(timeout));
            sys::slip_feed_append(feed, rows, count, first_delivery, wait, e)
        })
    }

    /// Everything at or below `revision` was appended when the source had come to the number `delivery`
    /// (0: all so far). A revision of 0: only a sign of life. Never waits.
    pub fn progress(&mut self, delivery: u64, revision: u64) -> Result<()> {
        // SAFETY: the feed is alive, and this thread has it to itself.
        call(|e| unsafe { sys::slip_feed_progress(self.0.as_ptr(), delivery, revision, e) })
    }

    /// The current state is complete: it is that at `revision`.
    pub fn state_end(&mut self, revision: u64) -> Result<()> {
        // SAFETY: the feed is alive, and this thread has it to itself.
        call(|e| unsafe { sys::slip_feed_state_end(self.0.as_ptr(), revision, e) })
    }

    /// Nothing more will come: the watch ends with the reason, or, where it is `retriable`, starts
    /// another source.
    pub fn end(&mut self, reason: &Error, retriable: bool) -> Result<()> {
        let text = c_name("reason", &reason.message().replace('\0', "?"))?;
        let retriable = c_int::from(retriable);
        // SAFETY: the feed is alive, and this thread has it to itself; the text lives for the call.
        call(|e| unsafe {
            sys::slip_feed_end(self.0.as_ptr(), reason.code(), text.as_ptr(), retriable, e)
        })
    }
}

/// A bucket of your kind: watches and reads go to `source`; writes are [`Status::Unsupported`].
pub fn open_bucket<B: BucketSource>(name: &str, source: B) -> Result<Bucket> {
    check_library()?;
    let c = c_name("bucket", name)?;
    let functions = functions::of(source);
    let mut out = std::ptr::null_mut();
    // SAFETY: the name lives for the call; the struct is copied, and `user` is given back by destroy,
    // also when this fails.
    call(|e| unsafe { sys::slip_bucket_open_foreign(c.as_ptr(), &functions, &mut out, e) })?;
    Bucket::take(out, name)
}
