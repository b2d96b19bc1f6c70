// The first load, the replay, and watches that end by themselves.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

#include "world.h"

using slip::Batch;
using slip::Cursor;
using slip::Status;
using slip::StopAt;
using test::World;

namespace {

std::vector<bool> loading_of(const World& world) {
  std::vector<bool> marks;
  for (const auto& commit : world.fold->commits()) marks.push_back(commit.loading);
  return marks;
}

// --- the first load -------------------------------------------------------------------------

void a_first_load_is_marked_until_it_reaches_its_end(void**) {
  World world = World::with_long_window();
  for (int i = 0; i < 9; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  assert_true(loading_of(world) == (std::vector<bool>{true, true, false}));
  assert_false(world.fold->now().loading);
}

void an_empty_bucket_is_loaded_at_once(void**) {
  World world;
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  assert_true(loading_of(world) == (std::vector<bool>{false}));
  assert_int_equal(world.fold->now().identity.epoch, 7);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "ended SLIP_OK 0");
}

// Once it had content: nothing is retained, and nothing has to be waited for.
void an_emptied_bucket_is_loaded_at_once(void**) {
  World world;
  for (int i = 0; i < 3; ++i) world.bucket->put("key" + std::to_string(i));
  for (uint64_t revision = 1; revision <= 3; ++revision) world.bucket->forget(revision);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  assert_int_equal(world.fold->now().revision, 3);
  assert_true(loading_of(world) == (std::vector<bool>{false}));
  world.bucket->put("a");
  EXPECT_OK(world.wait_revision(4));
  EXPECT_OK(world.close());
  EXPECT_TEXT(world.fold->contents(), "a=v");
}

// Delivered, and overwritten on the server before the watch had looked at it: still a first load.
void what_was_delivered_is_loaded_though_it_is_gone(void**) {
  World world;
  for (const char* key : {"a", "b"}) world.bucket->put(key, "1");
  world.bucket->after_next_watch([&] {
    for (const char* key : {"a", "b"}) world.bucket->put(key, "2");
    world.bucket->forget(1);
    world.bucket->forget(2);
  });
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(4));
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2 3 4", "applied 4 (4)", "ended SLIP_OK 4");
}

void a_heartbeat_ends_a_load_whose_tail_is_gone(void**) {
  World world;
  for (int i = 0; i < 3; ++i) world.bucket->put("key" + std::to_string(i));
  world.bucket->forget(3);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(2));
  assert_true(world.fold->now().loading);
  world.bucket->heartbeat();
  EXPECT_OK(world.wait_caught_up());
  assert_false(world.fold->now().loading);
  EXPECT_OK(world.close());
}

void an_interrupted_load_goes_on_as_one(void**) {
  World world = World::with_long_window();
  world.settings.stop_at = StopAt::revision;
  world.settings.stop_revision = 3;
  for (int i = 0; i < 6; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_OK(world.close());
  assert_true(world.fold->now().loading);
  world.settings.stop_at = StopAt::never;
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  assert_true(loading_of(world) == (std::vector<bool>{true, false}));
}

// Its last commit went through and its end was not noted: nothing is left to come.
void a_load_that_had_arrived_is_ended_by_the_next_watch(void**) {
  World world;
  world.settings.stop_at = StopAt::revision;
  world.settings.stop_revision = 1;
  world.bucket->put("a");
  world.bucket->put("b");
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_OK(world.close());
  assert_true(world.fold->now().loading);
  world.bucket->rewind(1);
  world.settings.stop_at = StopAt::never;
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_caught_up());
  assert_false(world.fold->now().loading);
  EXPECT_OK(world.close());
}

