// What other threads may ask of a watch at any time, and what they see of it.
#include <atomic>
#include <new>
#include <stdexcept>
#include <thread>

#include "world.h"

using slip::Batch;
using slip::Cursor;
using slip::Status;
using test::World;

namespace {

slip::Deadline never() { return slip::deadline_after_ms(-1); }

// --- export ---------------------------------------------------------------------------------

void an_export_flushes_what_was_received_first(void**) {
  World world = World::with_long_window();
  EXPECT_OK(world.start());
  world.bucket->put("a");
  world.bucket->put("b");
  test::await([&] { return world.watch->status().received == 2; }, "two updates");
  EXPECT_RECORD(world.caller, );
  auto snapshot = world.watch->export_snapshot();
  EXPECT_OK(snapshot);
  assert_int_equal((*snapshot)->meta().revision, 2);
  assert_int_equal((*snapshot)->meta().entries, 2);
  EXPECT_RECORD(world.caller, "apply 1 2", "applied 2 (2)");
  EXPECT_OK(world.close());
}

void an_export_with_nothing_pending_is_no_matter(void**) {
  World world = World::with_long_window();
  EXPECT_OK(world.start());
  auto snapshot = world.watch->export_snapshot();
  EXPECT_OK(snapshot);
  assert_int_equal((*snapshot)->meta().revision, 0);
  EXPECT_OK(world.close());
}

void an_export_without_a_fold_is_misuse(void**) {
  World world;
  world.fold = nullptr;
  EXPECT_OK(world.start());
  EXPECT_FAILED(world.watch->export_snapshot(), SLIP_MISUSE,
                "cannot export: the watch has no fold");
  EXPECT_OK(world.close());
}

void an_export_after_the_end_says_why_it_ended(void**) {
  World world;
  EXPECT_OK(world.start());
  EXPECT_OK(world.close());
  EXPECT_FAILED(world.watch->export_snapshot(), SLIP_END, "the watch has ended");
}

void an_export_that_waits_when_the_watch_fails_says_so(void**) {
  World world = World::with_long_window();
  world.caller->on_apply = [](const Batch&, Cursor) {
    return Status(SLIP_USER_FIRST, "the table is locked");
  };
  EXPECT_OK(world.start());
  world.bucket->put("a");
  test::await([&] { return world.watch->status().received == 1; }, "the update");
  EXPECT_FAILED(world.watch->export_snapshot(), SLIP_USER_FIRST, "the table is locked");
  EXPECT_FAILED(world.close(), SLIP_USER_FIRST, "the table is locked");
}

// A bucket that is written as fast as it goes: no request waits for a pause that never comes.
void under_a_firehose_exports_and_close_still_come(void**) {
  World world;
  world.settings.bounds.updates_max = 100;
  EXPECT_OK(world.start());
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) {
      world.bucket->put("key");
      // What the caller has not taken yet stays within what was asked for in advance.
      while (!stop && world.watch->status().received > world.watch->status().applied + 400)
        std::this_thread::yield();
    }
  });
  test::await([&] { return world.watch->status().received > 0; }, "the first update");
  uint64_t revision = 0;
  bool ascending = true;
  Status failed;
  for (int i = 0; i < 20 && failed.ok(); ++i) {
    const uint64_t received = world.watch->status().received;
    auto snapshot = world.watch->export_snapshot();
    failed = snapshot.status();
    if (!failed.ok()) break;
    ascending = ascending && (*snapshot)->meta().revision >= received &&
                (*snapshot)->meta().revision >= revision;
    revision = (*snapshot)->meta().revision;
  }
  const Status end = world.close();
  stop = true;
  writer.join();
  EXPECT_OK(failed);
  EXPECT_OK(end);
  assert_true(ascending);
  assert_true(revision > 0);
}

void an_export_is_served_while_the_server_is_away(void**) {
  World world;
  world.bucket->put("a");
  world.fill();
  world.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), -1);
  EXPECT_OK(world.restart());
  auto snapshot = world.watch->export_snapshot();
  EXPECT_OK(snapshot);
  assert_int_equal((*snapshot)->meta().revision, 1);
  EXPECT_OK(world.close());
}

// --- close and cancel -----------------------------------------------------------------------

void close_while_the_server_is_away(void**) {
  World world;
  world.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), -1);
  EXPECT_OK(world.start());
  Cursor cursor{9, 9};
  EXPECT_OK(world.close(&cursor));
  assert_int_equal(cursor.revision, 0);
  EXPECT_RECORD(world.caller, "ended SLIP_OK 0");
}

void cancel_while_the_server_is_away(void**) {
  World world;
  world.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), -1);
  EXPECT_OK(world.start());
  world.watch->cancel();
  EXPECT_FAILED(world.close(), SLIP_CANCELLED, "the watch was cancelled");
}

