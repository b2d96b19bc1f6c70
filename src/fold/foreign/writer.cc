#include "fold/foreign/writer.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/log.h"
#include "fold/foreign/change_plan.h"

namespace slip::foreign {
namespace {

constexpr size_t kLoadedBytesPerCommit = 4u << 20;
constexpr size_t kLoadedRowsPerCommit = 10000;

// What the fold holds now: after a commit that failed, the caller's side is asked.
Result<StoredMeta> standing(const std::shared_ptr<Store>& store) {
  if (!store->is_settled()) {
    SLIP_ASSIGN(const auto state, ReadState::open(store));
    store->set_committed(state->stored());
  }
  return store->committed();
}

bool changes_nothing(const FoldMeta& meta, size_t count, const Commit& commit) {
  return count == 0 && meta.identity.bound() && meta.revision == commit.revision &&
         meta.loading == commit.loading;
}

Status check_not_importing(const StoredMeta& stored, const std::string& fold) {
  if (!stored.importing) return Status();
  return Status(SLIP_MISUSE, "cannot commit to fold " + quoted(fold) +
                                 ": an import into it was cut short (import again)");
}

// Up to kNarrowKeysPerCommit rows outside `scope` (nullptr: of all rows) leave in one commit.
class Removal {
 public:
  Removal(const std::shared_ptr<Store>& store, const Scope* scope) : store_(store), scope_(scope) {}

  // `next` is what stands; with its counts it becomes what is to be committed.
  Status collect(StoredMeta* next) {
    SLIP_ASSIGN(auto state, ReadState::open(store_));
    Scan scan(std::move(state));
    SLIP_TRY(scan.open(from_, false));
    keys_.clear();
    std::array<Update, 64> rows;
    while (!is_full()) {
      SLIP_ASSIGN(const size_t count, scan.next(rows.data(), rows.size()));
      if (count == 0) break;
      for (size_t i = 0; i < count && !is_full(); ++i) SLIP_TRY(see(rows[i], next));
    }
    return Status();
  }
  bool is_full() const { return keys_.size() >= kNarrowKeysPerCommit; }
  size_t size() const { return keys_.size(); }

  Status commit(StoredMeta next) {
    std::vector<slip_bytes> removals;
    removals.reserve(keys_.size());
    for (const std::string& key : keys_) removals.push_back(as_slip_bytes(key));
    return store_->commit(nullptr, 0, removals.data(), removals.size(), std::move(next));
  }

 private:
  Status see(const Update& row, StoredMeta* next) {
    if (scope_ != nullptr && scope_->contains(key_of(row))) return Status();
    keys_.emplace_back(key_of(row));
    from_ = keys_.back();
    // Of the rows of an import that was cut short nobody keeps count.
    if (scope_ == nullptr || uncount_row(next, row)) return Status();
    return damaged(store_->name(), "it holds more than its counts say");
  }

