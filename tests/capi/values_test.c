/* Statuses, errors, texts, cursors, options, the log: what needs no bucket. */
#include "capi/check.h"

static void status_table_is_ascending_and_named(void** state) {
  (void)state;
  size_t count = 0;
  const slip_status_row* rows = slip_status_table(&count);
  assert_true(count > 40);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) assert_true(rows[i - 1].status < rows[i].status);
    assert_string_equal(slip_status_name(rows[i].status), rows[i].name);
    assert_int_equal(strncmp(rows[i].name, "SLIP_", 5), 0);
    assert_true(strlen(rows[i].text) > 0);
    assert_true(rows[i].retriable <= 1);
  }
  assert_int_equal(rows[0].status, SLIP_OK);
  assert_int_equal(rows[count - 1].status, SLIP_USER_FIRST);
  assert_ptr_equal(slip_status_table(NULL), rows);
  assert_string_equal(slip_status_name(19), "SLIP_?");
  assert_string_equal(slip_status_name(-1), "SLIP_?");
}

static void null_values_have_harmless_answers(void** state) {
  (void)state;
  assert_int_equal(slip_error_code(NULL), SLIP_OK);
  assert_string_equal(slip_error_message(NULL), "");
  assert_int_equal(slip_error_is_retriable(NULL), 0);
  assert_int_equal(slip_text_bytes(NULL).size, 0);
  assert_string_equal(slip_text_string(NULL), "");
  assert_null(slip_entry_update(NULL));
  size_t count = 7;
  assert_null(slip_batch_updates(NULL, &count));
  assert_int_equal(count, 0);
  assert_int_equal(slip_batch_arena(NULL).size, 0);
  assert_int_equal(slip_batch_cursor(NULL).revision, 0);
  assert_int_equal(slip_snapshot_cursor(NULL).revision, 0);
  slip_error_free(NULL);
  slip_text_free(NULL);
  slip_entry_free(NULL);
}

static void an_error_says_what_and_whether_again(void** state) {
  (void)state;
  slip_error* error = GARBAGE(slip_error);
  slip_connection* connection = GARBAGE(slip_connection);
  assert_int_equal(slip_connect("ftp://example", NULL, &connection, &error), SLIP_INVALID);
  assert_null(connection);
  assert_int_equal(slip_error_code(error), SLIP_INVALID);
  assert_non_null(strstr(slip_error_message(error), "ftp"));
  assert_int_equal(slip_error_is_retriable(error), 0);
  slip_error_free(error);
  /* Success clears it, and it may be left out. */
  error = GARBAGE(slip_error);
  assert_int_equal(slip_connect("mem://", NULL, &connection, &error), SLIP_OK);
  assert_null(error);
  slip_connection_free(connection);
  assert_int_equal(slip_connect("ftp://example", NULL, &connection, NULL), SLIP_INVALID);
}

static void an_outcome_has_a_sentence_too(void** state) {
  (void)state;
  world w = world_open();
  slip_watch* watch = NULL;
  slip_batch* batch = NULL;
  assert_ok(slip_watch_open(w.bucket, NULL, NULL, &watch, &error));
  slip_error* error = NULL;
  assert_int_equal(slip_watch_next(watch, 0, &batch, &error), SLIP_TIMEOUT);
  assert_true(strlen(slip_error_message(error)) > 0);
  assert_int_equal(slip_error_is_retriable(error), 1);
  slip_error_free(error);
  slip_watch_free(watch);
  world_close(&w);
}

static void cursors_travel_as_text(void** state) {
  (void)state;
  const slip_cursor cursor = {1700000000000000000u, 42};
  slip_text* text = GARBAGE(slip_text);
  assert_ok(slip_cursor_format("routes", cursor, &text, &error));
  assert_string_equal(slip_text_string(text), "slip1:routes:1700000000000000000:42");
  assert_int_equal(slip_text_bytes(text).size, strlen(slip_text_string(text)));
  slip_cursor back = {1, 1};
  slip_text* bucket = GARBAGE(slip_text);
  assert_ok(slip_cursor_parse(slip_text_string(text), &back, &bucket, &error));
  assert_int_equal(back.epoch, cursor.epoch);
  assert_int_equal(back.revision, cursor.revision);
  assert_string_equal(slip_text_string(bucket), "routes");
  assert_ok(slip_cursor_parse(slip_text_string(text), &back, NULL, &error));
  slip_text_free(bucket);
  slip_text_free(text);
}

