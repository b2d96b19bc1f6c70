/* Our arm of cold-sync and resume: bucket -> fold until caught up, then a final sync of the fold.
 *   cold_sync URL BUCKET FOLD|none DURABILITY [CURSOR] */
#include "arms/arm.h"

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  const int64_t start = bench_now_ns();
  slip_error *error = NULL;
  bench_memory_start();
  arm a = arm_open(argv[1], argv[2], argv[3], argv[4]);
  slip_options *options = arm_options(SLIP_OPTIONS_WATCH);
  arm_set(options, "stop_at", "caught_up");
  arm_set(options, "replay", "none");
  if (argc > 5) arm_set(options, "cursor", argv[5]);
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  slip_watch *watch = NULL;
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  arm_check(slip_watch_start(a.bucket, a.fold, options, &callbacks, &watch, &error), error);
  arm_check(slip_watch_wait_caught_up(watch, 600000, &error), error);
  arm_check(slip_watch_status(watch, &state, &error), error);
  if (a.fold != NULL) arm_check(slip_fold_sync(a.fold, &error), error);
  const double seconds = (double)(bench_now_ns() - start) / 1e9;
  const double cpu = bench_cpu_seconds();
  printf("{\"seconds\":%.6f,\"updates\":%llu,\"batches\":%llu,\"cpu\":%.3f,\"anonymous_mib\":%.1f}\n",
         seconds, (unsigned long long)state.applied, (unsigned long long)state.batches, cpu,
         bench_memory_stop_mib());
  slip_watch_free(watch);
  slip_options_free(options);
  slip_fold_free(a.fold);
  slip_bucket_free(a.bucket);
  slip_connection_free(a.nats);
  return 0;
}
