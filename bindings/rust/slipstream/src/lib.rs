//! A replica of your NATS KV bucket inside every process: libslipstream for Rust.
//!
//! A [`Bucket`] is watched; each [`Batch`] of updates comes across the border in one call and is read in
//! place; its [`ack`](Batch::ack) commits it to a [`Fold`] (a durable local copy of the bucket's current
//! state) together with the cursor.
//!
//! ```
//! use slipstream::{Connection, WatchOptions, choice::StopAt};
//!
//! fn main() -> slipstream::Result<()> {
//!     let nats = Connection::connect("mem://")?; // or "nats://127.0.0.1:4222"
//!     let routes = nats.create_bucket("routes", &Default::default())?;
//!     routes.put("edge.eu", "10.0.0.1")?;
//!
//!     let options = WatchOptions::new().stop_at(StopAt::CaughtUp);
//!     let mut watch = routes.watch(None, &options)?;
//!     while let Some(mut batch) = watch.next(None)? {
//!         for update in batch.updates() {
//!             assert_eq!((update.key(), update.value()), (&b"edge.eu"[..], &b"10.0.0.1"[..]));
//!         }
//!         batch.ack()?; // it is applied: the cursor may move
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What does not compile
//!
//! Views end where their owner says, and the compiler knows it:
//!
//! ```compile_fail,E0502
//! # fn f(mut batch: slipstream::Batch<'_>) -> slipstream::Result<()> {
//! let first = &batch.updates()[0];
//! batch.ack()?; // ends the views of the batch
//! first.key();
//! # Ok(()) }
//! ```
//! ```compile_fail,E0505
//! # fn f(batch: slipstream::Batch<'_>) {
//! let first = batch.updates()[0];
//! drop(batch);
//! first.key();
//! # }
//! ```
//! ```compile_fail,E0499
//! # fn f(watch: &mut slipstream::Watch) -> slipstream::Result<()> {
//! let first = watch.next(None)?;
//! let second = watch.next(None)?; // one batch at a time
//! drop(first);
//! # Ok(()) }
//! ```
//! ```compile_fail,E0505
//! # fn f(mut watch: slipstream::Watch) -> slipstream::Result<()> {
//! let batch = watch.next(None)?;
//! watch.close()?; // a batch is outstanding
//! drop(batch);
//! # Ok(()) }
//! ```
//! ```compile_fail,E0502
//! # fn f(mut snapshot: slipstream::Snapshot) -> slipstream::Result<()> {
//! let entry = snapshot.get("a")?.unwrap();
//! snapshot.refresh()?; // ends the views of the snapshot
//! entry.value();
//! # Ok(()) }
//! ```
//! ```compile_fail,E0505
//! # fn f(snapshot: slipstream::Snapshot) -> slipstream::Result<()> {
//! let all = snapshot.iter()?;
//! drop(snapshot);
//! all.count();
//! # Ok(()) }
//! ```
//! ```compile_fail,E0499
//! # fn f(mut scan: slipstream::Scan) -> slipstream::Result<()> {
//! let first = scan.next_batch()?.unwrap();
//! scan.next_batch()?; // ends the views of the one before
//! first[0].key();
//! # Ok(()) }
//! ```
//! ```compile_fail,E0382
//! # fn f(watch: slipstream::Watch) -> slipstream::Result<()> {
//! watch.close()?;
//! watch.status()?;
//! # Ok(()) }
//! ```
//! ```compile_fail,E0277
//! # fn f(scan: slipstream::Scan) {
//! fn shared<T: Sync>(_: T) {}
//! shared(scan); // one thread at a time
//! # }
//! ```
//! ```compile_fail,E0277
//! # fn f(feed: slipstream::foreign::Feed) {
//! fn shared<T: Sync>(_: T) {}
//! shared(feed); // one call at a time
//! # }
//! ```
//! ```compile_fail,E0277
//! # fn f(bucket: slipstream::Bucket, count: std::rc::Rc<()>) -> slipstream::Result<()> {
//! // The watch calls on a thread of its own.
//! bucket.follow_updates(None, &Default::default(), move |_| { let _ = &count; Ok(()) })?;
//! # Ok(()) }
//! ```
//!
//! # What a program should know
//!
//! Names are `&str`, keys and values are bytes, timeouts are `Option<Duration>` (`None`: without limit).
//! What is merely not there is `None`; everything else that fails is an [`Error`] with a [`Status`] and a
//! sentence. No panic crosses the border: one inside a callback ends what called it with
//! [`Status::CallbackFailed`]. A handle is closed by its `Drop`. In a forked child the parent's handles
//! answer [`Status::Forked`].
//!
//! The loaded library is checked once, before the first handle: one of another ABI epoch, or too old, is
//! an error ([`check_library`]). A library that is not there is told by the system's loader before `main`
//! runs: it names `libslipstream.so.0`.
#![deny(missing_docs)]

mod artifact;
mod batch;
mod bucket;
mod calls;
mod connection;
mod cursor;
mod error;
mod fold;
mod follow;
pub mod foreign;
// Made from slipstream.h and the table of options by bindings/rust/generate.py.
#[rustfmt::skip]
mod generated {
    pub mod choice;
    pub mod enums;
    pub mod options;
    pub mod states;
    pub mod status;
    pub use enums::*;
    pub use status::*;
}
mod handle;
mod library;
mod log;
mod objects;
mod options;
mod scan;
mod snapshot;
#[cfg(feature = "futures")]
mod stream;
mod text;
mod update;
mod upkeep;
mod watch;

pub use artifact::{artifact_info, bootstrap_fold, import_fold, verify_artifact};
pub use batch::Batch;
pub use bucket::{Bucket, Write};
pub use connection::Connection;
pub use cursor::Cursor;
pub use error::{Error, Result};
pub use fold::Fold;
pub use follow::{Follow, Followed, Items, Updates};
pub use generated::choice;
pub use generated::options::*;
pub use generated::states::*;
pub use generated::{
    CompactionOutcome, ConnectionPhase, Discard, Event, Status, Storage, WatchPhase,
};
pub use library::{
    StatusRow, abi_epoch, check_library, feature, metrics_text, status_table, version,
};
pub use log::{Level, clear_log, set_log};
pub use objects::{Object, ObjectStore};
pub use scan::Scan;
pub use snapshot::{Iter, Range, Snapshot};
#[cfg(feature = "futures")]
pub use stream::BatchStream;
pub use update::{Entry, Flags, Operation, OwnedUpdate, TTL_NEVER, Update};
pub use watch::{Watch, WatchEvent, WatchHandle};
