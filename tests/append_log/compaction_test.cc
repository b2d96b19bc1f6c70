// Compaction: what it leaves, what fails in it, and a crash or a failure at each of its steps.
#include <algorithm>
#include <set>
#include <thread>

#include "append_log/history.h"
#include "support/failing_new.h"

using namespace append_log_test;
using slip::Compaction;
using slip::append_log::Segment;

namespace {

const std::string kGeneration = std::string(kPath) + "/gen-1";

// Every step of a compaction, as docs/formats.md names them.
const std::set<std::string> kWindows = {"output", "copy", "output_sync", "output_name", "live_sync",
                                        "stage",  "swap", "retire",      "retire_sync"};

Store::Request compacted_by_call(slip::FileSystem& fs, bool sync_commits = true) {
  Store::Request request;
  request.path = kPath;
  request.fs = &fs;
  request.sync_commits = sync_commits;
  request.segment_bytes = 1500;
  request.salt = 42;
  return request;
}

std::vector<std::string> segments_of(slip::FileSystem& fs) {
  std::vector<std::string> names;
  for (const std::string& name : must(fs.list(kGeneration)))
    if (name.find(".log") != std::string::npos) names.push_back(name);
  return names;
}

// Three sealed segments and a live one: overwritten keys, a tombstone, one that is gone and one
// that came back.
void fill(Fold& fold) {
  uint64_t revision = 0;
  for (int round = 0; round < 8; ++round) {
    std::vector<Change> changes;
    for (int key = 0; key < 4; ++key)
      changes.push_back(put("key-" + std::to_string(key),
                            std::string(100, static_cast<char>('a' + round)), ++revision));
    if (round == 0) changes.push_back(put("gone", "1", ++revision));
    if (round == 1) changes.push_back(put("back", "1", ++revision));
    if (round == 1) changes.push_back(put("dead", "1", ++revision));
    if (round == 2) changes.push_back(del("dead", ++revision));
    if (round == 2) changes.push_back(drop("gone"));
    if (round == 2) changes.push_back(drop("back"));
    if (round == 3) changes.push_back(put("back", "2", ++revision));
    apply(fold, changes, revision);
  }
}

std::shared_ptr<Fold> filled(slip::FileSystem& fs, const Store::Request& request) {
  must(fs.make_directory("/data"));
  must(fs.sync_directory("/"));
  auto fold = must(slip::append_log::open(request));
  fill(*fold);
  assert_true(segments_of(fs).size() > 3);
  return fold;
}

void expect_performed(const Compaction& compaction) {
  if (compaction.outcome != SLIP_COMPACTION_PERFORMED)
    fail_msg("outcome %u: %s", compaction.outcome, compaction.reason.c_str());
  assert_int_equal(compaction.status, SLIP_OK);
}

// --- what it leaves -----------------------------------------------------------------------------

void sealed_segments_become_one_that_holds_what_counts(void**) {
  sim::SimFileSystem fs;
  auto fold = filled(fs, compacted_by_call(fs));
  const std::string before = shown(*fold);
  const auto snapshot = must(fold->snapshot());
  const FoldMeta meta = must(fold->meta());
  const slip::FoldStats stats = must(fold->stats());
  const Compaction compaction = must(fold->compact());
  expect_performed(compaction);
  assert_int_equal(compaction.bytes_before, stats.file_bytes);
  assert_int_equal(compaction.bytes_after, must(fold->stats()).file_bytes);
  assert_true(compaction.bytes_after < compaction.bytes_before * 2 / 3);
  assert_true(compaction.segments_before > 3);
  assert_int_equal(compaction.segments_after, 2);
  assert_int_equal(segments_of(fs).size(), 2);
  assert_string_equal(shown(*fold).c_str(), before.c_str());
  assert_string_equal(shown(*snapshot).c_str(), before.c_str());
  assert_int_equal(must(fold->check()), meta.entries + meta.tombstones);
  // Once more, there is nothing to merge.
  const Compaction again = must(fold->compact());
  assert_int_equal(again.outcome, SLIP_COMPACTION_SKIPPED);
  assert_string_equal(again.reason.c_str(),
                      "fold \"/data/fold\" has 1 sealed segments, and a compaction begins at 2");
  // An update of before and a deleted key come back from nowhere.
  apply(*fold, {put("key-0", "stale", 1)}, meta.revision);
  assert_string_equal(shown(*fold).c_str(), before.c_str());
  must(fold->close());
  fold = must(slip::append_log::open(compacted_by_call(fs)));
  assert_string_equal(shown(*fold).c_str(), before.c_str());
  assert_int_equal(must(fold->check()), meta.entries + meta.tombstones);
  assert_int_equal(list(*fold, everything()).size(), 6);
}

void what_is_hidden_stays_hidden_and_is_not_lost(void**) {
  sim::SimFileSystem fs;
  auto fold = filled(fs, compacted_by_call(fs));
  const std::string before = shown(*fold);
  const uint64_t revision = must(fold->meta()).revision;
  must(fold->hide({revision, revision + 1}));
  const std::string hidden = shown(*fold);
  assert_string_not_equal(hidden.c_str(), before.c_str());
  // A set that cannot be read: nothing is changed.
  const std::string path = std::string(kPath) + "/hidden";
  const std::string sound = fs.disk().find(path)->bytes.get();
  fs.disk().find(path)->bytes.change()[20] ^= 1;
  const std::vector<std::string> names = must(fs.list(kGeneration));
  const Compaction failed = must(fold->compact());
  assert_int_equal(failed.outcome, SLIP_COMPACTION_FAILED);
  assert_int_equal(failed.status, SLIP_CORRUPT);
  assert_true(must(fs.list(kGeneration)) == names);
  fs.disk().find(path)->bytes.change() = sound;
  expect_performed(must(fold->compact()));
  must(fold->close());
  fold = must(slip::append_log::open(compacted_by_call(fs)));
  assert_string_equal(shown(*fold).c_str(), hidden.c_str());
  must(fold->unhide({revision, revision + 1}));
  assert_string_equal(shown(*fold).c_str(), before.c_str());
}

void what_cannot_compact_says_so(void**) {
  sim::SimFileSystem fs;
  Store::Request request = compacted_by_call(fs);
  auto fold = filled(fs, request);
  must(fold->close());
  expect(fold->compact().status(), SLIP_CLOSED, "is closed");
  request.read_only = true;
  fold = must(slip::append_log::open(request));
  expect(fold->compact().status(), SLIP_PERMISSION_DENIED, "it was opened with read_only");
}

// A fold that was loaded has its batches cut at the ends of segments.
void a_loaded_fold_compacts(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  {
    const auto loader = must(slip::append_log::load(fs, kPath));
    const std::string value(4 << 20, 'v');
    for (int i = 0; i < 20; ++i) {
      const Change change = put("key-" + std::to_string(10 + i), value, 7);
      const Update update = change.update();
      must(loader->add(&update, 1));
    }
    FoldMeta meta;
    meta.identity = {"routes", 7};
    meta.revision = 9;
    must(loader->commit(meta));
  }
  Store::Request request = compacted_by_call(fs);
  request.segment_bytes = 64 << 20;
  request.min_segments = 1;
  auto fold = must(slip::append_log::open(request));
  expect_performed(must(fold->compact()));
  assert_int_equal(must(fold->check()), 20);
  must(fold->close());
  fold = must(slip::append_log::open(request));
  assert_int_equal(must(fold->meta()).entries, 20);
}

void leftovers_of_a_crash_are_removed(void**) {
  sim::SimFileSystem fs;
  auto fold = filled(fs, compacted_by_call(fs));
  const std::string before = shown(*fold);
  const std::vector<std::string> names = must(fs.list(kGeneration));
  // Dies in the middle of the copy.
  sim::Fault fault;
  fault.op = sim::Op::rename;
  fault.freeze = true;
  fs.arm(fault);
  assert_int_equal(must(fold->compact()).outcome, SLIP_COMPACTION_FAILED);
  fold.reset();
  must(fs.finish());
  fs.thaw();
  assert_true(must(fs.list(kGeneration)).size() == names.size() + 2);  // and a staged list
  fold = must(slip::append_log::open(compacted_by_call(fs)));
  assert_true(must(fs.list(kGeneration)) == names);
  assert_string_equal(shown(*fold).c_str(), before.c_str());
}

// --- the pair: the control performs, the same rename failing changes nothing ---------------------

size_t renames_since(sim::SimFileSystem& fs, size_t from, std::string* last) {
  size_t count = 0;
  for (size_t i = from; i < fs.log().size(); ++i) {
    if (fs.log()[i].op != sim::Op::rename) continue;
    *last = fs.log()[i].path;
    ++count;
  }
  return count;
}

void the_rename_of_the_list_is_the_commit_point(void**) {
  sim::SimFileSystem control;
  {
    const auto fold = filled(control, compacted_by_call(control));
    const size_t from = control.log().size();
    expect_performed(must(fold->compact()));
    std::string renamed;
    assert_int_equal(renames_since(control, from, &renamed), 1);
    assert_true(renamed.find("/gen-1/") != std::string::npos);
  }
  sim::SimFileSystem fs;
  auto fold = filled(fs, compacted_by_call(fs));
  const std::string before = shown(*fold);
  const std::vector<std::string> names = must(fs.list(kGeneration));
  sim::Fault fault;
  fault.op = sim::Op::rename;
  fs.arm(fault);
  const Compaction failed = must(fold->compact());
  must(fs.finish());
  assert_int_equal(failed.outcome, SLIP_COMPACTION_FAILED);
  assert_int_equal(failed.status, SLIP_IO);
  if (failed.reason.find("rename") == std::string::npos) fail_msg("%s", failed.reason.c_str());
  assert_int_equal(failed.bytes_after, failed.bytes_before);
  assert_int_equal(failed.segments_after, failed.segments_before);
  assert_true(must(fs.list(kGeneration)) == names);
  assert_string_equal(shown(*fold).c_str(), before.c_str());
  apply(*fold, {put("more", "1", 1000)}, 1000);
  expect_performed(must(fold->compact()));
  must(fold->check());
  const std::string after = shown(*fold);
  must(fold->close());
  fold = must(slip::append_log::open(compacted_by_call(fs)));
  assert_string_equal(shown(*fold).c_str(), after.c_str());
}

// The same on the real file system: there renames fail where a wrapper says so.
class RenameFails : public slip::FileSystem {
 public:
  bool fails = false;
  int renames = 0;
  Status rename(const std::string& from, const std::string& to) override {
    ++renames;
    if (fails) return Status(SLIP_IO, "cannot rename \"" + from + "\": injected");
    return real_.rename(from, to);
  }
  Result<std::unique_ptr<slip::File>> open(const std::string& path, slip::OpenMode mode) override {
    return real_.open(path, mode);
  }
  Result<slip::FileStat> stat(const std::string& path) override { return real_.stat(path); }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return real_.list(path);
  }
  Status make_directory(const std::string& path) override { return real_.make_directory(path); }
  Status link(const std::string& from, const std::string& to) override {
    return real_.link(from, to);
  }
  Status remove(const std::string& path) override { return real_.remove(path); }
  Status sync_directory(const std::string& path) override { return real_.sync_directory(path); }
  Result<std::unique_ptr<slip::FileLock>> lock(const std::string& path, bool wait) override {
    return real_.lock(path, wait);
  }
  Result<uint64_t> free_bytes(const std::string& path) override { return real_.free_bytes(path); }

