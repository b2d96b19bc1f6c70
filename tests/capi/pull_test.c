/* The pull form of a watch: next, ack, free, and everything that can come between. */
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capi/check.h"

static slip_watch* open_watch(world* w, slip_options* options) {
  slip_watch* watch = NULL;
  assert_ok(slip_watch_open(w->bucket, w->fold, options, &watch, &error));
  slip_options_free(options);
  return watch;
}

static slip_batch* next(slip_watch* watch) {
  slip_batch* batch = NULL;
  assert_ok(slip_watch_next(watch, 10000, &batch, &error));
  return batch;
}

static size_t batch_size(const slip_batch* batch) {
  size_t count = 0;
  (void)slip_batch_updates(batch, &count);
  return count;
}

static slip_options* batches_of(uint64_t updates_max) {
  slip_options* options = NULL;
  assert_ok(slip_options_new(SLIP_OPTIONS_WATCH, &options, &error));
  assert_ok(slip_options_set_u64(options, "batch_updates_max", updates_max, &error));
  return options;
}

static void a_batch_is_committed_by_its_ack(void** state) {
  (void)state;
  world w = world_open();
  put_many(w.bucket, "k", 5);
  slip_watch* watch = open_watch(&w, batches_of(3));
  slip_batch* batch = next(watch);
  size_t count = 0;
  const slip_update* updates = slip_batch_updates(batch, &count);
  assert_int_equal(count, 3);
  for (size_t i = 0; i < count; ++i) {
    assert_int_equal(updates[i].revision, i + 1);
    /* Every byte lies in the one arena. */
    const slip_bytes arena = slip_batch_arena(batch);
    assert_true(updates[i].key.data >= arena.data);
    assert_true(updates[i].value.data + updates[i].value.size <= arena.data + arena.size);
  }
  assert_int_equal(slip_batch_cursor(batch).revision, 3);
  assert_int_equal(fold_revision(w.fold), 0); /* receipt moves nothing */
  assert_ok(slip_batch_ack(batch, &error));
  assert_int_equal(fold_revision(w.fold), 3);
  assert_true(fold_has(w.fold, "k00002", "value"));
  assert_null(slip_batch_updates(batch, &count));
  assert_int_equal(count, 0);
  assert_int_equal(slip_batch_arena(batch).size, 0);
  assert_int_equal(slip_batch_cursor(batch).revision, 3);
  assert_fails(slip_batch_ack(batch, &error), SLIP_MISUSE, "before");
  slip_batch_free(batch);
  batch = next(watch);
  assert_int_equal(batch_size(batch), 2);
  assert_ok(slip_batch_ack(batch, &error));
  slip_batch_free(batch);
  slip_cursor cursor = {0, 0};
  assert_ok(slip_watch_close(watch, &cursor, &error));
  assert_int_equal(cursor.revision, 5);
  slip_watch_free(watch);
  world_close(&w);
}

/* A bucket of one's own that begins with its state. The test has the feed. */
typedef struct state_source {
  slip_feed* feed; /* set by the watch's thread */
} state_source;

static int has_feed(void* user) {
  return __atomic_load_n(&((state_source*)user)->feed, __ATOMIC_ACQUIRE) != NULL;
}

static slip_status state_info(void* user, slip_bucket_state* out, char* text, size_t text_size) {
  (void)user;
  (void)text;
  (void)text_size;
  out->epoch = 7;
  out->last_revision = 2;
  return SLIP_OK;
}

static slip_status state_watch(void* user, const slip_feed_request* request, slip_feed* feed,
                               void** out_source, char* text, size_t text_size) {
  (void)request;
  (void)out_source;
  (void)text;
  (void)text_size;
  __atomic_store_n(&((state_source*)user)->feed, feed, __ATOMIC_RELEASE);
  return SLIP_OK;
}

static void feed_put(slip_feed* feed, const char* key, uint64_t revision) {
  slip_update update;
  memset(&update, 0, sizeof update);
  update.key.data = (const uint8_t*)key;
  update.key.size = strlen(key);
  update.revision = revision;
  update.operation = SLIP_PUT;
  assert_ok(slip_feed_append(feed, &update, 1, 0, 1000, &error));
}

