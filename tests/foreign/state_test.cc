// A watch that starts from the state of a bucket: no cursor before its end, nothing left over from
// an attempt before, the tail exactly afterwards. And updates of unknown revision.
#include <string>

#include "watch/world.h"

using slip::Cursor;
using slip::Scope;
using slip::Status;
using test::GuardOff;
using test::World;

namespace {

// Its traces are not judged: a state skips what was overwritten, and an unknown revision is none.
struct StateWorld : World {
  explicit StateWorld(uint32_t capabilities = SLIP_BUCKET_FROM_STATE) {
    bucket = std::make_shared<test::ScriptedBucket>("routes", 7, capabilities);
  }
  slip::Status begin() {
    auto started = slip::start_watch(bucket, fold, settings, caller);
    if (!started.ok()) return started.status();
    watch = started.take();
    return Status();
  }
  slip::Status begin_again() {
    watch.reset();
    caller = std::make_shared<test::Recorder>();
    return begin();
  }
  void await_applied(const std::string& contents) {
    test::await([&] { return fold->contents() == contents; }, contents.c_str());
  }
};

void the_cursor_waits_for_the_end_of_the_state(void**) {
  StateWorld world;
  world.bucket->put("a");
  world.bucket->put("b");
  world.bucket->put("a", "w");
  world.bucket->hold_state();
  EXPECT_OK(world.begin());
  world.await_applied("a=w b=v");
  assert_int_equal(world.fold->now().revision, 0);
  assert_true(world.fold->now().loading);
  assert_int_equal(world.watch->status().state, SLIP_WATCH_CATCHING_UP);
  EXPECT_FAILED(world.watch->wait_caught_up(slip::deadline_after_ms(0)), SLIP_TIMEOUT, "");
  world.bucket->end_state();
  EXPECT_OK(world.wait_caught_up());
  assert_int_equal(world.fold->now().revision, 3);
  assert_false(world.fold->now().loading);
  world.bucket->put("c");
  EXPECT_OK(world.wait_revision(4));
  EXPECT_OK(world.close());
  // Of the three updates two are the state; they came in an order that is none of revisions.
  assert_int_equal(world.caller->count("apply"), world.fold->commits().size() - 1);
  for (const auto& commit : world.fold->commits())
    assert_true(commit.cursor == 0 || commit.cursor == 3 || commit.cursor == 4);
  // A resume asks for no state: exactly the tail.
  const uint64_t delivered = world.bucket->delivered();
  world.bucket->put("d");
  EXPECT_OK(world.begin_again());
  EXPECT_OK(world.wait_revision(5));
  assert_int_equal(world.bucket->delivered() - delivered, 1);
  assert_false(world.bucket->last_request().from_state);
  EXPECT_OK(world.close());
}

void an_empty_state_is_a_state(void**) {
  StateWorld world;
  EXPECT_OK(world.begin());
  EXPECT_OK(world.wait_caught_up());
  assert_int_equal(world.fold->now().revision, 0);
  assert_false(world.fold->now().loading);
  world.bucket->put("a");
  EXPECT_OK(world.wait_revision(1));
  EXPECT_OK(world.close());
}

void stop_at_waits_for_the_whole_state(void**) {
  StateWorld world;
  world.settings.stop_at = slip::StopAt::caught_up;
  world.settings.close_on_idle = false;
  world.settings.window_ms = test::kHourMs;
  for (const char* key : {"a", "b", "c"}) world.bucket->put(key);
  EXPECT_OK(world.begin());
  test::await_end(world);
  EXPECT_OK(world.close());
  assert_string_equal(world.fold->contents().c_str(), "a=v b=v c=v");
  assert_int_equal(world.fold->now().revision, 3);
}

// The first attempt breaks after a, b and c; b is deleted before the second.
std::string leftovers() {
  StateWorld world;
  world.settings.bounds.updates_max = 2;
  for (const char* key : {"a", "b", "c"}) world.bucket->put(key);
  world.bucket->hold_state();
  EXPECT_OK(world.begin());
  world.await_applied("a=v b=v c=v");
  world.bucket->fail_watch(Status(SLIP_UNREACHABLE, "away"), -1);
  world.bucket->break_watcher(Status(SLIP_UNREACHABLE, "away"));
  test::await([&] { return !world.bucket->is_watched(); }, "the break");
  world.bucket->remove("b");
  world.bucket->put("d");
  world.bucket->fail_watch(Status(), 0);
  test::await([&] { return world.bucket->is_watched(); }, "the second attempt");
  assert_true(world.bucket->last_request().from_state);
  world.bucket->end_state();
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  assert_int_equal(world.fold->now().revision, 5);
  std::string synthetic;
  for (const std::string& line : world.caller->record())
    if (line == "apply 0") synthetic += "-";
  return world.fold->contents() + synthetic;
}

void what_an_attempt_before_left_over_is_deleted(void**) {
  assert_string_equal(leftovers().c_str(), "a=v c=v d=v-");
  const GuardOff guard("state_leftovers");
  assert_string_equal(leftovers().c_str(), "a=v b=v c=v d=v");
}

void a_process_that_dies_in_the_state_starts_it_again(void**) {
  StateWorld world;
  for (const char* key : {"a", "b"}) world.bucket->put(key);
  world.bucket->hold_state();
  EXPECT_OK(world.begin());
  world.await_applied("a=v b=v");
  world.watch->cancel();
  EXPECT_FAILED(world.close(), SLIP_CANCELLED, "");
  assert_true(world.fold->now().loading);
  world.bucket->remove("a");
  EXPECT_OK(world.begin_again());
  assert_true(world.bucket->last_request().from_state);
  world.bucket->end_state();
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  assert_string_equal(world.fold->contents().c_str(), "b=v");
  assert_false(world.fold->now().loading);
}

void without_a_fold_a_break_in_the_state_ends_the_watch(void**) {
  StateWorld world;
  world.fold = nullptr;
  world.bucket->put("a");
  world.bucket->hold_state();
  EXPECT_OK(world.begin());
  test::await([&] { return world.caller->count("apply") == 1; }, "the first update");
  world.bucket->break_watcher(Status(SLIP_UNREACHABLE, "the store went away"));
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_UNREACHABLE, "the store went away");
}

