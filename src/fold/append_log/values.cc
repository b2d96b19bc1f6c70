#include "fold/append_log/values.h"

#include <algorithm>

#include "base/guard.h"
#include "base/utf8.h"

namespace slip::append_log {

Result<uintptr_t> Values::reach(uint64_t number, uint64_t end, uint64_t spare) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = longest_.find(number);
  if (known != longest_.end() && known->second->size >= end) return known->second->begin();
  SLIP_ASSIGN(const std::unique_ptr<File> file,
              fs_.open(segment_path(directory_, number), OpenMode::read));
  SLIP_ASSIGN(const uint64_t size, file->size());
  auto mapped = std::make_unique<MappedSegment>();
  mapped->number = number;
  mapped->size = std::max(size, end) + spare;
  SLIP_ASSIGN(mapped->mapping, file->map(mapped->size));
  MappedSegment* const segment = mapped.get();
  const MappedSegment*& longest = longest_[number];
  mapped_.emplace(segment->begin(), std::move(mapped));
  longest = segment;
  return segment->begin();
}

// --- reading -------------------------------------------------------------------------------------

const MappedSegment* Values::find(uintptr_t address) const {
  auto after = mapped_.upper_bound(address);
  if (after == mapped_.begin()) return nullptr;
  const MappedSegment* const segment = std::prev(after)->second.get();
  return address - segment->begin() < segment->size ? segment : nullptr;
}

ValuePlace Values::place_of(const char* value) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto address = reinterpret_cast<uintptr_t>(value);
  const MappedSegment* const segment = find(address);
  return segment == nullptr ? ValuePlace()
                            : ValuePlace{segment->number, address - segment->begin()};
}

Status Values::check(const Update& read) const {
  // guard: value_checksum
  if (!guard_on("value_checksum") || is_record_around(read)) return Status();
  return damaged(read);
}

Status Values::damaged(const Update& read) const {
  const ValuePlace place = place_of(value_of(read).data());
  return Status(SLIP_CORRUPT,
                "segment " + quoted(segment_path(directory_, place.segment)) + ": at " +
                    std::to_string(place.offset) + " the value of key " + quoted(key_of(read)) +
                    " is not what was written (look after the disk, and restore the fold from an "
                    "artifact)");
}

// --- changes of the log --------------------------------------------------------------------------

Status Values::detach(uint64_t number, uint64_t from, uint64_t to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [begin, segment] : mapped_) {
    if (segment->number != number || segment->size <= from) continue;
    SLIP_TRY(segment->mapping->detach(from, std::min(to, segment->size)));
  }
  return Status();
}

std::vector<MappedSegment*> Values::unlisted(const std::vector<Segment>& segments) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<MappedSegment*> found;
  for (const auto& [begin, segment] : mapped_) {
    const auto is_it = [number = segment->number](const Segment& s) { return s.number == number; };
    const bool listed = std::any_of(segments.begin(), segments.end(), is_it);
    if (!listed && !segment->retired) found.push_back(segment.get());
  }
  return found;
}

void Values::remove(MappedSegment* segment) noexcept {
  std::unique_ptr<MappedSegment> removed;  // unmapped without the lock
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto longest = longest_.find(segment->number);
  if (longest != longest_.end() && longest->second == segment) longest_.erase(longest);
  const auto found = mapped_.find(segment->begin());
  removed = std::move(found->second);
  mapped_.erase(found);
}

}  // namespace slip::append_log
