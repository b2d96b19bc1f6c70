"""The structures of the header, for ctypes.

Made from slipstream.h by bindings/python/generate.py: do not edit.
"""

import ctypes as c

LogFunction = c.CFUNCTYPE(None, c.c_void_p, c.c_int32, c.c_char_p, c.c_char_p)


class StatusRow(c.Structure):
    _fields_ = [
        ("status", c.c_int32), ("retriable", c.c_uint32), ("name", c.c_char_p),
        ("text", c.c_char_p),
    ]


class Bytes(c.Structure):
    _fields_ = [
        ("data", c.c_void_p), ("size", c.c_size_t),
    ]


class Update(c.Structure):
    _fields_ = [
        ("key", Bytes), ("value", Bytes), ("revision", c.c_uint64), ("timestamp_ns", c.c_int64),
        ("ttl_ns", c.c_int64), ("operation", c.c_uint32), ("flags", c.c_uint32),
        ("reserved", c.c_uint64 * 2),
    ]


class Cursor(c.Structure):
    _fields_ = [
        ("epoch", c.c_uint64), ("revision", c.c_uint64),
    ]


class ConnectionState(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("state", c.c_int32), ("reconnects", c.c_uint64),
        ("max_payload_bytes", c.c_uint64), ("round_trip_ns", c.c_int64),
    ]


class BucketState(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("history", c.c_uint32), ("epoch", c.c_uint64),
        ("first_revision", c.c_uint64), ("last_revision", c.c_uint64), ("messages", c.c_uint64),
        ("subjects", c.c_uint64), ("size_bytes", c.c_uint64), ("server_time_ns", c.c_int64),
        ("max_age_ns", c.c_int64), ("max_bytes", c.c_int64), ("max_value_size", c.c_int64),
        ("marker_ttl_ns", c.c_int64), ("replicas", c.c_uint32), ("storage", c.c_uint32),
        ("discard", c.c_uint32), ("per_message_ttl", c.c_uint32), ("max_messages", c.c_int64),
    ]


class Write(c.Structure):
    _fields_ = [
        ("key", Bytes), ("value", Bytes), ("expected_revision", c.c_uint64),
        ("ttl_ns", c.c_int64), ("operation", c.c_uint32), ("flags", c.c_uint32),
        ("reserved", c.c_uint64 * 3),
    ]


class WriteResult(c.Structure):
    _fields_ = [
        ("revision", c.c_uint64), ("status", c.c_int32), ("reserved", c.c_uint32),
    ]


class FeedRequest(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("from_state", c.c_uint32), ("from_revision", c.c_uint64),
        ("prefixes", c.POINTER(Bytes)), ("prefix_count", c.c_size_t),
        ("credit_updates", c.c_size_t), ("credit_bytes", c.c_size_t),
        ("idle_heartbeat_ms", c.c_int64),
    ]


class BucketFunctions(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("capabilities", c.c_uint32), ("user", c.c_void_p),
        ("info", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(BucketState), c.c_void_p, c.c_size_t)),
        ("get", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.c_void_p, c.c_void_p, c.c_size_t)),
        ("at_revision", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_uint64, c.c_void_p, c.c_void_p, c.c_size_t)),
        ("list_open", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.c_int, c.POINTER(c.c_void_p), c.c_void_p, c.c_size_t)),
        ("list_next", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.c_void_p, c.c_void_p, c.c_size_t)),
        ("list_close", c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)),
        ("watch", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(FeedRequest), c.c_void_p, c.POINTER(c.c_void_p), c.c_void_p, c.c_size_t)),
        ("credit", c.CFUNCTYPE(None, c.c_void_p, c.c_void_p, c.c_size_t, c.c_size_t)),
        ("stop", c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)),
        ("destroy", c.CFUNCTYPE(None, c.c_void_p)),
    ]


class Item(c.Structure):
    _fields_ = [
        ("update", c.POINTER(Update)), ("item", c.c_void_p),
    ]


class WatchCallbacks(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("reserved", c.c_uint32), ("user", c.c_void_p),
        ("parse", c.CFUNCTYPE(c.c_void_p, c.c_void_p, c.POINTER(Update))),
        ("apply", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(Item), c.c_size_t, c.c_void_p, c.c_size_t)),
        ("on_applied", c.CFUNCTYPE(None, c.c_void_p, c.POINTER(Cursor), c.c_size_t)),
        ("discard", c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)),
        ("on_end", c.CFUNCTYPE(None, c.c_void_p, c.c_int32, c.c_char_p, c.POINTER(Cursor))),
        ("destroy", c.CFUNCTYPE(None, c.c_void_p)),
    ]


