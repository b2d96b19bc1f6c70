// Made by bindings/rust/generate.py: do not edit.
use super::{CompactionOutcome, ConnectionPhase, Discard, Event, Status, Storage, WatchPhase};
use crate::{Cursor, text::fixed_text};
use slipstream_sys as sys;

/// What `slip_connection_state` of slipstream.h reports, field for field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConnectionState {
    /// As in slipstream.h.
    pub state: ConnectionPhase,
    /// As in slipstream.h.
    pub reconnects: u64,
    /// As in slipstream.h.
    pub max_payload_bytes: u64,
    /// As in slipstream.h.
    pub round_trip_ns: i64,
}

impl From<&sys::slip_connection_state> for ConnectionState {
    fn from(state: &sys::slip_connection_state) -> Self {
        Self {
            state: state.state.into(),
            reconnects: state.reconnects,
            max_payload_bytes: state.max_payload_bytes,
            round_trip_ns: state.round_trip_ns,
        }
    }
}

/// What `slip_bucket_state` of slipstream.h reports, field for field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BucketState {
    /// As in slipstream.h.
    pub history: u32,
    /// As in slipstream.h.
    pub epoch: u64,
    /// As in slipstream.h.
    pub first_revision: u64,
    /// As in slipstream.h.
    pub last_revision: u64,
    /// As in slipstream.h.
    pub messages: u64,
    /// As in slipstream.h.
    pub subjects: u64,
    /// As in slipstream.h.
    pub size_bytes: u64,
    /// As in slipstream.h.
    pub server_time_ns: i64,
    /// As in slipstream.h.
    pub max_age_ns: i64,
    /// As in slipstream.h.
    pub max_bytes: i64,
    /// As in slipstream.h.
    pub max_value_size: i64,
    /// As in slipstream.h.
    pub marker_ttl_ns: i64,
    /// As in slipstream.h.
    pub replicas: u32,
    /// As in slipstream.h.
    pub storage: Storage,
    /// As in slipstream.h.
    pub discard: Discard,
    /// As in slipstream.h.
    pub per_message_ttl: bool,
    /// As in slipstream.h.
    pub max_messages: i64,
}

impl From<&sys::slip_bucket_state> for BucketState {
    fn from(state: &sys::slip_bucket_state) -> Self {
        Self {
            history: state.history,
            epoch: state.epoch,
            first_revision: state.first_revision,
            last_revision: state.last_revision,
            messages: state.messages,
            subjects: state.subjects,
            size_bytes: state.size_bytes,
            server_time_ns: state.server_time_ns,
            max_age_ns: state.max_age_ns,
            max_bytes: state.max_bytes,
            max_value_size: state.max_value_size,
            marker_ttl_ns: state.marker_ttl_ns,
            replicas: state.replicas,
            storage: state.storage.into(),
            discard: state.discard.into(),
            per_message_ttl: state.per_message_ttl != 0,
            max_messages: state.max_messages,
        }
    }
}

impl BucketState {
    pub(crate) fn write_to(&self, state: &mut sys::slip_bucket_state) {
        state.history = self.history;
        state.epoch = self.epoch;
        state.first_revision = self.first_revision;
        state.last_revision = self.last_revision;
        state.messages = self.messages;
        state.subjects = self.subjects;
        state.size_bytes = self.size_bytes;
        state.server_time_ns = self.server_time_ns;
        state.max_age_ns = self.max_age_ns;
        state.max_bytes = self.max_bytes;
        state.max_value_size = self.max_value_size;
        state.marker_ttl_ns = self.marker_ttl_ns;
        state.replicas = self.replicas;
        state.storage = self.storage.into();
        state.discard = self.discard.into();
        state.per_message_ttl = self.per_message_ttl.into();
        state.max_messages = self.max_messages;
    }
}

/// What `slip_watch_state` of slipstream.h reports, field for field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WatchState {
    /// As in slipstream.h.
    pub state: WatchPhase,
    /// As in slipstream.h.
    pub cursor: Cursor,
    /// As in slipstream.h.
    pub end_status: Status,
    /// As in slipstream.h.
    pub commit_failures: u32,
    /// As in slipstream.h.
    pub ready: bool,
    /// As in slipstream.h.
    pub auditable: bool,
    /// As in slipstream.h.
    pub target_revision: u64,
    /// As in slipstream.h.
    pub server_last_revision: u64,
    /// As in slipstream.h.
    pub lag_revisions: u64,
    /// As in slipstream.h.
    pub lag_ns: i64,
    /// As in slipstream.h.
    pub received: u64,
    /// As in slipstream.h.
    pub applied: u64,
    /// As in slipstream.h.
    pub rejected: u64,
    /// As in slipstream.h.
    pub replayed: u64,
    /// As in slipstream.h.
    pub batches: u64,
    /// As in slipstream.h.
    pub last_batch_updates: u64,
    /// As in slipstream.h.
    pub largest_batch_updates: u64,
    /// As in slipstream.h.
    pub largest_batch_bytes: u64,
    /// As in slipstream.h.
    pub reconnects: u64,
    /// As in slipstream.h.
    pub restarts: u64,
    /// As in slipstream.h.
    pub gaps: u64,
    /// As in slipstream.h.
    pub audits: u64,
    /// As in slipstream.h.
    pub audit_mismatches: u64,
    /// As in slipstream.h.
    pub resyncs: u64,
    /// As in slipstream.h.
    pub sweeps: u64,
    /// As in slipstream.h.
    pub rebuilds: u64,
    /// As in slipstream.h.
    pub last_update_ns: i64,
    /// As in slipstream.h.
    pub last_contact_ns: i64,
    /// As in slipstream.h.
    pub last_current_ns: i64,
    /// As in slipstream.h.
    pub contact_age_ns: i64,
    /// As in slipstream.h.
    pub last_event: Option<Event>,
}