static void bad_cursors_are_refused(void** state) {
  (void)state;
  static const char* const bad[] = {"",
                                    "slip1",
                                    "slip1:routes:1",
                                    "slip1:routes:1:2:3",
                                    "slip1:routes:1:-2",
                                    "slip1:routes:1:18446744073709551615",
                                    "slip1:routes:1:18446744073709551616",
                                    "slip1:ro utes:1:2",
                                    "slip1::1:2",
                                    "slip0:routes:1:2",
                                    "SLIP1:routes:1:2"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    slip_cursor cursor = {9, 9};
    slip_text* bucket = GARBAGE(slip_text);
    assert_fails(slip_cursor_parse(bad[i], &cursor, &bucket, &error), SLIP_INVALID, "cursor");
    assert_int_equal(cursor.epoch, 0);
    assert_int_equal(cursor.revision, 0);
    assert_null(bucket);
  }
  slip_cursor cursor = {9, 9};
  slip_text* text = GARBAGE(slip_text);
  const slip_cursor last = {1, UINT64_MAX};
  assert_fails(slip_cursor_parse("slip2:routes:1:2", &cursor, NULL, &error), SLIP_NEWER_FORMAT,
               "slip2");
  assert_fails(slip_cursor_format("ro utes", cursor, &text, &error), SLIP_INVALID, "ro utes");
  assert_fails(slip_cursor_format("routes", last, &text, &error), SLIP_INVALID, "2^64-1");
  assert_null(text);
}

static void options_check_at_once(void** state) {
  (void)state;
  slip_options* watch = NULL;
  assert_ok(slip_options_new(SLIP_OPTIONS_WATCH, &watch, &error));
  assert_ok(slip_options_set_u64(watch, "batch_updates_max", 100, &error));
  assert_ok(slip_options_set_string(watch, "batch_updates_max", "200", &error));
  assert_ok(slip_options_set_string(watch, "batch_close", "window", &error));
  assert_fails(slip_options_set_u64(watch, "batch_updates_mx", 1, &error), SLIP_UNKNOWN_OPTION,
               "batch_updates_max");
  assert_fails(slip_options_set_u64(watch, "batch_updates_max", 0, &error), SLIP_OUT_OF_BOUNDS,
               "batch_updates_max");
  assert_fails(slip_options_set_u64(watch, "batch_updates_max", 1000001, &error),
               SLIP_OUT_OF_BOUNDS, "1000000");
  assert_fails(slip_options_set_string(watch, "batch_close", "never", &error), SLIP_OUT_OF_BOUNDS,
               "window");
  assert_fails(slip_options_set_bool(watch, "batch_updates_max", 1, &error), SLIP_INVALID,
               "batch_updates_max");
  assert_fails(slip_options_set_bytes(watch, "window_ms", "x", 1, &error), SLIP_INVALID,
               "window_ms");
  assert_fails(slip_options_add(watch, "cursor", "x", &error), SLIP_INVALID, "cursor");
  slip_options_free(watch);
  slip_options* fold = options_with(SLIP_OPTIONS_FOLD, "read_only", "true");
  assert_ok(slip_options_set_bool(fold, "read_only", 0, &error));
  assert_fails(slip_options_set_bool(fold, "read_only", 2, &error), SLIP_OUT_OF_BOUNDS,
               "read_only");
  slip_options_free(fold);
}

static void secrets_stay_out_of_sentences(void** state) {
  (void)state;
  slip_options* options = options_with(SLIP_OPTIONS_CONNECTION, "password", "hunter2");
  slip_error* error = NULL;
  assert_int_not_equal(slip_options_set_bytes(options, "connect", "hunter2", 7, &error), SLIP_OK);
  slip_error_free(error);
  assert_int_not_equal(slip_options_add(options, "password", "hunter2", &error), SLIP_OK);
  assert_null(strstr(slip_error_message(error), "hunter2"));
  slip_error_free(error);
  slip_options_free(options);
}

static void options_are_for_one_kind(void** state) {
  (void)state;
  slip_options* wrong = NULL;
  slip_connection* connection = GARBAGE(slip_connection);
  slip_fold* fold = GARBAGE(slip_fold);
  assert_ok(slip_options_new(SLIP_OPTIONS_PUBLISH, &wrong, &error));
  assert_fails(slip_connect("mem://", wrong, &connection, &error), SLIP_INVALID, "a connection");
  assert_null(connection);
  assert_fails(slip_fold_open("lmdb:/nowhere/at/all", wrong, &fold, &error), SLIP_INVALID,
               "a fold");
  assert_null(fold);
  slip_options_free(wrong);
  slip_options* none = GARBAGE(slip_options);
  assert_fails(slip_options_new(0, &none, &error), SLIP_INVALID, "kind 0");
  assert_null(none);
  assert_fails(slip_options_new(99, &none, &error), SLIP_INVALID, "kind 99");
}

