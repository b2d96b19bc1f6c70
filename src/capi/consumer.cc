// Section CONSUMER.
#include "base/utf8.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "fold/positions.h"

using namespace slip;
using namespace slip::capi;

namespace {

Result<Positions*> positions_of(Fold& fold) {
  Positions* positions = fold.positions();
  if (positions != nullptr) return positions;
  return Status(SLIP_UNSUPPORTED, "fold " + quoted(fold.path()) +
                                      " has no directory of its own in which a position could be "
                                      "kept (keep it where the fold is)");
}

}  // namespace

slip_status slip_consumer_position_load(slip_fold* fold, const char* name, slip_cursor* out_cursor,
                                        slip_error** error) {
  return guard(__func__, error,
               {handle(fold, "fold"), given(name, "name"), output(out_cursor, "out_cursor")},
               [&]() -> Status {
                 SLIP_ASSIGN(Positions* const positions, positions_of(*fold->fold));
                 SLIP_ASSIGN(const FoldMeta meta, fold->fold->meta());
                 SLIP_ASSIGN(*out_cursor, positions->load(name, meta));
                 return Status();
               });
}

slip_status slip_consumer_position_save(slip_fold* fold, const char* name, slip_cursor cursor,
                                        slip_error** error) {
  return guard(__func__, error, {handle(fold, "fold"), given(name, "name")}, [&]() -> Status {
    SLIP_ASSIGN(Positions* const positions, positions_of(*fold->fold));
    SLIP_ASSIGN(const FoldMeta meta, fold->fold->meta());
    return positions->save(name, cursor, meta);
  });
}
