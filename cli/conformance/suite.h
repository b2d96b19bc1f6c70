// The conformance suite of folds: what every kind must do, in cases by name.
//
// It uses the public header alone, so what it proves is what a caller gets. The command runs it on
// a caller's own kind, the tests run it on ours. One thread; works in a directory that it is given.
#ifndef SLIP_CLI_CONFORMANCE_SUITE_H
#define SLIP_CLI_CONFORMANCE_SUITE_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "slipstream.h"

namespace conformance {

// The kind that is examined. A place is a number; each stands for one fold of its own.
class Kind {
 public:
  virtual ~Kind() = default;
  virtual std::string name() const = 0;
  // Opens the fold at a place: empty the first time, later with what was in it when it was closed.
  // SLIP_UNSUPPORTED the second time: the kind keeps nothing, and the sentence says so.
  virtual slip_status open(int place, slip_fold** out_fold, slip_error** error) = 0;
  // A fold from an artifact, at a place that is empty, opened.
  virtual slip_status import(const std::string& artifact, int place, slip_fold** out_fold,
                             slip_error** error) = 0;
  // What the last failing call said where it gave no error.
  virtual std::string refusal() const { return std::string(); }
};

enum class Result { held, failed, not_offered };

struct CaseReport {
  std::string name;
  Result result = Result::held;
  std::string expected;  // failed: what was asked of the kind
  std::string seen;      // failed: what it did; not offered: the reason
};

struct Report {
  std::string kind;
  std::vector<CaseReport> cases;
  size_t count(Result result) const;
  bool conforms() const { return count(Result::failed) == 0; }
};

struct Settings {
  std::string directory;  // for artifacts and folds of the suite's own; exists, and is empty
  uint64_t seed = 1;      // of the random history
  std::string only;       // the one case to run; "": all
  std::function<void(const CaseReport&)> on_case;  // after each; may be empty
};

std::vector<std::string> case_names();
Report run(Kind& kind, const Settings& settings);

}  // namespace conformance
#endif
