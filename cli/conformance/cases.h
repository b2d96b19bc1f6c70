// The cases, by subject. Each works on places of its own and says at the first difference what was
// expected and what was seen.
#ifndef SLIP_CLI_CONFORMANCE_CASES_H
#define SLIP_CLI_CONFORMANCE_CASES_H

#include <vector>

#include "conformance/bench.h"

namespace conformance {

struct Case {
  const char* name;
  Verdict (*run)(Bench& bench);
};

std::vector<Case> contents_cases();
std::vector<Case> range_cases();
std::vector<Case> commit_cases();
std::vector<Case> snapshot_cases();
std::vector<Case> artifact_cases();
std::vector<Case> watch_cases();
std::vector<Case> history_cases();

}  // namespace conformance
#endif