 private:
  slip::FileSystem& real_ = slip::posix_file_system();
};

void the_pair_on_the_real_file_system(void**) {
  RenameFails fs;
  Store::Request request = compacted_by_call(fs);
  request.path = test_path(test_directory(), "fold");
  const std::string generation = request.path + "/gen-1";
  auto fold = must(slip::append_log::open(request));
  fill(*fold);
  const std::string before = shown(*fold);
  const std::vector<std::string> names = must(fs.list(generation));
  assert_true(names.size() > 4);
  fs.fails = true;
  const int renames = fs.renames;
  const Compaction failed = must(fold->compact());
  assert_int_equal(fs.renames, renames + 1);
  assert_int_equal(failed.outcome, SLIP_COMPACTION_FAILED);
  if (failed.reason.find("cannot rename") == std::string::npos)
    fail_msg("%s", failed.reason.c_str());
  assert_true(must(fs.list(generation)) == names);
  assert_string_equal(shown(*fold).c_str(), before.c_str());
  fs.fails = false;
  expect_performed(must(fold->compact()));
  assert_int_equal(fs.renames, renames + 2);
  assert_int_equal(must(fs.list(generation)).size(), 3);
  must(fold->check());
  must(fold->close());
  fold = must(slip::append_log::open(request));
  assert_string_equal(shown(*fold).c_str(), before.c_str());
}

