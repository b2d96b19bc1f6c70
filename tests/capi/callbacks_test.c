/* The callback form of a watch, end to end on the embedded bucket and an LMDB fold. */
#include <pthread.h>

#include "capi/check.h"

/* What the callbacks of one watch saw. Written on its thread, read after it ended or by atomics. */
typedef struct seen {
  world* w;
  pthread_mutex_t mutex;
  char text[4096]; /* a line of what happened, in order */
  int parsed, applied, discarded, destroyed, ended;
  int live; /* items made and neither applied nor discarded */
  slip_status end_status;
  char end_message[256];
  slip_cursor end_cursor;
  slip_status apply_result; /* what apply returns */
  const char* apply_text;
  int reject_prefix; /* parse rejects keys that begin with this; 0: none */
  int hold;          /* apply waits while this is 1 */
  int in_apply;
  slip_watch** watch; /* for calls from within */
  slip_status from_within[6];
} seen;

static void note(seen* s, const char* format, const char* a, unsigned long long b) {
  pthread_mutex_lock(&s->mutex);
  const size_t size = strlen(s->text);
  snprintf(s->text + size, sizeof s->text - size, format, a, b);
  pthread_mutex_unlock(&s->mutex);
}

static void* parse(void* user, const slip_update* update) {
  seen* s = user;
  ++s->parsed;
  if (s->reject_prefix != 0 && update->key.data[0] == s->reject_prefix) return NULL;
  char* item = malloc(update->key.size + 1);
  memcpy(item, update->key.data, update->key.size);
  item[update->key.size] = '\0';
  ++s->live;
  return item;
}

static int flag(seen* s, int* field, int value) {
  pthread_mutex_lock(&s->mutex);
  const int before = *field;
  if (value >= 0) *field = value;
  pthread_mutex_unlock(&s->mutex);
  return before;
}

static slip_status apply(void* user, const slip_item* items, size_t count, char* text,
                         size_t text_size) {
  seen* s = user;
  flag(s, &s->in_apply, 1);
  while (flag(s, &s->hold, -1) == 1) {
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
  }
  note(s, "apply(%s", (items[0].update->flags & SLIP_FLAG_REPLAY) != 0 ? "replay " : "", 0);
  for (size_t i = 0; i < count; ++i) {
    if (items[i].item != NULL) {
      note(s, "%s,", items[i].item, 0);
      free(items[i].item);
      --s->live;
    } else {
      note(s, "-%s", "", 0);
    }
    ++s->applied;
  }
  slip_cursor cursor = {0, 0};
  if (s->w->fold != NULL && slip_fold_cursor(s->w->fold, &cursor, NULL, NULL) != SLIP_OK) abort();
  note(s, "%s@%llu) ", "", cursor.revision);
  if (s->apply_text != NULL) snprintf(text, text_size, "%s", s->apply_text);
  return s->apply_result;
}

static void on_applied(void* user, const slip_cursor* cursor, size_t updates) {
  seen* s = user;
  note(s, "applied%s(%llu", "", cursor->revision);
  note(s, "%s,%llu) ", "", updates);
}

static void discard(void* user, void* item) {
  seen* s = user;
  note(s, "discard(%s) ", item, 0);
  free(item);
  ++s->discarded;
  --s->live;
}

static void on_end(void* user, slip_status status, const char* message, const slip_cursor* cursor) {
  seen* s = user;
  s->end_status = status;
  snprintf(s->end_message, sizeof s->end_message, "%s", message);
  s->end_cursor = *cursor;
  if (s->destroyed != 0) abort();
  ++s->ended;
  note(s, "%send", "", 0);
}

static void destroy(void* user) {
  seen* s = user;
  ++s->destroyed;
}

static slip_watch_callbacks callbacks_of(seen* s) {
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = s;
  callbacks.parse = parse;
  callbacks.apply = apply;
  callbacks.on_applied = on_applied;
  callbacks.discard = discard;
  callbacks.on_end = on_end;
  callbacks.destroy = destroy;
  return callbacks;
}

static void seen_init(seen* s, world* w) {
  memset(s, 0, sizeof *s);
  s->w = w;
  pthread_mutex_init(&s->mutex, NULL);
}

static slip_options* window_of(uint64_t updates_max) {
  slip_options* options = options_with(SLIP_OPTIONS_WATCH, "batch_close", "window");
  assert_ok(slip_options_set_u64(options, "window_ms", 3600000, &error));
  if (updates_max > 0)
    assert_ok(slip_options_set_u64(options, "batch_updates_max", updates_max, &error));
  return options;
}

