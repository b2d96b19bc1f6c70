#include "kv/foreign/feed.h"

#include <string.h>

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

#include "base/foreign_call.h"
#include "base/guard.h"
#include "base/utf8.h"

namespace slip {
namespace {

constexpr uint32_t kFlagsAllowed = SLIP_FLAG_MORE | SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER;

Status misuse(const std::string& why) { return Status(SLIP_MISUSE, why); }

}  // namespace

Feed::Feed(std::string bucket, const WatchRequest& request, std::shared_ptr<Intake> intake)
    : bucket_(std::move(bucket)),
      scope_(request.scope),
      incarnation_(request.incarnation),
      credit_{request.credit_updates, request.credit_bytes},
      intake_(std::move(intake)),
      order_(request.from_revision, request.from_state, credit_) {}

void Feed::set_inside(std::thread::id thread) {
  const std::lock_guard<std::mutex> lock(mutex_);
  inside_ = thread;
}

Status Feed::check_usable(const char* doing) const {
  const auto sentence = [&](const char* why) {
    return std::string("cannot ") + doing + " the feed of bucket " + quoted(bucket_) + ": " + why;
  };
  if (stopped_) return Status(SLIP_CLOSED, sentence("the watch is done with it (free it)"));
  if (ended_) return misuse(sentence("it has ended"));
  if (waits_) return misuse(sentence("an append waits for room there (one call at a time)"));
  return Status();
}

// A breach would be a loss if the watch went on.
Status Feed::breach(Status status) {
  status = status.with_context("the feed of bucket " + quoted(bucket_));
  finish(Status(SLIP_CALLBACK_FAILED, status.message(), false));
  return status;
}

Status Feed::run_out_of_memory() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  // Short enough to need none.
  finish(Status(SLIP_OUT_OF_MEMORY, std::string("out of memory"), false));
  return Status(SLIP_OUT_OF_MEMORY, std::string("out of memory"), false);
}

void Feed::finish(Status reason) noexcept {
  if (!ended_ && !stopped_) intake_->broken(incarnation_, std::move(reason));
  ended_ = true;
  room_.notify_all();
}

Status Feed::check_numbers(size_t count, uint64_t first_delivery) const {
  if (numbering_ == Numbering::own && first_delivery == 0)
    return Status(SLIP_INVALID, "deliveries that were numbered before have no number any more");
  if (numbering_ == Numbering::counted && first_delivery != 0)
    return Status(SLIP_INVALID, "deliveries that had no number before are numbered now");
  if (first_delivery > UINT64_MAX - count)
    return Status(SLIP_INVALID, "the numbers of the deliveries pass 2^64-1");
  return Status();
}

Status Feed::check_append(const Update* updates, size_t count, uint64_t first_delivery,
                          DeliveryOrder* order, Amount* needed) const {
  SLIP_TRY(check_numbers(count, first_delivery));
  for (size_t i = 0; i < count; ++i) {
    SLIP_TRY(check_foreign_update(updates[i], kFlagsAllowed));
    const bool wanted = scope_.contains(key_of(updates[i]));
    SLIP_TRY(order->admit(updates[i], wanted, first_delivery != 0));
    if (wanted) needed->add(updates[i]);
  }
  const bool too_many = needed->updates > credit_.updates;
  const bool too_large = needed->updates > 1 && needed->bytes > credit_.bytes;
  if (!too_many && !too_large) return Status();
  return Status(SLIP_TOO_LARGE, "one append of " + std::to_string(needed->updates) +
                                    " updates and " + std::to_string(needed->bytes) +
                                    " bytes, the credit is " + std::to_string(credit_.updates) +
                                    " and " + std::to_string(credit_.bytes));
}

bool Feed::has_room(const Amount& needed) const {
  // guard: foreign_credit
  if (!guard_on("foreign_credit") || needed.updates == 0) return true;
  if (outstanding_.updates == 0) return true;
  return outstanding_.updates + needed.updates <= credit_.updates &&
         outstanding_.bytes + needed.bytes <= credit_.bytes;
}

Status Feed::wait_for_room(std::unique_lock<std::mutex>* lock, const Amount& needed,
                           Deadline deadline) {
  if (has_room(needed)) return Status();
  const bool would_wait = Steady::now() < deadline;
  if (would_wait && inside_ == std::this_thread::get_id())
    return Status(SLIP_DEADLOCK,
                  "cannot wait for room in the feed of bucket " + quoted(bucket_) +
                      " inside a function that the watch calls (append from a thread of your own, "
                      "or with a timeout of 0)");
  const auto over = [&] { return stopped_ || ended_ || has_room(needed); };
  waits_ = true;
  if (would_wait && deadline == Deadline::max())
    room_.wait(*lock, over);
  else if (would_wait)
    room_.wait_until(*lock, deadline, over);
  waits_ = false;
  SLIP_TRY(check_usable("append to"));
  if (has_room(needed)) return Status();
  intake_->touch();  // a source that tries again and again is alive
  return Status(SLIP_TIMEOUT, "the feed of bucket " + quoted(bucket_) + " has no room: " +
                                  std::to_string(outstanding_.updates) + " updates and " +
                                  std::to_string(outstanding_.bytes) + " bytes wait to be applied");
}

