#include "kv/memory/memory_stream.h"

#include <algorithm>
#include <new>

#include "base/clock.h"

namespace slip {
namespace {

// Writes and reads of many messages give up the mutex after so many, so that others get a turn.
constexpr size_t kWritesPerTurn = 64;
constexpr size_t kMessagesPerTurn = 10000;
constexpr size_t kListedUpdatesMax = 1000;
constexpr size_t kListedBytesMax = 1u << 20;

}  // namespace

// Removes what has ended. The markers that this writes are updates like any other; where memory for
// one fails, the next call makes up for it.
void MemoryStream::settle() noexcept {
  const uint64_t before = store_.last_revision();
  try {
    store_.expire(unix_now_ns());
  } catch (const std::bad_alloc&) {
  }
  if (store_.last_revision() != before) pump_all();
}

void MemoryStream::pump_all() noexcept {
  for (const Watching& watching : watching_) watching.subscription->pump(store_);
}

BucketState MemoryStream::info() { return info(Scope::all()); }

BucketState MemoryStream::info(const Scope& scope) {
  std::lock_guard<std::mutex> lock(mutex_);
  settle();
  BucketState state = SLIP_BUCKET_STATE_INIT;
  state.history = config_.history;
  state.epoch = epoch_;
  state.first_revision = store_.first_revision();
  state.last_revision = store_.last_revision();
  state.messages = store_.log().size();
  state.subjects = scope.whole() ? store_.subjects() : store_.subjects_in(scope);
  state.size_bytes = store_.size_bytes();
  state.server_time_ns = unix_now_ns();
  state.max_age_ns = config_.max_age_ns;
  state.max_bytes = config_.max_bytes;
  state.max_value_size = config_.max_value_size;
  state.marker_ttl_ns = config_.marker_ttl_ns;
  state.replicas = config_.replicas;
  state.storage = config_.storage;
  state.discard = config_.discard;
  state.per_message_ttl = config_.marker_ttl_ns > 0 ? 1 : 0;
  state.max_messages = -1;
  return state;
}

Result<Entry> MemoryStream::last(Bytes key) {
  std::lock_guard<std::mutex> lock(mutex_);
  settle();
  const auto found = store_.last(key);
  if (found == store_.log().end()) return Status(SLIP_NOT_FOUND, "there is no such key");
  return Entry(as_update(*found));
}

std::optional<Entry> MemoryStream::at_revision(uint64_t revision) {
  std::lock_guard<std::mutex> lock(mutex_);
  settle();
  const auto found = store_.log().find(revision);
  if (found == store_.log().end()) return std::nullopt;
  return Entry(as_update(*found));
}

// A write for which memory fails has failed alone: the store is as it was.
void MemoryStream::write_one(const Write& write, int64_t now_ns, WriteResult* result,
                             Status* first) {
  *result = WriteResult{};
  try {
    Result<uint64_t> written = store_.write(write, now_ns);
    if (written.ok()) {
      result->revision = *written;
    } else {
      result->status = written.status().code();
      if (first->ok()) *first = written.status();
    }
  } catch (const std::bad_alloc&) {
    result->status = SLIP_OUT_OF_MEMORY;
    if (first->ok()) *first = Status(SLIP_OUT_OF_MEMORY, "out of memory", true);
  }
}

Status MemoryStream::write(const Write* writes, size_t count, WriteResult* results) {
  Status first;
  for (size_t i = 0; i < count;) {
    const size_t turn_end = std::min(count, i + kWritesPerTurn);
    std::lock_guard<std::mutex> lock(mutex_);
    settle();
    const int64_t now_ns = unix_now_ns();
    for (; i < turn_end; ++i) write_one(writes[i], now_ns, &results[i], &first);
    pump_all();
  }
  return first;
}

Status MemoryStream::list(Bytes prefix, bool with_values, uint64_t* position, Batch* out) {
  out->clear();
  uint64_t next = *position;
  bool at_end = false;
  while (out->empty() && !at_end) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (erased_) return Status(SLIP_BUCKET_NOT_FOUND, "the bucket was deleted");
    settle();
    size_t looked_at = 0;
    auto at = store_.log().lower_bound(next);
    for (; at != store_.log().end() && looked_at < kMessagesPerTurn; ++at, ++looked_at) {
      if (out->size() >= kListedUpdatesMax || out->bytes() >= kListedBytesMax) break;
      next = at->first + 1;
      Update update = as_update(*at);
      const bool wanted = is_live(update) && MessageStore::is_last(*at) &&
                          key_of(update).substr(0, prefix.size()) == prefix;
      if (!wanted) continue;
      if (!with_values) update.value = slip_bytes{nullptr, 0};
      out->append(update, 0);
    }
    at_end = at == store_.log().end();
  }
  *position = next;
  if (out->empty()) return Status(SLIP_END, "no more keys");
  out->seal();
  return Status();
}

Status MemoryStream::subscribe(const void* owner, Subscription* subscription, uint64_t* target) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (erased_) return Status(SLIP_BUCKET_NOT_FOUND, "the bucket was deleted");
  settle();
  watching_.push_back(Watching{owner, subscription});
  *target = store_.last_revision();
  subscription->pump(store_);
  return Status();
}

void MemoryStream::unsubscribe(const Subscription* subscription) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(watching_.begin(), watching_.end(), [&](const Watching& other) {
    return other.subscription == subscription;
  });
  if (found != watching_.end()) watching_.erase(found);
}

void MemoryStream::credit(Subscription* subscription, size_t updates, size_t bytes) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  subscription->credit(updates, bytes);
  subscription->pump(store_);
}

void MemoryStream::tick(Subscription* subscription) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  settle();
  subscription->pump(store_);
  subscription->tick(store_);
}

void MemoryStream::disconnect(const void* owner, const Status& reason) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const Watching& watching : watching_) {
    if (watching.owner == owner) watching.subscription->end(reason);
  }
}

void MemoryStream::erase(const Status& reason) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  erased_ = true;
  for (const Watching& watching : watching_) watching.subscription->end(reason);
}

}  // namespace slip
