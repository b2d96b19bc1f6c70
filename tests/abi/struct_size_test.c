/* Structs that begin with struct_size: every size that was ever published is honoured, an
 * impossible one is refused, a later one is taken while what we do not know is zero. */
#include "slipstream.h"
#include "support/support.h"
/* After support.h, which brings what it needs. */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { ROOM = 5000, FILL = 0x5a };

typedef struct objects {
  slip_connection* connection;
  slip_bucket* bucket;
  slip_fold* fold;
  slip_fold* log;
  slip_watch* watch;
  slip_snapshot* snapshot;
  slip_object_store* store;
  const char* artifact;
} objects;

static objects all;

/* Each function that takes such a struct, with the sizes of it that were published, oldest first.
 */
typedef struct taker {
  const char* name;
  slip_status (*call)(void* value, slip_error** error);
  int is_output;
  uint32_t sizes[4];
} taker;

static slip_status connection_status(void* value, slip_error** error) {
  return slip_connection_status(all.connection, value, error);
}
static slip_status bucket_info(void* value, slip_error** error) {
  return slip_bucket_info(all.bucket, value, error);
}
static slip_status watch_status(void* value, slip_error** error) {
  return slip_watch_status(all.watch, value, error);
}
static slip_status fold_stats(void* value, slip_error** error) {
  return slip_fold_stats(all.fold, value, error);
}
static slip_status fold_compact(void* value, slip_error** error) {
  return slip_fold_compact(all.log, value, NULL, error);
}
static slip_status artifact_verify(void* value, slip_error** error) {
  return slip_artifact_verify(all.artifact, value, error);
}
static slip_status publish(void* value, slip_error** error) {
  return slip_publish(all.store, "routes", all.artifact, NULL, value, error);
}
static slip_status snapshot_range(void* value, slip_error** error) {
  slip_iterator* iterator = NULL;
  const slip_status status = slip_snapshot_range(all.snapshot, value, &iterator, error);
  slip_iterator_free(iterator);
  return status;
}
static slip_status watch_start(void* value, slip_error** error) {
  slip_watch* watch = NULL;
  const slip_status status = slip_watch_start(all.bucket, NULL, NULL, value, &watch, error);
  slip_watch_free(watch);
  return status;
}

static slip_status no_info(void* user, slip_bucket_state* out, char* text, size_t size) {
  (void)user, (void)out, (void)text, (void)size;
  return SLIP_UNREACHABLE;
}
static slip_status no_watch(void* user, const slip_feed_request* request, slip_feed* feed,
                            void** source, char* text, size_t size) {
  (void)user, (void)request, (void)feed, (void)source, (void)text, (void)size;
  return SLIP_UNREACHABLE;
}
static slip_status open_foreign(void* value, slip_error** error) {
  slip_bucket_functions* functions = value;
  slip_bucket* bucket = NULL;
  if (functions->struct_size >= 96 && functions->struct_size <= 4096) {
    functions->info = no_info;
    functions->watch = no_watch;
  }
  const slip_status status = slip_bucket_open_foreign("routes", functions, &bucket, error);
  slip_bucket_free(bucket);
  return status;
}

static slip_status empty_state(void* user, void** snapshot, slip_bytes* meta, char* text,
                               size_t size) {
  (void)user, (void)snapshot, (void)meta, (void)text, (void)size;
  return SLIP_OK;
}
static void no_close(void* user, void* handle) { (void)user, (void)handle; }
static slip_status no_row(void* user, void* snapshot, const void* key, size_t key_size,
                          slip_update* row, char* text, size_t size) {
  (void)user, (void)snapshot, (void)key, (void)key_size, (void)row, (void)text, (void)size;
  return SLIP_NOT_FOUND;
}
static slip_status no_scan(void* user, void* snapshot, const void* from, size_t from_size,
                           int reverse, void** scan, char* text, size_t size) {
  (void)user, (void)snapshot, (void)from, (void)from_size, (void)reverse, (void)scan;
  (void)text, (void)size;
  return SLIP_OK;
}
static slip_status no_rows(void* user, void* scan, slip_update* rows, size_t capacity,
                           size_t* count, char* text, size_t size) {
  (void)user, (void)scan, (void)rows, (void)capacity, (void)count, (void)text, (void)size;
  return SLIP_END;
}
static slip_status open_foreign_fold(void* value, slip_error** error) {
  slip_fold_functions* functions = value;
  slip_fold* fold = NULL;
  if (functions->struct_size >= 104 && functions->struct_size <= 4096) {
    functions->snapshot_open = empty_state;
    functions->snapshot_close = no_close;
    functions->get = no_row;
    functions->scan_open = no_scan;
    functions->scan_next = no_rows;
    functions->scan_close = no_close;
  }
  const slip_status status = slip_fold_open_foreign("routes", functions, &fold, error);
  slip_fold_free(fold);
  return status;
}

static const taker takers[] = {
    {"slip_bucket_functions", open_foreign, 0, {96}},
    {"slip_fold_functions", open_foreign_fold, 0, {104}},
    {"slip_connection_state", connection_status, 1, {32}},
    {"slip_bucket_state", bucket_info, 1, {120}},
    {"slip_watch_state", watch_status, 1, {240}},
    {"slip_fold_state", fold_stats, 1, {88}},
    {"slip_compaction", fold_compact, 1, {48}},
    {"slip_artifact_summary", artifact_verify, 1, {264}},
    {"slip_published", publish, 1, {112}},
    {"slip_range", snapshot_range, 0, {56}},
    {"slip_watch_callbacks", watch_start, 0, {64}},
};
#define TAKERS (sizeof takers / sizeof takers[0])

