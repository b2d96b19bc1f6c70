// Section FOREIGN FOLD.
#include "fold/foreign/foreign_fold.h"

#include <utility>

#include "capi/guard.h"
#include "capi/handles.h"

using namespace slip;
using namespace slip::capi;

slip_status slip_fold_open_foreign(const char* name, const slip_fold_functions* functions,
                                   slip_fold** out_fold, slip_error** error) {
  foreign::Functions owned;  // outside the guard: destroy is due whatever fails
  return guard(__func__, error,
               {input_struct(functions, &owned.functions, "functions"), given(name, "name"),
                output(out_fold, "out_fold")},
               [&]() -> Status {
                 SLIP_ASSIGN(auto fold, open_foreign_fold(name, std::move(owned)));
                 *out_fold = std::make_unique<slip_fold>(std::move(fold)).release();
                 return Status();
               });
}
