// Blocks of a slab do not lie in each other's way, and what is freed is used again or given back.
#include "fold/append_log/slab.h"

#include <string>
#include <vector>

#include "append_log/history.h"

using namespace append_log_test;
using slip::append_log::Slab;

namespace {

struct Block {
  char* at;
  size_t bytes;
  char fill;
};

void check(const Block& block) {
  for (size_t i = 0; i < block.bytes; ++i)
    if (block.at[i] != block.fill) fail_msg("a block of %zu was written over", block.bytes);
}

void blocks_of_all_sizes_stay_apart(void**) {
  Slab slab;
  sim::Random random(11);
  std::vector<Block> blocks;
  for (int step = 0; step < 60000; ++step) {
    if (blocks.size() > 4000 || (!blocks.empty() && random.below(3) == 0)) {
      std::swap(blocks[random.below(blocks.size())], blocks.back());
      check(blocks.back());
      Slab::free(blocks.back().at, blocks.back().bytes);
      blocks.pop_back();
      continue;
    }
    const size_t bytes = 1 + random.below(random.below(40) == 0 ? 9000 : 700);
    auto* const at = static_cast<char*>(slab.allocate(bytes));
    assert_int_equal(reinterpret_cast<uintptr_t>(at) % 8, 0);
    blocks.push_back({at, bytes, static_cast<char>(random.below(256))});
    memset(at, blocks.back().fill, bytes);
  }
  for (const Block& block : blocks) {
    check(block);
    Slab::free(block.at, block.bytes);
  }
}

// Under a sanitizer there are no regions: this shows nothing there, and costs nothing.
void what_is_freed_is_given_back(void**) {
  Slab slab;
  size_t most = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<void*> blocks;
    const size_t bytes = 100 + 40 * static_cast<size_t>(round);  // of another size each time
    for (size_t taken = 0; taken < (8u << 20); taken += bytes)
      blocks.push_back(slab.allocate(bytes));
    most = std::max(most, slab.reserved_bytes());
    for (void* block : blocks) Slab::free(block, bytes);
  }
  assert_true(most < (24u << 20));
  assert_true(slab.reserved_bytes() <= most / 2);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(blocks_of_all_sizes_stay_apart),
      cmocka_unit_test(what_is_freed_is_given_back),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
