#include "support/support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

namespace {

struct Kept {
  pid_t owner = getpid();
  std::vector<std::string> directories;
  std::vector<std::unique_ptr<std::string>> strings;
  std::vector<void*> blocks;
  ~Kept() {
    for (void* block : blocks) free(block);
    if (getpid() != owner) return;
    for (const std::string& directory : directories) test_remove_tree(directory.c_str());
  }
};
Kept& kept() {
  static Kept instance;
  return instance;
}

[[noreturn]] void die(const char* what, const char* path) {
  fprintf(stderr, "test support: %s \"%s\": %s\n", what, path, strerror(errno));
  abort();
}

int remove_one(const char* path, const struct stat*, int, struct FTW*) { return remove(path); }

int count_entries(const char* path) {
  DIR* directory = opendir(path);
  if (directory == nullptr) die("cannot list", path);
  int count = 0;
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count - 2;
}

}  // namespace

extern "C" {

const char* test_directory(void) {
  const char* root = getenv("TMPDIR");
  std::string pattern = std::string(root != nullptr ? root : "/tmp") + "/slip-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) die("cannot make a directory like", pattern.c_str());
  kept().directories.push_back(pattern);
  kept().strings.push_back(std::make_unique<std::string>(pattern));
  return kept().strings.back()->c_str();
}

const char* test_path(const char* directory, const char* name) {
  kept().strings.push_back(std::make_unique<std::string>(std::string(directory) + "/" + name));
  return kept().strings.back()->c_str();
}

void test_remove_tree(const char* path) {
  nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void test_flip_bit(const char* path, long offset, int bit) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) die("cannot open", path);
  const off_t at = lseek(fd, offset, offset < 0 ? SEEK_END : SEEK_SET);
  unsigned char byte = 0;
  if (at < 0 || pread(fd, &byte, 1, at) != 1) die("cannot read", path);
  byte = static_cast<unsigned char>(byte ^ (1u << bit));
  if (pwrite(fd, &byte, 1, at) != 1) die("cannot write", path);
  close(fd);
}

void test_write_file(const char* path, const void* data, size_t size) {
  FILE* file = fopen(path, "wbe");
  if (file == nullptr || fwrite(data, 1, size, file) != size || fclose(file) != 0)
    die("cannot write", path);
}

char* test_read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rbe");
  if (file == nullptr) die("cannot open", path);
  fseek(file, 0, SEEK_END);
  const long length = ftell(file);
  rewind(file);
  char* data = static_cast<char*>(malloc(static_cast<size_t>(length) + 1));
  if (fread(data, 1, static_cast<size_t>(length), file) != static_cast<size_t>(length))
    die("cannot read", path);
  fclose(file);
  data[length] = '\0';
  if (size != nullptr) *size = static_cast<size_t>(length);
  kept().blocks.push_back(data);
  return data;
}

int64_t test_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

void test_await(int (*condition)(void* user), void* user, int64_t timeout_ms, const char* what) {
  const int64_t deadline = test_now_ms() + timeout_ms;
  while (condition(user) == 0) {
    if (test_now_ms() > deadline) {
      fprintf(stderr, "test support: waited %lld ms in vain for: %s\n",
              static_cast<long long>(timeout_ms), what);
      abort();
    }
    usleep(1000);
  }
}

uint64_t test_random(void) {
  static uint64_t state = [] {
    const char* given = getenv("SLIP_TEST_SEED");
    const uint64_t seed = given != nullptr ? strtoull(given, nullptr, 0) : 20261121u;
    fprintf(stderr, "test support: seed %llu (SLIP_TEST_SEED)\n",
            static_cast<unsigned long long>(seed));
    return seed;
  }();
  uint64_t z = (state += 0x9e3779b97f4a7c15u);  // splitmix64
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

int test_long_lane(void) {
  const char* lane = getenv("SLIP_TEST_LANE");
  return lane != nullptr && strcmp(lane, "long") == 0;
}

int test_thread_count(void) { return count_entries("/proc/self/task"); }
int test_descriptor_count(void) { return count_entries("/proc/self/fd") - 1; }

}  // extern "C"
