// The simulated file system itself: what it keeps, what it forgets, and which faults it knows. A
// test double that forgives too much proves nothing about who stands on it.
#include "support/sim_file_system.h"

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "base/clock.h"
#include "fs/atomic_file.h"
#include "fs/child.h"
#include "fs/mapping.h"
#include "support/expect.h"

using sim::Disk;
using sim::Effect;
using sim::Fault;
using sim::Op;
using sim::SimFileSystem;
using slip::OpenMode;

namespace {

constexpr uint64_t kSeeds = 400;

std::unique_ptr<slip::File> open(SimFileSystem& fs, const std::string& path, OpenMode mode) {
  auto file = fs.open(path, mode);
  EXPECT_OK(file);
  return file.take();
}

// A synced file in a synced directory.
void make_file(SimFileSystem& fs, const std::string& path, const std::string& bytes) {
  const auto file = open(fs, path, OpenMode::create);
  EXPECT_OK(file->append(bytes));
  EXPECT_OK(file->sync());
  EXPECT_OK(fs.sync_directory(slip::parent_path(path)));
}

std::string read(SimFileSystem& fs, const std::string& path) {
  auto bytes = slip::read_file(fs, path, 1 << 24);
  return bytes.ok() ? bytes.take() : "(none)";
}

// What the file may hold after a crash, over many seeds.
std::set<std::string> after_crashes(SimFileSystem& fs, const std::string& path) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimFileSystem crashed(fs.disk().after_crash(seed));
    seen.insert(read(crashed, path));
  }
  return seen;
}

void names_and_bytes_behave_like_a_file_system(void**) {
  SimFileSystem fs;
  EXPECT_OK(fs.make_directory("/a"));
  EXPECT_FAILED(fs.make_directory("/a"), SLIP_EXISTS, "cannot make directory \"/a\"");
  EXPECT_FAILED(fs.make_directory("/b/c"), SLIP_NOT_FOUND, "\"/b/c\"");
  make_file(fs, "/a/file", "12345");
  EXPECT_FAILED(fs.open("/a/file", OpenMode::create), SLIP_EXISTS, "cannot create");
  EXPECT_FAILED(fs.open("/a/none", OpenMode::read), SLIP_NOT_FOUND, "cannot open");
  EXPECT_FAILED(fs.open("/a", OpenMode::read), SLIP_NOT_OURS, "not a regular file");
  const auto file = open(fs, "/a/file", OpenMode::append);
  EXPECT_OK(file->append("678"));
  char bytes[4] = {};
  assert_int_equal(*file->read_at(5, bytes, 4), 3);
  EXPECT_TEXT(std::string(bytes, 3), "678");
  assert_int_equal(*file->read_at(9, bytes, 4), 0);
  EXPECT_OK(file->truncate(2));
  assert_int_equal(*file->size(), 2);
  EXPECT_OK(fs.link("/a/file", "/a/other"));
  EXPECT_FAILED(fs.link("/a/file", "/a/other"), SLIP_EXISTS, "cannot link");
  EXPECT_OK(fs.rename("/a/other", "/a/third"));
  EXPECT_FAILED(fs.remove("/a"), SLIP_NOT_EMPTY, "cannot remove");
  assert_int_equal(fs.list("/a")->size(), 2);
  EXPECT_TEXT(fs.list("/a")->at(1), "third");
  EXPECT_OK(fs.remove("/a/file"));
  EXPECT_FAILED(fs.remove("/a/file"), SLIP_NOT_FOUND, "cannot remove");
  EXPECT_TEXT(read(fs, "/a/third"), "12");
  assert_true(fs.stat("/a/third")->kind == slip::FileKind::file);
  assert_int_equal(fs.stat("/a/third")->size, 2);
  assert_true(fs.stat("/nowhere")->kind == slip::FileKind::absent);
  EXPECT_OK(slip::remove_tree(fs, "/a"));
  assert_true(fs.stat("/a")->kind == slip::FileKind::absent);
}

void a_mapping_shows_what_is_appended_and_outlives_the_file(void**) {
  SimFileSystem fs;
  check_mapping(fs, "/file");
}

