// Where a watch goes on: exactly after its cursor, or not at all, with a sentence that says why.
#include <string>

#include "world.h"

using slip::Cursor;
using slip::Status;
using test::GuardOff;
using test::World;

namespace {

// A fold that has followed four updates of three keys; the bucket still has all but the second.
World followed() {
  World world;
  for (const char* key : {"a", "b", "c", "b"}) world.bucket->put(key);
  world.bucket->forget(2);
  world.fill();
  world.caller = std::make_shared<test::Recorder>();
  return world;
}

void a_resume_delivers_exactly_the_tail(void**) {
  World world = followed();
  for (int i = 0; i < 5; ++i) world.bucket->put("tail" + std::to_string(i));
  const uint64_t before = world.bucket->delivered();
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_caught_up());
  assert_int_equal(world.bucket->delivered() - before, 5);
  assert_int_equal(world.watch->status().received, 5);
  assert_int_equal(world.watch->status().applied, 5);
  assert_int_equal(world.bucket->started_from().back(), 5);
  EXPECT_OK(world.close());
  EXPECT_TEXT(world.fold->contents(), "a=v b=v c=v tail0=v tail1=v tail2=v tail3=v tail4=v");
}

void a_resume_with_nothing_new_delivers_nothing(void**) {
  World world = followed();
  const size_t commits = world.fold->commits().size();
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "ended SLIP_OK 4");
  assert_int_equal(world.fold->commits().size(), commits);
}

void each_run_asks_under_a_new_number(void**) {
  World world = followed();
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  world.bucket->break_watcher(Status(SLIP_UNREACHABLE, "gone"));
  world.bucket->put("d");
  EXPECT_OK(world.wait_revision(5));
  EXPECT_OK(world.close());
  const auto numbers = world.bucket->incarnations();
  assert_true(numbers[numbers.size() - 1] > numbers[numbers.size() - 2]);
}

void a_fold_of_another_bucket_is_refused(void**) {
  World world = followed();
  world.bucket = std::make_shared<test::ScriptedBucket>("prices");
  EXPECT_FAILED(world.start(), SLIP_IDENTITY_MISMATCH,
                "cannot watch bucket \"prices\" from fold \"/folds/routes\": it is of bucket "
                "\"routes\" (watch that one, or use another fold or cursor)");
  EXPECT_RECORD(world.caller, );
  assert_int_equal(world.bucket->infos(), 0);
}

void another_scope_is_refused(void**) {
  World world = followed();
  world.settings.scope = slip::Scope::of({"a."});
  EXPECT_FAILED(world.start(), SLIP_SCOPE_MISMATCH,
                "it holds the whole bucket, the watch is of prefix \"a.\" (ask for");
}

void a_bucket_that_was_made_anew_is_refused(void**) {
  World world = followed();
  world.bucket->recreate(9);
  for (int i = 0; i < 9; ++i) world.bucket->put("a");
  EXPECT_FAILED(world.start(), SLIP_STREAM_RECREATED,
                "cannot resume the watch of bucket \"routes\" after revision 4 of fold "
                "\"/folds/routes\": the bucket was deleted and made anew: its epoch was 7 and is "
                "now 9 (use a new fold: filled from the beginning, or from an artifact with "
                "slip_bootstrap)");
  assert_int_equal(world.fold->now().revision, 4);
}

void a_server_that_went_back_is_refused(void**) {
  World world = followed();
  world.bucket->rewind(3);
  EXPECT_FAILED(world.start(), SLIP_STREAM_REWOUND,
                "after revision 4 of fold \"/folds/routes\": the server went back to revision 3");
}

void a_server_that_went_back_and_on_is_refused(void**) {
  World world = followed();
  world.bucket->rewind(3);
  world.bucket->put("another");
  world.bucket->put("one");
  EXPECT_FAILED(world.start(), SLIP_STREAM_REWOUND,
                "the server's update at revision 4 is not the one that was applied");
}

// The newest update that both sides have decides: one that was overwritten since says nothing.
void an_overwritten_update_is_no_sign_of_a_rewind(void**) {
  World world = followed();
  world.bucket->put("b");
  world.bucket->forget(4);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 5", "applied 5 (1)", "ended SLIP_OK 5");
}

