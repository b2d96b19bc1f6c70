//! Reading and writing a bucket, and the watches on it.
use crate::error::{call, found};
use crate::handle::Owned;
use crate::text::view_of;
use crate::{
    BucketState, Entry, Error, Fold, Follow, Followed, Result, Scan, Status, Updates, Watch,
    WatchOptions, follow,
};
use slipstream_sys as sys;
use std::marker::PhantomData;

/// A bucket: of a NATS server, embedded in the process, or of your own kind
/// ([`foreign`](crate::foreign)).
pub struct Bucket {
    handle: Owned<sys::slip_bucket>,
    name: String,
}

/// One write of [`Bucket::put_many`]. Without a condition, unless [`Write::if_revision`] gives one.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Write<'a> {
    raw: sys::slip_write,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> Write<'a> {
    /// Set a key.
    pub fn put(key: &'a [u8], value: &'a [u8]) -> Self {
        Self::new(sys::SLIP_PUT, key, value)
    }

    /// Delete a key; written for absent keys too.
    pub fn delete(key: &'a [u8]) -> Self {
        Self::new(sys::SLIP_DELETE, key, &[])
    }

    /// Delete a key with its history; written for absent keys too.
    pub fn purge(key: &'a [u8]) -> Self {
        Self::new(sys::SLIP_PURGE, key, &[])
    }

    fn new(operation: u32, key: &'a [u8], value: &'a [u8]) -> Self {
        let raw = sys::slip_write {
            key: view_of(key),
            value: view_of(value),
            expected_revision: sys::SLIP_REVISION_ANY,
            operation,
            ..Default::default()
        };
        Self { raw, bytes: PhantomData }
    }

    /// Only while the key's last revision is this one; 0: while it was never written.
    pub fn if_revision(mut self, revision: u64) -> Self {
        self.raw.expected_revision = revision;
        self
    }

    /// With a life of its own: whole seconds, or [`TTL_NEVER`](crate::TTL_NEVER).
    pub fn with_ttl_ns(mut self, ttl_ns: i64) -> Self {
        self.raw.ttl_ns = ttl_ns;
        self
    }
}

impl Bucket {
    pub(crate) fn take(pointer: *mut sys::slip_bucket, name: &str) -> Result<Self> {
        Ok(Self { handle: Owned::new(pointer, "bucket")?, name: name.to_owned() })
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::slip_bucket {
        self.handle.as_ptr()
    }

    /// The name by which it was opened.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Ask the server for the bucket's configuration and bounds.
    pub fn info(&self) -> Result<BucketState> {
        let mut state = sys::slip_bucket_state::default();
        // SAFETY: the handle is alive, the output lives for the call.
        call(|e| unsafe { sys::slip_bucket_info(self.as_ptr(), &mut state, e) })?;
        Ok((&state).into())
    }

    /// The current value, as the server has it now; `None` where the key does not live.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Entry>> {
        let (key, mut out) = (key.as_ref(), std::ptr::null_mut());
        // SAFETY: the handle is alive; key and outputs live for the call.
        found(call(|e| unsafe {
            sys::slip_bucket_get(self.as_ptr(), key.as_ptr().cast(), key.len(), &mut out, e)
        }))?
        .map(|()| Entry::take(out))
        .transpose()
    }

    /// The live keys that begin with `prefix`, without values, read from the server as it advances.
    pub fn keys(&self, prefix: impl AsRef<[u8]>) -> Result<Scan> {
        let (prefix, mut out) = (prefix.as_ref(), std::ptr::null_mut());
        // SAFETY: as get.
        call(|e| unsafe {
            sys::slip_bucket_keys(self.as_ptr(), prefix.as_ptr().cast(), prefix.len(), &mut out, e)
        })?;
        Scan::take(out)
    }

    /// The same with values.
    pub fn scan(&self, prefix: impl AsRef<[u8]>) -> Result<Scan> {
        let (prefix, mut out) = (prefix.as_ref(), std::ptr::null_mut());
        // SAFETY: as get.
        call(|e| unsafe {
            sys::slip_bucket_scan(self.as_ptr(), prefix.as_ptr().cast(), prefix.len(), &mut out, e)
        })?;
        Scan::take(out)
    }

