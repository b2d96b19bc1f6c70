// Operator new fails once, at the n-th allocation of any thread, for n = 1, 2, 3, ... until a run
// of the scene meets no fault. Every failure must come out as SLIP_OUT_OF_MEMORY: no crash, no
// other status, not one block left behind, and what was committed still there. The shared library's
// operator new is this program's (tests/abi shows that it imports it).
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

extern "C" {
#include "capi/check.h"
}

namespace {

std::atomic<long> until_fault{0};  // counted down while armed; the fault strikes at 0
std::atomic<bool> armed{false};
std::atomic<long> live_blocks{0};

bool strikes() { return armed.load(std::memory_order_relaxed) && until_fault.fetch_sub(1) == 1; }

void* allocate(size_t size, size_t alignment) noexcept {
  if (strikes()) return nullptr;
  void* block = nullptr;
  if (alignment <= alignof(max_align_t))
    block = malloc(size > 0 ? size : 1);
  else if (posix_memalign(&block, alignment, size > 0 ? size : 1) != 0)
    block = nullptr;
  if (block != nullptr) live_blocks.fetch_add(1, std::memory_order_relaxed);
  return block;
}

void* allocate_or_throw(size_t size, size_t alignment) {
  void* block = allocate(size, alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void release(void* block) noexcept {
  if (block != nullptr) live_blocks.fetch_sub(1, std::memory_order_relaxed);
  free(block);
}

constexpr size_t kPlain = alignof(max_align_t);
size_t number(std::align_val_t alignment) { return static_cast<size_t>(alignment); }

}  // namespace

void* operator new(size_t size) { return allocate_or_throw(size, kPlain); }
void* operator new[](size_t size) { return allocate_or_throw(size, kPlain); }
void* operator new(size_t size, std::align_val_t a) { return allocate_or_throw(size, number(a)); }
void* operator new[](size_t size, std::align_val_t a) { return allocate_or_throw(size, number(a)); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return allocate(size, kPlain); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return allocate(size, kPlain); }
void* operator new(size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(size, number(a));
}
void* operator new[](size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(size, number(a));
}
void operator delete(void* block) noexcept { release(block); }
void operator delete[](void* block) noexcept { release(block); }
void operator delete(void* block, size_t) noexcept { release(block); }
void operator delete[](void* block, size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, size_t, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { release(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { release(block); }

namespace {

// What a scene works with. Plain data and fixed buffers: the test itself allocates nothing by new.
struct Stage {
  char directory[512];
  char fold_url[600];
  char second_url[600];
  char store_url[600];
  char artifact[600];
  char second_artifact[600];
  slip_connection* connection;
  slip_bucket* bucket;
  slip_fold* fold;
  slip_object_store* store;
  long n;
  slip_status failed;  // the first status that was not as wanted
  char message[512];
};

// A call inside a scene. False: it failed for want of memory, and the scene ends.
bool worked(Stage* stage, slip_status status, slip_error* error, slip_status wanted,
            const char* call) {
  const bool as_wanted = status == wanted;
  if (!as_wanted && status != SLIP_OUT_OF_MEMORY)
    fail_msg("allocation %ld: %s: %s: %s", stage->n, call, slip_status_name(status),
             slip_error_message(error));
  if (!as_wanted) {
    stage->failed = status;
    snprintf(stage->message, sizeof stage->message, "%s", call);
    if (error != nullptr) assert_int_equal(slip_error_code(error), status);
  }
  slip_error_free(error);
  return as_wanted;
}

#define DO(call) DO_EXPECT(call, SLIP_OK)
#define DO_EXPECT(call, wanted)                                    \
  do {                                                             \
    slip_error* error = nullptr;                                   \
    const slip_status status_ = (call);                            \
    if (!worked(stage, status_, error, (wanted), #call)) goto end; \
  } while (0)

void values(Stage* stage) {
  slip_text* text = nullptr;
  slip_text* bucket = nullptr;
  slip_options* options = nullptr;
  slip_connection* none = nullptr;
  slip_cursor cursor = {1700000000000000000u, 123456789};
  DO(slip_cursor_format("a-bucket-with-a-long-name", cursor, &text, &error));
  DO(slip_cursor_parse(slip_text_string(text), &cursor, &bucket, &error));
  DO(slip_options_new(SLIP_OPTIONS_CONNECTION, &options, &error));
  DO(slip_options_set_string(options, "name", "a long name of this client", &error));
  DO(slip_options_add(options, "servers", "nats://127.0.0.1:4222", &error));
  DO(slip_options_set_u64(options, "connect_timeout_ms", 100, &error));
  DO_EXPECT(slip_options_set_u64(options, "connect_timout_ms", 1, &error), SLIP_UNKNOWN_OPTION);
  DO_EXPECT(slip_connect("ftp://example.org", options, &none, &error), SLIP_INVALID);
  slip_text_free(text);
  text = nullptr;
  DO(slip_options_describe(SLIP_OPTIONS_CONNECTION, &text, &error));
end:
  slip_options_free(options);
  slip_text_free(bucket);
  slip_text_free(text);
}

void set_write(slip_write* write, const char* key) {
  *write = slip_write{};
  write->key.data = reinterpret_cast<const uint8_t*>(key);
  write->key.size = strlen(key);
  write->value = write->key;
  write->operation = SLIP_PUT;
  write->expected_revision = SLIP_REVISION_ANY;
}

void buckets(Stage* stage) {
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  slip_bucket* again = nullptr;
  slip_iterator* iterator = nullptr;
  slip_entry* entry = nullptr;
  slip_update updates[8];
  slip_write writes[3];
  slip_write_result results[3];
  size_t count = 0;
  slip_bucket_state info = SLIP_BUCKET_STATE_INIT;
  set_write(&writes[0], "a.key.that.is.longer.than.the.small.string");
  set_write(&writes[1], "b");
  set_write(&writes[2], "c");
  DO(slip_connect("mem://oom", nullptr, &connection, &error));
  DO(slip_bucket_create(connection, "things", nullptr, &bucket, &error));
  DO(slip_bucket_open(connection, "things", nullptr, &again, &error));
  DO(slip_bucket_put_many(bucket, writes, 3, results, &error));
  DO(slip_bucket_get(bucket, "b", 1, &entry, &error));
  DO(slip_bucket_put_if(bucket, "b", 1, "two", 3, 2, nullptr, &error));
  DO(slip_bucket_remove(bucket, "b", 1, nullptr, &error));
  DO_EXPECT(slip_bucket_remove(bucket, "b", 1, nullptr, &error), SLIP_NOT_FOUND);
  DO(slip_bucket_put_if_absent(bucket, "b", 1, "three", 5, nullptr, &error));
  DO(slip_bucket_purge(bucket, "c", 1, nullptr, &error));
  DO(slip_bucket_info(bucket, &info, &error));
  DO(slip_bucket_scan(bucket, "", 0, &iterator, &error));
  DO(slip_iterator_next(iterator, updates, 8, &count, &error));
  assert_int_equal(count, 2);
  DO_EXPECT(slip_iterator_next(iterator, updates, 8, &count, &error), SLIP_END);
  DO(slip_bucket_delete(connection, "things", &error));
  DO(slip_connection_close(connection, &error));
end:
  slip_iterator_free(iterator);
  slip_entry_free(entry);
  slip_bucket_free(again);
  slip_bucket_free(bucket);
  slip_connection_free(connection);
}

void folds(Stage* stage) {
  slip_fold* fold = nullptr;
  slip_snapshot* snapshot = nullptr;
  slip_iterator* iterator = nullptr;
  slip_entry* entry = nullptr;
  slip_text* bucket = nullptr;
  slip_update updates[3];
  slip_update found;
  size_t count = 0;
  uint64_t checked = 0;
  slip_cursor cursor = {5, 3};
  slip_fold_state state = SLIP_FOLD_STATE_INIT;
  slip_range range = SLIP_RANGE_INIT;
  memset(updates, 0, sizeof updates);
  for (uint64_t i = 0; i < 3; ++i) {
    static const char* const keys[] = {"a", "a.key.that.is.longer.than.the.small.string", "b"};
    updates[i].key.data = reinterpret_cast<const uint8_t*>(keys[i]);
    updates[i].key.size = strlen(keys[i]);
    updates[i].value = updates[i].key;
    updates[i].revision = i + 1;
    updates[i].operation = SLIP_PUT;
  }
  range.prefix = updates[0].key;
  DO(slip_fold_open(stage->second_url, nullptr, &fold, &error));
  DO(slip_fold_apply(fold, "things", updates, 3, cursor, &error));
  DO(slip_fold_get(fold, "b", 1, &entry, &error));
  DO(slip_fold_cursor(fold, &cursor, &bucket, &error));
  DO(slip_fold_stats(fold, &state, &error));
  DO(slip_snapshot_open(fold, &snapshot, &error));
  DO(slip_snapshot_get(snapshot, "b", 1, &found, &error));
  DO(slip_snapshot_range(snapshot, &range, &iterator, &error));
  DO(slip_iterator_next(iterator, updates, 3, &count, &error));
  assert_int_equal(count, 2);
  slip_iterator_free(iterator);
  iterator = nullptr;
  DO(slip_snapshot_refresh(snapshot, &error));
  DO(slip_fold_check(fold, &checked, &error));
  DO(slip_fold_sync(fold, &error));
  cursor = {5, 3};
  DO(slip_consumer_position_save(fold, "a.consumer.with.a.long.name", cursor, &error));
  DO(slip_consumer_position_load(fold, "a.consumer.with.a.long.name", &cursor, &error));
  assert_int_equal(cursor.revision, 3);
  slip_snapshot_free(snapshot);
  snapshot = nullptr;
  DO(slip_fold_close(fold, &error));
end:
  slip_iterator_free(iterator);
  slip_snapshot_free(snapshot);
  slip_entry_free(entry);
  slip_text_free(bucket);
  slip_fold_free(fold);
}

// Items are counted in an integer: the caller's side allocates nothing.
struct Caller {
  std::atomic<int> live{0};
  std::atomic<int> destroyed{0};
};
void* parse(void* user, const slip_update*) {
  ++static_cast<Caller*>(user)->live;
  return user;
}
slip_status apply(void* user, const slip_item*, size_t count, char*, size_t) {
  static_cast<Caller*>(user)->live -= static_cast<int>(count);
  return SLIP_OK;
}
void on_applied(void*, const slip_cursor*, size_t) {}
void discard(void* user, void*) { --static_cast<Caller*>(user)->live; }
void on_end(void*, slip_status, const char*, const slip_cursor*) {}
void destroy(void* user) { ++static_cast<Caller*>(user)->destroyed; }

void being_called(Stage* stage) {
  Caller caller;
  slip_watch* watch = nullptr;
  slip_options* options = nullptr;
  slip_text* metrics = nullptr;
  uint64_t revision = 0;
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = &caller;
  callbacks.parse = parse;
  callbacks.apply = apply;
  callbacks.on_applied = on_applied;
  callbacks.discard = discard;
  callbacks.on_end = on_end;
  callbacks.destroy = destroy;
  DO(slip_options_new(SLIP_OPTIONS_WATCH, &options, &error));
  DO(slip_options_set_u64(options, "batch_updates_max", 4, &error));
  {
    slip_error* error = nullptr;
    const slip_status status =
        slip_watch_start(stage->bucket, stage->fold, options, &callbacks, &watch, &error);
    if (status != SLIP_OK) assert_int_equal(caller.destroyed, 1);
    if (!worked(stage, status, error, SLIP_OK, "slip_watch_start")) goto end;
  }
  DO(slip_watch_wait_caught_up(watch, 20000, &error));
  DO(slip_bucket_put(stage->bucket, "later", 5, "value", 5, &revision, &error));
  DO(slip_watch_wait_revision(watch, revision, 20000, &error));
  DO(slip_metrics_text(&metrics, &error));
  DO(slip_watch_close(watch, nullptr, &error));
end:
  slip_text_free(metrics);
  slip_options_free(options);
  slip_watch_free(watch);
  if (caller.destroyed > 1 || caller.live != 0)
    fail_msg("allocation %ld: %d items left, destroyed %d times", stage->n, caller.live.load(),
             caller.destroyed.load());
}

void pulling(Stage* stage) {
  slip_watch* watch = nullptr;
  slip_batch* batch = nullptr;
  slip_options* options = nullptr;
  slip_status status = SLIP_OK;
  DO(slip_options_new(SLIP_OPTIONS_WATCH, &options, &error));
  DO(slip_options_set_u64(options, "batch_updates_max", 4, &error));
  DO(slip_options_set_string(options, "stop_at", "caught_up", &error));
  DO(slip_options_set_string(options, "replay", "fold", &error));
  DO(slip_watch_open(stage->bucket, stage->fold, options, &watch, &error));
  for (;;) {
    slip_error* why = nullptr;
    status = slip_watch_next(watch, 20000, &batch, &why);
    if (!worked(stage, status == SLIP_END ? SLIP_OK : status, why, SLIP_OK, "slip_watch_next"))
      goto end;
    if (status == SLIP_END) break;
    DO(slip_batch_ack(batch, &error));
    slip_batch_free(batch);
    batch = nullptr;
  }
  DO(slip_watch_close(watch, nullptr, &error));
end:
  slip_batch_free(batch);
  slip_options_free(options);
  slip_watch_free(watch);
}

void artifacts(Stage* stage) {
  slip_watch* watch = nullptr;
  slip_text* json = nullptr;
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  const slip_watch_callbacks none = SLIP_WATCH_CALLBACKS_INIT;
  DO(slip_fold_export(stage->fold, stage->artifact, nullptr, &summary, &error));
  DO(slip_artifact_verify(stage->artifact, &summary, &error));
  DO(slip_artifact_info(stage->artifact, &json, &error));
  DO(slip_fold_import(stage->artifact, stage->second_url, nullptr, &summary, &error));
  DO(slip_watch_start(stage->bucket, stage->fold, nullptr, &none, &watch, &error));
  DO(slip_watch_wait_caught_up(watch, 20000, &error));
  DO(slip_watch_export(watch, stage->second_artifact, nullptr, &summary, &error));
  DO(slip_watch_close(watch, nullptr, &error));
end:
  slip_watch_free(watch);
  slip_text_free(json);
}

void publishing(Stage* stage) {
  slip_object_store* store = nullptr;
  slip_text* text = nullptr;
  slip_text* tag = nullptr;
  slip_published published = SLIP_PUBLISHED_INIT;
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  DO(slip_object_store_open(stage->store_url, nullptr, &store, &error));
  DO(slip_object_store_put(store, "a/name/of/an/object", "data", 4, &tag, &error));
  DO(slip_object_store_get(store, "a/name/of/an/object", &text, nullptr, &error));
  DO(slip_publish(store, "routes", stage->artifact, nullptr, &published, &error));
  slip_text_free(text);
  text = nullptr;
  DO(slip_pointer_read(store, "routes", &text, &error));
  DO(slip_download(store, "routes", stage->second_artifact, nullptr, &summary, &error));
  DO(slip_bootstrap(store, "routes", stage->second_url, nullptr, &summary, &error));
  DO(slip_object_store_remove(store, "a/name/of/an/object", &error));
end:
  slip_text_free(text);
  slip_text_free(tag);
  slip_object_store_free(store);
}

// --- before and after a scene, without faults ----------------------------------------------------

void follow_to_the_end(Stage* stage, slip_fold* fold) {
  slip_watch* watch = nullptr;
  const slip_watch_callbacks none = SLIP_WATCH_CALLBACKS_INIT;
  assert_ok(slip_watch_start(stage->bucket, fold, nullptr, &none, &watch, &error));
  assert_ok(slip_watch_wait_caught_up(watch, 20000, &error));
  assert_ok(slip_watch_close(watch, nullptr, &error));
  slip_watch_free(watch);
}

void set_up(Stage* stage, const char* root, long n) {
  *stage = Stage{};
  stage->n = n;
  snprintf(stage->directory, sizeof stage->directory, "%s", root);
  snprintf(stage->fold_url, sizeof stage->fold_url, "lmdb:%s/fold", root);
  snprintf(stage->second_url, sizeof stage->second_url, "lmdb:%s/second", root);
  snprintf(stage->store_url, sizeof stage->store_url, "local:%s/objects", root);
  snprintf(stage->artifact, sizeof stage->artifact, "%s/artifact", root);
  snprintf(stage->second_artifact, sizeof stage->second_artifact, "%s/second-artifact", root);
  assert_ok(slip_connect("mem://", nullptr, &stage->connection, &error));
  assert_ok(slip_bucket_create(stage->connection, "routes", nullptr, &stage->bucket, &error));
  assert_ok(slip_fold_open(stage->fold_url, nullptr, &stage->fold, &error));
  put_many(stage->bucket, "a.key.that.is.longer.than.the.small.string.", 10);
}

// The fold opens, is whole, goes on, and ends equal to the bucket.
void check_fold(Stage* stage) {
  slip_fold* fold = nullptr;
  slip_bucket_state bucket = SLIP_BUCKET_STATE_INIT;
  slip_fold_state state = SLIP_FOLD_STATE_INIT;
  assert_ok(slip_fold_open(stage->fold_url, nullptr, &fold, &error));
  assert_ok(slip_fold_check(fold, nullptr, &error));
  follow_to_the_end(stage, fold);
  assert_ok(slip_bucket_info(stage->bucket, &bucket, &error));
  assert_ok(slip_fold_stats(fold, &state, &error));
  assert_int_equal(state.cursor.revision, bucket.last_revision);
  assert_int_equal(state.entries, bucket.subjects);
  slip_fold_free(fold);
}

// What a second place holds is whole, or is not there.
void check_second(Stage* stage) {
  slip_fold* fold = nullptr;
  slip_options* never = options_with(SLIP_OPTIONS_FOLD, "create", "never");
  const slip_status status = slip_fold_open(stage->second_url, never, &fold, nullptr);
  if (status == SLIP_OK)
    assert_ok(slip_fold_check(fold, nullptr, &error));
  else
    assert_int_equal(status, SLIP_NOT_FOUND);
  slip_fold_free(fold);
  slip_options_free(never);
}

void tear_down(Stage* stage) {
  slip_fold_free(stage->fold);
  check_fold(stage);
  check_second(stage);
  slip_bucket_free(stage->bucket);
  slip_connection_free(stage->connection);
  test_remove_tree(stage->directory);
}

using Scene = void (*)(Stage*);
using Preparation = void (*)(Stage*);

// One run of the scene with the fault at allocation n (0: none). False: the fault did not strike.
bool run(Scene scene, Preparation prepare, const char* root, long n) {
  Stage stage;
  set_up(&stage, root, n);
  if (prepare != nullptr) prepare(&stage);
  until_fault = n;
  armed = n > 0;
  scene(&stage);
  armed = false;
  const bool struck = n > 0 && until_fault <= 0;
  if (!struck && stage.failed != SLIP_OK)
    fail_msg("without a fault: %s: %s", stage.message, slip_status_name(stage.failed));
  tear_down(&stage);
  return struck;
}

void sweep(const char* name, Scene scene, Preparation prepare) {
  char root[512];
  snprintf(root, sizeof root, "%s/stage", test_directory());
  run(scene, prepare, root, 0);  // what is made once for the process is made now
  run(scene, prepare, root, 0);
  const long blocks = live_blocks;
  long n = 1;
  while (run(scene, prepare, root, n)) {
    if (live_blocks != blocks)
      fail_msg("%s, allocation %ld: %ld blocks more than before", name, n, live_blocks - blocks);
    ++n;
  }
  printf("%s: %ld allocations, each failed once\n", name, n - 1);
  assert_true(n > 20);
}

void export_first(Stage* stage) {
  follow_to_the_end(stage, stage->fold);
  assert_ok(slip_fold_export(stage->fold, stage->artifact, nullptr, nullptr, &error));
}
void follow_first(Stage* stage) {
  follow_to_the_end(stage, stage->fold);
  put_many(stage->bucket, "later.key.that.is.longer.than.a.string.", 5);
}

// The cheapest read: a hit allocates nothing.
void reading_a_snapshot_allocates_nothing(void**) {
  char root[512];
  snprintf(root, sizeof root, "%s/stage", test_directory());
  Stage stage;
  slip_snapshot* snapshot = nullptr;
  slip_update update;
  set_up(&stage, root, 0);
  follow_to_the_end(&stage, stage.fold);
  assert_ok(slip_snapshot_open(stage.fold, &snapshot, &error));
  const char key[] = "a.key.that.is.longer.than.the.small.string.00003";
  const size_t size = sizeof key - 1;
  assert_ok(slip_snapshot_get(snapshot, key, size, &update, &error));
  until_fault = 1;  // the first allocation would fail
  armed = true;
  const slip_status hit = slip_snapshot_get(snapshot, key, size, &update, nullptr);
  armed = false;
  assert_int_equal(hit, SLIP_OK);
  assert_int_equal(until_fault, 1);
  slip_snapshot_free(snapshot);
  tear_down(&stage);
}

void values_survive(void**) { sweep("values", values, nullptr); }
void buckets_survive(void**) { sweep("buckets", buckets, nullptr); }
void folds_survive(void**) { sweep("folds", folds, nullptr); }
void a_called_watch_survives(void**) { sweep("callbacks", being_called, nullptr); }
void a_resumed_called_watch_survives(void**) {
  sweep("resumed callbacks", being_called, follow_first);
}
void a_pulled_watch_survives(void**) { sweep("pull", pulling, nullptr); }
void a_resumed_pulled_watch_survives(void**) { sweep("resumed pull", pulling, follow_first); }
void artifacts_survive(void**) { sweep("artifacts", artifacts, follow_first); }
void publishing_survives(void**) { sweep("publishing", publishing, export_first); }

}  // namespace

int main() {
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const CMUnitTest tests[] = {
      cmocka_unit_test(reading_a_snapshot_allocates_nothing),
      cmocka_unit_test(values_survive),
      cmocka_unit_test(buckets_survive),
      cmocka_unit_test(folds_survive),
      cmocka_unit_test(a_called_watch_survives),
      cmocka_unit_test(a_resumed_called_watch_survives),
      cmocka_unit_test(a_pulled_watch_survives),
      cmocka_unit_test(a_resumed_pulled_watch_survives),
      cmocka_unit_test(artifacts_survive),
      cmocka_unit_test(publishing_survives),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
