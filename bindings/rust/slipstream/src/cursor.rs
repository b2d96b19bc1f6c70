//! Positions in a bucket.
use crate::error::call;
use crate::text::{Text, c_name};
use crate::{Result, library::check_library};
use slipstream_sys as sys;

/// A position in one incarnation of a bucket: everything at or below `revision` was applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The incarnation; 0 where nothing was followed yet.
    pub epoch: u64,
    /// Compares only within one epoch.
    pub revision: u64,
}

impl Cursor {
    /// As portable text, which is what [`WatchOptions::cursor`](crate::WatchOptions::cursor) takes.
    ///
    /// ```
    /// use slipstream::Cursor;
    /// let cursor = Cursor { epoch: 3, revision: 7 };
    /// assert_eq!(cursor.format("routes")?, "slip1:routes:3:7");
    /// assert_eq!(Cursor::parse("slip1:routes:3:7")?, (cursor, "routes".to_string()));
    /// # Ok::<(), slipstream::Error>(())
    /// ```
    pub fn format(self, bucket: &str) -> Result<String> {
        check_library()?;
        let (bucket, mut text) = (c_name("bucket", bucket)?, std::ptr::null_mut());
        // SAFETY: the name and the output live for the call.
        call(|e| unsafe { sys::slip_cursor_format(bucket.as_ptr(), self.into(), &mut text, e) })?;
        Ok(Text::take(text)?.into_string())
    }

    /// The inverse: the cursor and the bucket's name.
    pub fn parse(text: &str) -> Result<(Self, String)> {
        check_library()?;
        let text = c_name("cursor", text)?;
        let (mut cursor, mut bucket) = (sys::slip_cursor::default(), std::ptr::null_mut());
        // SAFETY: the text and the outputs live for the call.
        call(|e| unsafe { sys::slip_cursor_parse(text.as_ptr(), &mut cursor, &mut bucket, e) })?;
        Ok((cursor.into(), Text::take(bucket)?.into_string()))
    }
}

impl From<sys::slip_cursor> for Cursor {
    fn from(cursor: sys::slip_cursor) -> Self {
        Self { epoch: cursor.epoch, revision: cursor.revision }
    }
}

impl From<Cursor> for sys::slip_cursor {
    fn from(cursor: Cursor) -> Self {
        Self { epoch: cursor.epoch, revision: cursor.revision }
    }
}
