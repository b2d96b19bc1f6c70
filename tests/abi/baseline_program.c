/* A program of the last release: built against the header that abi/ keeps, run on this library.
 * Every struct that it fills has that release's size, and every constant that release's value. */
#include <slipstream.h>
/* The header of this build, which has the same guard, must not come before. */
#include "support/support.h"
/* After support.h, which brings what it needs. */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define WAIT_MS 60000

static void must(slip_status status, slip_error* error) {
  if (status != SLIP_OK) fail_msg("%s: %s", slip_status_name(status), slip_error_message(error));
}

typedef struct followed {
  size_t puts, deletes, ends, destroyed;
  slip_cursor applied;
  char last[64];
} followed;

static slip_status apply(void* user, const slip_item* items, size_t count, char* text,
                         size_t text_size) {
  followed* seen = user;
  for (size_t i = 0; i < count; ++i) {
    const slip_update* update = items[i].update;
    if (update->operation != SLIP_PUT) {
      ++seen->deletes;
      continue;
    }
    ++seen->puts;
    if (update->value.size >= sizeof seen->last || text == NULL || text_size == 0)
      return SLIP_USER_FIRST;
    memcpy(seen->last, update->value.data, update->value.size);
    seen->last[update->value.size] = '\0';
  }
  return SLIP_OK;
}
static void on_applied(void* user, const slip_cursor* cursor, size_t updates) {
  (void)updates;
  ((followed*)user)->applied = *cursor;
}
static void on_end(void* user, slip_status status, const char* message, const slip_cursor* cursor) {
  if (status == SLIP_OK && message[0] == '\0' && cursor->epoch != 0) ++((followed*)user)->ends;
}
static void destroy(void* user) { ++((followed*)user)->destroyed; }

static void write_routes(slip_bucket* bucket) {
  slip_error* error = NULL;
  uint64_t revision = 0;
  must(slip_bucket_put(bucket, "edge.eu", 7, "10.0.0.1", 8, &revision, &error), error);
  assert_int_equal(revision, 1);
  slip_write writes[2];
  slip_write_result results[2];
  memset(writes, 0, sizeof writes);
  writes[0].key = (slip_bytes){(const uint8_t*)"edge.us", 7};
  writes[0].value = (slip_bytes){(const uint8_t*)"10.0.0.2", 8};
  writes[0].expected_revision = SLIP_REVISION_ANY;
  writes[0].operation = SLIP_PUT;
  writes[1].key = writes[0].key;
  writes[1].expected_revision = SLIP_REVISION_ANY;
  writes[1].operation = SLIP_DELETE;
  must(slip_bucket_put_many(bucket, writes, 2, results, &error), error);
  assert_int_equal(results[1].revision, 3);
  slip_bucket_state state = SLIP_BUCKET_STATE_INIT;
  must(slip_bucket_info(bucket, &state, &error), error);
  assert_int_equal(state.last_revision, 3);
  assert_int_equal(state.struct_size, sizeof state);
}

static void follow(slip_bucket* bucket, slip_fold* fold) {
  slip_error* error = NULL;
  followed seen;
  memset(&seen, 0, sizeof seen);
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = &seen;
  callbacks.apply = apply;
  callbacks.on_applied = on_applied;
  callbacks.on_end = on_end;
  callbacks.destroy = destroy;
  slip_watch* watch = NULL;
  must(slip_watch_start(bucket, fold, NULL, &callbacks, &watch, &error), error);
  must(slip_watch_wait_revision(watch, 3, WAIT_MS, &error), error);
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  must(slip_watch_status(watch, &state, &error), error);
  assert_int_equal(state.cursor.revision, 3);
  assert_int_equal(state.applied, 2);
  assert_int_equal(state.end_status, SLIP_OK);
  slip_cursor cursor;
  must(slip_watch_close(watch, &cursor, &error), error);
  slip_watch_free(watch);
  assert_int_equal(seen.puts, 1);
  assert_int_equal(seen.deletes, 1);
  assert_string_equal(seen.last, "10.0.0.1");
  assert_int_equal(seen.applied.revision, cursor.revision);
  assert_int_equal(seen.ends, 1);
  assert_int_equal(seen.destroyed, 1);
}

