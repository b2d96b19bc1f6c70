/* A fold in memory, for tests of what stands above folds: a snapshot to export from and a loader to
 * import into. C++ only; main thread. */
#ifndef TESTS_SUPPORT_MEMORY_FOLD_H
#define TESTS_SUPPORT_MEMORY_FOLD_H

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fold/fold.h"

namespace memory_fold {

struct Value {
  std::string value;
  uint64_t revision = 0;
  int64_t timestamp_ns = 0;
  int64_t ttl_ns = 0;
  uint32_t operation = SLIP_PUT;
};
inline bool operator==(const Value& a, const Value& b) {
  return a.value == b.value && a.revision == b.revision && a.timestamp_ns == b.timestamp_ns &&
         a.ttl_ns == b.ttl_ns && a.operation == b.operation;
}
using Entries = std::map<std::string, Value>;

struct Contents {
  slip::FoldMeta meta;
  Entries entries;

  // A bound fold of this bucket, still empty.
  explicit Contents(const std::string& bucket = "routes", uint64_t epoch = 7) {
    meta.identity = slip::Identity{bucket, epoch};
  }
  // One more update, under the next revision.
  void put(const std::string& key, const std::string& value, int64_t ttl_ns = 0) {
    set(key, Value{value, meta.revision + 1, 0, ttl_ns, SLIP_PUT});
  }
  void remove(const std::string& key, uint32_t operation = SLIP_DELETE) {
    set(key, Value{"", meta.revision + 1, 0, 0, operation});
  }
  void set(const std::string& key, Value value) {
    meta.revision = value.revision;
    value.timestamp_ns = 1700000000000000000 + static_cast<int64_t>(value.revision) * 1000;
    meta.fingerprints = {{value.revision, value.timestamp_ns, 42}};
    entries[key] = std::move(value);
    meta.entries = meta.tombstones = meta.payload_bytes = 0;
    for (const auto& [name, entry] : entries) {
      if (entry.operation != SLIP_PUT) {
        ++meta.tombstones;
        continue;
      }
      ++meta.entries;
      meta.payload_bytes += name.size() + entry.value.size();
    }
  }
};

inline slip::Update update_of(const std::string& key, const Value& value) {
  slip::Update update{};
  update.key = slip::as_slip_bytes(key);
  update.value = slip::as_slip_bytes(value.value);
  update.revision = value.revision;
  update.timestamp_ns = value.timestamp_ns;
  update.ttl_ns = value.ttl_ns;
  update.operation = value.operation;
  return update;
}

class Iterator final : public slip::FoldIterator {
 public:
  explicit Iterator(const Entries& entries) : at_(entries.begin()), end_(entries.end()) {}
  slip::Result<size_t> next(slip::Update* out, size_t capacity) override {
    size_t count = 0;
    for (; count < capacity && at_ != end_; ++at_)
      out[count++] = update_of(at_->first, at_->second);
    return count;
  }

 private:
  Entries::const_iterator at_;
  Entries::const_iterator end_;
};

class Snapshot final : public slip::Snapshot {
 public:
  explicit Snapshot(const Contents& contents) : contents_(contents) {}
  const slip::FoldMeta& meta() const override { return contents_.meta; }
  slip::Status get(slip::Bytes key, slip::Update* out) override {
    const auto found = contents_.entries.find(std::string(key));
    if (found == contents_.entries.end()) return slip::Status(SLIP_NOT_FOUND, "no such key");
    *out = update_of(found->first, found->second);
    return slip::Status();
  }
  slip::Result<std::unique_ptr<slip::FoldIterator>> range(const slip::RangeQuery&) override {
    return std::unique_ptr<slip::FoldIterator>(std::make_unique<Iterator>(contents_.entries));
  }
  slip::Status refresh() override { return slip::Status(); }

 private:
  const Contents& contents_;
};

class Loader final : public slip::FoldLoader {
 public:
  slip::Status add(const slip::Update* updates, size_t count) override {
    for (size_t i = 0; i < count; ++i) {
      const slip::Update& update = updates[i];
      const std::string key(slip::key_of(update));
      if (!loaded.entries.empty() && key <= loaded.entries.rbegin()->first)
        return slip::Status(SLIP_INTERNAL, "the loader was given keys out of order");
      loaded.entries[key] = Value{std::string(slip::value_of(update)), update.revision,
                                  update.timestamp_ns, update.ttl_ns, update.operation};
    }
    return slip::Status();
  }
  slip::Status commit(const slip::FoldMeta& meta) override {
    loaded.meta = meta;
    committed = true;
    return slip::Status();
  }
  Contents loaded;
  bool committed = false;
};

}  // namespace memory_fold
#endif
