// What comes in is checked: gaps, redeliveries, breaks, heartbeats. Nothing is lost, nothing
// doubled.
#include <string>

#include "world.h"

using slip::Cursor;
using slip::Status;
using test::GuardOff;
using test::World;

namespace {

void a_missing_delivery_makes_the_watch_start_anew(void**) {
  World world = World::with_long_window();
  world.settings.bounds.updates_max = 5;
  EXPECT_OK(world.start());
  world.bucket->put("a");
  world.bucket->put("b");
  world.bucket->lose(1);
  for (const char* key : {"c", "d", "e", "f"}) world.bucket->put(key);
  EXPECT_OK(world.wait_revision(2));
  test::await([&] { return world.watch->status().received == 9; }, "the tail again");
  EXPECT_OK(world.close());
  // What was in order is applied; the rest comes again after it.
  EXPECT_RECORD(world.caller, "apply 1 2", "applied 2 (2)", "apply 3 4 5 6", "applied 6 (4)",
                "ended SLIP_OK 6");
  assert_true(world.bucket->started_from() == (std::vector<uint64_t>{1, 3}));
  assert_int_equal(world.watch->status().gaps, 1);
  assert_int_equal(world.watch->status().restarts, 1);
  EXPECT_TEXT(world.fold->contents(), "a=v b=v c=v d=v e=v f=v");
}

void a_missing_first_delivery_is_noticed(void**) {
  World world;
  EXPECT_OK(world.start());
  world.bucket->lose(1);
  world.bucket->put("a");
  world.bucket->put("b");
  EXPECT_OK(world.wait_revision(2));
  EXPECT_OK(world.close());
  EXPECT_TEXT(world.fold->contents(), "a=v b=v");
  assert_int_equal(world.watch->status().gaps, 1);
}

void a_gap_between_batches_is_noticed(void**) {
  World world;
  EXPECT_OK(world.start());
  world.bucket->put("a");
  EXPECT_OK(world.wait_revision(1));
  world.bucket->lose(1);
  world.bucket->put("b");
  world.bucket->put("c");
  EXPECT_OK(world.wait_revision(3));
  EXPECT_OK(world.close());
  EXPECT_TEXT(world.fold->contents(), "a=v b=v c=v");
  assert_int_equal(world.watch->status().gaps, 1);
}

// An update of a revision may be what is missing: none of it is taken.
void a_gap_never_parts_a_revision(void**) {
  World world = World::with_long_window();
  world.settings.bounds.updates_max = 10;
  EXPECT_OK(world.start());
  world.bucket->put("a");
  world.bucket->put_together({"b", "c"});
  test::await([&] { return world.watch->status().received == 3; }, "three updates");
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2 2", "applied 2 (3)", "ended SLIP_OK 2");

  World broken = World::with_long_window();
  broken.settings.bounds.updates_max = 10;
  EXPECT_OK(broken.start());
  broken.bucket->put("a");
  broken.bucket->lose_after(1);
  broken.bucket->put_together({"b", "c", "d"});
  test::await([&] { return broken.watch->status().received == 3; }, "what arrived");
  EXPECT_OK(broken.close());
  EXPECT_RECORD(broken.caller, "apply 1", "applied 1 (1)", "ended SLIP_OK 1");
}

void a_redelivery_is_dropped(void**) {
  World world = World::with_long_window();
  world.settings.bounds.updates_max = 5;
  EXPECT_OK(world.start());
  world.bucket->put("a", "1");
  world.bucket->put("b", "1");
  world.bucket->redeliver(1);
  world.bucket->put("c", "1");
  world.bucket->redeliver(3);
  EXPECT_OK(world.wait_revision(3));
  world.bucket->redeliver(2);
  world.bucket->put("d", "1");
  test::await([&] { return world.watch->status().received == 7; }, "all of it");
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)", "apply 4", "applied 4 (1)",
                "ended SLIP_OK 4");
  assert_int_equal(world.watch->status().restarts, 0);
}

