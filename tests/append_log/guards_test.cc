// Each guard of the append-log fold switched off turns the test that is named beside it red.
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
    {"fold_create_lock_sync", "append_log_log"},
    {"fold_create_root_sync", "append_log_faults"},
    {"log_batch_chain", "append_log_log"},
    {"log_body_checksum", "append_log_rot"},
    {"log_commit_sync", "append_log_crash"},
    {"log_counts", "append_log_log"},
    {"log_cut_tail", "append_log_crash"},
    {"log_header_checksum", "append_log_rot"},
    {"log_list_checksum", "append_log_log"},
    {"log_open_directory_sync", "append_log_log"},
    {"log_live_sync", "append_log_compaction"},
    {"log_merged_directory_sync", "append_log_compaction"},
    {"log_merged_sync", "append_log_compaction"},
    {"log_needed", "append_log_compaction"},
    {"log_open_sync", "append_log_log"},
    {"log_poison", "append_log_faults"},
    {"log_read_twice", "append_log_log"},
    {"log_seal_sync", "append_log_crash"},
    {"log_segment_checksum", "append_log_log"},
    {"log_segment_directory_sync", "append_log_crash"},
    {"log_segment_sync", "append_log_crash"},
    {"log_synced_through", "append_log_rot"},
    {"hidden_checksum", "append_log_hidden"},
    {"hidden_newer_format", "append_log_hidden"},
    {"hidden_order", "append_log_hidden"},
    {"hidden_removal_sync", "append_log_hidden"},
    {"snap_block_checksum", "append_log_index_snap"},
    {"snap_header_checksum", "append_log_index_snap"},
    {"snap_removed", "append_log_index_snap"},
    {"snap_segments", "append_log_index_snap"},
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

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(every_guard_is_missed)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
