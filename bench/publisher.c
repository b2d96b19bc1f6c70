/* The writer of the latency workload: RATE updates a second for SECONDS, each carrying the monotonic
 * clock in its first eight bytes. Begins when somebody publishes "bench.ready".
 *   publisher URL BUCKET RATE SECONDS KEYS VALUE_BYTES */
#include "measure.h"
#include "reference/raw.h"

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  const int64_t gap_ns = 1000000000 / atoll(argv[3]);
  const int64_t seconds = atoll(argv[4]);
  const long keys = atol(argv[5]);
  const int value_bytes = atoi(argv[6]);
  natsConnection *nats = NULL;
  natsSubscription *ready = NULL;
  natsMsg *message = NULL;
  char subject[256], *value = calloc(1, (size_t)value_bytes);
  natsOptions *options = NULL;
  raw_check(natsOptions_Create(&options), "options");
  raw_check(natsOptions_SetURL(options, argv[1]), "url");
  raw_check(natsOptions_SetSendAsap(options, true), "send at once");
  raw_check(natsConnection_Connect(&nats, options), "connect");
  raw_check(natsConnection_SubscribeSync(&ready, nats, "bench.ready"), "subscribe");
  raw_check(natsConnection_Flush(nats), "flush");
  printf("listening\n");
  fflush(stdout);
  raw_check(natsSubscription_NextMsg(&message, ready, 120000), "ready");
  natsMsg_Destroy(message);
  int64_t due = bench_now_ns();
  const int64_t end = due + seconds * 1000000000;
  uint64_t state = 1;
  for (long sent = 0; due < end; ++sent, due += gap_ns) {
    int64_t now = bench_now_ns();
    if (due - now > 60000) nanosleep(&(struct timespec){0, (long)(due - now - 50000)}, NULL);
    while ((now = bench_now_ns()) < due) {
    }
    state = state * 6364136223846793005u + 1442695040888963407u;
    const long id = (long)((state >> 33) % (uint64_t)keys);
    snprintf(subject, sizeof subject, "$KV.%s.route.svc-%06ld.%08ld", argv[2], id / 1000, id);
    memcpy(value, &now, sizeof now);
    raw_check(natsConnection_Publish(nats, subject, value, value_bytes), "publish");
  }
  raw_check(natsConnection_Flush(nats), "flush");
  return 0;
}
