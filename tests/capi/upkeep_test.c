/* The upkeep of an append log: hidden revisions, as readers, copies and watches meet them. */
#include <pthread.h>

#include "capi/check.h"

static slip_fold* open_log(const world* w, const char* name, const char* option) {
  char url[512];
  slip_fold* fold = NULL;
  slip_options* options = options_with(SLIP_OPTIONS_FOLD, "read_only", option);
  snprintf(url, sizeof url, "append-log:%s/%s", w->directory, name);
  assert_ok(slip_fold_open(url, options, &fold, &error));
  slip_options_free(options);
  return fold;
}

/* Everything of the bucket, or what a replay of the fold gives: "a=1,b=2". */
static void follow(const world* w, slip_fold* fold, const char* replay, char* seen) {
  slip_watch* watch = NULL;
  slip_batch* batch = NULL;
  slip_options* options = options_with(SLIP_OPTIONS_WATCH, "replay", replay);
  assert_ok(slip_options_set_string(options, "stop_at", "caught_up", &error));
  assert_ok(slip_watch_open(w->bucket, fold, options, &watch, &error));
  slip_options_free(options);
  seen[0] = '\0';
  while (slip_watch_next(watch, -1, &batch, NULL) == SLIP_OK) {
    size_t count = 0;
    const slip_update* updates = slip_batch_updates(batch, &count);
    for (size_t i = 0; i < count; ++i)
      snprintf(seen + strlen(seen), 200 - strlen(seen), "%.*s=%.*s,", (int)updates[i].key.size,
               (const char*)updates[i].key.data, (int)updates[i].value.size,
               (const char*)updates[i].value.data);
    assert_ok(slip_batch_ack(batch, &error));
    slip_batch_free(batch);
  }
  assert_ok(slip_watch_close(watch, NULL, &error));
  slip_watch_free(watch);
}

static void hidden_revisions_are_read_as_absent(void** state) {
  (void)state;
  world w = world_open();
  slip_fold* fold = open_log(&w, "log", "false");
  char seen[200];
  put(w.bucket, "a", "1");
  put(w.bucket, "b", "2");
  put(w.bucket, "c", "3");
  put(w.bucket, "d", "4");
  follow(&w, fold, "none", seen);
  assert_string_equal(seen, "a=1,b=2,c=3,d=4,");
  const slip_revision_range second = {2, 3};
  const slip_revision_range last = {4, 5};
  const slip_revision_range all = {0, 100};
  slip_revision_range ranges[3] = {{9, 9}, {9, 9}, {9, 9}};
  size_t count = 9;
  assert_ok(slip_fold_hide(fold, second, &error));
  assert_ok(slip_fold_hide(fold, last, &error));
  assert_ok(slip_fold_hidden(fold, NULL, 0, &count, &error));
  assert_int_equal(count, 2);
  assert_ok(slip_fold_hidden(fold, ranges, 1, &count, &error));
  assert_int_equal(count, 2);
  assert_int_equal(ranges[0].from, 2);
  assert_int_equal(ranges[0].to, 3);
  assert_int_equal(ranges[1].from, 9); /* left as it was */
  assert_ok(slip_fold_hidden(fold, ranges, 3, &count, &error));
  assert_int_equal(ranges[1].from, 4);
  assert_int_equal(ranges[1].to, 5);
  assert_true(fold_has(fold, "a", "1"));
  assert_false(fold_has(fold, "b", "2"));
  follow(&w, fold, "fold", seen); /* the replay is a read, too */
  assert_string_equal(seen, "a=1,c=3,");
  slip_fold_state s = SLIP_FOLD_STATE_INIT;
  assert_ok(slip_fold_stats(fold, &s, &error));
  assert_int_equal(s.entries, 4);
  assert_ok(slip_fold_close(fold, &error));
  assert_fails(slip_fold_hide(fold, second, &error), SLIP_CLOSED, "fold");
  slip_fold_free(fold);
  fold = open_log(&w, "log", "true");
  assert_false(fold_has(fold, "b", "2"));
  assert_fails(slip_fold_hide(fold, all, &error), SLIP_PERMISSION_DENIED, "read_only");
  slip_fold_free(fold);
  fold = open_log(&w, "log", "false");
  assert_ok(slip_fold_unhide(fold, all, &error));
  assert_ok(slip_fold_hidden(fold, ranges, 3, &count, &error));
  assert_int_equal(count, 0);
  assert_true(fold_has(fold, "b", "2"));
  slip_fold_free(fold);
  world_close(&w);
}

static void hidden_revisions_go_into_artifacts(void** state) {
  (void)state;
  world w = world_open();
  slip_fold* fold = open_log(&w, "log", "false");
  char seen[200];
  put(w.bucket, "a", "1");
  put(w.bucket, "b", "2");
  follow(&w, fold, "none", seen);
  const slip_revision_range second = {2, 3};
  slip_artifact_summary before = SLIP_ARTIFACT_SUMMARY_INIT;
  slip_artifact_summary after = SLIP_ARTIFACT_SUMMARY_INIT;
  assert_ok(slip_fold_export(fold, test_path(w.directory, "before"), NULL, &before, &error));
  assert_ok(slip_fold_hide(fold, second, &error));
  assert_ok(slip_fold_export(fold, test_path(w.directory, "after"), NULL, &after, &error));
  assert_int_equal(after.entries, 2);
  assert_string_equal(after.logical_digest, before.logical_digest);
  char url[512];
  snprintf(url, sizeof url, "append-log:%s/copy", w.directory);
  assert_ok(slip_fold_import(test_path(w.directory, "after"), url, NULL, NULL, &error));
  slip_fold* copy = open_log(&w, "copy", "false");
  assert_true(fold_has(copy, "b", "2")); /* it does not say what was hidden */
  slip_fold_free(copy);
  slip_fold_free(fold);
  world_close(&w);
}

