// What a table does where values stay in the log: commits say where they are, and after a
// compaction those that lay in what it merged are read from the merged segment.
#include <algorithm>
#include <cassert>

#include "base/guard.h"
#include "base/log.h"
#include "base/utf8.h"
#include "fold/append_log/scan.h"
#include "fold/append_log/store.h"

namespace slip::append_log {
namespace {

// So many at a time: the writer waits for no more.
constexpr size_t kSliceKeys = 512;

bool lies_in(const std::vector<MappedSegment*>& segments, uintptr_t place) {
  return std::any_of(segments.begin(), segments.end(), [place](const MappedSegment* segment) {
    return place - segment->begin() < segment->size;
  });
}

}  // namespace

OwnVersion TableEdit::version_of(const Update& update, uint64_t value_at) {
  const bool on_disk = table_.values_ != nullptr && is_live(update) && update.value.size > 0;
  if (!on_disk) return make_version(table_.slab_, update, before_->sequence + 1);
  needs_segment_ = true;
  return make_version_on_disk(table_.slab_, update, before_->sequence + 1, value_at);
}

void TableEdit::locate_values(uintptr_t segment) {
  for (const Change& change : changes_) {
    Version& version = *change.version;
    if (version.on_disk) version.place()->store(segment + version.place()->load());
  }
}

// What is newest under a key and lies in a segment that was merged was so when it was copied, so
// the copy is of it. What has something newer above it is read by states that are open already.
void Table::repoint(const std::vector<Moved>& moved, const std::vector<MappedSegment*>& from) {
  const std::lock_guard<std::mutex> lock(changing_);
  for (const Moved& value : moved) {
    const Entry* entry = index_.find(value.key, hash_of(value.key));
    if (entry == nullptr) continue;
    Version* version = entry->head.load();
    if (version->on_disk && lies_in(from, version->place()->load()))
      version->place()->store(value.place);
  }
}

void Table::retire(const std::vector<MappedSegment*>& segments) {
  GarbageList garbage = std::make_unique<GarbageChunk>();
  garbage->items.reserve(segments.size());
  const std::lock_guard<std::mutex> lock(changing_);
  for (MappedSegment* segment : segments) {
    segment->retired = true;
    garbage->items.push_back({Garbage::Kind::segment, segment, nullptr, 0});
  }
  // guard: value_views
  if (!guard_on("value_views")) {
    for (const Garbage& one : garbage->items) reclaim(one);
    return;
  }
  settle(newest()->sequence + 1, std::move(garbage));
}

// With `compacting_` held, when the list is what it will be. Where it fails, what was mapped stays
// so until it succeeds after another compaction.
Status Store::repoint_values() {
  std::shared_ptr<Table> table;
  std::vector<Segment> segments;
  {
    const std::lock_guard<std::mutex> lock(writing_);
    SLIP_ASSIGN(table, this->table());
    segments = log_->segments();
  }
  Values* const values = table->values();
  if (values == nullptr) return Status();
  const std::vector<MappedSegment*> from = values->unlisted(segments);
  if (from.empty()) return Status();
  const Segment& merged = segments.front();
  SLIP_ASSIGN(const uintptr_t begin, values->reach(merged.number, merged.size_bytes, 0));
  SLIP_ASSIGN(const std::unique_ptr<SegmentScan> scan,
              SegmentScan::open(*request_.fs, segment_path(directory_, merged.number)));
  std::vector<Table::Moved> moved;
  SegmentScan::Record record;
  for (;;) {
    SLIP_ASSIGN(const SegmentScan::Found found, scan->next(&record));
    if (found == SegmentScan::Found::damage)
      return scan->damaged(record.place, "a record is damaged");
    if (found == SegmentScan::Found::end || moved.size() == kSliceKeys) {
      table->repoint(moved, from);
      moved.clear();
    }
    if (found == SegmentScan::Found::end) break;
    Update update{};
    if (record.header.type == RecordType::put && decode_update(record.header, record.body, &update))
      moved.push_back({std::string(key_of(update)), begin + record.end - update.value.size});
  }
  table->retire(from);
  return Status();
}

}  // namespace slip::append_log
