// Exporting and loading while the disk fails, memory runs out or the process dies: what is left
// never looks complete unless it is.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "artifact/artifact_testing.h"
#include "base/guard.h"
#include "support/failing_new.h"
#include "support/faulty_file_system.h"

namespace {

using namespace artifact_testing;
using memory_fold::Contents;
using slip::Manifest;
using slip::Result;
using slip::Status;

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::string fresh() {
  static const std::string root = test_directory();
  static int number = 0;
  return root + "/" + std::to_string(++number);
}

Status export_through(slip::FileSystem& fs, const std::string& directory) {
  static const Contents fold = small_fold();
  memory_fold::Snapshot snapshot(fold);
  return slip::export_artifact(fs, snapshot, directory, slip::ExportSettings()).status();
}

void assert_nothing_half_done(const std::string& directory) {
  if (exists(directory + "/MANIFEST.json")) EXPECT_OK(slip::verify_artifact(disk(), directory));
}

void a_failed_operation_leaves_nothing(void**) {
  long failed = 0;
  for (long nth = 1;; ++nth) {
    faulty::FileSystem fs;
    fs.fail_at = nth;
    const std::string directory = fresh();
    const Status status = export_through(fs, directory);
    if (fs.failures == 0) {
      EXPECT_OK(status);
      break;
    }
    ++failed;
    EXPECT_FAILED(status, SLIP_NO_SPACE, "cannot export to \"" + directory);
    EXPECT_FAILED(status, SLIP_NO_SPACE, "injected: no space");
    assert_false(exists(directory));
    // Space is back: the same call succeeds.
    EXPECT_OK(export_through(disk(), directory));
  }
  assert_true(failed > 15);
}

void a_directory_that_was_there_is_emptied_again(void**) {
  for (long nth = 1;; ++nth) {
    faulty::FileSystem fs;
    fs.fail_at = nth;
    const std::string directory = test_directory();
    const Status status = export_through(fs, directory);
    if (fs.failures == 0) break;
    assert_false(status.ok());
    EXPECT_OK(slip::require_empty_destination(disk(), directory));
    assert_true(exists(directory));
  }
}

// The disk goes for good: nothing can be removed, and still nothing looks complete that is not.
void a_dead_disk_leaves_nothing_that_looks_complete(void**) {
  for (long nth = 1;; ++nth) {
    faulty::FileSystem fs;
    fs.fail_at = nth;
    fs.from_then_on = true;
    const std::string directory = fresh();
    const Status status = export_through(fs, directory);
    if (fs.failures == 0) break;
    assert_false(status.ok());
    assert_nothing_half_done(directory);
  }
}

void a_killed_export_leaves_nothing_that_looks_complete(void**) {
  int killed = 0, complete = 0;
  for (long nth = 1;; ++nth) {
    const std::string directory = fresh();
    const pid_t child = fork();
    if (child == 0) {
      faulty::FileSystem fs;
      fs.fail_at = nth;
      fs.die = true;
      _exit(export_through(fs, directory).ok() ? 0 : 1);
    }
    int end = 0;
    assert_int_equal(waitpid(child, &end, 0), child);
    if (WIFEXITED(end)) {
      assert_int_equal(WEXITSTATUS(end), 0);
      break;
    }
    ++killed;
    complete += exists(directory + "/MANIFEST.json");
    assert_nothing_half_done(directory);
  }
  assert_true(killed > 15);
  assert_int_equal(complete, 1);  // only the last sync comes after the manifest
}

#ifdef SLIP_TEST_GUARDS
void without_its_guard_a_failed_export_stays(void**) {
  faulty::FileSystem whole;
  EXPECT_OK(export_through(whole, fresh()));
  faulty::FileSystem fs;
  fs.fail_at = whole.operations;  // the last one: the manifest is in place already
  const std::string directory = fresh();
  slip::guard_switch("export_cleanup", false);
  const Status status = export_through(fs, directory);
  slip::guard_switch("export_cleanup", true);
  EXPECT_FAILED(status, SLIP_NO_SPACE, "injected");
  assert_true(exists(directory + "/MANIFEST.json"));
}
#endif

// No simulation: the system refuses files over a size.
void a_full_disk_says_so(void**) {
  const std::string directory = fresh();
  fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {200000, 200000};
    setrlimit(RLIMIT_FSIZE, &limit);
    Contents fold;
    std::string value(500000, '\0');
    for (char& byte : value) byte = static_cast<char>(test_random());
    fold.put("random", value);
    memory_fold::Snapshot snapshot(fold);
    const Status status =
        slip::export_artifact(disk(), snapshot, directory, slip::ExportSettings()).status();
    const bool right = status.is(SLIP_NO_SPACE) &&
                       status.message().find("cannot export to") != std::string::npos &&
                       status.message().find("File too large") != std::string::npos;
    if (!right) fprintf(stderr, "%d: %s\n", status.code(), status.message().c_str());
    _exit(right ? 0 : 1);
  }
  int end = 0;
  assert_int_equal(waitpid(child, &end, 0), child);
  assert_true(WIFEXITED(end) && WEXITSTATUS(end) == 0);
  assert_false(exists(directory));
}

