// Entries that are sorted at once come in the order of their keys, whatever these look like.
#include "fold/append_log/order.h"

#include <algorithm>
#include <string>
#include <vector>

#include "append_log/history.h"

using namespace append_log_test;
using slip::Bytes;
using slip::append_log::EntryList;
using slip::append_log::make_entry;
using slip::append_log::Slab;

namespace {

// Long ones that are alike, ones that end within a word, ones that end in zeros.
std::string random_key(sim::Random& random) {
  std::string key(random.below(4) * 8 + random.below(9), 'k');
  for (uint64_t count = random.below(12); count > 0; --count) key += "\0ab\xff"[random.below(4)];
  return key;
}

void one_list(sim::Random& random, size_t size) {
  Slab slab;
  EntryList entries;
  std::vector<std::string> keys;
  for (size_t i = 0; i < size; ++i) keys.push_back(random_key(random));
  const size_t sorted = random.below(size + 1);
  std::sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(sorted));
  for (const std::string& key : keys) entries.add(make_entry(slab, key, 0).release());
  entries.sort(sorted);
  std::sort(keys.begin(), keys.end());
  assert_int_equal(entries.size(), size);
  for (size_t i = 0; i < size; ++i)
    if (entries[i]->key() != Bytes(keys[i])) fail_msg("%zu of %zu is another key", i, size);
}

void entries_are_in_the_order_of_their_keys(void**) {
  sim::Random random(5);
  for (const size_t size : {0, 1, 2, 23, 24, 25, 100, 1000, 20000})
    for (int i = 0; i < 4; ++i) one_list(random, size);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(entries_are_in_the_order_of_their_keys)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
