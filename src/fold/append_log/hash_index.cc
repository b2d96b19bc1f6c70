#include "fold/append_log/hash_index.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <new>

namespace slip::append_log {
namespace {

constexpr size_t kSlotsMin = 16;
// Of four slots three may be used.
bool fits(size_t used, size_t slots) { return used * 4 <= slots * 3; }

}  // namespace

HashIndex::Slots::Slots(size_t size)
    : mask(size - 1),
      memory(size * sizeof(uint64_t)),
      words(new (memory.begin()) std::atomic<uint64_t>[size]()) {}

HashIndex::~HashIndex() { delete slots_.load(); }

Entry* HashIndex::find(Bytes key, uint64_t hash) const {
  const Slots* slots = slots_.load();
  if (slots == nullptr) return nullptr;
  const uint64_t tag = hash >> kTagShift;
  for (size_t i = static_cast<uint32_t>(hash) & slots->mask;; i = (i + 1) & slots->mask) {
    const uint64_t word = slots->words[i].load();
    if (word == kEmpty) return nullptr;
    if (word == kErased || word >> kTagShift != tag) continue;
    Entry* entry = entry_of(word);
    if (entry->key() == key) return entry;
  }
}

void HashIndex::reserve_more(size_t count) {
  const Slots* slots = slots_.load();
  if (slots == nullptr || !fits(used_ + count, slots->mask + 1)) grow(size_ + count);
}

void HashIndex::grow(size_t entries) {
  const Slots* old = slots_.load();
  size_t size = kSlotsMin;
  // Half empty again, so that the next growth is far away.
  while (!fits(entries + entries / 4, size)) size *= 2;
  limbo_.reserve_more(1);
  auto larger = std::make_unique<Slots>(size);
  for (size_t i = 0; old != nullptr && i <= old->mask; ++i) {
    const uint64_t word = old->words[i].load();
    const Entry* entry = entry_of(word);
    if (entry == nullptr) continue;
    size_t at = entry->hash & larger->mask;
    while (larger->words[at].load(std::memory_order_relaxed) != kEmpty)
      at = (at + 1) & larger->mask;
    larger->words[at].store(word, std::memory_order_relaxed);
  }
  used_ = size_;
  slots_.store(larger.release());
  if (old != nullptr)
    limbo_.retire(const_cast<Slots*>(old), [](void* slots) { delete static_cast<Slots*>(slots); });
}

void HashIndex::insert(Entry* entry, uint64_t hash) noexcept {
  Slots* slots = slots_.load();
  assert(slots != nullptr && fits(used_ + 1, slots->mask + 1));
  assert(reinterpret_cast<uint64_t>(entry) >> kTagShift == 0);
  size_t at = static_cast<uint32_t>(hash) & slots->mask;
  while (slots->words[at].load(std::memory_order_relaxed) > kErased) at = (at + 1) & slots->mask;
  if (slots->words[at].load(std::memory_order_relaxed) == kEmpty) ++used_;
  slots->words[at].store(reinterpret_cast<uint64_t>(entry) | (hash >> kTagShift << kTagShift));
  ++size_;
}

void HashIndex::erase(Entry* entry) noexcept {
  Slots* slots = slots_.load();
  size_t at = entry->hash & slots->mask;
  while (entry_of(slots->words[at].load(std::memory_order_relaxed)) != entry)
    at = (at + 1) & slots->mask;
  slots->words[at].store(kErased);
  --size_;
}

}  // namespace slip::append_log
