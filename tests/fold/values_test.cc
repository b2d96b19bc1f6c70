// Values on disk, on the real file system: what they cost in memory and on the disk, and readers
// beside a writer and compactions.
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "fold/world.h"
#include "fs/file_system.h"

using namespace fold_test;

namespace {

using Options = slip::Options;

std::shared_ptr<Fold> open_log(const std::string& path, const char* values,
                               uint64_t segment_bytes) {
  Options options(SLIP_OPTIONS_FOLD);
  must(options.set_string("values", values));
  must(options.set_string("durability", "process"));
  must(options.set_u64("segment_bytes", segment_bytes));
  must(options.set_u64("compact_dead_percent", 100));
  must(options.set_u64("min_segments", 1));
  return must(slip::open_fold("append-log:" + path, options));
}

void expect_performed(Fold& fold) {
  const slip::Compaction compaction = must(fold.compact());
  if (compaction.outcome != SLIP_COMPACTION_PERFORMED)
    fail_msg("outcome %u: %s", compaction.outcome, compaction.reason.c_str());
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// What the process has of memory that is no file's, in bytes.
int64_t anonymous_bytes() {
  ::malloc_trim(0);
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("RssAnon:", 0) == 0) return 1024 * std::stoll(line.substr(8));
  fail_msg("no RssAnon");
  return 0;
}

constexpr int kLargeValues = 48;
constexpr int64_t kLargeBytes = 512 << 10;

// The most that it takes at any of these times: filled, compacted, opened by the log and by its
// index.
int64_t growth_with(const char* values) {
  const std::string path = test_path(test_directory(), values);
  const int64_t before = anonymous_bytes();
  int64_t most = 0;
  const auto note = [&] { most = std::max(most, anonymous_bytes() - before); };
  {
    const auto fold = open_log(path, values, 8 << 20);
    for (uint64_t i = 1; i <= kLargeValues; ++i)
      apply(*fold, {put("key-" + std::to_string(i), std::string(kLargeBytes, 'v'), i)}, i);
    note();
    expect_performed(*fold);
    note();
    assert_int_equal(list(*fold).size(), kLargeValues);
    must(fold->close());
  }
  for (const bool by_index : {true, false}) {
    if (!by_index) must(slip::posix_file_system().remove(path + "/gen-1/index.snap"));
    const auto fold = open_log(path, values, 8 << 20);
    note();
    const auto snapshot = must(fold->snapshot());
    for (int i = 1; i <= kLargeValues; ++i) {
      Update update{};
      must(snapshot->get("key-" + std::to_string(i), &update));
      assert_int_equal(update.value.size, kLargeBytes);
    }
    note();
  }
  return most;
}

void memory_does_not_grow_with_values_on_disk(void**) {
  const int64_t all = kLargeValues * kLargeBytes;
  const int64_t on_disk = growth_with("disk");
  const int64_t in_memory = growth_with("memory");
  if (on_disk > all / 4) fail_msg("%ld bytes with values on disk", on_disk);
  if (in_memory < all / 4 * 3)
    fail_msg("%ld bytes with values in memory: nothing is measured", in_memory);
}

#endif

// Files of the directory that are removed and still take their space.
int removed_files_held(const std::string& directory) {
  std::ifstream maps("/proc/self/maps");
  int held = 0;
  for (std::string line; std::getline(maps, line);)
    if (line.find(directory) != std::string::npos && line.find("(deleted)") != std::string::npos)
      ++held;
  return held;
}

void a_compacted_segment_is_held_as_long_as_a_snapshot_needs_it(void**) {
  const std::string path = test_path(test_directory(), "fold");
  const auto fold = open_log(path, "disk", 4096);
  for (uint64_t i = 1; i <= 8; ++i)
    apply(*fold, {put("key", std::string(3000, static_cast<char>('a' + i)), i)}, i);
  auto snapshot = must(fold->snapshot());
  Update update{};
  must(snapshot->get("key", &update));
  expect_performed(*fold);
  assert_int_not_equal(removed_files_held(path), 0);
  assert_true(slip::value_of(update) == std::string(3000, 'i'));
  snapshot.reset();
  assert_int_equal(removed_files_held(path), 0);
  for (uint64_t i = 9; i <= 12; ++i) apply(*fold, {put("key", std::string(3000, 'z'), i)}, i);
  expect_performed(*fold);
  assert_int_equal(removed_files_held(path), 0);
  assert_string_equal(got(*fold, "key").c_str(), ("=" + std::string(3000, 'z') + "@12").c_str());
}

// --- readers beside a writer and compactions -----------------------------------------------------

constexpr int kKeys = 40;
constexpr int kCompactions = 12;
// The writer does not run away from the compactions.
constexpr uint64_t kBatchesPerCompaction = 300;

std::string key_of_number(int number) { return "key-" + std::to_string(number); }
// What is stored under a key at a revision, and nothing else.
std::string value_at(Bytes key, uint64_t revision) {
  return std::string(key) + "@" + std::to_string(revision) +
         std::string(100 + revision % 50, static_cast<char>('a' + revision % 26));
}
bool is_right(const Update& update) {
  const std::string value =
      slip::is_live(update) ? value_at(slip::key_of(update), update.revision) : std::string();
  return slip::value_of(update) == value;
}

// Reads until told to stop, and says what was wrong. Asserts nothing: it is no test's own thread.
class Reader {
 public:
  Reader(Fold& fold, const std::atomic<bool>& stop)
      : thread_([this, &fold, &stop] {
          while (!stop && wrong_.empty()) read(fold);
        }) {}
  // Empty where all was right.
  const std::string& finish() {
    thread_.join();
    if (wrong_.empty() && reads_ == 0) wrong_ = "nothing was read";
    return wrong_;
  }