void close_answers_the_same_again(void**) {
  World world;
  world.bucket->put("a");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(1));
  for (int i = 0; i < 3; ++i) {
    Cursor cursor{0, 0};
    EXPECT_OK(world.close(&cursor));
    assert_int_equal(cursor.revision, 1);
  }
  assert_int_equal(world.caller->count("ended"), 1);
}

void cancel_is_stronger_than_close(void**) {
  World world = World::with_long_window();
  std::atomic<bool> applying{false};
  std::atomic<bool> go_on{false};
  world.caller->on_apply = [&](const Batch&, Cursor) {
    applying = true;
    while (!go_on) std::this_thread::yield();
    return Status();
  };
  EXPECT_OK(world.start());
  for (int i = 0; i < 5; ++i) world.bucket->put("key");
  test::await([&] { return applying.load(); }, "the first apply");
  Status end;
  std::thread closer([&] { end = world.close(); });
  world.watch->cancel();
  go_on = true;
  closer.join();
  EXPECT_FAILED(end, SLIP_CANCELLED, "cancelled");
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)", "discard 4 5",
                "ended SLIP_CANCELLED 3");
}

void destruction_cancels(void**) {
  World world = World::with_long_window();
  EXPECT_OK(world.start());
  world.bucket->put("a");
  test::await([&] { return world.watch->status().received == 1; }, "the update");
  world.watch.reset();
  EXPECT_RECORD(world.caller, "discard 1", "ended SLIP_CANCELLED 0");
  assert_false(world.bucket->is_watched());
  EXPECT_OK(world.fold->writer());  // released
}

// Against the contract, and no reason to crash.
void the_last_reference_may_go_on_the_own_thread(void**) {
  World world;
  std::atomic<bool> over{false};
  world.caller->on_end = [&] { over = true; };
  world.caller->on_applied = [&](Cursor) { world.watch.reset(); };
  EXPECT_OK(world.start());
  world.bucket->put("a");
  test::await([&] { return over.load(); }, "the end");
  EXPECT_RECORD(world.caller, "apply 1", "applied 1 (1)", "ended SLIP_CANCELLED 1");
  test::await([&] { return world.caller.use_count() == 1; }, "the thread to let go");
}

void a_new_watch_may_start_in_on_end(void**) {
  World world;
  Status second(SLIP_INTERNAL, "never tried");
  std::shared_ptr<slip::Watch> next;
  world.caller->on_end = [&] {
    auto started = slip::start_watch(world.bucket, world.fold, world.settings,
                                     std::make_shared<test::Recorder>());
    second = started.status();
    if (started.ok()) next = started.take();
  };
  EXPECT_OK(world.start());
  EXPECT_OK(world.close());
  EXPECT_OK(second);
  EXPECT_OK(next->close(nullptr));
}

// Nothing that a consumer throws leaves the thread.
void what_is_thrown_ends_the_watch(void**) {
  World world;
  world.caller->on_apply = [](const Batch&, Cursor) -> Status { throw std::bad_alloc(); };
  world.bucket->put("a");
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_OUT_OF_MEMORY, "out of memory");
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_revision(1));
  world.watch.reset();
  world.caller = std::make_shared<test::Recorder>();
  world.caller->on_apply = [](const Batch&, Cursor) -> Status {
    throw std::runtime_error("a defect of a consumer");
  };
  EXPECT_OK(world.start());
  world.bucket->put("b");
  test::await_end(world);
  Cursor cursor{0, 0};
  EXPECT_FAILED(world.close(&cursor), SLIP_INTERNAL, "a defect of a consumer");
  assert_int_equal(cursor.revision, 1);
  EXPECT_RECORD(world.caller, "apply 2", "ended SLIP_INTERNAL 1");
}

void blocking_calls_on_the_own_thread_are_deadlocks(void**) {
  World world;
  std::vector<Status> answers;
  world.caller->on_applied = [&](Cursor) {
    answers.push_back(world.watch->wait_caught_up(never()));
    answers.push_back(world.watch->wait_revision(99, never()));
    answers.push_back(world.watch->export_snapshot().status());
    answers.push_back(world.watch->close(nullptr));
    (void)world.watch->status();
    world.watch->interrupt();
    world.watch->cancel();
  };
  EXPECT_OK(world.start());
  assert_false(world.watch->on_own_thread());
  world.bucket->put("a");
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_CANCELLED, "cancelled");
  assert_int_equal(answers.size(), 4);
  EXPECT_FAILED(answers[0], SLIP_DEADLOCK,
                "cannot wait for a watch to catch up on the watch's own");
  EXPECT_FAILED(answers[1], SLIP_DEADLOCK, "cannot wait for a revision on the watch's own thread");
  EXPECT_FAILED(answers[2], SLIP_DEADLOCK, "cannot export a watch on the watch's own thread");
  EXPECT_FAILED(answers[3], SLIP_DEADLOCK, "cannot close a watch on the watch's own thread");
}

// --- waiting --------------------------------------------------------------------------------