static void a_compaction_tells_how_it_ended(void** state) {
  (void)state;
  world w = world_open();
  char url[512];
  slip_fold* fold = NULL;
  slip_compaction done = SLIP_COMPACTION_INIT;
  slip_text* reason = NULL;
  slip_options* small = options_with(SLIP_OPTIONS_FOLD, "segment_bytes", "4096");
  assert_ok(slip_options_set_u64(small, "compact_dead_percent", 100, &error)); /* by call only */
  snprintf(url, sizeof url, "append-log:%s/log", w.directory);
  assert_ok(slip_fold_open(url, small, &fold, &error));
  slip_options_free(small);
  assert_ok(slip_fold_compact(fold, &done, &reason, &error));
  assert_int_equal(done.outcome, SLIP_COMPACTION_SKIPPED);
  assert_int_equal(done.status, SLIP_OK);
  assert_int_equal(done.segments_before, 1);
  assert_int_equal(done.bytes_after, done.bytes_before);
  assert_non_null(strstr(slip_text_string(reason), "segments"));
  slip_text_free(reason);
  static char value[1000];
  slip_update update;
  memset(&update, 0, sizeof update);
  update.key.data = (const uint8_t*)"a";
  update.key.size = 1;
  update.value.data = (const uint8_t*)value;
  update.value.size = sizeof value;
  update.operation = SLIP_PUT;
  for (uint64_t revision = 1; revision <= 20; ++revision) {
    const slip_cursor at = {7, revision};
    update.revision = revision;
    assert_ok(slip_fold_apply(fold, "routes", &update, 1, at, &error));
  }
  assert_ok(slip_fold_compact(fold, &done, &reason, &error));
  assert_int_equal(done.outcome, SLIP_COMPACTION_PERFORMED);
  assert_int_equal(done.status, SLIP_OK);
  assert_true(done.segments_before > 3);
  assert_true(done.segments_after < done.segments_before);
  assert_true(done.bytes_after < done.bytes_before / 2);
  assert_string_equal(slip_text_string(reason), "");
  slip_text_free(reason);
  assert_int_equal(fold_revision(fold), 20);
  slip_fold_free(fold);
  world_close(&w);
}

/* What one thread finds wrong is counted: assertions are for the main thread. */
typedef struct {
  slip_fold* fold;
  const char* name;
  int wrong;
} worker;

/* Until the fold is closed: "a" is never hidden, and a snapshot does not change under its reader.
 */
static void* read_on(void* argument) {
  worker* me = argument;
  for (;;) {
    slip_snapshot* snapshot = NULL;
    slip_update first;
    slip_update second;
    if (slip_snapshot_open(me->fold, &snapshot, NULL) != SLIP_OK) return NULL;
    if (slip_snapshot_get(snapshot, "a", 1, &first, NULL) != SLIP_OK) ++me->wrong;
    const slip_status before = slip_snapshot_get(snapshot, "b", 1, &first, NULL);
    if (slip_snapshot_get(snapshot, "b", 1, &second, NULL) != before) ++me->wrong;
    slip_snapshot_free(snapshot);
  }
}

static void* save_on(void* argument) {
  worker* me = argument;
  for (uint64_t revision = 1;; ++revision) {
    slip_cursor cursor = {7, revision};
    const slip_status saved = slip_consumer_position_save(me->fold, me->name, cursor, NULL);
    if (saved == SLIP_CLOSED) return NULL;
    if (saved != SLIP_OK) ++me->wrong;
    if (slip_consumer_position_load(me->fold, me->name, &cursor, NULL) == SLIP_OK &&
        cursor.revision != revision)
      ++me->wrong;
  }
}

static void readers_and_consumers_go_on_beside_it(void** state) {
  (void)state;
  world w = world_open();
  slip_fold* fold = open_log(&w, "log", "false");
  const slip_cursor at = {7, 2};
  const slip_revision_range second = {2, 3};
  slip_update updates[2];
  memset(updates, 0, sizeof updates);
  for (uint64_t i = 0; i < 2; ++i) {
    updates[i].key.data = (const uint8_t*)(i == 0 ? "a" : "b");
    updates[i].key.size = 1;
    updates[i].revision = i + 1;
    updates[i].operation = SLIP_PUT;
  }
  assert_ok(slip_fold_apply(fold, "routes", updates, 2, at, &error));
  worker workers[] = {{fold, NULL, 0}, {fold, "one", 0}, {fold, "two", 0}};
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i)
    assert_int_equal(pthread_create(&threads[i], NULL, i == 0 ? read_on : save_on, &workers[i]), 0);
  for (int i = 0; i < 40; ++i) {
    assert_ok(slip_fold_hide(fold, second, &error));
    assert_ok(slip_fold_unhide(fold, second, &error));
  }
  assert_ok(slip_fold_close(fold, &error));
  for (int i = 0; i < 3; ++i) {
    assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(workers[i].wrong, 0);
  }
  slip_fold_free(fold);
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hidden_revisions_are_read_as_absent),
      cmocka_unit_test(hidden_revisions_go_into_artifacts),
      cmocka_unit_test(a_compaction_tells_how_it_ended),
      cmocka_unit_test(readers_and_consumers_go_on_beside_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
