// The messages of one embedded bucket: what a JetStream stream with a subject for each key retains.
//
// A plain value without lock or thread; MemoryStream guards it. Every change happens wholly or,
// where memory fails (std::bad_alloc) or a condition does not hold, not at all.
//
// Lives: a value ends at its own time to live or at max_age, whichever is sooner; a life of
// SLIP_TTL_NEVER has no end. What has ended is removed by expire(), silently, or, where the bucket
// has limit markers and it was the key's last message, by a marker in its place. Markers themselves
// and purges end silently.
#ifndef SLIP_KV_MEMORY_MESSAGE_STORE_H
#define SLIP_KV_MEMORY_MESSAGE_STORE_H

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kv/bucket.h"

namespace slip {

class MessageStore {
 public:
  struct Subject;
  struct Message {
    Subject* subject = nullptr;
    std::string value;
    int64_t timestamp_ns = 0;
    int64_t ttl_ns = 0;
    uint32_t operation = SLIP_PUT;
    uint32_t flags = 0;
  };
  using Log = std::map<uint64_t, Message>;  // by revision
  // One key and its retained messages, oldest first; there is at least one.
  struct Subject {
    std::string key;
    std::vector<Log::iterator> history;
  };

  explicit MessageStore(const BucketConfig& config) : config_(config) {}
  MessageStore(const MessageStore&) = delete;
  MessageStore& operator=(const MessageStore&) = delete;

  // CONFLICT (naming the actual revision), TOO_LARGE, BUCKET_FULL, UNSUPPORTED.
  Result<uint64_t> write(const Write& write, int64_t now_ns);
  // Removes what has ended; markers get new revisions.
  void expire(int64_t now_ns);

  const Log& log() const { return log_; }
  // The last message of a key; log().end() where it has none.
  Log::const_iterator last(Bytes key) const;
  static bool is_last(const Log::value_type& message) {
    return message.second.subject->history.back()->first == message.first;
  }
  uint64_t first_revision() const {
    return log_.empty() ? last_revision_ + 1 : log_.begin()->first;
  }
  uint64_t last_revision() const { return last_revision_; }
  size_t subjects() const { return index_.size(); }
  size_t subjects_in(const Scope& scope) const;
  uint64_t size_bytes() const { return size_bytes_; }

 private:
  Status check(const Write& write, const Subject* subject) const;
  uint64_t freed_by(const Write& write, const Subject& subject) const;
  uint64_t append(Bytes key, Message message);
  void evict(Subject* written, uint32_t operation);
  void drop(Log::iterator message);
  int64_t end_of(const Message& message) const;

  const BucketConfig config_;
  Log log_;
  std::unordered_map<Bytes, std::unique_ptr<Subject>> index_;  // the keys view Subject::key
  std::set<std::pair<int64_t, uint64_t>> ends_;  // (end, revision) of every message that has an end
  uint64_t last_revision_ = 0;
  uint64_t size_bytes_ = 0;
};

// The views live as long as the message.
Update as_update(const MessageStore::Log::value_type& message);

}  // namespace slip
#endif
