// A global operator new that counts calls and live bytes, and fails on demand: at one call, or from
// one call on, of the thread that armed it. Include in one source file of a program only.
#ifndef TESTS_KV_COUNTING_NEW_H
#define TESTS_KV_COUNTING_NEW_H

#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace counting_new {

inline thread_local uint64_t calls = 0;    // since armed
inline thread_local uint64_t fail_at = 0;  // 0: never
inline thread_local bool fail_from_there = false;
inline thread_local bool fired = false;
inline thread_local bool armed = false;
inline std::atomic<int64_t> live_bytes{0};
inline std::atomic<int64_t> peak_bytes{0};

inline void* allocate(size_t size) {
  if (armed) {
    ++calls;
    if (fail_at != 0 && (calls == fail_at || (fail_from_there && calls > fail_at))) {
      fired = true;
      throw std::bad_alloc();
    }
  }
  void* block = malloc(size == 0 ? 1 : size);
  if (block == nullptr) throw std::bad_alloc();
  const int64_t now = live_bytes += static_cast<int64_t>(malloc_usable_size(block));
  int64_t peak = peak_bytes;
  while (now > peak && !peak_bytes.compare_exchange_weak(peak, now)) {
  }
  return block;
}

inline void release(void* block) {
  if (block != nullptr) live_bytes -= static_cast<int64_t>(malloc_usable_size(block));
  free(block);
}

inline void reset(uint64_t nth, bool and_all_later) {
  calls = 0;
  fail_at = nth;
  fail_from_there = and_all_later;
  fired = false;
}

// Arms it for a scope.
struct Armed {
  Armed() { armed = true; }
  ~Armed() { armed = false; }
};

}  // namespace counting_new

void* operator new(size_t size) { return counting_new::allocate(size); }
void* operator new[](size_t size) { return counting_new::allocate(size); }
void operator delete(void* block) noexcept { counting_new::release(block); }
void operator delete[](void* block) noexcept { counting_new::release(block); }
void operator delete(void* block, size_t) noexcept { counting_new::release(block); }
void operator delete[](void* block, size_t) noexcept { counting_new::release(block); }

#endif
