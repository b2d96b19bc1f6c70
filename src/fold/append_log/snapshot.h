// One committed state of an append-log fold, and walks over it. Copies nothing: a snapshot is a
// sequence and the root of a tree. Its get and its iterators may run on many threads at once.
#ifndef SLIP_FOLD_APPEND_LOG_SNAPSHOT_H
#define SLIP_FOLD_APPEND_LOG_SNAPSHOT_H

#include <atomic>
#include <memory>
#include <string>

#include "fold/append_log/table.h"
#include "fold/fold.h"

namespace slip::append_log {

// An open state; given back when destroyed.
class ReadState {
 public:
  // BUSY where there are too many, SCOPE_MISMATCH where the fold is being narrowed.
  static Result<std::shared_ptr<ReadState>> open(std::shared_ptr<Table> table,
                                                 const std::string& path);
  ~ReadState();
  ReadState(const ReadState&) = delete;
  ReadState& operator=(const ReadState&) = delete;

  const std::string& path() const { return path_; }
  const Table& table() const { return *table_; }
  const TableState& state() const { return *state_; }
  const TreeNode* order() const { return table_->order_of(*state_); }
  Status renew();  // on the newest state; alone
  // CORRUPT where a value that is on disk is not what was written.
  Status check(const Update& read) const;

  std::atomic<uint64_t> iterators{0};

 private:
  ReadState(std::shared_ptr<Table> table, std::string path)
      : table_(std::move(table)), path_(std::move(path)) {}

  const std::shared_ptr<Table> table_;
  const std::string path_;
  std::shared_ptr<const TableState> state_;
};

class LogSnapshot : public Snapshot {
 public:
  // `checks`: iterators read the values that are on disk; false where only their places count.
  explicit LogSnapshot(std::shared_ptr<ReadState> state, bool checks = true)
      : state_(std::move(state)), checks_(checks) {}
  const FoldMeta& meta() const override { return state_->state().meta; }
  Status get(Bytes key, Update* out) override;
  Result<std::unique_ptr<FoldIterator>> range(const RangeQuery& query) override;
  Status refresh() override { return state_->renew(); }

 private:
  const std::shared_ptr<ReadState> state_;
  const bool checks_;
};

// A walk in one direction that has the next entries and versions fetched while the first is looked
// at: they lie anywhere in memory, and one wait for all of them is shorter than one for each.
class Walk {
 public:
  Walk(const TreeNode* root, bool reverse) : cursor_(root), reverse_(reverse) {}
  // Where it begins.
  TreeCursor& cursor() { return cursor_; }
  // Null at the end. Pinned.
  const Entry* entry();
  void next() { ++taken_; }

 private:
  static constexpr size_t kEntries = 128;  // a power of two; versions half as far
  static constexpr size_t kEntriesFirst = 16;

  TreeCursor cursor_;
  const bool reverse_;
  bool ended_ = false;
  size_t seen_ = 0;     // entries that the cursor came to
  size_t fetched_ = 0;  // of them: their version was asked for
  size_t taken_ = 0;
  const Entry* window_[kEntries];
};

class Iterator : public FoldIterator {
 public:
  Iterator(std::shared_ptr<ReadState> state, const RangeQuery& query, bool checks);
  ~Iterator() override { --state_->iterators; }
  Result<size_t> next(Update* out, size_t capacity) override;

 private:
  void seek();
  void seek_last();

  const std::shared_ptr<ReadState> state_;
  const RangeQuery query_;
  const bool checks_;
  Walk walk_;
  uint64_t given_ = 0;
  Status failed_;  // after which nothing is given
};

}  // namespace slip::append_log
#endif
