// How much a pull consumer may ask for: the arithmetic of credit and of requests on their way.
// Pure; guarded by its owner.
//
// Credit is what the applier allows to be outstanding: what it holds (received and not credited
// back) and what the server may still send for open requests. The server serves open requests in
// turn and says at the end of each how much of it was left, so what has been received is counted
// against all of them together, and settled as each one ends. Sizes: the server counts subject,
// reply, headers and body; the applier keys and values, which is less.
#ifndef SLIP_KV_NATS_PULL_BUDGET_H
#define SLIP_KV_NATS_PULL_BUDGET_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace slip {

class PullBudget {
 public:
  struct Request {
    uint64_t number = 0;
    size_t updates = 0;
    size_t bytes = 0;  // 0: without a limit, for one update that is larger than any limit
    Deadline over_at = Deadline::max();  // the server does not have it any more then
  };

  PullBudget(size_t credit_updates, size_t credit_bytes)
      : credit_updates_(credit_updates), credit_bytes_(credit_bytes) {}

  // The next request to send, counted as open; nothing where the credit does not allow a sizeable
  // one yet. Called until it gives nothing, after each of the calls below.
  std::optional<Request> next();

  // `wire_size` as the server counts it, or less; `held_size` as the applier does.
  void delivered(size_t wire_size, size_t held_size);
  // A request is over with so much of it left, where the server said it.
  void ended(uint64_t number, std::optional<uint64_t> updates_left,
             std::optional<uint64_t> bytes_left);
  // The same, because the next update does not fit in what was left.
  void ended_too_small(uint64_t number, std::optional<uint64_t> updates_left,
                       std::optional<uint64_t> bytes_left);
  // When an open request is over at the latest. Servers before 2.10 end one without a word where
  // its time is up while updates stream in.
  void expect_end(uint64_t number, Deadline over_at);
  // Counts those whose time is up as over.
  void expire(Deadline now);
  // The server has forgotten every request.
  void lost_all();
  void credited(size_t updates, size_t bytes);

  bool any_open() const { return !open_.empty(); }
  bool is_open(uint64_t number) const;
  size_t asked_updates() const { return open_updates_ - came_updates_; }
  size_t held_updates() const { return held_updates_; }

 private:
  size_t asked_bytes() const { return open_bytes_ > came_bytes_ ? open_bytes_ - came_bytes_ : 0; }
  // Nothing else is asked for beside a request without a limit of bytes: its end is not announced,
  // but seen by counting.
  bool unlimited_open() const { return !open_.empty() && open_.back().bytes == 0; }
  std::optional<Request> open(size_t updates, size_t bytes);

  const size_t credit_updates_;
  const size_t credit_bytes_;
  std::vector<Request> open_;
  uint64_t last_number_ = 0;
  size_t open_updates_ = 0;  // sums over open_
  size_t open_bytes_ = 0;
  size_t came_updates_ = 0;  // received for the open requests; never more than open_updates_
  size_t came_bytes_ = 0;
  size_t held_updates_ = 0;
  size_t held_bytes_ = 0;
  bool too_small_ = false;  // the next update needs a request without a limit of bytes
};

}  // namespace slip
#endif
