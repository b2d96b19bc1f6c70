#include "fold/foreign/change_plan.h"

#include <algorithm>
#include <numeric>

#include "base/guard.h"

namespace slip::foreign {
namespace {

// By key, and by place in the batch within one.
std::vector<uint32_t> order_of(const Update* updates, size_t count) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  const auto before = [updates](uint32_t a, uint32_t b) {
    const int compared = key_of(updates[a]).compare(key_of(updates[b]));
    return compared != 0 ? compared < 0 : a < b;
  };
  if (!std::is_sorted(order.begin(), order.end(), before))
    std::sort(order.begin(), order.end(), before);
  return order;
}

}  // namespace

Update row_of(const Update& update, uint64_t unknown_as) {
  Update row = update;
  if (row.revision == 0) row.revision = unknown_as;
  if (!is_live(row)) row.value = slip_bytes{nullptr, 0};
  row.flags &= SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER;
  row.reserved[0] = row.reserved[1] = 0;
  return row;
}

void ChangePlan::Outcome::add(const Update& next) {
  if (next.revision == 0) {
    removes = true;
    update = is_live(next) ? &next : nullptr;
  } else if (update == nullptr || next.revision > update->revision) {
    update = &next;
  }
}

Status ChangePlan::resolve(const Update* updates, size_t count, const ReadState* state) {
  if (count > UINT32_MAX) return Status(SLIP_TOO_LARGE, "a batch of more than 2^32 updates");
  const std::vector<uint32_t> order = order_of(updates, count);
  for (size_t i = 0; i < count;) {
    const Bytes key = key_of(updates[order[i]]);
    Outcome outcome;
    for (; i < count && key_of(updates[order[i]]) == key; ++i) outcome.add(updates[order[i]]);
    SLIP_TRY(change(key, outcome, state));
  }
  return Status();
}

Status ChangePlan::change(Bytes key, const Outcome& outcome, const ReadState* state) {
  Update old{};
  Status found(SLIP_NOT_FOUND, std::string());
  if (state != nullptr) found = state->get(key, &old);
  if (!found.ok() && !found.is(SLIP_NOT_FOUND)) return found;
  if (found.ok()) {
    const uint64_t revision = outcome.update != nullptr ? outcome.update->revision : 0;
    // guard: fold_stale_update
    const bool stale = !outcome.removes && revision <= old.revision;
    if (guard_on("fold_stale_update") && stale) return Status();
    if (!uncount_row(next_, old))
      return damaged(state->name(), "it holds more than its counts say");
  }
  if (outcome.update != nullptr) {
    puts_.push_back(row_of(*outcome.update, unknown_as_));
    count_row(next_, puts_.back());
  } else if (found.ok()) {
    removals_.push_back(as_slip_bytes(key));
  }
  return Status();
}

}  // namespace slip::foreign
