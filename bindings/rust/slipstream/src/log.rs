//! Log lines of the library.
use crate::calls::caught_silently;
use crate::error::call;
use crate::text::read_c;
use crate::{Error, Result, Status, check_library};
use slipstream_sys as sys;
use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::sync::{Mutex, PoisonError};

/// How urgent a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something failed.
    Error = sys::SLIP_LOG_ERROR as isize,
    /// Something is odd.
    Warning = sys::SLIP_LOG_WARNING as isize,
    /// What an operator wants to know.
    Info = sys::SLIP_LOG_INFO as isize,
    /// Everything.
    Debug = sys::SLIP_LOG_DEBUG as isize,
}

impl Level {
    fn of(level: i32) -> Self {
        match level {
            sys::SLIP_LOG_ERROR => Self::Error,
            sys::SLIP_LOG_WARNING => Self::Warning,
            sys::SLIP_LOG_INFO => Self::Info,
            _ => Self::Debug,
        }
    }
}

type Function = Box<dyn Fn(Level, &str, &str) + Send + Sync>;

/// What the library calls now; the box in a box has a thin pointer, which is its `user`.
static SET: Mutex<Option<Box<Function>>> = Mutex::new(None);

thread_local! {
    static LOGGING: Cell<bool> = const { Cell::new(false) };
}

/// Send log lines of `level` and more urgent to `function`: (level, room, line). Process-wide; replaces
/// what was set. It runs on any thread, several at once, and must not call the library; a panic in it is
/// left at that.
///
/// ```
/// slipstream::set_log(slipstream::Level::Warning, |level, room, line| eprintln!("{level:?} {room}: {line}"))?;
/// slipstream::clear_log()?;
/// # Ok::<(), slipstream::Error>(())
/// ```
pub fn set_log(
    level: Level,
    function: impl Fn(Level, &str, &str) + Send + Sync + 'static,
) -> Result<()> {
    replace(level, Some(Box::new(Box::new(function))))
}

/// Send log lines to nobody, which is the default.
pub fn clear_log() -> Result<()> {
    replace(Level::Error, None)
}

fn replace(level: Level, function: Option<Box<Function>>) -> Result<()> {
    check_library()?;
    // The library would say so too, but this thread could wait for the lock before it asks.
    if LOGGING.get() {
        let sentence = "cannot set the log function from inside a log function";
        return Err(Error::new(Status::Deadlock, sentence));
    }
    let mut set = SET.lock().unwrap_or_else(PoisonError::into_inner);
    let c_function: sys::slip_log_function = match function {
        Some(_) => Some(line),
        None => None,
    };
    let user: *const Function = function.as_deref().map_or(std::ptr::null(), |f| f);
    // SAFETY: `user` lives in SET until another call of slip_log_set has returned, when no call of it
    // is running any more.
    call(|e| unsafe { sys::slip_log_set(c_function, user.cast_mut().cast(), level as i32, e) })?;
    *set = function;
    Ok(())
}

unsafe extern "C" fn line(
    user: *mut c_void,
    level: i32,
    room: *const c_char,
    message: *const c_char,
) {
    // SAFETY: `user` is what `replace` gave, alive and shared (Sync); the texts live for the call.
    let (function, room, message) =
        unsafe { (&*user.cast::<Function>(), read_c(room), read_c(message)) };
    LOGGING.set(true);
    caught_silently(|| function(Level::of(level), &room, &message));
    LOGGING.set(false);
}
