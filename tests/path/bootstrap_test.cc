// The whole path: node A folds, exports through its running watch, publishes; node B starts from
// the artifact and is delivered exactly the tail. Deliveries are counted, not just end states
// compared.
//   bootstrap_test mem|current|old
#include "path/world.h"

#include <cstring>

extern "C" {
#include <cmocka.h>
}

namespace {

const char* g_kind;

struct Stage {
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  test_nats_server* server = nullptr;
};

Stage open_stage() {
  Stage stage;
  std::string url = "mem://";
  if (strcmp(g_kind, "mem") != 0) {
    stage.server =
        test_nats_start(strcmp(g_kind, "old") == 0 ? TEST_NATS_OLD : TEST_NATS_CURRENT, nullptr);
    url = test_nats_url(stage.server);
  }
  MUST(slip_connect(url.c_str(), nullptr, &stage.connection, &error));
  MUST(slip_bucket_create(stage.connection, "routes", nullptr, &stage.bucket, &error));
  return stage;
}

void close_stage(Stage* stage) {
  slip_bucket_free(stage->bucket);
  slip_connection_free(stage->connection);
  if (stage->server != nullptr) test_nats_stop(stage->server);
}

void second_node_receives_exactly_the_tail(void**) {
  Stage stage = open_stage();
  const std::string directory = test_directory();
  Record record;
  Delivered at_a, at_b;

  slip_fold* fold_a = open_fold(directory + "/a");
  slip_watch* watch_a = nullptr;
  const slip_watch_callbacks callbacks_a = at_a.callbacks();
  MUST(slip_watch_start(stage.bucket, fold_a, nullptr, &callbacks_a, &watch_a, &error));
  for (int i = 0; i < 12; ++i)
    record.put(stage.bucket, "route." + std::to_string(i), "value " + std::to_string(i));
  MUST(slip_watch_wait_revision(watch_a, record.last, 20000, &error));

  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  MUST(slip_watch_export(watch_a, (directory + "/artifact").c_str(), nullptr, &summary, &error));
  assert_int_equal(summary.cursor.revision, 12);
  assert_int_equal(summary.entries, 12);
  slip_object_store* store = nullptr;
  slip_published published = SLIP_PUBLISHED_INIT;
  MUST(slip_object_store_open(("local:" + directory + "/store").c_str(), nullptr, &store, &error));
  MUST(slip_publish(store, "edge/routes", (directory + "/artifact").c_str(), nullptr, &published,
                    &error));
  assert_int_equal(published.cursor.revision, 12);

  for (int i = 12; i < 16; ++i) record.put(stage.bucket, "route." + std::to_string(i), "late");
  record.put(stage.bucket, "route.3", "changed");
  record.remove(stage.bucket, "route.7");
  record.put(stage.bucket, "route.9", "changed too");
  assert_int_equal(record.last, 19);

  slip_artifact_summary imported = SLIP_ARTIFACT_SUMMARY_INIT;
  MUST(slip_bootstrap(store, "edge/routes", ("lmdb:" + directory + "/b").c_str(), nullptr,
                      &imported, &error));
  assert_int_equal(imported.cursor.revision, 12);
  slip_fold* fold_b = open_fold(directory + "/b");
  assert_int_equal(revision_of(fold_b), 12);
  slip_watch* watch_b = nullptr;
  const slip_watch_callbacks callbacks_b = at_b.callbacks();
  MUST(slip_watch_start(stage.bucket, fold_b, nullptr, &callbacks_b, &watch_b, &error));
  MUST(slip_watch_wait_revision(watch_b, record.last, 20000, &error));
  MUST(slip_watch_wait_revision(watch_a, record.last, 20000, &error));

  slip_cursor end_a = {0, 0}, end_b = {0, 0};
  MUST(slip_watch_close(watch_a, &end_a, &error));
  MUST(slip_watch_close(watch_b, &end_b, &error));
  assert_int_equal(end_a.revision, 19);
  assert_int_equal(end_b.revision, 19);
  assert_int_equal(at_b.replayed, 12);
  assert_int_equal(at_b.revisions.size(), 7);
  for (size_t i = 0; i < 7; ++i) assert_int_equal(at_b.revisions[i], 13 + i);
  assert_int_equal(at_a.revisions.size(), 19);

  assert_string_equal(difference(record.live, contents(fold_a)).c_str(), "");
  assert_string_equal(difference(record.live, contents(fold_b)).c_str(), "");
  slip_entry* entry = nullptr;
  assert_int_equal(slip_fold_get(fold_b, "route.7", 7, &entry, nullptr), SLIP_NOT_FOUND);

  slip_watch_free(watch_a);
  slip_watch_free(watch_b);
  slip_fold_free(fold_a);
  slip_fold_free(fold_b);
  slip_object_store_free(store);
  close_stage(&stage);
}

// The reconnect of a live watch: nothing lost, nothing doubled.
void server_restart_under_a_watch(void**) {
  Stage stage = open_stage();
  const std::string directory = test_directory();
  Record record;
  Delivered delivered;
  slip_fold* fold = open_fold(directory + "/fold");
  slip_watch* watch = nullptr;
  const slip_watch_callbacks callbacks = delivered.callbacks();
  MUST(slip_watch_start(stage.bucket, fold, nullptr, &callbacks, &watch, &error));
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 5; ++i)
      record.put(stage.bucket, "k." + std::to_string(i), std::to_string(round * 10 + i));
    MUST(slip_watch_wait_revision(watch, record.last, 30000, &error));
    if (round % 2 == 0)
      test_nats_kill(stage.server);
    else
      test_nats_terminate(stage.server);
    test_nats_restart(stage.server);
    struct Put {
      Record* record;
      slip_bucket* bucket;
    } put = {&record, stage.bucket};
    test_await(
        [](void* user) -> int {
          auto* p = static_cast<Put*>(user);
          uint64_t revision = 0;
          const slip_status status =
              slip_bucket_put(p->bucket, "probe", 5, "x", 1, &revision, nullptr);
          if (status == SLIP_OK) {
            p->record->live["probe"] = "x";
            p->record->last = revision;
          }
          return status == SLIP_OK;
        },
        &put, 30000, "a put after the server's restart");
    MUST(slip_watch_wait_revision(watch, record.last, 30000, &error));
  }
  MUST(slip_watch_close(watch, nullptr, &error));
  for (size_t i = 1; i < delivered.revisions.size(); ++i)
    assert_true(delivered.revisions[i] > delivered.revisions[i - 1]);
  assert_string_equal(difference(record.live, contents(fold)).c_str(), "");
  slip_watch_free(watch);
  slip_fold_free(fold);
  close_stage(&stage);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  g_kind = argv[1];
  const struct CMUnitTest whole_path[] = {cmocka_unit_test(second_node_receives_exactly_the_tail)};
  const struct CMUnitTest restarts[] = {cmocka_unit_test(server_restart_under_a_watch)};
  int failed = cmocka_run_group_tests_name("bootstrap", whole_path, nullptr, nullptr);
  if (strcmp(g_kind, "mem") != 0)  // the embedded server cannot be restarted
    failed += cmocka_run_group_tests_name("restarts", restarts, nullptr, nullptr);
  return failed;
}