// --- afterwards nobody knows --------------------------------------------------------------------

void a_swap_whose_sync_failed_is_decided_by_opening(void**) {
  sim::SimFileSystem fs;
  const auto fold = filled(fs, compacted_by_call(fs));
  const size_t segments = segments_of(fs).size();
  sim::Fault fault;
  fault.op = sim::Op::sync_directory;
  fault.nth = 2;  // the first is of the merged segment's name
  fault.path_suffix = "/gen-1";
  fs.arm(fault);
  const Compaction compaction = must(fold->compact());
  must(fs.finish());
  assert_int_equal(compaction.outcome, SLIP_COMPACTION_INDETERMINATE);
  assert_int_equal(compaction.status, SLIP_IO);
  assert_int_equal(segments_of(fs).size(), segments + 1);  // nothing was removed
  // Service goes on, whichever list a power loss leaves.
  std::set<size_t> left;
  for (uint64_t seed = 0; seed < 64; ++seed) {
    sim::SimFileSystem crashed(fs.disk().after_crash(seed));
    const auto again = must(slip::append_log::open(compacted_by_call(crashed)));
    assert_string_equal(shown(*again).c_str(), shown(*fold).c_str());
    left.insert(segments_of(crashed).size());
  }
  assert_true(left.size() > 1);
  for (uint64_t revision = 1001; revision < 1020; ++revision) {
    apply(*fold, {put("key-1", std::string(200, 'n'), revision)}, revision);
    for (uint64_t seed = 0; seed < 8; ++seed) {
      sim::SimFileSystem crashed(fs.disk().after_crash(seed * 1000 + revision));
      const auto again = must(slip::append_log::open(compacted_by_call(crashed)));
      assert_string_equal(shown(*again).c_str(), shown(*fold).c_str());
    }
  }
}

