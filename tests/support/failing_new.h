/* operator new that fails once, at the nth call. Include it in one file of a test program only: it
 * replaces the program's operator new. C++ only. */
#ifndef TESTS_SUPPORT_FAILING_NEW_H
#define TESTS_SUPPORT_FAILING_NEW_H

#include <cstdlib>
#include <new>

namespace failing_new {
inline long countdown = -1;  // -1: nothing fails; else so many allocations succeed, the next fails
inline long failures = 0;

inline void* allocate(size_t size) noexcept {
  if (countdown < 0 || countdown-- != 0) return malloc(size);
  ++failures;
  return nullptr;
}
}  // namespace failing_new

__attribute__((noinline)) void* operator new(size_t size) {
  if (void* memory = failing_new::allocate(size)) return memory;
  throw std::bad_alloc();
}
__attribute__((noinline)) void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return failing_new::allocate(size);
}
__attribute__((noinline)) void operator delete(void* memory) noexcept { free(memory); }
__attribute__((noinline)) void operator delete(void* memory, size_t) noexcept { free(memory); }
__attribute__((noinline)) void operator delete(void* memory, const std::nothrow_t&) noexcept {
  free(memory);
}

namespace failing_new {

// Runs `run` with each allocation failing in turn, until none is left to fail; `run` gives whether
// it succeeded. `check` runs after each failure. Returns the number of failures.
template <typename Run, typename Check>
long fail_each(const Run& run, const Check& check) {
  failures = 0;
  for (long nth = 0;; ++nth) {
    const long before = failures;
    bool succeeded = false;
    countdown = nth;
    try {
      succeeded = run();
    } catch (const std::bad_alloc&) {
    }
    countdown = -1;
    if (failures == before) return succeeded ? failures : -1;
    check(succeeded);
  }
}

}  // namespace failing_new
#endif
