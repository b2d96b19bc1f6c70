// The publish verdict over every combination of small and extreme positions.
#include "protocol/publish_order.h"

#include <map>

#include "base/guard.h"
#include "support/expect.h"

using slip::judge_publish;
using slip::PublishFacts;
using slip::PublishVerdict;

namespace {

constexpr uint64_t kValues[] = {0, 1, 2, UINT64_MAX};

// Position by position, as a reader compares.
int compare(const PublishFacts& facts) {
  const uint64_t older[] = {facts.old_generation, facts.old_epoch, facts.old_revision};
  const uint64_t newer[] = {facts.new_generation, facts.new_epoch, facts.new_revision};
  for (int i = 0; i < 3; ++i)
    if (newer[i] != older[i]) return newer[i] > older[i] ? 1 : -1;
  return 0;
}

PublishVerdict expected_verdict(const PublishFacts& facts) {
  if (!facts.same_bucket) return PublishVerdict::other_identity;
  if (!facts.scope_covers) return PublishVerdict::narrower_scope;
  const int order = compare(facts);
  if (order > 0) return PublishVerdict::publish;
  if (order == 0 && facts.same_payload) return PublishVerdict::already_published;
  return PublishVerdict::superseded;
}

PublishFacts facts_of(size_t code) {
  PublishFacts facts;
  for (uint64_t* value : {&facts.old_generation, &facts.old_epoch, &facts.old_revision,
                          &facts.new_generation, &facts.new_epoch, &facts.new_revision}) {
    *value = kValues[code % 4];
    code /= 4;
  }
  facts.same_payload = (code & 1) != 0;
  facts.same_bucket = (code & 2) != 0;
  facts.scope_covers = (code & 4) != 0;
  return facts;
}

constexpr size_t kCombinations = 4096 * 8;

size_t mismatches() {
  size_t count = 0;
  for (size_t code = 0; code < kCombinations; ++code)
    if (judge_publish(facts_of(code)) != expected_verdict(facts_of(code))) ++count;
  return count;
}

void every_combination(void**) {
  std::map<PublishVerdict, int> seen;
  for (size_t code = 0; code < kCombinations; ++code) ++seen[judge_publish(facts_of(code))];
  assert_int_equal(seen.size(), 5);
  assert_int_equal(mismatches(), 0);
}

// Whatever is published by anybody in any order, what stands there never goes back.
void the_pointer_never_goes_backwards(void**) {
  for (size_t code = 0; code < kCombinations; ++code) {
    const PublishFacts facts = facts_of(code);
    if (judge_publish(facts) != PublishVerdict::publish) continue;
    PublishFacts back = facts;
    std::swap(back.old_generation, back.new_generation);
    std::swap(back.old_epoch, back.new_epoch);
    std::swap(back.old_revision, back.new_revision);
    assert_true(judge_publish(back) == PublishVerdict::superseded);
  }
}

#ifdef SLIP_TEST_GUARDS
void each_guard_is_needed(void**) {
  for (const char* guard : {"publish_identity", "publish_scope", "publish_order"}) {
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
      cmocka_unit_test(the_pointer_never_goes_backwards),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(each_guard_is_needed),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
