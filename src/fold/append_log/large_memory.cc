#include "fold/append_log/large_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace slip::append_log {
namespace {

constexpr size_t kCacheLineBytes = 64;
constexpr size_t kLargePageBytes = 2u << 20;

bool is_large(size_t bytes) { return bytes >= 2 * kLargePageBytes; }

size_t alignment_of(size_t bytes) {
  if (bytes < kLargeAlignment) return kCacheLineBytes;
  return is_large(bytes) ? kLargePageBytes : kLargeAlignment;
}

// The allocator would keep as much for itself from then on as was ever given back to it at once.
void* map(size_t bytes) {
  void* const memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

}  // namespace

LargeMemory::LargeMemory(size_t bytes)
    : memory_(is_large(bytes) ? map(bytes + kLargePageBytes)
                              : ::operator new(bytes + alignment_of(bytes))),
      bytes_(bytes) {
  const size_t alignment = alignment_of(bytes);
  const auto address = reinterpret_cast<uintptr_t>(memory_);
  begin_ = reinterpret_cast<char*>((address + alignment - 1) / alignment * alignment);
  // It may be refused: then pages are small.
  if (is_large(bytes)) [[maybe_unused]]
    const int advised = madvise(begin_, bytes / kLargePageBytes * kLargePageBytes, MADV_HUGEPAGE);
}

LargeMemory::~LargeMemory() {
  if (is_large(bytes_))
    munmap(memory_, bytes_ + kLargePageBytes);
  else
    ::operator delete(memory_);
}

}  // namespace slip::append_log
