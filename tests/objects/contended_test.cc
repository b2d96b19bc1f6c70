// The local store between processes: swaps under contention, and writers that are killed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "objects/object_store.h"
#include "support/support.h"
extern "C" {
#include <cmocka.h>
}

namespace {

using slip::Object;
using slip::ObjectStore;
using slip::Options;
using slip::Result;

constexpr int kWriters = 6;
constexpr int kSwaps = 50;

std::shared_ptr<ObjectStore> open_store(const std::string& root) {
  auto store = slip::open_object_store("local:" + root, Options(SLIP_OPTIONS_OBJECT_STORE));
  if (!store.ok()) {
    fprintf(stderr, "%s\n", store.status().message().c_str());
    abort();
  }
  return store.take();
}

pid_t start(int (*body)(const std::string& root, int number), const std::string& root, int number) {
  const pid_t child = fork();
  if (child == 0) _exit(body(root, number));
  assert_true(child > 0);
  return child;
}
int end_of(pid_t child) {
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

// Adds one to a number, `kSwaps` times; every lost race is tried again. Exit code 0.
int count_up(const std::string& root, int) {
  const auto store = open_store(root);
  for (int done = 0; done < kSwaps;) {
    const Result<Object> now = store->get("counter", 100);
    const bool absent = now.status().is(SLIP_NOT_FOUND);
    if (!now.ok() && !absent) return 1;
    const uint64_t value = absent ? 0 : strtoull(now.value().data.c_str(), nullptr, 10);
    std::optional<std::string> expected;
    if (!absent) expected = now.value().tag;
    const auto put = store->put_if("counter", std::to_string(value + 1), expected);
    if (put.ok())
      ++done;
    else if (!put.status().is(SLIP_CONFLICT))
      return 2;
  }
  return 0;
}

uint64_t counted_by_all(const std::string& root) {
  std::vector<pid_t> writers;
  for (int i = 0; i < kWriters; ++i) writers.push_back(start(count_up, root, i));
  for (const pid_t writer : writers) assert_int_equal(end_of(writer), 0);
  const auto object = open_store(root)->get("counter", 100);
  assert_true(object.ok());
  return strtoull(object.value().data.c_str(), nullptr, 10);
}

void no_swap_is_lost_between_processes(void**) {
  assert_int_equal(counted_by_all(test_directory()), kWriters * kSwaps);
}

void no_swap_is_lost_between_threads(void**) {
  const std::string root = test_directory();
  std::vector<std::thread> threads;
  int failed[kWriters] = {};
  for (int i = 0; i < kWriters; ++i)
    threads.emplace_back([&root, &failed, i] { failed[i] = count_up(root, i); });
  for (std::thread& thread : threads) thread.join();
  for (const int code : failed) assert_int_equal(code, 0);
  const auto object = open_store(root)->get("counter", 100);
  assert_true(object.ok());
  assert_string_equal(object.value().data.c_str(), std::to_string(kWriters * kSwaps).c_str());
}

// The same without the condition loses swaps, so the test above can see it.
#ifdef SLIP_TEST_GUARDS
void without_the_condition_swaps_are_lost(void**) {
  setenv("SLIP_GUARDS_OFF", "cas_condition", 1);
  const std::string root = test_directory();
  const pid_t child = fork();
  if (child == 0) {
    char* const arguments[] = {const_cast<char*>("/proc/self/exe"), const_cast<char*>(root.c_str()),
                               nullptr};
    execv("/proc/self/exe", arguments);
    _exit(127);
  }
  unsetenv("SLIP_GUARDS_OFF");
  assert_int_equal(end_of(child), 0);
  const auto object = open_store(root)->get("counter", 100);
  assert_true(object.ok());
  assert_true(strtoull(object.value().data.c_str(), nullptr, 10) < kWriters * kSwaps);
}
#endif

std::string filled(int number) {
  return std::string(static_cast<size_t>(200000 + number), static_cast<char>('a' + number % 26));
}
int write_for_ever(const std::string& root, int number) {
  const auto store = open_store(root);
  for (;; ++number)
    if (!store->put("dir/object", filled(number % 26)).ok()) return 1;
}

// Whenever a writer is killed, the object is one whole writing, and the next writer gets on at
// once.
void a_killed_writer_leaves_a_whole_object(void**) {
  const std::string root = test_directory();
  const auto store = open_store(root);
  assert_true(store->put("dir/object", filled(0)).ok());
  const int rounds = test_long_lane() ? 500 : 40;
  int interrupted = 0;  // in the middle of writing
  for (int round = 0; round < rounds; ++round) {
    const pid_t writer = start(write_for_ever, root, round);
    usleep(static_cast<useconds_t>(test_random() % 15000));
    kill(writer, SIGKILL);
    assert_true(WIFSIGNALED(end_of(writer)));
    interrupted += access((root + "/.slip-staged").c_str(), F_OK) == 0;
    const auto object = store->get("dir/object", slip::kObjectBytesMax);
    if (!object.ok()) fail_msg("%s", object.status().message().c_str());
    assert_true(object.value().data ==
                filled(static_cast<int>(object.value().data.size()) - 200000));
    assert_true(store->put("other", "x").ok());
    const auto list = store->list("", "", 10);
    assert_true(list.ok());
    assert_int_equal(list.value().size(), 2);
  }
  assert_true(interrupted > 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {  // the writers alone, in a process that begins with a guard off
    counted_by_all(argv[1]);
    return 0;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_swap_is_lost_between_processes),
      cmocka_unit_test(no_swap_is_lost_between_threads),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(without_the_condition_swaps_are_lost),
#endif
      cmocka_unit_test(a_killed_writer_leaves_a_whole_object),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