void a_resumed_fold_is_not_loading(void**) {
  World world;
  world.settings.bounds.updates_max = 3;
  world.bucket->put("a");
  world.fill();
  for (int i = 0; i < 6; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  assert_int_equal(world.fold->commits().size(), 3);
  for (const bool loading : loading_of(world)) assert_false(loading);
}

// --- the replay -----------------------------------------------------------------------------

void a_fold_is_replayed_in_key_order_before_the_tail(void**) {
  World world;
  for (const char* key : {"d", "b", "a", "c", "e"}) world.bucket->put(key, "1");
  world.bucket->remove("c");
  world.fill();
  world.bucket->put("f", "1");
  world.settings.replay_fold = true;
  world.settings.bounds.updates_max = 3;
  const size_t commits = world.fold->commits().size();
  world.watch.reset();
  world.caller = std::make_shared<test::Recorder>();
  std::vector<uint64_t> cursors;
  bool flagged = true;
  world.caller->on_apply = [&](const Batch& batch, Cursor cursor) {
    cursors.push_back(cursor.revision);
    for (size_t i = 0; i < batch.size() && batch.updates()[i].revision <= 6; ++i)
      flagged = flagged && (batch.updates()[i].flags & SLIP_FLAG_REPLAY) != 0;
    return Status();
  };
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  // No cursor moves, nothing is committed, on_applied is not called for it.
  EXPECT_RECORD(world.caller, "replay a b d", "replay e", "apply 7", "applied 7 (1)");
  assert_true(cursors == (std::vector<uint64_t>{6, 6, 7}));
  assert_true(flagged);
  assert_int_equal(world.fold->commits().size(), commits + 1);
  assert_int_equal(world.watch->status().replayed, 4);
  EXPECT_OK(world.close());
}

void batches_of_a_replay_are_bounded_in_bytes(void**) {
  World world;
  for (const char* key : {"a", "b", "c"}) world.bucket->put(key, std::string(600, 'x'));
  world.fill();
  world.settings.replay_fold = true;
  world.settings.bounds.bytes_max = 1024;
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_RECORD(world.caller, "replay a b", "replay c");
  EXPECT_OK(world.close());
}

void a_loading_fold_is_not_replayed(void**) {
  World world;
  world.settings.stop_at = StopAt::revision;
  world.settings.stop_revision = 1;
  world.bucket->put("a");
  world.bucket->put("b");
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_OK(world.close());
  world.settings.stop_at = StopAt::never;
  world.settings.replay_fold = true;
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_RECORD(world.caller, "apply 2", "applied 2 (1)");
  EXPECT_OK(world.close());
}

void a_replay_is_judged_before_it_starts(void**) {
  World world;
  world.bucket->put("a");
  world.fill();
  world.bucket->recreate(9);
  world.settings.replay_fold = true;
  EXPECT_FAILED(world.restart(), SLIP_STREAM_RECREATED, "its epoch was 7 and is now 9");
  EXPECT_RECORD(world.caller, );
}

bool is_asleep(long thread_id) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread_id) + "/stat");
  std::string line;
  std::getline(file, line);
  const size_t name_end = line.rfind(')');
  return name_end != std::string::npos && line.compare(name_end, 3, ") S") == 0;
}

// Between two batches of a replay requests are heard.
void ask_during_a_replay(const std::function<void(slip::Watch&)>& ask, size_t batches) {
  World world;
  for (const char* key : {"a", "b", "c"}) world.bucket->put(key, "1");
  world.fill();
  world.settings.replay_fold = true;
  world.settings.bounds.updates_max = 1;
  world.watch.reset();
  world.caller = std::make_shared<test::Recorder>();
  std::atomic<int> applied{0};
  std::atomic<bool> asked{false};
  world.caller->on_apply = [&](const Batch&, Cursor) {
    ++applied;
    while (!asked) std::this_thread::yield();
    return Status();
  };
  EXPECT_OK(world.start());
  test::await([&] { return applied > 0; }, "the first batch");
  assert_int_equal(world.watch->status().state, SLIP_WATCH_REPLAYING);
  std::atomic<long> asking{0};
  std::atomic<bool> answered{false};
  std::thread other([&] {
    asking = syscall(SYS_gettid);
    ask(*world.watch);
    answered = true;
  });
  // It was made where the thread sleeps: there is nothing else to sleep for but its answer.
  test::await([&] { return answered || (asking != 0 && is_asleep(asking)); }, "the request");
  asked = true;
  other.join();
  test::await([&] { return world.caller->count("ended") + world.caller->count("replay") >= 2; },
              "what follows");
  (void)world.close();
  assert_int_equal(world.caller->count("replay"), batches);
}

void close_ends_a_replay(void**) {
  ask_during_a_replay([](slip::Watch& watch) { (void)watch.close(nullptr); }, 1);
}

void cancel_ends_a_replay(void**) {
  ask_during_a_replay([](slip::Watch& watch) { watch.cancel(); }, 1);
}

void an_apply_that_fails_on_a_replay_ends_the_watch(void**) {
  World world;
  world.bucket->put("a");
  world.fill();
  world.settings.replay_fold = true;
  world.watch.reset();
  world.caller = std::make_shared<test::Recorder>();
  world.caller->on_apply = [](const Batch&, Cursor) { return Status(SLIP_USER_FIRST, "full"); };
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_USER_FIRST, "full");
  EXPECT_RECORD(world.caller, "replay a", "ended SLIP_USER_FIRST 1");
}

// --- stop_at --------------------------------------------------------------------------------

void stop_at_caught_up_ends_where_the_bucket_ended(void**) {
  World world;
  world.settings.stop_at = StopAt::caught_up;
  for (int i = 0; i < 3; ++i) world.bucket->put("key" + std::to_string(i));
  // Came after the watch found its place: not of this run.
  world.bucket->after_next_watch([&] { world.bucket->put("later"); });
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_OK(world.wait_caught_up());
  Cursor cursor{0, 0};
  EXPECT_OK(world.close(&cursor));
  assert_int_equal(cursor.revision, 3);
  EXPECT_RECORD(world.caller, "apply 1 2 3", "applied 3 (3)", "ended SLIP_OK 3");
  EXPECT_FAILED(world.wait_revision(4), SLIP_END, "the watch has ended");
}

