/* Reference of load: nats.c's asynchronous JetStream publish of COUNT values, and nothing else.
 *   publish URL BUCKET COUNT VALUE_BYTES */
#include "measure.h"
#include "reference/raw.h"

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  const long count = atol(argv[3]);
  const int value_bytes = atoi(argv[4]);
  char subject[256], *value = malloc((size_t)value_bytes);
  natsConnection *nats = NULL;
  jsCtx *js = NULL;
  jsOptions options;
  if (value == NULL) return 1;
  for (int i = 0; i < value_bytes; ++i) value[i] = (char)(i * 37 + 11);
  raw_check(natsConnection_ConnectTo(&nats, argv[1]), "connect");
  jsOptions_Init(&options);
  options.PublishAsync.MaxPending = 4096;
  raw_check(natsConnection_JetStream(&js, nats, &options), "jetstream");
  const int64_t start = bench_now_ns();
  for (long i = 0; i < count; ++i) {
    snprintf(subject, sizeof subject, "$KV.%s.route.svc-%06ld.%08ld", argv[2], i / 1000, i);
    raw_check(js_PublishAsync(js, subject, value, value_bytes, NULL), "publish");
  }
  raw_check(js_PublishAsyncComplete(js, NULL), "complete");
  printf("{\"seconds\":%.6f,\"updates\":%ld,\"cpu\":%.3f}\n",
         (double)(bench_now_ns() - start) / 1e9, count, bench_cpu_seconds());
  fflush(stdout);
  _Exit(0);
}
