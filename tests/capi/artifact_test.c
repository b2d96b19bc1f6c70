/* Artifacts, object stores, publishing and bootstrapping through the C API. */
#include "capi/check.h"

static void follow(world* w, slip_fold* fold) {
  slip_watch* watch = NULL;
  slip_options* stop = options_with(SLIP_OPTIONS_WATCH, "stop_at", "caught_up");
  const slip_watch_callbacks none = SLIP_WATCH_CALLBACKS_INIT;
  assert_ok(slip_watch_start(w->bucket, fold, stop, &none, &watch, &error));
  slip_options_free(stop);
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  assert_ok(slip_watch_close(watch, NULL, &error));
  slip_watch_free(watch);
}

static world world_with_ten_keys(void) {
  world w = world_open();
  put_many(w.bucket, "k", 10);
  assert_ok(slip_bucket_remove(w.bucket, "k00003", 6, NULL, &error));
  follow(&w, w.fold);
  return w;
}

static const char* url_of(const char* scheme, const world* w, const char* name) {
  static char url[600];
  snprintf(url, sizeof url, "%s:%s/%s", scheme, w->directory, name);
  return url;
}

static slip_object_store* open_store(const world* w) {
  slip_object_store* store = NULL;
  assert_ok(slip_object_store_open(url_of("local", w, "objects"), NULL, &store, &error));
  return store;
}

static void an_artifact_makes_an_equal_fold(void** state) {
  (void)state;
  world w = world_with_ten_keys();
  const char* directory = test_path(w.directory, "artifact");
  slip_artifact_summary exported = SLIP_ARTIFACT_SUMMARY_INIT;
  slip_artifact_summary verified = SLIP_ARTIFACT_SUMMARY_INIT;
  slip_artifact_summary imported = SLIP_ARTIFACT_SUMMARY_INIT;
  assert_ok(slip_fold_export(w.fold, directory, NULL, &exported, &error));
  assert_int_equal(exported.entries, 9);
  assert_int_equal(exported.tombstones, 1);
  assert_int_equal(exported.cursor.revision, 11);
  assert_string_equal(exported.bucket, "routes");
  assert_int_equal(strlen(exported.logical_digest), 64);
  assert_true(exported.files >= 1);
  assert_ok(slip_artifact_verify(directory, &verified, &error));
  assert_memory_equal(&exported, &verified, sizeof exported);
  assert_ok(slip_artifact_verify(directory, NULL, &error));
  slip_text* json = NULL;
  assert_ok(slip_artifact_info(directory, &json, &error));
  assert_non_null(strstr(slip_text_string(json), exported.logical_digest));
  slip_text_free(json);
  const char* url = url_of("lmdb", &w, "copy");
  assert_ok(slip_fold_import(directory, url, NULL, &imported, &error));
  assert_memory_equal(&exported, &imported, sizeof exported);
  slip_fold* copy = NULL;
  assert_ok(slip_fold_open(url, NULL, &copy, &error));
  assert_int_equal(fold_revision(copy), 11);
  assert_true(fold_has(copy, "k00009", "value"));
  assert_false(fold_has(copy, "k00003", "value"));
  slip_fold_free(copy);
  world_close(&w);
}

static void destinations_must_be_empty(void** state) {
  (void)state;
  world w = world_with_ten_keys();
  const char* directory = test_path(w.directory, "artifact");
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  summary.entries = 7;
  assert_ok(slip_fold_export(w.fold, directory, NULL, NULL, &error));
  assert_fails(slip_fold_export(w.fold, directory, NULL, &summary, &error), SLIP_NOT_EMPTY,
               "artifact");
  assert_int_equal(summary.entries, 0);
  assert_int_equal(summary.struct_size, sizeof summary);
  assert_fails(slip_fold_import(directory, w.fold_url, NULL, &summary, &error), SLIP_NOT_EMPTY,
               "fold");
  world_close(&w);
}

static void a_fold_that_followed_nothing_cannot_be_exported(void** state) {
  (void)state;
  world w = world_open();
  assert_fails(slip_fold_export(w.fold, test_path(w.directory, "a"), NULL, NULL, &error),
               SLIP_MISUSE, "");
  assert_fails(slip_artifact_verify(test_path(w.directory, "none"), NULL, &error), SLIP_NOT_FOUND,
               "none");
  world_close(&w);
}

static void a_flipped_bit_is_found(void** state) {
  (void)state;
  world w = world_with_ten_keys();
  const char* directory = test_path(w.directory, "artifact");
  assert_ok(slip_fold_export(w.fold, directory, NULL, NULL, &error));
  test_flip_bit(test_path(directory, "data/000001.rec"), -9, 3);
  assert_fails(slip_artifact_verify(directory, NULL, &error), SLIP_ARTIFACT_INVALID, "000001.rec");
  assert_fails(slip_fold_import(directory, url_of("lmdb", &w, "copy"), NULL, NULL, &error),
               SLIP_ARTIFACT_INVALID, "000001.rec");
  slip_fold* none = GARBAGE(slip_fold);
  slip_options* never = options_with(SLIP_OPTIONS_FOLD, "create", "never");
  assert_fails(slip_fold_open(url_of("lmdb", &w, "copy"), never, &none, &error), SLIP_NOT_FOUND,
               "copy");
  slip_options_free(never);
  world_close(&w);
}

