// A fold of a caller's own kind, over the functions that he gave (slip_fold_open_foreign). Any
// thread.
//
// The caller's side is a map with snapshots and an atomic change; everything else is done here, so
// that a fold of any kind behaves like the others. What comes back is checked (snapshot.h).
#ifndef SLIP_FOLD_FOREIGN_FOREIGN_FOLD_H
#define SLIP_FOLD_FOREIGN_FOREIGN_FOLD_H

#include <memory>
#include <string>

#include "fold/fold.h"
#include "fold/foreign/functions.h"

namespace slip {

// INVALID: the name, or a function that must be there.
Result<std::shared_ptr<Fold>> open_foreign_fold(const std::string& name,
                                                foreign::Functions&& functions);

}  // namespace slip
#endif