// The process ends before the rename of the list is on the disk. What the new list does not name is
// not removed before it is.
void a_swap_that_was_not_synced_is_when_the_fold_is_opened(void**) {
  sim::SimFileSystem fs;
  auto fold = filled(fs, compacted_by_call(fs));
  const std::string before = shown(*fold);
  sim::Fault fault;
  fault.op = sim::Op::sync_directory;
  fault.nth = 2;
  fault.path_suffix = "/gen-1";
  fault.freeze = true;
  fs.arm(fault);
  assert_int_equal(must(fold->compact()).outcome, SLIP_COMPACTION_INDETERMINATE);
  must(fs.finish());
  fold.reset();
  fs.thaw();
  uint64_t seed = 0;
  const auto crash_now = [&] {
    for (int i = 0; i < (kSanitized ? 20 : 200); ++i) {
      sim::SimFileSystem crashed(fs.disk().after_crash(++seed));
      const auto again = must(slip::append_log::open(compacted_by_call(crashed)));
      assert_string_equal(shown(*again).c_str(), before.c_str());
    }
  };
  fs.set_witness([&](const sim::Operation&) { crash_now(); });
  fold = must(slip::append_log::open(compacted_by_call(fs)));
  fs.set_witness(nullptr);
  crash_now();
  assert_int_equal(segments_of(fs).size(), 2);
  assert_string_equal(shown(*fold).c_str(), before.c_str());
}

