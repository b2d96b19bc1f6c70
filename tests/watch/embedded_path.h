// The embedded path: a "mem://" bucket and an LMDB fold, as a caller has them. Functions give
// statuses: no assertions in here, so that they may run where allocations fail.
#ifndef TESTS_WATCH_EMBEDDED_PATH_H
#define TESTS_WATCH_EMBEDDED_PATH_H

#include <map>
#include <memory>
#include <string>

#include "fold/fold.h"
#include "kv/bucket.h"
#include "watch/watch.h"

namespace test {

inline slip::Result<std::shared_ptr<slip::Bucket>> embedded_bucket() {
  SLIP_ASSIGN(const auto connection,
              slip::connect("mem://", slip::Options(SLIP_OPTIONS_CONNECTION)));
  slip::BucketConfig config;
  config.name = "routes";
  config.history = 64;  // so that every moment of a first load is one that the bucket was in
  return connection->create_bucket(config);
}

inline slip::Result<std::shared_ptr<slip::Fold>> lmdb_fold(const std::string& path) {
  slip::Options options(SLIP_OPTIONS_FOLD);
  SLIP_TRY(options.set_string("durability", "process"));
  return slip::open_fold("lmdb:" + path, options);
}

// What a fold holds, by key.
inline slip::Result<std::map<std::string, std::string>> contents_of(slip::Snapshot& snapshot) {
  std::map<std::string, std::string> contents;
  SLIP_ASSIGN(const auto iterator, snapshot.range(slip::RangeQuery{}));
  for (;;) {
    slip::Update updates[16];
    SLIP_ASSIGN(const size_t count, iterator->next(updates, 16));
    if (count == 0) return contents;
    for (size_t i = 0; i < count; ++i)
      contents[std::string(slip::key_of(updates[i]))] = slip::value_of(updates[i]);
  }
}

}  // namespace test
#endif