/* The next batch is this one update, and its ack returns when it is in the fold. */
static void ack_one(slip_watch* watch, const char* key, uint32_t operation) {
  slip_batch* batch = next(watch);
  size_t count = 0;
  const slip_update* updates = slip_batch_updates(batch, &count);
  assert_int_equal(count, 1);
  assert_int_equal(updates->key.size, strlen(key));
  assert_memory_equal(updates->key.data, key, updates->key.size);
  assert_int_equal(updates->operation, operation);
  assert_int_equal((updates->flags & SLIP_FLAG_SYNTHETIC) != 0, operation == SLIP_DELETE);
  assert_ok(slip_batch_ack(batch, &error));
  slip_batch_free(batch);
}

/* What a state that broke off left over is deleted in a batch of its own, of which on_applied does
 * not tell: its ack returns all the same. */
static void a_batch_of_synthetic_deletes_alone_is_committed_by_its_ack(void** state) {
  (void)state;
  world w = world_open();
  state_source source = {NULL};
  slip_bucket_functions functions = SLIP_BUCKET_FUNCTIONS_INIT;
  functions.capabilities = SLIP_BUCKET_FROM_STATE;
  functions.user = &source;
  functions.info = state_info;
  functions.watch = state_watch;
  slip_bucket_free(w.bucket);
  w.bucket = NULL;
  assert_ok(slip_bucket_open_foreign("states", &functions, &w.bucket, &error));
  slip_watch* watch = open_watch(&w, NULL);
  test_await(has_feed, &source, 10000, "a source");
  feed_put(source.feed, "a", 1);
  ack_one(watch, "a", SLIP_PUT);
  feed_put(source.feed, "b", 2);
  ack_one(watch, "b", SLIP_PUT);
  slip_watch_free(watch);
  slip_feed_free(source.feed);
  source.feed = NULL;
  watch = open_watch(&w, NULL);
  test_await(has_feed, &source, 10000, "a source");
  feed_put(source.feed, "a", 1);
  ack_one(watch, "a", SLIP_PUT);
  assert_true(fold_has(w.fold, "b", ""));
  assert_ok(slip_feed_state_end(source.feed, 2, &error));
  ack_one(watch, "b", SLIP_DELETE);
  assert_false(fold_has(w.fold, "b", ""));
  feed_put(source.feed, "c", 3);
  ack_one(watch, "c", SLIP_PUT);
  assert_int_equal(fold_revision(w.fold), 3);
  assert_ok(slip_watch_close(watch, NULL, &error));
  slip_watch_free(watch);
  slip_feed_free(source.feed);
  world_close(&w);
}

static void one_batch_at_a_time(void** state) {
  (void)state;
  world w = world_open();
  put_many(w.bucket, "k", 5);
  slip_watch* watch = open_watch(&w, batches_of(3));
  slip_batch* batch = next(watch);
  slip_batch* second = GARBAGE(slip_batch);
  assert_fails(slip_watch_next(watch, -1, &second, &error), SLIP_MISUSE, "outstanding");
  assert_null(second);
  assert_ok(slip_batch_ack(batch, &error));
  second = next(watch); /* an acked one may stay a while */
  slip_batch_free(batch);
  slip_batch_free(second);
  slip_watch_free(watch);
  world_close(&w);
}

static void a_batch_freed_without_ack_ends_the_watch(void** state) {
  (void)state;
  world w = world_open();
  put_many(w.bucket, "k", 5);
  slip_watch* watch = open_watch(&w, batches_of(3));
  slip_batch* batch = next(watch);
  slip_batch_free(batch);
  assert_fails(slip_watch_next(watch, -1, &batch, &error), SLIP_CANCELLED, "without an ack");
  assert_fails(slip_watch_wait_revision(watch, 99, -1, &error), SLIP_CANCELLED, "");
  assert_fails(slip_watch_close(watch, NULL, &error), SLIP_CANCELLED, "without an ack");
  slip_watch_free(watch);
  assert_int_equal(fold_revision(w.fold), 0);
  watch = open_watch(&w, NULL); /* it comes again */
  batch = next(watch);
  assert_int_equal(batch_size(batch), 5);
  assert_ok(slip_batch_ack(batch, &error));
  slip_batch_free(batch);
  slip_watch_free(watch);
  world_close(&w);
}

