/* Reference of latency: publish -> received. The value begins with the sender's monotonic clock.
 *   receive URL BUCKET WARMUP_S TIMED_S */
#include "measure.h"
#include "reference/raw.h"

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  raw_consumer consumer;
  char subject[256];
  raw_open(&consumer, argv[1], argv[2], 1);
  while (consumer.pending-- > 0) natsMsg_Destroy(raw_next(&consumer, 10000));
  snprintf(subject, sizeof subject, "bench.ready");
  raw_check(natsConnection_PublishString(consumer.nats, subject, "ready"), "ready");
  const int64_t begin = bench_now_ns() + atoll(argv[3]) * 1000000000;
  const int64_t end = begin + atoll(argv[4]) * 1000000000;
  size_t count = 0, capacity = 1u << 20;
  int64_t *samples = malloc(capacity * sizeof *samples);
  double cpu = 0;
  for (;;) {
    natsMsg *message = raw_next(&consumer, 1000);
    const int64_t now = bench_now_ns();
    if (now > end || samples == NULL) break;
    if (message == NULL) continue;
    int64_t sent;
    memcpy(&sent, natsMsg_GetData(message), sizeof sent);
    if (sent >= begin && count == 0) cpu = bench_cpu_seconds();
    if (sent >= begin && count < capacity) samples[count++] = now - sent;
    natsMsg_Destroy(message);
  }
  bench_print_latency(samples, count, 0, bench_cpu_seconds() - cpu);
  fflush(stdout);
  raw_end(&consumer, argv[2]);
  _Exit(0);
}
