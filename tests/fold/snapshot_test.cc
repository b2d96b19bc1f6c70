// Snapshots: one committed state, whatever the writer does meanwhile, for many threads at once.
#include <atomic>
#include <thread>

#include "fold/world.h"

using namespace fold_test;

namespace {

void a_snapshot_keeps_its_state_until_it_is_refreshed(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  apply(*fold, {put("a", "1", 1), put("b", "2", 2)}, 2);
  const auto snapshot = must(fold->snapshot());
  Update kept{};
  must(snapshot->get("a", &kept));
  for (uint64_t revision = 3; revision < 200; ++revision)
    apply(*fold, {put("a", "new", revision), drop("b")}, revision);
  assert_true(slip::value_of(kept) == "1");  // zero-copy, and still the same bytes
  expect_list(list(*snapshot), {"a=1@1", "b=2@2"});
  assert_int_equal(snapshot->meta().revision, 2);
  assert_int_equal(snapshot->meta().entries, 2);
  expect_list(list(*fold), {"a=new@199"});
  must(snapshot->refresh());
  expect_list(list(*snapshot), {"a=new@199"});
  assert_int_equal(snapshot->meta().revision, 199);
}

void refreshing_under_an_iterator_is_misuse(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  apply(*fold, {put("a", "1", 1)}, 1);
  const auto snapshot = must(fold->snapshot());
  auto iterator = must(snapshot->range(RangeQuery()));
  expect(snapshot->refresh(), SLIP_MISUSE, "an iterator of it is open");
  Update update{};
  assert_int_equal(must(iterator->next(&update, 1)), 1);
  assert_string_equal(shown(update).c_str(), "a=1@1");
  iterator.reset();
  must(snapshot->refresh());
}

void snapshots_and_iterators_outlive_their_fold(void**) {
  const std::string path = test_path(test_directory(), "fold");
  auto fold = open(path);
  apply(*fold, {put("a", "1", 1), put("b", "2", 2)}, 2);
  auto snapshot = must(fold->snapshot());
  auto iterator = must(snapshot->range(RangeQuery()));
  must(fold->close());
  fold.reset();
  assert_string_equal(got(*snapshot, "b").c_str(), "=2@2");
  // The path is free, and the snapshot is not disturbed by who takes it.
  fold = open(path);
  apply(*fold, {put("a", "new", 3)}, 3);
  // An append log has its contents in memory, each opening its own.
  assert_int_equal(must(fold->stats()).snapshots, is_lmdb() ? 1 : 0);
  expect_list(list(*snapshot), {"a=1@1", "b=2@2"});
  snapshot.reset();
  Update update{};
  assert_int_equal(must(iterator->next(&update, 1)), 1);
  assert_string_equal(shown(update).c_str(), "a=1@1");
  iterator.reset();
  assert_int_equal(must(fold->stats()).snapshots, 0);
  assert_string_equal(got(*fold, "a").c_str(), "=new@3");
}

void snapshots_of_a_read_only_lmdb_fold_keep_others_from_writing_it(void**) {
  if (!is_lmdb()) return;  // one file is mapped once; an append log is read into memory
  const std::string path = test_path(test_directory(), "fold");
  must(open(path)->close());
  auto reader = open(path, {{"read_only", "true"}});
  auto snapshot = must(reader->snapshot());
  must(reader->close());
  expect(try_open(path).status(), SLIP_BUSY, "snapshots of a read-only fold are left");
  must(open(path, {{"read_only", "true"}})->close());
  snapshot.reset();
  apply(*open(path), {put("a", "1", 1)}, 1);
}

void a_new_fold_at_the_path_of_a_removed_one_is_another(void**) {
  const std::string path = test_path(test_directory(), "fold");
  auto fold = open(path);
  apply(*fold, {put("a", "1", 1)}, 1);
  const auto snapshot = must(fold->snapshot());
  must(fold->close());
  test_remove_tree(path.c_str());
  fold = open(path);
  assert_true(list(*fold).empty());
  assert_string_equal(got(*snapshot, "a").c_str(), "=1@1");
}

void descriptors_are_given_back(void**) {
  const std::string path = test_path(test_directory(), "fold");
  must(open(path)->close());
  const int before = test_descriptor_count();
  for (int i = 0; i < 20; ++i) {
    const auto fold = open(path);
    list(*fold);
  }
  assert_int_equal(test_descriptor_count(), before);
}

void there_may_be_thousands_and_no_more(void**) {
  const auto fold = open(test_path(test_directory(), "fold"));
  std::vector<std::unique_ptr<Snapshot>> snapshots;
  Status status;
  while (status.ok() && snapshots.size() < 5000) {
    auto snapshot = fold->snapshot();
    status = snapshot.status();
    if (status.ok()) snapshots.push_back(snapshot.take());
  }
  assert_int_equal(snapshots.size(), 4096);
  expect(status, SLIP_BUSY, "free snapshots that are not needed");
  snapshots.pop_back();
  must(fold->snapshot().status());
}

// Readers on one snapshot, readers on their own, and the writer, all at once. Every state that is
// committed holds each key with the same value: that of its revision.
struct Race {
  std::shared_ptr<Fold> fold;
  std::unique_ptr<Snapshot> shared;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> reads{0};
};
constexpr int kKeys = 40;

std::string key_number(int i) { return "key-" + std::to_string(i); }

void read_once(Race* race, Snapshot& snapshot, int round) {
  const std::string expected = "=" + std::to_string(snapshot.meta().revision) + "@" +
                               std::to_string(snapshot.meta().revision);
  if (got(snapshot, key_number(round % kKeys)) != expected) ++race->wrong;
  RangeQuery query;
  query.reverse = round % 2 == 1;
  const auto iterator = snapshot.range(query);
  Update updates[kKeys + 1];
  if (!iterator.ok() || (*iterator.value()).next(updates, kKeys + 1).value() != kKeys) {
    ++race->wrong;
    return;
  }
  for (int i = 0; i < kKeys; ++i)
    if (updates[i].revision != snapshot.meta().revision) ++race->wrong;
  ++race->reads;
}

void many_threads_read_while_one_writes(void**) {
  Race race;
  race.fold = open(test_path(test_directory(), "fold"), {{"durability", "process"}});
  const auto writer = must(race.fold->writer());
  const auto write = [&](uint64_t revision) {
    std::vector<Change> changes;
    for (int i = 0; i < kKeys; ++i)
      changes.push_back(put(key_number(i), std::to_string(revision), revision));
    must(try_apply(*writer, changes, commit_at(revision)));
  };
  write(1);
  race.shared = must(race.fold->snapshot());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&race, t] {
      for (int round = t; !race.stop; ++round) {
        read_once(&race, *race.shared, round);
        auto own = race.fold->snapshot();
        if (!own.ok()) ++race.wrong;
        if (own.ok()) read_once(&race, *own.value(), round);
        if (!race.fold->meta().ok() || !race.fold->stats().ok()) ++race.wrong;
      }
    });
  }
  for (uint64_t revision = 2; revision < 400 || race.reads < 200; ++revision) write(revision);
  race.stop = true;
  for (std::thread& thread : threads) thread.join();
  assert_int_equal(race.wrong, 0);
  assert_int_equal(race.shared->meta().revision, 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_snapshot_keeps_its_state_until_it_is_refreshed),
      cmocka_unit_test(refreshing_under_an_iterator_is_misuse),
      cmocka_unit_test(snapshots_and_iterators_outlive_their_fold),
      cmocka_unit_test(snapshots_of_a_read_only_lmdb_fold_keep_others_from_writing_it),
      cmocka_unit_test(a_new_fold_at_the_path_of_a_removed_one_is_another),
      cmocka_unit_test(descriptors_are_given_back),
      cmocka_unit_test(there_may_be_thousands_and_no_more),
      cmocka_unit_test(many_threads_read_while_one_writes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
