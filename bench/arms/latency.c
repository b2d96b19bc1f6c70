/* Our arm of latency: publish -> committed and readable (on_applied). The value begins with the
 * sender's monotonic clock.
 *   latency URL BUCKET FOLD|none DURABILITY WARMUP_S TIMED_S */
#include <nats/nats.h>

#include "arms/arm.h"

#define CAPACITY (1u << 20)

typedef struct samples {
  int64_t begin, end;
  int64_t* sent; /* of the batch that is being applied */
  size_t sent_count;
  int64_t* latency;
  size_t count;
  int64_t applied_ns; /* when the batch was given to apply */
  int64_t* commit;    /* from there to on_applied, a batch each */
  size_t commits;
} samples;

static slip_status apply(void* user, const slip_item* items, size_t count, char* text,
                         size_t text_size) {
  samples* s = user;
  (void)text;
  (void)text_size;
  s->applied_ns = bench_now_ns();
  s->sent_count = 0;
  for (size_t i = 0; i < count && i < CAPACITY; ++i)
    memcpy(&s->sent[s->sent_count++], items[i].update->value.data, sizeof(int64_t));
  return SLIP_OK;
}

static void applied(void* user, const slip_cursor* cursor, size_t updates) {
  samples* s = user;
  const int64_t now = bench_now_ns();
  (void)cursor;
  (void)updates;
  for (size_t i = 0; i < s->sent_count; ++i)
    if (s->begin != 0 && s->sent[i] >= s->begin && s->count < CAPACITY)
      s->latency[s->count++] = now - s->sent[i];
  s->sent_count = 0;
  if (s->begin != 0 && s->applied_ns >= s->begin && s->commits < CAPACITY)
    s->commit[s->commits++] = now - s->applied_ns;
}

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  slip_error* error = NULL;
  samples s = {0, 0, malloc(CAPACITY * 8), 0, malloc(CAPACITY * 8), 0, 0, malloc(CAPACITY * 8), 0};
  arm a = arm_open(argv[1], argv[2], argv[3], argv[4]);
  slip_options* options = arm_options(SLIP_OPTIONS_WATCH);
  arm_set(options, "replay", "none");
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = &s;
  callbacks.apply = apply;
  callbacks.on_applied = applied;
  slip_watch* watch = NULL;
  arm_check(slip_watch_start(a.bucket, a.fold, options, &callbacks, &watch, &error), error);
  arm_check(slip_watch_wait_caught_up(watch, 600000, &error), error);
  s.begin = bench_now_ns() + atoll(argv[5]) * 1000000000;
  natsConnection* side = NULL;
  if (natsConnection_ConnectTo(&side, argv[1]) != NATS_OK) return 1;
  natsConnection_PublishString(side, "bench.ready", "ready");
  natsConnection_Destroy(side);
  bench_sleep_until(s.begin);
  double cpu = bench_cpu_seconds();
  bench_sleep_until(s.begin + atoll(argv[6]) * 1000000000);
  cpu = bench_cpu_seconds() - cpu;
  slip_watch_close(watch, NULL, NULL);
  qsort(s.commit, s.commits, sizeof *s.commit, bench_compare);
  bench_print_latency(s.latency, s.count, s.commits > 0 ? s.commit[s.commits / 2] : 0, cpu);
  fflush(stdout);
  slip_watch_free(watch);
  slip_options_free(options);
  slip_fold_free(a.fold);
  slip_bucket_free(a.bucket);
  slip_connection_free(a.nats);
  return 0;
}