void one_holder_has_a_lock(void**) {
  SimFileSystem fs;
  auto held = fs.lock("/LOCK", false);
  EXPECT_OK(held);
  EXPECT_FAILED(fs.lock("/LOCK", false), SLIP_BUSY, "held by this process");
  { const auto released = held.take(); }
  EXPECT_OK(fs.lock("/LOCK", false));
  // The machine's death releases it too.
  SimFileSystem crashed(fs.disk().after_crash(1));
  EXPECT_OK(crashed.lock("/LOCK", false));
}

void what_is_synced_survives_every_crash(void**) {
  SimFileSystem fs;
  EXPECT_OK(slip::make_directories(fs, "/a/b"));
  make_file(fs, "/a/b/file", std::string(3000, 'x'));
  const auto seen = after_crashes(fs, "/a/b/file");
  assert_int_equal(seen.size(), 1);
  EXPECT_TEXT(*seen.begin(), std::string(3000, 'x'));
}

void a_name_is_durable_by_its_directory_and_bytes_by_their_file(void**) {
  SimFileSystem fs;
  EXPECT_OK(open(fs, "/synced file", OpenMode::create)->sync());
  auto seen = after_crashes(fs, "/synced file");
  assert_int_equal(seen.count("(none)"), 1);  // the name may be gone
  assert_int_equal(seen.count(""), 1);
  EXPECT_OK(open(fs, "/synced name", OpenMode::create)->append("bytes"));
  EXPECT_OK(fs.sync_directory("/"));
  seen = after_crashes(fs, "/synced name");
  assert_int_equal(seen.count("(none)"), 0);
  assert_int_equal(seen.count(""), 1);  // the bytes may be
  assert_int_equal(seen.count("bytes"), 1);
}

void unsynced_bytes_are_torn_at_sectors_and_reordered(void**) {
  SimFileSystem fs;
  make_file(fs, "/file", "");
  const auto file = open(fs, "/file", OpenMode::append);
  EXPECT_OK(file->append(std::string(700, 'a')));
  EXPECT_OK(file->append(std::string(700, 'b')));
  const std::string whole = std::string(700, 'a') + std::string(700, 'b');
  bool torn = false;
  bool reordered = false;
  bool older_version = false;
  for (const std::string& bytes : after_crashes(fs, "/file")) {
    assert_true(bytes.size() == 0 || bytes.size() == 700 || bytes.size() == 1400);
    bool lost_before = false;
    for (size_t at = 0; at < bytes.size(); at += 512) {
      const std::string sector = bytes.substr(at, 512);
      const std::string written = whole.substr(at, sector.size());
      const bool is_lost = sector == std::string(sector.size(), '\0');
      // The middle sector was written twice.
      const bool is_older = at == 512 && sector.substr(0, 188) == std::string(188, 'a') &&
                            sector.find('b') == std::string::npos;
      assert_true(is_lost || is_older || sector == written);
      torn |= is_lost;
      reordered |= lost_before && !is_lost;
      older_version |= is_older && bytes.size() == 1400;
      lost_before |= is_lost;
    }
  }
  assert_true(torn && reordered && older_version);
  EXPECT_OK(file->sync());
  assert_int_equal(after_crashes(fs, "/file").size(), 1);
}

void a_truncation_is_durable_by_a_sync_too(void**) {
  SimFileSystem fs;
  make_file(fs, "/file", std::string(1000, 'x'));
  const auto file = open(fs, "/file", OpenMode::append);
  EXPECT_OK(file->truncate(600));
  const auto seen = after_crashes(fs, "/file");
  assert_int_equal(seen.count(std::string(600, 'x')), 1);
  assert_int_equal(seen.count(std::string(1000, 'x')), 1);
  EXPECT_OK(file->sync());
  assert_int_equal(after_crashes(fs, "/file").size(), 1);
}

void a_new_directory_can_vanish_with_all_that_is_in_it(void**) {
  SimFileSystem fs;
  EXPECT_OK(fs.make_directory("/new"));
  make_file(fs, "/new/file", "synced");
  const auto seen = after_crashes(fs, "/new/file");
  assert_int_equal(seen.count("(none)"), 1);
  assert_int_equal(seen.count("synced"), 1);
  EXPECT_OK(fs.sync_directory("/"));
  assert_int_equal(after_crashes(fs, "/new/file").size(), 1);
}

