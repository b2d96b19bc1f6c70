/* Who keeps whom alive: any order of freeing, and what a forked child may do. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capi/check.h"

/* The sanitizer of threads knows no threads in a forked child of a program that has some. */
#ifdef __SANITIZE_THREAD__
enum { THREADS_IN_THE_CHILD = 0 };
#else
enum { THREADS_IN_THE_CHILD = 1 };
#endif

enum { HANDLES = 4 };

/* The n-th of the 24 orders of four things. */
static void order_of(int n, int order[HANDLES]) {
  int left[HANDLES] = {0, 1, 2, 3};
  for (int i = 0; i < HANDLES; ++i) {
    const int remaining = HANDLES - i;
    int product = 1;
    for (int k = 2; k < remaining; ++k) product *= k;
    const int pick = n / product;
    n %= product;
    order[i] = left[pick];
    for (int k = pick; k < remaining - 1; ++k) left[k] = left[k + 1];
  }
}

static int destroyed;
static int applied;
static void count_destroy(void* user) {
  (void)user;
  ++destroyed;
}
static slip_status count_apply(void* user, const slip_item* items, size_t count, char* text,
                               size_t text_size) {
  (void)user;
  (void)items;
  (void)text;
  (void)text_size;
  applied += (int)count;
  return SLIP_OK;
}

static int a_watch_runs(void* user) {
  slip_watch_state status = SLIP_WATCH_STATE_INIT;
  return slip_watch_status(user, &status, NULL) == SLIP_OK && status.state == SLIP_WATCH_LIVE;
}

/* Everything goes away under a running watch, in every order; the watch goes on until it is freed.
 */
static void parents_live_as_long_as_their_children(void** state) {
  (void)state;
  for (int n = 0; n < 24; ++n) {
    int order[HANDLES];
    order_of(n, order);
    world w = world_open();
    put_many(w.bucket, "k", 3);
    slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
    callbacks.apply = count_apply;
    callbacks.destroy = count_destroy;
    slip_watch* watch = NULL;
    destroyed = 0;
    assert_ok(slip_watch_start(w.bucket, w.fold, NULL, &callbacks, &watch, &error));
    for (int i = 0; i < HANDLES; ++i) {
      assert_int_equal(destroyed, watch == NULL ? 1 : 0);
      if (order[i] == 0) slip_connection_free(w.connection);
      if (order[i] == 1) slip_bucket_free(w.bucket);
      if (order[i] == 2) slip_fold_free(w.fold);
      if (order[i] == 3) {
        test_await(a_watch_runs, watch, 10000, "a live watch");
        slip_watch_free(watch);
        watch = NULL;
      }
    }
    assert_int_equal(destroyed, 1);
    world_open_fold(&w); /* the last reference went: the path is free */
    assert_true(fold_has(w.fold, "k00002", "value"));
    slip_fold_free(w.fold);
  }
}

static void batches_and_iterators_outlive_everything(void** state) {
  (void)state;
  for (int n = 0; n < 24; ++n) {
    int order[HANDLES];
    order_of(n, order);
    world w = world_open();
    put_many(w.bucket, "k", 3);
    slip_watch* watch = NULL;
    slip_batch* batch = NULL;
    slip_snapshot* snapshot = NULL;
    slip_iterator* range = NULL;
    slip_iterator* listing = NULL;
    slip_update updates[3];
    size_t count = 0;
    assert_ok(slip_watch_open(w.bucket, w.fold, NULL, &watch, &error));
    assert_ok(slip_watch_next(watch, 10000, &batch, &error));
    assert_ok(slip_snapshot_open(w.fold, &snapshot, &error));
    assert_ok(slip_snapshot_range(snapshot, NULL, &range, &error));
    assert_ok(slip_bucket_scan(w.bucket, "", 0, &listing, &error));
    world_close(&w);
    for (int i = 0; i < HANDLES; ++i) {
      if (order[i] == 0) slip_watch_free(watch);
      if (order[i] == 1) {
        assert_bytes(slip_batch_updates(batch, &count)[0].key, "k00000");
        slip_batch_free(batch);
      }
      if (order[i] == 2) slip_snapshot_free(snapshot);
      if (order[i] == 3) {
        assert_ok(slip_iterator_next(listing, updates, 3, &count, &error));
        slip_iterator_free(listing);
        assert_fails(slip_iterator_next(range, updates, 3, &count, &error), SLIP_END, "");
        slip_iterator_free(range);
      }
    }
    world_open_fold(&w);
    slip_fold_free(w.fold);
  }
}

