// The conformance suite on every kind of fold: each case is held, or the kind says why it has none.
#include <map>
#include <memory>
#include <string>

#include "conformance/kinds.h"
#include "conformance/suite.h"
#include "fold_foreign/sample_kind.h"
#include "support/support.h"

extern "C" {
#include <cmocka.h>
}

using conformance::CaseReport;
using conformance::Report;
using conformance::Result;
using conformance::Settings;

namespace {

Report examine(conformance::Kind& kind, uint64_t seed = 1) {
  Settings settings;
  settings.directory = test_directory();
  settings.seed = seed;
  const Report report = conformance::run(kind, settings);
  for (const CaseReport& one : report.cases)
    if (one.result == Result::failed)
      print_error("%s %s: expected %s, seen %s\n", report.kind.c_str(), one.name.c_str(),
                  one.expected.c_str(), one.seen.c_str());
  assert_true(report.conforms());
  assert_int_equal(report.cases.size(), conformance::case_names().size());
  return report;
}

void an_lmdb_fold_conforms(void**) {
  conformance::UrlKind kind("lmdb:", test_directory());
  assert_int_equal(examine(kind).count(Result::not_offered), 0);
}

void an_append_log_conforms(void**) {
  conformance::UrlKind kind("append-log:", test_directory());
  assert_int_equal(examine(kind, 3).count(Result::not_offered), 0);
}

void an_append_log_with_its_values_on_disk_conforms(void**) {
  conformance::UrlKind kind("append-log:", test_directory(), "disk");
  assert_int_equal(examine(kind, 4).count(Result::not_offered), 0);
}

void a_foreign_fold_conforms(void**) {
  sample::SampleKind kind;
  assert_int_equal(examine(kind, 2).count(Result::not_offered), 0);
}

// A kind that keeps nothing says so, and is excused from the one case that is about nothing else.
void a_foreign_fold_that_keeps_nothing_conforms(void**) {
  sample::SampleKind kind;
  kind.keeps = false;
  const Report report = examine(kind);
  assert_int_equal(report.count(Result::not_offered), 1);
  for (const CaseReport& one : report.cases) {
    if (one.result != Result::not_offered) continue;
    assert_string_equal(one.name.c_str(), "reopen-at-cursor");
    assert_string_equal(one.seen.c_str(), "it lives in memory");
  }
}

void a_single_case_can_be_run(void**) {
  sample::SampleKind kind;
  Settings settings;
  settings.directory = test_directory();
  settings.only = "purge";
  const Report report = conformance::run(kind, settings);
  assert_int_equal(report.cases.size(), 1);
  assert_string_equal(report.cases[0].name.c_str(), "purge");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_lmdb_fold_conforms),
      cmocka_unit_test(an_append_log_conforms),
      cmocka_unit_test(an_append_log_with_its_values_on_disk_conforms),
      cmocka_unit_test(a_foreign_fold_conforms),
      cmocka_unit_test(a_foreign_fold_that_keeps_nothing_conforms),
      cmocka_unit_test(a_single_case_can_be_run),
  };
  return cmocka_run_group_tests_name("fold conformance", tests, nullptr, nullptr);
}
