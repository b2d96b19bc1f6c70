// The conformance suite of buckets against a real server.
//   bucket_test current|old
#include <cstring>

#include "kv/bucket_conformance.h"
#include "kv/kv_support.h"
#include "kv/nats/nats_connection.h"
#include "support/nats_server.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const bool old = strcmp(argv[1], "old") == 0;
  test_nats_server* server = test_nats_start(old ? TEST_NATS_OLD : TEST_NATS_CURRENT, nullptr);
  kv_test::BucketFactory factory;
  factory.kind = argv[1];
  factory.connect = [&] {
    slip::Result<std::shared_ptr<slip::Connection>> connection =
        slip::connect_nats(test_nats_url(server), slip::Options(SLIP_OPTIONS_CONNECTION));
    assert_ok(connection);
    return connection.take();
  };
  factory.scopes = false;
  factory.limit_markers = !old;
  const int failed = kv_test::run_bucket_conformance(factory);
  test_nats_stop(server);
  return failed;
}
