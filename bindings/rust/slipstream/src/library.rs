//! The loaded library itself.
use crate::error::call;
use crate::text::{Text, read_c};
use crate::{Error, Event, Result, Status};
use slipstream_sys as sys;
use std::ffi::CString;
use std::sync::OnceLock;

/// The oldest version that has everything which this crate calls.
const VERSION_MIN: (u64, u64, u64) = (0, 1, 0);

/// The version of the loaded library.
pub fn version() -> String {
    // SAFETY: a static text.
    unsafe { read_c(sys::slip_version()) }
}

/// The ABI epoch of the loaded library.
pub fn abi_epoch() -> u32 {
    // SAFETY: no arguments.
    unsafe { sys::slip_abi_epoch() }
}

/// Whether the loaded library has a feature: "mem", "nats", "tls", "lmdb", "zstd", "objects.local".
///
/// ```
/// assert!(slipstream::feature("mem"));
/// assert!(!slipstream::feature("telepathy"));
/// ```
pub fn feature(name: &str) -> bool {
    match CString::new(name) {
        // SAFETY: a NUL-terminated text that lives for the call.
        Ok(name) => unsafe { sys::slip_feature(name.as_ptr()) == 1 },
        Err(_) => false,
    }
}

/// Whether the loaded library fits this crate. Whatever makes the first handle asks this too.
///
/// ```
/// slipstream::check_library().unwrap();
/// ```
pub fn check_library() -> Result<()> {
    static CHECKED: OnceLock<Result<()>> = OnceLock::new();
    CHECKED.get_or_init(|| fits(abi_epoch(), &version())).clone()
}

fn fits(epoch: u32, version: &str) -> Result<()> {
    let misfit = |what: String| {
        let (major, minor, patch) = VERSION_MIN;
        Error::new(
            Status::Unsupported,
            format!(
                "cannot use the loaded libslipstream: {what}; this crate needs {major}.{minor}.{patch} or \
                 later of ABI epoch {} (LD_LIBRARY_PATH, or the run path of the program, says which \
                 file is loaded)",
                sys::SLIP_ABI_EPOCH
            ),
        )
    };
    if epoch != sys::SLIP_ABI_EPOCH {
        return Err(misfit(format!("it has the ABI epoch {epoch}")));
    }
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut part = || parts.next().unwrap_or(0);
    if (part(), part(), part()) < VERSION_MIN {
        return Err(misfit(format!("it is version {version}, which is too old")));
    }
    Ok(())
}

/// One row of the library's table of statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// The status.
    pub status: Status,
    /// Whether trying the same again may succeed without a change by the caller.
    pub retriable: bool,
    /// `SLIP_...`
    pub name: String,
    /// One line in English.
    pub text: String,
}

/// All statuses of the loaded library, ascending.
///
/// ```
/// let rows = slipstream::status_table();
/// assert_eq!(rows[0].name, "SLIP_OK");
/// ```
pub fn status_table() -> Vec<StatusRow> {
    let mut count = 0;
    // SAFETY: a static array of `count` rows, whose texts are static too.
    unsafe {
        let rows = sys::slip_status_table(&mut count);
        let rows = std::slice::from_raw_parts(rows, count);
        rows.iter()
            .map(|row| StatusRow {
                status: row.status.into(),
                retriable: row.retriable != 0,
                name: read_c(row.name),
                text: read_c(row.text),
            })
            .collect()
    }
}

/// Every watch of this process in the Prometheus text format.
///
/// ```
/// assert!(slipstream::metrics_text().unwrap().contains("slipstream"));
/// ```
pub fn metrics_text() -> Result<String> {
    let mut text = std::ptr::null_mut();
    // SAFETY: the outputs live for the call.
    call(|error| unsafe { sys::slip_metrics_text(&mut text, error) })?;
    Ok(Text::take(text)?.into_string())
}

impl Event {
    /// The name of a kind of event, such as "delivery_gap"; "?" where the library does not know it.
    ///
    /// ```
    /// assert_eq!(slipstream::Event::DeliveryGap.name(), "delivery_gap");
    /// ```
    pub fn name(self) -> String {
        // SAFETY: takes any number, gives a static text.
        unsafe { read_c(sys::slip_watch_event_name(self.into())) }
    }
}
