#include "kv/nats/requests.h"

#include <cassert>
#include <cstring>

namespace slip {
namespace {

// Writes in flight of one connection. Servers drop what they cannot queue from 10,000 messages of
// a stream on.
constexpr size_t kWritesInFlightMax = 4096;
constexpr size_t kBytesInFlightMax = 8u << 20;
constexpr size_t kSlotsMax = 1u << 16;
constexpr unsigned kSlotBits = 16;
constexpr size_t kIdDigits = 16;

// Exactly 16 hex digits, as reply_subject() writes them.
bool parse_id(Bytes text, uint64_t* id) {
  if (text.size() != kIdDigits) return false;
  uint64_t value = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'a' && c <= 'f')) return false;
    value = value << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  *id = value;
  return true;
}

}  // namespace

Requests::Requests() : prefix_("_INBOX." + random_token() + ".") {
  static_assert(sizeof(ReplySubject::text) > 7 + 22 + 1 + kIdDigits);
}

Status Requests::begin(const NatsConnectionPtr& connection) {
  std::lock_guard<std::mutex> beginning(begin_mutex_);
  replies_ = nullptr;
  {
    const Lock held(mutex_);
    refused_ = Status();
  }
  auto replies = std::make_unique<NatsSubscription>();
  SLIP_TRY(replies->begin(connection, prefix_ + "*",
                          [this](NatsMessagePtr& answer) { on_answer(answer); }));
  replies_ = std::move(replies);
  return Status();
}

void Requests::end(const Status& reason) noexcept {
  {
    std::lock_guard<std::mutex> beginning(begin_mutex_);
    replies_ = nullptr;
  }
  refuse(reason);
}

bool Requests::is_reply_subject(Bytes subject) const {
  return subject.substr(0, prefix_.size()) == prefix_;
}

Requests::ReplySubject Requests::reply_subject(uint64_t id) const {
  static const char kDigits[] = "0123456789abcdef";
  ReplySubject subject;
  memcpy(subject.text, prefix_.data(), prefix_.size());
  char* const digits = subject.text + prefix_.size();
  for (size_t i = 0; i < kIdDigits; ++i) {
    digits[i] = kDigits[id >> (4 * (kIdDigits - 1 - i)) & 15];
  }
  digits[kIdDigits] = '\0';
  return subject;
}

Status Requests::add(const Lock& lock, Call* call, size_t item, size_t bytes, uint64_t* id) {
  assert(lock.owns_lock() && lock.mutex() == &mutex_);
  (void)lock;
  if (!refused_.ok()) return refused_;
  if (free_.empty()) {
    const size_t size = slots_.size();
    if (size == kSlotsMax) return Status(SLIP_BUSY, "too many requests at once");
    const size_t grown = std::max<size_t>(64, std::min(kSlotsMax, size * 2));
    free_.reserve(grown);
    slots_.resize(grown);
    for (size_t i = grown; i > size; --i) free_.push_back(static_cast<uint32_t>(i - 1));
  }
  const uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.call = call;
  slot.item = item;
  slot.bytes = bytes;
  ++slot.generation;
  if (bytes > 0) ++writes_in_flight_;
  bytes_in_flight_ += bytes;
  *id = slot.generation << kSlotBits | index;
  return Status();
}

Requests::Slot* Requests::find(uint64_t id) noexcept {
  const size_t index = id & (kSlotsMax - 1);
  if (index >= slots_.size()) return nullptr;
  Slot& slot = slots_[index];
  const uint64_t generation_mask = UINT64_MAX >> kSlotBits;
  const bool same = (slot.generation & generation_mask) == id >> kSlotBits;
  return same && slot.call != nullptr ? &slot : nullptr;
}

void Requests::free_slot(Slot* slot) noexcept {
  slot->call = nullptr;
  if (slot->bytes > 0) --writes_in_flight_;
  bytes_in_flight_ -= slot->bytes;
  free_.push_back(static_cast<uint32_t>(slot - slots_.data()));  // reserved
  // Half the window at a time, so that a writer is not woken for each answer.
  const bool much_room =
      writes_in_flight_ <= kWritesInFlightMax / 2 && bytes_in_flight_ <= kBytesInFlightMax / 2;
  if (waiting_for_room_ > 0 && much_room) room_.notify_all();
}

void Requests::withdraw(const Lock& lock, uint64_t id) noexcept {
  assert(lock.owns_lock());
  (void)lock;
  Slot* const slot = find(id);
  if (slot != nullptr) free_slot(slot);
}

void Requests::withdraw_all(const Lock& lock, const Call* call) noexcept {
  assert(lock.owns_lock());
  (void)lock;
  for (Slot& slot : slots_) {
    if (slot.call == call) free_slot(&slot);
  }
}

// One write may always go, however large.
bool Requests::has_room(const Lock& lock, size_t bytes) const {
  assert(lock.owns_lock());
  (void)lock;
  if (!refused_.ok() || writes_in_flight_ == 0) return true;
  return writes_in_flight_ < kWritesInFlightMax && bytes_in_flight_ + bytes <= kBytesInFlightMax;
}

bool Requests::wait_for_room(Lock* lock, size_t bytes, Deadline deadline) {
  ++waiting_for_room_;
  const bool room = room_.wait_until(*lock, deadline, [&] { return has_room(*lock, bytes); });
  --waiting_for_room_;
  return room;
}

uint64_t Requests::answers(const Lock& lock) const {
  assert(lock.owns_lock());
  (void)lock;
  return answers_;
}

void Requests::on_answer(NatsMessagePtr& answer) noexcept {
  const Bytes subject = subject_of(answer.get());
  uint64_t id = 0;
  if (subject.size() < prefix_.size() || !parse_id(subject.substr(prefix_.size()), &id)) return;
  const Lock held(mutex_);
  Slot* const slot = find(id);
  if (slot == nullptr) return;  // withdrawn
  ++answers_;
  Call* const call = slot->call;
  const size_t item = slot->item;
  free_slot(slot);
  call->answered(item, answer);
}

template <typename Condition>
void Requests::fail_if(const Condition& condition, const Status& reason) noexcept {
  for (Slot& slot : slots_) {
    if (slot.call == nullptr || !condition(slot)) continue;
    Call* const call = slot.call;
    const size_t item = slot.item;
    free_slot(&slot);
    call->failed(item, reason);
  }
  room_.notify_all();
}

void Requests::fail_all(const Status& reason) noexcept {
  const Lock held(mutex_);
  fail_if([](const Slot&) { return true; }, reason);
}

void Requests::fail_those_to(Bytes subject, const Status& reason) noexcept {
  const Lock held(mutex_);
  fail_if([&](const Slot& slot) { return slot.call->is_to(slot.item, subject); }, reason);
}

void Requests::refuse(const Status& reason) noexcept {
  Status kept(reason.code(), std::string(), reason.retriable());
  try {
    kept = reason;
  } catch (const std::bad_alloc&) {  // the code alone says enough
  }
  const Lock held(mutex_);
  refused_ = std::move(kept);
  fail_if([](const Slot&) { return true; }, reason);
}

}  // namespace slip
