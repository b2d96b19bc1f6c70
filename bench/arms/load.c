/* Our arm of load: slip_bucket_put_many of COUNT values in calls of 10,000.
 *   load URL BUCKET COUNT VALUE_BYTES [SEED [GROUP [STRIDE [REPEAT]]]]
 * With a seed the keys are written in a shuffled order: how the other workloads fill their bucket.
 * GROUP keys share a prefix (1,000); only every STRIDEth key is written (1), and each REPEAT times
 * (1), COUNT being the number of writes. */
#include "arms/arm.h"

#define CHUNK 10000

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const size_t count = (size_t)atol(argv[3]);
  const size_t value_bytes = (size_t)atol(argv[4]);
  slip_error* error = NULL;
  uint32_t* order = malloc(count * sizeof *order);
  char(*keys)[40] = malloc(CHUNK * sizeof *keys);
  uint8_t* value = malloc(value_bytes);
  slip_write* writes = calloc(CHUNK, sizeof *writes);
  slip_write_result* results = malloc(CHUNK * sizeof *results);
  for (size_t i = 0; i < value_bytes; ++i) value[i] = (uint8_t)(i * 37 + 11);
  for (size_t i = 0; i < count; ++i) order[i] = (uint32_t)i;
  uint64_t state = argc > 5 ? strtoull(argv[5], NULL, 10) : 0;
  const uint32_t group = argc > 6 ? (uint32_t)atol(argv[6]) : 1000;
  const uint32_t stride = argc > 7 ? (uint32_t)atol(argv[7]) : 1;
  const uint32_t distinct = (uint32_t)count / (argc > 8 ? (uint32_t)atol(argv[8]) : 1);
  for (size_t i = count; state != 0 && i > 1; --i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const size_t j = (size_t)((state >> 33) % i);
    const uint32_t swap = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swap;
  }
  arm a = arm_open(argv[1], argv[2], "none", "process");
  const int64_t start = bench_now_ns();
  for (size_t done = 0; done < count;) {
    size_t n = 0;
    for (; n < CHUNK && done + n < count; ++n) {
      const uint32_t id = order[done + n] % distinct * stride;
      snprintf(keys[n], sizeof keys[n], "route.svc-%06u.%08u", id / group, id);
      writes[n].key = (slip_bytes){(const uint8_t*)keys[n], strlen(keys[n])};
      writes[n].value = (slip_bytes){value, value_bytes};
      writes[n].expected_revision = SLIP_REVISION_ANY;
      writes[n].operation = SLIP_PUT;
    }
    arm_check(slip_bucket_put_many(a.bucket, writes, n, results, &error), error);
    done += n;
  }
  printf("{\"seconds\":%.6f,\"updates\":%zu,\"cpu\":%.3f}\n",
         (double)(bench_now_ns() - start) / 1e9, count, bench_cpu_seconds());
  slip_bucket_free(a.bucket);
  slip_connection_free(a.nats);
  return 0;
}
