// Narrowing a fold: what lies outside its new scope leaves it, in several commits.
#include "base/limits.h"
#include "fold/append_log/store.h"

namespace slip::append_log {
namespace {

// Entries outside the scope, from `from` on in key order, as what removes them: as many as one
// commit takes. Views into the state.
std::vector<Update> outside(const TreeNode* order, const TableState& state, Bytes from) {
  std::vector<Update> removals;
  TreeCursor cursor(order);
  cursor.seek(from);
  for (; cursor.entry() != nullptr && removals.size() < kNarrowKeysPerCommit; cursor.next()) {
    if (state.meta.scope.contains(cursor.entry()->key())) continue;
    Update removal{};
    removal.key = as_slip_bytes(cursor.entry()->key());
    removal.operation = SLIP_DELETE;
    removals.push_back(removal);
  }
  return removals;
}

}  // namespace

Result<uint64_t> Store::narrow(const Scope& scope) {
  const std::lock_guard<std::mutex> lock(writing_);
  SLIP_ASSIGN(const std::shared_ptr<Table> table, this->table());
  std::shared_ptr<const TableState> state = table->newest();
  SLIP_TRY(check_narrow(state->meta, scope, path_));
  if (!state->meta.identity.bound()) return uint64_t{0};
  if (!(state->meta.scope == scope)) {
    Draft begin;
    begin.next = state->meta;
    begin.next.scope = scope;
    begin.next.narrowing = true;
    begin.fill = [](Batch&) { return Status(); };
    SLIP_TRY(write(*table, std::move(begin)));
  }
  uint64_t removed = 0;
  std::string from;
  for (state = table->newest(); state->meta.narrowing; state = table->newest()) {
    const std::vector<Update> removals = outside(table->order_of(*state), *state, from);
    if (!removals.empty()) from = std::string(key_of(removals.back()));
    Draft step;
    step.next = state->meta;
    step.next.narrowing = removals.size() == kNarrowKeysPerCommit;
    step.fill = [&](Batch& batch) { return batch.add(removals.data(), removals.size(), path_); };
    SLIP_TRY(write(*table, std::move(step)));
    removed += removals.size();
  }
  return removed;
}

}  // namespace slip::append_log