static void assert_readable(const slip_batch* batch, size_t wanted) {
  size_t count = 0;
  const slip_update* updates = slip_batch_updates(batch, &count);
  assert_int_equal(count, wanted);
  for (size_t i = 0; i < count; ++i) assert_bytes(updates[i].value, "value");
}

static void a_batch_outlives_what_ends_the_watch(void** state) {
  (void)state;
  for (int way = 0; way < 4; ++way) {
    world w = world_open();
    put_many(w.bucket, "k", 50);
    slip_watch* watch = open_watch(&w, NULL);
    slip_batch* batch = next(watch);
    slip_batch* none = GARBAGE(slip_batch);
    const size_t count = batch_size(batch);
    if (way == 0) assert_ok(slip_watch_close(watch, NULL, &error));
    if (way == 1) assert_int_equal(slip_watch_cancel(watch), SLIP_OK);
    if (way == 2) slip_watch_free(watch);
    if (way == 3) assert_ok(slip_connection_close(w.connection, &error));
    assert_readable(batch, count);
    if (way == 0) {
      assert_fails(slip_watch_next(watch, -1, &none, &error), SLIP_END, "closed");
      assert_fails(slip_batch_ack(batch, &error), SLIP_CLOSED, "closed");
    }
    if (way == 1) {
      assert_fails(slip_watch_next(watch, -1, &none, &error), SLIP_CANCELLED, "cancelled");
      assert_fails(slip_batch_ack(batch, &error), SLIP_CANCELLED, "cancelled");
    }
    if (way == 2) assert_fails(slip_batch_ack(batch, &error), SLIP_CANCELLED, "freed");
    if (way == 3) { /* what was received may still be committed */
      assert_ok(slip_batch_ack(batch, &error));
      assert_fails(slip_watch_next(watch, 10000, &none, &error), SLIP_CLOSED, "");
    } else {
      assert_readable(batch, count);
      assert_int_equal(fold_revision(w.fold), 0);
    }
    if (way != 2) slip_watch_free(watch);
    slip_batch_free(batch);
    world_close(&w);
  }
}

static void waiting_ends_by_time_interrupt_and_end(void** state) {
  (void)state;
  world w = world_open();
  slip_batch* batch = GARBAGE(slip_batch);
  slip_watch* watch = open_watch(&w, NULL);
  assert_fails(slip_watch_next(watch, 0, &batch, &error), SLIP_TIMEOUT, "");
  assert_fails(slip_watch_next(watch, 20, &batch, &error), SLIP_TIMEOUT, "");
  assert_null(batch);
  assert_int_equal(slip_watch_interrupt(watch), SLIP_OK);
  assert_fails(slip_watch_next(watch, -1, &batch, &error), SLIP_INTERRUPTED, "");
  assert_fails(slip_watch_next(watch, 0, &batch, &error), SLIP_TIMEOUT, ""); /* once */
  assert_int_equal(slip_watch_interrupt(watch), SLIP_OK);
  assert_int_equal(slip_watch_interrupt(watch), SLIP_OK); /* one flag, not a count */
  assert_fails(slip_watch_wait_caught_up(watch, -1, &error), SLIP_INTERRUPTED, "");
  assert_fails(slip_watch_next(watch, 0, &batch, &error), SLIP_TIMEOUT, "");
  assert_ok(slip_watch_close(watch, NULL, &error));
  assert_ok(slip_watch_close(watch, NULL, &error));
  assert_fails(slip_watch_next(watch, -1, &batch, &error), SLIP_END, "closed");
  slip_watch_free(watch);
  world_close(&w);
}

typedef struct waiter {
  slip_watch* watch;
  slip_status status;
  long thread_id; /* atomic */
} waiter;

static void* wait_in_next(void* user) {
  waiter* w = user;
  slip_batch* batch = NULL;
  __atomic_store_n(&w->thread_id, syscall(SYS_gettid), __ATOMIC_RELEASE);
  w->status = slip_watch_next(w->watch, -1, &batch, NULL);
  slip_batch_free(batch);
  return NULL;
}

