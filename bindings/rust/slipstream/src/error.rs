//! What can go wrong.
use crate::Status;
use crate::text::read_c;
use slipstream_sys as sys;
use std::ffi::{CStr, c_char};
use std::fmt;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A call failed. Decide by [`status`](Self::status); the sentence is for people and may change in any
/// release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    status: Status,
    message: String,
    retriable: bool,
}

impl Error {
    /// An error of your own, to be handed through the library from a callback.
    ///
    /// ```
    /// use slipstream::{Error, Status};
    /// let error = Error::new(Status::User(1001), "the table is on fire");
    /// assert_eq!((error.code(), error.to_string()), (1001, "status 1001: the table is on fire".into()));
    /// ```
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retriable: false }
    }

    /// An error of another kind, as a callback that failed.
    pub fn other(error: impl fmt::Display) -> Self {
        Self::new(Status::CallbackFailed, error.to_string())
    }

    /// What a failing call reported. Frees the object.
    #[cold]
    pub(crate) fn take(status: sys::slip_status, error: *mut sys::slip_error) -> Self {
        if error.is_null() {
            let name = Status::from(status).name();
            return Self::new(status.into(), format!("the call failed with {name}"));
        }
        // SAFETY: the error object of the call that just failed is ours; it is freed here, once.
        unsafe {
            let message = read_c(sys::slip_error_message(error));
            let retriable = sys::slip_error_is_retriable(error) != 0;
            sys::slip_error_free(error);
            Self { status: status.into(), message, retriable }
        }
    }

    /// What happened, for programs.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The number of the status, as in slipstream.h.
    pub fn code(&self) -> i32 {
        self.status.into()
    }

    /// What was being done, to what, what happened, what to do.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether trying the same again, later and unchanged, may succeed.
    pub fn is_retriable(&self) -> bool {
        self.retriable
    }

    /// The NATS server's own number (`err_code`) where the server refused and the sentence tells it.
    pub fn server_code(&self) -> Option<u64> {
        let (_, after) = self.message.rsplit_once("err_code ")?;
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        after[..digits].parse().ok()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Status::User(code) | Status::Unknown(code) => write!(to, "status {code}")?,
            status => to.write_str(status.name())?,
        }
        write!(to, ": {}", self.message)
    }
}

impl std::error::Error for Error {}

impl Status {
    /// The name, such as `SLIP_NOT_FOUND`; what the loaded library says of one that this crate does not
    /// know, `SLIP_?` where that does not either.
    pub fn name(self) -> &'static str {
        self.known_name().unwrap_or_else(|| {
            // SAFETY: takes any number, gives a static text.
            let name = unsafe { CStr::from_ptr(sys::slip_status_name(self.into())) };
            name.to_str().unwrap_or("SLIP_?")
        })
    }
}

/// One call whose last parameter is the error.
#[inline]
pub(crate) fn call(
    function: impl FnOnce(*mut *mut sys::slip_error) -> sys::slip_status,
) -> Result<()> {
    let mut error = std::ptr::null_mut();
    match function(&mut error) {
        sys::SLIP_OK => Ok(()),
        status => Err(Error::take(status, error)),
    }
}

/// Whether what was asked for is there: `SLIP_NOT_FOUND` is `None`.
#[inline]
pub(crate) fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.status == Status::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a sentence into the buffer that a callback is given for it, cut at a whole character.
///
/// # Safety
/// `text` has room for `size` bytes, or is NULL.
pub(crate) unsafe fn write_sentence(text: *mut c_char, size: usize, sentence: &str) {
    if text.is_null() || size == 0 {
        return;
    }
    let mut end = sentence.len().min(size - 1);
    while !sentence.is_char_boundary(end) {
        end -= 1;
    }
    // SAFETY: end < size, and the two do not overlap.
    unsafe {
        for (at, byte) in sentence.as_bytes()[..end].iter().enumerate() {
            *text.add(at) = if *byte == 0 { b'?' } else { *byte } as c_char;
        }
        *text.add(end) = 0;
    }
}
