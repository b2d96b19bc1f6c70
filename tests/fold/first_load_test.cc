// A fold while it is first filled: the order of its keys may be made late, and whoever asks sees
// what the state he has open holds, by get and by range, whatever is committed since.
// SLIP_TEST_SEED repeats a run.
#include <algorithm>
#include <atomic>
#include <thread>

#include "fold/world.h"
#include "support/failing_new.h"

using namespace fold_test;

namespace {

uint64_t below(uint64_t bound) { return test_random() % bound; }

using Model = std::map<std::string, std::string>;  // what shown() says of a key, behind it

// Alike for some bytes more or less than one word, and ended within one; bytes that are zero too.
std::string random_key() {
  std::string key(below(3) * 8 + below(3), 'p');
  key += static_cast<char>('a' + below(3));
  if (below(4) == 0) key += std::string(below(4), '\0');
  if (below(2) == 0) key += std::to_string(below(40));
  return key;
}

std::vector<Change> random_batch(uint64_t* revision, Model* model) {
  std::vector<Change> changes;
  for (uint64_t count = 1 + below(60); count > 0; --count) {
    const std::string key = random_key();
    if (below(8) == 0) {
      changes.push_back(drop(key));
      model->erase(key);
      continue;
    }
    Change change =
        below(6) == 0 ? del(key, ++*revision) : put(key, std::string(below(40), 'v'), ++*revision);
    (*model)[key] = shown(change.update()).substr(key.size());
    changes.push_back(std::move(change));
  }
  return changes;
}

bool is_live(const std::string& said) { return said[0] == '='; }

std::vector<std::string> listed(const Model& model, const RangeQuery& query) {
  std::vector<std::string> all;
  for (const auto& [key, said] : model) {
    if (!is_live(said) && !query.tombstones) continue;
    if (key.compare(0, query.prefix.size(), query.prefix) != 0) continue;
    if (!query.from.empty() && (query.reverse ? key > query.from : key < query.from)) continue;
    all.push_back(key + said);
  }
  if (query.reverse) std::reverse(all.begin(), all.end());
  return all;
}

void compare_gets(Snapshot& snapshot, const Model& model) {
  for (int i = 0; i < 20; ++i) {
    const std::string key = random_key();
    const auto found = model.find(key);
    const bool lives = found != model.end() && is_live(found->second);
    assert_string_equal(got(snapshot, key).c_str(),
                        lives ? found->second.c_str() : "SLIP_NOT_FOUND");
  }
}

void compare_ranges(Snapshot& snapshot, const Model& model) {
  expect_list(list(snapshot, everything(), 7), listed(model, everything()));
  RangeQuery query;
  query.prefix = random_key().substr(0, below(4));
  query.from = below(2) == 0 ? "" : random_key();
  query.reverse = below(2) == 0;
  query.tombstones = below(2) == 0;
  expect_list(list(snapshot, query, 1 + below(20)), listed(model, query));
}

struct Held {
  std::unique_ptr<Snapshot> snapshot;
  Model model;
};

// One state of those that are open: opened, read, moved to the newest, or closed.
void touch(Fold& fold, const Model& model, std::vector<Held>* held, uint64_t ranges_one_in) {
  if (held->empty() || below(3) == 0) {
    held->push_back({must(fold.snapshot()), model});
    return;
  }
  Held& one = (*held)[below(held->size())];
  const uint64_t what = below(8);
  if (what == 0) {
    std::swap(one, held->back());
    held->pop_back();
  } else if (what == 1) {
    must(one.snapshot->refresh());
    one.model = model;
  } else {
    compare_gets(*one.snapshot, one.model);
    if (below(ranges_one_in) == 0) compare_ranges(*one.snapshot, one.model);
  }
}

void one_history() {
  const std::string path = test_path(test_directory(), "fold");
  const std::shared_ptr<Fold> fold = open(path, {{"durability", "process"}});
  const std::unique_ptr<FoldWriter> writer = must(fold->writer());
  const bool is_marked = below(2) == 0;
  const uint64_t ranges_one_in = below(2) == 0 ? 4 : 60;
  std::vector<Held> held;
  Model model;
  uint64_t revision = 0;
  for (uint64_t rounds = 5 + below(30); rounds > 0; --rounds) {
    const std::vector<Change> changes = random_batch(&revision, &model);
    Commit commit = commit_at(++revision);
    commit.loading = is_marked && rounds > 3;
    must(try_apply(*writer, changes, commit));
    for (uint64_t count = below(5); count > 0; --count) touch(*fold, model, &held, ranges_one_in);
  }
  held.push_back({must(fold->snapshot()), model});
  for (Held& one : held) {
    compare_gets(*one.snapshot, one.model);
    compare_ranges(*one.snapshot, one.model);
  }
  assert_int_equal(must(fold->check()), model.size());
}

void every_state_of_a_first_load_is_exact(void**) {
  const int histories = (test_long_lane() ? 2000 : 60) / (is_lmdb() ? 6 : 1);
  for (int i = 0; i < histories; ++i) one_history();
}

constexpr uint64_t kKeysPerCommit = 40;

std::string key_of_number(uint64_t number) {
  return "key." + std::to_string(number * 7919 % 10007);
}

// So many keys as the state's revision says, by get and now and then by range.
bool is_whole(Snapshot& snapshot, bool by_range) {
  const uint64_t revision = snapshot.meta().revision;
  Update update{};
  if (revision > 0 && !snapshot.get(key_of_number(revision - 1), &update).ok()) return false;
  if (snapshot.get(key_of_number(revision), &update).ok()) return false;
  if (!by_range) return true;
  auto iterator = snapshot.range(RangeQuery());
  uint64_t found = 0;
  for (std::string last; iterator.ok(); ++found) {
    auto count = iterator.value()->next(&update, 1);
    if (!count.ok() || count.value() == 0) break;
    if (found > 0 && last >= slip::key_of(update)) return false;
    last.assign(slip::key_of(update));
  }
  return found == revision;
}

// Reads until the load has ended.
void read_all_the_while(Fold& fold, const std::atomic<bool>& ended, std::atomic<uint64_t>* wrong) {
  for (uint64_t turn = 0; !ended; ++turn) {
    auto snapshot = fold.snapshot();
    if (!snapshot.ok() || !is_whole(*snapshot.value(), turn % 16 == 15)) ++*wrong;
  }
}

void readers_beside_a_first_load_see_whole_commits(void**) {
  const std::string path = test_path(test_directory(), "fold");
  const std::shared_ptr<Fold> fold = open(path, {{"durability", "process"}});
  const std::unique_ptr<FoldWriter> writer = must(fold->writer());
  std::atomic<bool> ended{false};
  std::atomic<uint64_t> wrong{0};
  std::thread readers[2];
  for (std::thread& reader : readers)
    reader = std::thread([&] { read_all_the_while(*fold, ended, &wrong); });
  Status status;
  for (uint64_t number = 0; number < 100 * kKeysPerCommit && status.ok();) {
    std::vector<Change> changes;
    for (uint64_t i = 0; i < kKeysPerCommit; ++i, ++number)
      changes.push_back(put(key_of_number(number), "v", number + 1));
    Commit commit = commit_at(number);
    commit.loading = number < 90 * kKeysPerCommit;
    status = try_apply(*writer, changes, commit);
  }
  ended = true;
  for (std::thread& reader : readers) reader.join();
  must(status);
  assert_int_equal(wrong, 0);
}

// Where the order cannot be made for want of memory, the range fails, and nothing else does.
void an_order_that_cannot_be_made_is_made_another_time(void**) {
  const std::string path = test_path(test_directory(), "fold");
  const std::shared_ptr<Fold> fold = open(path, {{"durability", "process"}});
  std::vector<Change> changes;
  std::vector<std::string> lines;
  for (uint64_t number = 0; number < 300; ++number) {
    changes.push_back(put(key_of_number(number), "v", number + 1));
    lines.push_back(shown(changes.back().update()));
  }
  std::sort(lines.begin(), lines.end(), [](const std::string& a, const std::string& b) {
    return a.substr(0, a.find('=')) < b.substr(0, b.find('='));
  });
  apply(*fold, {changes.begin(), changes.begin() + 100}, 100);
  const auto earlier = must(fold->snapshot());
  apply(*fold, {changes.begin() + 100, changes.end()}, 300);
  const auto newest = must(fold->snapshot());
  for (Snapshot* snapshot : {earlier.get(), newest.get()}) {
    const long failures = failing_new::fail_each(
        [&] { return snapshot->range(RangeQuery()).ok(); },
        [&](bool) {
          assert_string_equal(got(*snapshot, key_of_number(7)).c_str(), "=v@8");
          assert_string_equal(got(*earlier, key_of_number(100)).c_str(), "SLIP_NOT_FOUND");
        });
    assert_true(failures > (is_lmdb() ? 0 : 3));
  }
  assert_int_equal(list(*earlier).size(), 100);
  expect_list(list(*newest), lines);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_state_of_a_first_load_is_exact),
      cmocka_unit_test(readers_beside_a_first_load_see_whole_commits),
      cmocka_unit_test(an_order_that_cannot_be_made_is_made_another_time),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
