// Memory that may be large: aligned to a cache line, to 32 KiB where it is as large, and in large
// pages where it fills some. Then it is the system's own, and goes back to it at once.
#ifndef SLIP_FOLD_APPEND_LOG_LARGE_MEMORY_H
#define SLIP_FOLD_APPEND_LOG_LARGE_MEMORY_H

#include <cstddef>

namespace slip::append_log {

constexpr size_t kLargeAlignment = 32u << 10;

class LargeMemory {
 public:
  explicit LargeMemory(size_t bytes);
  ~LargeMemory();
  LargeMemory(const LargeMemory&) = delete;
  LargeMemory& operator=(const LargeMemory&) = delete;
  char* begin() const { return begin_; }

 private:
  void* const memory_;
  const size_t bytes_;
  char* begin_;
};

}  // namespace slip::append_log
#endif
