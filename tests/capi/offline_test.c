/* A start without a server: what the fold has is served at once, and the watch goes live by itself
 * when there is a server, or ends where that one has another history. On a current nats-server. */
#include "capi/check.h"
#include "support/nats_server.h"

typedef struct stage {
  test_nats_server* server;
  char fold_url[512];
  slip_connection* connection;
  slip_bucket* bucket;
  slip_fold* fold;
  slip_watch* watch;
} stage;

static void connect(stage* s, const char* how) {
  slip_options* options = options_with(SLIP_OPTIONS_CONNECTION, "connect", how);
  assert_ok(slip_options_set_u64(options, "reconnect_wait_ms", 50, &error));
  assert_ok(slip_connect(test_nats_url(s->server), options, &s->connection, &error));
  slip_options_free(options);
}

static void leave(stage* s) {
  slip_watch_free(s->watch);
  slip_fold_free(s->fold);
  slip_bucket_free(s->bucket);
  slip_connection_free(s->connection);
  s->watch = NULL;
}

static slip_watch_state status_of(slip_watch* watch) {
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  assert_ok(slip_watch_status(watch, &state, &error));
  return state;
}

static void start(stage* s, int pulls, const char* max_stale_ms) {
  slip_options* options = options_with(SLIP_OPTIONS_WATCH, "max_stale_ms", max_stale_ms);
  assert_ok(slip_options_set_string(options, "replay", "none", &error));
  if (pulls) {
    assert_ok(slip_watch_open(s->bucket, s->fold, options, &s->watch, &error));
  } else {
    slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
    assert_ok(slip_watch_start(s->bucket, s->fold, options, &callbacks, &s->watch, &error));
  }
  slip_options_free(options);
}

/* Follows up to a revision, in either form. */
static void follow(stage* s, int pulls, uint64_t revision) {
  while (pulls && status_of(s->watch).cursor.revision < revision) {
    slip_batch* batch = NULL;
    assert_ok(slip_watch_next(s->watch, 30000, &batch, &error));
    assert_ok(slip_batch_ack(batch, &error));
    slip_batch_free(batch);
  }
  assert_ok(slip_watch_wait_revision(s->watch, revision, 30000, &error));
}

/* A fold that followed a server to its end; then the server is gone, and nothing is open. */
static stage followed(void) {
  stage s;
  memset(&s, 0, sizeof s);
  s.server = test_nats_start(TEST_NATS_CURRENT, NULL);
  snprintf(s.fold_url, sizeof s.fold_url, "lmdb:%s/fold", test_directory());
  connect(&s, "eager");
  assert_ok(slip_bucket_create(s.connection, "routes", NULL, &s.bucket, &error));
  assert_ok(slip_fold_open(s.fold_url, NULL, &s.fold, &error));
  put(s.bucket, "a", "1");
  start(&s, 0, "0");
  follow(&s, 0, put(s.bucket, "b", "2"));
  assert_ok(slip_watch_close(s.watch, NULL, &error));
  leave(&s);
  test_nats_terminate(s.server);
  return s;
}

static void open_offline(stage* s, int pulls, const char* max_stale_ms) {
  connect(s, "lazy");
  assert_ok(slip_bucket_open(s->connection, "routes", NULL, &s->bucket, &error));
  assert_ok(slip_fold_open(s->fold_url, NULL, &s->fold, &error));
  start(s, pulls, max_stale_ms);
}

static int is_live(void* watch) { return status_of(watch).state == SLIP_WATCH_LIVE; }
static int is_ready(void* watch) { return (int)status_of(watch).ready; }
static int is_stale(void* watch) { return status_of(watch).state == SLIP_WATCH_STALE; }
static int has_ended(void* watch) { return status_of(watch).state == SLIP_WATCH_ENDED; }

static void goes_live_when_there_is_a_server(int pulls) {
  stage s = followed();
  open_offline(&s, pulls, "0");
  const slip_watch_state stale = status_of(s.watch);
  assert_int_equal(stale.state, SLIP_WATCH_STALE);
  assert_int_equal(stale.ready, 1);
  assert_int_equal(stale.cursor.revision, 2);
  assert_int_equal(stale.contact_age_ns, -1);
  assert_true(fold_has(s.fold, "a", "1") && fold_has(s.fold, "b", "2"));
  assert_fails(slip_watch_wait_caught_up(s.watch, 0, &error), SLIP_TIMEOUT, "2");
  test_nats_restart(s.server);
  test_await(is_live, s.watch, 30000, "the watch to go live");
  assert_true(status_of(s.watch).contact_age_ns >= 0);
  follow(&s, pulls, put(s.bucket, "c", "3"));
  assert_true(fold_has(s.fold, "c", "3"));
  /* And again stale, at once, when the server goes. */
  test_nats_kill(s.server);
  test_await(is_stale, s.watch, 10000, "the watch to be stale");
  assert_int_equal(status_of(s.watch).ready, 1);
  test_nats_restart(s.server);
  test_await(is_live, s.watch, 30000, "the watch to go live again");
  assert_true(status_of(s.watch).reconnects >= 1);
  leave(&s);
  test_nats_stop(s.server);
}