void stop_at_caught_up_on_an_empty_bucket_ends_at_once(void**) {
  World world;
  world.settings.stop_at = StopAt::caught_up;
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "ended SLIP_OK 0");
}

void stop_at_caught_up_with_nothing_new_ends_at_once(void**) {
  World world;
  world.bucket->put("a");
  world.fill();
  world.settings.stop_at = StopAt::caught_up;
  EXPECT_OK(world.restart());
  test::await_end(world);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "ended SLIP_OK 1");
}

void stop_at_revision_applies_nothing_past_it(void**) {
  World world;
  world.settings.stop_at = StopAt::revision;
  world.settings.stop_revision = 4;
  for (int i = 0; i < 6; ++i) world.bucket->put("key" + std::to_string(i));
  EXPECT_OK(world.start());
  test::await_end(world);
  Cursor cursor{0, 0};
  EXPECT_OK(world.close(&cursor));
  assert_int_equal(cursor.revision, 4);
  EXPECT_RECORD(world.caller, "apply 1 2 3 4", "applied 4 (4)", "ended SLIP_OK 4");
}

// What came after it proves that everything before it came.
void stop_at_a_revision_that_is_not_retained(void**) {
  World world;
  world.settings.stop_at = StopAt::revision;
  world.settings.stop_revision = 4;
  for (int i = 0; i < 6; ++i) world.bucket->put("key" + std::to_string(i));
  world.bucket->forget(3);
  world.bucket->forget(4);
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2", "applied 4 (2)", "ended SLIP_OK 4");
}

void stop_at_a_revision_with_nothing_before_it(void**) {
  World world;
  world.bucket->put("a");
  world.fill();
  world.bucket->put("b");
  world.bucket->put("c");
  world.bucket->forget(2);
  world.settings.stop_at = StopAt::revision;
  world.settings.stop_revision = 2;
  EXPECT_OK(world.restart());
  test::await_end(world);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "ended SLIP_OK 2");
}

void stop_at_a_revision_that_is_passed_already(void**) {
  World world;
  world.bucket->put("a");
  world.fill();
  world.settings.stop_at = StopAt::revision;
  world.settings.stop_revision = 1;
  world.bucket->put("b");
  EXPECT_OK(world.restart());
  test::await_end(world);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "ended SLIP_OK 1");
}

void stop_at_a_revision_still_to_come(void**) {
  World world;
  world.settings.stop_at = StopAt::revision;
  world.settings.stop_revision = 2;
  EXPECT_OK(world.start());
  world.bucket->put("a");
  EXPECT_OK(world.wait_revision(1));
  world.bucket->put("b");
  test::await_end(world);
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1", "applied 1 (1)", "apply 2", "applied 2 (1)",
                "ended SLIP_OK 2");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_first_load_is_marked_until_it_reaches_its_end),
      cmocka_unit_test(an_empty_bucket_is_loaded_at_once),
      cmocka_unit_test(an_emptied_bucket_is_loaded_at_once),
      cmocka_unit_test(what_was_delivered_is_loaded_though_it_is_gone),
      cmocka_unit_test(a_heartbeat_ends_a_load_whose_tail_is_gone),
      cmocka_unit_test(an_interrupted_load_goes_on_as_one),
      cmocka_unit_test(a_load_that_had_arrived_is_ended_by_the_next_watch),
      cmocka_unit_test(a_resumed_fold_is_not_loading),
      cmocka_unit_test(a_fold_is_replayed_in_key_order_before_the_tail),
      cmocka_unit_test(batches_of_a_replay_are_bounded_in_bytes),
      cmocka_unit_test(a_loading_fold_is_not_replayed),
      cmocka_unit_test(a_replay_is_judged_before_it_starts),
      cmocka_unit_test(close_ends_a_replay),
      cmocka_unit_test(cancel_ends_a_replay),
      cmocka_unit_test(an_apply_that_fails_on_a_replay_ends_the_watch),
      cmocka_unit_test(stop_at_caught_up_ends_where_the_bucket_ended),
      cmocka_unit_test(stop_at_caught_up_on_an_empty_bucket_ends_at_once),
      cmocka_unit_test(stop_at_caught_up_with_nothing_new_ends_at_once),
      cmocka_unit_test(stop_at_revision_applies_nothing_past_it),
      cmocka_unit_test(stop_at_a_revision_that_is_not_retained),
      cmocka_unit_test(stop_at_a_revision_with_nothing_before_it),
      cmocka_unit_test(stop_at_a_revision_that_is_passed_already),
      cmocka_unit_test(stop_at_a_revision_still_to_come),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
