#include "watch/replay.h"

namespace slip {

Result<std::unique_ptr<Replay>> Replay::open(Fold& fold, BatchBounds bounds) {
  std::unique_ptr<Replay> replay(new Replay(bounds));
  SLIP_ASSIGN(replay->snapshot_, fold.snapshot());
  SLIP_ASSIGN(replay->iterator_, replay->snapshot_->range(RangeQuery{}));
  return replay;
}

Status Replay::read_ahead() {
  SLIP_ASSIGN(filled_, iterator_->next(ahead_.data(), ahead_.size()));
  used_ = 0;
  return Status();
}

Status Replay::next(Batch* batch) {
  batch->clear();
  while (batch->size() < bounds_.updates_max && batch->bytes() < bounds_.bytes_max) {
    if (used_ == filled_) SLIP_TRY(read_ahead());
    if (filled_ == 0) break;
    Update update = ahead_[used_++];
    update.flags |= SLIP_FLAG_REPLAY;
    batch->append(update, 0);
  }
  batch->seal();
  return Status();
}

}  // namespace slip
