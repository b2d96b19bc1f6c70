// The real file system behind the seam: modes, links, kinds, errors.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "child.h"
#include "fs/file_system.h"
#include "fs/mapping.h"
#include "support/expect.h"

using slip::File;
using slip::FileKind;
using slip::FileSystem;
using slip::OpenMode;

namespace {

FileSystem& fs() { return slip::posix_file_system(); }

std::string path_in(const char* name) { return test_path(test_directory(), name); }

std::string contents(const std::string& path) {
  size_t size = 0;
  const char* bytes = test_read_file(path.c_str(), &size);
  return std::string(bytes, size);
}

unsigned mode_of(const std::string& path) {
  struct ::stat info;
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

void files_are_written_and_read(void**) {
  const std::string path = path_in("file");
  {
    auto file = fs().open(path, OpenMode::create);
    EXPECT_OK(file);
    EXPECT_OK((*file)->append("hello "));
    EXPECT_OK((*file)->append(""));
    EXPECT_OK((*file)->append(std::string("wor\0ld", 6)));
    EXPECT_OK((*file)->sync());
    assert_int_equal((*file)->size().value(), 12);
    char bytes[20];
    assert_int_equal((*file)->read_at(6, bytes, 3).value(), 3);
    assert_memory_equal(bytes, "wor", 3);
  }
  auto file = fs().open(path, OpenMode::read);
  EXPECT_OK(file);
  char bytes[20];
  assert_int_equal((*file)->read_at(0, bytes, sizeof bytes).value(), 12);
  assert_memory_equal(bytes, "hello wor\0ld", 12);
  assert_int_equal((*file)->read_at(10, bytes, sizeof bytes).value(), 2);
  assert_int_equal((*file)->read_at(12, bytes, sizeof bytes).value(), 0);
  assert_int_equal((*file)->read_at(5000, bytes, sizeof bytes).value(), 0);
  EXPECT_FAILED((*file)->append("x"), SLIP_IO, "cannot write \"" + path + "\": ");
}

void appending_goes_to_the_end(void**) {
  const std::string path = path_in("log");
  for (const char* part : {"one ", "two ", "three"}) {
    auto file = fs().open(path, OpenMode::append);
    EXPECT_OK(file);
    EXPECT_OK((*file)->append(part));
  }
  EXPECT_TEXT(contents(path), "one two three");
  auto file = fs().open(path, OpenMode::append);
  EXPECT_OK((*file)->truncate(4));
  EXPECT_OK((*file)->append("2"));
  EXPECT_TEXT(contents(path), "one 2");
}

void a_mapping_shows_what_is_appended_and_outlives_the_file(void**) {
  check_mapping(fs(), path_in("file"));
}

void what_is_there_is_written_over(void**) {
  const std::string path = path_in("over");
  EXPECT_FAILED(fs().open(path, OpenMode::write), SLIP_NOT_FOUND, "cannot open \"" + path + "\"");
  test_write_file(path.c_str(), "one two three", 13);
  auto file = fs().open(path, OpenMode::write);
  EXPECT_OK(file);
  EXPECT_OK((*file)->write_at(4, "TWO"));
  EXPECT_OK((*file)->write_at(0, ""));
  EXPECT_OK((*file)->sync());
  EXPECT_TEXT(contents(path), "one TWO three");
  auto reader = fs().open(path, OpenMode::read);
  EXPECT_FAILED((*reader)->write_at(0, "x"), SLIP_IO, "cannot write \"" + path + "\": ");
}

void creating_needs_a_free_name(void**) {
  const std::string path = path_in("file");
  EXPECT_OK(fs().open(path, OpenMode::create));
  EXPECT_FAILED(fs().open(path, OpenMode::create), SLIP_EXISTS,
                "cannot create \"" + path + "\": File exists");
  const std::string below = path_in("missing/file");
  EXPECT_FAILED(fs().open(below, OpenMode::create), SLIP_NOT_FOUND,
                "cannot create \"" + below + "\": ");
  EXPECT_FAILED(fs().open(below, OpenMode::append), SLIP_NOT_FOUND,
                "cannot open \"" + below + "\": ");
  EXPECT_FAILED(fs().open(below, OpenMode::read), SLIP_NOT_FOUND, "No such file or directory");
}

void modes_do_not_depend_on_the_umask(void**) {
  for (const mode_t mask : {0u, 022u, 077u, 0777u}) {
    const std::string directory = test_directory();
    const int result = test::in_child([&] {
      umask(mask);
      return fs().make_directory(directory + "/d").ok() &&
             fs().open(directory + "/d/created", OpenMode::create).ok() &&
             fs().open(directory + "/d/appended", OpenMode::append).ok() &&
             fs().lock(directory + "/d/lock", false).ok();
    });
    assert_int_equal(result, 0);
    assert_int_equal(mode_of(directory + "/d"), 0700);
    for (const char* name : {"/d/created", "/d/appended", "/d/lock"})
      assert_int_equal(mode_of(directory + name), 0600);
  }
}

void an_existing_file_keeps_its_mode(void**) {
  const std::string path = path_in("file");
  test_write_file(path.c_str(), "x", 1);
  chmod(path.c_str(), 0640);
  EXPECT_OK(fs().open(path, OpenMode::append));
  assert_int_equal(mode_of(path), 0640);
}

void links_are_not_followed(void**) {
  const std::string directory = test_directory();
  const std::string target = directory + "/target";
  const std::string link = directory + "/link";
  test_write_file(target.c_str(), "old", 3);
  assert_int_equal(symlink(target.c_str(), link.c_str()), 0);
  for (const OpenMode mode : {OpenMode::read, OpenMode::append, OpenMode::write})
    EXPECT_FAILED(fs().open(link, mode), SLIP_NOT_OURS,
                  "cannot open \"" + link + "\": it is a symbolic link, which is not followed");
  EXPECT_FAILED(fs().open(link, OpenMode::create), SLIP_EXISTS, "cannot create");
  EXPECT_FAILED(fs().lock(link, false), SLIP_NOT_OURS, "symbolic link");
  const std::string dangling = directory + "/dangling";
  assert_int_equal(symlink((directory + "/nowhere").c_str(), dangling.c_str()), 0);
  EXPECT_FAILED(fs().open(dangling, OpenMode::append), SLIP_NOT_OURS, "symbolic link");
  EXPECT_FAILED(fs().open(dangling, OpenMode::create), SLIP_EXISTS, "cannot create");
  assert_int_equal(access((directory + "/nowhere").c_str(), F_OK), -1);
  const std::string folder_link = directory + "/folder";
  assert_int_equal(symlink(test_directory(), folder_link.c_str()), 0);
  EXPECT_FAILED(fs().list(folder_link), SLIP_IO, "cannot list \"" + folder_link + "\"");
  EXPECT_TEXT(contents(target), "old");
}

void only_regular_files_are_opened(void**) {
  const std::string directory = test_directory();
  const std::string pipe_path = directory + "/pipe";
  assert_int_equal(mkfifo(pipe_path.c_str(), 0600), 0);
  for (const OpenMode mode : {OpenMode::read, OpenMode::append, OpenMode::write}) {
    EXPECT_FAILED(fs().open(pipe_path, mode), SLIP_NOT_OURS, "is not a regular file");
    EXPECT_FAILED(fs().open(directory, mode), SLIP_NOT_OURS, "is not a regular file");
    EXPECT_FAILED(fs().open("/dev/full", mode), SLIP_NOT_OURS, "is not a regular file");
  }
}

void kinds_are_told_apart(void**) {
  const std::string directory = test_directory();
  const std::string file = directory + "/file";
  test_write_file(file.c_str(), "12345", 5);
  assert_int_equal(symlink(file.c_str(), (directory + "/link").c_str()), 0);
  assert_int_equal(mkfifo((directory + "/pipe").c_str(), 0600), 0);
  auto info = fs().stat(file);
  EXPECT_OK(info);
  assert_true(info->kind == FileKind::file);
  assert_int_equal(info->size, 5);
  struct ::stat direct;
  assert_int_equal(::stat(file.c_str(), &direct), 0);
  assert_true(info->device == direct.st_dev && info->inode == direct.st_ino);
  assert_true(info->modified_ns == direct.st_mtim.tv_sec * 1000000000ll + direct.st_mtim.tv_nsec);
  assert_true(fs().stat(directory)->kind == FileKind::directory);
  assert_true(fs().stat(directory + "/link")->kind == FileKind::link);
  assert_true(fs().stat(directory + "/pipe")->kind == FileKind::other);
  assert_true(fs().stat(directory + "/none")->kind == FileKind::absent);
  assert_true(fs().stat(file + "/below")->kind == FileKind::absent);
  EXPECT_FAILED(fs().stat(std::string(5000, 'x')), SLIP_IO, "cannot look at");
}

void names_are_listed_in_order(void**) {
  const std::string directory = test_directory();
  for (const char* name : {"b", ".hidden", "a", "c c", "B"})
    test_write_file((directory + "/" + name).c_str(), "", 0);
  const auto names = fs().list(directory);
  EXPECT_OK(names);
  const std::vector<std::string> expected = {".hidden", "B", "a", "b", "c c"};
  assert_true(names.value() == expected);
  EXPECT_FAILED(fs().list(directory + "/none"), SLIP_NOT_FOUND, "cannot list");
  EXPECT_FAILED(fs().list(directory + "/a"), SLIP_IO, "Not a directory");
}

void names_are_moved_linked_and_removed(void**) {
  const std::string directory = test_directory();
  const std::string a = directory + "/a";
  const std::string b = directory + "/b";
  test_write_file(a.c_str(), "A", 1);
  EXPECT_OK(fs().link(a, b));
  EXPECT_FAILED(fs().link(a, b), SLIP_EXISTS, "cannot link \"" + a + "\" to \"" + b + "\": ");
  EXPECT_FAILED(fs().link(directory + "/none", directory + "/c"), SLIP_NOT_FOUND, "cannot link");
  test_write_file(a.c_str(), "new", 3);
  EXPECT_OK(fs().remove(b));
  EXPECT_OK(fs().rename(a, b));
  EXPECT_TEXT(contents(b), "new");
  EXPECT_FAILED(fs().rename(a, b), SLIP_NOT_FOUND,
                "cannot rename \"" + a + "\" to \"" + b + "\": ");
  EXPECT_FAILED(fs().remove(a), SLIP_NOT_FOUND, "cannot remove \"" + a + "\": ");
  EXPECT_OK(fs().make_directory(a));
  EXPECT_FAILED(fs().make_directory(a), SLIP_EXISTS, "cannot make directory \"" + a + "\": ");
  test_write_file((a + "/x").c_str(), "", 0);
  EXPECT_FAILED(fs().remove(a), SLIP_NOT_EMPTY, "cannot remove \"" + a + "\": Directory not empty");
  EXPECT_OK(fs().remove(a + "/x"));
  EXPECT_OK(fs().remove(a));
  EXPECT_OK(fs().sync_directory(directory));
  EXPECT_FAILED(fs().sync_directory(a), SLIP_NOT_FOUND, "cannot open directory \"" + a + "\": ");
  assert_true(fs().free_bytes(directory).value() > 0);
  EXPECT_FAILED(fs().free_bytes(a), SLIP_NOT_FOUND, "cannot measure the free space at");
}

void a_full_disk_is_no_space(void**) {
  const std::string path = path_in("file");
  const int result = test::in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {1000, 1000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
    auto file = fs().open(path, OpenMode::create);
    const slip::Status status = (*file)->append(std::string(1500, 'x'));
    return test::is_failure(status, SLIP_NO_SPACE, "cannot write \"" + path + "\": ") &&
           status.retriable() &&
           test::is_failure((*file)->truncate(2000), SLIP_NO_SPACE, "truncate") &&
           (*file)->truncate(10).ok() && (*file)->append("y").ok();
  });
  assert_int_equal(result, 0);
  EXPECT_TEXT(contents(path), std::string(10, 'x') + "y");
}

void another_user_is_refused(void**) {
  const std::string directory = test_directory();
  const std::string path = directory + "/file";
  test_write_file(path.c_str(), "x", 1);
  chmod(path.c_str(), 0600);
  chmod(directory.c_str(), 0755);
  const int result = test::in_child([&] {
    if (geteuid() == 0) {
      if (setgid(65534) != 0 || setuid(65534) != 0) return false;
    } else {
      chmod(path.c_str(), 0);
      chmod(directory.c_str(), 0500);
    }
    return test::is_failure(fs().open(path, OpenMode::read).status(), SLIP_PERMISSION_DENIED,
                            "cannot open \"" + path + "\": Permission denied") &&
           test::is_failure(fs().open(directory + "/new", OpenMode::create).status(),
                            SLIP_PERMISSION_DENIED, "cannot create") &&
           test::is_failure(fs().make_directory(directory + "/new"), SLIP_PERMISSION_DENIED,
                            "cannot make directory");
  });
  chmod(directory.c_str(), 0700);
  assert_int_equal(result, 0);
}

std::set<int> open_descriptors() {
  std::set<int> all;
  for (int fd = 0; fd < 1000; ++fd)
    if (fcntl(fd, F_GETFD) >= 0) all.insert(fd);
  return all;
}

void descriptors_are_closed_on_exec_and_in_the_end(void**) {
  const std::string directory = test_directory();
  const int before = test_descriptor_count();
  const std::set<int> not_ours = open_descriptors();
  {
    auto first = fs().open(directory + "/a", OpenMode::create);
    auto second = fs().open(directory + "/b", OpenMode::append);
    auto third = fs().open(directory + "/b", OpenMode::read);
    auto lock = fs().lock(directory + "/lock", false);
    EXPECT_OK(lock);
    int found = 0;
    for (const int fd : open_descriptors()) {
      if (not_ours.count(fd) != 0) continue;
      assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
      ++found;
    }
    assert_int_equal(found, 4);
  }
  EXPECT_OK(fs().list(directory));
  EXPECT_OK(fs().sync_directory(directory));
  EXPECT_FAILED(fs().open(directory, OpenMode::read), SLIP_NOT_OURS, "regular");
  EXPECT_OK(fs().lock(directory + "/lock", false));
  assert_int_equal(test_descriptor_count(), before);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(files_are_written_and_read),
      cmocka_unit_test(appending_goes_to_the_end),
      cmocka_unit_test(a_mapping_shows_what_is_appended_and_outlives_the_file),
      cmocka_unit_test(what_is_there_is_written_over),
      cmocka_unit_test(creating_needs_a_free_name),
      cmocka_unit_test(modes_do_not_depend_on_the_umask),
      cmocka_unit_test(an_existing_file_keeps_its_mode),
      cmocka_unit_test(links_are_not_followed),
      cmocka_unit_test(only_regular_files_are_opened),
      cmocka_unit_test(kinds_are_told_apart),
      cmocka_unit_test(names_are_listed_in_order),
      cmocka_unit_test(names_are_moved_linked_and_removed),
      cmocka_unit_test(a_full_disk_is_no_space),
      cmocka_unit_test(another_user_is_refused),
      cmocka_unit_test(descriptors_are_closed_on_exec_and_in_the_end),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