impl From<&sys::slip_watch_state> for WatchState {
    fn from(state: &sys::slip_watch_state) -> Self {
        Self {
            state: state.state.into(),
            cursor: state.cursor.into(),
            end_status: state.end_status.into(),
            commit_failures: state.commit_failures,
            ready: state.ready != 0,
            auditable: state.auditable != 0,
            target_revision: state.target_revision,
            server_last_revision: state.server_last_revision,
            lag_revisions: state.lag_revisions,
            lag_ns: state.lag_ns,
            received: state.received,
            applied: state.applied,
            rejected: state.rejected,
            replayed: state.replayed,
            batches: state.batches,
            last_batch_updates: state.last_batch_updates,
            largest_batch_updates: state.largest_batch_updates,
            largest_batch_bytes: state.largest_batch_bytes,
            reconnects: state.reconnects,
            restarts: state.restarts,
            gaps: state.gaps,
            audits: state.audits,
            audit_mismatches: state.audit_mismatches,
            resyncs: state.resyncs,
            sweeps: state.sweeps,
            rebuilds: state.rebuilds,
            last_update_ns: state.last_update_ns,
            last_contact_ns: state.last_contact_ns,
            last_current_ns: state.last_current_ns,
            contact_age_ns: state.contact_age_ns,
            last_event: (state.last_event != 0).then(|| Event::from(state.last_event)),
        }
    }
}

/// What `slip_fold_state` of slipstream.h reports, field for field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoldState {
    /// As in slipstream.h.
    pub format: u32,
    /// As in slipstream.h.
    pub entries: u64,
    /// As in slipstream.h.
    pub tombstones: u64,
    /// As in slipstream.h.
    pub payload_bytes: u64,
    /// As in slipstream.h.
    pub file_bytes: u64,
    /// As in slipstream.h.
    pub free_bytes: u64,
    /// As in slipstream.h.
    pub commits: u64,
    /// As in slipstream.h.
    pub snapshots: u64,
    /// As in slipstream.h.
    pub cursor: Cursor,
    /// As in slipstream.h.
    pub loading: bool,
    /// As in slipstream.h.
    pub read_only: bool,
}

impl From<&sys::slip_fold_state> for FoldState {
    fn from(state: &sys::slip_fold_state) -> Self {
        Self {
            format: state.format,
            entries: state.entries,
            tombstones: state.tombstones,
            payload_bytes: state.payload_bytes,
            file_bytes: state.file_bytes,
            free_bytes: state.free_bytes,
            commits: state.commits,
            snapshots: state.snapshots,
            cursor: state.cursor.into(),
            loading: state.loading != 0,
            read_only: state.read_only != 0,
        }
    }
}

/// What `slip_compaction` of slipstream.h reports, field for field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Compaction {
    /// As in slipstream.h.
    pub outcome: CompactionOutcome,
    /// As in slipstream.h.
    pub bytes_before: u64,
    /// As in slipstream.h.
    pub bytes_after: u64,
    /// As in slipstream.h.
    pub segments_before: u64,
    /// As in slipstream.h.
    pub segments_after: u64,
    /// As in slipstream.h.
    pub status: Status,
}

impl From<&sys::slip_compaction> for Compaction {
    fn from(state: &sys::slip_compaction) -> Self {
        Self {
            outcome: state.outcome.into(),
            bytes_before: state.bytes_before,
            bytes_after: state.bytes_after,
            segments_before: state.segments_before,
            segments_after: state.segments_after,
            status: state.status.into(),
        }
    }
}

/// What `slip_artifact_summary` of slipstream.h reports, field for field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ArtifactSummary {
    /// As in slipstream.h.
    pub schema: u32,
    /// As in slipstream.h.
    pub cursor: Cursor,
    /// As in slipstream.h.
    pub entries: u64,
    /// As in slipstream.h.
    pub tombstones: u64,
    /// As in slipstream.h.
    pub files: u64,
    /// As in slipstream.h.
    pub stored_bytes: u64,
    /// As in slipstream.h.
    pub logical_bytes: u64,
    /// As in slipstream.h.
    pub logical_digest: String,
    /// As in slipstream.h.
    pub bucket: String,
}

impl From<&sys::slip_artifact_summary> for ArtifactSummary {
    fn from(state: &sys::slip_artifact_summary) -> Self {
        Self {
            schema: state.schema,
            cursor: state.cursor.into(),
            entries: state.entries,
            tombstones: state.tombstones,
            files: state.files,
            stored_bytes: state.stored_bytes,
            logical_bytes: state.logical_bytes,
            logical_digest: fixed_text(&state.logical_digest),
            bucket: fixed_text(&state.bucket),
        }
    }
}

/// What `slip_published` of slipstream.h reports, field for field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Published {
    /// As in slipstream.h.
    pub attempts: u32,
    /// As in slipstream.h.
    pub generation: u64,
    /// As in slipstream.h.
    pub cursor: Cursor,
    /// As in slipstream.h.
    pub bytes: u64,
    /// As in slipstream.h.
    pub manifest_sha256: String,
}

impl From<&sys::slip_published> for Published {
    fn from(state: &sys::slip_published) -> Self {
        Self {
            attempts: state.attempts,
            generation: state.generation,
            cursor: state.cursor.into(),
            bytes: state.bytes,
            manifest_sha256: fixed_text(&state.manifest_sha256),
        }
    }
}