void a_gap_in_an_evicting_bucket_is_refused(void**) {
  World world = followed();
  for (int i = 0; i < 3; ++i) world.bucket->put("k" + std::to_string(i));
  for (uint64_t revision = 1; revision <= 6; ++revision) world.bucket->forget(revision);
  world.bucket->configure([](slip::BucketState& state) { state.max_age_ns = 60000000000; });
  EXPECT_FAILED(world.start(), SLIP_CURSOR_EXPIRED,
                "after revision 4 of fold \"/folds/routes\": the bucket evicts values (max_age of "
                "60000 ms) and retains nothing before revision 7, so updates in between may be "
                "lost (use a new fold");
}

void every_way_of_eviction_counts(void**) {
  const std::function<void(slip::BucketState&)> ways[] = {
      [](slip::BucketState& state) { state.per_message_ttl = 1; },
      [](slip::BucketState& state) { state.marker_ttl_ns = 1000000000; },
      [](slip::BucketState& state) {
        state.discard = SLIP_DISCARD_OLD;
        state.max_bytes = 1000;
      }};
  for (const auto& way : ways) {
    World world = followed();
    for (int i = 0; i < 3; ++i) world.bucket->put("k" + std::to_string(i));
    for (uint64_t revision = 1; revision <= 6; ++revision) world.bucket->forget(revision);
    world.bucket->configure(way);
    EXPECT_FAILED(world.start(), SLIP_CURSOR_EXPIRED, "retains nothing before revision 7");
  }
}

// With history 1 a busy bucket gets there in seconds: successors were kept, and nothing is lost.
void a_gap_in_a_bucket_that_evicts_nothing_is_none(void**) {
  World world = followed();
  for (int i = 0; i < 3; ++i) world.bucket->put("k" + std::to_string(i));
  for (uint64_t revision = 1; revision <= 6; ++revision) world.bucket->forget(revision);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 7", "applied 7 (1)", "ended SLIP_OK 7");
}

void a_cursor_without_a_fold_is_followed(void**) {
  World world;
  for (int i = 0; i < 4; ++i) world.bucket->put("k" + std::to_string(i));
  world.fold = nullptr;
  world.settings.start_identity = slip::Identity{"routes", 7};
  world.settings.start_revision = 2;
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  Cursor cursor{0, 0};
  EXPECT_OK(world.close(&cursor));
  assert_int_equal(cursor.revision, 4);
  assert_int_equal(cursor.epoch, 7);
  EXPECT_RECORD(world.caller, "apply 3 4", "applied 4 (2)", "ended SLIP_OK 4");
}

void a_cursor_that_cannot_be_followed_is_refused(void**) {
  World world;
  world.bucket->put("a");
  world.fold = nullptr;
  world.settings.start_revision = 1;
  world.settings.start_identity = slip::Identity{"prices", 7};
  EXPECT_FAILED(world.start(), SLIP_IDENTITY_MISMATCH,
                "cannot watch bucket \"routes\" from the caller's cursor: it is of bucket "
                "\"prices\"");
  world.settings.start_identity = slip::Identity{"routes", 6};
  EXPECT_FAILED(
      world.start(), SLIP_STREAM_RECREATED,
      "after revision 1 of the caller's cursor: the bucket was deleted and made anew: its "
      "epoch was 6 and is now 7 (drop what was built from it and watch from the "
      "beginning)");
  world.settings.start_identity = slip::Identity{"routes", 7};
  world.settings.start_revision = slip::kRevisionMax;
  EXPECT_FAILED(world.start(), SLIP_STREAM_REWOUND, "the server went back to revision 1");
}

void a_cursor_beside_a_fold_is_refused(void**) {
  World world;
  world.settings.start_identity = slip::Identity{"routes", 7};
  EXPECT_FAILED(world.start(), SLIP_INVALID, "option \"cursor\" is for watches without a fold");
}

void a_fold_takes_one_watch_at_a_time(void**) {
  World world;
  EXPECT_OK(world.start());
  const auto second = slip::start_watch(world.bucket, world.fold, world.settings,
                                        std::make_shared<test::Recorder>());
  EXPECT_FAILED(second, SLIP_BUSY, "/folds/routes");
  EXPECT_OK(world.close());
  EXPECT_OK(world.restart());
  EXPECT_OK(world.close());
}

void a_bucket_that_is_not_there_is_said_at_once(void**) {
  World world;
  world.bucket->fail_info(Status(SLIP_BUCKET_NOT_FOUND, "bucket \"routes\": no such bucket"), -1);
  EXPECT_FAILED(world.start(), SLIP_BUCKET_NOT_FOUND, "no such bucket");
  EXPECT_RECORD(world.caller, );
}

