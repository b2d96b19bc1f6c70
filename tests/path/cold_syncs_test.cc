// One cold sync after the other, with and without a fold: each takes up the whole bucket, and none
// stands still for the seconds that a lost wake-up or a lost request costs until a heartbeat is
// missed.
//   cold_syncs_test current|old
#include "path/world.h"

#include <algorithm>
#include <cstring>

extern "C" {
#include <cmocka.h>
}

namespace {

constexpr size_t kKeys = 20000;
constexpr int64_t kStallMs = 5000;

const char* g_kind;

void fill(slip_bucket* bucket) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < kKeys; ++i) keys.push_back("key." + std::to_string(test_random()));
  std::vector<slip_write> writes(kKeys);
  std::vector<slip_write_result> results(kKeys);
  for (size_t i = 0; i < kKeys; ++i) {
    const slip_bytes key = {reinterpret_cast<const uint8_t*>(keys[i].data()), keys[i].size()};
    writes[i] = slip_write();
    writes[i].key = writes[i].value = key;
    writes[i].expected_revision = SLIP_REVISION_ANY;
    writes[i].operation = SLIP_PUT;
  }
  MUST(slip_bucket_put_many(bucket, writes.data(), kKeys, results.data(), &error));
}

// Milliseconds from the start to caught up.
int64_t sync_once(slip_bucket* bucket, bool with_fold) {
  const std::string path = std::string(test_directory()) + "/fold";
  slip_fold* fold = with_fold ? open_fold(path, "process") : nullptr;
  Delivered delivered;
  const slip_watch_callbacks callbacks = delivered.callbacks();
  slip_watch* watch = nullptr;
  const int64_t start = test_now_ms();
  MUST(slip_watch_start(bucket, fold, nullptr, &callbacks, &watch, &error));
  MUST(slip_watch_wait_caught_up(watch, 60000, &error));
  const int64_t took = test_now_ms() - start;
  MUST(slip_watch_close(watch, nullptr, &error));
  slip_watch_free(watch);
  slip_fold_free(fold);
  if (with_fold) test_remove_tree(path.c_str());
  assert_int_equal(delivered.revisions.size(), kKeys);
  return took;
}

void no_cold_sync_stalls(void**) {
  test_nats_server* server =
      test_nats_start(strcmp(g_kind, "old") == 0 ? TEST_NATS_OLD : TEST_NATS_CURRENT, nullptr);
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  MUST(slip_connect(test_nats_url(server), nullptr, &connection, &error));
  MUST(slip_bucket_create(connection, "cold", nullptr, &bucket, &error));
  fill(bucket);
  std::vector<int64_t> times;
  const int runs = test_long_lane() ? 100 : 10;
  for (int i = 0; i < runs; ++i) times.push_back(sync_once(bucket, i % 2 == 1));
  std::sort(times.begin(), times.end());
  printf("figure: ms of the slowest of %d cold syncs (%s) = %ld, median %ld\n", runs, g_kind,
         static_cast<long>(times.back()), static_cast<long>(times[times.size() / 2]));
  assert_true(times.back() < kStallMs);
  slip_bucket_free(bucket);
  slip_connection_free(connection);
  test_nats_stop(server);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  g_kind = argv[1];
  const struct CMUnitTest tests[] = {cmocka_unit_test(no_cold_sync_stalls)};
  return cmocka_run_group_tests_name("cold syncs", tests, nullptr, nullptr);
}