/* Copies what stands between two marks of a JSON text. */
static const char* between(const char* text, const char* open, const char* close, char* out) {
  const char* start = strstr(text, open);
  assert_non_null(start);
  start += strlen(open);
  const size_t size = (size_t)(strstr(start, close) - start);
  assert_true(size < 64);
  memcpy(out, start, size);
  out[size] = '\0';
  return start + size;
}

/* Every described option exists, and takes its own default. */
static size_t set_each_to_its_default(slip_options* options, const char* json) {
  size_t found = 0;
  char name[64];
  char fallback[64];
  for (; (json = strstr(json, "{\"name\":\"")) != NULL; ++found) {
    json = between(json, "{\"name\":\"", "\"", name);
    if (strncmp(json, "\",\"type\":\"list\"", 16) == 0) continue;
    json = between(json, "\"default\":", ",", fallback);
    char* value = fallback;
    if (value[0] == '"') {
      ++value;
      value[strlen(value) - 1] = '\0';
    }
    assert_ok(slip_options_set_string(options, name, value, &error));
  }
  return found;
}

static void options_describe_themselves(void** state) {
  (void)state;
  static const size_t at_least[] = {0, 17, 10, 13, 3, 2, 0, 0, 0};
  for (int32_t kind = SLIP_OPTIONS_CONNECTION; kind <= SLIP_OPTIONS_IMPORT; ++kind) {
    slip_text* json = GARBAGE(slip_text);
    slip_options* options = NULL;
    assert_ok(slip_options_new(kind, &options, &error));
    assert_ok(slip_options_describe(kind, &json, &error));
    assert_true(set_each_to_its_default(options, slip_text_string(json)) >= at_least[kind]);
    if (kind == SLIP_OPTIONS_CONNECTION)
      assert_non_null(strstr(slip_text_string(json), "\"secret\":true"));
    slip_options_free(options);
    slip_text_free(json);
  }
  slip_text* json = GARBAGE(slip_text);
  assert_fails(slip_options_describe(-1, &json, &error), SLIP_INVALID, "kind -1");
  assert_null(json);
}

typedef struct lines {
  int count;
  slip_status from_inside;
} lines;

static void count_line(void* user, int32_t level, const char* room, const char* message) {
  lines* l = user;
  ++l->count;
  if (level < SLIP_LOG_ERROR || level > SLIP_LOG_DEBUG || room[0] == '\0' || message[0] == '\0')
    abort();
  l->from_inside = slip_log_set(NULL, NULL, 0, NULL);
}

static slip_status failing_apply(void* user, const slip_item* items, size_t count, char* text,
                                 size_t text_size) {
  (void)user;
  (void)items;
  (void)count;
  snprintf(text, text_size, "no");
  return SLIP_USER_FIRST;
}

/* A watch that fails says so in the log. */
static void fail_a_watch(world* w) {
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.apply = failing_apply;
  slip_watch* watch = NULL;
  assert_ok(slip_watch_start(w->bucket, NULL, NULL, &callbacks, &watch, &error));
  assert_fails(slip_watch_wait_revision(watch, UINT64_MAX, 10000, &error), SLIP_USER_FIRST, "no");
  assert_fails(slip_watch_close(watch, NULL, &error), SLIP_USER_FIRST, "no");
  slip_watch_free(watch);
}

static void the_log_goes_where_it_is_sent(void** state) {
  (void)state;
  world w = world_open();
  put(w.bucket, "a", "1");
  lines received = {0, SLIP_OK};
  assert_ok(slip_log_set(count_line, &received, SLIP_LOG_DEBUG, &error));
  fail_a_watch(&w);
  assert_true(received.count > 0);
  assert_int_equal(received.from_inside, SLIP_DEADLOCK);
  assert_fails(slip_log_set(count_line, &received, 5, &error), SLIP_INVALID, "level 5");
  assert_ok(slip_log_set(NULL, NULL, 0, &error));
  const int before = received.count;
  fail_a_watch(&w);
  assert_int_equal(received.count, before);
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(status_table_is_ascending_and_named),
      cmocka_unit_test(null_values_have_harmless_answers),
      cmocka_unit_test(an_error_says_what_and_whether_again),
      cmocka_unit_test(an_outcome_has_a_sentence_too),
      cmocka_unit_test(cursors_travel_as_text),
      cmocka_unit_test(bad_cursors_are_refused),
      cmocka_unit_test(options_check_at_once),
      cmocka_unit_test(secrets_stay_out_of_sentences),
      cmocka_unit_test(options_are_for_one_kind),
      cmocka_unit_test(options_describe_themselves),
      cmocka_unit_test(the_log_goes_where_it_is_sent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
