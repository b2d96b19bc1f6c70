/* Convention 6: every pointer that is not nullable, NULL in turn: SLIP_INVALID, the parameter
 * named, outputs cleared, nothing done. Every _free takes NULL. */
#include "capi/check.h"

#define refuses(call, name) assert_fails(call, SLIP_INVALID, name " is NULL")

static world w;
static slip_watch* watch;
static slip_snapshot* snapshot;
static slip_iterator* iterator;
static slip_object_store* store;
static slip_options* options;

static void version_to_log(void** state) {
  (void)state;
  slip_text* text = GARBAGE(slip_text);
  slip_cursor cursor = {1, 1};
  refuses(slip_cursor_format(NULL, cursor, &text, &error), "bucket");
  assert_null(text);
  refuses(slip_cursor_format("routes", cursor, NULL, &error), "out_text");
  text = GARBAGE(slip_text);
  refuses(slip_cursor_parse(NULL, &cursor, &text, &error), "text");
  assert_null(text);
  assert_int_equal(cursor.epoch, 0);
  refuses(slip_cursor_parse("slip1:routes:1:1", NULL, NULL, &error), "out_cursor");
  refuses(slip_options_new(SLIP_OPTIONS_WATCH, NULL, &error), "out_options");
  refuses(slip_options_set_string(NULL, "cursor", "x", &error), "options");
  refuses(slip_options_set_string(options, NULL, "x", &error), "name");
  refuses(slip_options_set_string(options, "cursor", NULL, &error), "value");
  refuses(slip_options_set_u64(NULL, "window_ms", 1, &error), "options");
  refuses(slip_options_set_u64(options, NULL, 1, &error), "name");
  refuses(slip_options_set_bool(NULL, "window_ms", 1, &error), "options");
  refuses(slip_options_set_bool(options, NULL, 1, &error), "name");
  refuses(slip_options_set_bytes(NULL, "cursor", "x", 1, &error), "options");
  refuses(slip_options_set_bytes(options, NULL, "x", 1, &error), "name");
  refuses(slip_options_set_bytes(options, "cursor", NULL, 1, &error), "data");
  refuses(slip_options_add(NULL, "cursor", "x", &error), "options");
  refuses(slip_options_add(options, NULL, "x", &error), "name");
  refuses(slip_options_add(options, "cursor", NULL, &error), "value");
  refuses(slip_options_describe(SLIP_OPTIONS_WATCH, NULL, &error), "out_json");
}

static void connection_and_bucket(void** state) {
  (void)state;
  slip_connection* connection = GARBAGE(slip_connection);
  slip_bucket* bucket = GARBAGE(slip_bucket);
  slip_connection_state connection_state = SLIP_CONNECTION_STATE_INIT;
  slip_bucket_state bucket_state = SLIP_BUCKET_STATE_INIT;
  bucket_state.history = 9;
  refuses(slip_connect(NULL, NULL, &connection, &error), "url");
  assert_null(connection);
  refuses(slip_connect("mem://", NULL, NULL, &error), "out_connection");
  refuses(slip_connection_status(NULL, &connection_state, &error), "connection");
  refuses(slip_connection_status(w.connection, NULL, &error), "out_state");
  refuses(slip_connection_close(NULL, &error), "connection");
  refuses(slip_bucket_create(NULL, "b", NULL, &bucket, &error), "connection");
  assert_null(bucket);
  refuses(slip_bucket_create(w.connection, NULL, NULL, &bucket, &error), "name");
  refuses(slip_bucket_create(w.connection, "never", NULL, NULL, &error), "out_bucket");
  refuses(slip_bucket_open(NULL, "b", NULL, &bucket, &error), "connection");
  refuses(slip_bucket_open(w.connection, NULL, NULL, &bucket, &error), "name");
  refuses(slip_bucket_open(w.connection, "routes", NULL, NULL, &error), "out_bucket");
  refuses(slip_bucket_delete(NULL, "routes", &error), "connection");
  refuses(slip_bucket_delete(w.connection, NULL, &error), "name");
  refuses(slip_bucket_info(NULL, &bucket_state, &error), "bucket");
  assert_int_equal(bucket_state.history, 0);
  assert_int_equal(bucket_state.struct_size, sizeof bucket_state);
  refuses(slip_bucket_info(w.bucket, NULL, &error), "out_state");
  /* Nothing was done. */
  assert_fails(slip_bucket_open(w.connection, "never", NULL, &bucket, &error),
               SLIP_BUCKET_NOT_FOUND, "never");
}