/* The thread sleeps: in slip_watch_next there is nothing else to sleep for. */
static int is_asleep(void* user) {
  waiter* w = user;
  char path[64];
  char line[256] = "";
  const long id = __atomic_load_n(&w->thread_id, __ATOMIC_ACQUIRE);
  if (id == 0) return 0;
  snprintf(path, sizeof path, "/proc/self/task/%ld/stat", id);
  FILE* file = fopen(path, "re");
  if (file == NULL) return 0;
  const char* end = fgets(line, sizeof line, file) != NULL ? strrchr(line, ')') : NULL;
  fclose(file);
  return end != NULL && end[2] == 'S';
}

static void a_waiting_next_is_woken(void** state) {
  (void)state;
  static const slip_status wanted[] = {SLIP_INTERRUPTED, SLIP_CANCELLED, SLIP_END, SLIP_CLOSED};
  for (int way = 0; way < 4; ++way) {
    world w = world_open();
    waiter waiting = {open_watch(&w, NULL), SLIP_OK, 0};
    pthread_t thread;
    pthread_create(&thread, NULL, wait_in_next, &waiting);
    test_await(is_asleep, &waiting, 10000, "a thread in slip_watch_next");
    if (way == 0) assert_int_equal(slip_watch_interrupt(waiting.watch), SLIP_OK);
    if (way == 1) assert_int_equal(slip_watch_cancel(waiting.watch), SLIP_OK);
    if (way == 2) assert_ok(slip_watch_close(waiting.watch, NULL, &error));
    if (way == 3) assert_ok(slip_connection_close(w.connection, &error));
    pthread_join(thread, NULL);
    assert_int_equal(waiting.status, wanted[way]);
    slip_watch_free(waiting.watch);
    world_close(&w);
  }
}

static void stop_at_ends_with_end(void** state) {
  (void)state;
  world w = world_open();
  put_many(w.bucket, "k", 7);
  slip_options* stop = batches_of(3);
  assert_ok(slip_options_set_string(stop, "stop_at", "caught_up", &error));
  slip_watch* watch = open_watch(&w, stop);
  slip_batch* batch = NULL;
  slip_status status;
  size_t total = 0;
  while ((status = slip_watch_next(watch, 10000, &batch, NULL)) == SLIP_OK) {
    total += batch_size(batch);
    assert_ok(slip_batch_ack(batch, &error));
    slip_batch_free(batch);
  }
  assert_int_equal(status, SLIP_END);
  assert_int_equal(total, 7);
  slip_cursor cursor = {0, 0};
  assert_ok(slip_watch_close(watch, &cursor, &error));
  assert_int_equal(cursor.revision, 7);
  slip_watch_state s = SLIP_WATCH_STATE_INIT;
  assert_ok(slip_watch_status(watch, &s, &error));
  assert_int_equal(s.state, SLIP_WATCH_ENDED);
  assert_int_equal(s.end_status, SLIP_OK);
  assert_int_equal(s.batches, 3);
  slip_watch_free(watch);
  world_close(&w);
}

static void close_gives_up_what_was_offered(void** state) {
  (void)state;
  world w = world_open();
  put_many(w.bucket, "k", 7);
  slip_watch* watch = open_watch(&w, NULL);
  slip_cursor cursor = {9, 9};
  assert_ok(slip_watch_close(watch, &cursor, &error));
  assert_int_equal(cursor.revision, 0);
  slip_watch_state s = SLIP_WATCH_STATE_INIT;
  assert_ok(slip_watch_status(watch, &s, &error));
  assert_int_equal(s.end_status, SLIP_OK);
  slip_watch_free(watch);
  world_close(&w);
}

