//! One committed state of a fold, read in place.
use crate::error::{call, found};
use crate::handle::Owned;
use crate::text::view_of;
use crate::{Cursor, Result, Status, Update};
use slipstream_sys as sys;
use std::marker::PhantomData;

const ROWS_MAX: usize = 64;

/// One committed state of a fold. It neither blocks the writer nor is disturbed by it.
pub struct Snapshot {
    handle: Owned<sys::slip_snapshot>,
    cursor: Cursor,
}

/// What to iterate over. The default is everything live, ascending.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range<'a> {
    /// Only keys that begin with it.
    pub prefix: &'a [u8],
    /// Start at this key, inclusive; empty: at the prefix's edge.
    pub from: &'a [u8],
    /// Entries at most; 0: all.
    pub limit: u64,
    /// Descending.
    pub reverse: bool,
    /// Deleted keys too.
    pub tombstones: bool,
}

impl Snapshot {
    pub(crate) fn take(pointer: *mut sys::slip_snapshot) -> Result<Self> {
        let mut snapshot =
            Self { handle: Owned::new(pointer, "snapshot")?, cursor: Cursor::default() };
        snapshot.look();
        Ok(snapshot)
    }

    fn look(&mut self) {
        // SAFETY: the handle is alive, and alone (&mut self).
        self.cursor = unsafe { sys::slip_snapshot_cursor(self.handle.as_ptr()) }.into();
    }

    /// Move to the newest committed state, which ends every view of this one.
    pub fn refresh(&mut self) -> Result<()> {
        // SAFETY: the handle is alive, and alone (&mut self): no view and no iterator of it is in use.
        let done = call(|e| unsafe { sys::slip_snapshot_refresh(self.handle.as_ptr(), e) });
        self.look();
        done
    }

    /// Every update at or below it is in.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The live entry of a key, in place: a hit allocates nothing.
    #[inline]
    pub fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Update<'_>>> {
        let (key, mut out) = (key.as_ref(), sys::slip_update::default());
        // SAFETY: the handle is alive; key and outputs live for the call. The views live until refresh
        // or free of the snapshot, which take it for themselves.
        unsafe {
            found(call(|e| {
                sys::slip_snapshot_get(
                    self.handle.as_ptr(),
                    key.as_ptr().cast(),
                    key.len(),
                    &mut out,
                    e,
                )
            }))
            .map(|hit| hit.map(|()| Update::from_raw(out)))
        }
    }

    /// Everything live, in byte order of keys.
    pub fn iter(&self) -> Result<Iter<'_>> {
        self.range(&Range::default())
    }

    /// A part of it.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("slipstream-doc-range-{}", std::process::id()));
    /// # let fold = slipstream::Fold::open(&format!("lmdb:{}", folder.display()))?;
    /// # let updates = [slipstream::Update::put(b"a.1", b"1", 1), slipstream::Update::put(b"b.1", b"2", 2)];
    /// # fold.apply("routes", &updates, slipstream::Cursor { epoch: 1, revision: 2 })?;
    /// use slipstream::Range;
    /// let snapshot = fold.snapshot()?;
    /// for update in snapshot.range(&Range { prefix: b"a.", ..Default::default() })? {
    ///     assert_eq!(update?.key(), b"a.1");
    /// }
    /// # drop(snapshot);
    /// # fold.close()?;
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), slipstream::Error>(())
    /// ```
    pub fn range(&self, range: &Range<'_>) -> Result<Iter<'_>> {
        let raw = sys::slip_range {
            reverse: range.reverse.into(),
            prefix: view_of(range.prefix),
            from: view_of(range.from),
            limit: range.limit,
            tombstones: range.tombstones.into(),
            ..Default::default()
        };
        let mut out = std::ptr::null_mut();
        // SAFETY: the handle is alive; the range is copied.
        call(|e| unsafe { sys::slip_snapshot_range(self.handle.as_ptr(), &raw, &mut out, e) })?;
        Ok(Iter {
            handle: Owned::new(out, "iterator")?,
            rows: [Default::default(); ROWS_MAX],
            count: 0,
            at: 0,
            ended: false,
            snapshot: PhantomData,
        })
    }
}

/// Entries of a snapshot, in place.
pub struct Iter<'s> {
    handle: Owned<sys::slip_iterator>,
    rows: [sys::slip_update; ROWS_MAX],
    count: usize,
    at: usize,
    ended: bool,
    snapshot: PhantomData<&'s Snapshot>,
}

// SAFETY: `rows` shows bytes of the snapshot, which is borrowed and Sync; see Owned<slip_iterator>. Not
// Sync: "slip_iterator: no: one thread at a time".
unsafe impl Send for Iter<'_> {}

impl Iter<'_> {
    fn fetch(&mut self) -> Result<()> {
        (self.at, self.count) = (0, 0);
        // SAFETY: the handle is alive, and this thread has it to itself; there is room for ROWS_MAX.
        let fetched = call(|e| unsafe {
            let (rows, count) = (self.rows.as_mut_ptr(), &mut self.count);
            sys::slip_iterator_next(self.handle.as_ptr(), rows, ROWS_MAX, count, e)
        });
        self.ended = fetched.is_err();
        match fetched {
            Err(error) if error.status() == Status::End => Ok(()),
            other => other,
        }
    }
}

impl<'s> Iterator for Iter<'s> {
    type Item = Result<Update<'s>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at == self.count {
            if self.ended {
                return None;
            }
            if let Err(error) = self.fetch() {
                return Some(Err(error));
            }
            if self.count == 0 {
                return None;
            }
        }
        let raw = self.rows[self.at];
        self.at += 1;
        // SAFETY: the views live until refresh or free of the snapshot, which is borrowed for 's.
        Some(Ok(unsafe { Update::from_raw(raw) }))
    }
}
