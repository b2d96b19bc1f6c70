#include "switch_fold.h"

#include <algorithm>
#include <utility>

namespace test {
namespace {

class Iterator final : public slip::FoldIterator {
 public:
  explicit Iterator(const SwitchFold::Entries& entries)
      : at_(entries.begin()), end_(entries.end()) {}
  slip::Result<size_t> next(slip::Update* out, size_t capacity) override {
    size_t count = 0;
    for (; at_ != end_ && count < capacity; ++at_)
      if (at_->second.live()) out[count++] = at_->second.update();
    return count;
  }

 private:
  SwitchFold::Entries::const_iterator at_;
  const SwitchFold::Entries::const_iterator end_;
};

class Snapshot final : public slip::Snapshot {
 public:
  Snapshot(const SwitchFold::Entries& entries, slip::FoldMeta meta) : meta_(std::move(meta)) {
    for (const auto& [key, entry] : entries) entries_.emplace(key, slip::Entry(entry.update()));
  }
  const slip::FoldMeta& meta() const override { return meta_; }
  slip::Status get(slip::Bytes key, slip::Update* out) override {
    const auto found = entries_.find(std::string(key));
    if (found == entries_.end() || !found->second.live())
      return slip::Status(SLIP_NOT_FOUND, "no such key");
    *out = found->second.update();
    return slip::Status();
  }
  slip::Result<std::unique_ptr<slip::FoldIterator>> range(const slip::RangeQuery&) override {
    return std::unique_ptr<slip::FoldIterator>(std::make_unique<Iterator>(entries_));
  }
  slip::Status refresh() override { return slip::Status(); }

 private:
  SwitchFold::Entries entries_;
  const slip::FoldMeta meta_;
};

}  // namespace

class SwitchFold::Writer final : public slip::FoldWriter {
 public:
  explicit Writer(std::shared_ptr<SwitchFold> fold) : fold_(std::move(fold)) {}
  ~Writer() override {
    const std::lock_guard<std::mutex> lock(fold_->mutex_);
    fold_->has_writer_ = false;
  }
  slip::Status apply(const slip::Update* updates, size_t count,
                     const slip::Commit& commit) override {
    return fold_->apply(updates, count, commit);
  }

 private:
  const std::shared_ptr<SwitchFold> fold_;
};

void SwitchFold::fail_commits(slip::Status status, int times) {
  const std::lock_guard<std::mutex> lock(mutex_);
  failure_ = std::move(status);
  failures_left_ = times;
}

void SwitchFold::fail_snapshots(slip::Status status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshot_failure_ = std::move(status);
}

slip::Status SwitchFold::apply(const slip::Update* updates, size_t count,
                               const slip::Commit& commit) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (failures_left_ != 0) {
    if (failures_left_ > 0) --failures_left_;
    ++failed_;
    return failure_;
  }
  SLIP_TRY(slip::check_commit(meta_, commit, path_));
  Committed committed;
  committed.cursor = commit.revision;
  committed.loading = commit.loading;
  for (size_t i = 0; i < count; ++i) {
    committed.revisions.push_back(updates[i].revision);
    if (updates[i].revision == 0) {  // a synthetic delete, or unknown
      entries_.erase(std::string(slip::key_of(updates[i])));
      if (!slip::is_live(updates[i])) continue;
      slip::Update kept = updates[i];
      kept.revision = std::max<uint64_t>(commit.revision, 1);
      entries_[std::string(slip::key_of(kept))] = slip::Entry(kept);
      continue;
    }
    slip::Entry& entry = entries_[std::string(slip::key_of(updates[i]))];
    if (updates[i].revision > entry.revision()) entry = slip::Entry(updates[i]);
  }
  slip::advance_meta(&meta_, updates, count, commit);
  meta_.entries = static_cast<uint64_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const auto& kept) { return kept.second.live(); }));
  meta_.tombstones = entries_.size() - meta_.entries;
  commits_.push_back(std::move(committed));
  return slip::Status();
}

std::vector<SwitchFold::Committed> SwitchFold::commits() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return commits_;
}

int SwitchFold::failed_commits() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failed_;
}

std::string SwitchFold::contents() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string text;
  for (const auto& [key, entry] : entries_) {
    if (!entry.live()) continue;
    if (!text.empty()) text += ' ';
    text += key + "=" + std::string(entry.value());
  }
  return text;
}

slip::FoldMeta SwitchFold::now() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return meta_;
}

slip::Result<std::unique_ptr<slip::Snapshot>> SwitchFold::snapshot() {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(snapshot_failure_);
  return std::unique_ptr<slip::Snapshot>(std::make_unique<Snapshot>(entries_, meta_));
}

slip::Result<std::unique_ptr<slip::FoldWriter>> SwitchFold::writer() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (has_writer_) return slip::Status(SLIP_BUSY, "fold \"" + path_ + "\" has a writer");
  std::unique_ptr<slip::FoldWriter> writer = std::make_unique<Writer>(shared_from_this());
  has_writer_ = true;
  return writer;
}

}  // namespace test
