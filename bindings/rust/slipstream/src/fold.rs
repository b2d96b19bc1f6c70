//! Folds: durable local copies of a bucket's current state.
use crate::error::{call, found};
use crate::handle::Owned;
use crate::options::as_ptr;
use crate::text::{Text, c_name, c_path};
use crate::{
    ArtifactSummary, Cursor, Entry, ExportOptions, FoldOptions, FoldState, ImportOptions, Result,
    Snapshot, Update,
};
use slipstream_sys as sys;
use std::path::Path;

/// The current state of a bucket, with its cursor, changed together or not at all.
///
/// Its watches and snapshots keep it alive: dropping it takes away only this reference.
pub struct Fold(Owned<sys::slip_fold>);

impl Fold {
    /// Open or create "lmdb:PATH".
    pub fn open(url: &str) -> Result<Self> {
        Self::open_with(url, &FoldOptions::new())
    }

    /// The same with options.
    pub fn open_with(url: &str, options: &FoldOptions) -> Result<Self> {
        let (options, url) = (options.build()?, c_name("URL", url)?);
        let mut out = std::ptr::null_mut();
        // SAFETY: texts, options and outputs live for the call.
        call(|e| unsafe { sys::slip_fold_open(url.as_ptr(), as_ptr(&options), &mut out, e) })?;
        Self::take(out)
    }

    pub(crate) fn take(pointer: *mut sys::slip_fold) -> Result<Self> {
        Ok(Self(Owned::new(pointer, "fold")?))
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::slip_fold {
        self.0.as_ptr()
    }

    /// Apply updates by hand and set the cursor, in one commit. `bucket` names what they are from.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("slipstream-doc-apply-{}", std::process::id()));
    /// use slipstream::{Cursor, Fold, Update};
    /// let fold = Fold::open(&format!("lmdb:{}", folder.display()))?;
    /// let updates = [Update::put(b"a", b"1", 1), Update::put(b"b", b"2", 2)];
    /// fold.apply("routes", &updates, Cursor { epoch: 1, revision: 2 })?;
    /// assert_eq!(fold.get("b")?.unwrap().value(), b"2");
    /// assert!(fold.get("c")?.is_none());
    /// # fold.close()?;
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), slipstream::Error>(())
    /// ```
    pub fn apply(&self, bucket: &str, updates: &[Update<'_>], cursor: Cursor) -> Result<()> {
        let (bucket, rows) = (c_name("bucket", bucket)?, Update::rows(updates));
        // SAFETY: the handle is alive; name and updates live for the call.
        call(|e| unsafe {
            let (count, cursor) = (updates.len(), cursor.into());
            sys::slip_fold_apply(self.as_ptr(), bucket.as_ptr(), rows, count, cursor, e)
        })
    }

    /// The live entry of a key, as last committed. For many reads a [`snapshot`](Self::snapshot) is
    /// cheaper.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Entry>> {
        let (key, mut out) = (key.as_ref(), std::ptr::null_mut());
        // SAFETY: the handle is alive; key and outputs live for the call.
        found(call(|e| unsafe {
            sys::slip_fold_get(self.as_ptr(), key.as_ptr().cast(), key.len(), &mut out, e)
        }))?
        .map(|()| Entry::take(out))
        .transpose()
    }

    /// The committed cursor, and the bucket's name: "" where nothing was followed.
    pub fn cursor(&self) -> Result<(Cursor, String)> {
        let (mut cursor, mut bucket) = (sys::slip_cursor::default(), std::ptr::null_mut());
        // SAFETY: the handle is alive, the outputs live for the call.
        call(|e| unsafe { sys::slip_fold_cursor(self.as_ptr(), &mut cursor, &mut bucket, e) })?;
        Ok((cursor.into(), Text::take(bucket)?.into_string()))
    }

    /// Counts and sizes.
    pub fn stats(&self) -> Result<FoldState> {
        let mut state = sys::slip_fold_state::default();
        // SAFETY: the handle is alive, the output lives for the call.
        call(|e| unsafe { sys::slip_fold_stats(self.as_ptr(), &mut state, e) })?;
        Ok((&state).into())
    }

    /// Read everything and compare every checksum and count: the records read.
    pub fn check(&self) -> Result<u64> {
        let mut checked = 0;
        // SAFETY: the handle is alive, the output lives for the call.
        call(|e| unsafe { sys::slip_fold_check(self.as_ptr(), &mut checked, e) })?;
        Ok(checked)
    }

    /// Make everything committed so far safe against a power loss, whatever the durability.
    pub fn sync(&self) -> Result<()> {
        // SAFETY: the handle is alive.
        call(|e| unsafe { sys::slip_fold_sync(self.as_ptr(), e) })
    }

    /// The newest committed state. Does no I/O and waits for nobody.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let mut out = std::ptr::null_mut();
        // SAFETY: the handle is alive, the output lives for the call.
        call(|e| unsafe { sys::slip_snapshot_open(self.as_ptr(), &mut out, e) })?;
        Snapshot::take(out)
    }

    /// Export into `directory`, which must not exist or be empty, consistent at one cursor.
    pub fn export(
        &self,
        directory: impl AsRef<Path>,
        options: &ExportOptions,
    ) -> Result<ArtifactSummary> {
        let (options, to) = (options.build()?, c_path("directory", directory.as_ref())?);
        let mut summary = sys::slip_artifact_summary::default();
        // SAFETY: the handle is alive; texts, options and output live for the call.
        call(|e| unsafe {
            sys::slip_fold_export(self.as_ptr(), to.as_ptr(), as_ptr(&options), &mut summary, e)
        })?;
        Ok((&summary).into())
    }

    /// Import an artifact into this fold, which is of a kind of yours
    /// ([`foreign`](crate::foreign)) and holds nothing. In several commits: until the last one its
    /// snapshots are [`Status::Misuse`](crate::Status::Misuse).
    pub fn import(
        &self,
        directory: impl AsRef<Path>,
        options: &ImportOptions,
    ) -> Result<ArtifactSummary> {
        let (options, from) = (options.build()?, c_path("directory", directory.as_ref())?);
        let mut summary = sys::slip_artifact_summary::default();
        let (from, chosen) = (from.as_ptr(), as_ptr(&options));
        // SAFETY: the handle is alive; texts, options and output live for the call.
        call(|e| unsafe {
            sys::slip_fold_import_into(from, self.as_ptr(), chosen, &mut summary, e)
        })?;
        Ok((&summary).into())
    }

    /// Sync and release the path. [`Status::Busy`](crate::Status::Busy) under a running watch, and
    /// nothing is closed then.
    pub fn close(&self) -> Result<()> {
        // SAFETY: the handle is alive.
        call(|e| unsafe { sys::slip_fold_close(self.as_ptr(), e) })
    }
}
