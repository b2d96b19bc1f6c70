// Made by bindings/rust/generate.py: do not edit.
//! The functions of the header.
#![allow(missing_docs)]
use crate::structs::*;
use core::ffi::{c_char, c_int, c_void};

unsafe extern "C" {
    pub fn slip_version() -> *const c_char;
    pub fn slip_abi_epoch() -> u32;
    pub fn slip_feature(name: *const c_char) -> c_int;
    pub fn slip_status_name(status: slip_status) -> *const c_char;
    pub fn slip_status_table(out_count: *mut usize) -> *const slip_status_row;
    pub fn slip_error_code(error: *const slip_error) -> slip_status;
    pub fn slip_error_message(error: *const slip_error) -> *const c_char;
    pub fn slip_error_is_retriable(error: *const slip_error) -> c_int;
    pub fn slip_error_free(error: *mut slip_error);
    pub fn slip_text_bytes(text: *const slip_text) -> slip_bytes;
    pub fn slip_text_string(text: *const slip_text) -> *const c_char;
    pub fn slip_text_free(text: *mut slip_text);
    pub fn slip_entry_update(entry: *const slip_entry) -> *const slip_update;
    pub fn slip_entry_free(entry: *mut slip_entry);
    pub fn slip_cursor_format(bucket: *const c_char, cursor: slip_cursor, out_text: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_cursor_parse(text: *const c_char, out_cursor: *mut slip_cursor, out_bucket: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_options_new(kind: i32, out_options: *mut *mut slip_options, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_options_set_string(options: *mut slip_options, name: *const c_char, value: *const c_char, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_options_set_u64(options: *mut slip_options, name: *const c_char, value: u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_options_set_bool(options: *mut slip_options, name: *const c_char, value: c_int, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_options_set_bytes(options: *mut slip_options, name: *const c_char, data: *const c_void, size: usize, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_options_add(options: *mut slip_options, name: *const c_char, value: *const c_char, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_options_describe(kind: i32, out_json: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_options_free(options: *mut slip_options);
    pub fn slip_log_set(function: slip_log_function, user: *mut c_void, level: i32, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_connect(url: *const c_char, options: *const slip_options, out_connection: *mut *mut slip_connection, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_connection_status(connection: *mut slip_connection, out_state: *mut slip_connection_state, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_connection_close(connection: *mut slip_connection, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_connection_free(connection: *mut slip_connection);
    pub fn slip_bucket_create(connection: *mut slip_connection, name: *const c_char, options: *const slip_options, out_bucket: *mut *mut slip_bucket, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_open(connection: *mut slip_connection, name: *const c_char, options: *const slip_options, out_bucket: *mut *mut slip_bucket, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_delete(connection: *mut slip_connection, name: *const c_char, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_info(bucket: *mut slip_bucket, out_state: *mut slip_bucket_state, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_free(bucket: *mut slip_bucket);
    pub fn slip_bucket_get(bucket: *mut slip_bucket, key: *const c_void, key_size: usize, out_entry: *mut *mut slip_entry, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_keys(bucket: *mut slip_bucket, prefix: *const c_void, prefix_size: usize, out_iterator: *mut *mut slip_iterator, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_scan(bucket: *mut slip_bucket, prefix: *const c_void, prefix_size: usize, out_iterator: *mut *mut slip_iterator, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_put(bucket: *mut slip_bucket, key: *const c_void, key_size: usize, value: *const c_void, value_size: usize, out_revision: *mut u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_put_if_absent(bucket: *mut slip_bucket, key: *const c_void, key_size: usize, value: *const c_void, value_size: usize, out_revision: *mut u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_put_if(bucket: *mut slip_bucket, key: *const c_void, key_size: usize, value: *const c_void, value_size: usize, revision: u64, out_revision: *mut u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_remove(bucket: *mut slip_bucket, key: *const c_void, key_size: usize, out_revision: *mut u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_remove_if(bucket: *mut slip_bucket, key: *const c_void, key_size: usize, revision: u64, out_revision: *mut u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_purge(bucket: *mut slip_bucket, key: *const c_void, key_size: usize, out_revision: *mut u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_put_many(bucket: *mut slip_bucket, writes: *const slip_write, count: usize, out_results: *mut slip_write_result, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bucket_open_foreign(name: *const c_char, functions: *const slip_bucket_functions, out_bucket: *mut *mut slip_bucket, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_answer_add(answer: *mut slip_answer, updates: *const slip_update, count: usize, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_feed_append(feed: *mut slip_feed, updates: *const slip_update, count: usize, first_delivery: u64, timeout_ms: i64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_feed_progress(feed: *mut slip_feed, delivery: u64, revision: u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_feed_state_end(feed: *mut slip_feed, revision: u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_feed_end(feed: *mut slip_feed, status: slip_status, text: *const c_char, retriable: c_int, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_feed_free(feed: *mut slip_feed);
    pub fn slip_watch_start(bucket: *mut slip_bucket, fold: *mut slip_fold, options: *const slip_options, callbacks: *const slip_watch_callbacks, out_watch: *mut *mut slip_watch, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_watch_open(bucket: *mut slip_bucket, fold: *mut slip_fold, options: *const slip_options, out_watch: *mut *mut slip_watch, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_watch_next(watch: *mut slip_watch, timeout_ms: i64, out_batch: *mut *mut slip_batch, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_batch_updates(batch: *const slip_batch, out_count: *mut usize) -> *const slip_update;
    pub fn slip_batch_arena(batch: *const slip_batch) -> slip_bytes;
    pub fn slip_batch_cursor(batch: *const slip_batch) -> slip_cursor;
    pub fn slip_batch_ack(batch: *mut slip_batch, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_batch_free(batch: *mut slip_batch);
    pub fn slip_watch_status(watch: *mut slip_watch, out_state: *mut slip_watch_state, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_watch_events(watch: *mut slip_watch, out_events: *mut slip_watch_event, capacity: usize, out_count: *mut usize, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_watch_event_name(event: i32) -> *const c_char;
    pub fn slip_watch_wait_caught_up(watch: *mut slip_watch, timeout_ms: i64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_watch_wait_revision(watch: *mut slip_watch, revision: u64, timeout_ms: i64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_watch_cancel(watch: *mut slip_watch) -> slip_status;
    pub fn slip_watch_interrupt(watch: *mut slip_watch) -> slip_status;
    pub fn slip_watch_close(watch: *mut slip_watch, out_cursor: *mut slip_cursor, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_watch_free(watch: *mut slip_watch);
    pub fn slip_fold_open(url: *const c_char, options: *const slip_options, out_fold: *mut *mut slip_fold, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_apply(fold: *mut slip_fold, bucket: *const c_char, updates: *const slip_update, count: usize, cursor: slip_cursor, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_get(fold: *mut slip_fold, key: *const c_void, key_size: usize, out_entry: *mut *mut slip_entry, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_cursor(fold: *mut slip_fold, out_cursor: *mut slip_cursor, out_bucket: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_stats(fold: *mut slip_fold, out_state: *mut slip_fold_state, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_check(fold: *mut slip_fold, out_checked: *mut u64, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_sync(fold: *mut slip_fold, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_close(fold: *mut slip_fold, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_free(fold: *mut slip_fold);
    pub fn slip_fold_compact(fold: *mut slip_fold, out_compaction: *mut slip_compaction, out_reason: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_hide(fold: *mut slip_fold, range: slip_revision_range, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_unhide(fold: *mut slip_fold, range: slip_revision_range, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_hidden(fold: *mut slip_fold, out_ranges: *mut slip_revision_range, capacity: usize, out_count: *mut usize, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_consumer_position_load(fold: *mut slip_fold, name: *const c_char, out_cursor: *mut slip_cursor, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_consumer_position_save(fold: *mut slip_fold, name: *const c_char, cursor: slip_cursor, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_snapshot_open(fold: *mut slip_fold, out_snapshot: *mut *mut slip_snapshot, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_snapshot_refresh(snapshot: *mut slip_snapshot, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_snapshot_cursor(snapshot: *const slip_snapshot) -> slip_cursor;
    pub fn slip_snapshot_get(snapshot: *mut slip_snapshot, key: *const c_void, key_size: usize, out_update: *mut slip_update, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_snapshot_range(snapshot: *mut slip_snapshot, range: *const slip_range, out_iterator: *mut *mut slip_iterator, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_snapshot_free(snapshot: *mut slip_snapshot);
    pub fn slip_iterator_next(iterator: *mut slip_iterator, out_updates: *mut slip_update, capacity: usize, out_count: *mut usize, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_iterator_free(iterator: *mut slip_iterator);
    pub fn slip_fold_open_foreign(name: *const c_char, functions: *const slip_fold_functions, out_fold: *mut *mut slip_fold, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_export(fold: *mut slip_fold, directory: *const c_char, options: *const slip_options, out_summary: *mut slip_artifact_summary, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_watch_export(watch: *mut slip_watch, directory: *const c_char, options: *const slip_options, out_summary: *mut slip_artifact_summary, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_artifact_verify(directory: *const c_char, out_summary: *mut slip_artifact_summary, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_artifact_info(directory: *const c_char, out_json: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_import(directory: *const c_char, url: *const c_char, options: *const slip_options, out_summary: *mut slip_artifact_summary, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_fold_import_into(directory: *const c_char, fold: *mut slip_fold, options: *const slip_options, out_summary: *mut slip_artifact_summary, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_object_store_open(url: *const c_char, options: *const slip_options, out_store: *mut *mut slip_object_store, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_object_store_get(store: *mut slip_object_store, name: *const c_char, out_data: *mut *mut slip_text, out_tag: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_object_store_put(store: *mut slip_object_store, name: *const c_char, data: *const c_void, size: usize, out_tag: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_object_store_put_if(store: *mut slip_object_store, name: *const c_char, data: *const c_void, size: usize, expected_tag: *const c_char, out_tag: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_object_store_list(store: *mut slip_object_store, prefix: *const c_char, after: *const c_char, limit: usize, out_json: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_object_store_remove(store: *mut slip_object_store, name: *const c_char, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_object_store_free(store: *mut slip_object_store);
    pub fn slip_publish(store: *mut slip_object_store, key: *const c_char, directory: *const c_char, options: *const slip_options, out_published: *mut slip_published, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_pointer_read(store: *mut slip_object_store, key: *const c_char, out_json: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_download(store: *mut slip_object_store, key: *const c_char, directory: *const c_char, options: *const slip_options, out_summary: *mut slip_artifact_summary, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_bootstrap(store: *mut slip_object_store, key: *const c_char, url: *const c_char, options: *const slip_options, out_summary: *mut slip_artifact_summary, error: *mut *mut slip_error) -> slip_status;
    pub fn slip_metrics_text(out_text: *mut *mut slip_text, error: *mut *mut slip_error) -> slip_status;
}

/// Every function: the name with its address, so that a test links each.
#[doc(hidden)]
pub fn every_symbol() -> [(&'static str, *const c_void); 110] {
    [
        ("slip_version", slip_version as *const c_void),
        ("slip_abi_epoch", slip_abi_epoch as *const c_void),
        ("slip_feature", slip_feature as *const c_void),
        ("slip_status_name", slip_status_name as *const c_void),
        ("slip_status_table", slip_status_table as *const c_void),
        ("slip_error_code", slip_error_code as *const c_void),
        ("slip_error_message", slip_error_message as *const c_void),
        ("slip_error_is_retriable", slip_error_is_retriable as *const c_void),
        ("slip_error_free", slip_error_free as *const c_void),
        ("slip_text_bytes", slip_text_bytes as *const c_void),
        ("slip_text_string", slip_text_string as *const c_void),
        ("slip_text_free", slip_text_free as *const c_void),
        ("slip_entry_update", slip_entry_update as *const c_void),
        ("slip_entry_free", slip_entry_free as *const c_void),
        ("slip_cursor_format", slip_cursor_format as *const c_void),
        ("slip_cursor_parse", slip_cursor_parse as *const c_void),
        ("slip_options_new", slip_options_new as *const c_void),
        ("slip_options_set_string", slip_options_set_string as *const c_void),
        ("slip_options_set_u64", slip_options_set_u64 as *const c_void),
        ("slip_options_set_bool", slip_options_set_bool as *const c_void),
        ("slip_options_set_bytes", slip_options_set_bytes as *const c_void),
        ("slip_options_add", slip_options_add as *const c_void),
        ("slip_options_describe", slip_options_describe as *const c_void),
        ("slip_options_free", slip_options_free as *const c_void),
        ("slip_log_set", slip_log_set as *const c_void),
        ("slip_connect", slip_connect as *const c_void),
        ("slip_connection_status", slip_connection_status as *const c_void),
        ("slip_connection_close", slip_connection_close as *const c_void),
        ("slip_connection_free", slip_connection_free as *const c_void),
        ("slip_bucket_create", slip_bucket_create as *const c_void),
        ("slip_bucket_open", slip_bucket_open as *const c_void),
        ("slip_bucket_delete", slip_bucket_delete as *const c_void),
        ("slip_bucket_info", slip_bucket_info as *const c_void),
        ("slip_bucket_free", slip_bucket_free as *const c_void),
        ("slip_bucket_get", slip_bucket_get as *const c_void),
        ("slip_bucket_keys", slip_bucket_keys as *const c_void),
        ("slip_bucket_scan", slip_bucket_scan as *const c_void),
        ("slip_bucket_put", slip_bucket_put as *const c_void),
        ("slip_bucket_put_if_absent", slip_bucket_put_if_absent as *const c_void),
        ("slip_bucket_put_if", slip_bucket_put_if as *const c_void),
        ("slip_bucket_remove", slip_bucket_remove as *const c_void),
        ("slip_bucket_remove_if", slip_bucket_remove_if as *const c_void),
        ("slip_bucket_purge", slip_bucket_purge as *const c_void),
        ("slip_bucket_put_many", slip_bucket_put_many as *const c_void),
        ("slip_bucket_open_foreign", slip_bucket_open_foreign as *const c_void),
        ("slip_answer_add", slip_answer_add as *const c_void),
        ("slip_feed_append", slip_feed_append as *const c_void),
        ("slip_feed_progress", slip_feed_progress as *const c_void),
        ("slip_feed_state_end", slip_feed_state_end as *const c_void),
        ("slip_feed_end", slip_feed_end as *const c_void),
        ("slip_feed_free", slip_feed_free as *const c_void),
        ("slip_watch_start", slip_watch_start as *const c_void),
        ("slip_watch_open", slip_watch_open as *const c_void),
        ("slip_watch_next", slip_watch_next as *const c_void),
        ("slip_batch_updates", slip_batch_updates as *const c_void),
        ("slip_batch_arena", slip_batch_arena as *const c_void),
        ("slip_batch_cursor", slip_batch_cursor as *const c_void),
        ("slip_batch_ack", slip_batch_ack as *const c_void),
        ("slip_batch_free", slip_batch_free as *const c_void),
        ("slip_watch_status", slip_watch_status as *const c_void),
        ("slip_watch_events", slip_watch_events as *const c_void),
        ("slip_watch_event_name", slip_watch_event_name as *const c_void),
        ("slip_watch_wait_caught_up", slip_watch_wait_caught_up as *const c_void),
        ("slip_watch_wait_revision", slip_watch_wait_revision as *const c_void),
        ("slip_watch_cancel", slip_watch_cancel as *const c_void),
        ("slip_watch_interrupt", slip_watch_interrupt as *const c_void),
        ("slip_watch_close", slip_watch_close as *const c_void),
        ("slip_watch_free", slip_watch_free as *const c_void),
        ("slip_fold_open", slip_fold_open as *const c_void),
        ("slip_fold_apply", slip_fold_apply as *const c_void),
        ("slip_fold_get", slip_fold_get as *const c_void),
        ("slip_fold_cursor", slip_fold_cursor as *const c_void),
        ("slip_fold_stats", slip_fold_stats as *const c_void),
        ("slip_fold_check", slip_fold_check as *const c_void),
        ("slip_fold_sync", slip_fold_sync as *const c_void),
        ("slip_fold_close", slip_fold_close as *const c_void),
        ("slip_fold_free", slip_fold_free as *const c_void),
        ("slip_fold_compact", slip_fold_compact as *const c_void),
        ("slip_fold_hide", slip_fold_hide as *const c_void),
        ("slip_fold_unhide", slip_fold_unhide as *const c_void),
        ("slip_fold_hidden", slip_fold_hidden as *const c_void),
        ("slip_consumer_position_load", slip_consumer_position_load as *const c_void),
        ("slip_consumer_position_save", slip_consumer_position_save as *const c_void),
        ("slip_snapshot_open", slip_snapshot_open as *const c_void),
        ("slip_snapshot_refresh", slip_snapshot_refresh as *const c_void),
        ("slip_snapshot_cursor", slip_snapshot_cursor as *const c_void),
        ("slip_snapshot_get", slip_snapshot_get as *const c_void),
        ("slip_snapshot_range", slip_snapshot_range as *const c_void),
        ("slip_snapshot_free", slip_snapshot_free as *const c_void),
        ("slip_iterator_next", slip_iterator_next as *const c_void),
        ("slip_iterator_free", slip_iterator_free as *const c_void),
        ("slip_fold_open_foreign", slip_fold_open_foreign as *const c_void),
        ("slip_fold_export", slip_fold_export as *const c_void),
        ("slip_watch_export", slip_watch_export as *const c_void),
        ("slip_artifact_verify", slip_artifact_verify as *const c_void),
        ("slip_artifact_info", slip_artifact_info as *const c_void),
        ("slip_fold_import", slip_fold_import as *const c_void),
        ("slip_fold_import_into", slip_fold_import_into as *const c_void),
        ("slip_object_store_open", slip_object_store_open as *const c_void),
        ("slip_object_store_get", slip_object_store_get as *const c_void),
        ("slip_object_store_put", slip_object_store_put as *const c_void),
        ("slip_object_store_put_if", slip_object_store_put_if as *const c_void),
        ("slip_object_store_list", slip_object_store_list as *const c_void),
        ("slip_object_store_remove", slip_object_store_remove as *const c_void),
        ("slip_object_store_free", slip_object_store_free as *const c_void),
        ("slip_publish", slip_publish as *const c_void),
        ("slip_pointer_read", slip_pointer_read as *const c_void),
        ("slip_download", slip_download as *const c_void),
        ("slip_bootstrap", slip_bootstrap as *const c_void),
        ("slip_metrics_text", slip_metrics_text as *const c_void),
    ]
}