void names_survive_in_any_order_and_a_rename_whole(void**) {
  SimFileSystem fs;
  make_file(fs, "/target", "old");
  make_file(fs, "/staged", "new");
  EXPECT_OK(fs.rename("/staged", "/target"));
  make_file(fs, "/elsewhere", "");  // syncs the directory
  make_file(fs, "/staged", "newer");
  EXPECT_OK(fs.rename("/staged", "/target"));
  open(fs, "/one", OpenMode::create);
  open(fs, "/two", OpenMode::create);
  std::set<std::string> listings;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SimFileSystem crashed(fs.disk().after_crash(seed));
    const std::string target = read(crashed, "/target");
    const bool renamed = target == "newer";
    assert_true(renamed || target == "new");
    // Both sides of the rename, or neither.
    EXPECT_TEXT(read(crashed, "/staged"), renamed ? "(none)" : "newer");
    listings.insert(read(crashed, "/one") + read(crashed, "/two"));
  }
  assert_int_equal(listings.count("(none)"), 1);  // one of them, whichever it was
  assert_int_equal(listings.size(), 3);
}

void the_same_seed_gives_the_same_disk_and_others_differ(void**) {
  SimFileSystem fs;
  make_file(fs, "/file", "start");
  const auto file = open(fs, "/file", OpenMode::append);
  for (int i = 0; i < 20; ++i)
    EXPECT_OK(file->append(std::string(300, static_cast<char>('a' + i))));
  std::set<uint64_t> digests;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const uint64_t digest = fs.disk().after_crash(seed).digest();
    assert_true(fs.disk().after_crash(seed).digest() == digest);
    digests.insert(digest);
  }
  assert_true(digests.size() > kSeeds / 3);
  // A crash does not disturb the disk that it was taken from.
  assert_int_equal(read(fs, "/file").size(), 6005);
}

// --- faults
// ---------------------------------------------------------------------------------------

void a_fault_meets_the_nth_operation_of_its_kind_and_path(void**) {
  SimFileSystem fs;
  make_file(fs, "/a.log", "");
  make_file(fs, "/b.log", "");
  Fault fault;
  fault.op = Op::append;
  fault.nth = 2;
  fault.path_suffix = "b.log";
  fault.error_number = ENOSPC;
  fs.arm(fault);
  const auto a = open(fs, "/a.log", OpenMode::append);
  const auto b = open(fs, "/b.log", OpenMode::append);
  EXPECT_OK(a->append("1"));
  EXPECT_OK(a->append("2"));
  EXPECT_OK(b->append("1"));
  EXPECT_FAILED(fs.finish(), SLIP_INTERNAL, "never fired: write number 2 of \"*b.log\"");
  EXPECT_FAILED(b->append("2"), SLIP_NO_SPACE, "cannot write \"/b.log\"");
  EXPECT_OK(b->append("3"));
  EXPECT_TEXT(read(fs, "/b.log"), "13");
  assert_int_equal(fs.faults_fired(), 1);
  EXPECT_OK(fs.finish());
}

void a_fault_meets_an_operation_by_its_number(void**) {
  SimFileSystem fs;
  make_file(fs, "/file", "");
  const auto file = open(fs, "/file", OpenMode::append);
  Fault fault;
  fault.index = fs.operations() + 2;
  fault.error_number = EMFILE;
  fault.for_ever = true;
  fs.arm(fault);
  EXPECT_OK(file->append("1"));
  EXPECT_FAILED(file->sync(), SLIP_IO, "cannot sync \"/file\"");
  EXPECT_FAILED(fs.open("/file", OpenMode::read), SLIP_IO, "Too many open files");
  EXPECT_FAILED(fs.stat("/file"), SLIP_IO, "cannot look at");
  assert_int_equal(fs.faults_fired(), 3);
}

// A fault that stays armed, met and asked after or not.
bool leave_a_fault(bool meets, bool asks) {
  signal(SIGABRT, SIG_DFL);
  if (freopen("/dev/null", "w", stderr) == nullptr) return false;
  SimFileSystem fs;
  Fault fault;
  fault.op = Op::stat;
  fs.arm(fault);
  return (!meets || !fs.stat("/").ok()) && (!asks || fs.finish().ok() == meets);
}