static void objects_are_swapped_by_tag(void** state) {
  (void)state;
  world w = world_open();
  slip_object_store* store = open_store(&w);
  slip_text* tag = NULL;
  slip_text* newer = NULL;
  slip_text* data = GARBAGE(slip_text);
  assert_fails(slip_object_store_get(store, "a/b", &data, NULL, &error), SLIP_NOT_FOUND, "a/b");
  assert_null(data);
  assert_ok(slip_object_store_put_if(store, "a/b", "one", 3, NULL, &tag, &error));
  assert_fails(slip_object_store_put_if(store, "a/b", "two", 3, NULL, &newer, &error),
               SLIP_CONFLICT, "a/b");
  assert_null(newer);
  assert_ok(
      slip_object_store_put_if(store, "a/b", "two", 3, slip_text_string(tag), &newer, &error));
  assert_string_not_equal(slip_text_string(tag), slip_text_string(newer));
  assert_fails(slip_object_store_put_if(store, "a/b", "x", 1, slip_text_string(tag), NULL, &error),
               SLIP_CONFLICT, "a/b");
  slip_text_free(tag);
  slip_text_free(newer);
  assert_ok(slip_object_store_put(store, "a/c", "\0\1\2", 3, NULL, &error));
  assert_ok(slip_object_store_get(store, "a/c", &data, &tag, &error));
  assert_int_equal(slip_text_bytes(data).size, 3);
  assert_memory_equal(slip_text_bytes(data).data, "\0\1\2", 3);
  assert_true(slip_text_bytes(tag).size > 0);
  slip_text_free(data);
  slip_text_free(tag);
  assert_ok(slip_object_store_list(store, "a/", NULL, 10, &data, &error));
  assert_non_null(strstr(slip_text_string(data), "[{\"name\":\"a/b\",\"size\":3,\"modified_ns\":"));
  slip_text_free(data);
  assert_ok(slip_object_store_list(store, "", "a/b", 1, &data, &error));
  assert_null(strstr(slip_text_string(data), "a/b"));
  slip_text_free(data);
  assert_fails(slip_object_store_list(store, "", NULL, 0, &data, &error), SLIP_INVALID, "limit");
  assert_fails(slip_object_store_list(store, "", NULL, 10001, &data, &error), SLIP_INVALID,
               "limit");
  assert_ok(slip_object_store_remove(store, "a/c", &error));
  assert_fails(slip_object_store_remove(store, "a/c", &error), SLIP_NOT_FOUND, "a/c");
  static const char* const bad[] = {"", "/a", "a//b", "../a", "a/./b", "a b", ".slip/x"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    assert_fails(slip_object_store_put(store, bad[i], "x", 1, NULL, &error), SLIP_INVALID, "");
    assert_fails(slip_object_store_get(store, bad[i], &data, NULL, &error), SLIP_INVALID, "");
    assert_fails(slip_object_store_remove(store, bad[i], &error), SLIP_INVALID, "");
  }
  slip_object_store_free(store);
  slip_object_store* none = GARBAGE(slip_object_store);
  assert_fails(slip_object_store_open("ftp://x", NULL, &none, &error), SLIP_INVALID, "ftp");
  assert_null(none);
  world_close(&w);
}

