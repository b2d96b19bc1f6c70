// What is built on the seam alone: paths, whole files, directories, destinations, trees.
#include <sys/stat.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/limits.h"
#include "child.h"
#include "fs/file_system.h"
#include "support/expect.h"

using slip::FileKind;
using slip::FileSystem;

namespace {

FileSystem& fs() { return slip::posix_file_system(); }

void paths_are_joined_and_cut(void**) {
  EXPECT_TEXT(slip::join_path("a", "b"), "a/b");
  EXPECT_TEXT(slip::join_path("a/", "b"), "a/b");
  EXPECT_TEXT(slip::join_path("/", "b"), "/b");
  EXPECT_TEXT(slip::join_path("", "b"), "b");
  EXPECT_TEXT(slip::parent_path("a/b"), "a");
  EXPECT_TEXT(slip::parent_path("/a/b/"), "/a");
  EXPECT_TEXT(slip::parent_path("a//b"), "a");
  EXPECT_TEXT(slip::parent_path("/a"), "/");
  EXPECT_TEXT(slip::parent_path("//a"), "/");
  EXPECT_TEXT(slip::parent_path("a"), ".");
  EXPECT_TEXT(slip::parent_path("a/"), ".");
  EXPECT_TEXT(slip::parent_path("/"), "/");
  EXPECT_TEXT(slip::parent_path(""), ".");
  EXPECT_TEXT(slip::parent_path("../a"), "..");
}

void whole_files_have_a_bound(void**) {
  const std::string path = test_path(test_directory(), "file");
  test_write_file(path.c_str(), "12345", 5);
  EXPECT_TEXT(*slip::read_file(fs(), path, 5), "12345");
  EXPECT_FAILED(slip::read_file(fs(), path, 4), SLIP_TOO_LARGE,
                "cannot read \"" + path + "\": 5 bytes, more than the limit of 4");
  EXPECT_FAILED(slip::read_file(fs(), path + "x", 4), SLIP_NOT_FOUND, "cannot open");
  // A size that promises more than the memory has.
  assert_int_equal(truncate(path.c_str(), int64_t{1} << 40), 0);
  EXPECT_FAILED(slip::read_file(fs(), path, slip::kManifestBytesMax), SLIP_TOO_LARGE,
                "1099511627776 bytes");
}

void directories_are_made_with_their_parents(void**) {
  const std::string root = test_directory();
  const int result = test::in_child([&] {
    umask(0);
    return slip::make_directories(fs(), root + "/a/b/c").ok();
  });
  assert_int_equal(result, 0);
  for (const char* name : {"/a", "/a/b", "/a/b/c"}) {
    struct ::stat info;
    assert_int_equal(::stat((root + name).c_str(), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
  }
  EXPECT_OK(slip::make_directories(fs(), root + "/a/b/c"));
  EXPECT_OK(slip::make_directories(fs(), root + "/a/b/c/"));
  EXPECT_OK(slip::make_directories(fs(), root + "/x//y/"));
  EXPECT_OK(slip::make_directories(fs(), "/"));
  EXPECT_OK(slip::make_directories(fs(), "."));
  assert_int_equal(symlink((root + "/a").c_str(), (root + "/link").c_str()), 0);
  EXPECT_OK(slip::make_directories(fs(), root + "/link/d"));
  assert_true(fs().stat(root + "/a/d")->kind == FileKind::directory);
  test_write_file((root + "/file").c_str(), "", 0);
  EXPECT_FAILED(
      slip::make_directories(fs(), root + "/file"), SLIP_NOT_OURS,
      "cannot make directory \"" + root + "/file\": it is there already and is not a directory");
  EXPECT_FAILED(slip::make_directories(fs(), root + "/file/below"), SLIP_NOT_OURS,
                "is not a directory");
}

void destinations_must_be_empty(void**) {
  const std::string root = test_directory();
  EXPECT_OK(slip::require_empty_destination(fs(), root));
  EXPECT_OK(slip::require_empty_destination(fs(), root + "/absent"));
  const std::string file = root + "/file";
  test_write_file(file.c_str(), "", 0);
  EXPECT_FAILED(slip::require_empty_destination(fs(), root), SLIP_NOT_EMPTY,
                "cannot use \"" + root + "\" as destination: it is not empty");
  EXPECT_FAILED(slip::require_empty_destination(fs(), file), SLIP_NOT_OURS,
                "it is not a directory");
  assert_int_equal(symlink(test_directory(), (root + "/link").c_str()), 0);
  EXPECT_FAILED(slip::require_empty_destination(fs(), root + "/link"), SLIP_NOT_OURS,
                "it is not a directory");
#ifdef SLIP_TEST_GUARDS
  slip::guard_switch("empty_destination", false);
  EXPECT_OK(slip::require_empty_destination(fs(), root));
  slip::guard_switch("empty_destination", true);
#endif
}

void trees_are_removed_and_links_are_not_followed(void**) {
  const std::string root = test_directory();
  const std::string outside = test_directory();
  test_write_file((outside + "/precious").c_str(), "x", 1);
  EXPECT_OK(slip::make_directories(fs(), root + "/tree/a/b"));
  test_write_file((root + "/tree/a/b/file").c_str(), "x", 1);
  assert_int_equal(symlink(outside.c_str(), (root + "/tree/a/link").c_str()), 0);
  assert_int_equal(symlink((outside + "/precious").c_str(), (root + "/tree/link").c_str()), 0);
  assert_int_equal(mkfifo((root + "/tree/pipe").c_str(), 0600), 0);
  EXPECT_OK(slip::remove_tree(fs(), root + "/tree"));
  assert_true(fs().stat(root + "/tree")->kind == FileKind::absent);
  assert_true(fs().stat(outside + "/precious")->kind == FileKind::file);
  EXPECT_OK(slip::remove_tree(fs(), root + "/tree"));

  assert_int_equal(symlink(outside.c_str(), (root + "/link").c_str()), 0);
  EXPECT_OK(slip::remove_tree(fs(), root + "/link"));
  assert_true(fs().stat(root + "/link")->kind == FileKind::absent);
  assert_true(fs().stat(outside + "/precious")->kind == FileKind::file);
}

void too_deep_a_tree_is_refused(void**) {
  const std::string root = test_directory();
  std::string path = root + "/d";
  for (size_t depth = 0; depth <= slip::kTreeDepthMax; ++depth) {
    EXPECT_OK(fs().make_directory(path));
    path += "/d";
  }
  EXPECT_OK(fs().make_directory(path));
  EXPECT_FAILED(slip::remove_tree(fs(), root + "/d"), SLIP_TOO_LARGE,
                "nested more than 64 directories deep");
  EXPECT_OK(slip::remove_tree(fs(), root + "/d/d/d"));
  EXPECT_OK(slip::remove_tree(fs(), root + "/d"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(paths_are_joined_and_cut),
      cmocka_unit_test(whole_files_have_a_bound),
      cmocka_unit_test(directories_are_made_with_their_parents),
      cmocka_unit_test(destinations_must_be_empty),
      cmocka_unit_test(trees_are_removed_and_links_are_not_followed),
      cmocka_unit_test(too_deep_a_tree_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
