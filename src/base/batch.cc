#include "base/batch.h"

#include <algorithm>
#include <cassert>

namespace slip {
namespace {

// Room for `more` elements, by doubling, so that what is added afterwards cannot fail.
template <typename T>
void make_room(std::vector<T>* items, size_t more) {
  const size_t needed = items->size() + more;
  if (needed > items->capacity()) items->reserve(std::max(needed, items->capacity() * 2));
}

}  // namespace

// The arena holds each update's key and value one after the other, in the order of the updates:
// seal() finds every byte by the sizes alone.
void Batch::append(const Update& update, uint64_t delivery) {
  assert(!sealed_);
  const Bytes key = key_of(update);
  const Bytes value = value_of(update);
  make_room(&arena_, key.size() + value.size());
  make_room(&deliveries_, 1);
  make_room(&updates_, 1);
  arena_.insert(arena_.end(), key.begin(), key.end());
  arena_.insert(arena_.end(), value.begin(), value.end());
  deliveries_.push_back(delivery);
  updates_.push_back(update);
  if (update.revision != 0) last_revision_ = update.revision;
}

void Batch::seal() {
  const auto* at = reinterpret_cast<const uint8_t*>(arena_.data());
  for (Update& update : updates_) {
    update.key.data = at;
    at += update.key.size;
    update.value.data = at;
    at += update.value.size;
  }
  sealed_ = true;
}

void Batch::truncate(size_t count) {
  assert(sealed_);
  if (count >= updates_.size()) return;
  updates_.resize(count);
  deliveries_.resize(count);
  size_t bytes = 0;
  last_revision_ = 0;
  for (const Update& update : updates_) {
    bytes += update.key.size + update.value.size;
    if (update.revision != 0) last_revision_ = update.revision;
  }
  arena_.resize(bytes);  // never grows, so the pointers stay right
}

void Batch::clear() {
  updates_.clear();
  deliveries_.clear();
  arena_.clear();
  last_revision_ = 0;
  sealed_ = false;
  incarnation = 0;
}

}  // namespace slip