// Checked, and there is room.
Status Feed::take(const Update* updates, size_t count, uint64_t first_delivery) {
  numbering_ = first_delivery != 0 ? Numbering::own : Numbering::counted;
  bool dropped_last = false;
  for (size_t i = 0; i < count; ++i) {
    Update update = updates[i];
    delivery_ = first_delivery != 0 ? first_delivery + i : delivery_ + 1;
    const bool more = (update.flags & SLIP_FLAG_MORE) != 0 && !order_.in_state();
    update.flags &= ~static_cast<uint32_t>(SLIP_FLAG_MORE);
    // guard: foreign_scope
    dropped_last = guard_on("foreign_scope") && !scope_.contains(key_of(update));
    if (dropped_last) {
      ++dropped_;
      if (!more) intake_->end_revision(incarnation_);
    } else {
      outstanding_.add(update);
      if (!intake_->append(update, incarnation_, delivery_ - dropped_, more)) {
        ended_ = true;
        return Status(SLIP_OUT_OF_MEMORY, std::string("out of memory"), false);
      }
    }
  }
  if (!dropped_last) return Status();
  Heartbeat beat;
  beat.incarnation = incarnation_;
  beat.delivery = delivery_ - dropped_;
  beat.revision = order_.newest();
  beat.seen = true;
  if (order_.in_state() || order_.is_open() || updates[count - 1].revision != order_.newest())
    intake_->touch();
  else
    intake_->heartbeat(beat);
  return Status();
}

Status Feed::append(const Update* updates, size_t count, uint64_t first_delivery,
                    Deadline deadline) try {
  std::unique_lock<std::mutex> lock(mutex_);
  SLIP_TRY(check_usable("append to"));
  if (count == 0) return Status();
  DeliveryOrder order = order_;
  Amount needed;
  Status checked = check_append(updates, count, first_delivery, &order, &needed);
  if (!checked.ok()) return breach(std::move(checked));
  SLIP_TRY(wait_for_room(&lock, needed, deadline));
  order_ = order;
  return take(updates, count, first_delivery);
} catch (const std::bad_alloc&) {
  return run_out_of_memory();
}

Status Feed::progress(uint64_t delivery, uint64_t revision) try {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(check_usable("say progress to"));
  intake_->touch();
  const bool is_newest = delivery == 0 || delivery >= delivery_;
  if (revision == 0 || !is_newest || order_.in_state()) return Status();
  Status reached = order_.reach(revision, is_own_number());
  if (!reached.ok()) return breach(std::move(reached));
  Heartbeat beat;
  beat.incarnation = incarnation_;
  beat.delivery = (delivery == 0 ? delivery_ : delivery) - dropped_;
  beat.revision = revision;
  intake_->heartbeat(beat);
  return Status();
} catch (const std::bad_alloc&) {
  return run_out_of_memory();
}

Status Feed::end_state(uint64_t revision) try {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(check_usable("end the state of"));
  if (!order_.in_state())
    return misuse("the feed of bucket " + quoted(bucket_) +
                  " has no state to end: it was not asked for, or has ended");
  Status ended = order_.end_state(revision);
  if (!ended.ok()) return breach(std::move(ended));
  intake_->state_end(incarnation_, revision);
  return Status();
} catch (const std::bad_alloc&) {
  return run_out_of_memory();
}

Status Feed::end(slip_status code, const char* text, bool retriable) try {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (code == SLIP_OK)
    return Status(SLIP_INVALID, "the feed of bucket " + quoted(bucket_) +
                                    " cannot end with SLIP_OK: that is no reason");
  // Also while an append waits: this ends it.
  if (stopped_ || ended_) return check_usable("end");
  std::string sentence(text == nullptr ? "" : text,
                       text == nullptr ? 0 : strnlen(text, kErrorTextBytesMax - 1));
  const Status told = foreign_told(code, sentence.c_str(), {"kv", "bucket", "source"});
  finish(Status(told.code(), told.message(), retriable));
  return Status();
} catch (const std::bad_alloc&) {
  return run_out_of_memory();
}

void Feed::abandon() noexcept {
  try {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ended_ || stopped_) return;
    finish(Status(SLIP_UNREACHABLE,
                  "the feed of bucket " + quoted(bucket_) + " was freed without an end", true));
  } catch (const std::bad_alloc&) {
    (void)run_out_of_memory();
  }
}

void Feed::credit(size_t updates, size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  outstanding_.updates -= std::min(outstanding_.updates, updates);
  outstanding_.bytes -= std::min(outstanding_.bytes, bytes);
  if (waits_) room_.notify_all();
}

void Feed::stop() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopped_ = true;
  room_.notify_all();
}

void Feed::check_silence(int64_t allowed_ms) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopped_ || ended_ || waits_) return;
  const Deadline sign = std::max(started_, intake_->last_contact());
  if (Steady::now() - sign <= std::chrono::milliseconds(allowed_ms)) return;
  ended_ = true;
  intake_->broken(incarnation_,
                  Status(SLIP_UNREACHABLE,
                         "the source of bucket " + quoted(bucket_) + " gave no sign for " +
                             std::to_string(allowed_ms) + " ms",
                         true),
                  SourceEvent::silence);
}

}  // namespace slip
