#include "glue.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SAME(row, member, width)                                               \
  _Static_assert(offsetof(slipgo_row, row) == offsetof(slip_update, member) && \
                     sizeof(((slipgo_row*)0)->row) == (width),                 \
                 "a row is a slip_update")
SAME(key, key.data, 8);
SAME(key_size, key.size, 8);
SAME(value, value.data, 8);
SAME(value_size, value.size, 8);
SAME(revision, revision, 8);
SAME(timestamp_ns, timestamp_ns, 8);
SAME(ttl_ns, ttl_ns, 8);
SAME(operation, operation, 4);
SAME(flags, flags, 4);
_Static_assert(sizeof(slipgo_row) == sizeof(slip_update), "a row is a slip_update");

slipgo_batch slipgo_watch_next(slip_watch* watch, int64_t timeout_ms) {
  slipgo_batch out;
  memset(&out, 0, sizeof out);
  out.status = slip_watch_next(watch, timeout_ms, &out.batch, &out.error);
  if (out.status != SLIP_OK) return out;
  out.rows = slip_batch_updates(out.batch, &out.count);
  out.arena = slip_batch_arena(out.batch);
  out.cursor = slip_batch_cursor(out.batch);
  return out;
}

slip_status slipgo_batch_ack(slip_batch* batch, slip_error** error) {
  const slip_status status = slip_batch_ack(batch, error);
  if (status == SLIP_OK) slip_batch_free(batch);
  return status;
}

slip_status slipgo_snapshot_get(slip_snapshot* snapshot, const uint8_t* key, size_t key_size,
                                slipgo_row* out_row, uintptr_t* error) {
  slip_update update;
  slip_error* e = NULL;
  const slip_status status = slip_snapshot_get(snapshot, key, key_size, &update, &e);
  memcpy(out_row, &update, sizeof update);
  *error = (uintptr_t)e;
  return status;
}

slip_status slipgo_iterator_next(slip_iterator* iterator, slipgo_row* rows, size_t capacity,
                                 size_t* out_count, slip_error** error) {
  return slip_iterator_next(iterator, (slip_update*)(void*)rows, capacity, out_count, error);
}

slip_status slipgo_snapshot_range(slip_snapshot* snapshot, const uint8_t* prefix,
                                  size_t prefix_size, const uint8_t* from, size_t from_size,
                                  uint64_t limit, int reverse, int tombstones,
                                  slip_iterator** out_iterator, slip_error** error) {
  slip_range range = SLIP_RANGE_INIT;
  range.prefix.data = prefix;
  range.prefix.size = prefix_size;
  range.from.data = from;
  range.from.size = from_size;
  range.limit = limit;
  range.reverse = (uint32_t)reverse;
  range.tombstones = (uint32_t)tombstones;
  return slip_snapshot_range(snapshot, &range, out_iterator, error);
}

void slipgo_free(void* memory) { free(memory); }

slipgo_error slipgo_error_read(const slip_error* error) {
  slipgo_error out;
  out.message = slip_error_message(error);
  out.message_size = strlen(out.message);
  out.retriable = slip_error_is_retriable(error);
  return out;
}

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  slipgo_log_line lines[SLIPGO_LOG_LINES];
  size_t first, count;
  uint32_t lost;
  int on;
} ring = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void cut(char* to, size_t size, const char* from) {
  const size_t length = strnlen(from, size - 1);
  memcpy(to, from, length);
  to[length] = '\0';
}

static void log_line(void* user, int32_t level, const char* room, const char* message) {
  (void)user;
  pthread_mutex_lock(&ring.mutex);
  if (ring.count == SLIPGO_LOG_LINES) {
    ring.first = (ring.first + 1) % SLIPGO_LOG_LINES;
    --ring.count;
    ++ring.lost;
  }
  slipgo_log_line* line = &ring.lines[(ring.first + ring.count++) % SLIPGO_LOG_LINES];
  line->level = level;
  cut(line->room, sizeof line->room, room);
  cut(line->message, sizeof line->message, message);
  pthread_cond_signal(&ring.changed);
  pthread_mutex_unlock(&ring.mutex);
}

slip_status slipgo_log_set(int32_t level, slip_error** error) {
  const slip_status status =
      slip_log_set(level != 0 ? log_line : NULL, NULL, level != 0 ? level : SLIP_LOG_ERROR, error);
  if (status != SLIP_OK) return status;
  pthread_mutex_lock(&ring.mutex);
  ring.on = level != 0;
  pthread_cond_broadcast(&ring.changed);
  pthread_mutex_unlock(&ring.mutex);
  return status;
}

int slipgo_log_next(slipgo_log_line* out_line) {
  pthread_mutex_lock(&ring.mutex);
  while (ring.on && ring.count == 0) pthread_cond_wait(&ring.changed, &ring.mutex);
  const int got = ring.count > 0;
  if (got) {
    *out_line = ring.lines[ring.first];
    out_line->lost = ring.lost;
    ring.lost = 0;
    ring.first = (ring.first + 1) % SLIPGO_LOG_LINES;
    --ring.count;
  }
  pthread_mutex_unlock(&ring.mutex);
  return got;
}
