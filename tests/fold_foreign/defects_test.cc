// The conformance suite finds what is wrong: each defect of a store fails the case that is about
// it.
#include <cstring>
#include <set>
#include <string>

#include "fold_foreign/sample_kind.h"
#include "support/support.h"

extern "C" {
#include <cmocka.h>
}

using conformance::CaseReport;
using conformance::Result;
using sample::Defect;

namespace {

// A defect, and one case that must not overlook it.
struct Row {
  Defect defect;
  const char* found_by;
};

constexpr Row kRows[] = {
    {Defect::descends_ascending, "range-reverse"},
    {Defect::starts_behind, "range-from"},
    {Defect::signed_order, "range-order"},
    {Defect::page_repeats, "range-streaming"},
    {Defect::page_drops, "range-streaming"},
    {Defect::get_takes_prefix, "get"},
    {Defect::reads_newest, "snapshots-isolated"},
    {Defect::scan_reads_newest, "many-snapshots"},
    {Defect::drops_tombstones, "tombstones"},
    {Defect::drops_empty_values, "empty-values"},
    {Defect::cuts_at_nul, "round-trip"},
    {Defect::forgets_ttl, "round-trip"},
    {Defect::forgets_flags, "round-trip"},
    {Defect::forgets_purge, "purge"},
    {Defect::keeps_removed, "synthetic-deletes"},
    {Defect::keeps_first, "stale-updates"},
    {Defect::meta_without_rows, "round-trip"},
    {Defect::rows_without_meta, "cursor-only-commit"},
    {Defect::cursor_only_is_nothing, "cursor-only-commit"},
    {Defect::forgets_last_commit, "reopen-at-cursor"},
    {Defect::loses_value_bits, "same-history"},
};

void examine(const Row& row, const std::string& directory) {
  sample::SampleKind kind(row.defect);
  conformance::Settings settings;
  settings.directory = directory;
  settings.only = row.found_by;
  const conformance::Report report = conformance::run(kind, settings);
  for (const CaseReport& one : report.cases) {
    // What opening finds already is found.
    if (one.result != Result::failed) continue;
    if (one.expected.empty() || one.seen.empty())
      fail_msg("%s: %s says nothing", name_of(row.defect), one.name.c_str());
    return;
  }
  fail_msg("%s is not found by %s", name_of(row.defect), row.found_by);
}

void each_defect_is_found_by_the_case_about_it(void**) {
  std::set<Defect> seen;
  for (const Row& row : kRows) {
    seen.insert(row.defect);
    examine(row, test_directory());
  }
  assert_int_equal(seen.size(), sample::kDefects - 1);
}

// What a case says is enough to find the defect by.
void a_failure_says_what_was_expected_and_what_was_seen(void**) {
  sample::SampleKind kind(Defect::forgets_purge);
  conformance::Settings settings;
  settings.directory = test_directory();
  settings.only = "purge";
  const conformance::Report report = conformance::run(kind, settings);
  assert_int_equal(report.cases.size(), 1);
  const CaseReport& one = report.cases[0];
  assert_non_null(strstr(one.expected.c_str(), "\"a\" purged at revision 4"));
  assert_non_null(strstr(one.seen.c_str(), "\"a\" deleted at revision 4"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_defect_is_found_by_the_case_about_it),
      cmocka_unit_test(a_failure_says_what_was_expected_and_what_was_seen),
  };
  return cmocka_run_group_tests_name("fold defects", tests, nullptr, nullptr);
}
