// Made by bindings/rust/generate.py: do not edit.
//! The types of the header.
#![allow(missing_docs)]
use core::ffi::{c_char, c_int, c_void};
use core::marker::{PhantomData, PhantomPinned};

pub type slip_status = i32;

macro_rules! opaque {
    ($name:ident) => {
        #[repr(C)]
        pub struct $name {
            _data: [u8; 0],
            _marker: PhantomData<(*mut u8, PhantomPinned)>,
        }
    };
}
macro_rules! zeroed {
    ($name:ident) => {
        impl Default for $name {
            /// Zero.
            fn default() -> Self {
                // SAFETY: plain data of C, for which all zero is a value of every member.
                unsafe { core::mem::zeroed() }
            }
        }
    };
}
macro_rules! sized {
    ($name:ident) => {
        impl Default for $name {
            /// As its _INIT macro: the size set, the rest zero.
            fn default() -> Self {
                // SAFETY: plain data of C, for which all zero is a value of every member.
                let empty: Self = unsafe { core::mem::zeroed() };
                Self { struct_size: size_of::<Self>() as u32, ..empty }
            }
        }
    };
}

opaque!(slip_answer);
opaque!(slip_batch);
opaque!(slip_bucket);
opaque!(slip_connection);
opaque!(slip_entry);
opaque!(slip_error);
opaque!(slip_feed);
opaque!(slip_fold);
opaque!(slip_iterator);
opaque!(slip_object_store);
opaque!(slip_options);
opaque!(slip_snapshot);
opaque!(slip_text);
opaque!(slip_watch);
pub type slip_log_function = Option<unsafe extern "C" fn(user: *mut c_void, level: i32, room: *const c_char, message: *const c_char)>;

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_status_row {
    pub status: slip_status,
    pub retriable: u32,
    pub name: *const c_char,
    pub text: *const c_char,
}
zeroed!(slip_status_row);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_bytes {
    pub data: *const u8,
    pub size: usize,
}
zeroed!(slip_bytes);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_update {
    pub key: slip_bytes,
    pub value: slip_bytes,
    pub revision: u64,
    pub timestamp_ns: i64,
    pub ttl_ns: i64,
    pub operation: u32,
    pub flags: u32,
    pub reserved: [u64; 2],
}
zeroed!(slip_update);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_cursor {
    pub epoch: u64,
    pub revision: u64,
}
zeroed!(slip_cursor);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_connection_state {
    pub struct_size: u32,
    pub state: i32,
    pub reconnects: u64,
    pub max_payload_bytes: u64,
    pub round_trip_ns: i64,
}
sized!(slip_connection_state);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_bucket_state {
    pub struct_size: u32,
    pub history: u32,
    pub epoch: u64,
    pub first_revision: u64,
    pub last_revision: u64,
    pub messages: u64,
    pub subjects: u64,
    pub size_bytes: u64,
    pub server_time_ns: i64,
    pub max_age_ns: i64,
    pub max_bytes: i64,
    pub max_value_size: i64,
    pub marker_ttl_ns: i64,
    pub replicas: u32,
    pub storage: u32,
    pub discard: u32,
    pub per_message_ttl: u32,
    pub max_messages: i64,
}
sized!(slip_bucket_state);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_write {
    pub key: slip_bytes,
    pub value: slip_bytes,
    pub expected_revision: u64,
    pub ttl_ns: i64,
    pub operation: u32,
    pub flags: u32,
    pub reserved: [u64; 3],
}
zeroed!(slip_write);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_write_result {
    pub revision: u64,
    pub status: slip_status,
    pub reserved: u32,
}
zeroed!(slip_write_result);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_feed_request {
    pub struct_size: u32,
    pub from_state: u32,
    pub from_revision: u64,
    pub prefixes: *const slip_bytes,
    pub prefix_count: usize,
    pub credit_updates: usize,
    pub credit_bytes: usize,
    pub idle_heartbeat_ms: i64,
}
sized!(slip_feed_request);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_bucket_functions {
    pub struct_size: u32,
    pub capabilities: u32,
    pub user: *mut c_void,
    pub info: Option<unsafe extern "C" fn(user: *mut c_void, out_state: *mut slip_bucket_state, text: *mut c_char, text_size: usize) -> slip_status>,
    pub get: Option<unsafe extern "C" fn(user: *mut c_void, key: *const c_void, key_size: usize, answer: *mut slip_answer, text: *mut c_char, text_size: usize) -> slip_status>,
    pub at_revision: Option<unsafe extern "C" fn(user: *mut c_void, revision: u64, answer: *mut slip_answer, text: *mut c_char, text_size: usize) -> slip_status>,
    pub list_open: Option<unsafe extern "C" fn(user: *mut c_void, prefix: *const c_void, prefix_size: usize, with_values: c_int, out_listing: *mut *mut c_void, text: *mut c_char, text_size: usize) -> slip_status>,
    pub list_next: Option<unsafe extern "C" fn(user: *mut c_void, listing: *mut c_void, answer: *mut slip_answer, text: *mut c_char, text_size: usize) -> slip_status>,
    pub list_close: Option<unsafe extern "C" fn(user: *mut c_void, listing: *mut c_void)>,
    pub watch: Option<unsafe extern "C" fn(user: *mut c_void, request: *const slip_feed_request, feed: *mut slip_feed, out_source: *mut *mut c_void, text: *mut c_char, text_size: usize) -> slip_status>,
    pub credit: Option<unsafe extern "C" fn(user: *mut c_void, source: *mut c_void, updates: usize, bytes: usize)>,
    pub stop: Option<unsafe extern "C" fn(user: *mut c_void, source: *mut c_void)>,
    pub destroy: Option<unsafe extern "C" fn(user: *mut c_void)>,
}
sized!(slip_bucket_functions);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_item {
    pub update: *const slip_update,
    pub item: *mut c_void,
}
zeroed!(slip_item);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_watch_callbacks {
    pub struct_size: u32,
    pub reserved: u32,
    pub user: *mut c_void,
    pub parse: Option<unsafe extern "C" fn(user: *mut c_void, update: *const slip_update) -> *mut c_void>,
    pub apply: Option<unsafe extern "C" fn(user: *mut c_void, items: *const slip_item, count: usize, text: *mut c_char, text_size: usize) -> slip_status>,
    pub on_applied: Option<unsafe extern "C" fn(user: *mut c_void, cursor: *const slip_cursor, updates: usize)>,
    pub discard: Option<unsafe extern "C" fn(user: *mut c_void, item: *mut c_void)>,
    pub on_end: Option<unsafe extern "C" fn(user: *mut c_void, status: slip_status, message: *const c_char, cursor: *const slip_cursor)>,
    pub destroy: Option<unsafe extern "C" fn(user: *mut c_void)>,
}
sized!(slip_watch_callbacks);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_watch_state {
    pub struct_size: u32,
    pub state: i32,
    pub cursor: slip_cursor,
    pub end_status: slip_status,
    pub commit_failures: u32,
    pub ready: u32,
    pub auditable: u32,
    pub target_revision: u64,
    pub server_last_revision: u64,
    pub lag_revisions: u64,
    pub lag_ns: i64,
    pub received: u64,
    pub applied: u64,
    pub rejected: u64,
    pub replayed: u64,
    pub batches: u64,
    pub last_batch_updates: u64,
    pub largest_batch_updates: u64,
    pub largest_batch_bytes: u64,
    pub reconnects: u64,
    pub restarts: u64,
    pub gaps: u64,
    pub audits: u64,
    pub audit_mismatches: u64,
    pub resyncs: u64,
    pub sweeps: u64,
    pub rebuilds: u64,
    pub last_update_ns: i64,
    pub last_contact_ns: i64,
    pub last_current_ns: i64,
    pub contact_age_ns: i64,
    pub last_event: i32,
    pub reserved: u32,
}
sized!(slip_watch_state);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_watch_event {
    pub event: i32,
    pub reserved: u32,
    pub count: u64,
    pub last_revision: u64,
    pub last_ns: i64,
    pub name: *const c_char,
}
zeroed!(slip_watch_event);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_fold_state {
    pub struct_size: u32,
    pub format: u32,
    pub entries: u64,
    pub tombstones: u64,
    pub payload_bytes: u64,
    pub file_bytes: u64,
    pub free_bytes: u64,
    pub commits: u64,
    pub snapshots: u64,
    pub cursor: slip_cursor,
    pub loading: u32,
    pub read_only: u32,
}
sized!(slip_fold_state);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_compaction {
    pub struct_size: u32,
    pub outcome: u32,
    pub bytes_before: u64,
    pub bytes_after: u64,
    pub segments_before: u64,
    pub segments_after: u64,
    pub status: slip_status,
    pub reserved: u32,
}
sized!(slip_compaction);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_revision_range {
    pub from: u64,
    pub to: u64,
}
zeroed!(slip_revision_range);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_range {
    pub struct_size: u32,
    pub reverse: u32,
    pub prefix: slip_bytes,
    pub from: slip_bytes,
    pub limit: u64,
    pub tombstones: u32,
    pub reserved: u32,
}
sized!(slip_range);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_fold_changes {
    pub struct_size: u32,
    pub reserved: u32,
    pub puts: *const slip_update,
    pub put_count: usize,
    pub removals: *const slip_bytes,
    pub removal_count: usize,
    pub meta: slip_bytes,
}
sized!(slip_fold_changes);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_fold_functions {
    pub struct_size: u32,
    pub reserved: u32,
    pub user: *mut c_void,
    pub snapshot_open: Option<unsafe extern "C" fn(user: *mut c_void, out_snapshot: *mut *mut c_void, out_meta: *mut slip_bytes, text: *mut c_char, text_size: usize) -> slip_status>,
    pub snapshot_close: Option<unsafe extern "C" fn(user: *mut c_void, snapshot: *mut c_void)>,
    pub get: Option<unsafe extern "C" fn(user: *mut c_void, snapshot: *mut c_void, key: *const c_void, key_size: usize, out_row: *mut slip_update, text: *mut c_char, text_size: usize) -> slip_status>,
    pub scan_open: Option<unsafe extern "C" fn(user: *mut c_void, snapshot: *mut c_void, from: *const c_void, from_size: usize, reverse: c_int, out_scan: *mut *mut c_void, text: *mut c_char, text_size: usize) -> slip_status>,
    pub scan_next: Option<unsafe extern "C" fn(user: *mut c_void, scan: *mut c_void, out_rows: *mut slip_update, capacity: usize, out_count: *mut usize, text: *mut c_char, text_size: usize) -> slip_status>,
    pub scan_close: Option<unsafe extern "C" fn(user: *mut c_void, scan: *mut c_void)>,
    pub commit: Option<unsafe extern "C" fn(user: *mut c_void, changes: *const slip_fold_changes, text: *mut c_char, text_size: usize) -> slip_status>,
    pub sync: Option<unsafe extern "C" fn(user: *mut c_void, text: *mut c_char, text_size: usize) -> slip_status>,
    pub check: Option<unsafe extern "C" fn(user: *mut c_void, text: *mut c_char, text_size: usize) -> slip_status>,
    pub close: Option<unsafe extern "C" fn(user: *mut c_void, text: *mut c_char, text_size: usize) -> slip_status>,
    pub destroy: Option<unsafe extern "C" fn(user: *mut c_void)>,
}
sized!(slip_fold_functions);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_artifact_summary {
    pub struct_size: u32,
    pub schema: u32,
    pub cursor: slip_cursor,
    pub entries: u64,
    pub tombstones: u64,
    pub files: u64,
    pub stored_bytes: u64,
    pub logical_bytes: u64,
    pub logical_digest: [c_char; 65],
    pub bucket: [c_char; 129],
    pub reserved: [c_char; 6],
}
sized!(slip_artifact_summary);

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct slip_published {
    pub struct_size: u32,
    pub attempts: u32,
    pub generation: u64,
    pub cursor: slip_cursor,
    pub bytes: u64,
    pub manifest_sha256: [c_char; 65],
    pub reserved: [c_char; 7],
}
sized!(slip_published);
