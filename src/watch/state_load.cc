#include "watch/state_load.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/guard.h"

namespace slip {

namespace {

// What the fold holds, whether it shows it or not.
RangeQuery held_entries() {
  RangeQuery query;
  query.hidden = true;
  return query;
}

}  // namespace

StateLoad::Hash StateLoad::hash_of(Bytes key) { return Hash(xxh3(key), xxh3("state:", key)); }

// held_.size(): it is none of those.
size_t StateLoad::find(Bytes key) const {
  const Hash hash = hash_of(key);
  const auto found = std::lower_bound(held_.begin(), held_.end(), hash);
  const bool is_held = found != held_.end() && *found == hash;
  return is_held ? static_cast<size_t>(found - held_.begin()) : held_.size();
}

Status StateLoad::begin(Fold* fold) {
  fold_ = fold;
  iterator_.reset();
  snapshot_.reset();
  held_.clear();
  has_begun_ = false;
  if (fold != nullptr) {
    SLIP_ASSIGN(const auto snapshot, fold->snapshot());
    SLIP_ASSIGN(const auto entries, snapshot->range(held_entries()));
    std::array<Update, 64> some;
    for (;;) {
      SLIP_ASSIGN(const size_t count, entries->next(some.data(), some.size()));
      if (count == 0) break;
      for (size_t i = 0; i < count; ++i) held_.push_back(hash_of(key_of(some[i])));
    }
  }
  std::sort(held_.begin(), held_.end());
  left_ = held_.size();
  came_.assign(left_, false);
  return Status();
}

void StateLoad::note(const Batch& batch) {
  if (!batch.empty()) has_begun_ = true;
  if (left_ == 0) return;
  for (size_t i = 0; i < batch.size(); ++i) {
    const size_t at = find(key_of(batch.updates()[i]));
    if (at == held_.size() || came_[at]) continue;
    came_[at] = true;
    --left_;
  }
}

void StateLoad::add_leftovers(const Update* entries, size_t count, Batch* batch) const {
  for (size_t i = 0; i < count; ++i) {
    const size_t at = find(key_of(entries[i]));
    if (at == held_.size() || came_[at]) continue;
    Update gone{};
    gone.key = entries[i].key;
    gone.operation = SLIP_DELETE;
    gone.flags = SLIP_FLAG_SYNTHETIC;
    batch->append(gone, 0);
  }
}

Status StateLoad::next_leftovers(BatchBounds bounds, Batch* batch) {
  batch->clear();
  // guard: state_leftovers
  const bool none = !guard_on("state_leftovers") || left_ == 0;
  if (!none && iterator_ == nullptr) {
    SLIP_ASSIGN(snapshot_, fold_->snapshot());
    SLIP_ASSIGN(iterator_, snapshot_->range(held_entries()));
  }
  std::array<Update, 64> some;
  while (!none && batch->size() < bounds.updates_max && batch->bytes() < bounds.bytes_max) {
    const size_t wanted = std::min(some.size(), bounds.updates_max - batch->size());
    SLIP_ASSIGN(const size_t count, iterator_->next(some.data(), wanted));
    if (count == 0) break;
    add_leftovers(some.data(), count, batch);
  }
  batch->seal();
  if (!batch->empty()) return Status();
  iterator_.reset();
  snapshot_.reset();
  left_ = 0;
  return Status();
}

}  // namespace slip