static void reading_and_writing(void** state) {
  (void)state;
  slip_bucket* b = w.bucket;
  slip_entry* entry = GARBAGE(slip_entry);
  slip_iterator* list = GARBAGE(slip_iterator);
  uint64_t revision = 7;
  refuses(slip_bucket_get(NULL, "k", 1, &entry, &error), "bucket");
  assert_null(entry);
  refuses(slip_bucket_get(b, NULL, 1, &entry, &error), "key");
  refuses(slip_bucket_get(b, "k", 1, NULL, &error), "out_entry");
  refuses(slip_bucket_keys(NULL, "", 0, &list, &error), "bucket");
  assert_null(list);
  refuses(slip_bucket_keys(b, NULL, 1, &list, &error), "prefix");
  refuses(slip_bucket_keys(b, "", 0, NULL, &error), "out_iterator");
  refuses(slip_bucket_scan(NULL, "", 0, &list, &error), "bucket");
  refuses(slip_bucket_scan(b, NULL, 1, &list, &error), "prefix");
  refuses(slip_bucket_scan(b, "", 0, NULL, &error), "out_iterator");
  refuses(slip_bucket_put(NULL, "k", 1, "v", 1, &revision, &error), "bucket");
  assert_int_equal(revision, 0);
  refuses(slip_bucket_put(b, NULL, 1, "v", 1, &revision, &error), "key");
  refuses(slip_bucket_put(b, "k", 1, NULL, 1, &revision, &error), "value");
  refuses(slip_bucket_put_if_absent(NULL, "k", 1, "v", 1, &revision, &error), "bucket");
  refuses(slip_bucket_put_if_absent(b, NULL, 1, "v", 1, &revision, &error), "key");
  refuses(slip_bucket_put_if_absent(b, "k", 1, NULL, 1, &revision, &error), "value");
  refuses(slip_bucket_put_if(NULL, "k", 1, "v", 1, 1, &revision, &error), "bucket");
  refuses(slip_bucket_put_if(b, NULL, 1, "v", 1, 1, &revision, &error), "key");
  refuses(slip_bucket_put_if(b, "k", 1, NULL, 1, 1, &revision, &error), "value");
  refuses(slip_bucket_remove(NULL, "k", 1, &revision, &error), "bucket");
  refuses(slip_bucket_remove(b, NULL, 1, &revision, &error), "key");
  refuses(slip_bucket_remove_if(NULL, "k", 1, 1, &revision, &error), "bucket");
  refuses(slip_bucket_remove_if(b, NULL, 1, 1, &revision, &error), "key");
  refuses(slip_bucket_purge(NULL, "k", 1, &revision, &error), "bucket");
  refuses(slip_bucket_purge(b, NULL, 1, &revision, &error), "key");
}

static void writing_many(void** state) {
  (void)state;
  slip_write writes[2];
  slip_write_result results[2];
  memset(writes, 0, sizeof writes);
  memset(results, 0x5a, sizeof results);
  writes[0].key.data = (const uint8_t*)"k";
  writes[0].key.size = 1;
  writes[0].operation = SLIP_PUT;
  writes[0].expected_revision = SLIP_REVISION_ANY;
  writes[1] = writes[0];
  writes[1].key.data = NULL;
  refuses(slip_bucket_put_many(NULL, writes, 1, results, &error), "bucket");
  assert_int_equal(results[0].revision, 0);
  refuses(slip_bucket_put_many(w.bucket, NULL, 1, results, &error), "writes");
  refuses(slip_bucket_put_many(w.bucket, writes, 1, NULL, &error), "out_results");
  /* A pointer inside an item: the call fails before the first is sent. */
  refuses(slip_bucket_put_many(w.bucket, writes, 2, results, &error), "item 1: key or value");
  assert_ok(slip_bucket_put_many(w.bucket, NULL, 0, NULL, &error));
  slip_bucket_state info = SLIP_BUCKET_STATE_INIT;
  assert_ok(slip_bucket_info(w.bucket, &info, &error));
  assert_int_equal(info.last_revision, 0);
}

static int destroyed;
static void count_destroy(void* user) {
  (void)user;
  ++destroyed;
}

