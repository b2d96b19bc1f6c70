// The flush, sentence by sentence: a failed batch stays at the front, one further batch joins it,
// and both are one commit; nothing is doubled, reordered or told too early.
#include <atomic>
#include <thread>

#include "watch/flush.h"
#include "world.h"

using slip::Batch;
using slip::Cursor;
using slip::Status;
using test::World;

namespace {

const Status kNoSpace(SLIP_NO_SPACE, "cannot write fold \"/folds/routes\": the disk is full");

void put_keys(const World& world, int from, int to) {
  for (int i = from; i < to; ++i) world.bucket->put("key" + std::to_string(i));
}

// Batches of three; `puts` updates wait when it begins, and the first commits fail.
World failing(int puts, int times) {
  World world = World::with_long_window();
  world.fold->fail_commits(kNoSpace, times);
  put_keys(world, 0, puts);
  return world;
}

void await_failures(const World& world, int count) {
  test::await([&] { return world.fold->failed_commits() >= count; }, "failed commits");
}

// --- a batch that joins ---------------------------------------------------------------------

void the_second_commit_holds_both_batches_in_order(void**) {
  World world = failing(6, 1);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(6));
  EXPECT_RECORD(world.caller, "apply 1 2 3", "failed SLIP_NO_SPACE", "apply 4 5 6",
                "applied 6 (6)");
  const auto commits = world.fold->commits();
  assert_int_equal(commits.size(), 1);
  assert_true(commits[0].revisions == (std::vector<uint64_t>{1, 2, 3, 4, 5, 6}));
  assert_int_equal(commits[0].cursor, 6);
  const slip::WatchState state = world.watch->status();
  assert_int_equal(state.applied, 6);
  assert_int_equal(state.batches, 2);
  assert_int_equal(state.commit_failures, 0);
  EXPECT_OK(world.close());
}

void no_more_than_one_joins(void**) {
  World world = failing(12, 4);
  EXPECT_OK(world.start());
  await_failures(world, 3);
  EXPECT_OK(world.wait_revision(12));
  EXPECT_RECORD(world.caller, "apply 1 2 3", "failed SLIP_NO_SPACE", "apply 4 5 6",
                "failed SLIP_NO_SPACE", "failed SLIP_NO_SPACE", "failed SLIP_NO_SPACE",
                "applied 6 (6)", "apply 7 8 9", "applied 9 (3)", "apply 10 11 12",
                "applied 12 (3)");
  EXPECT_OK(world.close());
}

