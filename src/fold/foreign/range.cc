#include "fold/foreign/range.h"

#include <algorithm>

#include "fold/prefix.h"

namespace slip::foreign {

std::string RangeIterator::start() const {
  if (!query_.reverse) return std::max(query_.from, query_.prefix);
  const std::string edge = successor(query_.prefix);
  if (query_.from.empty()) return edge;
  return edge.empty() ? query_.from : std::min(query_.from, edge);
}

Status RangeIterator::open() { return scan_.open(start(), query_.reverse); }

bool RangeIterator::is_past(Bytes key) const {
  if (begins_with(key, query_.prefix)) return false;
  return query_.reverse ? key < Bytes(query_.prefix) : key > Bytes(query_.prefix);
}

size_t RangeIterator::take(size_t count, Update* out) {
  size_t taken = 0;
  for (size_t i = 0; i < count && !ended_; ++i) {
    const Bytes key = key_of(page_[i]);
    if (is_past(key)) ended_ = true;
    if (!begins_with(key, query_.prefix)) continue;
    if (!is_live(page_[i]) && !query_.tombstones) continue;
    out[taken++] = page_[i];
    ++given_;
    if (query_.limit > 0 && given_ == query_.limit) ended_ = true;
  }
  return taken;
}

Result<size_t> RangeIterator::next(Update* out, size_t capacity) {
  size_t taken = 0;
  while (!ended_ && taken == 0) {
    SLIP_ASSIGN(const size_t count, scan_.next(page_.data(), std::min(capacity, page_.size())));
    if (count == 0) ended_ = true;
    taken = take(count, out);
  }
  return taken;
}

}  // namespace slip::foreign