void a_wait_times_out(void**) {
  World world;
  EXPECT_OK(world.start());
  EXPECT_FAILED(world.watch->wait_revision(5, slip::deadline_after_ms(0)), SLIP_TIMEOUT,
                "its committed revision is 0");
  EXPECT_FAILED(world.watch->wait_revision(5, slip::deadline_after_ms(20)), SLIP_TIMEOUT,
                "its committed revision is 0");
  EXPECT_OK(world.close());
}

void an_interrupt_ends_one_wait(void**) {
  World world;
  EXPECT_OK(world.start());
  world.watch->interrupt();  // the next one
  EXPECT_FAILED(world.watch->wait_revision(5, never()), SLIP_INTERRUPTED, "interrupted");
  Status first;
  std::thread waiter([&] { first = world.watch->wait_revision(5, never()); });
  world.watch->interrupt();  // whichever comes first, the running one or the next
  waiter.join();
  EXPECT_FAILED(first, SLIP_INTERRUPTED, "interrupted");
  for (int i = 0; i < 5; ++i) world.bucket->put("key");
  EXPECT_OK(world.wait_revision(5));  // and no other
  EXPECT_OK(world.close());
}

void the_end_ends_every_wait(void**) {
  World world;
  EXPECT_OK(world.start());
  Status answers[3];
  std::vector<std::thread> waiters;
  for (Status& answer : answers)
    waiters.emplace_back([&] { answer = world.watch->wait_revision(5, never()); });
  EXPECT_OK(world.close());
  for (std::thread& waiter : waiters) waiter.join();
  for (const Status& answer : answers) EXPECT_FAILED(answer, SLIP_END, "the watch has ended");
}

void read_your_own_writes(void**) {
  World world;
  EXPECT_OK(world.start());
  for (int i = 0; i < 50; ++i) {
    const uint64_t revision = world.bucket->put("counter", std::to_string(i));
    EXPECT_OK(world.wait_revision(revision));
    EXPECT_TEXT(world.fold->contents(), "counter=" + std::to_string(i));
  }
  EXPECT_OK(world.close());
}

// --- status ---------------------------------------------------------------------------------

void the_status_counts(void**) {
  World world = World::with_long_window();
  for (int i = 0; i < 6; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  const slip::WatchState live = world.watch->status();
  assert_int_equal(live.struct_size, sizeof(slip_watch_state));
  assert_int_equal(live.state, SLIP_WATCH_LIVE);
  assert_int_equal(live.end_status, SLIP_OK);
  assert_int_equal(live.cursor.epoch, 7);
  assert_int_equal(live.cursor.revision, 6);
  assert_int_equal(live.target_revision, 6);
  assert_int_equal(live.server_last_revision, 6);
  assert_int_equal(live.received, 6);
  assert_int_equal(live.applied, 6);
  assert_int_equal(live.batches, 2);
  assert_int_equal(live.last_update_ns, 1700000000000000006);
  assert_true(live.last_contact_ns > 0 && live.last_contact_ns <= slip::unix_now_ns());
  EXPECT_OK(world.close());
  const slip::WatchState ended = world.watch->status();
  assert_int_equal(ended.state, SLIP_WATCH_ENDED);
  assert_int_equal(ended.end_status, SLIP_OK);
}

void one_thread_a_watch(void**) {
  const int before = test_thread_count();
  World world;
  EXPECT_OK(world.start());
  assert_int_equal(test_thread_count(), before + 1);
  EXPECT_OK(world.close());
  assert_int_equal(test_thread_count(), before);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_export_flushes_what_was_received_first),
      cmocka_unit_test(an_export_with_nothing_pending_is_no_matter),
      cmocka_unit_test(an_export_without_a_fold_is_misuse),
      cmocka_unit_test(an_export_after_the_end_says_why_it_ended),
      cmocka_unit_test(an_export_that_waits_when_the_watch_fails_says_so),
      cmocka_unit_test(under_a_firehose_exports_and_close_still_come),
      cmocka_unit_test(an_export_is_served_while_the_server_is_away),
      cmocka_unit_test(close_while_the_server_is_away),
      cmocka_unit_test(cancel_while_the_server_is_away),
      cmocka_unit_test(close_answers_the_same_again),
      cmocka_unit_test(cancel_is_stronger_than_close),
      cmocka_unit_test(destruction_cancels),
      cmocka_unit_test(the_last_reference_may_go_on_the_own_thread),
      cmocka_unit_test(a_new_watch_may_start_in_on_end),
      cmocka_unit_test(what_is_thrown_ends_the_watch),
      cmocka_unit_test(blocking_calls_on_the_own_thread_are_deadlocks),
      cmocka_unit_test(a_wait_times_out),
      cmocka_unit_test(an_interrupt_ends_one_wait),
      cmocka_unit_test(the_end_ends_every_wait),
      cmocka_unit_test(read_your_own_writes),
      cmocka_unit_test(the_status_counts),
      cmocka_unit_test(one_thread_a_watch),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
