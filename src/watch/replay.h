// The replay: a fold's live keys in key order, batch by batch, from one snapshot, before the tail.
// Belongs to the loop. Views live as long as the replay; a batch owns its bytes.
#ifndef SLIP_WATCH_REPLAY_H
#define SLIP_WATCH_REPLAY_H

#include <array>
#include <memory>

#include "base/batch.h"
#include "fold/fold.h"
#include "kv/intake.h"

namespace slip {

class Replay {
 public:
  static Result<std::unique_ptr<Replay>> open(Fold& fold, BatchBounds bounds);
  // Fills the next batch; empty: nothing is left.
  Status next(Batch* batch);

 private:
  explicit Replay(BatchBounds bounds) : bounds_(bounds) {}
  Status read_ahead();

  const BatchBounds bounds_;
  std::unique_ptr<Snapshot> snapshot_;
  std::unique_ptr<FoldIterator> iterator_;
  std::array<Update, 64> ahead_{};  // [used_, filled_) were read and not handed out
  size_t used_ = 0;
  size_t filled_ = 0;
};

}  // namespace slip
#endif
