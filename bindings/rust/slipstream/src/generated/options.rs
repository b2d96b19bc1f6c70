// Made by bindings/rust/generate.py: do not edit.
use super::choice;
use crate::options::option_kind;
use slipstream_sys as sys;

option_kind!(
    /// Options of [`Connection::connect_with`](crate::Connection::connect_with). What is not set has its default; values are checked by the call that takes them.
    ConnectOptions, sys::SLIP_OPTIONS_CONNECTION
);

impl ConnectOptions {
    /// eager: connect before returning; lazy: return at once, connect in the background. Default: eager.
    pub fn connect(self, value: choice::Connect) -> Self {
        self.set("connect", value.as_str())
    }
    /// For one server. Default: 5000 ms.
    pub fn connect_timeout_ms(self, value: u64) -> Self {
        self.with_u64("connect_timeout_ms", value)
    }
    /// For one request to the server. Default: 10000 ms.
    pub fn request_timeout_ms(self, value: u64) -> Self {
        self.with_u64("request_timeout_ms", value)
    }
    /// Between two tries at the same server; half of it again is added at random. Default: 500 ms.
    pub fn reconnect_wait_ms(self, value: u64) -> Self {
        self.with_u64("reconnect_wait_ms", value)
    }
    /// Shown by the server in its list of connections.
    pub fn name(self, value: &str) -> Self {
        self.set("name", value)
    }
    /// Further server URLs, tried in turn. Adds to the list.
    pub fn servers<T: AsRef<str>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        for value in values {
            self = self.with_added("servers", value.as_ref());
        }
        self
    }
    /// User name.
    pub fn user(self, value: &str) -> Self {
        self.set("user", value)
    }
    /// Password of the user.
    pub fn password(self, value: &str) -> Self {
        self.set("password", value)
    }
    /// Authentication token.
    pub fn token(self, value: &str) -> Self {
        self.set("token", value)
    }
    /// Path of a .creds file (JWT and NKey seed).
    pub fn creds_file(self, value: &str) -> Self {
        self.set("creds_file", value)
    }
    /// Path of a file that holds an NKey seed.
    pub fn nkey_seed_file(self, value: &str) -> Self {
        self.set("nkey_seed_file", value)
    }
    /// Public NKey that belongs to nkey_seed_file.
    pub fn nkey_public(self, value: &str) -> Self {
        self.set("nkey_public", value)
    }
    /// PEM file of the authorities to trust; the system's where empty.
    pub fn tls_ca_file(self, value: &str) -> Self {
        self.set("tls_ca_file", value)
    }
    /// PEM file of the client's certificate chain.
    pub fn tls_cert_file(self, value: &str) -> Self {
        self.set("tls_cert_file", value)
    }
    /// PEM file of the client's private key.
    pub fn tls_key_file(self, value: &str) -> Self {
        self.set("tls_key_file", value)
    }
    /// The name that the server's certificate must bear; the URL's where empty.
    pub fn tls_host(self, value: &str) -> Self {
        self.set("tls_host", value)
    }
    /// JetStream domain; none where empty.
    pub fn js_domain(self, value: &str) -> Self {
        self.set("js_domain", value)
    }
}

option_kind!(
    /// Options of [`Connection::create_bucket`](crate::Connection::create_bucket). What is not set has its default; values are checked by the call that takes them.
    BucketOptions, sys::SLIP_OPTIONS_BUCKET
);

