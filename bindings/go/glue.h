/* What crosses from Go in one call where the header has several, and the shims of a foreign bucket.
 * Everything else is called by its own name. */
#ifndef SLIPSTREAM_GO_GLUE_H
#define SLIPSTREAM_GO_GLUE_H

#include <slipstream.h>

/* A slip_update whose pointers are plain numbers: Go's collector must not follow them. Of the same
 * layout, which glue.c asserts. */
typedef struct slipgo_row {
  uintptr_t key;
  size_t key_size;
  uintptr_t value;
  size_t value_size;
  uint64_t revision;
  int64_t timestamp_ns;
  int64_t ttl_ns;
  uint32_t operation;
  uint32_t flags;
  uint64_t reserved[2];
} slipgo_row;

typedef struct slipgo_batch {
  slip_batch* batch;
  const slip_update* rows;
  size_t count;
  slip_bytes arena;
  slip_cursor cursor;
  slip_status status;
  slip_error* error;
} slipgo_batch;

typedef struct slipgo_error {
  const char* message;
  size_t message_size;
  int retriable;
} slipgo_error;

/* slip_watch_next, and the views of the batch that it gave. */
slipgo_batch slipgo_watch_next(slip_watch* watch, int64_t timeout_ms);
/* slip_batch_ack; a batch that was acknowledged is freed. */
slip_status slipgo_batch_ack(slip_batch* batch, slip_error** error);
/* slip_snapshot_get, with nothing in its arguments that Go would have to look through. */
slip_status slipgo_snapshot_get(slip_snapshot* snapshot, const uint8_t* key, size_t key_size,
                                slipgo_row* out_row, uintptr_t* error);
slip_status slipgo_iterator_next(slip_iterator* iterator, slipgo_row* rows, size_t capacity,
                                 size_t* out_count, slip_error** error);
slip_status slipgo_snapshot_range(slip_snapshot* snapshot, const uint8_t* prefix,
                                  size_t prefix_size, const uint8_t* from, size_t from_size,
                                  uint64_t limit, int reverse, int tombstones,
                                  slip_iterator** out_iterator, slip_error** error);
/* free(), for what C.CString and C.malloc gave. */
void slipgo_free(void* memory);
/* Views that live as long as the error. */
slipgo_error slipgo_error_read(const slip_error* error);

/* Lines wait in a ring of this size for the one goroutine that takes them; the oldest is lost where
 * it is slower than the library. */
enum { SLIPGO_LOG_LINES = 1024, SLIPGO_LOG_BYTES = 1000 };
typedef struct slipgo_log_line {
  int32_t level;
  uint32_t lost; /* lines before this one that found no room */
  char room[20];
  char message[SLIPGO_LOG_BYTES];
} slipgo_log_line;
/* level 0: no more lines; who waits in slipgo_log_next then gets 0 once the ring is empty. */
slip_status slipgo_log_set(int32_t level, slip_error** error);
int slipgo_log_next(slipgo_log_line* out_line);

enum { SLIPGO_HAS_GET = 1, SLIPGO_HAS_AT_REVISION = 2, SLIPGO_HAS_LIST = 4, SLIPGO_HAS_CREDIT = 8 };
slip_status slipgo_bucket_open_foreign(const char* name, uintptr_t user, uint32_t capabilities,
                                       uint32_t has, slip_bucket** out_bucket, slip_error** error);

#endif