 private:
  void read(Fold& fold) {
    auto opened = fold.snapshot();
    if (!opened.ok()) return note(opened.status().message());
    const std::unique_ptr<Snapshot> snapshot = opened.take();
    std::vector<Update> views;
    for (int i = 0; i < kKeys; i += 3) {
      Update update{};
      const Status status = snapshot->get(key_of_number(i), &update);
      if (status.ok()) views.push_back(update);
      if (!status.ok() && !status.is(SLIP_NOT_FOUND)) return note(status.message());
    }
    auto range = snapshot->range(everything());
    if (!range.ok()) return note(range.status().message());
    Update updates[8];
    for (;;) {
      auto count = (*range)->next(updates, 8);
      if (!count.ok()) return note(count.status().message());
      if (*count == 0) break;
      views.insert(views.end(), updates, updates + *count);
    }
    // All of them once more: they live as long as the snapshot.
    for (const Update& update : views)
      if (!is_right(update))
        return note("a wrong value under " + std::string(slip::key_of(update)));
    reads_ += views.size();
  }
  void note(const std::string& what) { wrong_ = what; }

  std::string wrong_;
  size_t reads_ = 0;
  std::thread thread_;
};

void readers_see_whole_values_while_all_of_them_are_moved(void**) {
  const std::string path = test_path(test_directory(), "fold");
  const auto fold = open_log(path, "disk", 4096);
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> performed{0};
  std::string failed;
  std::thread writer([&] {
    const auto right = fold->writer();
    if (!right.ok()) failed = right.status().message();
    for (uint64_t revision = 1; !stop && failed.empty(); ++revision) {
      while (!stop && revision > kBatchesPerCompaction * (performed + 1)) std::this_thread::yield();
      const int number = static_cast<int>(revision * 7 % kKeys);
      std::vector<Change> changes;
      for (int i = 0; i < 5; ++i) {
        const std::string key = key_of_number((number + i * 8) % kKeys);
        if (i < 4)
          changes.push_back(put(key, value_at(key, revision), revision));
        else
          changes.push_back(del(key, revision));
      }
      const Status applied = try_apply(*right.value(), changes, commit_at(revision));
      if (!applied.ok()) failed = applied.message();
    }
  });
  Reader first(*fold, stop);
  Reader second(*fold, stop);
  slip::Result<slip::Compaction> compacted = fold->compact();
  while (compacted.ok() && compacted->outcome != SLIP_COMPACTION_FAILED) {
    if (compacted->outcome == SLIP_COMPACTION_PERFORMED) ++performed;
    if (performed == kCompactions) break;
    compacted = fold->compact();
  }
  stop = true;
  writer.join();
  const std::string wrong = first.finish() + second.finish();
  assert_string_equal(failed.c_str(), "");
  assert_string_equal(wrong.c_str(), "");
  must(compacted.status());
  assert_string_equal(compacted->reason.c_str(), "");
  assert_int_equal(performed, kCompactions);
  // Where two readers end at once, the next one clears up.
  must(fold->snapshot());
  assert_int_equal(removed_files_held(path), 0);
  const auto snapshot = must(fold->snapshot());
  const FoldMeta meta = must(fold->meta());
  assert_int_equal(list(*snapshot, everything()).size(), meta.entries + meta.tombstones);
  assert_int_equal(must(fold->check()), meta.entries + meta.tombstones);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    cmocka_unit_test(memory_does_not_grow_with_values_on_disk),
#endif
    cmocka_unit_test(a_compacted_segment_is_held_as_long_as_a_snapshot_needs_it),
    cmocka_unit_test(readers_see_whole_values_while_all_of_them_are_moved),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
