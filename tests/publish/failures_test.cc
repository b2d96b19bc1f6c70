// Publishing, reading and downloading while memory or the disk fails: every failure unwinds,
// nothing half done is seen, and the same call succeeds afterwards.
#include <unistd.h>

#include "objects/local/local_store.h"
#include "publish/publish_testing.h"
#include "support/failing_new.h"
#include "support/faulty_file_system.h"

namespace {

using namespace publish_testing;
using slip::Status;

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

void a_failed_allocation_in_a_publication(void**) {
  MemoryStore store;
  publish(store, artifact_at(10));
  const std::string directory = artifact_at(20);
  const std::string before = store.objects[slip::pointer_name(kKey)].data;
  const long count = failing_new::fail_each(
      [&] {
        EXPECT_OK(store.put(slip::pointer_name(kKey), before));
        return slip::publish_artifact(store, kKey, disk(), directory).ok();
      },
      [&](bool) {
        // What stands there can be read, whichever it is.
        EXPECT_OK(slip::read_pointer(store, kKey));
      });
  assert_true(count > 100);
  assert_int_equal(pointer_in(store).revision, 20);
}

void a_failed_allocation_in_a_download(void**) {
  MemoryStore store;
  publish(store, artifact_at(10));
  const std::string directory = std::string(test_directory()) + "/a";
  const long count = failing_new::fail_each(
      [&] {
        test_remove_tree(directory.c_str());
        return slip::download_artifact(store, kKey, disk(), directory).ok();
      },
      [&](bool) {
        if (exists(directory + "/MANIFEST.json"))
          EXPECT_OK(slip::verify_artifact(disk(), directory));
      });
  assert_true(count > 100);
  EXPECT_OK(slip::verify_artifact(disk(), directory));
}

void a_full_disk_ends_a_download_cleanly(void**) {
  MemoryStore store;
  publish(store, artifact_at(10));
  const std::string directory = std::string(test_directory()) + "/a";
  long failed = 0;
  for (long nth = 1;; ++nth) {
    faulty::FileSystem fs;
    fs.fail_at = nth;
    const Status status = slip::download_artifact(store, kKey, fs, directory).status();
    if (fs.failures == 0) {
      EXPECT_OK(status);
      break;
    }
    ++failed;
    EXPECT_FAILED(status, SLIP_NO_SPACE, "injected: no space");
    assert_false(exists(directory));
  }
  assert_true(failed > 20);
}

// A store on a disk that fails: an error, and a pointer that leads to what it says.
void a_failing_disk_below_the_store(void**) {
  const std::string first = artifact_at(10), second = artifact_at(20);
  for (long nth = 1;; ++nth) {
    faulty::FileSystem fs;
    const std::string root = test_path(test_directory(), "store");
    auto store = slip::open_local_store(fs, root, "local:" + root);
    EXPECT_OK(store);
    publish(**store, first);
    fs.fail_at = fs.operations + nth;
    fs.status = Status(SLIP_IO, "injected: Input/output error");
    const Status status = slip::publish_artifact(**store, kKey, disk(), second).status();
    auto found = slip::read_pointer(*local_store(root), kKey);
    EXPECT_OK(found);
    if (fs.failures == 0) {
      EXPECT_OK(status);
      assert_int_equal(found->pointer.revision, 20);
      break;
    }
    EXPECT_FAILED(status, SLIP_IO, "injected");
    // Called a failure although it stands there: only where its name may not have reached the disk.
    if (found->pointer.revision == 20)
      EXPECT_FAILED(status, SLIP_IO, "it is in place, but may not survive a power loss");
    // The next try is not disturbed.
    EXPECT_OK(slip::publish_artifact(**store, kKey, disk(), second));
    EXPECT_OK(slip::download_artifact(**store, kKey, disk(), test_directory()));
  }
}

}  // namespace

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_failed_allocation_in_a_publication),
      cmocka_unit_test(a_failed_allocation_in_a_download),
      cmocka_unit_test(a_full_disk_ends_a_download_cleanly),
      cmocka_unit_test(a_failing_disk_below_the_store),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
