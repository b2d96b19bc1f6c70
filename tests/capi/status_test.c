/* The health of a watch as a caller sees it: status, events, reading one's own writes. */
#include <pthread.h>

#include "capi/check.h"

static slip_watch_state status_of(slip_watch* watch) {
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  assert_ok(slip_watch_status(watch, &state, &error));
  return state;
}

static uint64_t events_of(slip_watch* watch, int32_t kind) {
  slip_watch_event events[64];
  size_t count = 0;
  assert_ok(slip_watch_events(watch, events, 64, &count, &error));
  for (size_t i = 0; i < count; ++i)
    if (events[i].event == kind) return events[i].count;
  return 0;
}

static slip_watch* start(world* w, slip_options* options) {
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  slip_watch* watch = NULL;
  assert_ok(slip_watch_start(w->bucket, w->fold, options, &callbacks, &watch, &error));
  slip_options_free(options);
  return watch;
}

static void every_write_is_read_after_it_was_waited_for(void** state) {
  (void)state;
  world w = world_open();
  slip_watch* watch = start(&w, NULL);
  char value[32];
  for (int i = 0; i < 200; ++i) {
    snprintf(value, sizeof value, "%d", i);
    const uint64_t revision = put(w.bucket, "counter", value);
    assert_ok(slip_watch_wait_revision(watch, revision, 10000, &error));
    if (!fold_has(w.fold, "counter", value)) fail_msg("write %d is not there", i);
  }
  assert_fails(slip_watch_wait_revision(watch, 201, 0, &error), SLIP_TIMEOUT, "200");
  slip_watch_free(watch);
  world_close(&w);
}

static void a_live_watch_is_ready_and_behind_nothing(void** state) {
  (void)state;
  world w = world_open();
  put_many(w.bucket, "k", 25);
  slip_watch* watch = start(&w, options_with(SLIP_OPTIONS_WATCH, "batch_updates_max", "10"));
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  const slip_watch_state live = status_of(watch);
  assert_int_equal(live.struct_size, sizeof live);
  assert_int_equal(live.state, SLIP_WATCH_LIVE);
  assert_int_equal(live.ready, 1);
  assert_int_equal(live.lag_revisions, 0);
  assert_int_equal(live.lag_ns, 0);
  assert_int_equal(live.server_last_revision, 25);
  assert_int_equal(live.received, 25);
  assert_int_equal(live.applied, 25);
  assert_true(live.batches >= 3);
  assert_true(live.largest_batch_updates <= 10 && live.largest_batch_updates >= 9);
  assert_true(live.largest_batch_bytes >= live.largest_batch_updates * 11);
  assert_true(live.last_batch_updates >= 1 && live.last_batch_updates <= 10);
  assert_true(live.contact_age_ns >= 0 && live.last_contact_ns > 0);
  assert_true(live.last_current_ns <= live.last_contact_ns + 1000000000);
  assert_int_equal(live.last_event, 0);
  assert_ok(slip_watch_close(watch, NULL, &error));
  const slip_watch_state ended = status_of(watch); /* allowed after close */
  assert_int_equal(ended.state, SLIP_WATCH_ENDED);
  assert_int_equal(ended.ready, 0);
  assert_int_equal(ended.applied, 25);
  slip_watch_free(watch);
  world_close(&w);
}

static void a_bound_on_staleness_makes_signs_more_frequent(void** state) {
  (void)state;
  world w = world_open();
  put(w.bucket, "a", "1");
  slip_watch* watch = start(&w, options_with(SLIP_OPTIONS_WATCH, "max_stale_ms", "1000"));
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  /* On an idle bucket it stays ready for longer than the bound. */
  const int64_t end = test_now_ms() + 2500;
  int64_t contacts = 0;
  int64_t last = 0;
  while (test_now_ms() < end) {
    const slip_watch_state now = status_of(watch);
    if (now.last_current_ns > last + 1000000) ++contacts;
    last = now.last_current_ns;
  }
  assert_true(contacts >= 3);
  slip_watch_free(watch);
  slip_options* options = NULL;
  assert_ok(slip_options_new(SLIP_OPTIONS_WATCH, &options, &error));
  assert_fails(slip_options_set_u64(options, "max_stale_ms", UINT64_C(2592000001), &error),
               SLIP_OUT_OF_BOUNDS, "max_stale_ms");
  slip_options_free(options);
  world_close(&w);
}

