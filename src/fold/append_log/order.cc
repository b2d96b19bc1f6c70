#include "fold/append_log/order.h"

#include <algorithm>
#include <cstring>

namespace slip::append_log {
namespace {

constexpr size_t kWordBytes = sizeof(uint64_t);
constexpr size_t kListEntriesMin = 64;
constexpr std::ptrdiff_t kFewEntries = 24;
constexpr std::ptrdiff_t kFetchAhead = 12;
constexpr size_t kWordsDepthMax = 4096;  // bytes; what is alike for longer is compared whole

bool before(const Sorted& a, const Sorted& b) { return a.entry->key() < b.entry->key(); }

// Of a key that ends before it, with zeros in place of the rest.
uint64_t word_at(Bytes key, size_t depth) {
  uint64_t word = 0;
  if (key.size() > depth)
    memcpy(&word, key.data() + depth, std::min(kWordBytes, key.size() - depth));
  return __builtin_bswap64(word);
}

// The words at `depth`. False where a key ends before the end of its word: what equal words say is
// then not all.
bool read_words(Sorted* begin, Sorted* end, size_t depth) {
  bool whole = true;
  for (Sorted* at = begin; at < end; ++at) {
    if (end - at > kFetchAhead) __builtin_prefetch(at[kFetchAhead].entry);
    const Bytes key = at->entry->key();
    at->word = word_at(key, depth);
    whole = whole && key.size() >= depth + kWordBytes;
  }
  return whole;
}

// Keys that are alike in their first `depth` bytes: by their next word, then those of one word by
// the one after it. A word is read once, where a comparison of two keys would look both up.
void sort_from(Sorted* begin, Sorted* end, size_t depth) {
  if (end - begin <= kFewEntries || depth >= kWordsDepthMax) {
    std::sort(begin, end, before);
    return;
  }
  const auto less = [](const Sorted& a, const Sorted& b) { return a.word < b.word; };
  bool whole = read_words(begin, end, depth);
  while (whole &&
         std::all_of(begin, end, [begin](const Sorted& s) { return s.word == begin->word; }))
    whole = read_words(begin, end, depth += kWordBytes);
  if (!std::is_sorted(begin, end, less)) std::sort(begin, end, less);
  for (Sorted* run = begin; run < end;) {
    Sorted* const next = std::upper_bound(run, end, *run, less);
    if (next - run > 1) {
      if (whole)
        sort_from(run, next, depth + kWordBytes);
      else
        std::sort(run, next, before);
    }
    run = next;
  }
}

}  // namespace

void EntryList::reserve(size_t count) {
  if (count <= capacity_) return;
  const size_t capacity = std::max({count, 2 * capacity_, kListEntriesMin});
  auto larger = std::make_unique<LargeMemory>(capacity * sizeof(Sorted));
  if (size_ > 0) memcpy(larger->begin(), memory_->begin(), size_ * sizeof(Sorted));
  memory_ = std::move(larger);
  capacity_ = capacity;
}

void EntryList::sort(size_t from) {
  Sorted* const rest = begin() + from;
  Sorted* const end = begin() + size_;
  sort_from(rest, end, 0);
  if (from > 0 && rest < end) std::inplace_merge(begin(), rest, end, before);
}

}  // namespace slip::append_log
