/* The upkeep of an append log: hidden revisions, as readers, copies and watches meet them. */
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hidden_revisions_are_read_as_absent),
      cmocka_unit_test(hidden_revisions_go_into_artifacts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
