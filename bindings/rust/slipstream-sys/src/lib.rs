//! The C ABI of libslipstream, as it is. `include/slipstream.h` is the contract of every name here;
//! the crate `slipstream` makes it safe.
//!
//! Which library is linked is decided by `build.rs`: the folder in `SLIPSTREAM_LIB_DIR` where that is
//! set, else what pkg-config knows as `slipstream`; with the feature `vendored` it is built by cmake
//! from the tree that this crate lies in. Dependents get `DEP_SLIPSTREAM_LIB_DIR`.
#![allow(non_camel_case_types)]
#![no_std]

// Made from slipstream.h by bindings/rust/generate.py.
#[rustfmt::skip]
mod constants;
#[rustfmt::skip]
mod functions;
#[doc(hidden)]
#[rustfmt::skip]
pub mod layout;
#[rustfmt::skip]
mod structs;

pub use constants::*;
pub use functions::*;
pub use structs::*;