class WatchState(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("state", c.c_int32), ("cursor", Cursor),
        ("end_status", c.c_int32), ("commit_failures", c.c_uint32), ("ready", c.c_uint32),
        ("auditable", c.c_uint32), ("target_revision", c.c_uint64),
        ("server_last_revision", c.c_uint64), ("lag_revisions", c.c_uint64),
        ("lag_ns", c.c_int64), ("received", c.c_uint64), ("applied", c.c_uint64),
        ("rejected", c.c_uint64), ("replayed", c.c_uint64), ("batches", c.c_uint64),
        ("last_batch_updates", c.c_uint64), ("largest_batch_updates", c.c_uint64),
        ("largest_batch_bytes", c.c_uint64), ("reconnects", c.c_uint64), ("restarts", c.c_uint64),
        ("gaps", c.c_uint64), ("audits", c.c_uint64), ("audit_mismatches", c.c_uint64),
        ("resyncs", c.c_uint64), ("sweeps", c.c_uint64), ("rebuilds", c.c_uint64),
        ("last_update_ns", c.c_int64), ("last_contact_ns", c.c_int64),
        ("last_current_ns", c.c_int64), ("contact_age_ns", c.c_int64), ("last_event", c.c_int32),
        ("reserved", c.c_uint32),
    ]


class WatchEvent(c.Structure):
    _fields_ = [
        ("event", c.c_int32), ("reserved", c.c_uint32), ("count", c.c_uint64),
        ("last_revision", c.c_uint64), ("last_ns", c.c_int64), ("name", c.c_char_p),
    ]


class FoldState(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("format", c.c_uint32), ("entries", c.c_uint64),
        ("tombstones", c.c_uint64), ("payload_bytes", c.c_uint64), ("file_bytes", c.c_uint64),
        ("free_bytes", c.c_uint64), ("commits", c.c_uint64), ("snapshots", c.c_uint64),
        ("cursor", Cursor), ("loading", c.c_uint32), ("read_only", c.c_uint32),
    ]


class Compaction(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("outcome", c.c_uint32), ("bytes_before", c.c_uint64),
        ("bytes_after", c.c_uint64), ("segments_before", c.c_uint64),
        ("segments_after", c.c_uint64), ("status", c.c_int32), ("reserved", c.c_uint32),
    ]


class RevisionRange(c.Structure):
    _fields_ = [
        ("from_", c.c_uint64), ("to", c.c_uint64),
    ]


class Range(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("reverse", c.c_uint32), ("prefix", Bytes), ("from_", Bytes),
        ("limit", c.c_uint64), ("tombstones", c.c_uint32), ("reserved", c.c_uint32),
    ]


class FoldChanges(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("reserved", c.c_uint32), ("puts", c.POINTER(Update)),
        ("put_count", c.c_size_t), ("removals", c.POINTER(Bytes)), ("removal_count", c.c_size_t),
        ("meta", Bytes),
    ]


class FoldFunctions(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("reserved", c.c_uint32), ("user", c.c_void_p),
        ("snapshot_open", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(c.c_void_p), c.POINTER(Bytes), c.c_void_p, c.c_size_t)),
        ("snapshot_close", c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)),
        ("get", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.c_void_p, c.c_size_t, c.POINTER(Update), c.c_void_p, c.c_size_t)),
        ("scan_open", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.c_void_p, c.c_size_t, c.c_int, c.POINTER(c.c_void_p), c.c_void_p, c.c_size_t)),
        ("scan_next", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.POINTER(Update), c.c_size_t, c.POINTER(c.c_size_t), c.c_void_p, c.c_size_t)),
        ("scan_close", c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)),
        ("commit", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.POINTER(FoldChanges), c.c_void_p, c.c_size_t)),
        ("sync", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t)),
        ("check", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t)),
        ("close", c.CFUNCTYPE(c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t)),
        ("destroy", c.CFUNCTYPE(None, c.c_void_p)),
    ]


class ArtifactSummary(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("schema", c.c_uint32), ("cursor", Cursor),
        ("entries", c.c_uint64), ("tombstones", c.c_uint64), ("files", c.c_uint64),
        ("stored_bytes", c.c_uint64), ("logical_bytes", c.c_uint64),
        ("logical_digest", c.c_char * 65), ("bucket", c.c_char * 129), ("reserved", c.c_char * 6),
    ]


class Published(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("attempts", c.c_uint32), ("generation", c.c_uint64),
        ("cursor", Cursor), ("bytes", c.c_uint64), ("manifest_sha256", c.c_char * 65),
        ("reserved", c.c_char * 7),
    ]
