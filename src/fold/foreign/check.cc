#include "fold/foreign/check.h"

#include <array>

#include "base/guard.h"

namespace slip::foreign {
namespace {

std::string describe(const StoredMeta& stored) {
  return std::to_string(stored.meta.entries) + " entries, " +
         std::to_string(stored.meta.tombstones) + " tombstones and " +
         std::to_string(stored.meta.payload_bytes) + " bytes";
}

// A row is found by its key, and is the one that the scan gave.
Status check_get(const ReadState& state, const Update& row) {
  Update found{};
  const Status status = state.get(key_of(row), &found);
  if (status.is(SLIP_NOT_FOUND))
    return damaged(state.name(),
                   "get does not find key " + quoted(key_of(row)) + ", which a scan gave");
  SLIP_TRY(status);
  if (row_digest(found) == row_digest(row)) return Status();
  return damaged(state.name(), "get and a scan gave different rows of key " + quoted(key_of(row)));
}

Status compare(const StoredMeta& found, const ReadState& state) {
  const StoredMeta& stored = state.stored();
  if (found.meta.entries != stored.meta.entries ||
      found.meta.tombstones != stored.meta.tombstones ||
      found.meta.payload_bytes != stored.meta.payload_bytes)
    return damaged(state.name(),
                   "it holds " + describe(found) + ", its meta says " + describe(stored));
  // guard: foreign_digest
  if (!guard_on("foreign_digest") || found.digest == stored.digest) return Status();
  return damaged(state.name(),
                 "its counts are right, but one row at least is not the one that was committed");
}

}  // namespace

Result<uint64_t> check_rows(std::shared_ptr<ReadState> state) {
  Scan scan(state);
  SLIP_TRY(scan.open(std::string(), false));
  StoredMeta found;
  std::array<Update, 64> rows;
  for (;;) {
    SLIP_ASSIGN(const size_t count, scan.next(rows.data(), rows.size()));
    if (count == 0) break;
    for (size_t i = 0; i < count; ++i) {
      SLIP_TRY(check_get(*state, rows[i]));
      count_row(&found, rows[i]);
    }
  }
  SLIP_TRY(compare(found, *state));
  return found.meta.entries + found.meta.tombstones;
}

}  // namespace slip::foreign