static void a_watch_with_callbacks_goes_live_by_itself(void** state) {
  (void)state;
  goes_live_when_there_is_a_server(0);
}

static void a_watch_that_is_pulled_from_goes_live_by_itself(void** state) {
  (void)state;
  goes_live_when_there_is_a_server(1);
}

static void with_a_bound_it_is_ready_only_once_caught_up(void** state) {
  (void)state;
  stage s = followed();
  open_offline(&s, 0, "60000");
  assert_int_equal(status_of(s.watch).state, SLIP_WATCH_STALE);
  assert_int_equal(status_of(s.watch).ready, 0);
  test_nats_restart(s.server);
  test_await(is_ready, s.watch, 30000, "the watch to be ready");
  assert_int_equal(status_of(s.watch).state, SLIP_WATCH_LIVE);
  leave(&s);
  test_nats_stop(s.server);
}

static void without_anything_to_serve_it_connects(void** state) {
  (void)state;
  stage s;
  memset(&s, 0, sizeof s);
  s.server = test_nats_prepare(TEST_NATS_CURRENT, NULL);
  snprintf(s.fold_url, sizeof s.fold_url, "lmdb:%s/fold", test_directory());
  open_offline(&s, 0, "0");
  assert_int_equal(status_of(s.watch).state, SLIP_WATCH_CONNECTING);
  assert_int_equal(status_of(s.watch).ready, 0);
  leave(&s);
  test_nats_stop(s.server);
}

/* Another server, which never held what the fold is of. `recreated`: it has a bucket of that name.
 */
static void refused(int pulls, int recreated) {
  stage s = followed();
  test_nats_stop(s.server);
  s.server = test_nats_start(TEST_NATS_CURRENT, NULL);
  if (recreated) {
    connect(&s, "eager");
    assert_ok(slip_bucket_create(s.connection, "routes", NULL, &s.bucket, &error));
    for (int i = 0; i < 3; ++i) put(s.bucket, "other", "x");
    slip_bucket_free(s.bucket);
    slip_connection_free(s.connection);
  }
  test_nats_terminate(s.server);
  open_offline(&s, pulls, "0");
  assert_int_equal(status_of(s.watch).state, SLIP_WATCH_STALE);
  assert_true(fold_has(s.fold, "a", "1"));
  test_nats_restart(s.server);
  test_await(has_ended, s.watch, 30000, "the refusal");
  const slip_status end = recreated ? SLIP_STREAM_RECREATED : SLIP_BUCKET_NOT_FOUND;
  assert_int_equal(status_of(s.watch).end_status, end);
  assert_int_equal(status_of(s.watch).ready, 0);
  if (pulls) {
    slip_batch* batch = NULL;
    assert_fails(slip_watch_next(s.watch, 10000, &batch, &error), end, "routes");
  }
  slip_cursor cursor = {0, 0};
  assert_fails(slip_watch_close(s.watch, &cursor, &error), end, "routes");
  assert_int_equal(cursor.revision, 2);
  assert_true(fold_has(s.fold, "a", "1") && fold_has(s.fold, "b", "2"));
  leave(&s);
  test_nats_stop(s.server);
}

static void a_server_that_never_held_the_bucket_ends_it(void** state) {
  (void)state;
  refused(0, 0);
  refused(1, 0);
}

static void a_server_with_another_bucket_of_that_name_ends_it(void** state) {
  (void)state;
  refused(0, 1);
  refused(1, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_watch_with_callbacks_goes_live_by_itself),
      cmocka_unit_test(a_watch_that_is_pulled_from_goes_live_by_itself),
      cmocka_unit_test(with_a_bound_it_is_ready_only_once_caught_up),
      cmocka_unit_test(without_anything_to_serve_it_connects),
      cmocka_unit_test(a_server_that_never_held_the_bucket_ends_it),
      cmocka_unit_test(a_server_with_another_bucket_of_that_name_ends_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