void a_batch_of_redeliveries_calls_nothing_and_is_credited(void**) {
  World world;
  world.bucket->put("a", "1");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(1));
  world.bucket->redeliver(1);
  test::await([&] { return world.bucket->credited_updates() == 2; }, "the credit of both");
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1", "applied 1 (1)", "ended SLIP_OK 1");
}

void a_redelivery_within_one_revision_is_dropped(void**) {
  World world = World::with_long_window();
  world.settings.bounds.updates_max = 10;
  EXPECT_OK(world.start());
  world.bucket->put_together({"a", "b", "a"});
  test::await([&] { return world.watch->status().received == 3; }, "three updates");
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 1", "applied 1 (2)", "ended SLIP_OK 1");
}

void what_was_applied_is_credited(void**) {
  World world;
  EXPECT_OK(world.start());
  world.bucket->put("key1", "value1");
  world.bucket->put("key2", "value2");
  EXPECT_OK(world.wait_revision(2));
  test::await([&] { return world.bucket->credited_updates() == 2; }, "credit");
  assert_int_equal(world.bucket->credited_bytes(), 20);
  EXPECT_OK(world.close());
}

void a_source_that_breaks_is_started_anew(void**) {
  World world;
  world.bucket->put("a");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  world.bucket->break_watcher(Status(SLIP_UNREACHABLE, "the connection broke"));
  test::await([&] { return world.watch->status().restarts == 1; }, "the restart");
  world.bucket->put("b");
  EXPECT_OK(world.wait_revision(2));
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1", "applied 1 (1)", "apply 2", "applied 2 (1)",
                "ended SLIP_OK 2");
  assert_true(world.bucket->started_from() == (std::vector<uint64_t>{1, 2}));
  assert_int_equal(world.watch->status().gaps, 0);
}

void a_restart_is_tried_until_it_succeeds(void**) {
  World world;
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  world.bucket->fail_watch(Status(SLIP_TIMEOUT, "no answer"), 4);
  world.bucket->break_watcher(Status(SLIP_UNREACHABLE, "the connection broke"));
  world.bucket->put("a");
  EXPECT_OK(world.wait_revision(1));
  EXPECT_OK(world.close());
  assert_int_equal(world.bucket->started_from().size(), 6);
  assert_int_equal(world.watch->status().restarts, 1);
}

void a_source_that_ends_for_good_ends_the_watch(void**) {
  World world;
  EXPECT_OK(world.start());
  world.bucket->put("a");
  EXPECT_OK(world.wait_revision(1));
  world.bucket->break_watcher(Status(SLIP_CLOSED, "the connection was closed"));
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_CLOSED, "the connection was closed");
  EXPECT_RECORD(world.caller, "apply 1", "applied 1 (1)", "ended SLIP_CLOSED 1");
}

void a_bucket_that_is_deleted_under_the_watch_ends_it(void**) {
  World world;
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  world.bucket->fail_info(Status(SLIP_BUCKET_NOT_FOUND, "bucket \"routes\" is gone"), -1);
  world.bucket->break_watcher(Status(SLIP_SERVER, "consumer deleted", true));
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_BUCKET_NOT_FOUND, "bucket \"routes\" is gone");
}

void a_bucket_that_is_made_anew_under_the_watch_ends_it(void**) {
  World world;
  world.bucket->put("a");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  const Status broken(SLIP_SERVER, "consumer deleted", true);
  world.bucket->recreate(9);
  world.bucket->break_watcher(broken);
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_STREAM_RECREATED, "its epoch was 7 and is now 9");
}