impl BucketOptions {
    /// Kept of each key. Default: 1 revisions.
    pub fn history(self, value: u64) -> Self {
        self.with_u64("history", value)
    }
    /// Values older than this are gone; 0: never. Default: 0 ms.
    pub fn max_age_ms(self, value: u64) -> Self {
        self.with_u64("max_age_ms", value)
    }
    /// Of the whole bucket; 0: no limit. Default: 0 bytes.
    pub fn max_bytes(self, value: u64) -> Self {
        self.with_u64("max_bytes", value)
    }
    /// Of one value; 0: the server's limit. Default: 0 bytes.
    pub fn max_value_size(self, value: u64) -> Self {
        self.with_u64("max_value_size", value)
    }
    /// The server writes a marker for what expires and keeps it this long; 0: no markers; needs nats-server 2.11. Default: 0 ms.
    pub fn marker_ttl_ms(self, value: u64) -> Self {
        self.with_u64("marker_ttl_ms", value)
    }
    /// Servers that keep the bucket. Default: 1.
    pub fn replicas(self, value: u64) -> Self {
        self.with_u64("replicas", value)
    }
    /// Where the server keeps the bucket. Default: file.
    pub fn storage(self, value: choice::Storage) -> Self {
        self.set("storage", value.as_str())
    }
    /// What a full bucket does: refuse new values, or drop the oldest. Default: new.
    pub fn discard(self, value: choice::Discard) -> Self {
        self.set("discard", value.as_str())
    }
    /// Shown by tools.
    pub fn description(self, value: &str) -> Self {
        self.set("description", value)
    }
    /// Open the bucket although the server did not take all of the configuration. Default: false.
    pub fn accept_differences(self, value: bool) -> Self {
        self.with_bool("accept_differences", value)
    }
}

option_kind!(
    /// Options of [`Bucket::watch`](crate::Bucket::watch) and [`Bucket::follow`](crate::Bucket::follow). What is not set has its default; values are checked by the call that takes them.
    WatchOptions, sys::SLIP_OPTIONS_WATCH
);

impl WatchOptions {
    /// In one batch. Default: 10000 updates.
    pub fn batch_updates_max(self, value: u64) -> Self {
        self.with_u64("batch_updates_max", value)
    }
    /// In one batch, keys and values. Default: 8388608 bytes.
    pub fn batch_bytes_max(self, value: u64) -> Self {
        self.with_u64("batch_bytes_max", value)
    }
    /// idle: a batch ends when nothing more has been received; window: window_ms after its first update; a full one in either. Default: idle.
    pub fn batch_close(self, value: choice::BatchClose) -> Self {
        self.set("batch_close", value.as_str())
    }
    /// Of batch_close=window. Default: 1000 ms.
    pub fn window_ms(self, value: u64) -> Self {
        self.with_u64("window_ms", value)
    }
    /// fold: hand the fold's live keys over before the tail (default with callbacks); none: the tail only (default when pulling). Default: default.
    pub fn replay(self, value: choice::Replay) -> Self {
        self.set("replay", value.as_str())
    }
    /// End the watch there. Default: never.
    pub fn stop_at(self, value: choice::StopAt) -> Self {
        self.set("stop_at", value.as_str())
    }
    /// Of stop_at=revision. Default: 0.
    pub fn stop_revision(self, value: u64) -> Self {
        self.with_u64("stop_revision", value)
    }
    /// Only keys that begin with this, as bytes; several may be added; none: all keys. Adds to the list.
    pub fn scope<T: AsRef<str>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        for value in values {
            self = self.with_added("scope", value.as_ref());
        }
        self
    }
    /// Where to go on without a fold: the text of slip_cursor_format.
    pub fn cursor(self, value: &str) -> Self {
        self.set("cursor", value)
    }
    /// Asked for in advance; 0: twice batch_updates_max; at least twice it in any case. Default: 0 updates.
    pub fn receive_updates_max(self, value: u64) -> Self {
        self.with_u64("receive_updates_max", value)
    }
    /// Asked for in advance. Default: 33554432 bytes.
    pub fn receive_bytes_max(self, value: u64) -> Self {
        self.with_u64("receive_bytes_max", value)
    }
    /// The server's sign of life; two and a half missed ones make the watch start anew. Default: 5000 ms.
    pub fn idle_heartbeat_ms(self, value: u64) -> Self {
        self.with_u64("idle_heartbeat_ms", value)
    }
    /// The watch is ready while its state was current at most this long ago; half of it bounds idle_heartbeat_ms; 0: however old, once complete. Default: 0 ms.
    pub fn max_stale_ms(self, value: u64) -> Self {
        self.with_u64("max_stale_ms", value)
    }
    /// Failed commits in a row, over at least commit_retry_ms, that end the watch. Default: 16.
    pub fn commit_failures_max(self, value: u64) -> Self {
        self.with_u64("commit_failures_max", value)
    }
    /// See commit_failures_max. Default: 30000 ms.
    pub fn commit_retry_ms(self, value: u64) -> Self {
        self.with_u64("commit_retry_ms", value)
    }
    /// The fold's keys are counted against the bucket's so often, and at each catch-up; 0: never. Default: 30000 ms.
    pub fn audit_interval_ms(self, value: u64) -> Self {
        self.with_u64("audit_interval_ms", value)
    }
    /// narrow: keys outside the scope leave a fold that was made for a wider one. Default: refuse.
    pub fn scope_change(self, value: choice::ScopeChange) -> Self {
        self.set("scope_change", value.as_str())
    }
}