// --- a crash and a failure at every step --------------------------------------------------------

struct Crash {
  std::string window;
  std::set<std::string> met;
  uint64_t images = 0;
};

// Crashes before every operation of a compaction beside which nothing is written, and after it.
void crash_compaction(bool sync_commits, Crash* crash) {
  sim::SimFileSystem fs;
  Store::Request request = compacted_by_call(fs, sync_commits);
  request.witness = [crash](const char* window) { crash->window = window; };
  const auto fold = filled(fs, request);
  must(fold->sync());
  uint64_t revision = 1000;
  // Committed and, where commits are not synced, in memory and the page cache only.
  const std::string synced = shown(*fold);
  apply(*fold, {put("last", std::string(700, 'l'), ++revision), drop("key-0")}, revision);
  const std::string last = shown(*fold);
  uint64_t seed = 0;
  const auto crash_now = [&] {
    for (int i = 0; i < (kSanitized ? 5 : 40); ++i, ++crash->images) {
      sim::SimFileSystem crashed(fs.disk().after_crash(++seed));
      auto opened = slip::append_log::open(compacted_by_call(crashed, sync_commits));
      if (!opened.ok())
        fail_msg("in %s, seed %lu: %s", crash->window.c_str(), seed,
                 opened.status().message().c_str());
      const std::string found = shown(*opened.value());
      if (found != last && (sync_commits || found != synced))
        fail_msg("in %s, seed %lu: %s", crash->window.c_str(), seed, found.c_str());
      must(opened.value()->check());
    }
    crash->met.insert(crash->window);
  };
  fs.set_witness([&](const sim::Operation&) { crash_now(); });
  expect_performed(must(fold->compact()));
  fs.set_witness(nullptr);
  crash_now();
}

void a_crash_at_every_step_leaves_the_old_log_or_the_new(void**) {
  Crash crash;
  crash_compaction(true, &crash);
  crash_compaction(false, &crash);
  print_message("%lu crashes in %zu windows\n", crash.images, crash.met.size());
  // What begins with reading is met by the operation that follows it.
  std::set<std::string> expected = kWindows;
  assert_true(crash.met == expected);
}

void every_operation_may_fail(void**) {
  std::set<uint32_t> outcomes;
  for (const int error_number : {EIO, ENOSPC}) {
    for (uint64_t nth = 1;; ++nth) {
      sim::SimFileSystem fs;
      auto fold = filled(fs, compacted_by_call(fs, false));
      must(fold->sync());
      const std::string synced = shown(*fold);
      apply(*fold, {put("last", "1", 1001)}, 1001);
      const std::string before = shown(*fold);
      sim::Fault fault;
      fault.error_number = error_number;
      fault.index = fs.operations() + nth;
      fs.arm(fault);
      const Compaction compaction = must(fold->compact());
      if (fs.faults_fired() == 0) {
        expect_performed(compaction);
        break;
      }
      outcomes.insert(compaction.outcome);
      if (compaction.outcome != SLIP_COMPACTION_PERFORMED && compaction.reason.empty())
        fail_msg("operation %lu gives no reason", nth);
      assert_string_equal(shown(*fold).c_str(), before.c_str());
      const bool went_on =
          try_apply(*must(fold->writer()), {put("more", "1", 1002)}, commit_at(1002)).ok();
      const bool failed = compaction.outcome == SLIP_COMPACTION_FAILED;
      if (went_on && failed) expect_performed(must(fold->compact()));
      const std::string after = shown(*fold);
      [[maybe_unused]] const Status closed = fold->close();
      fold.reset();
      fold = must(slip::append_log::open(compacted_by_call(fs)));
      // A sync of the live segment that failed costs what it was to make durable.
      const bool lost = failed && !went_on && shown(*fold) == synced;
      if (!lost) assert_string_equal(shown(*fold).c_str(), after.c_str());
    }
  }
  assert_int_equal(outcomes.size(), 3);  // performed, failed, indeterminate
}

