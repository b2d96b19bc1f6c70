// A random history beside a map: the same contents, counts and order, whatever the batches, the
// keys and the reopenings were. SLIP_TEST_SEED repeats a run.
#include <algorithm>

#include "fold/world.h"

using namespace fold_test;

namespace {

uint64_t below(uint64_t bound) { return test_random() % bound; }

struct Stored {
  std::string value;
  uint64_t revision = 0;
  bool live = true;
};
using Model = std::map<std::string, Stored>;

// What fold.h says of one update.
void change_model(Model* model, const Change& change) {
  const auto found = model->find(change.key);
  if (change.revision == 0) {
    if (found != model->end()) model->erase(found);
    return;
  }
  if (found != model->end() && found->second.revision >= change.revision) return;
  (*model)[change.key] = {change.value, change.revision, change.operation == SLIP_PUT};
}

// Few enough keys that they are hit again and again, some of them long and alike.
std::string random_key() {
  const uint64_t number = below(60);
  if (number < 35) return "k" + std::to_string(number);
  if (number < 40) return std::string(1 + number % 3, '\xff') + std::to_string(number % 2);
  if (number < 45) return std::string(479, 'p') + std::string(number - 39, 'q');
  const size_t size = 500 + 100 * (number % 4);
  return std::string(479, 'p') + std::string(size - 479, static_cast<char>('a' + number % 3));
}

Change random_change(uint64_t* revision) {
  const uint64_t kind = below(100);
  const std::string key = random_key();
  if (kind < 8) return drop(key);
  // Now and then an older revision than the newest.
  const uint64_t at = kind < 20 ? 1 + below(*revision + 1) : ++*revision;
  *revision = std::max(*revision, at);
  if (kind < 40) return Change{key, "", at, kind % 2 == 0 ? SLIP_DELETE : SLIP_PURGE};
  const size_t size = kind < 95 ? below(300) : 3000 + below(9000);
  return put(key, std::string(size, static_cast<char>('a' + below(26))), at);
}

std::vector<std::string> listed(const Model& model, const RangeQuery& query) {
  std::vector<std::string> all;
  for (const auto& [key, stored] : model) {
    if (!stored.live && !query.tombstones) continue;
    if (key.compare(0, query.prefix.size(), query.prefix) != 0) continue;
    if (!query.from.empty() && (query.reverse ? key > query.from : key < query.from)) continue;
    all.push_back(key + (stored.live ? "=" + stored.value : "-") + "@" +
                  std::to_string(stored.revision));
  }
  if (query.reverse) std::reverse(all.begin(), all.end());
  if (query.limit > 0 && all.size() > query.limit) all.resize(query.limit);
  return all;
}

void compare(Fold& fold, const Model& model, uint64_t revision) {
  const FoldMeta meta = must(fold.meta());
  uint64_t entries = 0;
  uint64_t bytes = 0;
  for (const auto& [key, stored] : model) {
    if (!stored.live) continue;
    ++entries;
    bytes += key.size() + stored.value.size();
  }
  assert_int_equal(meta.revision, revision);
  assert_int_equal(meta.entries, entries);
  assert_int_equal(meta.tombstones, model.size() - entries);
  assert_int_equal(meta.payload_bytes, bytes);
  const auto snapshot = must(fold.snapshot());
  expect_list(list(*snapshot, everything(), 7), listed(model, everything()));
  for (int i = 0; i < 4; ++i) {
    RangeQuery query;
    const std::string key = random_key();
    query.prefix = below(2) == 0 ? "" : key.substr(0, below(key.size() + 1));
    query.from = below(2) == 0 ? "" : random_key();
    query.reverse = below(2) == 0;
    query.tombstones = below(2) == 0;
    query.limit = below(3) == 0 ? 1 + below(10) : 0;
    expect_list(list(*snapshot, query, 1 + below(20)), listed(model, query));
  }
  const std::string key = random_key();
  const auto found = model.find(key);
  const bool lives = found != model.end() && found->second.live;
  assert_string_equal(
      got(*snapshot, key).c_str(),
      lives ? ("=" + found->second.value + "@" + std::to_string(found->second.revision)).c_str()
            : "SLIP_NOT_FOUND");
}

const char* random_durability() {
  static const char* const names[] = {"process", "meta", "full"};
  return names[below(3)];
}

void one_history(int rounds) {
  const std::string path = test_path(test_directory(), "fold");
  std::shared_ptr<Fold> fold = open(path, {{"durability", random_durability()}});
  Model model;
  uint64_t revision = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Change> changes;
    for (uint64_t count = below(below(4) == 0 ? 200 : 12); count > 0; --count)
      changes.push_back(random_change(&revision));
    apply(*fold, changes, revision);
    for (const Change& change : changes) change_model(&model, change);
    // Again, as after a crash between the commit and its report.
    const bool synthetic = std::any_of(changes.begin(), changes.end(),
                                       [](const Change& change) { return change.revision == 0; });
    if (!synthetic && below(3) == 0) apply(*fold, changes, revision);
    compare(*fold, model, revision);
    if (below(20) == 0) {
      must(fold->close());
      fold = open(path, {{"durability", random_durability()}});
      compare(*fold, model, revision);
    }
  }
  assert_int_equal(must(fold->check()), model.size());
}

void random_histories_equal_the_model(void**) {
  const int histories = test_long_lane() ? 200 : 8;
  for (int i = 0; i < histories; ++i) one_history(60);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(random_histories_equal_the_model)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
