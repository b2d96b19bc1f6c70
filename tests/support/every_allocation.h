// Every nth allocation fails, one at a time. Replaces operator new of the whole program: include it
// in one file of a test only. Main thread only; what leaks on the way is seen by the address
// sanitizer's build.
#ifndef TESTS_SUPPORT_EVERY_ALLOCATION_H
#define TESTS_SUPPORT_EVERY_ALLOCATION_H

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>

#include "support/expect.h"

namespace test {

inline std::atomic<long> allocations_until_failure{-1};  // -1: none fails
inline std::atomic<size_t> allocation_failures{0};

inline bool allocation_fails_now() {
  if (allocations_until_failure.load() < 0) return false;
  if (allocations_until_failure.fetch_sub(1) != 0) return false;
  ++allocation_failures;
  return true;
}

// Calls `run` with the first, second, third... allocation failing, until one call meets no failure
// any more: that one must succeed. The number of failures.
inline size_t fail_every_allocation(const std::function<bool()>& run) {
  allocation_failures = 0;
  for (long nth = 0; nth < 100000; ++nth) {
    const size_t before = allocation_failures;
    bool succeeded = false;
    allocations_until_failure = nth;
    try {
      succeeded = run();
    } catch (const std::bad_alloc&) {
    }
    allocations_until_failure = -1;
    if (allocation_failures == before) {
      assert_true(succeeded);
      return allocation_failures;
    }
  }
  fail_msg("an allocation fails for ever");
  return 0;
}

}  // namespace test

__attribute__((noinline)) void* operator new(size_t size) {
  if (test::allocation_fails_now()) throw std::bad_alloc();
  if (void* memory = malloc(size)) return memory;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* memory) noexcept { free(memory); }
__attribute__((noinline)) void operator delete(void* memory, size_t) noexcept { free(memory); }

#endif