// On the real file system: the simulated one allocates, too.
void every_allocation_may_fail(void**) {
  Store::Request request;
  request.path = test_path(test_directory(), "fold");
  request.segment_bytes = 1500;
  request.sync_commits = false;
  auto fold = must(slip::append_log::open(request));
  fill(*fold);
  const std::string before = shown(*fold);
  const long failures = failing_new::fail_each(
      [&] {
        const auto compaction = fold->compact();
        return compaction.ok() && compaction.status().ok();
      },
      [&](bool) {
        assert_string_equal(shown(*fold).c_str(), before.c_str());
        must(fold->check());
      });
  assert_true(failures > 30);
  assert_int_equal(must(fold->compact()).outcome, SLIP_COMPACTION_SKIPPED);  // it is done
  must(fold->close());
  fold = must(slip::append_log::open(request));
  assert_string_equal(shown(*fold).c_str(), before.c_str());
  must(fold->check());
}

// A disk that lost what it had said to hold: the merged segment must not be served without it.
void a_log_that_ends_before_what_was_merged_is_corrupt(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  const auto fold = must(slip::append_log::open(compacted_by_call(fs)));
  fill(*fold);
  uint64_t revision = must(fold->meta()).revision + 1;
  apply(*fold, {put("key-1", std::string(100, 'y'), revision)}, revision);
  const std::string live = segments_of(fs).back();
  const uint64_t size = must(fs.stat(kGeneration + "/" + live)).size;
  apply(*fold, {put("key-1", std::string(100, 'z'), revision + 1)}, revision + 1);
  assert_string_equal(segments_of(fs).back().c_str(), live.c_str());
  expect_performed(must(fold->compact()));
  must(fold->close());
  fs.disk().find(kGeneration + "/" + live)->bytes.change().resize(size);
  expect(slip::append_log::open(compacted_by_call(fs)).status(), SLIP_CORRUPT,
         "which a compaction had seen up to");
}

// --- by itself ----------------------------------------------------------------------------------

// Threshold 0, batches of one: again and again.
void it_runs_again_and_again_and_stays_consistent(void**) {
  sim::SimFileSystem fs;
  prepare(fs);
  uint64_t compactions = 0;
  Store::Request request = compacted_by_call(fs);
  request.compact_dead_percent = 0;
  request.compact_in_background = false;
  request.witness = [&](const char* window) {
    compactions += std::string(window) == "retire_sync" ? 1 : 0;
  };
  auto fold = must(slip::append_log::open(request));
  sim::Random random(7);
  std::map<std::string, std::string> model;
  for (uint64_t revision = 1; revision <= 600; ++revision) {
    const std::string key = "key-" + std::to_string(random.below(20));
    const bool dies = random.below(4) == 0;
    const Change change =
        dies ? del(key, revision) : put(key, std::string(random.below(200), 'v'), revision);
    apply(*fold, {change}, revision);
    model[key] = fold_test::shown(change.update());
    if (revision % 100 == 0) {
      must(fold->close());
      fold = must(slip::append_log::open(request));
    }
  }
  std::vector<std::string> expected;
  for (const auto& [key, line] : model) expected.push_back(line);
  expect_list(list(*fold, everything()), expected);
  must(fold->check());
  print_message("%lu compactions in 600 commits\n", compactions);
  assert_true(compactions > 20);
  assert_true(segments_of(fs).size() <= 3);
}

