/* Folds by hand, snapshots and their iterators. */
#include "capi/check.h"

static slip_update update_of(uint32_t operation, const char* key, const char* value,
                             uint64_t revision) {
  slip_update update;
  memset(&update, 0, sizeof update);
  update.key.data = (const uint8_t*)key;
  update.key.size = strlen(key);
  update.value.data = (const uint8_t*)value;
  update.value.size = strlen(value);
  update.revision = revision;
  update.operation = operation;
  return update;
}

static slip_status apply(slip_fold* fold, const slip_update* updates, size_t count,
                         uint64_t revision, slip_error** error) {
  const slip_cursor cursor = {7, revision};
  return slip_fold_apply(fold, "routes", updates, count, cursor, error);
}

static void contents_and_cursor_change_together(void** state) {
  (void)state;
  world w = world_open();
  slip_cursor cursor = {1, 1};
  slip_text* bucket = GARBAGE(slip_text);
  assert_ok(slip_fold_cursor(w.fold, &cursor, &bucket, &error));
  assert_int_equal(cursor.epoch, 0);
  assert_string_equal(slip_text_string(bucket), "");
  slip_text_free(bucket);
  slip_update updates[3];
  updates[0] = update_of(SLIP_PUT, "a", "1", 1);
  updates[1] = update_of(SLIP_PUT, "b", "2", 2);
  updates[2] = update_of(SLIP_DELETE, "a", "", 3);
  assert_ok(apply(w.fold, updates, 3, 3, &error));
  assert_ok(slip_fold_cursor(w.fold, &cursor, &bucket, &error));
  assert_int_equal(cursor.epoch, 7);
  assert_int_equal(cursor.revision, 3);
  assert_string_equal(slip_text_string(bucket), "routes");
  slip_text_free(bucket);
  assert_false(fold_has(w.fold, "a", "1"));
  assert_true(fold_has(w.fold, "b", "2"));
  slip_fold_state s = SLIP_FOLD_STATE_INIT;
  assert_ok(slip_fold_stats(w.fold, &s, &error));
  assert_int_equal(s.entries, 1);
  assert_int_equal(s.tombstones, 1);
  assert_int_equal(s.payload_bytes, 2);
  assert_int_equal(s.cursor.revision, 3);
  assert_int_equal(s.format, 1);
  /* Again: nothing changes. */
  assert_ok(apply(w.fold, updates, 3, 3, &error));
  assert_ok(slip_fold_stats(w.fold, &s, &error));
  assert_int_equal(s.entries, 1);
  assert_ok(apply(w.fold, NULL, 0, 9, &error));
  assert_int_equal(fold_revision(w.fold), 9);
  uint64_t checked = 0;
  assert_ok(slip_fold_check(w.fold, &checked, &error));
  assert_true(checked >= 2);
  assert_ok(slip_fold_sync(w.fold, &error));
  world_close(&w);
}

static void a_consumer_has_a_position(void** state) {
  (void)state;
  world w = world_open();
  slip_cursor cursor = {1, 1};
  const slip_cursor at_3 = {7, 3};
  const slip_cursor at_0 = {7, 0};
  const slip_cursor other_epoch = {8, 3};
  const slip_cursor last = {7, UINT64_MAX};
  assert_ok(slip_consumer_position_load(w.fold, "billing", &cursor, &error));
  assert_int_equal(cursor.epoch, 0);
  assert_int_equal(cursor.revision, 0);
  assert_fails(slip_consumer_position_save(w.fold, "billing", at_3, &error), SLIP_MISUSE,
               "followed nothing yet");
  assert_ok(apply(w.fold, NULL, 0, 3, &error));
  assert_ok(slip_consumer_position_save(w.fold, "billing", at_3, &error));
  assert_ok(slip_consumer_position_save(w.fold, "audit", at_0, &error));
  assert_fails(slip_consumer_position_save(w.fold, "billing", other_epoch, &error),
               SLIP_IDENTITY_MISMATCH, "its epoch is 8");
  assert_fails(slip_consumer_position_save(w.fold, "billing", last, &error), SLIP_INVALID,
               "no position");
  assert_fails(slip_consumer_position_save(w.fold, "../CURRENT", at_3, &error), SLIP_INVALID,
               "../CURRENT");
  assert_ok(slip_fold_close(w.fold, &error));
  assert_fails(slip_consumer_position_load(w.fold, "billing", &cursor, &error), SLIP_CLOSED,
               "fold");
  slip_fold_free(w.fold);
  world_open_fold(&w);
  assert_ok(slip_consumer_position_load(w.fold, "billing", &cursor, &error));
  assert_int_equal(cursor.epoch, 7);
  assert_int_equal(cursor.revision, 3);
  assert_ok(slip_consumer_position_load(w.fold, "audit", &cursor, &error));
  assert_int_equal(cursor.epoch, 7); /* known, and before the first update */
  assert_int_equal(cursor.revision, 0);
  world_close(&w);
}

