#include "fold/append_log/epoch.h"

#include <algorithm>
#include <atomic>
#include <cassert>

namespace slip::append_log {
namespace {

constexpr uint64_t kIdle = EpochPin::kIdle;

// Slots are never freed, only handed on: as many as threads ever read at once.
struct alignas(64) Slot {
  std::atomic<uint64_t> pinned{kIdle};
  std::atomic<bool> taken{true};
  Slot* next = nullptr;
};

// Reads and writes of these are sequentially consistent: a reader's pin comes before its first
// pointer, the writer's unlinking before its look at the pins, and one of the two sees the other.
std::atomic<uint64_t> current_epoch{1};
std::atomic<Slot*> all_slots{nullptr};

Slot* take_slot() {
  for (Slot* slot = all_slots.load(); slot != nullptr; slot = slot->next) {
    if (!slot->taken.exchange(true)) return slot;
  }
  auto* slot = new Slot;
  slot->next = all_slots.load();
  while (!all_slots.compare_exchange_weak(slot->next, slot)) {
  }
  return slot;
}

// The thread's own. What gives it back is apart from it, so that a pin looks at a plain pointer.
thread_local Slot* own = nullptr;
struct GiveBack {
  ~GiveBack() {
    if (own != nullptr) own->taken.store(false);
    own = nullptr;
  }
};

__attribute__((noinline)) void take_own() {
  static thread_local GiveBack at_exit;
  own = take_slot();
  static_cast<void>(at_exit);
}

uint64_t oldest_pin() {
  uint64_t oldest = kIdle;
  for (const Slot* slot = all_slots.load(); slot != nullptr; slot = slot->next)
    oldest = std::min(oldest, slot->pinned.load());
  return oldest;
}

}  // namespace

EpochPin::EpochPin() {
  if (own == nullptr) take_own();
  pinned_ = &own->pinned;
  assert(pinned_->load(std::memory_order_relaxed) == kIdle);
  pinned_->store(current_epoch.load());
}

Limbo::~Limbo() {
  for (const Retired& retired : retired_) retired.destroy(retired.what);
}

void Limbo::reserve_more(size_t count) {
  const size_t needed = retired_.size() + count;
  if (needed > retired_.capacity()) retired_.reserve(std::max(needed, 2 * retired_.capacity()));
}

void Limbo::retire(void* what, Destroy destroy) noexcept {
  assert(retired_.size() < retired_.capacity());
  retired_.push_back({what, destroy, current_epoch.load()});
}

void Limbo::drain() noexcept {
  if (retired_.empty()) return;
  current_epoch.fetch_add(1);
  const uint64_t oldest = oldest_pin();
  size_t freed = 0;
  while (freed < retired_.size() && retired_[freed].epoch < oldest) {
    retired_[freed].destroy(retired_[freed].what);
    ++freed;
  }
  retired_.erase(retired_.begin(), retired_.begin() + static_cast<std::ptrdiff_t>(freed));
}

}  // namespace slip::append_log