static void what_is_published_never_goes_back(void** state) {
  (void)state;
  world w = world_with_ten_keys();
  slip_object_store* store = open_store(&w);
  const char* first = test_path(w.directory, "first");
  const char* second = test_path(w.directory, "second");
  slip_text* json = GARBAGE(slip_text);
  slip_published published = SLIP_PUBLISHED_INIT;
  assert_ok(slip_fold_export(w.fold, first, NULL, NULL, &error));
  put(w.bucket, "later", "x");
  follow(&w, w.fold);
  assert_ok(slip_fold_export(w.fold, second, NULL, NULL, &error));
  assert_fails(slip_pointer_read(store, "routes", &json, &error), SLIP_NOT_FOUND, "routes");
  assert_null(json);
  assert_ok(slip_publish(store, "routes", first, NULL, NULL, &error));
  assert_ok(slip_publish(store, "routes", second, NULL, &published, &error));
  assert_int_equal(published.attempts, 1);
  assert_int_equal(published.cursor.revision, 12);
  assert_int_equal(strlen(published.manifest_sha256), 64);
  assert_true(published.bytes > 0);
  assert_fails(slip_publish(store, "routes", first, NULL, &published, &error), SLIP_SUPERSEDED, "");
  assert_int_equal(published.cursor.revision, 0);
  assert_ok(slip_publish(store, "routes", second, NULL, &published, &error));
  assert_int_equal(published.attempts, 0);
  assert_ok(slip_pointer_read(store, "routes", &json, &error));
  assert_int_equal(strncmp(slip_text_string(json), "{\"pointer\":{", 12), 0);
  assert_non_null(strstr(slip_text_string(json), "\"manifest\":{"));
  assert_non_null(strstr(slip_text_string(json), published.manifest_sha256));
  slip_text_free(json);
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  const char* down = test_path(w.directory, "down");
  assert_ok(slip_download(store, "routes", down, NULL, &summary, &error));
  assert_int_equal(summary.cursor.revision, 12);
  assert_ok(slip_artifact_verify(down, NULL, &error));
  assert_fails(slip_download(store, "routes", down, NULL, &summary, &error), SLIP_NOT_EMPTY,
               "down");
  assert_fails(slip_download(store, "nothing", test_path(w.directory, "n"), NULL, NULL, &error),
               SLIP_NOT_FOUND, "nothing");
  slip_object_store_free(store);
  world_close(&w);
}

static void* count_update(void* user, const slip_update* update) {
  ++*(int*)user;
  (void)update;
  return NULL;
}

/* The whole path: a second node starts from what is published and receives only the tail. */
static void a_second_node_receives_only_the_tail(void** state) {
  (void)state;
  world w = world_with_ten_keys();
  slip_object_store* store = open_store(&w);
  const char* directory = test_path(w.directory, "artifact");
  assert_ok(slip_fold_export(w.fold, directory, NULL, NULL, &error));
  assert_ok(slip_publish(store, "routes", directory, NULL, NULL, &error));
  put_many(w.bucket, "tail", 6);
  assert_ok(slip_bucket_remove(w.bucket, "k00001", 6, NULL, &error));
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  const char* url = url_of("lmdb", &w, "second");
  slip_fold* second = NULL;
  assert_ok(slip_bootstrap(store, "routes", url, NULL, &summary, &error));
  assert_int_equal(summary.cursor.revision, 11);
  assert_fails(slip_bootstrap(store, "routes", url, NULL, NULL, &error), SLIP_NOT_EMPTY, "second");
  assert_ok(slip_fold_open(url, NULL, &second, &error));
  int received = 0;
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = &received;
  callbacks.parse = count_update;
  slip_options* options = options_with(SLIP_OPTIONS_WATCH, "replay", "none");
  assert_ok(slip_options_set_string(options, "stop_at", "caught_up", &error));
  slip_watch* watch = NULL;
  assert_ok(slip_watch_start(w.bucket, second, options, &callbacks, &watch, &error));
  slip_options_free(options);
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  assert_ok(slip_watch_close(watch, NULL, &error));
  slip_watch_free(watch);
  assert_int_equal(received, 7);
  assert_true(fold_has(second, "tail00005", "value"));
  assert_false(fold_has(second, "k00001", "value"));
  slip_fold_free(second);
  slip_object_store_free(store);
  world_close(&w);
}

static int has_received_one(void* user) {
  slip_watch_state status = SLIP_WATCH_STATE_INIT;
  return slip_watch_status(user, &status, NULL) == SLIP_OK && status.received == 1;
}

static void a_running_watch_exports(void** state) {
  (void)state;
  world w = world_with_ten_keys();
  const slip_watch_callbacks none = SLIP_WATCH_CALLBACKS_INIT;
  slip_options* window = options_with(SLIP_OPTIONS_WATCH, "batch_close", "window");
  assert_ok(slip_options_set_u64(window, "window_ms", 3600000, &error));
  slip_watch* watch = NULL;
  assert_ok(slip_watch_start(w.bucket, w.fold, window, &none, &watch, &error));
  slip_options_free(window);
  put(w.bucket, "pending", "x"); /* waits for the window: the export flushes it first */
  test_await(has_received_one, watch, 10000, "the update");
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  assert_ok(slip_watch_export(watch, test_path(w.directory, "live"), NULL, &summary, &error));
  assert_int_equal(summary.cursor.revision, 12);
  assert_int_equal(summary.entries, 10);
  slip_watch_free(watch);
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_artifact_makes_an_equal_fold),
      cmocka_unit_test(destinations_must_be_empty),
      cmocka_unit_test(a_fold_that_followed_nothing_cannot_be_exported),
      cmocka_unit_test(a_flipped_bit_is_found),
      cmocka_unit_test(objects_are_swapped_by_tag),
      cmocka_unit_test(what_is_published_never_goes_back),
      cmocka_unit_test(a_second_node_receives_only_the_tail),
      cmocka_unit_test(a_running_watch_exports),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