static slip_watch* start(seen* s, slip_options* options) {
  slip_watch* watch = NULL;
  slip_watch_callbacks callbacks = callbacks_of(s);
  assert_ok(slip_watch_start(s->w->bucket, s->w->fold, options, &callbacks, &watch, &error));
  slip_options_free(options);
  return watch;
}

static int has_received_all(void* user) {
  slip_watch* watch = *(slip_watch**)user;
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  return slip_watch_status(watch, &state, NULL) == SLIP_OK && state.received >= 3;
}

/* What one sees of the order: the second apply finds the first batch's cursor in the fold. */
static void batches_end_where_they_are_full_and_at_the_close(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  slip_watch* watch = start(&s, window_of(2));
  put(w.bucket, "a", "1");
  put(w.bucket, "b", "2");
  put(w.bucket, "c", "3");
  test_await(has_received_all, &watch, 10000, "three updates");
  slip_cursor cursor = {0, 0};
  assert_ok(slip_watch_close(watch, &cursor, &error));
  assert_string_equal(s.text, "apply(a,b,@0) applied(2,2) apply(c,@2) applied(3,1) end");
  assert_int_equal(cursor.revision, 3);
  assert_int_equal(fold_revision(w.fold), 3);
  assert_int_equal(s.end_status, SLIP_OK);
  assert_string_equal(s.end_message, "");
  assert_int_equal(s.end_cursor.revision, 3);
  slip_watch_state status = SLIP_WATCH_STATE_INIT;
  assert_ok(slip_watch_status(watch, &status, &error));
  assert_int_equal(status.state, SLIP_WATCH_ENDED);
  assert_int_equal(status.end_status, SLIP_OK);
  assert_int_equal(status.batches, 2);
  assert_int_equal(status.applied, 3);
  assert_int_equal(status.rejected, 0);
  assert_int_equal(s.destroyed, 0);
  slip_watch_free(watch);
  assert_int_equal(s.destroyed, 1);
  assert_int_equal(s.live, 0);
  world_close(&w);
}

static void rejected_updates_are_folded_and_counted(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  s.reject_prefix = 'x';
  put(w.bucket, "x1", "1");
  put(w.bucket, "x2", "2");
  put(w.bucket, "a", "3");
  put(w.bucket, "x3", "4");
  slip_options* options = window_of(2);
  assert_ok(slip_options_set_string(options, "stop_at", "caught_up", &error));
  slip_watch* watch = start(&s, options);
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  assert_ok(slip_watch_close(watch, NULL, &error));
  /* The first batch was rejected whole: no apply, but on_applied. */
  assert_string_equal(s.text, "applied(2,2) apply(a,@2) applied(4,2) end");
  slip_watch_state status = SLIP_WATCH_STATE_INIT;
  assert_ok(slip_watch_status(watch, &status, &error));
  assert_int_equal(status.rejected, 3);
  assert_int_equal(status.applied, 4);
  assert_true(fold_has(w.fold, "x1", "1"));
  slip_watch_free(watch);
  world_close(&w);
}

static void a_failing_apply_ends_the_watch_and_moves_nothing(void** state) {
  (void)state;
  static const slip_status results[] = {SLIP_USER_FIRST + 7, SLIP_NO_SPACE, SLIP_END, 777, -3};
  for (size_t i = 0; i < sizeof results / sizeof results[0]; ++i) {
    world w = world_open();
    seen s;
    seen_init(&s, &w);
    put(w.bucket, "a", "1");
    s.apply_result = results[i];
    s.apply_text = "table is full";
    slip_watch* watch = start(&s, NULL);
    assert_fails(slip_watch_wait_revision(watch, 1, 10000, &error), results[i], "table is full");
    slip_cursor cursor = {9, 9};
    assert_fails(slip_watch_close(watch, &cursor, &error), results[i], "table is full");
    assert_fails(slip_watch_close(watch, NULL, &error), results[i], "table is full");
    assert_int_equal(cursor.revision, 0);
    assert_int_equal(s.end_status, results[i]);
    assert_string_equal(s.end_message, "table is full");
    assert_int_equal(s.discarded, 0); /* apply had them */
    assert_int_equal(s.live, 0);
    slip_watch_free(watch);
    assert_int_equal(fold_revision(w.fold), 0);
    assert_false(fold_has(w.fold, "a", "1"));
    /* The batch comes again. */
    seen_init(&s, &w);
    watch = start(&s, NULL);
    assert_ok(slip_watch_wait_revision(watch, 1, 10000, &error));
    slip_watch_free(watch);
    assert_int_equal(s.applied, 1);
    world_close(&w);
  }
}

