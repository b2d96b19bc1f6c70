// A batch: a run of updates whose bytes lie in one arena.
//
// Owned by one thread at a time: the receiving thread appends, seals and hands it over. append()
// keeps offsets, seal() turns them into pointers once, so the arena may grow while it is filled.
// clear() keeps the memory for the next batch.
#ifndef SLIP_BASE_BATCH_H
#define SLIP_BASE_BATCH_H

#include <cstdint>
#include <vector>

#include "base/update.h"

namespace slip {

class Batch {
 public:
  Batch() = default;
  Batch(Batch&&) noexcept = default;
  Batch& operator=(Batch&&) noexcept = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Copies key and value. `delivery` is the number of the delivery, by which the applier finds a
  // missing one: 1, 2, 3... within one incarnation of the source (see kv/intake.h).
  void append(const Update& update, uint64_t delivery);
  // Ends filling: from here on updates() may be read and append() may not be called.
  void seal();
  // Drops all but the first `count` updates of a sealed batch.
  void truncate(size_t count);
  void clear();

  bool empty() const { return updates_.empty(); }
  size_t size() const { return updates_.size(); }
  size_t bytes() const { return arena_.size(); }
  const Update* updates() const { return updates_.data(); }
  uint64_t delivery(size_t index) const { return deliveries_[index]; }
  Bytes arena() const { return Bytes(arena_.data(), arena_.size()); }
  // Revision of the last update that has one; 0 where none has.
  uint64_t last_revision() const { return last_revision_; }

  // The incarnation of the source that delivered this batch; never mixed within one.
  uint32_t incarnation = 0;

 private:
  std::vector<Update> updates_;
  std::vector<uint64_t> deliveries_;
  std::vector<char> arena_;
  uint64_t last_revision_ = 0;
  bool sealed_ = false;
};

}  // namespace slip
#endif
