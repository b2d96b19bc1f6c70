// Every allocation of a file operation fails once: no descriptor, no lock and no file is left over.
#include "fs/atomic_file.h"
#include "support/every_allocation.h"
#include "support/expect.h"

using slip::FileSystem;

namespace {

FileSystem& fs() { return slip::posix_file_system(); }

void nothing_is_left_of_a_failed_replacement(void**) {
  const std::string directory = test_directory();
  const std::string path = directory + "/a name that is long enough to need memory of its own";
  const std::string bytes(10000, 'x');
  EXPECT_OK(slip::write_file_atomically(fs(), path, "old"));
  const int descriptors = test_descriptor_count();
  size_t left = 0;
  const size_t count = test::fail_every_allocation([&] {
    const bool written = slip::write_file_atomically(fs(), path, bytes).ok();
    return written;
  });
  assert_true(count > 5);
  const auto names = fs().list(directory);
  for (const std::string& name : names.value()) left += name.rfind(".slip-staged-", 0) == 0 ? 1 : 0;
  assert_int_equal(test_descriptor_count(), descriptors);
  // One may stay: the removal itself needs no memory unless it fails.
  assert_int_equal(left, 0);
  EXPECT_TEXT(*slip::read_file(fs(), path, 1 << 20), bytes);
}

void nothing_is_held_by_a_failed_lock(void**) {
  const std::string path =
      std::string(test_directory()) + "/a lock whose name needs memory of its own";
  const int descriptors = test_descriptor_count();
  const size_t count = test::fail_every_allocation([&] {
    auto lock = fs().lock(path, false);
    return lock.ok() && fs().lock(path, false).status().is(SLIP_BUSY);
  });
  assert_true(count > 2);
  EXPECT_OK(fs().lock(path, false));
  assert_int_equal(test_descriptor_count(), descriptors);
}

void listing_and_removing(void**) {
  const std::string directory = test_directory();
  const int descriptors = test_descriptor_count();
  for (int i = 0; i < 20; ++i)
    test_write_file(
        (directory + "/a file whose name needs memory of its own " + std::to_string(i)).c_str(), "",
        0);
  const size_t count = test::fail_every_allocation([&] {
    return fs().list(directory).ok() &&
           slip::require_empty_destination(fs(), directory).is(SLIP_NOT_EMPTY);
  });
  assert_true(count > 20);
  test::fail_every_allocation([&] {
    return slip::make_directories(fs(),
                                  directory + "/one directory/another directory/and the third one")
        .ok();
  });
  test::fail_every_allocation([&] { return slip::remove_tree(fs(), directory).ok(); });
  assert_true(fs().stat(directory)->kind == slip::FileKind::absent);
  assert_int_equal(test_descriptor_count(), descriptors);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_left_of_a_failed_replacement),
      cmocka_unit_test(nothing_is_held_by_a_failed_lock),
      cmocka_unit_test(listing_and_removing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
