#include "fold/append_log/snapshot.h"

#include <algorithm>

#include "base/limits.h"
#include "base/utf8.h"

namespace slip::append_log {
namespace {

bool begins_with(Bytes bytes, Bytes prefix) { return bytes.substr(0, prefix.size()) == prefix; }

// The least string above all that begin with `prefix`; empty where there is none.
std::string successor(Bytes prefix) {
  std::string bound(prefix);
  while (!bound.empty() && bound.back() == '\xff') bound.pop_back();
  if (!bound.empty())
    bound.back() = static_cast<char>(static_cast<unsigned char>(bound.back()) + 1);
  return bound;
}

}  // namespace

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

Status LogSnapshot::get(Bytes key, Update* out) {
  const Entry* entry = nullptr;
  const Version* version = state_->table().find(state_->state().sequence, key, &entry);
  if (version != nullptr && version->live() && !state_->state().hides(*version)) {
    *out = update_of(*entry, *version);
    return Status();
  }
  *out = Update{};
  return Status(SLIP_NOT_FOUND, "no key " + quoted(key) + " in fold " + quoted(state_->path()));
}

Result<std::unique_ptr<FoldIterator>> LogSnapshot::range(const RangeQuery& query) {
  return std::unique_ptr<FoldIterator>(std::make_unique<Iterator>(state_, query));
}

Iterator::Iterator(std::shared_ptr<ReadState> state, const RangeQuery& query)
    : state_(std::move(state)), query_(query), cursor_(state_->state().root) {
  if (query_.reverse)
    seek_last();
  else
    seek();
  ++state_->iterators;
}

void Iterator::seek() { cursor_.seek(std::max(Bytes(query_.prefix), Bytes(query_.from))); }

// On the last key within the prefix and at or below `from`.
void Iterator::seek_last() {
  const Bytes from(query_.from);
  const Bytes prefix(query_.prefix);
  const bool bounded = !from.empty() && (begins_with(from, prefix) || from < prefix);
  if (bounded) {
    cursor_.seek(from);
    if (cursor_.entry() != nullptr && cursor_.entry()->key() == from) return;
    cursor_.previous();
    return;
  }
  const std::string bound = successor(prefix);
  if (bound.empty()) {
    cursor_.seek_last();
    return;
  }
  cursor_.seek(bound);
  cursor_.previous();
}

Result<size_t> Iterator::next(Update* out, size_t capacity) {
  const uint64_t sequence = state_->state().sequence;
  size_t count = 0;
  const EpochPin pin;
  while (count < capacity && (query_.limit == 0 || given_ < query_.limit)) {
    const Entry* entry = cursor_.entry();
    if (entry == nullptr || !begins_with(entry->key(), query_.prefix)) break;
    const Version* version = visible(*entry, sequence);
    const bool wanted = version != nullptr && (version->live() || query_.tombstones);
    if (wanted && (query_.hidden || !state_->state().hides(*version))) {
      out[count++] = update_of(*entry, *version);
      ++given_;
    }
    if (query_.reverse)
      cursor_.previous();
    else
      cursor_.next();
    // From beyond the beginning a cursor would go on at the end.
    if (cursor_.entry() == nullptr) {
      cursor_ = TreeCursor(nullptr);
      break;
    }
  }
  return count;
}

}  // namespace slip::append_log