static void upkeep_is_for_append_logs(void** state) {
  (void)state;
  world w = world_open();
  slip_compaction compaction = SLIP_COMPACTION_INIT;
  slip_text* reason = GARBAGE(slip_text);
  slip_revision_range range = {3, 5};
  const slip_revision_range empty = {5, 5};
  size_t count = 9;
  assert_fails(slip_fold_compact(w.fold, &compaction, &reason, &error), SLIP_UNSUPPORTED,
               "append-log");
  assert_null(reason);
  assert_fails(slip_fold_hide(w.fold, range, &error), SLIP_UNSUPPORTED, "append-log");
  assert_fails(slip_fold_unhide(w.fold, range, &error), SLIP_UNSUPPORTED, "append-log");
  assert_fails(slip_fold_hidden(w.fold, &range, 1, &count, &error), SLIP_UNSUPPORTED, "append-log");
  assert_int_equal(count, 0);
  assert_fails(slip_fold_hide(w.fold, empty, &error), SLIP_INVALID, "from 5 is not below to 5");
  world_close(&w);
}

static void what_does_not_fit_is_refused_whole(void** state) {
  (void)state;
  world w = world_open();
  char large[65536];
  memset(large, 'k', sizeof large);
  slip_update updates[2];
  updates[0] = update_of(SLIP_PUT, "a", "1", 5);
  updates[1] = update_of(9, "b", "2", 6);
  const slip_cursor no_epoch = {0, 5};
  const slip_cursor nothing = {0, 0};
  const slip_cursor last = {7, UINT64_MAX};
  const slip_cursor other_epoch = {8, 6};
  assert_fails(apply(w.fold, updates, 2, 6, &error), SLIP_INVALID, "update 1");
  updates[1] = update_of(SLIP_PUT, "", "2", 6);
  assert_fails(apply(w.fold, updates, 2, 6, &error), SLIP_INVALID, "update 1: the key is empty");
  updates[1] = update_of(SLIP_PUT, "b", "2", 6);
  updates[1].key.data = (const uint8_t*)large;
  updates[1].key.size = sizeof large;
  assert_fails(apply(w.fold, updates, 2, 6, &error), SLIP_TOO_LARGE, "65536");
  updates[1].key.size = 1;
  updates[1].value.data = NULL;
  assert_fails(apply(w.fold, updates, 2, 6, &error), SLIP_INVALID, "value.data is NULL");
  assert_fails(slip_fold_apply(w.fold, "routes", updates, 1, no_epoch, &error), SLIP_INVALID,
               "epoch");
  assert_fails(slip_fold_apply(w.fold, "routes", NULL, 0, nothing, &error), SLIP_INVALID, "epoch");
  assert_fails(slip_fold_apply(w.fold, "routes", updates, 1, last, &error), SLIP_INVALID, "2^64-1");
  assert_fails(slip_fold_apply(w.fold, "a b", updates, 1, other_epoch, &error), SLIP_INVALID,
               "a b");
  assert_int_equal(fold_revision(w.fold), 0);
  assert_ok(apply(w.fold, updates, 1, 5, &error));
  assert_fails(apply(w.fold, NULL, 0, 4, &error), SLIP_INVALID, "");
  assert_fails(slip_fold_apply(w.fold, "other", NULL, 0, last, &error), SLIP_INVALID, "2^64-1");
  const slip_cursor same = {7, 6};
  assert_fails(slip_fold_apply(w.fold, "other", NULL, 0, same, &error), SLIP_IDENTITY_MISMATCH,
               "other");
  assert_fails(slip_fold_apply(w.fold, "routes", NULL, 0, other_epoch, &error),
               SLIP_IDENTITY_MISMATCH, "");
  assert_int_equal(fold_revision(w.fold), 5);
  world_close(&w);
}

static void one_fold_one_writer(void** state) {
  (void)state;
  world w = world_open();
  slip_fold* second = GARBAGE(slip_fold);
  assert_fails(slip_fold_open(w.fold_url, NULL, &second, &error), SLIP_BUSY, w.directory);
  assert_null(second);
  slip_watch* watch = NULL;
  slip_watch* other = GARBAGE(slip_watch);
  assert_ok(slip_watch_open(w.bucket, w.fold, NULL, &watch, &error));
  assert_fails(slip_watch_open(w.bucket, w.fold, NULL, &other, &error), SLIP_BUSY, "");
  assert_null(other);
  assert_fails(apply(w.fold, NULL, 0, 1, &error), SLIP_BUSY, "");
  assert_fails(slip_fold_close(w.fold, &error), SLIP_BUSY, "");
  assert_int_equal(fold_revision(w.fold), 0); /* still open */
  assert_ok(slip_watch_close(watch, NULL, &error));
  assert_ok(slip_fold_close(w.fold, &error));
  slip_watch_free(watch);
  world_close(&w);
}

