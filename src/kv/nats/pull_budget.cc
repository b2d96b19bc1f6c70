#include "kv/nats/pull_budget.h"

#include <algorithm>
#include <cassert>

namespace slip {
namespace {

size_t minus(size_t a, size_t b) { return a > b ? a - b : 0; }

}  // namespace

std::optional<PullBudget::Request> PullBudget::open(size_t updates, size_t bytes) {
  const Request request{last_number_ + 1, updates, bytes, Deadline::max()};
  open_.push_back(request);
  ++last_number_;
  open_updates_ += updates;
  open_bytes_ += bytes;
  return request;
}

// Two requests of half the credit each make a steady flow: while one is being served, the other's
// credit comes back. Below a quarter it waits for more, or the flow would fall apart into crumbs.
std::optional<PullBudget::Request> PullBudget::next() {
  if (unlimited_open()) return std::nullopt;
  const size_t updates = minus(credit_updates_, held_updates_ + asked_updates());
  const size_t bytes = minus(credit_bytes_, held_bytes_ + asked_bytes());
  if (too_small_) {
    // One update may always pass, but for each the applier must have given back the one before.
    if (any_open() || updates == 0 || held_bytes_ >= credit_bytes_) return std::nullopt;
    too_small_ = false;
    return open(1, 0);
  }
  if (updates < std::max<size_t>(1, credit_updates_ / 4)) return std::nullopt;
  if (bytes < std::max<size_t>(1, credit_bytes_ / 4)) return std::nullopt;
  return open(std::min(updates, std::max<size_t>(1, credit_updates_ / 2)),
              std::min(bytes, std::max<size_t>(1, credit_bytes_ / 2)));
}

void PullBudget::delivered(size_t wire_size, size_t held_size) {
  held_updates_ += 1;
  held_bytes_ += held_size;
  came_bytes_ += wire_size;
  too_small_ = false;  // what did not fit has come, through another request
  if (came_updates_ < open_updates_) ++came_updates_;
  // Complete requests say so themselves only where they had a limit of bytes.
  if (came_updates_ == open_updates_) lost_all();
}

void PullBudget::ended(uint64_t number, std::optional<uint64_t> updates_left,
                       std::optional<uint64_t> bytes_left) {
  const auto found = std::find_if(open_.begin(), open_.end(),
                                  [&](const Request& open) { return open.number == number; });
  if (found == open_.end()) return;
  // Where the server did not say, all that came is taken to have been this one's: the others then
  // count as if they had it still to come, and no more is asked for than may be.
  const size_t updates = updates_left ? minus(found->updates, *updates_left) : found->updates;
  const size_t bytes = bytes_left ? minus(found->bytes, *bytes_left) : found->bytes;
  open_updates_ -= found->updates;
  open_bytes_ -= found->bytes;
  came_updates_ = std::min(minus(came_updates_, updates), open_updates_);
  came_bytes_ = minus(came_bytes_, bytes);
  open_.erase(found);
  if (came_updates_ == open_updates_) lost_all();
}

void PullBudget::ended_too_small(uint64_t number, std::optional<uint64_t> updates_left,
                                 std::optional<uint64_t> bytes_left) {
  const auto found = std::find_if(open_.begin(), open_.end(),
                                  [&](const Request& open) { return open.number == number; });
  if (found == open_.end()) return;
  // One that carried something only ran out; one that carried nothing can carry nothing.
  if (!updates_left || *updates_left >= found->updates) too_small_ = true;
  ended(number, updates_left, bytes_left);
}

void PullBudget::expect_end(uint64_t number, Deadline over_at) {
  for (Request& open : open_) {
    if (open.number == number) open.over_at = over_at;
  }
}

void PullBudget::expire(Deadline now) {
  for (size_t i = open_.size(); i > 0; --i) {
    if (i <= open_.size() && open_[i - 1].over_at <= now) {
      ended(open_[i - 1].number, std::nullopt, std::nullopt);
    }
  }
}

bool PullBudget::is_open(uint64_t number) const {
  return std::any_of(open_.begin(), open_.end(),
                     [&](const Request& open) { return open.number == number; });
}

void PullBudget::lost_all() {
  open_.clear();
  open_updates_ = open_bytes_ = came_updates_ = came_bytes_ = 0;
}

void PullBudget::credited(size_t updates, size_t bytes) {
  held_updates_ = minus(held_updates_, updates);
  held_bytes_ = minus(held_bytes_, bytes);
}

}  // namespace slip
