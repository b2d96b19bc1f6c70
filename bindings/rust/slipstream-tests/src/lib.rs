//! Nothing: see tests/bindings/rust.
