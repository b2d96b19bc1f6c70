/* Reference of scopes: the first WANTED groups of a bucket, once by the server's filters and once
 * by receiving everything and dropping here what is not wanted. scopes URL BUCKET filters|local
 * WANTED */
#include "measure.h"
#include "reference/raw.h"

#define SUBJECT "$KV.%s.route.svc-%06ld."

static char* filters_of(const char* bucket, long wanted) {
  const size_t each = strlen(bucket) + 32;
  char *filters = malloc(each * (size_t)wanted + 3), *at = filters;
  for (long i = 0; i < wanted; ++i)
    at += sprintf(at, "%c\"" SUBJECT ">\"", i == 0 ? '[' : ',', bucket, i);
  strcpy(at, "]");
  return filters;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int64_t start = bench_start_ns();
  const int local = strcmp(argv[3], "local") == 0;
  const long wanted = atol(argv[4]);
  const size_t group_at = strlen("$KV..route.svc-") + strlen(argv[2]);
  char* filters = local ? NULL : filters_of(argv[2], wanted);
  raw_consumer consumer;
  raw_open_filtered(&consumer, argv[1], argv[2], 1, filters);
  free(filters);
  long long received = 0, kept = 0;
  while (received < consumer.pending) {
    natsMsg* message = raw_next(&consumer, 10000);
    if (message == NULL) return 1;
    kept += !local || atol(natsMsg_GetSubject(message) + group_at) < wanted;
    natsMsg_Destroy(message);
    ++received;
  }
  printf("{\"seconds\":%.6f,\"updates\":%lld,\"received\":%lld,\"cpu\":%.3f}\n",
         (double)(bench_now_ns() - start) / 1e9, kept, received, bench_cpu_seconds());
  fflush(stdout);
  raw_end(&consumer, argv[2]);
  _Exit(0);
}
