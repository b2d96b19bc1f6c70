#include "base/update.h"

#include <utility>

namespace slip {

Entry::Entry(const Update& update)
    : key_(key_of(update)), value_(value_of(update)), update_(update) {
  point();
}

Entry::Entry(Entry&& other) noexcept
    : key_(std::move(other.key_)), value_(std::move(other.value_)), update_(other.update_) {
  point();
  other.forget();
}

Entry& Entry::operator=(Entry&& other) noexcept {
  if (this == &other) return *this;
  key_ = std::move(other.key_);
  value_ = std::move(other.value_);
  update_ = other.update_;
  point();
  other.forget();
  return *this;
}

void Entry::point() {
  update_.key = as_slip_bytes(key_);
  update_.value = as_slip_bytes(value_);
}

void Entry::forget() {
  key_.clear();
  value_.clear();
  update_ = Update{};
}

}  // namespace slip
