/* The C arm of bindings: see bench/bindings/README.md. */
#include "arms/arm.h"

#define CHUNK 10000

static slip_watch* pull(slip_bucket* bucket, slip_fold* fold) {
  slip_error* error = NULL;
  slip_watch* watch = NULL;
  slip_options* options = arm_options(SLIP_OPTIONS_WATCH);
  arm_set(options, "stop_at", "caught_up");
  arm_check(slip_watch_open(bucket, fold, options, &watch, &error), error);
  slip_options_free(options);
  return watch;
}

typedef struct total {
  size_t updates;
  uint64_t sum;
} total;

static total drain(slip_watch* watch, int look) {
  slip_error* error = NULL;
  total t = {0, 0};
  for (;;) {
    slip_batch* batch = NULL;
    size_t count = 0;
    const slip_status status = slip_watch_next(watch, -1, &batch, &error);
    if (status == SLIP_END) break;
    arm_check(status, error);
    const slip_update* updates = slip_batch_updates(batch, &count);
    for (size_t i = 0; look && i < count; ++i) {
      t.sum += updates[i].key.size + updates[i].value.size;
      if (updates[i].value.size > 0) t.sum += updates[i].value.data[updates[i].value.size - 1];
    }
    t.updates += count;
    arm_check(slip_batch_ack(batch, &error), error);
    slip_batch_free(batch);
  }
  slip_error_free(error);
  return t;
}

static int fold(const char* url, const char* bucket, const char* into) {
  arm a = arm_open(url, bucket, into, "process");
  const int64_t start = bench_now_ns();
  slip_watch* watch = pull(a.bucket, a.fold);
  const total t = drain(watch, 0);
  printf("{\"seconds\":%.6f,\"updates\":%zu}\n", (double)(bench_now_ns() - start) / 1e9, t.updates);
  slip_watch_free(watch);
  return 0;
}

static void fill(slip_bucket* bucket, size_t count, size_t value_bytes) {
  slip_error* error = NULL;
  char(*keys)[40] = malloc(CHUNK * sizeof *keys);
  uint8_t* value = malloc(value_bytes);
  slip_write* writes = calloc(CHUNK, sizeof *writes);
  slip_write_result* results = malloc(CHUNK * sizeof *results);
  memset(value, 7, value_bytes);
  for (size_t done = 0; done < count;) {
    size_t n = 0;
    for (; n < CHUNK && done + n < count; ++n) {
      snprintf(keys[n], sizeof keys[n], "route.svc-%06u.%08u", (unsigned)((done + n) / 1000),
               (unsigned)(done + n));
      writes[n].key = (slip_bytes){(const uint8_t*)keys[n], strlen(keys[n])};
      writes[n].value = (slip_bytes){value, value_bytes};
      writes[n].expected_revision = SLIP_REVISION_ANY;
      writes[n].operation = SLIP_PUT;
    }
    arm_check(slip_bucket_put_many(bucket, writes, n, results, &error), error);
    done += n;
  }
  free(results);
  free(writes);
  free(value);
  free(keys);
}

static int consume(size_t count, size_t value_bytes) {
  slip_error* error = NULL;
  slip_connection* nats = NULL;
  slip_bucket* bucket = NULL;
  arm_check(slip_connect("mem://", NULL, &nats, &error), error);
  arm_check(slip_bucket_create(nats, "consume", NULL, &bucket, &error), error);
  fill(bucket, count, value_bytes);
  const int64_t start = bench_now_ns();
  const double cpu = bench_cpu_seconds();
  slip_watch* watch = pull(bucket, NULL);
  const total t = drain(watch, 1);
  printf("{\"ns\":%.2f,\"cpu_ns\":%.2f,\"updates\":%zu,\"sum\":%llu}\n",
         (double)(bench_now_ns() - start) / (double)t.updates,
         (bench_cpu_seconds() - cpu) * 1e9 / (double)t.updates, t.updates,
         (unsigned long long)t.sum);
  slip_watch_free(watch);
  return 0;
}

/* Copies of the snapshot's keys, `count` at most, shuffled. */
static slip_bytes* keys_of(slip_snapshot* snapshot, size_t count, size_t* out_count) {
  slip_error* error = NULL;
  slip_iterator* iterator = NULL;
  slip_update updates[256];
  slip_bytes* keys = malloc(count * sizeof *keys);
  size_t have = 0, got = 0;
  arm_check(slip_snapshot_range(snapshot, NULL, &iterator, &error), error);
  while (have < count && slip_iterator_next(iterator, updates, 256, &got, &error) == SLIP_OK)
    for (size_t i = 0; i < got && have < count; ++i) {
      uint8_t* copy = malloc(updates[i].key.size);
      memcpy(copy, updates[i].key.data, updates[i].key.size);
      keys[have++] = (slip_bytes){copy, updates[i].key.size};
    }
  uint64_t state = 7;
  for (size_t i = have; i > 1; --i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const size_t j = (size_t)((state >> 33) % i);
    const slip_bytes swap = keys[i - 1];
    keys[i - 1] = keys[j];
    keys[j] = swap;
  }
  *out_count = have;
  return keys;
}

static int get(const char* url, size_t count) {
  slip_error* error = NULL;
  slip_fold* from = NULL;
  slip_snapshot* snapshot = NULL;
  arm_check(slip_fold_open(url, NULL, &from, &error), error);
  arm_check(slip_snapshot_open(from, &snapshot, &error), error);
  size_t have = 0, hits = 0;
  static uint8_t value[4096];
  slip_bytes* keys = keys_of(snapshot, count, &have);
  for (int timed = 0; timed < 2; ++timed) { /* the first round brings the pages in */
    hits = 0;
    const int64_t start = bench_now_ns();
    const double cpu = bench_cpu_seconds();
    for (size_t i = 0; have > 0 && i < count; ++i) {
      const slip_bytes key = keys[i % have];
      slip_update found;
      arm_check(slip_snapshot_get(snapshot, key.data, key.size, &found, &error), error);
      const size_t size = found.value.size < sizeof value ? found.value.size : sizeof value;
      memcpy(value, found.value.data, size);
      hits += size > 0 && value[size - 1] != 255;
    }
    if (timed == 1)
      printf("{\"ns\":%.2f,\"cpu_ns\":%.2f,\"hits\":%zu}\n",
             (double)(bench_now_ns() - start) / (double)count,
             (bench_cpu_seconds() - cpu) * 1e9 / (double)count, hits);
  }
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 5 && strcmp(argv[1], "fold") == 0) return fold(argv[2], argv[3], argv[4]);
  if (argc == 4 && strcmp(argv[1], "consume") == 0)
    return consume((size_t)atol(argv[2]), (size_t)atol(argv[3]));
  if (argc == 4 && strcmp(argv[1], "get") == 0) return get(argv[2], (size_t)atol(argv[3]));
  fprintf(stderr, "usage: see bench/bindings/README.md\n");
  return 2;
}
