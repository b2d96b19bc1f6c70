// Section SNAPSHOT.
#include <memory>
#include <string>
#include <utility>

#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/iterator.h"

using namespace slip;
using namespace slip::capi;

namespace {

std::string copy_of(slip_bytes bytes) { return std::string(view(bytes)); }

bool is_view(slip_bytes bytes) { return bytes.data != nullptr || bytes.size == 0; }

Result<RangeQuery> range_query(const slip_range& range) {
  if (!is_view(range.prefix) || !is_view(range.from))
    return Status(SLIP_INVALID, "slip_range: prefix or from is NULL and its size is not 0");
  if (range.reverse > 1 || range.tombstones > 1)
    return Status(SLIP_INVALID, "slip_range: reverse and tombstones are 0 or 1");
  RangeQuery query;
  query.prefix = copy_of(range.prefix);
  query.from = copy_of(range.from);
  query.reverse = range.reverse == 1;
  query.tombstones = range.tombstones == 1;
  query.limit = range.limit;
  return query;
}

}  // namespace

slip_status slip_snapshot_open(slip_fold* fold, slip_snapshot** out_snapshot, slip_error** error) {
  return guard(__func__, error, {handle(fold, "fold"), output(out_snapshot, "out_snapshot")},
               [&]() -> Status {
                 SLIP_ASSIGN(auto snapshot, fold->fold->snapshot());
                 auto open = std::make_shared<OpenSnapshot>(fold->fold, std::move(snapshot));
                 *out_snapshot = std::make_unique<slip_snapshot>(std::move(open)).release();
                 return Status();
               });
}

slip_status slip_snapshot_refresh(slip_snapshot* snapshot, slip_error** error) {
  return guard(__func__, error, {handle(snapshot, "snapshot")},
               [&] { return snapshot->open->snapshot->refresh(); });
}

slip_cursor slip_snapshot_cursor(const slip_snapshot* snapshot) {
  if (snapshot == nullptr || snapshot->forked()) return slip_cursor{0, 0};
  return snapshot->open->snapshot->meta().cursor();
}

slip_status slip_snapshot_get(slip_snapshot* snapshot, const void* key, size_t key_size,
                              slip_update* out_update, slip_error** error) {
  return guard(
      __func__, error,
      {handle(snapshot, "snapshot"), bytes(key, key_size, "key"), output(out_update, "out_update")},
      [&] {
        return snapshot->open->snapshot->get(Bytes(static_cast<const char*>(key), key_size),
                                             out_update);
      });
}

slip_status slip_snapshot_range(slip_snapshot* snapshot, const slip_range* range,
                                slip_iterator** out_iterator, slip_error** error) {
  slip_range asked = SLIP_RANGE_INIT;
  return guard(__func__, error,
               {handle(snapshot, "snapshot"), maybe_input_struct(range, &asked, "range"),
                output(out_iterator, "out_iterator")},
               [&]() -> Status {
                 SLIP_ASSIGN(const RangeQuery query, range_query(asked));
                 SLIP_ASSIGN(auto iterator, snapshot->open->snapshot->range(query));
                 *out_iterator = iterate_range(snapshot->open, std::move(iterator)).release();
                 return Status();
               });
}

void slip_snapshot_free(slip_snapshot* snapshot) { release(snapshot); }
