// Section FOLD UPKEEP.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "capi/error.h"
#include "capi/guard.h"
#include "capi/handles.h"

using namespace slip;
using namespace slip::capi;

namespace {

slip_compaction as_struct(const Compaction& compaction) {
  slip_compaction out = SLIP_COMPACTION_INIT;
  out.outcome = compaction.outcome;
  out.bytes_before = compaction.bytes_before;
  out.bytes_after = compaction.bytes_after;
  out.segments_before = compaction.segments_before;
  out.segments_after = compaction.segments_after;
  out.status = compaction.status;
  return out;
}

Status check_range(slip_revision_range range) {
  if (range.from < range.to) return Status();
  return Status(SLIP_INVALID, "range: from " + std::to_string(range.from) + " is not below to " +
                                  std::to_string(range.to));
}

}  // namespace

slip_status slip_fold_compact(slip_fold* fold, slip_compaction* out_compaction,
                              slip_text** out_reason, slip_error** error) {
  return guard(__func__, error,
               {handle(fold, "fold"), output_struct(out_compaction, "out_compaction"),
                maybe_output(out_reason, "out_reason")},
               [&]() -> Status {
                 SLIP_ASSIGN(Compaction done, fold->fold->compact());
                 fill_struct(as_struct(done), out_compaction);
                 if (out_reason != nullptr)
                   *out_reason = make_text(std::move(done.reason)).release();
                 return Status();
               });
}

slip_status slip_fold_hide(slip_fold* fold, slip_revision_range range, slip_error** error) {
  return guard(__func__, error, {handle(fold, "fold")}, [&]() -> Status {
    SLIP_TRY(check_range(range));
    return fold->fold->hide(range);
  });
}

slip_status slip_fold_unhide(slip_fold* fold, slip_revision_range range, slip_error** error) {
  return guard(__func__, error, {handle(fold, "fold")}, [&]() -> Status {
    SLIP_TRY(check_range(range));
    return fold->fold->unhide(range);
  });
}

slip_status slip_fold_hidden(slip_fold* fold, slip_revision_range* out_ranges, size_t capacity,
                             size_t* out_count, slip_error** error) {
  return guard(__func__, error,
               {handle(fold, "fold"), bytes(out_ranges, capacity, "out_ranges"),
                output(out_count, "out_count")},
               [&]() -> Status {
                 SLIP_ASSIGN(const std::vector<RevisionRange> ranges, fold->fold->hidden());
                 std::copy_n(ranges.begin(), std::min(capacity, ranges.size()), out_ranges);
                 *out_count = ranges.size();
                 return Status();
               });
}