static void a_closed_fold_says_so_and_frees_its_path(void** state) {
  (void)state;
  world w = world_open();
  slip_entry* entry = GARBAGE(slip_entry);
  slip_snapshot* snapshot = NULL;
  slip_cursor cursor = {1, 1};
  slip_fold_state s = SLIP_FOLD_STATE_INIT;
  slip_update a = update_of(SLIP_PUT, "a", "1", 1);
  assert_ok(apply(w.fold, &a, 1, 1, &error));
  slip_snapshot* before = NULL;
  assert_ok(slip_snapshot_open(w.fold, &before, &error));
  assert_ok(slip_fold_close(w.fold, &error));
  assert_ok(slip_fold_close(w.fold, &error));
  assert_fails(slip_fold_get(w.fold, "a", 1, &entry, &error), SLIP_CLOSED, "fold was closed");
  assert_null(entry);
  assert_fails(apply(w.fold, &a, 1, 1, &error), SLIP_CLOSED, "fold");
  assert_fails(slip_fold_cursor(w.fold, &cursor, NULL, &error), SLIP_CLOSED, "fold");
  assert_fails(slip_fold_stats(w.fold, &s, &error), SLIP_CLOSED, "fold");
  assert_fails(slip_fold_check(w.fold, NULL, &error), SLIP_CLOSED, "fold");
  assert_fails(slip_fold_sync(w.fold, &error), SLIP_CLOSED, "fold");
  assert_fails(slip_snapshot_open(w.fold, &snapshot, &error), SLIP_CLOSED, "fold");
  assert_fails(slip_fold_export(w.fold, "/nowhere", NULL, NULL, &error), SLIP_CLOSED, "fold");
  slip_watch* watch = GARBAGE(slip_watch);
  assert_fails(slip_watch_open(w.bucket, w.fold, NULL, &watch, &error), SLIP_CLOSED, "fold");
  slip_update update;
  assert_ok(slip_snapshot_get(before, "a", 1, &update, &error)); /* lives on */
  assert_bytes(update.value, "1");
  slip_snapshot_free(before);
  slip_fold_free(w.fold);
  world_open_fold(&w); /* the path is free */
  assert_true(fold_has(w.fold, "a", "1"));
  world_close(&w);
}

static void a_snapshot_is_one_state(void** state) {
  (void)state;
  world w = world_open();
  slip_update a = update_of(SLIP_PUT, "a", "1", 1);
  assert_ok(apply(w.fold, &a, 1, 1, &error));
  slip_snapshot* snapshot = NULL;
  slip_update update;
  memset(&update, 0x5a, sizeof update);
  assert_ok(slip_snapshot_open(w.fold, &snapshot, &error));
  a = update_of(SLIP_PUT, "a", "2", 2);
  assert_ok(apply(w.fold, &a, 1, 2, &error));
  assert_ok(slip_snapshot_get(snapshot, "a", 1, &update, &error));
  assert_bytes(update.value, "1");
  assert_int_equal(update.revision, 1);
  assert_int_equal(slip_snapshot_cursor(snapshot).revision, 1);
  assert_ok(slip_snapshot_refresh(snapshot, &error));
  assert_ok(slip_snapshot_get(snapshot, "a", 1, &update, &error));
  assert_bytes(update.value, "2");
  assert_int_equal(slip_snapshot_cursor(snapshot).revision, 2);
  assert_fails(slip_snapshot_get(snapshot, "b", 1, &update, &error), SLIP_NOT_FOUND, "");
  assert_null(update.key.data);
  assert_int_equal(update.revision, 0);
  slip_snapshot_free(snapshot);
  world_close(&w);
}

/* The keys of a range, each with its operation's first letter, separated by spaces. */
static const char* keys_of(slip_snapshot* snapshot, const slip_range* range, size_t capacity) {
  static char text[256];
  slip_update updates[8];
  size_t count = 0;
  slip_iterator* iterator = NULL;
  text[0] = '\0';
  assert_ok(slip_snapshot_range(snapshot, range, &iterator, &error));
  slip_status status;
  while ((status = slip_iterator_next(iterator, updates, capacity, &count, NULL)) == SLIP_OK)
    for (size_t i = 0; i < count; ++i) {
      const size_t size = strlen(text);
      snprintf(text + size, sizeof text - size, "%s%.*s%s", size > 0 ? " " : "",
               (int)updates[i].key.size, (const char*)updates[i].key.data,
               updates[i].operation == SLIP_PUT ? "" : "!");
    }
  assert_int_equal(status, SLIP_END);
  slip_iterator_free(iterator);
  return text;
}