static void events_are_counted_by_name(void** state) {
  (void)state;
  world w = world_open();
  slip_watch* watch = start(&w, NULL);
  slip_watch_event events[64];
  size_t count = 7;
  assert_ok(slip_watch_events(watch, NULL, 0, &count, &error));
  assert_int_equal(count, 0);
  put(w.bucket, "empty", "");
  uint64_t purge = 0;
  assert_ok(slip_bucket_purge(w.bucket, "gone", 4, NULL, &error));
  assert_ok(slip_bucket_purge(w.bucket, "gone", 4, &purge, &error));
  assert_ok(slip_watch_wait_revision(watch, purge, 10000, &error));
  assert_ok(slip_watch_events(watch, events, 64, &count, &error));
  assert_int_equal(count, 2);
  assert_int_equal(events[0].event, SLIP_EVENT_KEY_PURGED);
  assert_string_equal(events[0].name, "key_purged");
  assert_int_equal(events[0].count, 2);
  assert_int_equal(events[0].last_revision, purge);
  assert_true(events[0].last_ns > 0);
  assert_int_equal(events[0].reserved, 0);
  assert_int_equal(events[1].event, SLIP_EVENT_EMPTY_VALUE);
  assert_int_equal(status_of(watch).last_event, SLIP_EVENT_EMPTY_VALUE);
  memset(events, 0x5a, sizeof events);
  assert_ok(slip_watch_events(watch, events, 1, &count, &error)); /* as many as there is room for */
  assert_int_equal(count, 1);
  assert_int_equal(events[0].event, SLIP_EVENT_KEY_PURGED);
  assert_int_equal(events[1].event, 0x5a5a5a5a);
  assert_string_equal(slip_watch_event_name(SLIP_EVENT_BUCKET_REWOUND), "bucket_rewound");
  assert_string_equal(slip_watch_event_name(0), "?");
  assert_string_equal(slip_watch_event_name(-1), "?");
  slip_watch_free(watch);
  world_close(&w);
}

static int has_ended(void* watch) { return status_of(watch).state == SLIP_WATCH_ENDED; }

static void a_deleted_bucket_is_an_event_and_an_end(void** state) {
  (void)state;
  world w = world_open();
  put(w.bucket, "a", "1");
  slip_watch* watch = start(&w, NULL);
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  assert_ok(slip_bucket_delete(w.connection, "routes", &error));
  test_await(has_ended, watch, 20000, "the end of the watch");
  assert_int_equal(status_of(watch).end_status, SLIP_BUCKET_NOT_FOUND);
  assert_int_equal(events_of(watch, SLIP_EVENT_BUCKET_DELETED), 1);
  assert_fails(slip_watch_close(watch, NULL, &error), SLIP_BUCKET_NOT_FOUND, "routes");
  assert_int_equal(events_of(watch, SLIP_EVENT_BUCKET_DELETED), 1); /* allowed after close */
  slip_watch_free(watch);
  world_close(&w);
}

static void older_revisions_are_an_event(void** state) {
  (void)state;
  world w = world_open();
  slip_bucket_free(w.bucket);
  slip_options* deep = options_with(SLIP_OPTIONS_BUCKET, "history", "5");
  assert_ok(slip_bucket_create(w.connection, "deep", deep, &w.bucket, &error));
  slip_options_free(deep);
  put(w.bucket, "a", "1");
  slip_watch* watch = start(&w, NULL);
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  assert_int_equal(events_of(watch, SLIP_EVENT_OLDER_REVISIONS), 1);
  assert_int_equal(status_of(watch).auditable, 0);
  slip_watch_free(watch);
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_write_is_read_after_it_was_waited_for),
      cmocka_unit_test(a_live_watch_is_ready_and_behind_nothing),
      cmocka_unit_test(a_bound_on_staleness_makes_signs_more_frequent),
      cmocka_unit_test(events_are_counted_by_name),
      cmocka_unit_test(a_deleted_bucket_is_an_event_and_an_end),
      cmocka_unit_test(older_revisions_are_an_event),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
