"""What the library reports, as named tuples: each field as the header says.

Made from slipstream.h by bindings/python/generate.py: do not edit.
"""

from typing import NamedTuple

from .cursor import Cursor


class ConnectionState(NamedTuple):
    """slip_connection_state of slipstream.h."""

    state: int
    reconnects: int
    max_payload_bytes: int
    round_trip_ns: int


class BucketState(NamedTuple):
    """slip_bucket_state of slipstream.h."""

    history: int
    epoch: int
    first_revision: int
    last_revision: int
    messages: int
    subjects: int
    size_bytes: int
    server_time_ns: int
    max_age_ns: int
    max_bytes: int
    max_value_size: int
    marker_ttl_ns: int
    replicas: int
    storage: int
    discard: int
    per_message_ttl: int
    max_messages: int


class WatchState(NamedTuple):
    """slip_watch_state of slipstream.h."""

    state: int
    cursor: Cursor
    end_status: int
    commit_failures: int
    ready: int
    auditable: int
    target_revision: int
    server_last_revision: int
    lag_revisions: int
    lag_ns: int
    received: int
    applied: int
    rejected: int
    replayed: int
    batches: int
    last_batch_updates: int
    largest_batch_updates: int
    largest_batch_bytes: int
    reconnects: int
    restarts: int
    gaps: int
    audits: int
    audit_mismatches: int
    resyncs: int
    sweeps: int
    rebuilds: int
    last_update_ns: int
    last_contact_ns: int
    last_current_ns: int
    contact_age_ns: int
    last_event: int


class FoldState(NamedTuple):
    """slip_fold_state of slipstream.h."""

    format: int
    entries: int
    tombstones: int
    payload_bytes: int
    file_bytes: int
    free_bytes: int
    commits: int
    snapshots: int
    cursor: Cursor
    loading: int
    read_only: int


class Compaction(NamedTuple):
    """slip_compaction of slipstream.h."""

    outcome: int
    bytes_before: int
    bytes_after: int
    segments_before: int
    segments_after: int
    status: int


class ArtifactSummary(NamedTuple):
    """slip_artifact_summary of slipstream.h."""

    schema: int
    cursor: Cursor
    entries: int
    tombstones: int
    files: int
    stored_bytes: int
    logical_bytes: int
    logical_digest: str
    bucket: str


class Published(NamedTuple):
    """slip_published of slipstream.h."""

    attempts: int
    generation: int
    cursor: Cursor
    bytes: int
    manifest_sha256: str