// Without a fold the watch itself knows what it has followed.
void without_a_fold_a_restart_is_judged_too(void**) {
  World world;
  world.fold = nullptr;
  for (const char* key : {"a", "b", "c"}) world.bucket->put(key);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  world.bucket->break_watcher(Status(SLIP_UNREACHABLE, "the connection broke"));
  world.bucket->put("d");
  EXPECT_OK(world.wait_revision(4));
  assert_true(world.bucket->started_from() == (std::vector<uint64_t>{1, 4}));
  world.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), -1);
  world.bucket->break_watcher(Status(SLIP_UNREACHABLE, "the connection broke"));
  test::await([&] { return !world.bucket->is_watched(); }, "the old watcher to go");
  world.bucket->rewind(2);
  for (const char* key : {"x", "y", "z"}) world.bucket->put(key);
  world.bucket->fail_info(Status(), 0);
  test::await_end(world);
  Cursor cursor{0, 0};
  EXPECT_FAILED(world.close(&cursor), SLIP_STREAM_REWOUND,
                "after revision 4 of the caller's cursor: the server's update at revision 4 is not "
                "the one that was applied");
  assert_int_equal(cursor.revision, 4);
}

// --- heartbeats -----------------------------------------------------------------------------

// Three updates, of which the last is not delivered: the cursor can follow a heartbeat only.
World with_a_hidden_tail() {
  World world;
  for (const char* key : {"a", "b", "c"}) world.bucket->put(key);
  world.bucket->forget(3);
  world.settings.idle_heartbeat_ms = 20;
  return world;
}

// Until the loop has looked at everything that had come when this was called: the watcher is ticked
// before each look, so between two ticks there was one.
void looked_at(const World& world) {
  const int before = world.bucket->ticks();
  test::await([&] { return world.bucket->ticks() >= before + 2; }, "two ticks");
}

void a_heartbeat_moves_the_cursor_past_what_is_gone(void**) {
  World world = with_a_hidden_tail();
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(2));
  assert_int_equal(world.watch->status().state, SLIP_WATCH_CATCHING_UP);
  EXPECT_FAILED(world.watch->wait_caught_up(slip::deadline_after_ms(0)), SLIP_TIMEOUT,
                "its committed revision is 2");
  world.bucket->heartbeat();
  EXPECT_OK(world.wait_caught_up());
  assert_int_equal(world.watch->status().state, SLIP_WATCH_LIVE);
  assert_int_equal(world.fold->now().revision, 3);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2", "applied 2 (2)", "ended SLIP_OK 3");
}

void heartbeats_that_say_nothing_new_commit_nothing(void**) {
  World world = with_a_hidden_tail();
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(2));
  for (int i = 0; i < 3; ++i) {
    world.bucket->heartbeat();
    looked_at(world);
  }
  assert_int_equal(world.fold->now().revision, 3);
  world.bucket->put("d");
  EXPECT_OK(world.wait_revision(4));
  EXPECT_OK(world.close());
  assert_int_equal(world.fold->commits().size(), 3);
}

// Claims that do not hold leave the cursor where it was.
void refuse_heartbeat(int64_t delivery_offset, uint64_t revision) {
  World world = with_a_hidden_tail();
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(2));
  world.bucket->heartbeat(delivery_offset, revision);
  looked_at(world);
  assert_int_equal(world.fold->now().revision, 2);
  world.bucket->put("d");
  EXPECT_OK(world.wait_revision(4));
  EXPECT_OK(world.close());
  for (const auto& commit : world.fold->commits()) assert_true(commit.cursor != 3);
}

void a_heartbeat_of_another_delivery_is_not_believed(void**) {
  refuse_heartbeat(1, 3);   // says that one more was delivered than came
  refuse_heartbeat(-1, 3);  // says less
}

void a_heartbeat_beyond_the_end_is_not_believed(void**) {
  World world = with_a_hidden_tail();
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(2));
  world.bucket->heartbeat(0, 99);
  looked_at(world);
  assert_int_equal(world.fold->now().revision, 2);
  world.bucket->put("d");
  EXPECT_OK(world.wait_revision(4));
  EXPECT_OK(world.close());
  for (const auto& commit : world.fold->commits()) assert_true(commit.cursor <= 4);
}

