// Commits that fail: for a passing reason they are tried again, in order and never doubled; for a
// lasting one the watch ends with the fold's own cursor.
#include <string>

#include "world.h"

using slip::Cursor;
using slip::Status;
using test::World;
using Retry = slip::Consumer::Retry;

namespace {

const Status kNoSpace(SLIP_NO_SPACE, "cannot write fold \"/folds/routes\": the disk is full");
const Status kBroken(SLIP_IO, "cannot sync fold \"/folds/routes\": input/output error");

void a_failed_commit_is_tried_again_and_the_next_one_follows(void**) {
  World world = World::with_long_window();
  world.fold->fail_commits(kNoSpace, 2);
  for (int i = 0; i < 3; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  for (int i = 3; i < 6; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.wait_revision(6));
  EXPECT_OK(world.close());
  // The caller sees each update once.
  EXPECT_RECORD(world.caller, "apply 1 2 3", "failed SLIP_NO_SPACE", "failed SLIP_NO_SPACE",
                "applied 3 (3)", "apply 4 5 6", "applied 6 (3)", "ended SLIP_OK 6");
  const auto commits = world.fold->commits();
  assert_int_equal(commits.size(), 2);
  assert_true(commits[0].revisions == (std::vector<uint64_t>{1, 2, 3}));
  assert_true(commits[1].revisions == (std::vector<uint64_t>{4, 5, 6}));
  assert_int_equal(world.watch->status().commit_failures, 0);
}

// Nothing comes in that could push the batch along: time does.
void on_an_idle_bucket_too(void**) {
  World world;
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  world.fold->fail_commits(kNoSpace, 3);
  world.bucket->put("a");
  EXPECT_OK(world.wait_revision(1));
  assert_int_equal(world.fold->failed_commits(), 3);
  EXPECT_OK(world.close());
}

void a_cursor_alone_is_tried_again_too(void**) {
  World world;
  world.fold->fail_commits(kNoSpace, 2);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  assert_false(world.fold->now().loading);
  EXPECT_OK(world.close());
}

void a_failure_that_lasts_ends_the_watch_with_the_cursor_of_the_fold(void**) {
  World world = World::with_long_window();
  world.settings.commit_failures_max = 4;
  world.settings.commit_retry_ms = 0;
  for (int i = 0; i < 3; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  world.fold->fail_commits(kNoSpace, -1);
  for (int i = 0; i < 4; ++i) world.bucket->put("more" + std::to_string(i));
  test::await_end(world);
  Cursor cursor{0, 0};
  EXPECT_FAILED(world.close(&cursor), SLIP_NO_SPACE, "the disk is full");
  assert_int_equal(cursor.revision, 3);
  assert_int_equal(world.fold->failed_commits(), 4);
  assert_int_equal(world.caller->count("failed"), 4);

  // The fold is usable again, from its own cursor.
  world.fold->heal();
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_revision(6));
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 4 5 6", "applied 6 (3)", "apply 7", "applied 7 (1)",
                "ended SLIP_OK 7");
}

// So many failures in a row do not end it before they have lasted.
void failures_are_counted_and_timed(void**) {
  World world;
  world.settings.commit_failures_max = 1;
  world.settings.commit_retry_ms = test::kHourMs;
  world.fold->fail_commits(kNoSpace, 5);
  world.bucket->put("a");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(1));
  assert_int_equal(world.fold->failed_commits(), 5);
  EXPECT_OK(world.close());
}

void a_fatal_failure_ends_the_watch_at_once(void**) {
  World world = World::with_long_window();
  for (int i = 0; i < 3; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  world.fold->fail_commits(kBroken, -1);
  for (int i = 0; i < 4; ++i) world.bucket->put("more" + std::to_string(i));
  test::await_end(world);
  Cursor cursor{0, 0};
  EXPECT_FAILED(world.close(&cursor), SLIP_IO, "input/output error");
  assert_int_equal(cursor.revision, 3);
  assert_int_equal(world.fold->failed_commits(), 1);
  assert_int_equal(world.caller->count("failed"), 0);
}

void close_reports_a_last_flush_that_failed(void**) {
  World world = World::with_long_window();
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  world.fold->fail_commits(kNoSpace, -1);
  world.bucket->put("a");
  test::await([&] { return world.watch->status().received == 1; }, "the update");
  Cursor cursor{9, 9};
  EXPECT_FAILED(world.close(&cursor), SLIP_NO_SPACE, "the disk is full");
  assert_int_equal(cursor.revision, 0);
  EXPECT_RECORD(world.caller, "apply 1", "failed SLIP_NO_SPACE", "ended SLIP_NO_SPACE 0");
  assert_int_equal(world.fold->failed_commits(), 2);  // one more try was made
}

// Retries that would go on for an hour are ended by close and by cancel.
void start_failing(World* world) {
  world->settings.commit_retry_ms = test::kHourMs;
  world->fold->fail_commits(kNoSpace, -1);
  world->bucket->put("a");
  EXPECT_OK(world->start());
  test::await([world] { return world->watch->status().commit_failures >= 5; }, "five failures");
}

void close_ends_the_retries(void**) {
  World world;
  start_failing(&world);
  EXPECT_FAILED(world.close(), SLIP_NO_SPACE, "the disk is full");
}

void close_commits_where_that_succeeds_after_all(void**) {
  World world;
  start_failing(&world);
  world.fold->heal();
  Cursor cursor{0, 0};
  EXPECT_OK(world.close(&cursor));
  assert_int_equal(cursor.revision, 1);
}

void cancel_ends_the_retries(void**) {
  World world;
  start_failing(&world);
  world.watch->cancel();
  EXPECT_FAILED(world.close(), SLIP_CANCELLED, "cancelled");
  assert_int_equal(world.caller->count("discard"), 0);  // it was applied
}

void the_consumer_may_ask_again_at_once_or_give_up(void**) {
  World world;
  int asked = 0;
  world.caller->on_commit_failed = [&] { return ++asked < 40 ? Retry::now : Retry::end; };
  world.settings.commit_failures_max = 2;
  world.settings.commit_retry_ms = 0;
  world.fold->fail_commits(kNoSpace, -1);
  world.bucket->put("a");
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_NO_SPACE, "the disk is full");
  assert_int_equal(world.fold->failed_commits(), 40);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_failed_commit_is_tried_again_and_the_next_one_follows),
      cmocka_unit_test(on_an_idle_bucket_too),
      cmocka_unit_test(a_cursor_alone_is_tried_again_too),
      cmocka_unit_test(a_failure_that_lasts_ends_the_watch_with_the_cursor_of_the_fold),
      cmocka_unit_test(failures_are_counted_and_timed),
      cmocka_unit_test(a_fatal_failure_ends_the_watch_at_once),
      cmocka_unit_test(close_reports_a_last_flush_that_failed),
      cmocka_unit_test(close_ends_the_retries),
      cmocka_unit_test(close_commits_where_that_succeeds_after_all),
      cmocka_unit_test(cancel_ends_the_retries),
      cmocka_unit_test(the_consumer_may_ask_again_at_once_or_give_up),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
