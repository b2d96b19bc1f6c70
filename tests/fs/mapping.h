// What every file system does with a mapping: it agrees with the file, outlives it, and stays where
// it is detached.
#ifndef TESTS_FS_MAPPING_H
#define TESTS_FS_MAPPING_H

#include <string>

#include "fs/file_system.h"
#include "support/expect.h"

inline void check_mapping(slip::FileSystem& fs, const std::string& path) {
  auto file = fs.open(path, slip::OpenMode::create);
  EXPECT_OK(file);
  const std::string first(5000, 'a');
  const std::string second(9000, 'b');
  EXPECT_OK((*file)->append(first));
  auto mapping = (*file)->map(1 << 16);
  EXPECT_OK(mapping);
  const char* const begin = (*mapping)->begin();
  assert_memory_equal(begin, first.data(), first.size());
  EXPECT_OK((*file)->append(second));
  assert_memory_equal(begin + first.size(), second.data(), second.size());
  EXPECT_OK((*mapping)->detach(first.size(), first.size() + second.size()));
  EXPECT_OK((*file)->truncate(first.size()));
  assert_memory_equal(begin, first.data(), first.size());
  assert_memory_equal(begin + first.size(), second.data(), second.size());
  EXPECT_OK(fs.remove(path));
  *file = nullptr;
  assert_memory_equal(begin, first.data(), first.size());
  assert_memory_equal(begin + first.size(), second.data(), second.size());
}

#endif
