#include "fold/append_log/snapshot.h"

#include <algorithm>

#include "base/limits.h"
#include "base/utf8.h"
#include "fold/prefix.h"

namespace slip::append_log {

Result<std::shared_ptr<ReadState>> ReadState::open(std::shared_ptr<Table> table,
                                                   const std::string& path) {
  std::shared_ptr<ReadState> state(new ReadState(std::move(table), path));
  if (state->table_->open_states() >= kSnapshotReadersMax)
    return Status(SLIP_BUSY, "cannot open a snapshot of fold " + quoted(path) + ": " +
                                 std::to_string(kSnapshotReadersMax) +
                                 " are open (free snapshots that are not needed)");
  state->state_ = state->table_->open_state();
  SLIP_TRY(check_whole(state->state_->meta, path));
  return state;
}

ReadState::~ReadState() {
  if (state_ != nullptr) table_->close_state(state_->sequence);
}

Status ReadState::renew() {
  if (iterators > 0)
    return Status(SLIP_MISUSE, "cannot refresh the snapshot of fold " + quoted(path_) +
                                   ": an iterator of it is open (free it first)");
  std::shared_ptr<const TableState> given_up = table_->open_state();
  const Status whole = check_whole(given_up->meta, path_);
  if (whole.ok()) given_up.swap(state_);
  table_->close_state(given_up->sequence);
  return whole;
}

Status ReadState::check(const Update& read) const {
  const Status whole = table_->values()->check(read);
  return whole.ok() ? whole : whole.with_context("cannot read fold " + quoted(path_));
}

Status LogSnapshot::get(Bytes key, Update* out) {
  const Entry* entry = nullptr;
  const Version* version = state_->table().find(state_->state().sequence, key, &entry);
  if (version != nullptr && version->live() && !state_->state().hides(*version)) {
    *out = update_of(*entry, *version);
    if (!version->on_disk) return Status();
    const Status whole = state_->check(*out);
    if (!whole.ok()) *out = Update{};
    return whole;
  }
  *out = Update{};
  return Status(SLIP_NOT_FOUND, "no key " + quoted(key) + " in fold " + quoted(state_->path()));
}

Result<std::unique_ptr<FoldIterator>> LogSnapshot::range(const RangeQuery& query) {
  return std::unique_ptr<FoldIterator>(std::make_unique<Iterator>(state_, query, checks_));
}

// --- walks ---------------------------------------------------------------------------------------

namespace {

constexpr size_t kKeyBytesRead = 24;

// What is short may still lie across the edge of a cache line: a key that is not long, and the
// beginning of a value.
void fetch(const Entry* entry) {
  __builtin_prefetch(entry);
  __builtin_prefetch(reinterpret_cast<const char*>(entry + 1) + kKeyBytesRead);
}
void fetch(const Version* version) {
  __builtin_prefetch(version);
  __builtin_prefetch(version + 1);
}

}  // namespace

const Entry* Walk::entry() {
  // A walk that may be short does not look far.
  const size_t ahead = std::min(kEntries, kEntriesFirst + 4 * taken_);
  while (!ended_ && seen_ < taken_ + ahead) {
    const Entry* entry = cursor_.entry();
    if (entry == nullptr) {
      ended_ = true;
      break;
    }
    fetch(entry);
    window_[seen_++ % kEntries] = entry;
    if (reverse_)
      cursor_.previous();
    else
      cursor_.next();
  }
  for (; fetched_ < std::min(seen_, taken_ + ahead / 2); ++fetched_)
    fetch(window_[fetched_ % kEntries]->head.load());
  return taken_ == seen_ ? nullptr : window_[taken_ % kEntries];
}

Iterator::Iterator(std::shared_ptr<ReadState> state, const RangeQuery& query, bool checks)
    : state_(std::move(state)),
      query_(query),
      checks_(checks),
      walk_(state_->order(), query.reverse) {
  if (query_.reverse)
    seek_last();
  else
    seek();
  ++state_->iterators;
}

void Iterator::seek() { walk_.cursor().seek(std::max(Bytes(query_.prefix), Bytes(query_.from))); }

// On the last key within the prefix and at or below `from`.
void Iterator::seek_last() {
  TreeCursor& cursor = walk_.cursor();
  const Bytes from(query_.from);
  const Bytes prefix(query_.prefix);
  const bool bounded = !from.empty() && (begins_with(from, prefix) || from < prefix);
  if (bounded) {
    cursor.seek(from);
    if (cursor.entry() != nullptr && cursor.entry()->key() == from) return;
    cursor.previous();
    return;
  }
  const std::string bound = successor(prefix);
  if (bound.empty()) {
    cursor.seek_last();
    return;
  }
  cursor.seek(bound);
  cursor.previous();
}

Result<size_t> Iterator::next(Update* out, size_t capacity) {
  const uint64_t sequence = state_->state().sequence;
  const Bytes prefix(query_.prefix);
  size_t count = 0;
  if (!failed_.ok()) return failed_;
  const EpochPin pin;
  while (count < capacity && (query_.limit == 0 || given_ < query_.limit)) {
    const Entry* entry = walk_.entry();
    if (entry == nullptr || !begins_with(entry->key(), prefix)) break;
    walk_.next();
    const Version* version = visible(*entry, sequence);
    if (version == nullptr || !(version->live() || query_.tombstones)) continue;
    if (!query_.hidden && state_->state().hides(*version)) continue;
    out[count] = update_of(*entry, *version);
    if (version->on_disk && checks_) {
      failed_ = state_->check(out[count]);
      if (!failed_.ok()) break;
    }
    ++count;
    ++given_;
  }
  // What comes before it was read.
  if (count == 0 && !failed_.ok()) return failed_;
  return count;
}

}  // namespace slip::append_log