void a_batch_that_comes_during_the_wait_joins(void**) {
  World world = failing(3, -1);
  EXPECT_OK(world.start());
  await_failures(world, 2);
  put_keys(world, 3, 6);
  test::await([&] { return world.caller->count("apply") == 2; }, "the second batch");
  world.fold->heal();
  EXPECT_OK(world.wait_revision(6));
  const auto commits = world.fold->commits();
  assert_int_equal(commits.size(), 1);
  assert_true(commits[0].revisions == (std::vector<uint64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_OK(world.close());
}

void an_update_of_both_batches_counts_once_and_last(void**) {
  World world = World::with_long_window();
  world.fold->fail_commits(kNoSpace, 1);
  for (const char* value : {"1", "2", "3", "4"}) world.bucket->put("key", value);
  world.bucket->remove("gone");
  world.bucket->put("key", "6");
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(6));
  EXPECT_TEXT(world.fold->contents(), "key=6");
  EXPECT_OK(world.close());
}

void credit_is_given_back_after_the_commit(void**) {
  World world = failing(6, -1);
  EXPECT_OK(world.start());
  await_failures(world, 3);
  test::await([&] { return world.caller->count("apply") == 2; }, "the second batch");
  assert_int_equal(world.bucket->credited_updates(), 0);
  world.fold->heal();
  EXPECT_OK(world.wait_revision(6));
  test::await([&] { return world.bucket->credited_updates() == 6; }, "the credit");
  EXPECT_OK(world.close());
}

void nothing_is_told_before_the_commit(void**) {
  World world = failing(6, -1);
  EXPECT_OK(world.start());
  await_failures(world, 3);
  const slip::WatchState state = world.watch->status();
  assert_int_equal(state.cursor.revision, 0);
  assert_int_equal(state.applied, 0);
  assert_true(state.commit_failures >= 3);
  EXPECT_FAILED(world.watch->wait_revision(1, slip::deadline_after_ms(0)), SLIP_TIMEOUT,
                "its committed revision is 0");
  assert_int_equal(world.caller->count("applied"), 0);
  world.fold->heal();
  EXPECT_OK(world.wait_revision(6));
  EXPECT_OK(world.close());
}

// What follows a missing delivery is not taken, and the place is found anew only after the commit.
void a_gap_in_the_batch_that_joins(void**) {
  World world = failing(3, 3);
  EXPECT_OK(world.start());
  await_failures(world, 1);
  world.bucket->lose_after(1);
  put_keys(world, 3, 7);
  EXPECT_OK(world.wait_revision(7));
  EXPECT_OK(world.close());
  assert_true(world.bucket->started_from() == (std::vector<uint64_t>{1, 5}));
  EXPECT_TEXT(world.fold->contents(), "key0=v key1=v key2=v key3=v key4=v key5=v key6=v");
  uint64_t last = 0;
  for (const auto& commit : world.fold->commits())
    for (const uint64_t revision : commit.revisions) assert_int_equal(revision, ++last);
}

void a_source_that_breaks_meanwhile_is_started_after_the_commit(void**) {
  World world = failing(3, -1);
  EXPECT_OK(world.start());
  await_failures(world, 1);
  world.bucket->break_watcher(Status(SLIP_UNREACHABLE, "the connection broke", true));
  put_keys(world, 3, 6);
  await_failures(world, 4);
  assert_int_equal(world.bucket->started_from().size(), 1);
  world.fold->heal();
  EXPECT_OK(world.wait_revision(6));
  assert_true(world.bucket->started_from() == (std::vector<uint64_t>{1, 4}));
  assert_int_equal(world.caller->count("apply"), 2);  // none of them twice
  EXPECT_OK(world.close());
}

void a_heartbeat_meanwhile_is_not_lost(void**) {
  World world = failing(3, -1);
  world.settings.stop_at = slip::StopAt::revision;
  world.settings.stop_revision = 5;
  EXPECT_OK(world.start());
  await_failures(world, 1);
  (void)world.bucket->skip_revision();
  (void)world.bucket->skip_revision();
  world.bucket->heartbeat();
  await_failures(world, 3);
  world.fold->heal();
  test::await_end(world);
  EXPECT_OK(world.close());
  assert_int_equal(world.fold->now().revision, 5);
}

void the_end_lies_in_the_batch_that_joins(void**) {
  World world = failing(6, 2);
  world.settings.stop_at = slip::StopAt::revision;
  world.settings.stop_revision = 5;
  EXPECT_OK(world.start());
  test::await_end(world);
  Cursor cursor{0, 0};
  EXPECT_OK(world.close(&cursor));
  assert_int_equal(cursor.revision, 5);
  EXPECT_TEXT(world.fold->contents(), "key0=v key1=v key2=v key3=v key4=v");
}

void the_first_of_two_is_not_applied_again_and_the_cursor_is_that_of_the_fold(void**) {
  World world = failing(3, 0);
  world.settings.commit_failures_max = 3;
  world.settings.commit_retry_ms = 0;
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  world.fold->fail_commits(kNoSpace, -1);
  put_keys(world, 3, 9);
  test::await_end(world);
  Cursor cursor{0, 0};
  EXPECT_FAILED(world.close(&cursor), SLIP_NO_SPACE, "the disk is full");
  assert_int_equal(cursor.revision, 3);
  assert_int_equal(world.caller->count("discard"), 0);  // both had been applied
  world.fold->heal();
  EXPECT_OK(world.restart());
  EXPECT_OK(world.wait_revision(9));
  EXPECT_OK(world.close());
  EXPECT_RECORD(world.caller, "apply 4 5 6", "applied 6 (3)", "apply 7 8 9", "applied 9 (3)",
                "ended SLIP_OK 9");
}

void the_second_one_that_cannot_be_applied_ends_the_watch(void**) {
  World world = failing(6, -1);
  world.caller->on_apply = [](const Batch&, Cursor cursor) {
    return cursor.revision <= 3 ? Status() : Status(SLIP_USER_FIRST, "the table is locked");
  };
  EXPECT_OK(world.start());
  test::await_end(world);
  Cursor cursor{9, 9};
  EXPECT_FAILED(world.close(&cursor), SLIP_USER_FIRST, "the table is locked");
  assert_int_equal(cursor.revision, 0);
  assert_true(world.fold->commits().empty());
}

void a_last_flush_of_both_that_fails_is_reported_by_close(void**) {
  World world = failing(6, -1);
  EXPECT_OK(world.start());
  test::await([&] { return world.caller->count("apply") == 2; }, "both batches");
  Cursor cursor{9, 9};
  EXPECT_FAILED(world.close(&cursor), SLIP_NO_SPACE, "the disk is full");
  assert_int_equal(cursor.revision, 0);
  assert_int_equal(world.caller->count("applied"), 0);
}

// --- exports --------------------------------------------------------------------------------

void an_export_waits_for_the_batch_that_is_pending(void**) {
  World world = failing(3, -1);
  EXPECT_OK(world.start());
  await_failures(world, 1);
  std::atomic<uint64_t> exported{0};
  std::thread exporter([&] {
    auto snapshot = world.watch->export_snapshot();
    if (snapshot.ok()) exported = (*snapshot)->meta().revision;
  });
  await_failures(world, 3);
  const uint64_t before = exported;
  world.fold->heal();
  exporter.join();
  assert_int_equal(before, 0);
  assert_int_equal(exported, 3);
  EXPECT_OK(world.close());
}

void an_export_that_fails_is_harmless(void**) {
  World world = failing(3, 0);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  world.fold->fail_snapshots(Status(SLIP_BUSY, "too many snapshots"));
  EXPECT_FAILED(world.watch->export_snapshot(), SLIP_BUSY, "too many snapshots");
  put_keys(world, 3, 6);
  EXPECT_OK(world.wait_revision(6));
  world.fold->fail_snapshots(Status());
  EXPECT_OK(world.watch->export_snapshot());
  EXPECT_OK(world.close());
}

// --- how it ends ----------------------------------------------------------------------------

void why_the_bucket_failed_reaches_the_caller(void**) {
  World world = failing(3, 0);
  EXPECT_OK(world.start());
  EXPECT_OK(world.wait_revision(3));
  put_keys(world, 3, 5);
  world.bucket->break_watcher(Status(SLIP_USER_FIRST + 3, "partition 7 lost its log"));
  test::await_end(world);
  Cursor cursor{0, 0};
  EXPECT_FAILED(world.close(&cursor), SLIP_USER_FIRST + 3, "partition 7 lost its log");
  assert_int_equal(cursor.revision, 5);  // what had come before it was applied
  assert_int_equal(world.watch->status().end_status, SLIP_USER_FIRST + 3);
  EXPECT_FAILED(world.wait_revision(9), SLIP_USER_FIRST + 3, "partition 7 lost its log");
}

// --- updates of unknown revision ------------------------------------------------------------

// The flush alone, over a fold of its own.
struct Alone {
  World world;
  slip::Control control{std::make_shared<slip::Intake>(slip::BatchBounds{}), 0};
  std::unique_ptr<slip::Flush> flush;

  Alone() {
    auto writer = world.fold->writer();
    EXPECT_OK(writer);
    flush = std::make_unique<slip::Flush>(writer.take(), world.fold->now(), world.settings,
                                          *world.caller, control);
    flush->aim(slip::Identity{"routes", 7}, 1);
  }
  static void add(Batch* batch, const char* key, uint64_t revision) {
    slip::Update update{};
    update.key = slip::as_slip_bytes(key);
    update.revision = revision;
    update.operation = revision == 0 ? SLIP_DELETE : SLIP_PUT;
    if (revision == 0) update.flags = SLIP_FLAG_SYNTHETIC;
    batch->append(update, 0);
  }
};

void updates_of_unknown_revision_move_no_cursor(void**) {
  Alone alone;
  Batch puts;
  for (uint64_t i = 1; i <= 4; ++i) Alone::add(&puts, i % 2 == 0 ? "b" : "a", i);
  puts.seal();
  EXPECT_OK(alone.flush->flush(puts, 4));
  Batch deletes;
  Alone::add(&deletes, "a", 0);
  deletes.seal();
  EXPECT_OK(alone.flush->flush(deletes, 4));
  assert_int_equal(alone.world.fold->now().revision, 4);
  assert_int_equal(alone.flush->standing().fingerprints.back().revision, 4);
  EXPECT_TEXT(alone.world.fold->contents(), "b=");
  Batch mixed;
  Alone::add(&mixed, "b", 0);
  Alone::add(&mixed, "c", 5);
  Alone::add(&mixed, "d", 0);
  mixed.seal();
  assert_int_equal(mixed.last_revision(), 5);
  EXPECT_OK(alone.flush->flush(mixed, 5));
  assert_int_equal(alone.world.fold->now().revision, 5);
  EXPECT_TEXT(alone.world.fold->contents(), "c=");
  // A batch of synthetic deletes alone is applied and committed, and no progress to tell of.
  EXPECT_RECORD(alone.world.caller, "apply 1 2 3 4", "applied 4 (4)", "apply 0", "apply 0 5 0",
                "applied 5 (3)");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_second_commit_holds_both_batches_in_order),
      cmocka_unit_test(no_more_than_one_joins),
      cmocka_unit_test(a_batch_that_comes_during_the_wait_joins),
      cmocka_unit_test(an_update_of_both_batches_counts_once_and_last),
      cmocka_unit_test(credit_is_given_back_after_the_commit),
      cmocka_unit_test(nothing_is_told_before_the_commit),
      cmocka_unit_test(a_gap_in_the_batch_that_joins),
      cmocka_unit_test(a_source_that_breaks_meanwhile_is_started_after_the_commit),
      cmocka_unit_test(a_heartbeat_meanwhile_is_not_lost),
      cmocka_unit_test(the_end_lies_in_the_batch_that_joins),
      cmocka_unit_test(the_first_of_two_is_not_applied_again_and_the_cursor_is_that_of_the_fold),
      cmocka_unit_test(the_second_one_that_cannot_be_applied_ends_the_watch),
      cmocka_unit_test(a_last_flush_of_both_that_fails_is_reported_by_close),
      cmocka_unit_test(an_export_waits_for_the_batch_that_is_pending),
      cmocka_unit_test(an_export_that_fails_is_harmless),
      cmocka_unit_test(why_the_bucket_failed_reaches_the_caller),
      cmocka_unit_test(updates_of_unknown_revision_move_no_cursor),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