void a_fault_that_never_fired_fails_the_test(void**) {
  for (const bool meets : {false, true}) {
    for (const bool asks : {false, true}) {
      const int result = test::in_child([&] { return leave_a_fault(meets, asks); });
      if (meets || asks)
        assert_int_equal(result, 0);
      else
        assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGABRT);
    }
  }
}

void a_frozen_disk_changes_no_more(void**) {
  SimFileSystem fs;
  make_file(fs, "/file", "1");
  Fault fault;
  fault.op = Op::sync;
  fault.freeze = true;
  fs.arm(fault);
  const auto file = open(fs, "/file", OpenMode::append);
  EXPECT_OK(file->append("2"));
  EXPECT_FAILED(file->sync(), SLIP_IO, "cannot sync");
  EXPECT_FAILED(file->truncate(0), SLIP_IO, "cannot truncate");
  EXPECT_FAILED(fs.remove("/file"), SLIP_IO, "cannot remove");
  EXPECT_FAILED(fs.open("/new", OpenMode::create), SLIP_IO, "cannot create");
  EXPECT_TEXT(read(fs, "/file"), "12");
  fs.thaw();
  EXPECT_OK(file->truncate(0));
}

void a_lying_sync_makes_nothing_durable(void**) {
  SimFileSystem fs;
  make_file(fs, "/file", "old");
  Fault fault;
  fault.op = Op::sync;
  fault.effect = Effect::lie;
  fs.arm(fault);
  const auto file = open(fs, "/file", OpenMode::append);
  EXPECT_OK(file->append(" new"));
  EXPECT_OK(file->sync());
  assert_int_equal(after_crashes(fs, "/file").count("old"), 1);
  EXPECT_OK(file->sync());  // the next one is honest, and late
  assert_int_equal(after_crashes(fs, "/file").size(), 1);
  fault.op = Op::sync_directory;
  fs.arm(fault);
  open(fs, "/name", OpenMode::create);
  EXPECT_OK(fs.sync_directory("/"));
  assert_int_equal(after_crashes(fs, "/name").count("(none)"), 1);
  EXPECT_OK(fs.finish());
}

void a_failed_sync_leaves_clean_pages_that_no_later_sync_writes(void**) {
  SimFileSystem fs;
  make_file(fs, "/file", "");
  Fault fault;
  fault.op = Op::sync;
  fault.effect = Effect::lose_pages;
  fs.arm(fault);
  const auto file = open(fs, "/file", OpenMode::append);
  EXPECT_OK(file->append(std::string(512, 'a')));
  EXPECT_FAILED(file->sync(), SLIP_IO, "cannot sync");
  EXPECT_OK(file->append(std::string(512, 'b')));
  EXPECT_OK(file->sync());  // succeeds, and says nothing of the first sector
  EXPECT_TEXT(read(fs, "/file").substr(0, 512), std::string(512, 'a'));
  const auto seen = after_crashes(fs, "/file");
  assert_int_equal(seen.size(), 2);
  assert_int_equal(seen.count(std::string(512, '\0') + std::string(512, 'b')), 1);
  assert_int_equal(seen.count(std::string(512, 'a') + std::string(512, 'b')), 1);
}

void reads_can_be_short_wrong_or_fail(void**) {
  SimFileSystem fs;
  make_file(fs, "/file", "12345678");
  const auto read_with = [&](Effect effect) {
    Fault fault;
    fault.op = Op::read;
    fault.effect = effect;
    fs.arm(fault);
    return read(fs, "/file");
  };
  EXPECT_TEXT(read_with(Effect::short_read), "1234");
  const std::string flipped = read_with(Effect::flip_bit);
  assert_int_equal(flipped.size(), 8);
  assert_true(flipped != "12345678");
  EXPECT_TEXT(read_with(Effect::error), "(none)");
  EXPECT_TEXT(read(fs, "/file"), "12345678");
  assert_int_equal(fs.faults_fired(), 3);
}