static void a_failure_without_a_sentence_gets_one(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  put(w.bucket, "a", "1");
  s.apply_result = 1234;
  slip_watch* watch = start(&s, NULL);
  assert_fails(slip_watch_wait_revision(watch, 1, 10000, &error), 1234, "1234");
  slip_watch_free(watch);
  world_close(&w);
}

static void cancel_hands_what_was_received_to_discard(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  slip_watch* watch = start(&s, window_of(0));
  put_many(w.bucket, "k", 3);
  test_await(has_received_all, &watch, 10000, "three updates");
  assert_int_equal(slip_watch_cancel(watch), SLIP_OK);
  slip_cursor cursor = {9, 9};
  assert_fails(slip_watch_close(watch, &cursor, &error), SLIP_CANCELLED, "cancelled");
  assert_string_equal(s.text, "discard(k00000) discard(k00001) discard(k00002) end");
  assert_int_equal(cursor.revision, 0);
  assert_int_equal(s.end_status, SLIP_CANCELLED);
  assert_int_equal(s.live, 0);
  assert_int_equal(slip_watch_cancel(watch), SLIP_OK); /* sticky, harmless */
  slip_watch_free(watch);
  world_close(&w);
}

static void free_cancels(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  slip_watch* watch = start(&s, window_of(0));
  put_many(w.bucket, "k", 3);
  test_await(has_received_all, &watch, 10000, "three updates");
  slip_watch_free(watch);
  assert_int_equal(s.discarded, 3);
  assert_int_equal(s.applied, 0);
  assert_int_equal(s.ended, 1);
  assert_int_equal(s.destroyed, 1);
  assert_int_equal(fold_revision(w.fold), 0);
  world_close(&w);
}

static void the_fold_is_replayed_first(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  put(w.bucket, "b", "1");
  put(w.bucket, "a", "2");
  slip_watch* watch = start(&s, options_with(SLIP_OPTIONS_WATCH, "stop_at", "caught_up"));
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  slip_watch_free(watch);
  put(w.bucket, "c", "3");
  seen_init(&s, &w);
  watch = start(&s, options_with(SLIP_OPTIONS_WATCH, "stop_at", "caught_up"));
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  assert_ok(slip_watch_close(watch, NULL, &error));
  assert_string_equal(s.text, "apply(replay a,b,@2) apply(c,@2) applied(3,1) end");
  slip_watch_state status = SLIP_WATCH_STATE_INIT;
  assert_ok(slip_watch_status(watch, &status, &error));
  assert_int_equal(status.replayed, 2);
  slip_watch_free(watch);
  seen_init(&s, &w);
  slip_options* none = options_with(SLIP_OPTIONS_WATCH, "replay", "none");
  watch = start(&s, none);
  slip_cursor cursor = {0, 0};
  assert_ok(slip_watch_close(watch, &cursor, &error));
  assert_string_equal(s.text, "end");
  assert_int_equal(cursor.revision, 3);
  slip_watch_free(watch);
  world_close(&w);
}

static void every_function_may_be_left_out(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  for (int without = 0; without < 6; ++without) {
    seen_init(&s, &w);
    put_many(w.bucket, "k", 2);
    slip_watch_callbacks callbacks = callbacks_of(&s);
    if (without == 0) callbacks.parse = NULL;
    if (without == 1) callbacks.apply = NULL;
    if (without == 2) callbacks.on_applied = NULL;
    if (without == 3) callbacks.on_end = NULL;
    if (without == 4) callbacks.destroy = NULL;
    if (without == 5) {
      const slip_watch_callbacks none = SLIP_WATCH_CALLBACKS_INIT;
      callbacks = none;
    }
    slip_watch* watch = NULL;
    slip_options* options = options_with(SLIP_OPTIONS_WATCH, "replay", "none");
    assert_ok(slip_watch_start(w.bucket, w.fold, options, &callbacks, &watch, &error));
    slip_options_free(options);
    assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
    assert_ok(slip_watch_close(watch, NULL, &error));
    slip_watch_free(watch);
    assert_int_equal(s.live, 0);
    assert_int_equal(s.applied, without == 1 || without == 5 ? 0 : 2);
    assert_int_equal(s.discarded, without == 1 ? 2 : 0); /* parsed, and nobody to apply */
    assert_int_equal(s.destroyed, without == 4 || without == 5 ? 0 : 1);
  }
  assert_int_equal(fold_revision(w.fold), 12);
  world_close(&w);
}