option_kind!(
    /// Options of [`Fold::open_with`](crate::Fold::open_with). What is not set has its default; values are checked by the call that takes them.
    FoldOptions, sys::SLIP_OPTIONS_FOLD
);

impl FoldOptions {
    /// What a commit survives. Default: meta.
    pub fn durability(self, value: choice::Durability) -> Self {
        self.set("durability", value.as_str())
    }
    /// Whether the fold may or must be made. Default: if_missing.
    pub fn create(self, value: choice::Create) -> Self {
        self.set("create", value.as_str())
    }
    /// Open for reading beside a writer in another process. Default: false.
    pub fn read_only(self, value: bool) -> Self {
        self.with_bool("read_only", value)
    }
    /// Of an append log: a segment that is larger is followed by a new one. Default: 67108864 bytes.
    pub fn segment_bytes(self, value: u64) -> Self {
        self.with_u64("segment_bytes", value)
    }
    /// An append log is compacted when so much of it is dead; 100: by call only. Default: 50.
    pub fn compact_dead_percent(self, value: u64) -> Self {
        self.with_u64("compact_dead_percent", value)
    }
    /// Sealed ones, below which an append log is not compacted. Default: 2.
    pub fn min_segments(self, value: u64) -> Self {
        self.with_u64("min_segments", value)
    }
    /// disk: values of an append log stay in its files and are read from there. Default: memory.
    pub fn values(self, value: choice::Values) -> Self {
        self.set("values", value.as_str())
    }
}

option_kind!(
    /// Options of an export. What is not set has its default; values are checked by the call that takes them.
    ExportOptions, sys::SLIP_OPTIONS_EXPORT
);

impl ExportOptions {
    /// Of the data files. Default: zstd.
    pub fn compression(self, value: choice::Compression) -> Self {
        self.set("compression", value.as_str())
    }
    /// Of zstd. Default: 3.
    pub fn level(self, value: u64) -> Self {
        self.with_u64("level", value)
    }
}

option_kind!(
    /// Options of [`ObjectStore::open_with`](crate::ObjectStore::open_with). What is not set has its default; values are checked by the call that takes them.
    ObjectStoreOptions, sys::SLIP_OPTIONS_OBJECT_STORE
);

option_kind!(
    /// Options of [`ObjectStore::publish`](crate::ObjectStore::publish). What is not set has its default; values are checked by the call that takes them.
    PublishOptions, sys::SLIP_OPTIONS_PUBLISH
);

option_kind!(
    /// Options of an import, a download or a bootstrap. What is not set has its default; values are checked by the call that takes them.
    ImportOptions, sys::SLIP_OPTIONS_IMPORT
);