void a_read_error_is_no_verdict_on_the_artifact(void**) {
  const std::string directory = exported(small_fold());
  long failed = 0;
  for (long nth = 1;; ++nth) {
    faulty::FileSystem fs;
    fs.fail_at = nth;
    fs.status = Status(SLIP_IO, "injected: Input/output error");
    memory_fold::Loader loader;
    const Status status = slip::load_artifact(fs, directory, loader).status();
    if (fs.failures == 0) {
      EXPECT_OK(status);
      break;
    }
    ++failed;
    EXPECT_FAILED(status, SLIP_IO, "injected");
    EXPECT_FAILED(status, SLIP_IO, "cannot use artifact \"" + directory);
    assert_false(loader.committed);
  }
  assert_true(failed > 8);
}

// What the loader has to say is handed on, and is not the artifact's fault.
class FullLoader final : public slip::FoldLoader {
 public:
  Status add(const slip::Update*, size_t) override {
    return Status(SLIP_NO_SPACE, "the fold's disk is full");
  }
  Status commit(const slip::FoldMeta&) override { return Status(SLIP_INTERNAL, "committed"); }
};
void a_loader_that_fails_is_heard(void**) {
  FullLoader loader;
  EXPECT_FAILED(slip::load_artifact(disk(), exported(small_fold()), loader), SLIP_NO_SPACE,
                "the fold's disk is full");
}

void a_failed_allocation_in_an_export(void**) {
  const std::string directory = fresh();
  const long count = failing_new::fail_each([&] { return export_through(disk(), directory).ok(); },
                                            [&](bool) {
                                              assert_nothing_half_done(directory);
                                              test_remove_tree(directory.c_str());
                                            });
  EXPECT_OK(slip::verify_artifact(disk(), directory));
  assert_true(count > 100);
}

void a_failed_allocation_in_a_load(void**) {
  const std::string directory = exported(small_fold());
  memory_fold::Loader loader;
  const long count = failing_new::fail_each(
      [&] {
        loader.loaded.entries.clear();
        loader.committed = false;
        return slip::load_artifact(disk(), directory, loader).ok();
      },
      [&](bool succeeded) { assert_false(succeeded); });
  assert_true(count > 30);
  assert_same_fold(loader.loaded, small_fold());
}

}  // namespace

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_failed_operation_leaves_nothing),
      cmocka_unit_test(a_directory_that_was_there_is_emptied_again),
      cmocka_unit_test(a_dead_disk_leaves_nothing_that_looks_complete),
      cmocka_unit_test(a_killed_export_leaves_nothing_that_looks_complete),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(without_its_guard_a_failed_export_stays),
#endif
      cmocka_unit_test(a_full_disk_says_so),
      cmocka_unit_test(a_read_error_is_no_verdict_on_the_artifact),
      cmocka_unit_test(a_loader_that_fails_is_heard),
      cmocka_unit_test(a_failed_allocation_in_an_export),
      cmocka_unit_test(a_failed_allocation_in_a_load),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