static void replay_comes_before_the_tail(void** state) {
  (void)state;
  world w = world_open();
  put(w.bucket, "b", "1");
  put(w.bucket, "a", "2");
  slip_watch* watch = open_watch(&w, NULL);
  slip_batch* batch = next(watch);
  assert_ok(slip_batch_ack(batch, &error));
  slip_batch_free(batch);
  slip_watch_free(watch);
  put(w.bucket, "c", "3");
  watch = open_watch(&w, options_with(SLIP_OPTIONS_WATCH, "replay", "fold"));
  batch = next(watch);
  size_t count = 0;
  const slip_update* updates = slip_batch_updates(batch, &count);
  assert_int_equal(count, 2);
  assert_bytes(updates[0].key, "a");
  assert_true((updates[0].flags & SLIP_FLAG_REPLAY) != 0);
  assert_int_equal(slip_batch_cursor(batch).revision, 2);
  assert_ok(slip_batch_ack(batch, &error));
  assert_fails(slip_batch_ack(batch, &error), SLIP_MISUSE, "before");
  slip_batch_free(batch);
  batch = next(watch);
  updates = slip_batch_updates(batch, &count);
  assert_int_equal(count, 1);
  assert_bytes(updates[0].key, "c");
  assert_int_equal(updates[0].flags & SLIP_FLAG_REPLAY, 0);
  assert_ok(slip_batch_ack(batch, &error));
  slip_batch_free(batch);
  assert_int_equal(fold_revision(w.fold), 3);
  slip_watch_free(watch);
  world_close(&w);
}

static void a_pulling_caller_exports_what_it_acknowledged(void** state) {
  (void)state;
  world w = world_open();
  put_many(w.bucket, "k", 3);
  slip_watch* watch = open_watch(&w, NULL);
  slip_batch* batch = next(watch);
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  assert_ok(slip_batch_ack(batch, &error));
  slip_batch_free(batch);
  put_many(w.bucket, "later", 3);
  batch = next(watch); /* outstanding, on this very thread: the export must not wait for it */
  assert_ok(slip_watch_export(watch, test_path(w.directory, "artifact"), NULL, &summary, &error));
  assert_int_equal(summary.cursor.revision, 3);
  assert_int_equal(summary.entries, 3);
  assert_ok(slip_batch_ack(batch, &error));
  slip_batch_free(batch);
  slip_watch_free(watch);
  world_close(&w);
}

static void many_updates_cross_in_few_calls(void** state) {
  (void)state;
  enum { UPDATES = 300000 };
  world w = world_open();
  slip_write* writes = calloc(UPDATES, sizeof *writes);
  slip_write_result* results = calloc(UPDATES, sizeof *results);
  char* keys = malloc((size_t)UPDATES * 8);
  for (int i = 0; i < UPDATES; ++i) {
    snprintf(keys + (size_t)i * 8, 8, "k%06d", i);
    writes[i].key.data = (const uint8_t*)keys + (size_t)i * 8;
    writes[i].key.size = 7;
    writes[i].value = writes[i].key;
    writes[i].operation = SLIP_PUT;
    writes[i].expected_revision = SLIP_REVISION_ANY;
  }
  assert_ok(slip_bucket_put_many(w.bucket, writes, UPDATES, results, &error));
  slip_options* stop = options_with(SLIP_OPTIONS_WATCH, "stop_at", "caught_up");
  slip_watch* watch = NULL;
  assert_ok(slip_watch_open(w.bucket, NULL, stop, &watch, &error));
  slip_options_free(stop);
  slip_batch* batch = NULL;
  int calls = 0;
  size_t total = 0;
  while (slip_watch_next(watch, 30000, &batch, NULL) == SLIP_OK) {
    total += batch_size(batch);
    assert_ok(slip_batch_ack(batch, &error));
    slip_batch_free(batch);
    calls += 2;
  }
  assert_int_equal(total, UPDATES);
  printf("figure: C crossings of %d updates = %d\n", UPDATES, calls);
  if (calls > 600) fail_msg("%d calls for %d updates", calls, UPDATES);
  slip_watch_free(watch);
  free(keys);
  free(results);
  free(writes);
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_batch_is_committed_by_its_ack),
      cmocka_unit_test(a_batch_of_synthetic_deletes_alone_is_committed_by_its_ack),
      cmocka_unit_test(one_batch_at_a_time),
      cmocka_unit_test(a_batch_freed_without_ack_ends_the_watch),
      cmocka_unit_test(a_batch_outlives_what_ends_the_watch),
      cmocka_unit_test(waiting_ends_by_time_interrupt_and_end),
      cmocka_unit_test(a_waiting_next_is_woken),
      cmocka_unit_test(stop_at_ends_with_end),
      cmocka_unit_test(close_gives_up_what_was_offered),
      cmocka_unit_test(replay_comes_before_the_tail),
      cmocka_unit_test(a_pulling_caller_exports_what_it_acknowledged),
      cmocka_unit_test(many_updates_cross_in_few_calls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