static void ranges_go_both_ways(void** state) {
  (void)state;
  world w = world_open();
  slip_update updates[6];
  updates[0] = update_of(SLIP_PUT, "b.2", "x", 1);
  updates[1] = update_of(SLIP_PUT, "a", "x", 2);
  updates[2] = update_of(SLIP_PUT, "b.1", "x", 3);
  updates[3] = update_of(SLIP_PUT, "c", "x", 4);
  updates[4] = update_of(SLIP_PUT, "b.3", "x", 5);
  updates[5] = update_of(SLIP_DELETE, "b.2", "", 6);
  assert_ok(apply(w.fold, updates, 6, 6, &error));
  slip_snapshot* snapshot = NULL;
  slip_range range = SLIP_RANGE_INIT;
  assert_ok(slip_snapshot_open(w.fold, &snapshot, &error));
  for (size_t capacity = 1; capacity <= 8; capacity += 7) {
    range = (slip_range)SLIP_RANGE_INIT;
    assert_string_equal(keys_of(snapshot, NULL, capacity), "a b.1 b.3 c");
    range.tombstones = 1;
    assert_string_equal(keys_of(snapshot, &range, capacity), "a b.1 b.2! b.3 c");
    range.reverse = 1;
    assert_string_equal(keys_of(snapshot, &range, capacity), "c b.3 b.2! b.1 a");
    range.tombstones = 0;
    range.prefix.data = (const uint8_t*)"b.";
    range.prefix.size = 2;
    assert_string_equal(keys_of(snapshot, &range, capacity), "b.3 b.1");
    range.reverse = 0;
    range.from.data = (const uint8_t*)"b.2";
    range.from.size = 3;
    assert_string_equal(keys_of(snapshot, &range, capacity), "b.3");
    range.from.size = 0;
    range.limit = 1;
    assert_string_equal(keys_of(snapshot, &range, capacity), "b.1");
  }
  range.reverse = 2;
  slip_iterator* iterator = GARBAGE(slip_iterator);
  assert_fails(slip_snapshot_range(snapshot, &range, &iterator, &error), SLIP_INVALID, "reverse");
  assert_null(iterator);
  slip_snapshot_free(snapshot);
  world_close(&w);
}

static void an_open_iterator_holds_the_snapshot(void** state) {
  (void)state;
  world w = world_open();
  slip_update a = update_of(SLIP_PUT, "a", "1", 1);
  assert_ok(apply(w.fold, &a, 1, 1, &error));
  slip_snapshot* snapshot = NULL;
  slip_iterator* iterator = NULL;
  slip_update update;
  size_t count = 0;
  assert_ok(slip_snapshot_open(w.fold, &snapshot, &error));
  assert_ok(slip_snapshot_range(snapshot, NULL, &iterator, &error));
  assert_fails(slip_snapshot_refresh(snapshot, &error), SLIP_MISUSE, "iterator");
  slip_snapshot_free(snapshot);
  slip_fold_free(w.fold);
  w.fold = NULL;
  assert_ok(slip_iterator_next(iterator, &update, 1, &count, &error));
  assert_bytes(update.key, "a");
  slip_iterator_free(iterator);
  world_open_fold(&w); /* with the iterator the last reference went */
  world_close(&w);
}

static void a_fold_that_is_not_there_or_not_ours(void** state) {
  (void)state;
  world w = world_open();
  char url[512];
  slip_fold* fold = GARBAGE(slip_fold);
  slip_options* never = options_with(SLIP_OPTIONS_FOLD, "create", "never");
  snprintf(url, sizeof url, "lmdb:%s/none", w.directory);
  assert_fails(slip_fold_open(url, never, &fold, &error), SLIP_NOT_FOUND, "none");
  assert_null(fold);
  assert_fails(slip_fold_open("sqlite:/x", NULL, &fold, &error), SLIP_INVALID, "sqlite");
  test_write_file(test_path(w.directory, "file"), "x", 1);
  snprintf(url, sizeof url, "lmdb:%s/file", w.directory);
  assert_fails(slip_fold_open(url, NULL, &fold, &error), SLIP_NOT_OURS, "file");
  slip_options_free(never);
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(contents_and_cursor_change_together),
      cmocka_unit_test(what_does_not_fit_is_refused_whole),
      cmocka_unit_test(a_consumer_has_a_position),
      cmocka_unit_test(upkeep_is_for_append_logs),
      cmocka_unit_test(one_fold_one_writer),
      cmocka_unit_test(a_closed_fold_says_so_and_frees_its_path),
      cmocka_unit_test(a_snapshot_is_one_state),
      cmocka_unit_test(ranges_go_both_ways),
      cmocka_unit_test(an_open_iterator_holds_the_snapshot),
      cmocka_unit_test(a_fold_that_is_not_there_or_not_ours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
