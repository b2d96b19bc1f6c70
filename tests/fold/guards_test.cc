// Each guard of this room switched off turns the test that is named beside it red.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "support/support.h"

extern "C" {
#include <cmocka.h>
}

namespace {

struct Guard {
  const char* name;
  const char* test;  // a program beside this one
};
const Guard kGuards[] = {
    {"fold_identity", "fold_basic"},         {"fold_scope", "fold_basic"},
    {"fold_cursor_forward", "fold_basic"},   {"fold_stale_update", "fold_basic"},
    {"fold_record_checksum", "fold_open"},   {"fold_meta_checksum", "fold_open"},
    {"fold_current_checksum", "fold_open"},  {"fold_newer_format", "fold_open"},
    {"fold_data_file", "fold_open"},         {"fold_suspect", "fold_open"},
    {"fold_one_writer", "fold_open"},        {"fold_one_per_process", "fold_open"},
    {"position_checksum", "fold_positions"}, {"position_identity", "fold_positions"},
    {"position_name", "fold_positions"},     {"position_newer_format", "fold_positions"},
    {"position_scope", "fold_positions"},    {"fold_load_order", "fold_loader"},
    {"fold_poison", "fold_faults"},
};

int run(const char* test, const char* guard) {
  char here[4096];
  const ssize_t size = readlink("/proc/self/exe", here, sizeof here - 1);
  assert_true(size > 0);
  here[size] = '\0';
  std::string program(here);
  program.replace(program.rfind('/') + 1, std::string::npos, test);
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    setenv("SLIP_GUARDS_OFF", guard, 1);
    setenv("CMOCKA_TEST_ABORT", "1", 1);  // red at the first failure: what follows may hang
    if (freopen("/dev/null", "w", stdout) == nullptr ||
        freopen("/dev/null", "w", stderr) == nullptr)
      _exit(126);
    execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  if (WIFEXITED(status) && WEXITSTATUS(status) >= 126) fail_msg("%s does not run", test);
  return status;
}

void every_guard_is_missed(void**) {
  for (const Guard& guard : kGuards) {
    if (run(guard.test, guard.name) == 0)
      fail_msg("%s stays green without guard %s", guard.test, guard.name);
    print_message("%s: caught by %s\n", guard.name, guard.test);
  }
}

void the_tests_are_green_with_every_guard(void**) {
  for (const char* test : {"fold_basic", "fold_open", "fold_loader", "fold_faults"})
    assert_int_equal(run(test, ""), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(every_guard_is_missed),
                              cmocka_unit_test(the_tests_are_green_with_every_guard)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
