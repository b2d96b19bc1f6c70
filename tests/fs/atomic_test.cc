// Replacing a file: the old bytes or the new ones, whatever happens in between.
#include "fs/atomic_file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <set>

#include "base/clock.h"
#include "base/guard.h"
#include "child.h"
#include "support/expect.h"
#include "volatile_file_system.h"

using slip::FileSystem;
using slip::StagedFile;
using test::VolatileFileSystem;

namespace {

FileSystem& disk() { return slip::posix_file_system(); }

std::string read(FileSystem& fs, const std::string& path) {
  auto bytes = slip::read_file(fs, path, 1 << 20);
  return bytes.ok() ? bytes.take() : "(" + bytes.status().message() + ")";
}

void a_file_is_made_and_replaced(void**) {
  const std::string directory = test_directory();
  const std::string path = directory + "/CURRENT";
  EXPECT_OK(slip::write_file_atomically(disk(), path, "one"));
  EXPECT_TEXT(read(disk(), path), "one");
  EXPECT_OK(slip::write_file_atomically(disk(), path, std::string("t\0o", 3)));
  EXPECT_TEXT(read(disk(), path), std::string("t\0o", 3));
  EXPECT_OK(slip::write_file_atomically(disk(), path, ""));
  EXPECT_TEXT(read(disk(), path), "");
  assert_int_equal(disk().list(directory)->size(), 1);
  struct ::stat info;
  assert_int_equal(::stat(path.c_str(), &info), 0);
  assert_int_equal(info.st_mode & 07777, 0600);
}

void what_is_not_persisted_leaves_nothing(void**) {
  const std::string directory = test_directory();
  const std::string path = directory + "/file";
  {
    auto staged = StagedFile::create(disk(), path);
    EXPECT_OK(staged);
    EXPECT_OK(staged->append("never seen"));
    assert_int_equal(disk().list(directory)->size(), 1);
    EXPECT_TEXT(disk().list(directory)->front().substr(0, 13), ".slip-staged-");
    StagedFile moved = staged.take();
  }
  assert_int_equal(disk().list(directory)->size(), 0);
}

void staged_names_are_unique(void**) {
  const std::string directory = test_directory();
  auto first = StagedFile::create(disk(), directory + "/file");
  auto second = StagedFile::create(disk(), directory + "/file");
  EXPECT_OK(first);
  EXPECT_OK(second);
  assert_int_equal(disk().list(directory)->size(), 2);
  EXPECT_OK(first->append("first"));
  EXPECT_OK(second->append("second"));
  EXPECT_OK(second->persist());
  EXPECT_OK(first->persist());
  EXPECT_TEXT(read(disk(), directory + "/file"), "first");
  assert_int_equal(disk().list(directory)->size(), 1);
}

void a_new_file_replaces_nothing(void**) {
  const std::string directory = test_directory();
  const std::string path = directory + "/file";
  auto first = StagedFile::create(disk(), path);
  auto second = StagedFile::create(disk(), path);
  EXPECT_OK(first->append("first"));
  EXPECT_OK(first->persist_new());
  EXPECT_FAILED(second->persist_new(), SLIP_EXISTS,
                "cannot create \"" + path + "\": it is there already");
  { const StagedFile gone = second.take(); }
  EXPECT_TEXT(read(disk(), path), "first");
  assert_int_equal(disk().list(directory)->size(), 1);
}

void errors_name_the_path(void**) {
  const std::string path = std::string(test_directory()) + "/missing/file";
  EXPECT_FAILED(slip::write_file_atomically(disk(), path, "x"), SLIP_NOT_FOUND, "/missing/");
  // A directory in the place of the file.
  const std::string directory = test_directory();
  EXPECT_OK(disk().make_directory(directory + "/file"));
  EXPECT_FAILED(slip::write_file_atomically(disk(), directory + "/file", "x"), SLIP_IO,
                "to \"" + directory + "/file\"");
  assert_int_equal(disk().list(directory)->size(), 1);
}

void a_full_disk_leaves_the_old_file(void**) {
  const std::string directory = test_directory();
  const std::string path = directory + "/file";
  EXPECT_OK(slip::write_file_atomically(disk(), path, "old"));
  const int result = test::in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {1000, 1000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
    return test::is_failure(slip::write_file_atomically(disk(), path, std::string(5000, 'n')),
                            SLIP_NO_SPACE, "cannot write \"");
  });
  assert_int_equal(result, 0);
  EXPECT_TEXT(read(disk(), path), "old");
  assert_int_equal(disk().list(directory)->size(), 1);
}

