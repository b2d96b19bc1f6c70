// A bucket of a caller's own kind, over the functions that he gave (slip_bucket_open_foreign).
// Any thread. Holds nothing but the functions; each watch has its own feed.
#ifndef SLIP_KV_FOREIGN_FOREIGN_BUCKET_H
#define SLIP_KV_FOREIGN_FOREIGN_BUCKET_H

#include <memory>
#include <string>

#include "kv/bucket.h"
#include "kv/foreign/functions.h"

namespace slip {

// INVALID: the name, or a function that must be there. UNSUPPORTED: a capability of the future.
Result<std::shared_ptr<Bucket>> open_foreign_bucket(const std::string& name,
                                                    ForeignFunctions&& functions);

}  // namespace slip
#endif
