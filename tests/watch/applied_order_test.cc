// The applied order, with exact batch boundaries: batches of three and a window of an hour.
#include "world.h"

using slip::Batch;
using slip::Cursor;
using slip::Status;
using test::World;

namespace {

void received(const World& world, uint64_t count) {
  test::await([&] { return world.watch->status().received == count; }, "updates to be received");
}

void a_batch_is_flushed_when_it_is_full(void**) {
  World world = World::with_long_window();
  EXPECT_OK(world.start());
  for (int i = 0; i < 5; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.wait_revision(3));
  received(world, 5);
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)");
  EXPECT_OK(world.close());
}

void close_flushes_what_was_received(void**) {
  World world = World::with_long_window();
  EXPECT_OK(world.start());
  for (int i = 0; i < 8; ++i) world.bucket->put("key" + std::to_string(i));
  received(world, 8);
  Cursor cursor{0, 0};
  EXPECT_OK(world.close(&cursor));
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)", "apply 4 5 6", "applied 6 (3)",
                "apply 7 8", "applied 8 (2)", "ended SLIP_OK 8");
  assert_int_equal(cursor.revision, 8);
  assert_int_equal(cursor.epoch, 7);
  assert_int_equal(world.fold->now().revision, 8);
}

void the_end_of_the_stream_flushes_what_was_received(void**) {
  World world = World::with_long_window();
  world.settings.stop_at = slip::StopAt::caught_up;
  for (int i = 0; i < 5; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)", "apply 4 5", "applied 5 (2)",
                "ended SLIP_OK 5");
}

void a_heartbeat_at_the_end_of_the_stream_flushes_too(void**) {
  World world = World::with_long_window();
  world.settings.stop_at = slip::StopAt::revision;
  world.settings.stop_revision = 5;
  for (int i = 0; i < 5; ++i) world.bucket->put("key" + std::to_string(i));
  world.bucket->forget(5);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  received(world, 4);
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)");
  world.bucket->heartbeat();
  test::await_end(world);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)", "apply 4", "applied 4 (1)",
                "ended SLIP_OK 5");
}

void the_visible_cursor_is_that_of_the_batch_before(void**) {
  World world = World::with_long_window();
  std::vector<uint64_t> visible;
  std::vector<uint64_t> announced;
  world.caller->on_apply = [&](const Batch&, Cursor cursor) {
    visible.push_back(world.fold->now().revision);
    announced.push_back(cursor.revision);
    return Status();
  };
  for (int i = 0; i < 6; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(6));
  EXPECT_OK(world.close());
  assert_true(visible == (std::vector<uint64_t>{0, 3}));
  assert_true(announced == (std::vector<uint64_t>{3, 6}));
}

void contents_and_cursor_are_one_commit(void**) {
  World world = World::with_long_window();
  for (int i = 0; i < 4; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  EXPECT_OK(world.close());
  const auto commits = world.fold->commits();
  assert_int_equal(commits.size(), 2);
  assert_true(commits[0].revisions == (std::vector<uint64_t>{1, 2, 3}));
  assert_int_equal(commits[0].cursor, 3);
  assert_true(commits[1].revisions == (std::vector<uint64_t>{4}));
  assert_int_equal(commits[1].cursor, 4);
}

void after_on_applied_a_snapshot_has_the_batch(void**) {
  World world = World::with_long_window();
  std::string seen;
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  world.caller->on_applied = [&](Cursor) {
    seen = world.fold->contents();
    state = world.watch->status();
  };
  EXPECT_OK(world.start());
  for (const char* key : {"a", "b", "c"}) world.bucket->put(key, "1");
  EXPECT_OK(world.wait_revision(3));
  EXPECT_TEXT(seen, "a=1 b=1 c=1");
  assert_int_equal(state.cursor.revision, 3);
  assert_int_equal(state.applied, 3);
  assert_int_equal(state.batches, 1);
  EXPECT_OK(world.close());
}

void a_batch_that_is_rejected_whole_moves_the_cursor(void**) {
  World world = World::with_long_window();
  world.caller->rejects = [](const slip::Update& update) { return update.revision <= 3; };
  for (const char* key : {"a", "b", "c", "d"}) world.bucket->put(key, "1");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  EXPECT_RECORD(world.caller, "reject 1 2 3", "applied 3 (3)");
  EXPECT_TEXT(world.fold->contents(), "a=1 b=1 c=1");
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "reject 1 2 3", "applied 3 (3)", "apply 4", "applied 4 (1)",
                "ended SLIP_OK 4");
}