static void pull(slip_bucket* bucket) {
  slip_error* error = NULL;
  slip_options* options = NULL;
  slip_watch* watch = NULL;
  slip_batch* batch = NULL;
  size_t count = 0;
  must(slip_options_new(SLIP_OPTIONS_WATCH, &options, &error), error);
  must(slip_options_set_string(options, "stop_at", "caught_up", &error), error);
  must(slip_watch_open(bucket, NULL, options, &watch, &error), error);
  slip_options_free(options);
  must(slip_watch_next(watch, WAIT_MS, &batch, &error), error);
  const slip_update* updates = slip_batch_updates(batch, &count);
  slip_bytes arena = slip_batch_arena(batch);
  assert_true(count > 0 && updates[0].key.data >= arena.data);
  assert_memory_equal(updates[0].key.data, "edge.eu", 7);
  must(slip_batch_ack(batch, &error), error);
  slip_batch_free(batch);
  slip_watch_free(watch);
}

static void read_and_export(slip_fold* fold, const char* directory) {
  slip_error* error = NULL;
  slip_fold_state state = SLIP_FOLD_STATE_INIT;
  must(slip_fold_stats(fold, &state, &error), error);
  assert_int_equal(state.entries, 1);
  assert_int_equal(state.tombstones, 1);
  slip_snapshot* snapshot = NULL;
  slip_iterator* iterator = NULL;
  slip_update found[4];
  size_t count = 0;
  slip_range range = SLIP_RANGE_INIT;
  range.prefix = (slip_bytes){(const uint8_t*)"edge.", 5};
  range.tombstones = 1;
  must(slip_snapshot_open(fold, &snapshot, &error), error);
  must(slip_snapshot_range(snapshot, &range, &iterator, &error), error);
  must(slip_iterator_next(iterator, found, 4, &count, &error), error);
  assert_int_equal(count, 2);
  assert_int_equal(found[1].operation, SLIP_DELETE);
  slip_iterator_free(iterator);
  slip_snapshot_free(snapshot);
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  must(slip_fold_export(fold, directory, NULL, &summary, &error), error);
  assert_int_equal(summary.cursor.revision, 3);
  assert_int_equal(strlen(summary.logical_digest), 64);
}

static void publish(const char* store_url, const char* directory, const char* fold_url) {
  slip_error* error = NULL;
  slip_object_store* store = NULL;
  slip_published published = SLIP_PUBLISHED_INIT;
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  must(slip_object_store_open(store_url, NULL, &store, &error), error);
  must(slip_publish(store, "routes", directory, NULL, &published, &error), error);
  assert_int_equal(published.cursor.revision, 3);
  must(slip_bootstrap(store, "routes", fold_url, NULL, &summary, &error), error);
  assert_int_equal(summary.entries, 1);
  slip_object_store_free(store);
}

static void the_whole_path_of_the_last_release(void** unused) {
  (void)unused;
  const char* directory = test_directory();
  char path[3][512];
  slip_error* error = NULL;
  slip_connection* connection = NULL;
  slip_connection_state state = SLIP_CONNECTION_STATE_INIT;
  slip_bucket* bucket = NULL;
  slip_fold* fold = NULL;
  snprintf(path[0], sizeof path[0], "lmdb:%s/fold", directory);
  snprintf(path[1], sizeof path[1], "%s/artifact", directory);
  must(slip_connect("mem://", NULL, &connection, &error), error);
  must(slip_connection_status(connection, &state, &error), error);
  assert_int_equal(state.state, SLIP_CONNECTION_CONNECTED);
  must(slip_bucket_create(connection, "routes", NULL, &bucket, &error), error);
  must(slip_fold_open(path[0], NULL, &fold, &error), error);
  write_routes(bucket);
  follow(bucket, fold);
  pull(bucket);
  read_and_export(fold, path[1]);
  snprintf(path[0], sizeof path[0], "local:%s/store", directory);
  snprintf(path[2], sizeof path[2], "lmdb:%s/second", directory);
  publish(path[0], path[1], path[2]);
  assert_int_equal(slip_fold_get(fold, "edge.us", 7, NULL, &error), SLIP_INVALID);
  assert_non_null(strstr(slip_error_message(error), "out_entry"));
  slip_error_free(error);
  slip_fold_free(fold);
  slip_bucket_free(bucket);
  slip_connection_free(connection);
}

static void it_is_of_the_epoch_that_it_was_built_for(void** unused) {
  (void)unused;
  assert_int_equal(slip_abi_epoch(), SLIP_ABI_EPOCH);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_of_the_epoch_that_it_was_built_for),
      cmocka_unit_test(the_whole_path_of_the_last_release),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
