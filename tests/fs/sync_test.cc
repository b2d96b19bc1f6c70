// That a sync reaches the kernel, which only the witness can see: it refuses those of matching
// paths while a file is there.
#include <unistd.h>

#include <cstdlib>

#include "fs/atomic_file.h"
#include "fs/file_system.h"
#include "support/expect.h"

namespace {

void a_sync_is_the_kernels(void**) {
  slip::FileSystem& fs = slip::posix_file_system();
  const std::string directory = std::string(test_directory()) + "/witnessed";
  const std::string path = directory + "/file";
  const std::string refusing = std::string(test_directory()) + "/refusing";
  setenv("SLIP_MATCH", "/witnessed", 1);
  setenv("SLIP_SYNC_FAILS_WHILE", refusing.c_str(), 1);
  EXPECT_OK(slip::make_directories(fs, directory));
  auto file = fs.open(path, slip::OpenMode::create);
  EXPECT_OK(file);
  EXPECT_OK((*file)->append("1"));
  EXPECT_OK((*file)->sync());
  EXPECT_OK(fs.sync_directory(directory));
  test_write_file(refusing.c_str(), "", 0);
  EXPECT_FAILED((*file)->sync(), SLIP_IO, "cannot sync \"" + path + "\"");
  EXPECT_FAILED(fs.sync_directory(directory), SLIP_IO, "cannot sync directory");
  EXPECT_FAILED(slip::write_file_atomically(fs, directory + "/whole", "1"), SLIP_IO, "cannot sync");
  unlink(refusing.c_str());
  EXPECT_OK(slip::write_file_atomically(fs, directory + "/whole", "1"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(a_sync_is_the_kernels)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
