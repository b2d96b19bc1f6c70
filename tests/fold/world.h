// What the tests of folds share: opening, changing and reading one in a line.
#ifndef TESTS_FOLD_WORLD_H
#define TESTS_FOLD_WORLD_H

#include <cstdlib>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/status_table.h"
#include "fold/fold.h"
#include "support/support.h"

extern "C" {
#include <cmocka.h>
}

namespace fold_test {

using slip::Bytes;
using slip::Commit;
using slip::Fold;
using slip::FoldMeta;
using slip::FoldWriter;
using slip::RangeQuery;
using slip::Result;
using slip::Scope;
using slip::Snapshot;
using slip::Status;
using slip::Update;

inline void must(const Status& status) {
  if (!status.ok()) fail_msg("%s: %s", slip::status_name(status.code()), status.message().c_str());
}
template <typename T>
T must(Result<T> result) {
  must(result.status());
  return result.take();
}

// The status and a part of its sentence.
inline void expect(const Status& status, slip_status code, const std::string& part) {
  if (status.code() != code)
    fail_msg("expected %s, got %s: %s", slip::status_name(code), slip::status_name(status.code()),
             status.message().c_str());
  if (status.message().find(part) == std::string::npos)
    fail_msg("\"%s\" does not say \"%s\"", status.message().c_str(), part.c_str());
}

// A change to be applied; owns its bytes.
struct Change {
  std::string key;
  std::string value;
  uint64_t revision = 0;
  uint32_t operation = SLIP_PUT;
  int64_t timestamp_ns = 0;
  int64_t ttl_ns = 0;
  uint32_t flags = 0;

  Update update() const {
    Update update{};
    update.key = slip::as_slip_bytes(key);
    update.value = slip::as_slip_bytes(value);
    update.revision = revision;
    update.timestamp_ns = timestamp_ns;
    update.ttl_ns = ttl_ns;
    update.operation = operation;
    update.flags = flags;
    return update;
  }
};
inline Change put(std::string key, std::string value, uint64_t revision) {
  return Change{std::move(key), std::move(value), revision};
}
inline Change del(std::string key, uint64_t revision) {
  return Change{std::move(key), "", revision, SLIP_DELETE};
}
// A synthetic delete.
inline Change drop(std::string key) {
  return Change{std::move(key), "", 0, SLIP_DELETE, 0, 0, SLIP_FLAG_SYNTHETIC};
}

// The kind of fold that this run is about; ctest runs the suites once for each.
inline std::string kind() {
  const char* name = getenv("SLIP_TEST_FOLD");  // NOLINT(concurrency-mt-unsafe)
  return name != nullptr ? name : "lmdb";
}
inline bool is_lmdb() { return kind() == "lmdb"; }
inline std::string url_of(const std::string& path) { return kind() + ":" + path; }

using Settings = std::initializer_list<std::pair<const char*, const char*>>;
// Where an append log of this run has its values.
inline std::string values() {
  const char* name = getenv("SLIP_TEST_VALUES");  // NOLINT(concurrency-mt-unsafe)
  return name != nullptr ? name : "memory";
}
inline Result<std::shared_ptr<Fold>> try_open(const std::string& path, Settings settings = {}) {
  slip::Options options(SLIP_OPTIONS_FOLD);
  must(options.set_string("values", values()));
  for (const auto& [name, value] : settings) must(options.set_string(name, value));
  return slip::open_fold(url_of(path), options);
}
inline std::shared_ptr<Fold> open(const std::string& path, Settings settings = {}) {
  return must(try_open(path, settings));
}

inline Commit commit_at(uint64_t revision) {
  Commit commit;
  commit.identity = {"routes", 7};
  commit.revision = revision;
  return commit;
}
inline std::vector<Update> updates_of(const std::vector<Change>& changes) {
  std::vector<Update> updates;
  for (const Change& change : changes) updates.push_back(change.update());
  return updates;
}
inline Status try_apply(FoldWriter& writer, const std::vector<Change>& changes,
                        const Commit& commit) {
  const std::vector<Update> updates = updates_of(changes);
  return writer.apply(updates.data(), updates.size(), commit);
}
// With a writer of its own.
inline void apply(Fold& fold, const std::vector<Change>& changes, uint64_t revision) {
  const std::unique_ptr<FoldWriter> writer = must(fold.writer());
  must(try_apply(*writer, changes, commit_at(revision)));
}

// What a range gives, each update as "key=value@revision" (a tombstone: "key-@revision").
inline std::string shown(const Update& update) {
  return std::string(slip::key_of(update)) +
         (slip::is_live(update) ? "=" + std::string(slip::value_of(update)) : "-") + "@" +
         std::to_string(update.revision);
}
inline std::vector<std::string> list(Snapshot& snapshot, const RangeQuery& query = {},
                                     size_t capacity = 3) {
  const auto iterator = must(snapshot.range(query));
  std::vector<Update> buffer(capacity);
  std::vector<std::string> all;
  for (;;) {
    const size_t count = must(iterator->next(buffer.data(), capacity));
    if (count == 0) return all;
    for (size_t i = 0; i < count; ++i) all.push_back(shown(buffer[i]));
  }
}
inline std::vector<std::string> list(Fold& fold, const RangeQuery& query = {}) {
  return list(*must(fold.snapshot()), query);
}
inline RangeQuery everything() {
  RangeQuery query;
  query.tombstones = true;
  return query;
}

inline void expect_list(const std::vector<std::string>& actual,
                        const std::vector<std::string>& expected) {
  const size_t count = std::max(actual.size(), expected.size());
  for (size_t i = 0; i < count; ++i) {
    const std::string a = i < actual.size() ? actual[i] : "(end)";
    const std::string e = i < expected.size() ? expected[i] : "(end)";
    if (a != e) fail_msg("at %zu: got %.200s, expected %.200s", i, a.c_str(), e.c_str());
  }
}

// "=value@revision", or the name of the status.
inline std::string got(Snapshot& snapshot, Bytes key) {
  Update update{};
  const Status status = snapshot.get(key, &update);
  if (!status.ok()) return slip::status_name(status.code());
  return "=" + std::string(slip::value_of(update)) + "@" + std::to_string(update.revision);
}
inline std::string got(Fold& fold, Bytes key) { return got(*must(fold.snapshot()), key); }

inline std::string data_file(const std::string& path) {
  return path + (is_lmdb() ? "/gen-1/data.mdb" : "/gen-1/000001.log");
}

}  // namespace fold_test
#endif
