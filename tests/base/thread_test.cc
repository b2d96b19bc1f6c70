// Threads of ours: their name, their signals, their failure to start; forks; guards.
#include "base/thread.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <vector>

#include "base/guard.h"
#include "support/expect.h"

namespace {

void threads_are_named_and_block_signals(void**) {
  std::string name;
  int open_signals = 0;
  std::thread thread;
  EXPECT_OK(slip::start_thread(
      "watch",
      [&] {
        char text[32] = {};
        pthread_getname_np(pthread_self(), text, sizeof text);
        name = text;
        sigset_t blocked;
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        for (const int signal :
             {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGALRM, SIGCHLD, SIGPROF})
          open_signals += sigismember(&blocked, signal) == 1 ? 0 : 1;
      },
      &thread));
  thread.join();
  EXPECT_TEXT(name, "slip-watch");
  assert_int_equal(open_signals, 0);
}

void the_callers_mask_stays_as_it_was(void**) {
  sigset_t before;
  sigemptyset(&before);
  sigaddset(&before, SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::thread thread;
  EXPECT_OK(slip::start_thread(
      "ten-bytes-", [] {}, &thread));
  thread.join();
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (int signal = 1; signal < 32; ++signal)
    assert_int_equal(sigismember(&after, signal), signal == SIGUSR2);
  sigemptyset(&before);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// In a child of its own, whose address space has no room for another stack.
void a_thread_that_cannot_start_is_a_status(void**) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // A sanitizer needs the address space that this test takes away.
#else
  const pid_t child = fork();
  if (child == 0) {
    struct rlimit limit = {1u << 20, 1u << 20};
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
    std::thread thread;
    const slip::Status status = slip::start_thread(
        "x", [] {}, &thread);
    const bool right = status.is(SLIP_OUT_OF_MEMORY) && status.retriable() && !thread.joinable() &&
                       status.message().find("cannot start thread slip-x: ") == 0;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    _exit(right && sigismember(&mask, SIGTERM) == 0 ? 0 : 1);
  }
  int result = -1;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
#endif
}

void a_fork_is_noticed_in_the_child_only(void**) {
  const unsigned generation = slip::fork_generation();
  const pid_t child = fork();
  if (child == 0) {
    const unsigned ours = slip::fork_generation();
    const pid_t grandchild = fork();
    if (grandchild == 0) _exit(slip::fork_generation() != ours ? 0 : 1);
    int result = -1;
    waitpid(grandchild, &result, 0);
    _exit(ours != generation && slip::fork_generation() == ours && result == 0 ? 0 : 1);
  }
  int result = -1;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
  assert_int_equal(slip::fork_generation(), generation);
}

#ifdef SLIP_TEST_GUARDS
void guards_can_be_switched(void**) {
  assert_true(slip::guard_on("some_guard"));
  slip::guard_switch("some_guard", false);
  assert_false(slip::guard_on("some_guard"));
  assert_true(slip::guard_on("another_guard"));
  slip::guard_switch("some_guard", true);
  assert_true(slip::guard_on("some_guard"));
}

void guards_are_switched_by_the_environment(void** state) {
  const auto* program = static_cast<const char*>(*state);
  const pid_t child = fork();
  if (child == 0) {
    setenv("SLIP_GUARDS_OFF", "first,third", 1);
    execl(program, program, "--guards", static_cast<char*>(nullptr));
    _exit(9);
  }
  int result = -1;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
}
#endif

}  // namespace

int main(int count, char** arguments) {
#ifdef SLIP_TEST_GUARDS
  if (count > 1) {
    slip::guard_switch("first", true);  // stays as the environment says
    return !slip::guard_on("first") && slip::guard_on("second") && !slip::guard_on("third") &&
                   slip::guard_on("firs")
               ? 0
               : 1;
  }
#else
  (void)count, (void)arguments;
#endif
  const CMUnitTest tests[] = {
      // The first one: later there are stacks of ended threads that a new one would get.
      cmocka_unit_test(a_thread_that_cannot_start_is_a_status),
      cmocka_unit_test(threads_are_named_and_block_signals),
      cmocka_unit_test(the_callers_mask_stays_as_it_was),
      cmocka_unit_test(a_fork_is_noticed_in_the_child_only),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(guards_can_be_switched),
      cmocka_unit_test_prestate(guards_are_switched_by_the_environment, arguments[0]),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
