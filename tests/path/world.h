// A server of a kind (mem, current, old) with one bucket, and a writer's own record of it, kept by
// the writer and never read through the library: what folds are compared with.
// Main thread, but for Record::writes, which the writing thread owns. Failures abort with a
// sentence.
#ifndef TESTS_PATH_WORLD_H
#define TESTS_PATH_WORLD_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "slipstream.h"
#include "support/nats_server.h"
#include "support/support.h"

// Aborts naming the call unless the status is OK.
#define MUST(call)                                                                          \
  do {                                                                                      \
    slip_error* error = nullptr;                                                            \
    const slip_status must_status = (call);                                                 \
    if (must_status != SLIP_OK) {                                                           \
      fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, slip_status_name(must_status), \
              slip_error_message(error));                                                   \
      abort();                                                                              \
    }                                                                                       \
  } while (0)

inline std::string text(slip_bytes bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

class Record {
 public:
  uint64_t put(slip_bucket* bucket, const std::string& key, const std::string& value) {
    uint64_t revision = 0;
    MUST(slip_bucket_put(bucket, key.data(), key.size(), value.data(), value.size(), &revision,
                         &error));
    live[key] = value;
    last = revision;
    return revision;
  }
  uint64_t remove(slip_bucket* bucket, const std::string& key) {
    uint64_t revision = 0;
    MUST(slip_bucket_remove(bucket, key.data(), key.size(), &revision, &error));
    live.erase(key);
    last = revision;
    return revision;
  }
  std::map<std::string, std::string> live;
  uint64_t last = 0;
};

// Everything live in a fold, read through a snapshot.
inline std::map<std::string, std::string> contents(slip_fold* fold) {
  std::map<std::string, std::string> all;
  slip_snapshot* snapshot = nullptr;
  slip_iterator* iterator = nullptr;
  MUST(slip_snapshot_open(fold, &snapshot, &error));
  MUST(slip_snapshot_range(snapshot, nullptr, &iterator, &error));
  slip_update page[64];
  size_t count = 0;
  while (slip_iterator_next(iterator, page, 64, &count, nullptr) == SLIP_OK)
    for (size_t i = 0; i < count; ++i) all[text(page[i].key)] = text(page[i].value);
  slip_iterator_free(iterator);
  slip_snapshot_free(snapshot);
  return all;
}

// The first difference, for a failing test's sentence; "" where equal.
inline std::string difference(const std::map<std::string, std::string>& want,
                              const std::map<std::string, std::string>& have) {
  for (const auto& [key, value] : want) {
    const auto found = have.find(key);
    if (found == have.end()) return "lost: " + key;
    if (found->second != value) return "stale: " + key;
  }
  for (const auto& [key, value] : have)
    if (want.find(key) == want.end()) return "zombie: " + key;
  return "";
}

// The kind of fold that this run is about; ctest runs some suites once for each.
inline bool is_append_log() {
  const char* kind = getenv("SLIP_TEST_FOLD");  // NOLINT(concurrency-mt-unsafe)
  return kind != nullptr && std::string(kind) == "append-log";
}

inline slip_fold* open_fold(const std::string& path, const char* durability = "meta",
                            const char* dead_percent = "50") {
  slip_options* options = nullptr;
  slip_fold* fold = nullptr;
  MUST(slip_options_new(SLIP_OPTIONS_FOLD, &options, &error));
  MUST(slip_options_set_string(options, "durability", durability, &error));
  // So small that segments fill and are compacted all the time.
  if (is_append_log()) {
    MUST(slip_options_set_string(options, "segment_bytes", "16384", &error));
    MUST(slip_options_set_string(options, "compact_dead_percent", dead_percent, &error));
    const char* values = getenv("SLIP_TEST_VALUES");  // NOLINT(concurrency-mt-unsafe)
    if (values != nullptr) MUST(slip_options_set_string(options, "values", values, &error));
  }
  const std::string url = (is_append_log() ? "append-log:" : "lmdb:") + path;
  MUST(slip_fold_open(url.c_str(), options, &fold, &error));
  slip_options_free(options);
  return fold;
}

inline uint64_t revision_of(slip_fold* fold) {
  slip_cursor cursor;
  MUST(slip_fold_cursor(fold, &cursor, nullptr, &error));
  return cursor.revision;
}

// What a callback watch delivered, in order.
struct Delivered {
  std::vector<uint64_t> revisions;  // of the tail
  size_t replayed = 0;
  slip_watch_callbacks callbacks() {
    slip_watch_callbacks c = SLIP_WATCH_CALLBACKS_INIT;
    c.user = this;
    c.apply = [](void* user, const slip_item* items, size_t count, char*, size_t) -> slip_status {
      auto* self = static_cast<Delivered*>(user);
      for (size_t i = 0; i < count; ++i) {
        if ((items[i].update->flags & SLIP_FLAG_REPLAY) != 0)
          ++self->replayed;
        else
          self->revisions.push_back(items[i].update->revision);
      }
      return SLIP_OK;
    };
    return c;
  }
};

#endif
