// A full disk under a fold and under an export: a clear status, reads go on, nothing acknowledged
// is lost, service resumes when space returns. Runs with the witness preloaded; the file named by
// SLIP_FULL_WHILE is the switch.
#include "path/world.h"

#include <unistd.h>

#include <cstring>

extern "C" {
#include <cmocka.h>
}

namespace {

void full(bool on) {
  const char* path = getenv("SLIP_FULL_WHILE");
  if (on)
    test_write_file(path, "", 0);
  else
    unlink(path);
}

struct World {
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  slip_fold* fold = nullptr;
  slip_watch* watch = nullptr;
  Record record;
  Delivered delivered;
  std::string directory;
};

void open_world(World* w) {
  w->directory = test_directory();
  MUST(slip_connect("mem://", nullptr, &w->connection, &error));
  MUST(slip_bucket_create(w->connection, "routes", nullptr, &w->bucket, &error));
  w->fold = open_fold(w->directory + "/filled");
  const slip_watch_callbacks callbacks = w->delivered.callbacks();
  MUST(slip_watch_start(w->bucket, w->fold, nullptr, &callbacks, &w->watch, &error));
  for (int i = 0; i < 100; ++i) w->record.put(w->bucket, "key." + std::to_string(i), "before");
  MUST(slip_watch_wait_revision(w->watch, w->record.last, 20000, &error));
}

void close_world(World* w) {
  slip_watch_free(w->watch);
  slip_fold_free(w->fold);
  slip_bucket_free(w->bucket);
  slip_connection_free(w->connection);
}

int commits_fail(void* user) {
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  MUST(slip_watch_status(static_cast<World*>(user)->watch, &state, &error));
  return state.commit_failures >= 2;
}

void folding_goes_on_when_space_returns(void**) {
  World w;
  open_world(&w);
  const uint64_t cursor = w.record.last;
  full(true);
  for (int i = 0; i < 50; ++i) w.record.put(w.bucket, "key." + std::to_string(i), "during");
  test_await(commits_fail, &w, 20000, "two commits that fail on a full disk");
  assert_int_equal(revision_of(w.fold), cursor);
  slip_entry* entry = nullptr;
  MUST(slip_fold_get(w.fold, "key.7", 5, &entry, &error));
  assert_string_equal(text(slip_entry_update(entry)->value).c_str(), "before");
  slip_entry_free(entry);
  full(false);
  MUST(slip_watch_wait_revision(w.watch, w.record.last, 30000, &error));
  MUST(slip_watch_close(w.watch, nullptr, &error));
  assert_int_equal(w.delivered.revisions.size(), 150);
  assert_string_equal(difference(w.record.live, contents(w.fold)).c_str(), "");
  close_world(&w);
}

void a_full_disk_that_stays_ends_the_watch(void**) {
  World w;
  open_world(&w);
  const uint64_t cursor = w.record.last;
  slip_watch_free(w.watch);
  slip_options* options = nullptr;
  MUST(slip_options_new(SLIP_OPTIONS_WATCH, &options, &error));
  MUST(slip_options_set_string(options, "commit_failures_max", "3", &error));
  MUST(slip_options_set_string(options, "commit_retry_ms", "0", &error));
  const slip_watch_callbacks callbacks = w.delivered.callbacks();
  MUST(slip_watch_start(w.bucket, w.fold, options, &callbacks, &w.watch, &error));
  full(true);
  w.record.put(w.bucket, "key.1", "during");
  slip_error* failure = nullptr;
  assert_int_equal(slip_watch_wait_revision(w.watch, w.record.last, 30000, &failure),
                   SLIP_NO_SPACE);
  assert_non_null(strstr(slip_error_message(failure), w.directory.c_str()));
  slip_error_free(failure);
  slip_cursor end = {0, 0};
  assert_int_equal(slip_watch_close(w.watch, &end, nullptr), SLIP_NO_SPACE);
  full(false);
  assert_int_equal(end.revision, cursor);
  assert_int_equal(revision_of(w.fold), cursor);
  slip_watch_free(w.watch);
  MUST(slip_watch_start(w.bucket, w.fold, nullptr, &callbacks, &w.watch, &error));
  MUST(slip_watch_wait_revision(w.watch, w.record.last, 30000, &error));
  slip_options_free(options);
  close_world(&w);
}

void exporting_leaves_nothing_that_looks_complete(void**) {
  World w;
  open_world(&w);
  const std::string target = w.directory + "/filled-artifact";
  full(true);
  slip_error* failure = nullptr;
  assert_int_equal(slip_fold_export(w.fold, target.c_str(), nullptr, nullptr, &failure),
                   SLIP_NO_SPACE);
  assert_non_null(strstr(slip_error_message(failure), target.c_str()));
  slip_error_free(failure);
  full(false);
  assert_int_not_equal(access((target + "/MANIFEST.json").c_str(), F_OK), 0);
  MUST(slip_fold_export(w.fold, target.c_str(), nullptr, nullptr, &error));
  MUST(slip_artifact_verify(target.c_str(), nullptr, &error));
  close_world(&w);
}

}  // namespace

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(folding_goes_on_when_space_returns),
      cmocka_unit_test(a_full_disk_that_stays_ends_the_watch),
      cmocka_unit_test(exporting_leaves_nothing_that_looks_complete),
  };
  return cmocka_run_group_tests_name("disk full", tests, nullptr, nullptr);
}
