#include "fold/foreign/snapshot.h"

#include <algorithm>

#include "base/guard.h"
#include "base/limits.h"
#include "fold/foreign/range.h"

namespace slip::foreign {
namespace {

constexpr uint32_t kStoredFlags = SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER;

// What no commit has ever stored; nullptr: nothing.
const char* find_fault(const Update& row) {
  if (row.key.data == nullptr || row.key.size == 0) return "no key";
  if (row.key.size > kFoldKeyBytesMax) return "a key that is too long";
  if (row.value.data == nullptr && row.value.size > 0) return "a value that is NULL";
  if (row.value.size > kValueBytesMax) return "a value that is too large";
  if (row.operation < SLIP_PUT || row.operation > SLIP_PURGE) return "an unknown operation";
  if (!is_live(row) && row.value.size > 0) return "a value although it is a tombstone";
  if (row.revision == 0) return "no revision";
  if ((row.flags & ~kStoredFlags) != 0) return "unknown flags";
  if (row.reserved[0] != 0 || row.reserved[1] != 0) return "reserved members that are not zero";
  return nullptr;
}

// A key whose size cannot be true is not looked at.
std::string key_or_none(const Update& row) {
  const bool readable = row.key.data != nullptr && row.key.size <= kFoldKeyBytesMax;
  return readable ? quoted(key_of(row)) : "\"\"";
}

}  // namespace

Result<std::shared_ptr<ReadState>> ReadState::open(std::shared_ptr<Store> store) {
  SLIP_TRY(store->check_open());
  auto state = std::make_shared<ReadState>(std::move(store));
  SLIP_TRY(state->take());
  return state;
}

Status ReadState::take() {
  const uint64_t sequence_min = store_->sequence();
  const Functions& f = functions();
  slip_bytes meta{nullptr, 0};
  SLIP_TRY(f.call("snapshot_open", [&](char* text, size_t size) {
    return f->snapshot_open(f.user(), &handle_, &meta, text, size);
  }));
  open_ = true;
  ++store_->snapshots;
  if (meta.data == nullptr && meta.size > 0)
    return breach(name(), "snapshot_open gave a meta that is NULL");
  return read_meta(view(meta), sequence_min);
}

Status ReadState::read_meta(Bytes bytes, uint64_t sequence_min) {
  if (!bytes.empty()) SLIP_TRY(decode_meta(bytes, name(), &stored_));
  // guard: foreign_stale_state
  if (guard_on("foreign_stale_state") && stored_.sequence < sequence_min)
    return breach(name(),
                  "snapshot_open gave " +
                      (bytes.empty() ? "no meta"
                                     : "the state of commit " + std::to_string(stored_.sequence)) +
                      " after commit " + std::to_string(sequence_min) + " had succeeded");
  return Status();
}

ReadState::~ReadState() {
  if (!open_) return;
  --store_->snapshots;
  const Functions& f = functions();
  f.call_void("snapshot_close", [&] { f->snapshot_close(f.user(), handle_); });
}

Status ReadState::check_whole() const {
  // guard: foreign_importing
  if (guard_on("foreign_importing") && stored_.importing)
    return Status(SLIP_MISUSE, "fold " + quoted(name()) +
                                   " holds a part of an artifact: its import is under way, or was "
                                   "cut short (import it again)");
  return slip::check_whole(stored_.meta, name());
}

Status ReadState::get(Bytes key, Update* out) const {
  const Functions& f = functions();
  *out = Update{};
  Update row{};
  SLIP_TRY(f.call("get", [&](char* text, size_t size) {
    return f->get(f.user(), handle_, key.data(), key.size(), &row, text, size);
  }));
  if (const char* fault = find_fault(row))
    return damaged(name(), "the row of key " + quoted(key) + " has " + fault);
  if (key_of(row) != key)
    return breach(name(),
                  "get gave the row of key " + quoted(key_of(row)) + " for key " + quoted(key));
  *out = row;
  return Status();
}

Scan::~Scan() {
  if (!open_) return;
  const Functions& f = state_->functions();
  f.call_void("scan_close", [&] { f->scan_close(f.user(), handle_); });
}

Status Scan::open(const std::string& from, bool reverse) {
  const Functions& f = state_->functions();
  from_ = from;
  reverse_ = reverse;
  SLIP_TRY(f.call("scan_open", [&](char* text, size_t size) {
    return f->scan_open(f.user(), state_->handle(), from_.data(), from_.size(), reverse ? 1 : 0,
                        &handle_, text, size);
  }));
  open_ = true;
  return Status();
}

Status Scan::check(const Update& row) const {
  if (const char* fault = find_fault(row))
    return damaged(state_->name(), "the row of key " + key_or_none(row) + " has " + fault);
  const Bytes key = key_of(row);
  const Bytes before = last_.empty() ? Bytes(from_) : last_;
  if (before.empty()) return Status();
  // The first may be the key itself that the scan starts from.
  const int order = reverse_ ? before.compare(key) : key.compare(before);
  const bool follows = last_.empty() ? order >= 0 : order > 0;
  // guard: foreign_row_order
  if (!guard_on("foreign_row_order") || follows) return Status();
  return breach(state_->name(), std::string(reverse_ ? "a descending" : "an ascending") +
                                    " scan gave key " + quoted(key) +
                                    (last_.empty() ? " from " : " after ") + quoted(before));
}

Result<size_t> Scan::next(Update* out, size_t capacity) {
  if (ended_) return size_t{0};
  const Functions& f = state_->functions();
  size_t count = 0;
  std::fill_n(out, capacity, Update{});
  const Status status = f.call("scan_next", [&](char* text, size_t size) {
    return f->scan_next(f.user(), handle_, out, capacity, &count, text, size);
  });
  if (status.is(SLIP_END)) {
    ended_ = true;
    return size_t{0};
  }
  SLIP_TRY(status);
  if (count == 0 || count > capacity)
    return breach(state_->name(), "scan_next succeeded with " + std::to_string(count) +
                                      " rows of at most " + std::to_string(capacity));
  for (size_t i = 0; i < count; ++i) {
    SLIP_TRY(check(out[i]));
    last_ = key_of(out[i]);
  }
  return count;
}

Status ForeignSnapshot::get(Bytes key, Update* out) {
  *out = Update{};
  Status status(SLIP_NOT_FOUND, std::string());
  if (!key.empty() && key.size() <= kFoldKeyBytesMax) status = state_->get(key, out);
  if (status.ok() ? is_live(*out) : !status.is(SLIP_NOT_FOUND)) return status;
  *out = Update{};
  return Status(SLIP_NOT_FOUND, "no key " + quoted(key) + " in fold " + quoted(state_->name()));
}

Result<std::unique_ptr<FoldIterator>> ForeignSnapshot::range(const RangeQuery& query) {
  auto iterator = std::make_unique<RangeIterator>(state_, query);
  SLIP_TRY(iterator->open());
  return std::unique_ptr<FoldIterator>(std::move(iterator));
}

Status ForeignSnapshot::refresh() {
  if (state_->iterators > 0)
    return Status(SLIP_MISUSE, "cannot refresh the snapshot of fold " + quoted(state_->name()) +
                                   ": an iterator of it is open (free it first)");
  SLIP_ASSIGN(auto newest, ReadState::open(store_));
  SLIP_TRY(newest->check_whole());
  state_ = std::move(newest);
  return Status();
}

}  // namespace slip::foreign