void a_killed_writer_leaves_the_old_file_or_the_new(void**) {
  const std::string path = std::string(test_directory()) + "/file";
  const std::string contents[] = {std::string(5000, 'a'), std::string(7000, 'b')};
  EXPECT_OK(slip::write_file_atomically(disk(), path, contents[0]));
  for (int round = 0; round < 30; ++round) {
    const pid_t child = fork();
    if (child == 0)
      for (int i = 0;; ++i)
        if (!slip::write_file_atomically(disk(), path, contents[i % 2]).ok()) _exit(1);
    const slip::Deadline end =
        slip::Steady::now() + std::chrono::microseconds(500 + test_random() % 4000);
    while (slip::Steady::now() < end) {
      const std::string seen = read(disk(), path);
      assert_true(seen == contents[0] || seen == contents[1]);
    }
    kill(child, SIGKILL);
    int result = 0;
    waitpid(child, &result, 0);
    assert_true(WIFSIGNALED(result));
    const std::string seen = read(disk(), path);
    assert_true(seen == contents[0] || seen == contents[1]);
  }
}

struct Outcome {
  std::set<std::string>
      found;     // contents after the crash, whether the write said it succeeded or not
  int torn = 0;  // neither the old nor the new
  int lost = 0;  // success was said, the old came back
};

// The power fails at every operation of a replacement, with the names' two fates.
Outcome crash_everywhere(bool is_new) {
  Outcome outcome;
  for (long at = 0; at <= 20; ++at)
    for (const bool names_survive : {false, true}) {
      VolatileFileSystem fs;
      if (!is_new) EXPECT_OK(slip::write_file_atomically(fs, "file", "old"));
      fs.crash(true);
      fs.power_fails_at = fs.operations + at;
      bool succeeded = false;
      {
        auto staged = StagedFile::create(fs, "file");
        succeeded = staged.ok() && staged->append("ne").ok() && staged->append("w").ok() &&
                    (is_new ? staged->persist_new() : staged->persist()).ok();
      }
      fs.crash(names_survive);
      const std::string seen =
          fs.stat("file")->kind == slip::FileKind::absent ? "none" : read(fs, "file");
      const std::string before = is_new ? "none" : "old";
      outcome.found.insert(seen);
      if (seen != before && seen != "new") ++outcome.torn;
      if (succeeded && seen != "new") ++outcome.lost;
    }
  return outcome;
}

void a_power_loss_leaves_the_old_file_or_the_new(void**) {
  for (const bool is_new : {false, true}) {
    const Outcome outcome = crash_everywhere(is_new);
    assert_int_equal(outcome.torn, 0);
    assert_int_equal(outcome.lost, 0);
    assert_int_equal(outcome.found.size(), 2);  // both were met
  }
}

#ifdef SLIP_TEST_GUARDS
void each_sync_is_needed(void**) {
  for (const bool is_new : {false, true}) {
    slip::guard_switch("staged_sync", false);
    assert_true(crash_everywhere(is_new).torn > 0);
    slip::guard_switch("staged_sync", true);
    slip::guard_switch("staged_parent_sync", false);
    assert_true(crash_everywhere(is_new).lost > 0);
    slip::guard_switch("staged_parent_sync", true);
  }
}
#endif

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_file_is_made_and_replaced),
      cmocka_unit_test(what_is_not_persisted_leaves_nothing),
      cmocka_unit_test(staged_names_are_unique),
      cmocka_unit_test(a_new_file_replaces_nothing),
      cmocka_unit_test(errors_name_the_path),
      cmocka_unit_test(a_full_disk_leaves_the_old_file),
      cmocka_unit_test(a_killed_writer_leaves_the_old_file_or_the_new),
      cmocka_unit_test(a_power_loss_leaves_the_old_file_or_the_new),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(each_sync_is_needed),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
