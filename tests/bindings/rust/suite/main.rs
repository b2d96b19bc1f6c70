//! Everything that the crate offers. Each test runs on an embedded server, or, with SLIP_TEST_URL, on
//! that one.
mod api;
mod bad_input;
mod buckets;
mod calls;
mod folds;
mod foreign;
mod foreign_fold;
#[cfg(feature = "futures")]
mod stream;
mod support;
mod watches;
