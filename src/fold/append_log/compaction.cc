#include "fold/append_log/compaction.h"

#include "base/guard.h"

namespace slip::append_log {
namespace {

// Small enough that what the writer replaces meanwhile is soon free again.
constexpr size_t kSliceBytes = 256 << 10;
constexpr size_t kSliceKeys = 2048;
// So much at a time, so that the disk is not kept from the writer for long.
constexpr uint64_t kSyncBytes = 4 << 20;

class OpenState {
 public:
  explicit OpenState(Table& table) : table_(table), state_(table.open_state()) {}
  ~OpenState() { table_.close_state(state_->sequence); }
  OpenState(const OpenState&) = delete;
  OpenState& operator=(const OpenState&) = delete;
  const TableState* operator->() const { return state_.get(); }
  const TableState& operator*() const { return *state_; }

 private:
  Table& table_;
  const std::shared_ptr<const TableState> state_;
};

}  // namespace

MergedSegment::~MergedSegment() {
  if (!remove_) return;
  made_.file.reset();
  try {
    // What stays is removed by the next opening.
    [[maybe_unused]] const Status removed =
        settings_.fs->remove(segment_path(settings_.directory, made_.header.number));
  } catch (...) {  // no memory for a path
  }
}

Status MergedSegment::write(Table& table, const std::atomic<bool>& stop,
                            const CompactionWitness& witness) {
  witness("output");
  remove_ = true;
  SLIP_ASSIGN(
      made_, make_segment(*settings_.fs, settings_.directory, made_.header.number, settings_.salt));
  records_ = RecordWriter(made_.header.salt, kSegmentHeaderBytes, 0);
  witness("copy");
  for (bool more = true; more;) {
    if (stop) return Status(SLIP_CLOSED, "the fold is being closed");
    SLIP_ASSIGN(more, copy_slice(table));
    SLIP_TRY(append());
  }
  witness("output_sync");
  // guard: log_merged_sync
  if (guard_on("log_merged_sync")) SLIP_TRY(made_.file->sync());
  made_.file.reset();
  witness("output_name");
  // guard: log_merged_directory_sync
  if (!guard_on("log_merged_directory_sync")) return Status();
  return settings_.fs->sync_directory(settings_.directory);
}

// One batch of the merged segment. Tombstones are a part of what the fold holds; of keys that are
// gone nothing has to be said, because nothing older is left. False: it was the last one.
Result<bool> MergedSegment::copy_slice(Table& table) {
  const OpenState state(table);
  TreeCursor cursor(table.order_of(*state));
  const EpochPin pin;
  cursor.seek(from_);
  for (size_t keys = 0; cursor.entry() != nullptr && keys < kSliceKeys; cursor.next(), ++keys) {
    if (records_.bytes().size() >= kSliceBytes) break;
    const Version* version = visible(*cursor.entry(), state->sequence);
    if (version == nullptr) continue;
    const Update update = update_of(*cursor.entry(), *version);
    if (version->on_disk) SLIP_TRY(table.values()->check(update));
    records_.add(update);
  }
  if (cursor.entry() != nullptr) from_ = std::string(cursor.entry()->key());
  records_.commit(state->meta, !has_scope_);
  has_scope_ = true;
  return cursor.entry() != nullptr;
}

Status MergedSegment::append() {
  SLIP_TRY(made_.file->append(records_.bytes()));
  unsynced_bytes_ += records_.bytes().size();
  records_.move_to(made_.header.salt, records_.end(), 0);
  if (unsynced_bytes_ < kSyncBytes) return Status();
  unsynced_bytes_ = 0;
  return made_.file->sync();
}

}  // namespace slip::append_log