static void watches(void** state) {
  (void)state;
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  slip_watch_state watch_state = SLIP_WATCH_STATE_INIT;
  slip_watch* started = GARBAGE(slip_watch);
  slip_batch* batch = GARBAGE(slip_batch);
  slip_cursor cursor = {1, 1};
  callbacks.destroy = count_destroy;
  destroyed = 0;
  refuses(slip_watch_start(NULL, w.fold, NULL, &callbacks, &started, &error), "bucket");
  assert_null(started);
  refuses(slip_watch_start(w.bucket, w.fold, NULL, NULL, &started, &error), "callbacks");
  refuses(slip_watch_start(w.bucket, w.fold, NULL, &callbacks, NULL, &error), "out_watch");
  assert_int_equal(destroyed, 2); /* taken, failed, given back */
  started = GARBAGE(slip_watch);
  refuses(slip_watch_open(NULL, w.fold, NULL, &started, &error), "bucket");
  assert_null(started);
  refuses(slip_watch_open(w.bucket, w.fold, NULL, NULL, &error), "out_watch");
  refuses(slip_watch_next(NULL, 0, &batch, &error), "watch");
  assert_null(batch);
  refuses(slip_watch_next(watch, 0, NULL, &error), "out_batch");
  refuses(slip_batch_ack(NULL, &error), "batch");
  refuses(slip_watch_status(NULL, &watch_state, &error), "watch");
  refuses(slip_watch_status(watch, NULL, &error), "out_state");
  size_t kinds = 1;
  refuses(slip_watch_events(NULL, NULL, 0, &kinds, &error), "watch");
  assert_int_equal(kinds, 0);
  refuses(slip_watch_events(watch, NULL, 1, &kinds, &error), "out_events");
  refuses(slip_watch_events(watch, NULL, 0, NULL, &error), "out_count");
  refuses(slip_metrics_text(NULL, &error), "out_text");
  refuses(slip_watch_wait_caught_up(NULL, 0, &error), "watch");
  refuses(slip_watch_wait_revision(NULL, 0, 0, &error), "watch");
  assert_int_equal(slip_watch_cancel(NULL), SLIP_INVALID);
  assert_int_equal(slip_watch_interrupt(NULL), SLIP_INVALID);
  refuses(slip_watch_close(NULL, &cursor, &error), "watch");
  assert_int_equal(cursor.epoch, 0);
  refuses(slip_watch_export(NULL, "/nowhere", NULL, NULL, &error), "watch");
  refuses(slip_watch_export(watch, NULL, NULL, NULL, &error), "directory");
}

