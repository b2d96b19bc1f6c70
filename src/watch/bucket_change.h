// What of a bucket's rules is not as it was, for sentences. Pure.
#ifndef SLIP_WATCH_BUCKET_CHANGE_H
#define SLIP_WATCH_BUCKET_CHANGE_H

#include <string>

#include "kv/bucket.h"

namespace slip {

// `history was 1 and is 5; ...` of what decides how a watch may go on: history, what evicts, and
// markers. "" where all is the same.
std::string bucket_change(const BucketState& before, const BucketState& now);

}  // namespace slip
#endif
