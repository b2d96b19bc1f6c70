#include "conformance/suite.h"

#include <algorithm>

#include "conformance/cases.h"

namespace conformance {
namespace {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& some : {contents_cases(), range_cases(), commit_cases(), snapshot_cases(),
                           artifact_cases(), watch_cases(), history_cases()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

// Whether a kind keeps what it holds is its own word, asked for once.
Verdict ask_whether_it_keeps(Bench* bench) {
  Fold fold;
  const int place = bench->new_place();
  HOLD(bench->open(place, &fold));
  Answer answer;
  HOLD(answer.is(SLIP_OK, slip_fold_close(fold.get(), answer.error()), "closing a new fold"));
  fold.reset();
  const slip_status again = bench->kind().open(place, fold.out(), answer.error());
  if (again != SLIP_UNSUPPORTED) return answer.is(SLIP_OK, again, "opening the fold again");
  const std::string reason = bench->kind().refusal();
  bench->keeps_nothing = reason.empty() ? answer.sentence() : reason;
  return hold(!bench->keeps_nothing.empty(), "a sentence why nothing is kept", "none");
}

}  // namespace

size_t Report::count(Result result) const {
  return static_cast<size_t>(
      std::count_if(cases.begin(), cases.end(),
                    [result](const CaseReport& report) { return report.result == result; }));
}

std::vector<std::string> case_names() {
  std::vector<std::string> names{"open"};
  for (const Case& one : all_cases()) names.emplace_back(one.name);
  return names;
}

Report run(Kind& kind, const Settings& settings) {
  Report report;
  report.kind = kind.name();
  const auto add = [&](const char* name, Verdict verdict) {
    report.cases.push_back(
        {name, verdict.result, std::move(verdict.expected), std::move(verdict.seen)});
    if (settings.on_case) settings.on_case(report.cases.back());
  };
  Bench bench(kind, settings);
  Verdict opens = ask_whether_it_keeps(&bench);
  const bool usable = opens.held();
  if (settings.only.empty() || settings.only == "open" || !usable) add("open", std::move(opens));
  if (!usable) return report;
  for (const Case& one : all_cases())
    if (settings.only.empty() || settings.only == one.name) add(one.name, one.run(bench));
  return report;
}

}  // namespace conformance
