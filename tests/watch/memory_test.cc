// Memory that runs out: operator new fails at every nth call of every thread along the embedded
// path. Whatever happens, the watch answers with a status, the fold holds a prefix of the bucket's
// history with the cursor that belongs to it, and the next watch brings the rest.
#include <string>

#include "embedded_path.h"
#include "support/every_allocation.h"
#include "world.h"

namespace {

using slip::Cursor;
using slip::Status;

constexpr int kUpdates = 12;
constexpr long kStepsMax = 100000;

// Revision r puts key r % 5 to value r.
Status fill(slip::Bucket& bucket, int count) {
  for (int i = 0; i < count; ++i) {
    auto state = bucket.info();
    if (!state.ok()) return state.status();
    const std::string value = std::to_string(state->last_revision + 1);
    const std::string key = "key" + std::to_string((state->last_revision + 1) % 5);
    auto revision = slip::bucket_put(bucket, key, value);
    if (!revision.ok()) return revision.status();
  }
  return Status();
}

std::map<std::string, std::string> expected_at(uint64_t revision) {
  std::map<std::string, std::string> contents;
  for (uint64_t at = 1; at <= revision; ++at)
    contents["key" + std::to_string(at % 5)] = std::to_string(at);
  return contents;
}

// One life of a watch, in which an allocation may fail anywhere.
Status one_life(const std::shared_ptr<slip::Bucket>& bucket,
                const std::shared_ptr<slip::Fold>& fold, bool replay, Cursor* cursor) {
  slip::WatchSettings settings;
  settings.bounds.updates_max = 4;
  settings.replay_fold = replay;
  auto caller = std::make_shared<test::Recorder>();
  SLIP_ASSIGN(const auto watch, slip::start_watch(bucket, fold, settings, caller));
  const Status caught_up = watch->wait_caught_up(slip::deadline_after_ms(test::kPatienceMs));
  SLIP_TRY(fill(*bucket, 1));
  auto exported = watch->export_snapshot();
  const Status end = watch->close(cursor);
  SLIP_TRY(end);
  SLIP_TRY(caught_up);
  return exported.status();
}

// A fold may itself say that it has no memory, which is a passing reason; then the life goes on.
bool is_out_of_memory(const Status& status) { return status.is(SLIP_OUT_OF_MEMORY); }

void check_fold(slip::Fold& fold) {
  auto snapshot = fold.snapshot();
  EXPECT_OK(snapshot);
  auto contents = test::contents_of(**snapshot);
  EXPECT_OK(contents);
  const auto expected = expected_at((*snapshot)->meta().revision);
  if (*contents != expected) {
    print_error("at revision %d:\n", static_cast<int>((*snapshot)->meta().revision));
    for (const auto& [key, value] : *contents) print_error("%s=%s\n", key.c_str(), value.c_str());
    fail_msg("the fold is not what the bucket was at its cursor");
  }
}

// True: the failure struck.
bool strike(long at, bool replay) {
  auto bucket = test::embedded_bucket();
  EXPECT_OK(bucket);
  auto fold = test::lmdb_fold(test_path(test_directory(), "fold"));
  EXPECT_OK(fold);
  EXPECT_OK(fill(**bucket, kUpdates));
  Cursor cursor{0, 0};
  if (replay) EXPECT_OK(one_life(*bucket, *fold, false, &cursor));
  const size_t before = test::allocation_failures;
  test::allocations_until_failure = at;
  Status outcome;
  try {
    outcome = one_life(*bucket, *fold, replay, &cursor);
  } catch (const std::bad_alloc&) {
    outcome = Status(SLIP_OUT_OF_MEMORY, "out of memory");
  }
  test::allocations_until_failure = -1;
  const bool struck = test::allocation_failures != before;
  if (!outcome.ok()) assert_true(is_out_of_memory(outcome));
  check_fold(**fold);
  // Nothing is held any more, and the rest comes.
  EXPECT_OK(one_life(*bucket, *fold, false, &cursor));
  auto state = (*bucket)->info();
  EXPECT_OK(state);
  assert_int_equal(cursor.revision, state->last_revision);
  check_fold(**fold);
  return struck;
}

void strike_everywhere(bool replay) {
  long at = 0;
  while (strike(at, replay)) {
    assert_true(at < kStepsMax);
    ++at;
  }
  print_message("%d allocations, each failed once\n", static_cast<int>(at));
  assert_true(at > 50);
}

void a_first_load_survives_every_failure(void**) { strike_everywhere(false); }
void a_replay_survives_every_failure(void**) { strike_everywhere(true); }

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_first_load_survives_every_failure),
      cmocka_unit_test(a_replay_survives_every_failure),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
