/* Reference of cold-sync and resume: receive everything from a sequence on and throw it away.
 *   consume URL BUCKET START */
#include "measure.h"
#include "reference/raw.h"

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const int64_t start = bench_start_ns();
  raw_consumer consumer;
  raw_open(&consumer, argv[1], argv[2], atoll(argv[3]));
  long long received = 0;
  while (received < consumer.pending) {
    natsMsg *message = raw_next(&consumer, 10000);
    if (message == NULL) return 1;
    natsMsg_Destroy(message);
    ++received;
  }
  printf("{\"seconds\":%.6f,\"updates\":%lld,\"cpu\":%.3f}\n",
         (double)(bench_now_ns() - start) / 1e9, received, bench_cpu_seconds());
  fflush(stdout);
  raw_end(&consumer, argv[2]);
  _Exit(0);
}
