// Locks: between processes and within one, with the holder's name.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "child.h"
#include "fs/file_system.h"
#include "support/expect.h"

using slip::FileLock;
using slip::FileSystem;

namespace {

FileSystem& fs() { return slip::posix_file_system(); }

std::string lock_path() { return test_path(test_directory(), "LOCK"); }

void one_process_has_it_once(void**) {
  const std::string path = lock_path();
  {
    auto lock = fs().lock(path, false);
    EXPECT_OK(lock);
    EXPECT_FAILED(fs().lock(path, false), SLIP_BUSY,
                  "cannot lock \"" + path + "\": held by this process already");
    assert_true(fs().lock(path, false).status().retriable());
    EXPECT_OK(fs().lock(lock_path(), false));  // another file is another lock
  }
  EXPECT_OK(fs().lock(path, false));
}

// A child that holds the lock until it is told to die; its process id.
pid_t holder(const std::string& path, int* hold) {
  int ready[2];
  int held[2];
  if (pipe(ready) != 0 || pipe(held) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    close(held[1]);
    auto lock = fs().lock(path, false);
    char byte = lock.ok() ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    while (read(held[0], &byte, 1) > 0) continue;
    _exit(0);
  }
  char byte = 'n';
  const bool is_ready = read(ready[0], &byte, 1) == 1 && byte == 'y';
  close(ready[0]);
  close(ready[1]);
  close(held[0]);
  *hold = held[1];
  return is_ready ? child : -1;
}

void another_process_is_named(void**) {
  const std::string path = lock_path();
  int hold = -1;
  const pid_t child = holder(path, &hold);
  assert_true(child > 0);
  EXPECT_FAILED(fs().lock(path, false), SLIP_BUSY,
                "cannot lock \"" + path + "\": held by process " + std::to_string(child));
  close(hold);
  waitpid(child, nullptr, 0);
  EXPECT_OK(fs().lock(path, false));
}

void a_killed_holder_leaves_nothing(void**) {
  const std::string path = lock_path();
  int hold = -1;
  const pid_t child = holder(path, &hold);
  assert_true(child > 0);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(hold);
  auto lock = fs().lock(path, false);
  EXPECT_OK(lock);
  // The id that the dead one left behind is ours now.
  const int result = test::in_child([&] {
    return test::is_failure(fs().lock(path, false).status(), SLIP_BUSY,
                            "held by process " + std::to_string(getppid()));
  });
  assert_int_equal(result, 0);
}

void a_released_lock_names_nobody(void**) {
  const std::string path = lock_path();
  EXPECT_OK(fs().lock(path, false));
  size_t size = 1;
  test_read_file(path.c_str(), &size);
  assert_int_equal(size, 0);
}

// The child of a holder is none: what it destroys must not free the parent's lock.
void a_forked_child_does_not_unlock(void**) {
  const std::string path = lock_path();
  auto lock = fs().lock(path, false);
  EXPECT_OK(lock);
  const int result = test::in_child([&] {
    std::unique_ptr<FileLock> inherited = lock.take();
    inherited.reset();
    return true;
  });
  assert_int_equal(result, 0);
  EXPECT_FAILED(fs().lock(path, false), SLIP_BUSY, "held by this process already");
}

// And a child that lives on does not keep what the parent has released.
void a_child_does_not_keep_the_lock(void**) {
  const std::string path = lock_path();
  int hold[2];
  assert_int_equal(pipe(hold), 0);
  auto lock = fs().lock(path, false);
  EXPECT_OK(lock);
  const pid_t child = fork();
  if (child == 0) {
    char byte = 0;
    close(hold[1]);
    while (read(hold[0], &byte, 1) > 0) continue;
    _exit(0);
  }
  lock.take().reset();
  EXPECT_OK(fs().lock(path, false));
  close(hold[0]);
  close(hold[1]);
  waitpid(child, nullptr, 0);
}

void waiting_ends_when_the_holder_lets_go(void**) {
  const std::string path = lock_path();
  auto lock = fs().lock(path, false);
  EXPECT_OK(lock);
  std::atomic<bool> got{false};
  std::atomic<bool> fine{false};
  std::thread waiter([&] {
    auto second = fs().lock(path, true);
    got = true;
    fine = second.ok();
  });
  for (int i = 0; i < 100; ++i) std::this_thread::yield();
  const bool too_early = got;
  lock.take().reset();
  waiter.join();
  assert_false(too_early);
  assert_true(fine);
}

// Two threads and a counter that only the lock protects.
void waiting_lockers_take_turns(void**) {
  const std::string path = lock_path();
  int counter = 0;
  std::atomic<int> failed{0};
  const auto count = [&] {
    for (int i = 0; i < 200; ++i) {
      auto lock = fs().lock(path, true);
      if (!lock.ok()) ++failed;
      const int seen = *static_cast<volatile int*>(&counter);
      std::this_thread::yield();
      *static_cast<volatile int*>(&counter) = seen + 1;
    }
  };
#ifdef __SANITIZE_THREAD__
  count();  // the sanitizer does not know that file locks order threads
  count();
#else
  std::thread first(count);
  std::thread second(count);
  first.join();
  second.join();
#endif
  assert_int_equal(failed, 0);
  assert_int_equal(counter, 400);
}

void a_removed_lock_file_is_made_anew(void**) {
  const std::string path = lock_path();
  auto first = fs().lock(path, false);
  EXPECT_OK(first);
  EXPECT_OK(fs().remove(path));
  auto second = fs().lock(path, false);  // nobody can tell; but the two are never one
  EXPECT_OK(second);
  first.take().reset();
  EXPECT_FAILED(fs().lock(path, false), SLIP_BUSY, "held by this process already");
}

int waiter_has_opened(void* descriptors) {
  return test_descriptor_count() > *static_cast<int*>(descriptors) ? 1 : 0;
}

// Who waited for a file that is gone in the end must not hold what nobody can see.
void a_waiter_holds_the_file_of_that_name(void**) {
  const std::string path = lock_path();
  auto first = fs().lock(path, false);
  EXPECT_OK(first);
  int descriptors = test_descriptor_count();
  std::unique_ptr<FileLock> second;
  std::thread waiter([&] {
    auto lock = fs().lock(path, true);
    if (lock.ok()) second = lock.take();
  });
  test_await(waiter_has_opened, &descriptors, 20000, "the waiter to open the lock file");
  EXPECT_OK(fs().remove(path));
  first.take().reset();
  waiter.join();
  assert_non_null(second.get());
  EXPECT_FAILED(fs().lock(path, false), SLIP_BUSY, "held by this process already");
}

void a_lock_in_a_missing_directory_says_so(void**) {
  const std::string path = lock_path() + "/missing/LOCK";
  EXPECT_FAILED(fs().lock(path, false), SLIP_NOT_FOUND, "\"" + path + "\"");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(one_process_has_it_once),
      cmocka_unit_test(another_process_is_named),
      cmocka_unit_test(a_killed_holder_leaves_nothing),
      cmocka_unit_test(a_released_lock_names_nobody),
      cmocka_unit_test(a_forked_child_does_not_unlock),
      cmocka_unit_test(a_child_does_not_keep_the_lock),
      cmocka_unit_test(waiting_ends_when_the_holder_lets_go),
      cmocka_unit_test(waiting_lockers_take_turns),
      cmocka_unit_test(a_removed_lock_file_is_made_anew),
      cmocka_unit_test(a_waiter_holds_the_file_of_that_name),
      cmocka_unit_test(a_lock_in_a_missing_directory_says_so),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
