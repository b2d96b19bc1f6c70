// Putting entries in the order of their keys, all at once: for a tree that is not grown key by key.
//
// Used by one thread.
#ifndef SLIP_FOLD_APPEND_LOG_ORDER_H
#define SLIP_FOLD_APPEND_LOG_ORDER_H

#include <cstdint>
#include <memory>

#include "fold/append_log/entry.h"
#include "fold/append_log/large_memory.h"

namespace slip::append_log {

// An entry, and eight bytes of its key by which it is being sorted.
struct Sorted {
  uint64_t word;
  Entry* entry;
};

// Entries of no certain number, which leave nothing behind in the allocator.
class EntryList {
 public:
  void reserve(size_t count);
  void add(Entry* entry) {
    if (size_ == capacity_) reserve(size_ + 1);
    begin()[size_++] = {0, entry};
  }
  // The first `size` of them.
  void shorten(size_t size) { size_ = size; }
  size_t size() const { return size_; }
  Entry*& operator[](size_t i) { return begin()[i].entry; }
  Entry* operator[](size_t i) const { return begin()[i].entry; }
  // By key. What comes before `from` is in order already.
  void sort(size_t from);

 private:
  Sorted* begin() const {
    return memory_ == nullptr ? nullptr : reinterpret_cast<Sorted*>(memory_->begin());
  }

  std::unique_ptr<LargeMemory> memory_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace slip::append_log
#endif
