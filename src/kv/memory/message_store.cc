#include "kv/memory/message_store.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "base/limits.h"

namespace slip {
namespace {

constexpr int64_t kNoEnd = std::numeric_limits<int64_t>::max();

// What a message counts towards max_bytes.
uint64_t cost_of(Bytes key, Bytes value) { return key.size() + value.size(); }

uint64_t cost_of(const MessageStore::Message& message) {
  return cost_of(message.subject->key, message.value);
}

}  // namespace

Update as_update(const MessageStore::Log::value_type& message) {
  Update update{};
  update.key = as_slip_bytes(message.second.subject->key);
  update.value = as_slip_bytes(message.second.value);
  update.revision = message.first;
  update.timestamp_ns = message.second.timestamp_ns;
  update.ttl_ns = message.second.ttl_ns;
  update.operation = message.second.operation;
  update.flags = message.second.flags;
  return update;
}

MessageStore::Log::const_iterator MessageStore::last(Bytes key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? log_.end() : Log::const_iterator(found->second->history.back());
}

size_t MessageStore::subjects_in(const Scope& scope) const {
  return static_cast<size_t>(
      std::count_if(index_.begin(), index_.end(),
                    [&scope](const auto& subject) { return scope.contains(subject.first); }));
}

Result<uint64_t> MessageStore::write(const Write& write, int64_t now_ns) {
  const Bytes key = view(write.key);
  const auto found = index_.find(key);
  SLIP_TRY(check(write, found == index_.end() ? nullptr : found->second.get()));
  Message message;
  if (write.operation == SLIP_PUT) message.value = view(write.value);
  // The wall clock may be set back; a stream's timestamps never are.
  message.timestamp_ns =
      log_.empty() ? now_ns : std::max(now_ns, log_.rbegin()->second.timestamp_ns);
  message.ttl_ns = write.ttl_ns;
  message.operation = write.operation;
  return append(key, std::move(message));
}

Status MessageStore::check(const Write& write, const Subject* subject) const {
  const uint64_t actual = subject == nullptr ? 0 : subject->history.back()->first;
  if (write.expected_revision != SLIP_REVISION_ANY && write.expected_revision != actual) {
    return Status(SLIP_CONFLICT, "the last revision of the key is " + std::to_string(actual) +
                                     ", not " + std::to_string(write.expected_revision));
  }
  const uint64_t value_max =
      config_.max_value_size < 0 ? kValueBytesMax : static_cast<uint64_t>(config_.max_value_size);
  if (write.value.size > value_max) {
    return Status(SLIP_TOO_LARGE, "the value has " + std::to_string(write.value.size) +
                                      " bytes and the bucket takes " + std::to_string(value_max));
  }
  if (write.ttl_ns != 0 && config_.marker_ttl_ns == 0) {
    return Status(
        SLIP_UNSUPPORTED,
        "the bucket was made without marker_ttl_ms, so its values have no life of their own");
  }
  if (config_.max_bytes < 0) return Status();
  const uint64_t room = static_cast<uint64_t>(config_.max_bytes);
  const uint64_t cost = cost_of(view(write.key), view(write.value));
  const uint64_t freed = subject == nullptr ? 0 : freed_by(write, *subject);
  const bool refuses = config_.discard == SLIP_DISCARD_NEW && size_bytes_ - freed + cost > room;
  if (refuses || cost > room) {
    return Status(SLIP_BUCKET_FULL, "the bucket holds " + std::to_string(size_bytes_) +
                                        " bytes of at most " + std::to_string(room) +
                                        " (delete something or give it more max_bytes)");
  }
  return Status();
}

// What the write itself takes out of the key's history.
uint64_t MessageStore::freed_by(const Write& write, const Subject& subject) const {
  uint64_t freed = 0;
  const size_t kept = write.operation == SLIP_PURGE ? 0 : config_.history - 1;
  for (size_t i = 0; i + kept < subject.history.size(); ++i) {
    freed += cost_of(subject.history[i]->second);
  }
  return freed;
}

int64_t MessageStore::end_of(const Message& message) const {
  if (message.ttl_ns == SLIP_TTL_NEVER) return kNoEnd;
  int64_t life = message.ttl_ns > 0 ? message.ttl_ns : kNoEnd;
  if (config_.max_age_ns > 0) life = std::min(life, config_.max_age_ns);
  return life > kNoEnd - message.timestamp_ns ? kNoEnd : message.timestamp_ns + life;
}

// Everything that may throw comes first and is staged, so that unwinding leaves nothing behind.
uint64_t MessageStore::append(Bytes key, Message message) {
  const uint64_t revision = last_revision_ + 1;
  const int64_t end = end_of(message);
  const auto found = index_.find(key);
  std::unique_ptr<Subject> fresh;
  if (found == index_.end()) {
    fresh = std::make_unique<Subject>();
    fresh->key = key;
  }
  Subject* const subject = fresh ? fresh.get() : found->second.get();
  subject->history.reserve(subject->history.size() + 1);
  message.subject = subject;
  const uint32_t operation = message.operation;
  Log staged_message;
  staged_message.emplace(revision, std::move(message));
  std::set<std::pair<int64_t, uint64_t>> staged_end;
  if (end != kNoEnd) staged_end.emplace(end, revision);
  if (fresh) index_.emplace(Bytes(subject->key), std::move(fresh));

  // Nothing below throws.
  const auto position = log_.insert(log_.end(), staged_message.extract(staged_message.begin()));
  ends_.merge(staged_end);
  subject->history.push_back(position);
  size_bytes_ += cost_of(position->second);
  last_revision_ = revision;
  evict(subject, operation);
  return revision;
}

void MessageStore::evict(Subject* written, uint32_t operation) {
  const size_t kept = operation == SLIP_PURGE ? 1 : config_.history;
  while (written->history.size() > kept) drop(written->history.front());
  if (config_.max_bytes < 0) return;
  while (size_bytes_ > static_cast<uint64_t>(config_.max_bytes) && log_.size() > 1) {
    drop(log_.begin());
  }
}

void MessageStore::drop(Log::iterator message) {
  Subject* const subject = message->second.subject;
  ends_.erase({end_of(message->second), message->first});
  size_bytes_ -= cost_of(message->second);
  auto& history = subject->history;
  history.erase(std::find(history.begin(), history.end(), message));
  log_.erase(message);
  if (history.empty()) index_.erase(index_.find(Bytes(subject->key)));
}

void MessageStore::expire(int64_t now_ns) {
  while (!ends_.empty() && ends_.begin()->first <= now_ns) {
    const auto ended = log_.find(ends_.begin()->second);
    assert(ended != log_.end());
    const bool leaves_marker =
        config_.marker_ttl_ns > 0 && is_last(*ended) && ended->second.operation != SLIP_PURGE;
    if (!leaves_marker) {
      drop(ended);
      continue;
    }
    Message marker;
    marker.timestamp_ns = std::max(now_ns, log_.rbegin()->second.timestamp_ns);
    marker.ttl_ns = config_.marker_ttl_ns;
    marker.operation = SLIP_PURGE;
    marker.flags = SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER;
    append(ended->second.subject->key, std::move(marker));  // a purge: it takes the ended one away
  }
}

}  // namespace slip