static void folds_and_snapshots(void** state) {
  (void)state;
  slip_fold* fold = GARBAGE(slip_fold);
  slip_entry* entry = GARBAGE(slip_entry);
  slip_snapshot* opened = GARBAGE(slip_snapshot);
  slip_iterator* range = GARBAGE(slip_iterator);
  slip_fold_state fold_state = SLIP_FOLD_STATE_INIT;
  slip_cursor cursor = {1, 1};
  slip_update update;
  size_t count = 9;
  memset(&update, 0x5a, sizeof update);
  refuses(slip_fold_open(NULL, NULL, &fold, &error), "url");
  assert_null(fold);
  refuses(slip_fold_open("lmdb:/nowhere", NULL, NULL, &error), "out_fold");
  refuses(slip_fold_apply(NULL, "routes", NULL, 0, cursor, &error), "fold");
  refuses(slip_fold_apply(w.fold, NULL, NULL, 0, cursor, &error), "bucket");
  refuses(slip_fold_apply(w.fold, "routes", NULL, 1, cursor, &error), "updates");
  refuses(slip_fold_get(NULL, "k", 1, &entry, &error), "fold");
  assert_null(entry);
  refuses(slip_fold_get(w.fold, NULL, 1, &entry, &error), "key");
  refuses(slip_fold_get(w.fold, "k", 1, NULL, &error), "out_entry");
  refuses(slip_fold_cursor(NULL, &cursor, NULL, &error), "fold");
  assert_int_equal(cursor.revision, 0);
  refuses(slip_fold_cursor(w.fold, NULL, NULL, &error), "out_cursor");
  refuses(slip_fold_stats(NULL, &fold_state, &error), "fold");
  refuses(slip_fold_stats(w.fold, NULL, &error), "out_state");
  refuses(slip_fold_check(NULL, NULL, &error), "fold");
  refuses(slip_fold_sync(NULL, &error), "fold");
  slip_compaction compaction = SLIP_COMPACTION_INIT;
  slip_text* reason = GARBAGE(slip_text);
  slip_revision_range hidden = {1, 2};
  compaction.outcome = 9;
  refuses(slip_fold_compact(NULL, &compaction, &reason, &error), "fold");
  assert_null(reason);
  assert_int_equal(compaction.outcome, 0);
  refuses(slip_fold_compact(w.fold, NULL, NULL, &error), "out_compaction");
  refuses(slip_fold_hide(NULL, hidden, &error), "fold");
  refuses(slip_fold_unhide(NULL, hidden, &error), "fold");
  refuses(slip_fold_hidden(NULL, &hidden, 1, &count, &error), "fold");
  assert_int_equal(count, 0);
  refuses(slip_fold_hidden(w.fold, NULL, 1, &count, &error), "out_ranges");
  refuses(slip_fold_hidden(w.fold, &hidden, 1, NULL, &error), "out_count");
  cursor.epoch = 1;
  refuses(slip_consumer_position_load(NULL, "c", &cursor, &error), "fold");
  assert_int_equal(cursor.epoch, 0);
  refuses(slip_consumer_position_load(w.fold, NULL, &cursor, &error), "name");
  refuses(slip_consumer_position_load(w.fold, "c", NULL, &error), "out_cursor");
  refuses(slip_consumer_position_save(NULL, "c", cursor, &error), "fold");
  refuses(slip_consumer_position_save(w.fold, NULL, cursor, &error), "name");
  refuses(slip_fold_close(NULL, &error), "fold");
  refuses(slip_snapshot_open(NULL, &opened, &error), "fold");
  assert_null(opened);
  refuses(slip_snapshot_open(w.fold, NULL, &error), "out_snapshot");
  refuses(slip_snapshot_refresh(NULL, &error), "snapshot");
  refuses(slip_snapshot_get(NULL, "k", 1, &update, &error), "snapshot");
  assert_null(update.key.data);
  assert_int_equal(update.revision, 0);
  refuses(slip_snapshot_get(snapshot, NULL, 1, &update, &error), "key");
  refuses(slip_snapshot_get(snapshot, "k", 1, NULL, &error), "out_update");
  refuses(slip_snapshot_range(NULL, NULL, &range, &error), "snapshot");
  assert_null(range);
  refuses(slip_snapshot_range(snapshot, NULL, NULL, &error), "out_iterator");
  slip_range asked = SLIP_RANGE_INIT;
  asked.prefix.size = 1;
  refuses(slip_snapshot_range(snapshot, &asked, &range, &error), "prefix or from");
  refuses(slip_iterator_next(NULL, &update, 1, &count, &error), "iterator");
  assert_int_equal(count, 0);
  refuses(slip_iterator_next(iterator, NULL, 1, &count, &error), "out_updates");
  refuses(slip_iterator_next(iterator, &update, 1, NULL, &error), "out_count");
}

