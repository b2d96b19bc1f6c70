#include "fold/lmdb/batch_plan.h"

#include <algorithm>
#include <cstring>

#include "fold/fold.h"
#include "fold/lmdb/record.h"

namespace slip::lmdb {
namespace {

// Eight bytes of `key` from `from` on as a number that orders as they do; short keys as if zeros
// followed, which is settled by comparing the whole keys.
uint64_t rank_of(Bytes key, size_t from) {
  uint64_t rank = 0;
  const Bytes rest = key.substr(std::min(from, key.size()), sizeof rank);
  memcpy(&rank, rest.data(), rest.size());
  return __builtin_bswap64(rank);
}

size_t common_prefix(Bytes a, Bytes b, size_t at_most) {
  const size_t size = std::min({a.size(), b.size(), at_most});
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<long>(size), b.begin()).first - a.begin());
}

}  // namespace

Status BatchPlan::prepare(const Update* updates, size_t count, const std::string& path) {
  for (size_t i = 0; i < count; ++i) SLIP_TRY(check_update(updates[i], path));
  if (count > UINT32_MAX) return Status(SLIP_TOO_LARGE, "a batch of more than 2^32 updates");
  updates_ = updates;
  at_ = 0;
  slots_.resize(count);
  store_keys();
  rank_keys();
  sort();
  return Status();
}

void BatchPlan::store_keys() {
  const auto long_ones = static_cast<size_t>(
      std::count_if(updates_, updates_ + slots_.size(),
                    [](const Update& update) { return is_long(key_of(update)); }));
  long_keys_.clear();
  long_keys_.reserve(long_ones);  // the slots point into its strings
  for (size_t i = 0; i < slots_.size(); ++i) {
    Bytes key = key_of(updates_[i]);
    if (is_long(key)) key = long_keys_.emplace_back(hash_long_key(key));
    slots_[i] = {0, key.data(), static_cast<uint32_t>(key.size()), static_cast<uint32_t>(i)};
  }
}

// Keys of a bucket begin alike; what they have in common says nothing about their order.
void BatchPlan::rank_keys() {
  if (slots_.empty()) return;
  const Bytes first = slots_.front().stored_key();
  size_t common = first.size();
  for (const Slot& slot : slots_) common = common_prefix(first, slot.stored_key(), common);
  for (Slot& slot : slots_) slot.rank = rank_of(slot.stored_key(), common);
}

void BatchPlan::sort() {
  const auto before = [](const Slot& a, const Slot& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    const int order = a.stored_key().compare(b.stored_key());
    return order != 0 ? order < 0 : a.index < b.index;
  };
  if (!std::is_sorted(slots_.begin(), slots_.end(), before))
    std::sort(slots_.begin(), slots_.end(), before);
}

bool BatchPlan::next(Step* step) {
  if (at_ >= slots_.size()) return false;
  *step = Step{slots_[at_].stored_key(), nullptr, false};
  for (; at_ < slots_.size() && slots_[at_].stored_key() == step->stored_key; ++at_) {
    const Update& update = updates_[slots_[at_].index];
    if (update.revision == 0) {
      step->removes = true;
      step->update = is_live(update) ? &update : nullptr;
    } else if (step->update == nullptr || update.revision > step->update->revision) {
      step->update = &update;
    }
  }
  return true;
}

}  // namespace slip::lmdb
