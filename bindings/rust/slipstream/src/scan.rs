//! The keys and values of a bucket, read from its server.
use crate::error::call;
use crate::handle::Owned;
use crate::{OwnedUpdate, Result, Status, Update};
use slipstream_sys as sys;

const ROWS_MAX: usize = 256;

/// Live keys of a bucket, in the order of their last update. It holds something on the server until it
/// is dropped.
///
/// As an iterator it gives copies; [`next_batch`](Self::next_batch) gives views.
///
/// ```
/// # let bucket = slipstream::Connection::connect("mem://")?.create_bucket("b", &Default::default())?;
/// bucket.put("a.1", "x")?;
/// bucket.put("b.1", "y")?;
/// let keys: Vec<_> = bucket.keys("a.")?.map(|key| Ok(key?.key)).collect::<slipstream::Result<_>>()?;
/// assert_eq!(keys, [b"a.1"]);
/// # Ok::<(), slipstream::Error>(())
/// ```
pub struct Scan {
    handle: Owned<sys::slip_iterator>,
    rows: Vec<sys::slip_update>,
    at: usize,
    ended: bool,
}

// SAFETY: `rows` shows bytes of the iterator, which goes with them; see Owned<slip_iterator>. Not Sync:
// "slip_iterator: no: one thread at a time".
unsafe impl Send for Scan {}

impl Scan {
    pub(crate) fn take(pointer: *mut sys::slip_iterator) -> Result<Self> {
        Ok(Self { handle: Owned::new(pointer, "iterator")?, rows: Vec::new(), at: 0, ended: false })
    }

    /// The next ones; `None` at the end. Waits for the server. Those that [`Iterator::next`] has read
    /// ahead come first.
    pub fn next_batch(&mut self) -> Result<Option<&[Update<'_>]>> {
        if self.at == self.rows.len() && !self.fetch()? {
            return Ok(None);
        }
        let rows = &self.rows[std::mem::replace(&mut self.at, self.rows.len())..];
        // SAFETY: the views live until the next call of the iterator, which takes &mut self.
        Ok(Some(unsafe { Update::slice(rows.as_ptr(), rows.len()) }))
    }

    fn fetch(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.rows.resize(ROWS_MAX, Default::default());
        self.at = ROWS_MAX;
        let mut count = 0;
        // SAFETY: the handle is alive, and this thread has it to itself; there is room for ROWS_MAX.
        let fetched = call(|e| unsafe {
            let rows = self.rows.as_mut_ptr();
            sys::slip_iterator_next(self.handle.as_ptr(), rows, ROWS_MAX, &mut count, e)
        });
        self.rows.truncate(if fetched.is_ok() { count } else { 0 });
        self.at = if fetched.is_ok() { 0 } else { self.rows.len() };
        match fetched {
            Err(error) if error.status() == Status::End => self.ended = true,
            other => other?,
        }
        Ok(!self.ended)
    }
}

impl Iterator for Scan {
    type Item = Result<OwnedUpdate>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at == self.rows.len() {
            match self.fetch() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    // An iterator that failed once would fail for ever.
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        let raw = self.rows[self.at];
        self.at += 1;
        // SAFETY: the views live until the next call of the iterator; they are copied before.
        Some(Ok(unsafe { Update::from_raw(raw) }.to_owned()))
    }
}