static void artifacts_and_objects(void** state) {
  (void)state;
  slip_text* text = GARBAGE(slip_text);
  slip_object_store* opened = GARBAGE(slip_object_store);
  refuses(slip_fold_export(NULL, "/nowhere", NULL, NULL, &error), "fold");
  refuses(slip_fold_export(w.fold, NULL, NULL, NULL, &error), "directory");
  refuses(slip_artifact_verify(NULL, NULL, &error), "directory");
  refuses(slip_artifact_info(NULL, &text, &error), "directory");
  assert_null(text);
  refuses(slip_artifact_info("/nowhere", NULL, &error), "out_json");
  refuses(slip_fold_import(NULL, "lmdb:/nowhere", NULL, NULL, &error), "directory");
  refuses(slip_fold_import("/nowhere", NULL, NULL, NULL, &error), "url");
  refuses(slip_fold_import_into(NULL, w.fold, NULL, NULL, &error), "directory");
  refuses(slip_fold_import_into("/nowhere", NULL, NULL, NULL, &error), "fold");
  slip_fold* fold = GARBAGE(slip_fold);
  const slip_fold_functions functions = SLIP_FOLD_FUNCTIONS_INIT;
  refuses(slip_fold_open_foreign(NULL, &functions, &fold, &error), "name");
  assert_null(fold);
  refuses(slip_fold_open_foreign("f", NULL, &fold, &error), "functions");
  refuses(slip_fold_open_foreign("f", &functions, NULL, &error), "out_fold");
  refuses(slip_object_store_open(NULL, NULL, &opened, &error), "url");
  assert_null(opened);
  refuses(slip_object_store_open("local:/nowhere", NULL, NULL, &error), "out_store");
  refuses(slip_object_store_get(NULL, "o", &text, NULL, &error), "store");
  refuses(slip_object_store_get(store, NULL, &text, NULL, &error), "name");
  refuses(slip_object_store_get(store, "o", NULL, NULL, &error), "out_data");
  refuses(slip_object_store_put(NULL, "o", "x", 1, NULL, &error), "store");
  refuses(slip_object_store_put(store, NULL, "x", 1, NULL, &error), "name");
  refuses(slip_object_store_put(store, "o", NULL, 1, NULL, &error), "data");
  refuses(slip_object_store_put_if(NULL, "o", "x", 1, NULL, NULL, &error), "store");
  refuses(slip_object_store_put_if(store, NULL, "x", 1, NULL, NULL, &error), "name");
  refuses(slip_object_store_put_if(store, "o", NULL, 1, NULL, NULL, &error), "data");
  refuses(slip_object_store_list(NULL, "", NULL, 1, &text, &error), "store");
  refuses(slip_object_store_list(store, NULL, NULL, 1, &text, &error), "prefix");
  refuses(slip_object_store_list(store, "", NULL, 1, NULL, &error), "out_json");
  refuses(slip_object_store_remove(NULL, "o", &error), "store");
  refuses(slip_object_store_remove(store, NULL, &error), "name");
  refuses(slip_publish(NULL, "k", "/nowhere", NULL, NULL, &error), "store");
  refuses(slip_publish(store, NULL, "/nowhere", NULL, NULL, &error), "key");
  refuses(slip_publish(store, "k", NULL, NULL, NULL, &error), "directory");
  refuses(slip_pointer_read(NULL, "k", &text, &error), "store");
  refuses(slip_pointer_read(store, NULL, &text, &error), "key");
  refuses(slip_pointer_read(store, "k", NULL, &error), "out_json");
  refuses(slip_download(NULL, "k", "/nowhere", NULL, NULL, &error), "store");
  refuses(slip_download(store, NULL, "/nowhere", NULL, NULL, &error), "key");
  refuses(slip_download(store, "k", NULL, NULL, NULL, &error), "directory");
  refuses(slip_bootstrap(NULL, "k", "lmdb:/nowhere", NULL, NULL, &error), "store");
  refuses(slip_bootstrap(store, NULL, "lmdb:/nowhere", NULL, NULL, &error), "key");
  refuses(slip_bootstrap(store, "k", NULL, NULL, NULL, &error), "url");
  /* Nothing was done. */
  assert_fails(slip_object_store_get(store, "o", &text, NULL, &error), SLIP_NOT_FOUND, "o");
}

static void every_free_takes_null(void** state) {
  (void)state;
  slip_error_free(NULL);
  slip_text_free(NULL);
  slip_entry_free(NULL);
  slip_options_free(NULL);
  slip_connection_free(NULL);
  slip_bucket_free(NULL);
  slip_watch_free(NULL);
  slip_batch_free(NULL);
  slip_fold_free(NULL);
  slip_snapshot_free(NULL);
  slip_iterator_free(NULL);
  slip_object_store_free(NULL);
}

static int set_up(void** state) {
  (void)state;
  char url[512];
  w = world_open();
  assert_ok(slip_options_new(SLIP_OPTIONS_WATCH, &options, &error));
  assert_ok(slip_watch_open(w.bucket, NULL, NULL, &watch, &error));
  assert_ok(slip_snapshot_open(w.fold, &snapshot, &error));
  assert_ok(slip_snapshot_range(snapshot, NULL, &iterator, &error));
  snprintf(url, sizeof url, "local:%s/objects", w.directory);
  assert_ok(slip_object_store_open(url, NULL, &store, &error));
  return 0;
}

static int tear_down(void** state) {
  (void)state;
  slip_object_store_free(store);
  slip_iterator_free(iterator);
  slip_snapshot_free(snapshot);
  slip_watch_free(watch);
  slip_options_free(options);
  world_close(&w);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(version_to_log),
      cmocka_unit_test(connection_and_bucket),
      cmocka_unit_test(reading_and_writing),
      cmocka_unit_test(writing_many),
      cmocka_unit_test(watches),
      cmocka_unit_test(folds_and_snapshots),
      cmocka_unit_test(artifacts_and_objects),
      cmocka_unit_test(every_free_takes_null),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