// What lies beyond the end that the watch knew is asked for.
void a_heartbeat_past_the_known_end_is_looked_into(void**) {
  World world = with_a_hidden_tail();
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(2));
  const int infos = world.bucket->infos();
  world.bucket->skip_revision();
  world.bucket->heartbeat();
  EXPECT_OK(world.wait_revision(4));
  assert_int_equal(world.bucket->infos(), infos + 1);
  EXPECT_OK(world.close());
}

// --- without its guard each of these goes wrong ---------------------------------------------

void guard_delivery_gap(void**) {
  const GuardOff off("delivery_gap");
  World world;
  EXPECT_OK(world.start());
  world.bucket->lose(1);
  world.bucket->put("a");
  world.bucket->put("b");
  EXPECT_OK(world.wait_revision(2));
  EXPECT_OK(world.close());
  EXPECT_TEXT(world.fold->contents(), "b=v");  // lost, and the cursor is past it
}

void guard_redelivery(void**) {
  const GuardOff off("redelivery");
  World world;
  world.bucket->put("a");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(1));
  world.bucket->redeliver(1);
  test::await([&] { return world.bucket->credited_updates() == 2; }, "both");
  EXPECT_OK(world.close());
  assert_int_equal(world.caller->count("apply"), 2);  // doubled
}

void guard_heartbeat_match(void**) {
  const GuardOff off("heartbeat_match");
  World world;
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  world.bucket->lose(1);
  world.bucket->put("a");
  world.bucket->heartbeat();
  EXPECT_OK(world.wait_revision(1));
  EXPECT_OK(world.close());
  EXPECT_TEXT(world.fold->contents(), "");  // lost, and the cursor is past it
}

void guard_heartbeat_bound(void**) {
  const GuardOff off("heartbeat_bound");
  World world;
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  world.bucket->heartbeat(0, 99);
  EXPECT_OK(world.wait_revision(99));
  world.bucket->put("a");
  test::await([&] { return world.bucket->credited_updates() == 1; }, "the update");
  EXPECT_OK(world.close());
  EXPECT_TEXT(world.fold->contents(), "");  // taken for a redelivery
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_missing_delivery_makes_the_watch_start_anew),
      cmocka_unit_test(a_missing_first_delivery_is_noticed),
      cmocka_unit_test(a_gap_between_batches_is_noticed),
      cmocka_unit_test(a_gap_never_parts_a_revision),
      cmocka_unit_test(a_redelivery_is_dropped),
      cmocka_unit_test(a_batch_of_redeliveries_calls_nothing_and_is_credited),
      cmocka_unit_test(a_redelivery_within_one_revision_is_dropped),
      cmocka_unit_test(what_was_applied_is_credited),
      cmocka_unit_test(a_source_that_breaks_is_started_anew),
      cmocka_unit_test(a_restart_is_tried_until_it_succeeds),
      cmocka_unit_test(a_source_that_ends_for_good_ends_the_watch),
      cmocka_unit_test(a_bucket_that_is_deleted_under_the_watch_ends_it),
      cmocka_unit_test(a_bucket_that_is_made_anew_under_the_watch_ends_it),
      cmocka_unit_test(without_a_fold_a_restart_is_judged_too),
      cmocka_unit_test(a_heartbeat_moves_the_cursor_past_what_is_gone),
      cmocka_unit_test(heartbeats_that_say_nothing_new_commit_nothing),
      cmocka_unit_test(a_heartbeat_of_another_delivery_is_not_believed),
      cmocka_unit_test(a_heartbeat_beyond_the_end_is_not_believed),
      cmocka_unit_test(a_heartbeat_past_the_known_end_is_looked_into),
      cmocka_unit_test(guard_delivery_gap),
      cmocka_unit_test(guard_redelivery),
      cmocka_unit_test(guard_heartbeat_match),
      cmocka_unit_test(guard_heartbeat_bound),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