void a_failing_apply_leaves_cursor_and_fold_untouched(void**) {
  World world = World::with_long_window();
  world.caller->on_apply = [](const Batch&, Cursor cursor) {
    return cursor.revision <= 3 ? Status() : Status(SLIP_USER_FIRST + 7, "the table is locked");
  };
  for (int i = 0; i < 7; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  test::await_end(world);
  Cursor cursor{0, 0};
  const Status end = world.close(&cursor);
  assert_int_equal(end.code(), SLIP_USER_FIRST + 7);
  EXPECT_TEXT(end.message(), "the table is locked");
  assert_int_equal(cursor.revision, 3);
  assert_int_equal(world.fold->now().revision, 3);
  EXPECT_TEXT(world.fold->contents(), "key0=v key1=v key2=v");
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)", "apply 4 5 6", "discard 7",
                "ended SLIP_? 3");
  EXPECT_FAILED(world.wait_revision(7), SLIP_USER_FIRST + 7, "the table is locked");
}

void close_before_any_update_leaves_the_resume_cursor(void**) {
  World world = World::with_long_window();
  for (int i = 0; i < 4; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  EXPECT_OK(world.close());
  const size_t commits = world.fold->commits().size();
  EXPECT_OK(world.restart());
  Cursor cursor{0, 0};
  EXPECT_OK(world.close(&cursor));
  assert_int_equal(cursor.revision, 4);
  assert_int_equal(cursor.epoch, 7);
  assert_int_equal(world.fold->commits().size(), commits);
  EXPECT_RECORD(world.caller, "ended SLIP_OK 4");
}

void cancel_gives_what_was_received_to_discard(void**) {
  World world = World::with_long_window();
  EXPECT_OK(world.start());
  for (int i = 0; i < 5; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.wait_revision(3));
  received(world, 5);
  world.watch->cancel();
  Cursor cursor{0, 0};
  EXPECT_FAILED(world.close(&cursor), SLIP_CANCELLED, "cancelled");
  assert_int_equal(cursor.revision, 3);
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)", "discard 4 5",
                "ended SLIP_CANCELLED 3");
}

void a_window_ends_a_batch(void**) {
  World world = World::with_long_window();
  world.settings.window_ms = 30;
  EXPECT_OK(world.start());
  world.bucket->put("a");
  EXPECT_OK(world.wait_revision(1));
  EXPECT_RECORD(world.caller, "apply 1", "applied 1 (1)");
  EXPECT_OK(world.close());
}

void idle_ends_a_batch(void**) {
  World world;
  world.settings.bounds.updates_max = 3;
  for (int i = 0; i < 4; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(4));
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)", "apply 4", "applied 4 (1)");
  EXPECT_OK(world.close());
}

void updates_of_one_revision_are_never_parted(void**) {
  World world = World::with_long_window();
  EXPECT_OK(world.start());
  world.bucket->put("a");
  world.bucket->put_together({"b", "c", "d"});
  world.bucket->put("e");
  received(world, 5);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2 2 2", "applied 2 (4)", "apply 3", "applied 3 (1)",
                "ended SLIP_OK 3");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_batch_is_flushed_when_it_is_full),
      cmocka_unit_test(close_flushes_what_was_received),
      cmocka_unit_test(the_end_of_the_stream_flushes_what_was_received),
      cmocka_unit_test(a_heartbeat_at_the_end_of_the_stream_flushes_too),
      cmocka_unit_test(the_visible_cursor_is_that_of_the_batch_before),
      cmocka_unit_test(contents_and_cursor_are_one_commit),
      cmocka_unit_test(after_on_applied_a_snapshot_has_the_batch),
      cmocka_unit_test(a_batch_that_is_rejected_whole_moves_the_cursor),
      cmocka_unit_test(a_failing_apply_leaves_cursor_and_fold_untouched),
      cmocka_unit_test(close_before_any_update_leaves_the_resume_cursor),
      cmocka_unit_test(cancel_gives_what_was_received_to_discard),
      cmocka_unit_test(a_window_ends_a_batch),
      cmocka_unit_test(idle_ends_a_batch),
      cmocka_unit_test(updates_of_one_revision_are_never_parted),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
