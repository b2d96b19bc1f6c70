//! What the typed options of every kind stand on.
use crate::error::call;
use crate::handle::Owned;
use crate::text::{Text, c_name};
use crate::{Error, Result};
use slipstream_sys as sys;

#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Added(String),
    Number(u64),
    Switch(bool),
    Bytes(Vec<u8>),
}

/// What was set, in its order; names only are ever printed, since a value may be a secret.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Set(Vec<(String, Value)>);

impl Set {
    pub(crate) fn push(&mut self, name: &str, value: Value) {
        self.0.push((name.to_owned(), value));
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The library's object; `None`, every default, where nothing is set.
    pub(crate) fn build(&self, kind: i32) -> Result<Option<Owned<sys::slip_options>>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mut options = std::ptr::null_mut();
        // SAFETY: the output lives for the call.
        call(|error| unsafe { sys::slip_options_new(kind, &mut options, error) })?;
        let options = Owned::new(options, "options")?;
        for (name, value) in &self.0 {
            set_one(options.as_ptr(), name, value)?;
        }
        Ok(Some(options))
    }
}

fn set_one(options: *mut sys::slip_options, name: &str, value: &Value) -> Result<()> {
    let c = c_name("option", name)?;
    let text_of = |text: &str| {
        // The sentence names the option, never the value.
        c_name("option", text).map_err(|error| {
            Error::new(error.status(), format!("the value of the option {name:?} holds a NUL byte"))
        })
    };
    // SAFETY: `options` is alive and this thread's own; names and values live for the call.
    unsafe {
        match value {
            Value::Text(text) => {
                let text = text_of(text)?;
                call(|e| sys::slip_options_set_string(options, c.as_ptr(), text.as_ptr(), e))
            }
            Value::Added(text) => {
                let text = text_of(text)?;
                call(|e| sys::slip_options_add(options, c.as_ptr(), text.as_ptr(), e))
            }
            Value::Number(value) => {
                call(|e| sys::slip_options_set_u64(options, c.as_ptr(), *value, e))
            }
            Value::Switch(value) => {
                call(|e| sys::slip_options_set_bool(options, c.as_ptr(), i32::from(*value), e))
            }
            Value::Bytes(data) => call(|e| {
                sys::slip_options_set_bytes(
                    options,
                    c.as_ptr(),
                    data.as_ptr().cast(),
                    data.len(),
                    e,
                )
            }),
        }
    }
}

pub(crate) fn describe(kind: i32) -> Result<String> {
    let mut text = std::ptr::null_mut();
    // SAFETY: the output lives for the call.
    call(|error| unsafe { sys::slip_options_describe(kind, &mut text, error) })?;
    Ok(Text::take(text)?.into_string())
}

pub(crate) fn as_ptr(options: &Option<Owned<sys::slip_options>>) -> *const sys::slip_options {
    options.as_ref().map_or(std::ptr::null(), |options| options.as_ptr())
}

/// A class of options of one kind; the methods of the single options are made by generate.py.
macro_rules! option_kind {
    ($(#[$about:meta])* $name:ident, $kind:expr) => {
        $(#[$about])*
        #[derive(Clone, Default, PartialEq)]
        pub struct $name(crate::options::Set);

        impl $name {
            /// Every option at its default.
            pub fn new() -> Self {
                Self::default()
            }
            /// Any option by its name, one that a later library brought included; takes every type as
            /// text.
            pub fn set(mut self, name: &str, value: &str) -> Self {
                self.0.push(name, crate::options::Value::Text(value.to_owned()));
                self
            }
            /// Any option of type "bytes" by its name.
            pub fn set_bytes(mut self, name: &str, value: &[u8]) -> Self {
                self.0.push(name, crate::options::Value::Bytes(value.to_owned()));
                self
            }
            #[allow(dead_code)]
            fn with_u64(mut self, name: &str, value: u64) -> Self {
                self.0.push(name, crate::options::Value::Number(value));
                self
            }
            #[allow(dead_code)]
            fn with_bool(mut self, name: &str, value: bool) -> Self {
                self.0.push(name, crate::options::Value::Switch(value));
                self
            }
            #[allow(dead_code)]
            fn with_added(mut self, name: &str, value: &str) -> Self {
                self.0.push(name, crate::options::Value::Added(value.to_owned()));
                self
            }
            /// All options of this kind that the loaded library has, as a JSON array.
            pub fn describe() -> crate::Result<String> {
                crate::options::describe($kind)
            }
            pub(crate) fn build(
                &self,
            ) -> crate::Result<Option<crate::handle::Owned<sys::slip_options>>> {
                crate::library::check_library()?;
                self.0.build($kind)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.debug_tuple(stringify!($name)).field(&self.0.names()).finish()
            }
        }
    };
}
pub(crate) use option_kind;