static void destroy_comes_once_also_when_the_start_fails(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  slip_watch_callbacks callbacks = callbacks_of(&s);
  slip_watch* watch = GARBAGE(slip_watch);
  slip_watch* holder = NULL;
  assert_ok(slip_watch_open(w.bucket, w.fold, NULL, &holder, &error));
  assert_fails(slip_watch_start(w.bucket, w.fold, NULL, &callbacks, &watch, &error), SLIP_BUSY, "");
  assert_null(watch);
  assert_int_equal(s.destroyed, 1);
  assert_int_equal(s.ended, 0); /* there was no watch */
  slip_options* wrong = options_with(SLIP_OPTIONS_FOLD, "create", "never");
  assert_fails(slip_watch_start(w.bucket, NULL, wrong, &callbacks, &watch, &error), SLIP_INVALID,
               "a watch");
  assert_int_equal(s.destroyed, 2);
  slip_options_free(wrong);
  slip_options* cursor = options_with(SLIP_OPTIONS_WATCH, "cursor", "nonsense");
  assert_fails(slip_watch_start(w.bucket, NULL, cursor, &callbacks, &watch, &error), SLIP_INVALID,
               "nonsense");
  assert_int_equal(s.destroyed, 3);
  slip_options_free(cursor);
  assert_ok(slip_connection_close(w.connection, &error));
  assert_fails(slip_watch_start(w.bucket, NULL, NULL, &callbacks, &watch, &error), SLIP_CLOSED, "");
  assert_int_equal(s.destroyed, 4);
  callbacks.struct_size = 12; /* destroy cannot be found */
  assert_fails(slip_watch_start(w.bucket, NULL, NULL, &callbacks, &watch, &error), SLIP_INVALID,
               "struct_size");
  assert_int_equal(s.destroyed, 4);
  slip_watch_free(holder);
  world_close(&w);
}

/* --- from within ------------------------------------------------------------------------------ */

static slip_status call_all(void* user, const slip_item* items, size_t count, char* text,
                            size_t text_size) {
  seen* s = user;
  (void)items;
  (void)count;
  (void)text;
  (void)text_size;
  slip_batch* batch = NULL;
  slip_watch_state status = SLIP_WATCH_STATE_INIT;
  while (flag(s, &s->hold, -1) == 1) {
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
  }
  slip_watch* watch = *s->watch;
  s->from_within[0] = slip_watch_close(watch, NULL, NULL);
  s->from_within[1] = slip_watch_wait_caught_up(watch, -1, NULL);
  s->from_within[2] = slip_watch_wait_revision(watch, 1, -1, NULL);
  s->from_within[3] = slip_watch_export(watch, "/nowhere", NULL, NULL, NULL);
  s->from_within[4] = slip_watch_next(watch, -1, &batch, NULL);
  s->from_within[5] = slip_watch_status(watch, &status, NULL);
  put(s->w->bucket, "from.within", "1"); /* writing is allowed */
  if (slip_watch_interrupt(watch) != SLIP_OK || slip_watch_cancel(watch) != SLIP_OK) abort();
  return SLIP_OK;
}

static void a_blocking_call_from_a_callback_is_a_deadlock(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  s.hold = 1;
  put(w.bucket, "a", "1");
  slip_watch_callbacks callbacks = callbacks_of(&s);
  slip_watch* watch = NULL;
  s.watch = &watch;
  callbacks.parse = NULL;
  callbacks.apply = call_all;
  assert_ok(slip_watch_start(w.bucket, w.fold, NULL, &callbacks, &watch, &error));
  flag(&s, &s.hold, 0);
  assert_fails(slip_watch_close(watch, NULL, &error), SLIP_CANCELLED, "cancelled");
  for (int i = 0; i < 5; ++i) assert_int_equal(s.from_within[i], SLIP_DEADLOCK);
  assert_int_equal(s.from_within[5], SLIP_OK);
  assert_int_equal(fold_revision(w.fold), 1); /* the apply that cancelled was committed */
  slip_watch_free(watch);
  assert_int_equal(s.destroyed, 1);
  world_close(&w);
}

/* --- waiting -----------------------------------------------------------------------------------
 */