void without_a_fold_a_break_before_anything_came_is_none(void**) {
  StateWorld world;
  world.fold = nullptr;
  world.bucket->hold_state();
  EXPECT_OK(world.begin());
  world.bucket->break_watcher(Status(SLIP_UNREACHABLE, "the store went away"));
  test::await([&] { return world.bucket->started_from().size() == 2; }, "the second attempt");
  world.bucket->end_state();
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
}

// Those of one scope that come in a resume after half of ten were applied.
uint64_t resumed(const std::vector<std::string>& prefixes, uint32_t capabilities) {
  World world;
  world.bucket = std::make_shared<test::ScriptedBucket>("routes", 7, capabilities);
  world.settings.scope = Scope::of(prefixes);
  const auto write = [&] {
    for (const char* key : {"eu.1", "us.1", "as.1", "eu.2", "us.2"}) world.bucket->put(key);
  };
  const auto run = [&](uint64_t revision) {
    auto started = slip::start_watch(world.bucket, world.fold, world.settings, world.caller);
    EXPECT_OK(started);
    world.watch = started.take();
    EXPECT_OK(world.wait_revision(revision));
    EXPECT_OK(world.close());
    return world.watch->status().received;
  };
  write();
  run(5);
  write();
  return run(10);
}

void a_resume_delivers_only_the_delta_in_each_scope(void**) {
  for (const uint32_t capabilities : {0, static_cast<int>(SLIP_BUCKET_FROM_STATE)}) {
    assert_int_equal(resumed({""}, capabilities), 5);
    assert_int_equal(resumed({"us."}, capabilities), 2);
    assert_int_equal(resumed({"as.", "us.2"}, capabilities), 2);
  }
}

