//! The way out of a callback: no panic crosses the border.
use crate::{Error, Result, Status, error::write_sentence};
use slipstream_sys as sys;
use std::any::Any;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs what a callback is to do; a panic becomes an error.
///
/// Unwind safety: after a panic the state of the callbacks is not used again but to drop it, or, for
/// functions that the library goes on to call (those of a foreign bucket), it is `&self`: what a panic
/// leaves half done behind a lock, the lock says (poisoning).
pub(crate) fn caught<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let sentence = format!("a callback panicked: {}", panic_text(panic.as_ref()));
        // What was thrown may panic itself when it is dropped.
        std::mem::forget(panic);
        Err(Error::new(Status::CallbackFailed, sentence))
    })
}

/// The same where the callback has no status to return.
pub(crate) fn caught_silently(body: impl FnOnce()) {
    let _ = caught(|| {
        body();
        Ok(())
    });
}

/// The same as status and sentence.
///
/// # Safety
/// `text` has room for `size` bytes, or is NULL.
pub(crate) unsafe fn answered(
    text: *mut c_char,
    size: usize,
    body: impl FnOnce() -> Result<()>,
) -> sys::slip_status {
    match caught(body) {
        Ok(()) => sys::SLIP_OK,
        Err(error) => {
            // SAFETY: as the caller promises.
            unsafe { write_sentence(text, size, error.message()) };
            // A failure must not look like success.
            if error.code() == sys::SLIP_OK { sys::SLIP_CALLBACK_FAILED } else { error.code() }
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "(not a text)"
    }
}