  const std::shared_ptr<Store>& store_;
  const Scope* const scope_;
  std::string from_;  // what went last: what precedes it was looked at
  std::vector<std::string> keys_;
};

}  // namespace

Status Writer::apply(const Update* updates, size_t count, const Commit& commit) {
  const std::string& name = store_->name();
  SLIP_ASSIGN(StoredMeta next, standing(store_));
  SLIP_TRY(check_not_importing(next, name));
  SLIP_TRY(check_commit(next.meta, commit, name));
  for (size_t i = 0; i < count; ++i) SLIP_TRY(check_update(updates[i], name));
  if (changes_nothing(next.meta, count, commit)) return Status();
  const bool is_empty = next.meta.entries == 0 && next.meta.tombstones == 0;
  advance_meta(&next.meta, updates, count, commit);
  ChangePlan plan(&next, std::max<uint64_t>(commit.revision, 1));
  if (count > 0) {
    std::shared_ptr<ReadState> state;
    if (!is_empty) {
      SLIP_ASSIGN(state, ReadState::open(store_));
    }
    SLIP_TRY(plan.resolve(updates, count, state.get()));
  }
  return store_->commit(plan.puts().data(), plan.puts().size(), plan.removals().data(),
                        plan.removals().size(), std::move(next));
}

Result<uint64_t> Writer::narrow(const Scope& scope) {
  SLIP_ASSIGN(StoredMeta next, standing(store_));
  SLIP_TRY(check_not_importing(next, store_->name()));
  SLIP_TRY(check_narrow(next.meta, scope, store_->name()));
  if (!next.meta.identity.bound()) return uint64_t{0};
  if (!(next.meta.scope == scope)) {
    next.meta.scope = scope;
    next.meta.narrowing = true;
    SLIP_TRY(store_->commit(nullptr, 0, nullptr, 0, next));
  }
  uint64_t removed = 0;
  Removal removal(store_, &scope);
  while (next.meta.narrowing) {
    SLIP_TRY(removal.collect(&next));
    next.meta.narrowing = removal.is_full();
    SLIP_TRY(removal.commit(next));
    removed += removal.size();
  }
  return removed;
}

Status Loader::begin() {
  SLIP_ASSIGN(StoredMeta next, standing(store_));
  const FoldMeta& meta = next.meta;
  if (next.importing) {
    SLIP_TRY(clear());
    next = store_->committed();
  } else if (meta.identity.bound() || meta.entries + meta.tombstones > 0) {
    return Status(SLIP_NOT_EMPTY, "cannot import into fold " + quoted(store_->name()) +
                                      ": it is not empty (use another one)");
  }
  begun_ = true;
  next.importing = true;
  return store_->commit(nullptr, 0, nullptr, 0, next);
}

Status Loader::add(const Update* updates, size_t count) {
  if (!begun_)
    return Status(SLIP_MISUSE, "the load of fold " + quoted(store_->name()) + " has ended");
  for (size_t i = 0; i < count; ++i) {
    SLIP_TRY(stream_.check(updates[i]));
    stream_.count(updates[i]);
    pending_.append(row_of(updates[i], 0), 0);
    if (pending_.bytes() >= kLoadedBytesPerCommit || pending_.size() >= kLoadedRowsPerCommit)
      SLIP_TRY(flush());
  }
  return Status();
}

Status Loader::flush() {
  if (pending_.empty()) return Status();
  pending_.seal();
  StoredMeta next = store_->committed();
  for (size_t i = 0; i < pending_.size(); ++i) count_row(&next, pending_.updates()[i]);
  SLIP_TRY(store_->commit(pending_.updates(), pending_.size(), nullptr, 0, std::move(next)));
  pending_.clear();
  return Status();
}

Status Loader::commit(const FoldMeta& meta) {
  if (!begun_)
    return Status(SLIP_MISUSE, "the load of fold " + quoted(store_->name()) + " has ended");
  SLIP_TRY(flush());
  StoredMeta next = store_->committed();
  next.meta = stream_.counted(meta);
  next.importing = false;
  SLIP_TRY(store_->commit(nullptr, 0, nullptr, 0, std::move(next)));
  begun_ = false;
  return store_->sync();
}

Status Loader::clear() {
  Removal removal(store_, nullptr);
  for (bool more = true; more;) {
    SLIP_ASSIGN(StoredMeta next, standing(store_));
    SLIP_TRY(removal.collect(&next));
    more = removal.is_full();
    if (!more) next = StoredMeta{};
    SLIP_TRY(removal.commit(std::move(next)));
  }
  return Status();
}

Loader::~Loader() {
  if (!begun_) return;
  try {
    const Status cleared = clear();
    if (!cleared.ok())
      log_line(SLIP_LOG_ERROR, "fold",
               "cannot take back an import into fold " + quoted(store_->name()) + ": " +
                   cleared.message());
  } catch (...) {  // no memory: the mark stays, and the next import begins with this
  }
}

}  // namespace slip::foreign