/// Every option that has a method here: kind and name.
#[doc(hidden)]
pub const OPTION_NAMES: &[(i32, &str)] = &[
    (sys::SLIP_OPTIONS_CONNECTION, "connect"),
    (sys::SLIP_OPTIONS_CONNECTION, "connect_timeout_ms"),
    (sys::SLIP_OPTIONS_CONNECTION, "request_timeout_ms"),
    (sys::SLIP_OPTIONS_CONNECTION, "reconnect_wait_ms"),
    (sys::SLIP_OPTIONS_CONNECTION, "name"),
    (sys::SLIP_OPTIONS_CONNECTION, "servers"),
    (sys::SLIP_OPTIONS_CONNECTION, "user"),
    (sys::SLIP_OPTIONS_CONNECTION, "password"),
    (sys::SLIP_OPTIONS_CONNECTION, "token"),
    (sys::SLIP_OPTIONS_CONNECTION, "creds_file"),
    (sys::SLIP_OPTIONS_CONNECTION, "nkey_seed_file"),
    (sys::SLIP_OPTIONS_CONNECTION, "nkey_public"),
    (sys::SLIP_OPTIONS_CONNECTION, "tls_ca_file"),
    (sys::SLIP_OPTIONS_CONNECTION, "tls_cert_file"),
    (sys::SLIP_OPTIONS_CONNECTION, "tls_key_file"),
    (sys::SLIP_OPTIONS_CONNECTION, "tls_host"),
    (sys::SLIP_OPTIONS_CONNECTION, "js_domain"),
    (sys::SLIP_OPTIONS_BUCKET, "history"),
    (sys::SLIP_OPTIONS_BUCKET, "max_age_ms"),
    (sys::SLIP_OPTIONS_BUCKET, "max_bytes"),
    (sys::SLIP_OPTIONS_BUCKET, "max_value_size"),
    (sys::SLIP_OPTIONS_BUCKET, "marker_ttl_ms"),
    (sys::SLIP_OPTIONS_BUCKET, "replicas"),
    (sys::SLIP_OPTIONS_BUCKET, "storage"),
    (sys::SLIP_OPTIONS_BUCKET, "discard"),
    (sys::SLIP_OPTIONS_BUCKET, "description"),
    (sys::SLIP_OPTIONS_BUCKET, "accept_differences"),
    (sys::SLIP_OPTIONS_WATCH, "batch_updates_max"),
    (sys::SLIP_OPTIONS_WATCH, "batch_bytes_max"),
    (sys::SLIP_OPTIONS_WATCH, "batch_close"),
    (sys::SLIP_OPTIONS_WATCH, "window_ms"),
    (sys::SLIP_OPTIONS_WATCH, "replay"),
    (sys::SLIP_OPTIONS_WATCH, "stop_at"),
    (sys::SLIP_OPTIONS_WATCH, "stop_revision"),
    (sys::SLIP_OPTIONS_WATCH, "scope"),
    (sys::SLIP_OPTIONS_WATCH, "cursor"),
    (sys::SLIP_OPTIONS_WATCH, "receive_updates_max"),
    (sys::SLIP_OPTIONS_WATCH, "receive_bytes_max"),
    (sys::SLIP_OPTIONS_WATCH, "idle_heartbeat_ms"),
    (sys::SLIP_OPTIONS_WATCH, "max_stale_ms"),
    (sys::SLIP_OPTIONS_WATCH, "commit_failures_max"),
    (sys::SLIP_OPTIONS_WATCH, "commit_retry_ms"),
    (sys::SLIP_OPTIONS_WATCH, "audit_interval_ms"),
    (sys::SLIP_OPTIONS_WATCH, "scope_change"),
    (sys::SLIP_OPTIONS_FOLD, "durability"),
    (sys::SLIP_OPTIONS_FOLD, "create"),
    (sys::SLIP_OPTIONS_FOLD, "read_only"),
    (sys::SLIP_OPTIONS_FOLD, "segment_bytes"),
    (sys::SLIP_OPTIONS_FOLD, "compact_dead_percent"),
    (sys::SLIP_OPTIONS_FOLD, "min_segments"),
    (sys::SLIP_OPTIONS_FOLD, "values"),
    (sys::SLIP_OPTIONS_EXPORT, "compression"),
    (sys::SLIP_OPTIONS_EXPORT, "level"),
];
