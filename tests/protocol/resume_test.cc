// The resume verdict against the definition, over every combination of small and extreme facts.
#include "protocol/resume.h"

#include <map>

#include "base/cursor.h"
#include "base/guard.h"
#include "support/expect.h"

using slip::judge_resume;
using slip::ResumeFacts;
using slip::ResumeVerdict;

namespace {

constexpr uint64_t kEpochs[] = {0, 1, 2, UINT64_MAX};
constexpr uint64_t kLocal[] = {0, 1, 2, 3, 5, UINT64_MAX - 2, slip::kRevisionMax};
constexpr uint64_t kServer[] = {0, 1, 2, 3, 4, 5, 6, UINT64_MAX - 1, UINT64_MAX};

// In words, and with arithmetic that cannot overflow: the oracle of this test.
ResumeVerdict expected_verdict(const ResumeFacts& facts) {
  if (facts.local_epoch == 0) return ResumeVerdict::start;
  if (facts.local_epoch != facts.server_epoch) return ResumeVerdict::recreated;
  if (facts.fingerprint_differs) return ResumeVerdict::rewound;
  if (facts.server_last < facts.local_revision) return ResumeVerdict::rewound;
  const auto next = static_cast<__uint128_t>(facts.local_revision) + 1;
  const bool something_applied = facts.local_revision != 0;
  if (something_applied && facts.evicts_current_values && facts.server_first > next)
    return ResumeVerdict::expired;
  return ResumeVerdict::resume;
}

template <typename Visit>
void for_all_facts(Visit visit) {
  for (const uint64_t local_epoch : kEpochs)
    for (const uint64_t server_epoch : kEpochs)
      for (const uint64_t local : kLocal)
        for (const uint64_t first : kServer)
          for (const uint64_t last : kServer)
            for (const int flags : {0, 1, 2, 3}) {
              ResumeFacts facts;
              facts.local_epoch = local_epoch;
              facts.server_epoch = server_epoch;
              facts.local_revision = local;
              facts.server_first = first;
              facts.server_last = last;
              facts.evicts_current_values = (flags & 1) != 0;
              facts.fingerprint_differs = (flags & 2) != 0;
              visit(facts);
            }
}

size_t mismatches() {
  size_t count = 0;
  for_all_facts([&count](const ResumeFacts& facts) {
    if (judge_resume(facts) != expected_verdict(facts)) ++count;
  });
  return count;
}

void every_combination(void**) {
  std::map<ResumeVerdict, int> seen;
  for_all_facts([&seen](const ResumeFacts& facts) { ++seen[judge_resume(facts)]; });
  assert_int_equal(seen.size(), 5);
  assert_int_equal(mismatches(), 0);
}

ResumeFacts facts_at(uint64_t local, uint64_t first, uint64_t last) {
  ResumeFacts facts;
  facts.local_epoch = facts.server_epoch = 7;
  facts.local_revision = local;
  facts.server_first = first;
  facts.server_last = last;
  return facts;
}

void the_cases_that_matter(void**) {
  // Nothing followed yet, whatever the server looks like.
  assert_true(judge_resume(ResumeFacts()) == ResumeVerdict::start);
  // Bound to an empty bucket, nothing applied: goes on, also where the front was evicted since.
  assert_true(judge_resume(facts_at(0, 1, 0)) == ResumeVerdict::resume);
  ResumeFacts evicted = facts_at(0, 50, 60);
  evicted.evicts_current_values = true;
  assert_true(judge_resume(evicted) == ResumeVerdict::resume);
  // A busy bucket with history 1: its front runs away from the cursor in seconds, harmlessly.
  assert_true(judge_resume(facts_at(10, 5000, 6000)) == ResumeVerdict::resume);
  // The edge of the window: the next update is the first retained one, or one was lost.
  ResumeFacts edge = facts_at(10, 11, 20);
  edge.evicts_current_values = true;
  assert_true(judge_resume(edge) == ResumeVerdict::resume);
  edge.server_first = 12;
  assert_true(judge_resume(edge) == ResumeVerdict::expired);
  // Everything expired while nothing was written after the cursor: first is last + 1.
  assert_true(judge_resume(facts_at(20, 21, 20)) == ResumeVerdict::resume);
  // The server lost its tail by one update.
  assert_true(judge_resume(facts_at(21, 1, 20)) == ResumeVerdict::rewound);
}

#ifdef SLIP_TEST_GUARDS
void each_guard_is_needed(void**) {
  for (const char* guard : {"resume_epoch", "resume_last", "resume_fingerprint", "resume_gap"}) {
    slip::guard_switch(guard, false);
    const size_t without = mismatches();
    slip::guard_switch(guard, true);
    assert_true(without > 0);
    assert_int_equal(mismatches(), 0);
  }
}
#endif

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_combination),
      cmocka_unit_test(the_cases_that_matter),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(each_guard_is_needed),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
