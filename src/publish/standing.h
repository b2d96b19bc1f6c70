// The pointer as it stands in the store, and what became of a swap. Runs on the calling thread.
#ifndef SLIP_PUBLISH_STANDING_H
#define SLIP_PUBLISH_STANDING_H

#include <optional>
#include <string>

#include "publish/publish.h"

namespace slip {

struct Standing {
  std::optional<Pointer> pointer;  // both or neither
  std::optional<std::string> tag;
};
// CORRUPT, NEWER_FORMAT: there is one, and it cannot be read.
Result<Standing> read_standing(ObjectStore& store, const std::string& key);

enum class SwapOutcome { committed, lost };
// Replaces `base` by `next`, sending the identical request again while the answer leaves open
// whether it happened. `attempts` counts what was sent, kPointerAttemptsMax at most. CONFLICT: out
// of attempts. INDETERMINATE: it may have happened, or may still happen.
Result<SwapOutcome> swap_pointer(ObjectStore& store, const std::string& key, const Standing& base,
                                 const Pointer& next, uint32_t* attempts);

// Waits a little before try number `attempt`, so that writers in each other's way get out of step.
void pause_before_retry(uint32_t attempt);

}  // namespace slip
#endif
