//! Texts across the border: names in, owned runs of bytes and fixed fields out.
use crate::handle::{Native, Owned};
use crate::{Error, Result, Status};
use slipstream_sys as sys;
use std::ffi::{CStr, CString, c_char};
use std::path::Path;

/// A name, URL or option value as the library takes it.
pub(crate) fn c_name(what: &str, name: &str) -> Result<CString> {
    CString::new(name)
        .map_err(|_| Error::new(Status::Invalid, format!("the {what} {name:?} holds a NUL byte")))
}

/// A path as the library takes it, which is UTF-8.
pub(crate) fn c_path(what: &str, path: &Path) -> Result<CString> {
    match path.to_str() {
        Some(text) => c_name(what, text),
        None => Err(Error::new(
            Status::Invalid,
            format!("the {what} {:?} is not valid UTF-8", path.display().to_string()),
        )),
    }
}

/// What a `const char*` of the library says; it is UTF-8.
///
/// # Safety
/// `text` is NULL or NUL-terminated.
pub(crate) unsafe fn read_c(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The text of a member `char name[N]`.
pub(crate) fn fixed_text(field: &[c_char]) -> String {
    let bytes: Vec<u8> = field.iter().take_while(|c| **c != 0).map(|c| *c as u8).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The bytes of a view, which are there for `'a`.
///
/// # Safety
/// `view` is one of the library's, and what it shows lives and stays as it is for `'a`.
pub(crate) unsafe fn read_view<'a>(view: sys::slip_bytes) -> &'a [u8] {
    if view.size == 0 {
        return &[];
    }
    // SAFETY: not empty, so the pointer is one; the rest as the caller promises.
    unsafe { std::slice::from_raw_parts(view.data, view.size) }
}

pub(crate) fn view_of(bytes: &[u8]) -> sys::slip_bytes {
    sys::slip_bytes { data: bytes.as_ptr(), size: bytes.len() }
}

impl Native for sys::slip_text {
    unsafe fn free(pointer: *mut Self) {
        // SAFETY: the owner's pointer, for the last time.
        unsafe { sys::slip_text_free(pointer) }
    }
}

/// An owned run of bytes, taken over from the library.
pub(crate) struct Text(Owned<sys::slip_text>);

impl Text {
    /// What a call left in its `out_text`.
    pub(crate) fn take(pointer: *mut sys::slip_text) -> Result<Self> {
        Ok(Self(Owned::new(pointer, "text")?))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the text lives as long as self and never changes.
        unsafe { read_view(sys::slip_text_bytes(self.0.as_ptr())) }
    }

    pub(crate) fn into_string(self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}
