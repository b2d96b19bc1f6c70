//! Artifacts: a fold as a directory of files for somewhere else.
use crate::error::call;
use crate::library::check_library;
use crate::options::as_ptr;
use crate::text::{Text, c_name, c_path};
use crate::{ArtifactSummary, ImportOptions, ObjectStore, Result};
use slipstream_sys as sys;
use std::path::Path;

/// Read every byte of an artifact and compare.
pub fn verify_artifact(directory: impl AsRef<Path>) -> Result<ArtifactSummary> {
    check_library()?;
    let from = c_path("directory", directory.as_ref())?;
    let mut summary = sys::slip_artifact_summary::default();
    // SAFETY: the path and the output live for the call.
    call(|e| unsafe { sys::slip_artifact_verify(from.as_ptr(), &mut summary, e) })?;
    Ok((&summary).into())
}

/// The manifest of an artifact as JSON text, checked for form only.
pub fn artifact_info(directory: impl AsRef<Path>) -> Result<String> {
    check_library()?;
    let (from, mut text) = (c_path("directory", directory.as_ref())?, std::ptr::null_mut());
    // SAFETY: the path and the output live for the call.
    call(|e| unsafe { sys::slip_artifact_info(from.as_ptr(), &mut text, e) })?;
    Ok(Text::take(text)?.into_string())
}

/// Make a new fold at `url` from an artifact, verified to the last byte before anything is visible. It
/// is left closed.
pub fn import_fold(
    directory: impl AsRef<Path>,
    url: &str,
    options: &ImportOptions,
) -> Result<ArtifactSummary> {
    let options = options.build()?;
    let (from, to) = (c_path("directory", directory.as_ref())?, c_name("URL", url)?);
    let mut summary = sys::slip_artifact_summary::default();
    // SAFETY: texts, options and output live for the call.
    call(|e| unsafe {
        sys::slip_fold_import(from.as_ptr(), to.as_ptr(), as_ptr(&options), &mut summary, e)
    })?;
    Ok((&summary).into())
}

/// Make a new fold at `url` from what is published under `key`; a watch on it receives only the tail.
pub fn bootstrap_fold(
    store: &ObjectStore,
    key: &str,
    url: &str,
    options: &ImportOptions,
) -> Result<ArtifactSummary> {
    let (options, key, to) = (options.build()?, c_name("key", key)?, c_name("URL", url)?);
    let mut summary = sys::slip_artifact_summary::default();
    let (key, to, chosen) = (key.as_ptr(), to.as_ptr(), as_ptr(&options));
    // SAFETY: the store is alive; texts, options and output live for the call.
    call(|e| unsafe { sys::slip_bootstrap(store.as_ptr(), key, to, chosen, &mut summary, e) })?;
    Ok((&summary).into())
}
