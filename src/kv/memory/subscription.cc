#include "kv/memory/subscription.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace slip {

Subscription::Subscription(const WatchRequest& request, std::shared_ptr<Intake> intake)
    : scope_(request.scope),
      incarnation_(request.incarnation),
      credit_updates_(request.credit_updates),
      credit_bytes_(request.credit_bytes),
      intake_(std::move(intake)),
      next_revision_(std::max<uint64_t>(1, request.from_revision)) {}

// One update always may, however large: without that a value above the credit would never come.
bool Subscription::may_deliver(const Update& update) const {
  if (outstanding_updates_ >= credit_updates_) return false;
  const size_t size = update.key.size + update.value.size;
  return outstanding_updates_ == 0 || outstanding_bytes_ + size <= credit_bytes_;
}

void Subscription::pump(const MessageStore& store) noexcept {
  if (ended_) return;
  auto at = store.log().lower_bound(next_revision_);
  for (; at != store.log().end(); ++at) {
    const Update update = as_update(*at);
    if (scope_.contains(key_of(update))) {
      if (!may_deliver(update)) return;
      outstanding_updates_ += 1;
      outstanding_bytes_ += update.key.size + update.value.size;
      intake_->append(update, incarnation_, ++delivery_);
      told_revision_ = at->first;
    }
    next_revision_ = at->first + 1;
  }
  // What was written and is retained no more counts as looked at, too.
  next_revision_ = std::max(next_revision_, store.last_revision() + 1);
  if (store.last_revision() > told_revision_) beat(store.last_revision());
}

bool Subscription::delivered_all(const MessageStore& store) const {
  return !ended_ && next_revision_ > store.last_revision();
}

void Subscription::beat(uint64_t revision) noexcept {
  intake_->heartbeat(Heartbeat{incarnation_, delivery_, revision});
  told_revision_ = revision;
}

void Subscription::credit(size_t updates, size_t bytes) noexcept {
  outstanding_updates_ -= std::min(outstanding_updates_, updates);
  outstanding_bytes_ -= std::min(outstanding_bytes_, bytes);
}

void Subscription::tick(const MessageStore& store) noexcept {
  if (ended_) return;
  if (delivered_all(store)) {
    beat(store.last_revision());
  } else {
    intake_->touch();
  }
}

void Subscription::end(const Status& reason) noexcept {
  if (ended_) return;
  ended_ = true;
  Status copy(reason.code(), std::string(), reason.retriable());
  try {
    copy = reason;
  } catch (const std::bad_alloc&) {  // the code alone says enough
  }
  intake_->broken(incarnation_, std::move(copy));
}

}  // namespace slip
