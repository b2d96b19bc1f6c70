//! What the tests share.
use slipstream::{
    Bucket, BucketOptions, Connection, Error, Fold, OwnedUpdate, Status, Watch, WatchOptions,
    choice::StopAt,
};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub const TIMEOUT: Option<Duration> = Some(Duration::from_secs(60));

/// A folder of the test's own, removed with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        Self::below(env!("CARGO_TARGET_TMPDIR"))
    }

    /// In memory where the system has such a folder: for tests that open and close, not store.
    pub fn in_memory() -> Self {
        let memory = "/dev/shm";
        if std::path::Path::new(memory).is_dir() { Self::below(memory) } else { Self::new() }
    }

    fn below(parent: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("slip-rust-{}-{number}", std::process::id());
        let path = PathBuf::from(parent).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub fn fold(&self, name: &str) -> Fold {
        Fold::open(&format!("lmdb:{}", self.path(name))).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn connect() -> Connection {
    Connection::connect(&std::env::var("SLIP_TEST_URL").unwrap_or("mem://".into())).unwrap()
}

/// A bucket of a name that no other test has.
pub fn bucket_with(name: &str, options: &BucketOptions) -> Bucket {
    connect().create_bucket(&format!("{name}-{}", std::process::id()), options).unwrap()
}

pub fn bucket(name: &str) -> Bucket {
    bucket_with(name, &BucketOptions::new())
}

/// Status, its name in the library's table, and a part of the sentence.
#[track_caller]
pub fn refused<T>(result: Result<T, Error>, status: Status, says: &str) -> Error {
    let error = result.err().unwrap_or_else(|| panic!("it succeeded instead of {status:?}"));
    assert_eq!(error.status(), status, "{error}");
    assert_eq!(error.code(), i32::from(status));
    assert!(error.message().contains(says), "{says:?} is not in: {error}");
    assert!(error.to_string().ends_with(error.message()));
    error
}

pub fn to_the_end() -> WatchOptions {
    WatchOptions::new().stop_at(StopAt::CaughtUp)
}

/// Every update up to the end, acknowledged.
pub fn drain(watch: &mut Watch) -> Vec<OwnedUpdate> {
    let mut seen = Vec::new();
    while let Some(mut batch) = watch.next(TIMEOUT).unwrap() {
        seen.extend(batch.updates().iter().map(|update| update.to_owned()));
        batch.ack().unwrap();
    }
    seen
}

pub fn keys(updates: &[OwnedUpdate]) -> Vec<&str> {
    updates.iter().map(|update| std::str::from_utf8(&update.key).unwrap()).collect()
}