void a_server_out_of_reach_is_waited_for(void**) {
  World world = followed();
  world.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), 3);
  EXPECT_OK(world.start());
  assert_int_equal(world.watch->status().state, SLIP_WATCH_STALE);
  assert_int_equal(world.watch->status().cursor.revision, 4);
  EXPECT_OK(world.wait_caught_up());
  assert_int_equal(world.watch->status().state, SLIP_WATCH_LIVE);
  EXPECT_OK(world.close());
}

// What cannot be checked at the start is checked as soon as there is a server.
void a_refusal_after_the_start_ends_the_watch(void**) {
  World world = followed();
  world.bucket->recreate(9);
  world.bucket->fail_info(Status(SLIP_UNREACHABLE, "no server"), 2);
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_STREAM_RECREATED, "its epoch was 7 and is now 9");
  EXPECT_RECORD(world.caller, "ended SLIP_STREAM_RECREATED 4");
}

void a_stream_that_changes_during_the_start_is_looked_at_again(void**) {
  World world = followed();
  world.bucket->after_next_watch([&] { world.bucket->recreate(9); });
  EXPECT_OK(world.start());
  test::await_end(world);
  EXPECT_FAILED(world.close(), SLIP_STREAM_RECREATED, "its epoch was 7 and is now 9");
}

// A watch from the beginning takes what is there now for what it is.
void a_first_start_never_mixes_two_incarnations(void**) {
  World world;
  world.bucket->put("old");
  world.bucket->after_next_watch([&] {
    world.bucket->recreate(9);
    world.bucket->put("new");
  });
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  assert_int_equal(world.fold->now().identity.epoch, 9);
  EXPECT_TEXT(world.fold->contents(), "new=v");
}

// --- without its guard each of these goes wrong ------------------------------------------------

void guard_watch_identity(void**) {
  World world;
  for (const char* key : {"a", "b", "c"}) world.bucket->put(key);
  world.fold = nullptr;
  world.settings.start_identity = slip::Identity{"prices", 7};
  world.settings.start_revision = 2;
  const GuardOff off("watch_identity");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  assert_int_equal(world.caller->count("apply"), 1);  // the tail of one after the head of another
}

void guard_watch_scope(void**) {
  World world = followed();
  world.settings.scope = slip::Scope::of({"a."});
  const GuardOff off("watch_scope");
  EXPECT_OK(world.start());
  world.watch->cancel();
  EXPECT_FAILED(world.close(), SLIP_CANCELLED, "cancelled");
}

void guard_start_race(void**) {
  World world;
  world.bucket->put("old");
  world.bucket->after_next_watch([&] {
    world.bucket->recreate(9);
    world.bucket->put("new");
  });
  const GuardOff off("start_race");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_caught_up());
  EXPECT_OK(world.close());
  // What the old incarnation held, under the name of the new one.
  assert_int_equal(world.fold->now().identity.epoch, 9);
  EXPECT_TEXT(world.fold->contents(), "new=v old=v");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_resume_delivers_exactly_the_tail),
      cmocka_unit_test(a_resume_with_nothing_new_delivers_nothing),
      cmocka_unit_test(each_run_asks_under_a_new_number),
      cmocka_unit_test(a_fold_of_another_bucket_is_refused),
      cmocka_unit_test(another_scope_is_refused),
      cmocka_unit_test(a_bucket_that_was_made_anew_is_refused),
      cmocka_unit_test(a_server_that_went_back_is_refused),
      cmocka_unit_test(a_server_that_went_back_and_on_is_refused),
      cmocka_unit_test(an_overwritten_update_is_no_sign_of_a_rewind),
      cmocka_unit_test(a_gap_in_an_evicting_bucket_is_refused),
      cmocka_unit_test(every_way_of_eviction_counts),
      cmocka_unit_test(a_gap_in_a_bucket_that_evicts_nothing_is_none),
      cmocka_unit_test(a_cursor_without_a_fold_is_followed),
      cmocka_unit_test(a_cursor_that_cannot_be_followed_is_refused),
      cmocka_unit_test(a_cursor_beside_a_fold_is_refused),
      cmocka_unit_test(a_fold_takes_one_watch_at_a_time),
      cmocka_unit_test(a_bucket_that_is_not_there_is_said_at_once),
      cmocka_unit_test(a_server_out_of_reach_is_waited_for),
      cmocka_unit_test(a_refusal_after_the_start_ends_the_watch),
      cmocka_unit_test(a_stream_that_changes_during_the_start_is_looked_at_again),
      cmocka_unit_test(a_first_start_never_mixes_two_incarnations),
      cmocka_unit_test(guard_watch_identity),
      cmocka_unit_test(guard_watch_scope),
      cmocka_unit_test(guard_start_race),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
