// Fifty watches opened and closed leave no consumer on the server; threads and descriptors are the
// same after the fiftieth as after the second, allocated bytes within 64 KiB.
//   fifty_watches_test current|old
#include "path/world.h"

#include <malloc.h>

#include <cstring>

extern "C" {
#include <cmocka.h>
}

namespace {

const char* g_kind;

void one_watch(slip_bucket* bucket, const std::string& path, bool pull, int number) {
  Delivered delivered;
  slip_fold* fold = open_fold(path, "process");
  slip_watch* watch = nullptr;
  const slip_watch_callbacks callbacks = delivered.callbacks();
  const std::string key = "key." + std::to_string(number % 5);
  uint64_t revision = 0;
  if (pull) {
    MUST(slip_watch_open(bucket, fold, nullptr, &watch, &error));
    MUST(slip_bucket_put(bucket, key.data(), key.size(), "v", 1, &revision, &error));
    slip_cursor cursor = {0, 0};
    while (cursor.revision < revision) {
      slip_batch* batch = nullptr;
      MUST(slip_watch_next(watch, 20000, &batch, &error));
      cursor = slip_batch_cursor(batch);
      MUST(slip_batch_ack(batch, &error));
      slip_batch_free(batch);
    }
  } else {
    MUST(slip_watch_start(bucket, fold, nullptr, &callbacks, &watch, &error));
    MUST(slip_bucket_put(bucket, key.data(), key.size(), "v", 1, &revision, &error));
    MUST(slip_watch_wait_revision(watch, revision, 20000, &error));
  }
  MUST(slip_watch_close(watch, nullptr, &error));
  slip_watch_free(watch);
  slip_fold_free(fold);
}

int no_consumers(void* server) {
  return test_nats_consumer_count(static_cast<test_nats_server*>(server), "KV_leaks") == 0;
}

void fifty_watches_leave_nothing(void**) {
  test_nats_server* server =
      test_nats_start(strcmp(g_kind, "old") == 0 ? TEST_NATS_OLD : TEST_NATS_CURRENT, nullptr);
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  MUST(slip_connect(test_nats_url(server), nullptr, &connection, &error));
  MUST(slip_bucket_create(connection, "leaks", nullptr, &bucket, &error));
  const std::string path = std::string(test_directory()) + "/fold";
  int threads = 0, descriptors = 0;
  size_t allocated = 0;
  for (int i = 1; i <= 50; ++i) {
    one_watch(bucket, path, i % 2 == 0, i);
    if (i == 2) {  // one of each form has been through
      threads = test_thread_count();
      descriptors = test_descriptor_count();
      allocated = mallinfo2().uordblks;
    }
  }
  test_await(no_consumers, server, 10000, "the server to have no consumer left");
  printf("figure: bytes still allocated after 50 watches (%s) = %ld\n", g_kind,
         static_cast<long>(mallinfo2().uordblks) - static_cast<long>(allocated));
  assert_int_equal(test_thread_count(), threads);
  assert_int_equal(test_descriptor_count(), descriptors);
  assert_true(mallinfo2().uordblks <= allocated + 64 * 1024);
  slip_bucket_free(bucket);
  slip_connection_free(connection);
  test_nats_stop(server);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  g_kind = argv[1];
  const struct CMUnitTest tests[] = {cmocka_unit_test(fifty_watches_leave_nothing)};
  return cmocka_run_group_tests_name("fifty watches", tests, nullptr, nullptr);
}