void a_scope_that_is_dropped_here_moves_the_cursor(void**) {
  World world;
  world.settings.scope = Scope::of({"eu."});
  EXPECT_OK(world.start());
  world.bucket->put("eu.1");
  world.bucket->put("us.1");
  EXPECT_OK(world.wait_revision(2));
  EXPECT_OK(world.close());
  assert_string_equal(world.fold->contents().c_str(), "eu.1=v");
}

void foreign_scope_is_caught(void**) {
  const GuardOff guard("foreign_scope");
  StateWorld world(0);
  world.settings.scope = Scope::of({"eu."});
  EXPECT_OK(world.begin());
  world.bucket->put("us.1");
  EXPECT_OK(world.wait_revision(1));
  EXPECT_OK(world.close());
  assert_string_equal(world.fold->contents().c_str(), "us.1=v");
}

void unknown_revisions_move_no_cursor(void**) {
  StateWorld world(0);
  EXPECT_OK(world.begin());
  world.bucket->put("a");
  EXPECT_OK(world.wait_revision(1));
  world.bucket->deliver_unknown("b", SLIP_DELETE);
  world.bucket->deliver_unknown("u", SLIP_PUT, "kept");
  test::await([&] { return world.watch->status().applied == 3; }, "the unknown ones");
  assert_int_equal(world.fold->now().revision, 1);
  assert_int_equal(world.watch->status().cursor.revision, 1);
  world.bucket->put("c");
  EXPECT_OK(world.wait_revision(2));
  EXPECT_OK(world.close());
  assert_int_equal(world.watch->status().restarts, 0);
  assert_string_equal(world.fold->contents().c_str(), "a=v c=v u=kept");
}

void an_unknown_revision_beside_known_ones_does_not_clobber(void**) {
  StateWorld world(0);
  static_cast<World&>(world).settings = World::with_long_window().settings;
  EXPECT_OK(world.begin());
  world.bucket->put("a");
  world.bucket->put("b");
  world.bucket->deliver_unknown("x", SLIP_DELETE);  // the batch of three is full
  EXPECT_OK(world.wait_revision(2));
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2 0", "applied 2 (3)", "ended SLIP_OK 2");
}

void one_revision_is_never_parted(void**) {
  World world = World::with_long_window();
  EXPECT_OK(world.start());
  world.bucket->put("a");
  world.bucket->put("b");
  world.bucket->put_together({"c", "d", "e", "f"});
  world.bucket->put("g");
  EXPECT_OK(world.wait_revision(3));
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 1 2 3 3 3 3", "applied 3 (6)", "apply 4", "applied 4 (1)",
                "ended SLIP_OK 4");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_cursor_waits_for_the_end_of_the_state),
      cmocka_unit_test(an_empty_state_is_a_state),
      cmocka_unit_test(stop_at_waits_for_the_whole_state),
      cmocka_unit_test(what_an_attempt_before_left_over_is_deleted),
      cmocka_unit_test(a_process_that_dies_in_the_state_starts_it_again),
      cmocka_unit_test(without_a_fold_a_break_in_the_state_ends_the_watch),
      cmocka_unit_test(without_a_fold_a_break_before_anything_came_is_none),
      cmocka_unit_test(a_resume_delivers_only_the_delta_in_each_scope),
      cmocka_unit_test(a_scope_that_is_dropped_here_moves_the_cursor),
      cmocka_unit_test(foreign_scope_is_caught),
      cmocka_unit_test(unknown_revisions_move_no_cursor),
      cmocka_unit_test(an_unknown_revision_beside_known_ones_does_not_clobber),
      cmocka_unit_test(one_revision_is_never_parted),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
