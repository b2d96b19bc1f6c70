"""The functions of the header: name, result, arguments.

Made from slipstream.h by bindings/python/generate.py: do not edit.
"""

import ctypes as c
from typing import Any, Dict, Tuple

from ._structs import (
    ArtifactSummary, BucketFunctions, BucketState, Bytes, Compaction, ConnectionState, Cursor,
    FoldFunctions, FoldState, LogFunction, Published, Range, RevisionRange, StatusRow, Update,
    WatchCallbacks, WatchEvent, WatchState, Write, WriteResult,
)

PROTOTYPES: Dict[str, Tuple[Any, ...]] = {
    "slip_version": (c.c_char_p,),
    "slip_abi_epoch": (c.c_uint32,),
    "slip_feature": (c.c_int, c.c_char_p,),
    "slip_status_name": (c.c_char_p, c.c_int32,),
    "slip_status_table": (c.POINTER(StatusRow), c.POINTER(c.c_size_t),),
    "slip_error_code": (c.c_int32, c.c_void_p,),
    "slip_error_message": (c.c_char_p, c.c_void_p,),
    "slip_error_is_retriable": (c.c_int, c.c_void_p,),
    "slip_error_free": (None, c.c_void_p,),
    "slip_text_bytes": (Bytes, c.c_void_p,),
    "slip_text_string": (c.c_char_p, c.c_void_p,),
    "slip_text_free": (None, c.c_void_p,),
    "slip_entry_update": (c.POINTER(Update), c.c_void_p,),
    "slip_entry_free": (None, c.c_void_p,),
    "slip_cursor_format": (
        c.c_int32, c.c_char_p, Cursor, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_cursor_parse": (
        c.c_int32, c.c_char_p, c.POINTER(Cursor), c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_options_new": (c.c_int32, c.c_int32, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),),
    "slip_options_set_string": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_char_p, c.POINTER(c.c_void_p),
    ),
    "slip_options_set_u64": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_uint64, c.POINTER(c.c_void_p),
    ),
    "slip_options_set_bool": (c.c_int32, c.c_void_p, c.c_char_p, c.c_int, c.POINTER(c.c_void_p),),
    "slip_options_set_bytes": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_void_p, c.c_size_t, c.POINTER(c.c_void_p),
    ),
    "slip_options_add": (c.c_int32, c.c_void_p, c.c_char_p, c.c_char_p, c.POINTER(c.c_void_p),),
    "slip_options_describe": (c.c_int32, c.c_int32, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),),
    "slip_options_free": (None, c.c_void_p,),
    "slip_log_set": (c.c_int32, LogFunction, c.c_void_p, c.c_int32, c.POINTER(c.c_void_p),),
    "slip_connect": (
        c.c_int32, c.c_char_p, c.c_void_p, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_connection_status": (
        c.c_int32, c.c_void_p, c.POINTER(ConnectionState), c.POINTER(c.c_void_p),
    ),
    "slip_connection_close": (c.c_int32, c.c_void_p, c.POINTER(c.c_void_p),),
    "slip_connection_free": (None, c.c_void_p,),
    "slip_bucket_create": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_void_p, c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_bucket_open": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_void_p, c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_bucket_delete": (c.c_int32, c.c_void_p, c.c_char_p, c.POINTER(c.c_void_p),),
    "slip_bucket_info": (c.c_int32, c.c_void_p, c.POINTER(BucketState), c.POINTER(c.c_void_p),),
    "slip_bucket_free": (None, c.c_void_p,),
    "slip_bucket_get": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_bucket_keys": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_bucket_scan": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_bucket_put": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.c_void_p, c.c_size_t,
        c.POINTER(c.c_uint64), c.POINTER(c.c_void_p),
    ),
    "slip_bucket_put_if_absent": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.c_void_p, c.c_size_t,
        c.POINTER(c.c_uint64), c.POINTER(c.c_void_p),
    ),
    "slip_bucket_put_if": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.c_void_p, c.c_size_t, c.c_uint64,
        c.POINTER(c.c_uint64), c.POINTER(c.c_void_p),
    ),
    "slip_bucket_remove": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.POINTER(c.c_uint64),
        c.POINTER(c.c_void_p),
    ),
    "slip_bucket_remove_if": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.c_uint64, c.POINTER(c.c_uint64),
        c.POINTER(c.c_void_p),
    ),
    "slip_bucket_purge": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.POINTER(c.c_uint64),
        c.POINTER(c.c_void_p),
    ),
    "slip_bucket_put_many": (
        c.c_int32, c.c_void_p, c.POINTER(Write), c.c_size_t, c.POINTER(WriteResult),
        c.POINTER(c.c_void_p),
    ),
    "slip_bucket_open_foreign": (
        c.c_int32, c.c_char_p, c.POINTER(BucketFunctions), c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_answer_add": (
        c.c_int32, c.c_void_p, c.POINTER(Update), c.c_size_t, c.POINTER(c.c_void_p),
    ),
    "slip_feed_append": (
        c.c_int32, c.c_void_p, c.POINTER(Update), c.c_size_t, c.c_uint64, c.c_int64,
        c.POINTER(c.c_void_p),
    ),
    "slip_feed_progress": (c.c_int32, c.c_void_p, c.c_uint64, c.c_uint64, c.POINTER(c.c_void_p),),
    "slip_feed_state_end": (c.c_int32, c.c_void_p, c.c_uint64, c.POINTER(c.c_void_p),),
    "slip_feed_end": (
        c.c_int32, c.c_void_p, c.c_int32, c.c_char_p, c.c_int, c.POINTER(c.c_void_p),
    ),
    "slip_feed_free": (None, c.c_void_p,),
    "slip_watch_start": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_void_p, c.POINTER(WatchCallbacks),
        c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_watch_open": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_void_p, c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_watch_next": (
        c.c_int32, c.c_void_p, c.c_int64, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_batch_updates": (c.POINTER(Update), c.c_void_p, c.POINTER(c.c_size_t),),
    "slip_batch_arena": (Bytes, c.c_void_p,),
    "slip_batch_cursor": (Cursor, c.c_void_p,),
    "slip_batch_ack": (c.c_int32, c.c_void_p, c.POINTER(c.c_void_p),),
    "slip_batch_free": (None, c.c_void_p,),
    "slip_watch_status": (c.c_int32, c.c_void_p, c.POINTER(WatchState), c.POINTER(c.c_void_p),),
    "slip_watch_events": (
        c.c_int32, c.c_void_p, c.POINTER(WatchEvent), c.c_size_t, c.POINTER(c.c_size_t),
        c.POINTER(c.c_void_p),
    ),
    "slip_watch_event_name": (c.c_char_p, c.c_int32,),
    "slip_watch_wait_caught_up": (c.c_int32, c.c_void_p, c.c_int64, c.POINTER(c.c_void_p),),
    "slip_watch_wait_revision": (
        c.c_int32, c.c_void_p, c.c_uint64, c.c_int64, c.POINTER(c.c_void_p),
    ),
    "slip_watch_cancel": (c.c_int32, c.c_void_p,),
    "slip_watch_interrupt": (c.c_int32, c.c_void_p,),
    "slip_watch_close": (c.c_int32, c.c_void_p, c.POINTER(Cursor), c.POINTER(c.c_void_p),),
    "slip_watch_free": (None, c.c_void_p,),
    "slip_fold_open": (
        c.c_int32, c.c_char_p, c.c_void_p, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_fold_apply": (
        c.c_int32, c.c_void_p, c.c_char_p, c.POINTER(Update), c.c_size_t, Cursor,
        c.POINTER(c.c_void_p),
    ),
    "slip_fold_get": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_fold_cursor": (
        c.c_int32, c.c_void_p, c.POINTER(Cursor), c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_fold_stats": (c.c_int32, c.c_void_p, c.POINTER(FoldState), c.POINTER(c.c_void_p),),
    "slip_fold_check": (c.c_int32, c.c_void_p, c.POINTER(c.c_uint64), c.POINTER(c.c_void_p),),
    "slip_fold_sync": (c.c_int32, c.c_void_p, c.POINTER(c.c_void_p),),
    "slip_fold_close": (c.c_int32, c.c_void_p, c.POINTER(c.c_void_p),),
    "slip_fold_free": (None, c.c_void_p,),
    "slip_fold_compact": (
        c.c_int32, c.c_void_p, c.POINTER(Compaction), c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_fold_hide": (c.c_int32, c.c_void_p, RevisionRange, c.POINTER(c.c_void_p),),
    "slip_fold_unhide": (c.c_int32, c.c_void_p, RevisionRange, c.POINTER(c.c_void_p),),
    "slip_fold_hidden": (
        c.c_int32, c.c_void_p, c.POINTER(RevisionRange), c.c_size_t, c.POINTER(c.c_size_t),
        c.POINTER(c.c_void_p),
    ),
    "slip_consumer_position_load": (
        c.c_int32, c.c_void_p, c.c_char_p, c.POINTER(Cursor), c.POINTER(c.c_void_p),
    ),
    "slip_consumer_position_save": (
        c.c_int32, c.c_void_p, c.c_char_p, Cursor, c.POINTER(c.c_void_p),
    ),
    "slip_snapshot_open": (c.c_int32, c.c_void_p, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),),
    "slip_snapshot_refresh": (c.c_int32, c.c_void_p, c.POINTER(c.c_void_p),),
    "slip_snapshot_cursor": (Cursor, c.c_void_p,),
    "slip_snapshot_get": (
        c.c_int32, c.c_void_p, c.c_void_p, c.c_size_t, c.POINTER(Update), c.POINTER(c.c_void_p),
    ),
    "slip_snapshot_range": (
        c.c_int32, c.c_void_p, c.POINTER(Range), c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_snapshot_free": (None, c.c_void_p,),
    "slip_iterator_next": (
        c.c_int32, c.c_void_p, c.POINTER(Update), c.c_size_t, c.POINTER(c.c_size_t),
        c.POINTER(c.c_void_p),
    ),
    "slip_iterator_free": (None, c.c_void_p,),
    "slip_fold_open_foreign": (
        c.c_int32, c.c_char_p, c.POINTER(FoldFunctions), c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_fold_export": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_void_p, c.POINTER(ArtifactSummary),
        c.POINTER(c.c_void_p),
    ),
    "slip_watch_export": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_void_p, c.POINTER(ArtifactSummary),
        c.POINTER(c.c_void_p),
    ),
    "slip_artifact_verify": (
        c.c_int32, c.c_char_p, c.POINTER(ArtifactSummary), c.POINTER(c.c_void_p),
    ),
    "slip_artifact_info": (c.c_int32, c.c_char_p, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),),
    "slip_fold_import": (
        c.c_int32, c.c_char_p, c.c_char_p, c.c_void_p, c.POINTER(ArtifactSummary),
        c.POINTER(c.c_void_p),
    ),
    "slip_fold_import_into": (
        c.c_int32, c.c_char_p, c.c_void_p, c.c_void_p, c.POINTER(ArtifactSummary),
        c.POINTER(c.c_void_p),
    ),
    "slip_object_store_open": (
        c.c_int32, c.c_char_p, c.c_void_p, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_object_store_get": (
        c.c_int32, c.c_void_p, c.c_char_p, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_object_store_put": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_void_p, c.c_size_t, c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_object_store_put_if": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_void_p, c.c_size_t, c.c_char_p,
        c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_object_store_list": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_char_p, c.c_size_t, c.POINTER(c.c_void_p),
        c.POINTER(c.c_void_p),
    ),
    "slip_object_store_remove": (c.c_int32, c.c_void_p, c.c_char_p, c.POINTER(c.c_void_p),),
    "slip_object_store_free": (None, c.c_void_p,),
    "slip_publish": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_char_p, c.c_void_p, c.POINTER(Published),
        c.POINTER(c.c_void_p),
    ),
    "slip_pointer_read": (
        c.c_int32, c.c_void_p, c.c_char_p, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),
    ),
    "slip_download": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_char_p, c.c_void_p, c.POINTER(ArtifactSummary),
        c.POINTER(c.c_void_p),
    ),
    "slip_bootstrap": (
        c.c_int32, c.c_void_p, c.c_char_p, c.c_char_p, c.c_void_p, c.POINTER(ArtifactSummary),
        c.POINTER(c.c_void_p),
    ),
    "slip_metrics_text": (c.c_int32, c.POINTER(c.c_void_p), c.POINTER(c.c_void_p),),
}
