// What every kind of bucket must do, written against kv/bucket.h only. A kind's own test program
// gives a factory and runs the suite; buckets are left behind on the server that it connects to.
#ifndef TESTS_KV_BUCKET_CONFORMANCE_H
#define TESTS_KV_BUCKET_CONFORMANCE_H

#include <functional>
#include <memory>

#include "kv/bucket.h"

namespace kv_test {

struct BucketFactory {
  const char* kind;
  // A further connection to the same server, eager.
  std::function<std::shared_ptr<slip::Connection>()> connect;
  // What not every kind or server can do.
  bool scopes = true;         // a watch of less than the whole bucket
  bool limit_markers = true;  // marker_ttl_ms and lives of single values
};

// Runs every case under CMocka; the number of those that failed.
int run_bucket_conformance(const BucketFactory& factory);

}  // namespace kv_test
#endif
