// May this watch go on from where it stands? The facts are gathered here, protocol/resume.h judges
// them, and the verdict becomes a sentence that names the numbers and the way out. Stateless.
#ifndef SLIP_WATCH_RESUME_H
#define SLIP_WATCH_RESUME_H

#include <string>

#include "base/status.h"
#include "fold/fold.h"
#include "kv/bucket.h"
#include "watch/watch.h"

namespace slip {

// Whose position it is: the fold at `path`, or, where that is empty, the caller's own cursor.
struct Origin {
  std::string fold_path;
  std::string describe() const;
  std::string way_out() const;
};

// What the position is of, by name: IDENTITY_MISMATCH, SCOPE_MISMATCH. No I/O.
Status check_binding(const std::string& bucket, const Scope& scope, const FoldMeta& standing,
                     const Origin& origin);

// Narrows the fold to the watch's scope, which its own covers, where the settings say so, and goes
// on with a narrowing that was cut short. *standing is the fold's meta before and after.
Status narrow_fold(const std::string& bucket, const WatchSettings& settings, Fold& fold,
                   FoldWriter& writer, FoldMeta* standing);

// Against the bucket as it is now: CURSOR_EXPIRED, STREAM_RECREATED, STREAM_REWOUND, or why the
// bucket could not be asked.
Status check_resume(Bucket& bucket, const BucketState& state, const FoldMeta& standing,
                    const Origin& origin);

// Retention can take away current values without a word.
bool evicts_current_values(const BucketState& state);

}  // namespace slip
#endif