// What was dead when it was opened counts, too: the first commit asks, and none that seals nothing.
void the_first_commit_asks_whether_one_is_due(void**) {
  for (const uint64_t dead_percent : {10, 99}) {
    sim::SimFileSystem fs;
    must(filled(fs, compacted_by_call(fs))->close());
    uint64_t compactions = 0;
    Store::Request request = compacted_by_call(fs);
    request.segment_bytes = 1 << 20;
    request.compact_dead_percent = dead_percent;
    request.compact_in_background = false;
    request.witness = [&](const char* window) {
      compactions += std::string(window) == "retire_sync" ? 1 : 0;
    };
    const auto fold = must(slip::append_log::open(request));
    assert_int_equal(compactions, 0);
    for (uint64_t revision = 1001; revision < 1004; ++revision)
      apply(*fold, {put("one", "1", revision)}, revision);
    assert_int_equal(compactions, dead_percent == 10 ? 1 : 0);
    assert_true((segments_of(fs).size() == 2) == (dead_percent == 10));
    must(fold->check());
  }
}

// By its own thread, on the real file system, beside a writer and readers.
void it_runs_beside_a_writer_and_readers(void**) {
  std::atomic<uint64_t> compactions{0};
  Store::Request request;
  request.path = test_path(test_directory(), "fold");
  request.sync_commits = false;
  request.segment_bytes = 20000;
  request.compact_dead_percent = 0;
  request.witness = [&](const char* window) {
    compactions += std::string(window) == "retire_sync" ? 1 : 0;
  };
  auto fold = must(slip::append_log::open(request));
  std::atomic<bool> done{false};
  std::atomic<uint64_t> torn{0};
  std::thread reader([&] {
    while (!done) {
      auto snapshot = fold->snapshot();
      if (!snapshot.ok()) continue;
      const uint64_t revision = (*snapshot)->meta().revision;
      Update update{};
      // Every commit writes the same revision under two keys.
      const bool there = (*snapshot)->get("key-0", &update).ok();
      if (there != (revision > 0) || (there && update.revision != revision)) ++torn;
    }
  });
  {
    const auto writer = must(fold->writer());
    const int64_t deadline = test_now_ms() + 60000;  // where syncs are slow
    for (uint64_t revision = 1; revision <= 2000 || (compactions < 3 && test_now_ms() < deadline);
         ++revision) {
      const std::string key = "key-" + std::to_string(1 + revision % 97);
      must(try_apply(*writer,
                     {put("key-0", "v", revision), put(key, std::string(60, 'v'), revision)},
                     commit_at(revision)));
    }
  }
  done = true;
  reader.join();
  const std::string before = shown(*fold);
  must(fold->check());
  must(fold->close());
  assert_int_equal(torn.load(), 0);
  assert_true(compactions.load() >= 3);
  fold = must(slip::append_log::open(request));
  assert_string_equal(shown(*fold).c_str(), before.c_str());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(sealed_segments_become_one_that_holds_what_counts),
      cmocka_unit_test(what_is_hidden_stays_hidden_and_is_not_lost),
      cmocka_unit_test(what_cannot_compact_says_so),
      cmocka_unit_test(a_loaded_fold_compacts),
      cmocka_unit_test(leftovers_of_a_crash_are_removed),
      cmocka_unit_test(the_rename_of_the_list_is_the_commit_point),
      cmocka_unit_test(the_pair_on_the_real_file_system),
      cmocka_unit_test(a_swap_whose_sync_failed_is_decided_by_opening),
      cmocka_unit_test(a_swap_that_was_not_synced_is_when_the_fold_is_opened),
      cmocka_unit_test(a_crash_at_every_step_leaves_the_old_log_or_the_new),
      cmocka_unit_test(every_operation_may_fail),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(a_log_that_ends_before_what_was_merged_is_corrupt),
      cmocka_unit_test(it_runs_again_and_again_and_stays_consistent),
      cmocka_unit_test(the_first_commit_asks_whether_one_is_due),
      cmocka_unit_test(it_runs_beside_a_writer_and_readers),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