static void waits_end_by_time_interrupt_and_end(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  slip_watch* watch = start(&s, NULL);
  assert_fails(slip_watch_wait_revision(watch, 99, 20, &error), SLIP_TIMEOUT, "");
  assert_int_equal(slip_watch_interrupt(watch), SLIP_OK); /* nobody waits: the next one */
  assert_fails(slip_watch_wait_revision(watch, 99, -1, &error), SLIP_INTERRUPTED, "");
  assert_fails(slip_watch_wait_revision(watch, 99, 20, &error), SLIP_TIMEOUT, ""); /* only that */
  const uint64_t revision = put(w.bucket, "a", "1");
  assert_ok(slip_watch_wait_revision(watch, revision, 10000, &error));
  assert_true(fold_has(w.fold, "a", "1")); /* read your own writes */
  assert_int_equal(slip_watch_cancel(watch), SLIP_OK);
  assert_fails(slip_watch_wait_revision(watch, 99, -1, &error), SLIP_CANCELLED, "cancelled");
  assert_fails(slip_watch_close(watch, NULL, &error), SLIP_CANCELLED, "");
  assert_fails(slip_watch_wait_revision(watch, 99, -1, &error), SLIP_CLOSED, "watch was closed");
  assert_fails(slip_watch_wait_caught_up(watch, -1, &error), SLIP_CLOSED, "watch was closed");
  assert_fails(slip_watch_export(watch, "/nowhere", NULL, NULL, &error), SLIP_CLOSED, "watch");
  assert_int_equal(slip_watch_interrupt(watch), SLIP_OK);
  slip_watch_free(watch);
  world_close(&w);
}

static void next_is_for_the_pull_form(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  slip_batch* batch = GARBAGE(slip_batch);
  slip_watch* watch = start(&s, NULL);
  assert_fails(slip_watch_next(watch, 0, &batch, &error), SLIP_MISUSE, "callbacks");
  assert_null(batch);
  slip_watch_free(watch);
  world_close(&w);
}

static void a_closed_connection_ends_the_watch(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  seen_init(&s, &w);
  put(w.bucket, "a", "1");
  slip_watch* watch = start(&s, NULL);
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  assert_ok(slip_connection_close(w.connection, &error));
  assert_fails(slip_watch_wait_revision(watch, 99, 10000, &error), SLIP_CLOSED, "");
  assert_fails(slip_watch_close(watch, NULL, &error), SLIP_CLOSED, "");
  slip_watch_free(watch);
  assert_int_equal(fold_revision(w.fold), 1);
  world_close(&w);
}

static void without_a_fold_the_caller_keeps_the_cursor(void** state) {
  (void)state;
  world w = world_open();
  seen s;
  slip_fold* fold = w.fold;
  w.fold = NULL;
  seen_init(&s, &w);
  put_many(w.bucket, "k", 3);
  slip_options* stop = options_with(SLIP_OPTIONS_WATCH, "stop_at", "revision");
  assert_ok(slip_options_set_u64(stop, "stop_revision", 2, &error));
  slip_watch* watch = start(&s, stop);
  slip_cursor cursor = {0, 0};
  assert_ok(slip_watch_wait_revision(watch, 2, 10000, &error));
  assert_ok(slip_watch_close(watch, &cursor, &error));
  slip_watch_free(watch);
  assert_int_equal(s.applied, 2);
  assert_int_equal(cursor.revision, 2);
  slip_text* text = NULL;
  assert_ok(slip_cursor_format("routes", cursor, &text, &error));
  seen_init(&s, &w);
  watch = start(&s, options_with(SLIP_OPTIONS_WATCH, "cursor", slip_text_string(text)));
  slip_text_free(text);
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  assert_fails(slip_watch_export(watch, "/nowhere", NULL, NULL, &error), SLIP_MISUSE, "no fold");
  slip_watch_free(watch);
  assert_int_equal(s.applied, 1);
  w.fold = fold;
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(batches_end_where_they_are_full_and_at_the_close),
      cmocka_unit_test(rejected_updates_are_folded_and_counted),
      cmocka_unit_test(a_failing_apply_ends_the_watch_and_moves_nothing),
      cmocka_unit_test(a_failure_without_a_sentence_gets_one),
      cmocka_unit_test(cancel_hands_what_was_received_to_discard),
      cmocka_unit_test(free_cancels),
      cmocka_unit_test(the_fold_is_replayed_first),
      cmocka_unit_test(every_function_may_be_left_out),
      cmocka_unit_test(destroy_comes_once_also_when_the_start_fails),
      cmocka_unit_test(a_blocking_call_from_a_callback_is_a_deadlock),
      cmocka_unit_test(waits_end_by_time_interrupt_and_end),
      cmocka_unit_test(next_is_for_the_pull_form),
      cmocka_unit_test(a_closed_connection_ends_the_watch),
      cmocka_unit_test(without_a_fold_the_caller_keeps_the_cursor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
