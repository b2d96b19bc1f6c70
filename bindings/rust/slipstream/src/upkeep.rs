//! What a fold needs now and then: compaction, hidden revisions, positions of its consumers.
use crate::error::call;
use crate::text::{Text, c_name};
use crate::{Compaction, Cursor, Fold, Result};
use slipstream_sys as sys;
use std::ops::Range;

fn revision_range(revisions: &Range<u64>) -> sys::slip_revision_range {
    sys::slip_revision_range { from: revisions.start, to: revisions.end }
}

impl Fold {
    /// Give back the space of what was overwritten or deleted: how it ended, and why where it was
    /// not performed. For append logs; [`Status::Unsupported`](crate::Status::Unsupported)
    /// otherwise.
    pub fn compact(&self) -> Result<(Compaction, String)> {
        let (mut done, mut reason) = (sys::slip_compaction::default(), std::ptr::null_mut());
        // SAFETY: the handle is alive, the outputs live for the call.
        call(|e| unsafe { sys::slip_fold_compact(self.as_ptr(), &mut done, &mut reason, e) })?;
        Ok(((&done).into(), Text::take(reason)?.into_string()))
    }

    /// Let what these revisions wrote be read as absent: applied, counted and exported, and seen by
    /// no reader. For append logs; [`Status::Unsupported`](crate::Status::Unsupported) otherwise.
    pub fn hide(&self, revisions: Range<u64>) -> Result<()> {
        // SAFETY: the handle is alive.
        call(|e| unsafe { sys::slip_fold_hide(self.as_ptr(), revision_range(&revisions), e) })
    }

    /// Show what these revisions wrote again.
    pub fn unhide(&self, revisions: Range<u64>) -> Result<()> {
        // SAFETY: the handle is alive.
        call(|e| unsafe { sys::slip_fold_unhide(self.as_ptr(), revision_range(&revisions), e) })
    }

    /// The revisions that are hidden, ascending.
    pub fn hidden(&self) -> Result<Vec<Range<u64>>> {
        let mut rows: Vec<sys::slip_revision_range> = Vec::new();
        loop {
            let (room, mut count) = (rows.len(), 0);
            // SAFETY: the handle is alive; the rows live for the call, which fills `room` at most.
            call(|e| unsafe {
                sys::slip_fold_hidden(self.as_ptr(), rows.as_mut_ptr(), room, &mut count, e)
            })?;
            rows.resize_with(count, Default::default);
            if count <= room {
                return Ok(rows.iter().map(|row| row.from..row.to).collect());
            }
        }
    }

    /// How far a named consumer has come; nothing where it is fresh. Whatever else keeps a position
    /// from being read is an error, and never a fresh start.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("slipstream-doc-position-{}", std::process::id()));
    /// use slipstream::{Cursor, Fold};
    /// let fold = Fold::open(&format!("lmdb:{}", folder.display()))?;
    /// fold.apply("routes", &[], Cursor { epoch: 1, revision: 2 })?;
    /// assert!(fold.position("billing")?.is_none());
    /// fold.save_position("billing", Cursor { epoch: 1, revision: 2 })?;
    /// assert_eq!(fold.position("billing")?.unwrap().revision, 2);
    /// assert!(fold.position("../billing").is_err());
    /// # fold.close()?;
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), slipstream::Error>(())
    /// ```
    pub fn position(&self, consumer: &str) -> Result<Option<Cursor>> {
        let (consumer, mut cursor) = (c_name("consumer", consumer)?, sys::slip_cursor::default());
        // SAFETY: the handle is alive; name and output live for the call.
        call(|e| unsafe {
            sys::slip_consumer_position_load(self.as_ptr(), consumer.as_ptr(), &mut cursor, e)
        })?;
        Ok((cursor.epoch != 0).then(|| cursor.into()))
    }

    /// Keep how far a named consumer has come; durable when it returns.
    pub fn save_position(&self, consumer: &str, cursor: Cursor) -> Result<()> {
        let consumer = c_name("consumer", consumer)?;
        // SAFETY: the handle is alive, the name lives for the call.
        call(|e| unsafe {
            sys::slip_consumer_position_save(self.as_ptr(), consumer.as_ptr(), cursor.into(), e)
        })
    }
}
