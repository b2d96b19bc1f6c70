// Something that must not happen in the test's own process: a umask, a limit, another user, a
// death.
#ifndef TESTS_FS_CHILD_H
#define TESTS_FS_CHILD_H

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/status.h"

namespace test {

// Runs `body` in a forked child; 0 where it returned true, else what waitpid says. No assertions of
// CMocka inside.
template <typename Body>
int in_child(Body body) {
  fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int result = -1;
  waitpid(child, &result, 0);
  return result;
}

// For bodies: whether the status is as expected, saying so where it is not.
inline bool is_failure(const slip::Status& status, slip_status code, const std::string& part) {
  if (status.is(code) && status.message().find(part) != std::string::npos) return true;
  fprintf(stderr, "status %d: %s\n", status.code(), status.message().c_str());
  return false;
}

}  // namespace test
#endif
