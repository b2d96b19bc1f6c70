#include "fold/foreign/store.h"

#include "base/guard.h"

namespace slip::foreign {

StoredMeta Store::committed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return committed_;
}

uint64_t Store::sequence() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return committed_.sequence;
}

void Store::set_committed(StoredMeta stored) {
  const std::lock_guard<std::mutex> lock(mutex_);
  committed_ = std::move(stored);
  settled_ = true;
}

Status Store::check_open() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return closed_ ? Status(SLIP_CLOSED, "fold " + quoted(name_) + " is closed") : Status();
}

Status Store::claim_writer() {
  SLIP_TRY(check_open());
  if (read_only())
    return Status(SLIP_PERMISSION_DENIED, "cannot write fold " + quoted(name_) +
                                              ": it was opened without a commit function");
  const std::lock_guard<std::mutex> lock(mutex_);
  // guard: foreign_one_writer
  if (guard_on("foreign_one_writer") && has_writer_)
    return Status(SLIP_BUSY, "fold " + quoted(name_) +
                                 " is being written already (a watch runs on it, or another call)");
  has_writer_ = true;
  return Status();
}

void Store::release_writer() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  has_writer_ = false;
}

Status Store::commit(const Update* puts, size_t put_count, const slip_bytes* removals,
                     size_t removal_count, StoredMeta next) {
  SLIP_TRY(check_open());
  next.sequence = sequence() + 1;
  const std::string meta = encode_meta(next);
  slip_fold_changes changes{};
  changes.struct_size = sizeof changes;
  changes.puts = puts;
  changes.put_count = put_count;
  changes.removals = removals;
  changes.removal_count = removal_count;
  changes.meta = as_slip_bytes(meta);
  settled_ = false;
  const Functions& f = functions_;
  SLIP_TRY(f.call("commit", [&](char* text, size_t size) {
    return f->commit(f.user(), &changes, text, size);
  }));
  set_committed(std::move(next));
  ++commits_;
  return Status();
}

Status Store::sync() {
  SLIP_TRY(check_open());
  const Functions& f = functions_;
  if (f->sync == nullptr) return Status();
  return f.call("sync", [&](char* text, size_t size) { return f->sync(f.user(), text, size); });
}

Status Store::close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return Status();
    if (has_writer_)
      return Status(SLIP_BUSY, "cannot close fold " + quoted(name_) +
                                   ": it is being written (end its watch first)");
  }
  if (!read_only()) SLIP_TRY(sync());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return Status();
    closed_ = true;
  }
  const Functions& f = functions_;
  if (f->close == nullptr) return Status();
  return f.call("close", [&](char* text, size_t size) { return f->close(f.user(), text, size); });
}

Result<std::unique_ptr<WriterClaim>> WriterClaim::take(const std::shared_ptr<Store>& store) {
  auto claim = std::make_unique<WriterClaim>(store);
  SLIP_TRY(store->claim_writer());
  claim->held_ = true;
  return claim;
}

}  // namespace slip::foreign