void a_failing_or_full_disk_takes_a_part(void**) {
  SimFileSystem fs;
  make_file(fs, "/file", "");
  const auto file = open(fs, "/file", OpenMode::append);
  Fault fault;
  fault.op = Op::append;
  fault.effect = Effect::part;
  fs.arm(fault);
  EXPECT_FAILED(file->append("12345678"), SLIP_IO, "cannot write");
  EXPECT_TEXT(read(fs, "/file"), "1234");
  fs.set_space(10);
  assert_int_equal(*fs.free_bytes("/"), 6);
  EXPECT_FAILED(file->append("1234567"), SLIP_NO_SPACE, "cannot write");
  EXPECT_TEXT(read(fs, "/file"), "1234123456");
  EXPECT_OK(file->truncate(2));
  EXPECT_OK(file->append("more"));
}

void the_log_and_the_witness_tell_every_operation(void**) {
  SimFileSystem fs;
  std::vector<std::string> witnessed;
  fs.set_witness([&](const sim::Operation& operation) {
    witnessed.push_back(std::string(sim::op_name(operation.op)) + " " + operation.path);
    assert_int_equal(operation.index, fs.operations());
  });
  EXPECT_OK(slip::write_file_atomically(fs, "/file", "bytes"));
  read(fs, "/file");
  std::vector<std::string> logged;
  for (const sim::Operation& operation : fs.log()) logged.push_back(sim::op_name(operation.op));
  const std::vector<std::string> expected = {"create",         "write", "sync",    "rename",
                                             "sync directory", "open",  "look at", "read"};
  assert_true(logged == expected);
  assert_int_equal(fs.log()[1].bytes, 5);
  assert_int_equal(witnessed.size(), 5);
  EXPECT_TEXT(witnessed[3], "rename /file");
}

void a_crash_of_a_small_disk_is_cheap(void**) {
  SimFileSystem fs;
  EXPECT_OK(slip::make_directories(fs, "/fold/gen-1"));
  for (int i = 0; i < 6; ++i)
    make_file(fs, "/fold/gen-1/" + std::to_string(i), std::string(3000, 'x'));
  const auto file = open(fs, "/fold/gen-1/0", OpenMode::append);
  EXPECT_OK(file->append(std::string(900, 'y')));
  constexpr uint64_t kCrashes = 20000;
  const slip::Deadline start = slip::Steady::now();
  uint64_t digests = 0;
  for (uint64_t seed = 0; seed < kCrashes; ++seed) digests ^= fs.disk().after_crash(seed).digest();
  const double seconds = std::chrono::duration<double>(slip::Steady::now() - start).count();
  print_message("%.0f crashes a second, with digests (%lu)\n", kCrashes / seconds, digests);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(names_and_bytes_behave_like_a_file_system),
      cmocka_unit_test(a_mapping_shows_what_is_appended_and_outlives_the_file),
      cmocka_unit_test(one_holder_has_a_lock),
      cmocka_unit_test(what_is_synced_survives_every_crash),
      cmocka_unit_test(a_name_is_durable_by_its_directory_and_bytes_by_their_file),
      cmocka_unit_test(unsynced_bytes_are_torn_at_sectors_and_reordered),
      cmocka_unit_test(a_truncation_is_durable_by_a_sync_too),
      cmocka_unit_test(a_new_directory_can_vanish_with_all_that_is_in_it),
      cmocka_unit_test(names_survive_in_any_order_and_a_rename_whole),
      cmocka_unit_test(the_same_seed_gives_the_same_disk_and_others_differ),
      cmocka_unit_test(a_fault_meets_the_nth_operation_of_its_kind_and_path),
      cmocka_unit_test(a_fault_meets_an_operation_by_its_number),
      cmocka_unit_test(a_fault_that_never_fired_fails_the_test),
      cmocka_unit_test(a_frozen_disk_changes_no_more),
      cmocka_unit_test(a_lying_sync_makes_nothing_durable),
      cmocka_unit_test(a_failed_sync_leaves_clean_pages_that_no_later_sync_writes),
      cmocka_unit_test(reads_can_be_short_wrong_or_fail),
      cmocka_unit_test(a_failing_or_full_disk_takes_a_part),
      cmocka_unit_test(the_log_and_the_witness_tell_every_operation),
      cmocka_unit_test(a_crash_of_a_small_disk_is_cheap),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
