// From key to entry: an open-addressing table that one thread changes while others read it.
//
// A slot is one word: the entry's address, and above it 16 bits of the key's hash, so that hardly
// any other entry is looked at. A larger table is filled beside the old one and takes its place at
// once; readers (pinned) finish in the one that they began in.
#ifndef SLIP_FOLD_APPEND_LOG_HASH_INDEX_H
#define SLIP_FOLD_APPEND_LOG_HASH_INDEX_H

#include <atomic>
#include <cstdint>

#include "fold/append_log/entry.h"
#include "fold/append_log/epoch.h"
#include "fold/append_log/large_memory.h"

namespace slip::append_log {

class HashIndex {
 public:
  explicit HashIndex(Limbo& limbo) : limbo_(limbo) {}
  ~HashIndex();
  // Any thread, pinned, or the writer.
  Entry* find(Bytes key, uint64_t hash) const;

  // The writer. Room for `count` more entries, so that insert() cannot fail.
  void reserve_more(size_t count);
  // A key that is not there.
  void insert(Entry* entry, uint64_t hash) noexcept;
  void erase(Entry* entry) noexcept;
  size_t size() const { return size_; }
  template <typename Visit>
  void for_each(const Visit& visit) const {
    const Slots* slots = slots_.load();
    for (size_t i = 0; slots != nullptr && i <= slots->mask; ++i)
      if (Entry* entry = entry_of(slots->words[i].load())) visit(entry);
  }

 private:
  struct Slots {
    explicit Slots(size_t size);
    const size_t mask;
    const LargeMemory memory;
    std::atomic<uint64_t>* const words;
  };
  static constexpr uint64_t kEmpty = 0;
  static constexpr uint64_t kErased = 1;
  static constexpr int kTagShift = 48;
  static Entry* entry_of(uint64_t word) {
    const uint64_t address = word & ((uint64_t{1} << kTagShift) - 1);
    return address <= kErased ? nullptr : reinterpret_cast<Entry*>(address);
  }
  void grow(size_t entries);

  Limbo& limbo_;
  std::atomic<Slots*> slots_{nullptr};
  size_t size_ = 0;
  size_t used_ = 0;  // slots that are not empty
};

}  // namespace slip::append_log
#endif