    /// Set a key; the revision of the write.
    pub fn put(&self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<u64> {
        let (key, value, mut revision) = (key.as_ref(), value.as_ref(), 0);
        let (k, v) = (key.as_ptr().cast(), value.as_ptr().cast());
        // SAFETY: the handle is alive; the bytes and the output live for the call.
        call(|e| unsafe {
            sys::slip_bucket_put(self.as_ptr(), k, key.len(), v, value.len(), &mut revision, e)
        })?;
        Ok(revision)
    }

    /// Set a key that does not live yet; [`Status::Exists`] otherwise.
    pub fn put_if_absent(&self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<u64> {
        let (key, value, mut out) = (key.as_ref(), value.as_ref(), 0);
        let (k, v) = (key.as_ptr().cast(), value.as_ptr().cast());
        // SAFETY: as put.
        call(|e| unsafe {
            sys::slip_bucket_put_if_absent(self.as_ptr(), k, key.len(), v, value.len(), &mut out, e)
        })?;
        Ok(out)
    }

    /// Set a key whose last revision is `revision`; [`Status::Conflict`] otherwise.
    pub fn put_if(
        &self,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
        revision: u64,
    ) -> Result<u64> {
        let (key, value, mut out) = (key.as_ref(), value.as_ref(), 0);
        let (k, v, n, m) = (key.as_ptr().cast(), value.as_ptr().cast(), key.len(), value.len());
        // SAFETY: as put.
        call(|e| unsafe {
            sys::slip_bucket_put_if(self.as_ptr(), k, n, v, m, revision, &mut out, e)
        })?;
        Ok(out)
    }

    /// Delete a key that lives; [`Status::NotFound`] otherwise, and nothing is written.
    pub fn remove(&self, key: impl AsRef<[u8]>) -> Result<u64> {
        let (key, mut revision) = (key.as_ref(), 0);
        let (k, n) = (key.as_ptr().cast(), key.len());
        // SAFETY: as put.
        call(|e| unsafe { sys::slip_bucket_remove(self.as_ptr(), k, n, &mut revision, e) })?;
        Ok(revision)
    }

    /// Delete a key whose last revision is `revision`; [`Status::Conflict`] otherwise.
    pub fn remove_if(&self, key: impl AsRef<[u8]>, revision: u64) -> Result<u64> {
        let (key, mut out) = (key.as_ref(), 0);
        let (k, n) = (key.as_ptr().cast(), key.len());
        // SAFETY: as put.
        call(|e| unsafe {
            sys::slip_bucket_remove_if(self.as_ptr(), k, n, revision, &mut out, e)
        })?;
        Ok(out)
    }

    /// Delete a key with its history; written for absent keys too.
    pub fn purge(&self, key: impl AsRef<[u8]>) -> Result<u64> {
        let (key, mut revision) = (key.as_ref(), 0);
        let (k, n) = (key.as_ptr().cast(), key.len());
        // SAFETY: as put.
        call(|e| unsafe { sys::slip_bucket_purge(self.as_ptr(), k, n, &mut revision, e) })?;
        Ok(revision)
    }

    /// Write many items, pipelined, in order. Each result tells the item's revision or error; the call
    /// itself fails only where it was refused as a whole.
    ///
    /// ```
    /// use slipstream::{Connection, Status, Write};
    /// let bucket = Connection::connect("mem://")?.create_bucket("b", &Default::default())?;
    /// let results = bucket.put_many(&[Write::put(b"a", b"1"), Write::put(b"a", b"2").if_revision(9)])?;
    /// assert_eq!(results[0], Ok(1));
    /// assert_eq!(results[1].as_ref().unwrap_err().status(), Status::Conflict);
    /// # Ok::<(), slipstream::Error>(())
    /// ```
    pub fn put_many(&self, writes: &[Write<'_>]) -> Result<Vec<Result<u64>>> {
        let mut rows = vec![sys::slip_write_result::default(); writes.len()];
        // SAFETY: the handle is alive; Write is slip_write (repr(transparent)); there is room for one
        // result each.
        let whole = call(|e| unsafe {
            let (items, count) = (writes.as_ptr().cast(), writes.len());
            sys::slip_bucket_put_many(self.as_ptr(), items, count, rows.as_mut_ptr(), e)
        });
        let first = match whole {
            Ok(()) => None,
            Err(error) if rows.iter().all(|row| row.status == sys::SLIP_OK) => return Err(error),
            Err(error) => Some(error),
        };
        let error_of = |status| match &first {
            Some(error) if error.code() == status => error.clone(),
            _ => Error::new(Status::from(status), "this item failed"),
        };
        let result_of = |row: &sys::slip_write_result| match row.status {
            sys::SLIP_OK => Ok(row.revision),
            status => Err(error_of(status)),
        };
        Ok(rows.iter().map(result_of).collect())
    }

    /// A watch that is pulled from. Without a fold nothing is stored, and [`Batch::cursor`] after the ack
    /// is the position to keep.
    ///
    /// [`Batch::cursor`]: crate::Batch::cursor
    pub fn watch<'f>(
        &self,
        fold: impl Into<Option<&'f Fold>>,
        options: &WatchOptions,
    ) -> Result<Watch> {
        Watch::open(self, fold.into(), options)
    }

    /// A watch that calls you, on a thread of its own: see [`Follow`].
    pub fn follow<'f>(
        &self,
        fold: impl Into<Option<&'f Fold>>,
        options: &WatchOptions,
        callbacks: impl Follow,
    ) -> Result<Followed> {
        follow::start(self, fold.into(), options, callbacks)
    }

    /// A watch that calls you with the updates of each batch as they are.
    ///
    /// ```
    /// use slipstream::{Connection, Status};
    /// use std::{sync::mpsc, time::Duration};
    /// let bucket = Connection::connect("mem://")?.create_bucket("b", &Default::default())?;
    /// bucket.put("a", "1")?;
    /// let (to, from) = mpsc::channel();
    /// let watch = bucket.follow_updates(None, &Default::default(), move |updates| {
    ///     for update in updates {
    ///         to.send(update.key().to_vec()).map_err(slipstream::Error::other)?;
    ///     }
    ///     Ok(())
    /// })?;
    /// watch.wait_caught_up(Some(Duration::from_secs(60)))?;
    /// assert_eq!(from.recv().unwrap(), b"a");
    /// assert_eq!(watch.close()?.revision, 1);
    /// # Ok::<(), slipstream::Error>(())
    /// ```
    pub fn follow_updates<'f>(
        &self,
        fold: impl Into<Option<&'f Fold>>,
        options: &WatchOptions,
        apply: impl FnMut(Updates<'_>) -> Result<()> + Send + 'static,
    ) -> Result<Followed> {
        follow::start_updates(self, fold.into(), options, apply)
    }

    /// A watch under which the fold alone follows the bucket.
    pub fn follow_into(&self, fold: &Fold, options: &WatchOptions) -> Result<Followed> {
        follow::start_bare(self, fold, options)
    }
}
