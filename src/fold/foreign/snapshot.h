// One committed state of a foreign fold, and what is read from it: every row that the caller's side
// gives is checked for its form, its key and its order, and is handed on without a copy.
//
// Snapshots and their iterators share the ReadState, so that the caller's snapshot is closed after
// its last scan. Any thread; an iterator: one at a time.
#ifndef SLIP_FOLD_FOREIGN_SNAPSHOT_H
#define SLIP_FOLD_FOREIGN_SNAPSHOT_H

#include <atomic>
#include <memory>
#include <string>

#include "fold/foreign/store.h"

namespace slip::foreign {

class ReadState {
 public:
  // CALLBACK_FAILED where it is older than what was committed before the call.
  static Result<std::shared_ptr<ReadState>> open(std::shared_ptr<Store> store);
  explicit ReadState(std::shared_ptr<Store> store) : store_(std::move(store)) {}
  ~ReadState();
  ReadState(const ReadState&) = delete;
  ReadState& operator=(const ReadState&) = delete;

  const StoredMeta& stored() const { return stored_; }
  const std::string& name() const { return store_->name(); }
  const Functions& functions() const { return store_->functions(); }
  void* handle() const { return handle_; }
  // A tombstone too; NOT_FOUND.
  Status get(Bytes key, Update* out) const;
  // A state that a reader may see: MISUSE, SCOPE_MISMATCH where it is none.
  Status check_whole() const;

  std::atomic<uint64_t> iterators{0};

 private:
  Status take();
  Status read_meta(Bytes bytes, uint64_t sequence_min);

  const std::shared_ptr<Store> store_;
  StoredMeta stored_;
  void* handle_ = nullptr;
  bool open_ = false;
};

// A walk from a key on.
class Scan {
 public:
  explicit Scan(std::shared_ptr<ReadState> state) : state_(std::move(state)) {}
  ~Scan();
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;
  Status open(const std::string& from, bool reverse);
  // 0 at the end, and ever after.
  Result<size_t> next(Update* out, size_t capacity);
  const std::shared_ptr<ReadState>& state() const { return state_; }

 private:
  Status check(const Update& row) const;

  const std::shared_ptr<ReadState> state_;
  void* handle_ = nullptr;
  bool open_ = false;
  bool reverse_ = false;
  bool ended_ = false;
  std::string from_;
  Bytes last_;  // the snapshot's; empty: none came yet
};

class ForeignSnapshot final : public Snapshot {
 public:
  ForeignSnapshot(std::shared_ptr<Store> store, std::shared_ptr<ReadState> state)
      : store_(std::move(store)), state_(std::move(state)) {}
  const FoldMeta& meta() const override { return state_->stored().meta; }
  Status get(Bytes key, Update* out) override;
  Result<std::unique_ptr<FoldIterator>> range(const RangeQuery& query) override;
  Status refresh() override;

 private:
  const std::shared_ptr<Store> store_;
  std::shared_ptr<ReadState> state_;
};

}  // namespace slip::foreign
#endif