/* After all that: as many threads and descriptors as before. */
static void nothing_is_left_behind(void** state) {
  (void)state;
  parents_live_as_long_as_their_children(NULL);
  const int threads = test_thread_count();
  const int descriptors = test_descriptor_count();
  parents_live_as_long_as_their_children(NULL);
  batches_and_iterators_outlive_everything(NULL);
  assert_int_equal(test_thread_count(), threads);
  assert_int_equal(test_descriptor_count(), descriptors);
}

/* --- a full disk under a pulling caller ------------------------------------------------------- */

static void limit_files_to(rlim_t bytes) {
  struct rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
  limit.rlim_cur = bytes;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void an_ack_that_failed_for_want_of_space_may_be_repeated(void** state) {
  (void)state;
  world w = world_open();
  slip_watch* watch = NULL;
  slip_batch* batch = NULL;
  signal(SIGXFSZ, SIG_IGN);
  put_many(w.bucket, "k", 2000);
  assert_ok(slip_watch_open(w.bucket, w.fold, NULL, &watch, &error));
  assert_ok(slip_watch_next(watch, 10000, &batch, &error));
  limit_files_to(16 << 10);
  for (int i = 0; i < 3; ++i) {
    slip_error* error = NULL;
    const slip_status status = slip_batch_ack(batch, &error);
    const int again = slip_error_is_retriable(error);
    slip_error_free(error);
    size_t count = 0;
    const slip_update* updates = slip_batch_updates(batch, &count);
    if (status != SLIP_NO_SPACE || again != 1 || count == 0) limit_files_to(RLIM_INFINITY);
    assert_int_equal(status, SLIP_NO_SPACE);
    assert_int_equal(again, 1);
    assert_bytes(updates[0].key, "k00000"); /* still outstanding, still readable */
  }
  limit_files_to(RLIM_INFINITY);
  assert_int_equal(fold_revision(w.fold), 0);
  const uint64_t revision = slip_batch_cursor(batch).revision;
  assert_ok(slip_batch_ack(batch, &error));
  slip_batch_free(batch);
  assert_int_equal(fold_revision(w.fold), revision);
  slip_watch_free(watch);
  world_close(&w);
}

/* --- fork --------------------------------------------------------------------------------------
 */

typedef struct everything {
  world w;
  slip_options* options;
  slip_watch* watch;
  slip_batch* batch;
  slip_snapshot* snapshot;
  slip_iterator* iterator;
  slip_object_store* store;
} everything;

static void child_expects(int condition, int line) {
  if (condition) return;
  fprintf(stderr, "in the child: line %d\n", line);
  _exit(1);
}
#define expect(condition) child_expects((condition) ? 1 : 0, __LINE__)

static void handles_answer_forked(everything* e) {
  slip_error* error = NULL;
  slip_bucket* bucket = NULL;
  slip_watch* watch = NULL;
  slip_batch* batch = NULL;
  slip_snapshot* snapshot = NULL;
  slip_text* text = NULL;
  slip_update update;
  size_t count = 0;
  slip_connection_state state = SLIP_CONNECTION_STATE_INIT;
  expect(slip_bucket_open(e->w.connection, "routes", NULL, &bucket, &error) == SLIP_FORKED);
  expect(strstr(slip_error_message(error), "connection belongs to the parent process") != NULL);
  slip_error_free(error);
  expect(slip_connection_status(e->w.connection, &state, NULL) == SLIP_FORKED);
  expect(slip_connection_close(e->w.connection, NULL) == SLIP_FORKED);
  expect(slip_bucket_put(e->w.bucket, "k", 1, "v", 1, NULL, NULL) == SLIP_FORKED);
  expect(slip_watch_open(e->w.bucket, NULL, NULL, &watch, NULL) == SLIP_FORKED);
  expect(slip_watch_next(e->watch, -1, &batch, NULL) == SLIP_FORKED);
  expect(slip_watch_wait_caught_up(e->watch, -1, NULL) == SLIP_FORKED);
  expect(slip_watch_close(e->watch, NULL, NULL) == SLIP_FORKED);
  expect(slip_watch_cancel(e->watch) == SLIP_FORKED);
  expect(slip_watch_interrupt(e->watch) == SLIP_FORKED);
  expect(slip_batch_ack(e->batch, NULL) == SLIP_FORKED);
  expect(slip_batch_updates(e->batch, &count) == NULL && count == 0);
  expect(slip_batch_arena(e->batch).size == 0);
  expect(slip_fold_sync(e->w.fold, NULL) == SLIP_FORKED);
  expect(slip_fold_close(e->w.fold, NULL) == SLIP_FORKED);
  expect(slip_snapshot_open(e->w.fold, &snapshot, NULL) == SLIP_FORKED);
  expect(slip_snapshot_get(e->snapshot, "k", 1, &update, NULL) == SLIP_FORKED);
  expect(slip_snapshot_cursor(e->snapshot).revision == 0);
  expect(slip_iterator_next(e->iterator, &update, 1, &count, NULL) == SLIP_FORKED);
  expect(slip_object_store_get(e->store, "o", &text, NULL, NULL) == SLIP_FORKED);
  expect(slip_options_set_u64(e->options, "window_ms", 1, NULL) == SLIP_FORKED);
}

static void freeing_only_forgets(everything* e) {
  slip_iterator_free(e->iterator);
  slip_snapshot_free(e->snapshot);
  slip_batch_free(e->batch);
  slip_watch_free(e->watch);
  slip_object_store_free(e->store);
  slip_fold_free(e->w.fold);
  slip_bucket_free(e->w.bucket);
  slip_connection_free(e->w.connection);
  slip_options_free(e->options);
}

static void new_objects_work(const char* directory) {
  char url[600];
  slip_connection* connection = NULL;
  slip_bucket* bucket = NULL;
  slip_fold* fold = NULL;
  slip_watch* watch = NULL;
  slip_batch* batch = NULL;
  slip_cursor cursor = {7, 1};
  snprintf(url, sizeof url, "lmdb:%s/child", directory);
  expect(slip_connect("mem://", NULL, &connection, NULL) == SLIP_OK);
  expect(slip_bucket_create(connection, "child", NULL, &bucket, NULL) == SLIP_OK);
  expect(slip_bucket_put(bucket, "k", 1, "v", 1, NULL, NULL) == SLIP_OK);
  expect(slip_fold_open(url, NULL, &fold, NULL) == SLIP_OK);
  if (THREADS_IN_THE_CHILD) {
    expect(slip_watch_open(bucket, fold, NULL, &watch, NULL) == SLIP_OK);
    expect(slip_watch_next(watch, 10000, &batch, NULL) == SLIP_OK);
    expect(slip_batch_ack(batch, NULL) == SLIP_OK);
    slip_batch_free(batch);
    expect(slip_watch_close(watch, &cursor, NULL) == SLIP_OK);
    expect(cursor.revision == 1);
    slip_watch_free(watch);
  } else {
    expect(slip_fold_apply(fold, "child", NULL, 0, cursor, NULL) == SLIP_OK);
  }
  slip_fold_free(fold);
  slip_bucket_free(bucket);
  slip_connection_free(connection);
}

static void a_child_has_only_its_own(void** state) {
  (void)state;
  everything e;
  memset(&e, 0, sizeof e);
  e.w = world_open();
  char url[600];
  snprintf(url, sizeof url, "local:%s/objects", e.w.directory);
  put_many(e.w.bucket, "k", 3);
  assert_ok(slip_options_new(SLIP_OPTIONS_WATCH, &e.options, &error));
  assert_ok(slip_watch_open(e.w.bucket, e.w.fold, NULL, &e.watch, &error));
  assert_ok(slip_watch_next(e.watch, 10000, &e.batch, &error));
  assert_ok(slip_snapshot_open(e.w.fold, &e.snapshot, &error));
  assert_ok(slip_snapshot_range(e.snapshot, NULL, &e.iterator, &error));
  assert_ok(slip_object_store_open(url, NULL, &e.store, &error));
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    handles_answer_forked(&e);
    freeing_only_forgets(&e);
    new_objects_work(e.w.directory);
    _exit(0);
  }
  int result = -1;
  assert_int_equal(waitpid(child, &result, 0), child);
  assert_true(WIFEXITED(result));
  assert_int_equal(WEXITSTATUS(result), 0);
  /* The parent's are untouched. */
  assert_ok(slip_batch_ack(e.batch, &error));
  assert_int_equal(fold_revision(e.w.fold), 3);
  freeing_only_forgets(&e);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parents_live_as_long_as_their_children),
      cmocka_unit_test(batches_and_iterators_outlive_everything),
      cmocka_unit_test(nothing_is_left_behind),
      cmocka_unit_test(an_ack_that_failed_for_want_of_space_may_be_repeated),
      cmocka_unit_test(a_child_has_only_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