/* A struct of `size` bytes in a larger room, so that a write past it shows. */
static unsigned char* prepare(const taker* t, uint32_t size) {
  static union {
    uint64_t align;
    unsigned char bytes[ROOM];
  } room;
  memset(room.bytes, FILL, sizeof room);
  if (!t->is_output) memset(room.bytes, 0, size < ROOM ? size : ROOM);
  memcpy(room.bytes, &size, sizeof size);
  return room.bytes;
}

static void assert_untouched_from(const taker* t, const unsigned char* bytes, uint32_t from) {
  for (uint32_t at = from; at < ROOM; ++at)
    if (bytes[at] != FILL) fail_msg("%s: byte %u behind the struct was written", t->name, at);
}

static void succeeds_with(const taker* t, uint32_t size, uint32_t known) {
  unsigned char* bytes = prepare(t, size);
  slip_error* error = NULL;
  const slip_status status = t->call(bytes, &error);
  if (status != SLIP_OK)
    fail_msg("%s with size %u: %d %s", t->name, size, status, slip_error_message(error));
  uint32_t kept;
  memcpy(&kept, bytes, sizeof kept);
  assert_int_equal(kept, size);
  assert_untouched_from(t, bytes, size);
  if (!t->is_output) return;
  for (uint32_t at = known; at < size; ++at)
    if (bytes[at] != 0) fail_msg("%s: member at %u is unknown and not zero", t->name, at);
}

static void fails_with(const taker* t, uint32_t size, slip_status wanted, const char* sentence) {
  unsigned char* bytes = prepare(t, size);
  slip_error* error = NULL;
  if (wanted == SLIP_UNSUPPORTED) bytes[size - 1] = 1;
  assert_int_equal(t->call(bytes, &error), wanted);
  assert_int_equal(slip_error_code(error), wanted);
  if (strstr(slip_error_message(error), sentence) == NULL)
    fail_msg("%s with size %u: %s", t->name, size, slip_error_message(error));
  slip_error_free(error);
  assert_untouched_from(t, bytes, size < sizeof size ? (uint32_t)sizeof size : size);
  if (!t->is_output || size <= sizeof size) return;
  for (uint32_t at = sizeof size; at < (size < ROOM ? size : ROOM); ++at)
    assert_int_equal(bytes[at], FILL); /* an impossible size: nothing may be written */
}

static void every_published_size_is_honoured(void** state) {
  (void)state;
  for (size_t i = 0; i < TAKERS; ++i)
    for (const uint32_t* size = takers[i].sizes; *size != 0; ++size)
      succeeds_with(&takers[i], *size, *size);
}

static void sizes_that_no_release_had_are_refused(void** state) {
  (void)state;
  for (size_t i = 0; i < TAKERS; ++i) {
    const uint32_t first = takers[i].sizes[0];
    const uint32_t impossible[] = {0, 1, 4, 8, first - 1, 4097, UINT32_MAX};
    for (size_t n = 0; n < sizeof impossible / sizeof impossible[0]; ++n)
      fails_with(&takers[i], impossible[n], SLIP_INVALID, "struct_size");
  }
}

static void a_later_struct_is_taken_while_the_unknown_is_zero(void** state) {
  (void)state;
  for (size_t i = 0; i < TAKERS; ++i) {
    const taker* t = &takers[i];
    uint32_t newest = 0;
    for (const uint32_t* size = t->sizes; *size != 0; ++size) newest = *size;
    succeeds_with(t, newest + 8, newest);
    succeeds_with(t, 4096, newest);
    if (!t->is_output) fails_with(t, newest + 8, SLIP_UNSUPPORTED, "newer library");
  }
}

static int set_up(void** state) {
  (void)state;
  const char* root = test_directory();
  char url[512];
  slip_cursor cursor = {7, 1};
  slip_update update;
  memset(&update, 0, sizeof update);
  update.key.data = (const uint8_t*)"k";
  update.key.size = 1;
  update.revision = 1;
  update.operation = SLIP_PUT;
  if (slip_connect("mem://", NULL, &all.connection, NULL) != SLIP_OK) return -1;
  if (slip_bucket_create(all.connection, "routes", NULL, &all.bucket, NULL) != SLIP_OK) return -1;
  snprintf(url, sizeof url, "lmdb:%s/fold", root);
  if (slip_fold_open(url, NULL, &all.fold, NULL) != SLIP_OK) return -1;
  snprintf(url, sizeof url, "append-log:%s/log", root);
  if (slip_fold_open(url, NULL, &all.log, NULL) != SLIP_OK) return -1;
  if (slip_fold_apply(all.fold, "routes", &update, 1, cursor, NULL) != SLIP_OK) return -1;
  if (slip_snapshot_open(all.fold, &all.snapshot, NULL) != SLIP_OK) return -1;
  if (slip_watch_open(all.bucket, NULL, NULL, &all.watch, NULL) != SLIP_OK) return -1;
  all.artifact = test_path(root, "artifact");
  if (slip_fold_export(all.fold, all.artifact, NULL, NULL, NULL) != SLIP_OK) return -1;
  snprintf(url, sizeof url, "local:%s/objects", root);
  return slip_object_store_open(url, NULL, &all.store, NULL) == SLIP_OK ? 0 : -1;
}

static int tear_down(void** state) {
  (void)state;
  slip_object_store_free(all.store);
  slip_watch_free(all.watch);
  slip_snapshot_free(all.snapshot);
  slip_fold_free(all.log);
  slip_fold_free(all.fold);
  slip_bucket_free(all.bucket);
  slip_connection_free(all.connection);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_published_size_is_honoured),
      cmocka_unit_test(sizes_that_no_release_had_are_refused),
      cmocka_unit_test(a_later_struct_is_taken_while_the_unknown_is_zero),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
