// How a command ended: a status of the library, its sentence, and the exit code that goes with it.
// The table of exit codes is part of the command's contract (man page, --help).
#ifndef SLIP_CLI_OUTCOME_H
#define SLIP_CLI_OUTCOME_H

#include <string>
#include <utility>

#include "handles.h"
#include "slipstream.h"

namespace cli {

enum Exit : int {
  kExitOk = 0,
  kExitFailure = 1,
  kExitUsage = 2,
  kExitNotFound = 3,
  kExitConflict = 4,
  kExitServer = 5,
  kExitData = 6,
  kExitResume = 7,
  kExitMachine = 8,
  kExitDifferent = 9,
  kExitInterrupted = 130,
  kExitTerminated = 143
};

int exit_code(slip_status status);
// The table as `slipstream --help` shows it.
const char* exit_code_help();

struct [[nodiscard]] Outcome {
  slip_status status = SLIP_OK;
  int exit = kExitOk;
  bool retriable = false;
  std::string message;  // empty: nothing is to be said, the exit code stands for itself

  bool ok() const { return exit == kExitOk; }
  static Outcome success() { return {}; }
  static Outcome fail(slip_status status, std::string message) {
    return {status, exit_code(status), false, std::move(message)};
  }
  static Outcome usage(std::string message) {
    return {SLIP_INVALID, kExitUsage, false, std::move(message)};
  }
  // Nothing went wrong, and the exit code tells something all the same.
  static Outcome silent(int exit) { return {SLIP_OK, exit, false, {}}; }
};

// One call of the library: `Call call; return call(slip_fold_sync(fold, call.error()));`
class Call {
 public:
  slip_error** error() { return error_.out(); }
  Outcome operator()(slip_status status) const;

 private:
  Error error_;
};

#define CLI_TRY(expression) CLI_TRY_NAMED(cli_try_, __COUNTER__, expression)
#define CLI_TRY_NAMED(name, number, expression) CLI_TRY_AS(name, number, expression)
#define CLI_TRY_AS(name, number, expression)     \
  do {                                           \
    ::cli::Outcome name##number = (expression);  \
    if (!name##number.ok()) return name##number; \
  } while (0)

}  // namespace cli
#endif
