/* What the tests of the C API share: calls that must succeed or fail in a stated way, and a small
 * world of one embedded bucket and one fold. In the macros, `error` is the call's last argument. */
#ifndef TESTS_CAPI_CHECK_H
#define TESTS_CAPI_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slipstream.h"
#include "support/support.h"
/* After support.h, which brings what it needs. */
#include <cmocka.h>

#define assert_ok(call)                                                                    \
  do {                                                                                     \
    slip_error* error = NULL;                                                              \
    const slip_status status_ = (call);                                                    \
    if (status_ != SLIP_OK)                                                                \
      fail_msg("%s: %s: %s", #call, slip_status_name(status_), slip_error_message(error)); \
    assert_null(error);                                                                    \
  } while (0)

/* Status, the error object's own status, and a part of its sentence. */
#define assert_fails(call, wanted, sentence)                                                     \
  do {                                                                                           \
    slip_error* error = NULL;                                                                    \
    const slip_status status_ = (call);                                                          \
    if (status_ != (wanted))                                                                     \
      fail_msg("%s: %s, not %s: %s", #call, slip_status_name(status_), slip_status_name(wanted), \
               slip_error_message(error));                                                       \
    assert_non_null(error);                                                                      \
    assert_int_equal(slip_error_code(error), (wanted));                                          \
    if (strstr(slip_error_message(error), (sentence)) == NULL)                                   \
      fail_msg("%s: \"%s\" lacks \"%s\"", #call, slip_error_message(error), (sentence));         \
    slip_error_free(error);                                                                      \
  } while (0)

/* Something that an output is set to beforehand, to see that it is cleared. */
#define GARBAGE(type) ((type*)(uintptr_t)0x5a5a5a50)

typedef struct world {
  const char* directory;
  char fold_url[512];
  slip_connection* connection;
  slip_bucket* bucket;
  slip_fold* fold;
} world;

static inline void world_open_fold(world* w) {
  snprintf(w->fold_url, sizeof w->fold_url, "lmdb:%s/fold", w->directory);
  assert_ok(slip_fold_open(w->fold_url, NULL, &w->fold, &error));
}

static inline world world_open(void) {
  world w;
  memset(&w, 0, sizeof w);
  w.directory = test_directory();
  assert_ok(slip_connect("mem://", NULL, &w.connection, &error));
  assert_ok(slip_bucket_create(w.connection, "routes", NULL, &w.bucket, &error));
  world_open_fold(&w);
  return w;
}

static inline void world_close(world* w) {
  slip_fold_free(w->fold);
  slip_bucket_free(w->bucket);
  slip_connection_free(w->connection);
}

static inline uint64_t put(slip_bucket* bucket, const char* key, const char* value) {
  uint64_t revision = 0;
  assert_ok(slip_bucket_put(bucket, key, strlen(key), value, strlen(value), &revision, &error));
  return revision;
}

static inline void put_many(slip_bucket* bucket, const char* prefix, int count) {
  char key[64];
  for (int i = 0; i < count; ++i) {
    snprintf(key, sizeof key, "%s%05d", prefix, i);
    put(bucket, key, "value");
  }
}

static inline slip_options* options_with(int32_t kind, const char* name, const char* value) {
  slip_options* options = NULL;
  assert_ok(slip_options_new(kind, &options, &error));
  assert_ok(slip_options_set_string(options, name, value, &error));
  return options;
}

static inline int bytes_are(slip_bytes bytes, const char* text) {
  return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}

#define assert_bytes(bytes, text)                                                             \
  do {                                                                                        \
    const slip_bytes bytes_ = (bytes);                                                        \
    if (!bytes_are(bytes_, (text)))                                                           \
      fail_msg("\"%.*s\" is not \"%s\"", (int)bytes_.size, (const char*)bytes_.data, (text)); \
  } while (0)

static inline uint64_t fold_revision(slip_fold* fold) {
  slip_cursor cursor;
  assert_ok(slip_fold_cursor(fold, &cursor, NULL, &error));
  return cursor.revision;
}

/* Whether a fold has this value under this key. */
static inline int fold_has(slip_fold* fold, const char* key, const char* value) {
  slip_entry* entry = NULL;
  const slip_status status = slip_fold_get(fold, key, strlen(key), &entry, NULL);
  const int has = status == SLIP_OK && bytes_are(slip_entry_update(entry)->value, value);
  slip_entry_free(entry);
  return has;
}

#endif
