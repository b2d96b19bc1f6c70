#include "fold/lmdb/iterator.h"

#include <algorithm>

#include "base/utf8.h"
#include "fold/lmdb/record.h"
#include "fold/prefix.h"

namespace slip::lmdb {

Iterator::Iterator(std::shared_ptr<ReadState> state, const RangeQuery& query)
    : state_(std::move(state)), query_(query) {
  ++state_->iterators;
}

Status Iterator::open() {
  SLIP_TRY(state_->open_cursor(&cursor_));
  return query_.reverse ? seek_last() : seek();
}

Result<size_t> Iterator::next(Update* out, size_t capacity) {
  if (!failed_.ok()) return failed_;
  size_t count = 0;
  while (count < capacity && (query_.limit == 0 || given_ < query_.limit)) {
    Update update{};
    auto more = advance(&update);
    if (!more.ok()) {
      failed_ = more.status();
      return failed_;
    }
    if (!*more) break;
    if (!wanted(update)) continue;
    out[count++] = update;
    ++given_;
  }
  return count;
}

bool Iterator::wanted(const Update& update) const {
  if (!query_.tombstones && !is_live(update)) return false;
  const Bytes key = key_of(update);
  if (!begins_with(key, query_.prefix)) return false;
  if (query_.from.empty()) return true;
  return query_.reverse ? key <= Bytes(query_.from) : key >= Bytes(query_.from);
}

Result<bool> Iterator::advance(Update* out) {
  if (group_at_ == group_.size()) return advance_tree(out);
  *out = group_[group_at_++];
  return true;
}

// Stored keys that begin with the stored part of the prefix lie together: the first other one ends
// the walk.
Result<bool> Iterator::advance_tree(Update* out) {
  if (!stands_ || !begins_with(node_.key, shared_prefix(query_.prefix))) return false;
  if (is_grouped(node_.key)) {
    SLIP_TRY(collect_group());
    return advance(out);
  }
  if (!read_record(node_.key, node_.record, out)) return state_->damaged(node_.key);
  SLIP_TRY(step());
  return true;
}

// Leaves the cursor on what follows the group.
Status Iterator::collect_group() {
  const Bytes shared = shared_prefix(node_.key);
  group_.clear();
  group_at_ = 0;
  while (stands_ && is_grouped(node_.key) && begins_with(node_.key, shared)) {
    if (group_.size() == kGroupKeysMax)
      return Status(SLIP_TOO_LARGE, "cannot put the keys of fold " + quoted(state_->path()) +
                                        " in order: more than " + std::to_string(kGroupKeysMax) +
                                        " begin with the same " +
                                        std::to_string(kSharedPrefixBytes) + " bytes as " +
                                        quoted(node_.key));
    Update update{};
    if (!read_record(node_.key, node_.record, &update)) return state_->damaged(node_.key);
    group_.push_back(update);
    SLIP_TRY(step());
  }
  std::sort(group_.begin(), group_.end(),
            [](const Update& a, const Update& b) { return key_of(a) < key_of(b); });
  if (query_.reverse) std::reverse(group_.begin(), group_.end());
  return Status();
}

// --- where the walk starts
// ------------------------------------------------------------------------

// On the first stored key that may hold one at or above both prefix and `from`; for a long one that
// is the beginning of its group.
Status Iterator::seek() {
  const Bytes bound = std::max(Bytes(query_.prefix), Bytes(query_.from));
  if (bound.empty()) return move(MDB_FIRST);
  node_.key = shared_prefix(bound);
  return move(MDB_SET_RANGE);
}

// On the last stored key that may hold one within the prefix and at or below `from`.
Status Iterator::seek_last() {
  const Bytes from(query_.from);
  const bool within = begins_with(from, query_.prefix) || from < Bytes(query_.prefix);
  if (from.empty() || !within) return seek_below(successor(shared_prefix(query_.prefix)));
  if (is_grouped(from)) return seek_below(successor(shared_prefix(from)));
  node_.key = from;
  SLIP_TRY(move(MDB_SET_RANGE));
  if (stands_ && node_.key == from) return Status();
  return move(stands_ ? MDB_PREV : MDB_LAST);
}

// On the last stored key below `bound`; on the last of all where it is empty.
Status Iterator::seek_below(const std::string& bound) {
  if (bound.empty()) return move(MDB_LAST);
  node_.key = bound;
  SLIP_TRY(move(MDB_SET_RANGE));
  return move(stands_ ? MDB_PREV : MDB_LAST);
}

Status Iterator::move(int operation) {
  MDB_val key = as_val(node_.key);
  MDB_val record{};
  const int code =
      mdb_cursor_get(cursor_.get(), &key, &record, static_cast<MDB_cursor_op>(operation));
  stands_ = code == 0;
  if (code == MDB_NOTFOUND) return Status();
  if (code != 0) return state_->failed(code);
  node_ = Node{as_bytes(key), as_bytes(record)};
  return Status();
}

Status Iterator::step() { return move(query_.reverse ? MDB_PREV : MDB_NEXT); }

}  // namespace slip::lmdb
