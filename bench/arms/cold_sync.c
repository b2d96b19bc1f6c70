/* Our arm of cold-sync, resume and scopes: bucket -> fold until caught up, then a final sync of the
 * fold, and until its first range is answered. Tells both times, and the cursor it came to.
 *   cold_sync URL BUCKET FOLD|none DURABILITY [CURSOR|- [GROUPS]]
 * GROUPS: only the keys of so many prefixes, the first ones. */
#include "arms/arm.h"

/* Syncs, and asks for the first key in order: whatever that needs is made by then. */
static void make_ready(slip_fold* fold) {
  slip_error* error = NULL;
  slip_snapshot* snapshot = NULL;
  slip_iterator* iterator = NULL;
  slip_range first = SLIP_RANGE_INIT;
  slip_update update;
  size_t count = 0;
  first.limit = 1;
  arm_check(slip_fold_sync(fold, &error), error);
  arm_check(slip_snapshot_open(fold, &snapshot, &error), error);
  arm_check(slip_snapshot_range(snapshot, &first, &iterator, &error), error);
  arm_check(slip_iterator_next(iterator, &update, 1, &count, &error), error);
  arm_check(slip_snapshot_get(snapshot, update.key.data, update.key.size, &update, &error), error);
  slip_iterator_free(iterator);
  slip_snapshot_free(snapshot);
}

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const int64_t start = bench_start_ns();
  slip_error* error = NULL;
  bench_memory_start();
  arm a = arm_open(argv[1], argv[2], argv[3], argv[4]);
  slip_options* options = arm_options(SLIP_OPTIONS_WATCH);
  arm_set(options, "stop_at", "caught_up");
  arm_set(options, "replay", "none");
  if (argc > 5 && strcmp(argv[5], "-") != 0) arm_set(options, "cursor", argv[5]);
  for (long group = 0; argc > 6 && group < atol(argv[6]); ++group) {
    char prefix[32];
    snprintf(prefix, sizeof prefix, "route.svc-%06ld.", group);
    arm_check(slip_options_add(options, "scope", prefix, &error), error);
  }
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  slip_watch* watch = NULL;
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  arm_check(slip_watch_start(a.bucket, a.fold, options, &callbacks, &watch, &error), error);
  arm_check(slip_watch_wait_caught_up(watch, 600000, &error), error);
  const double caught_up = (double)(bench_now_ns() - start) / 1e9;
  arm_check(slip_watch_status(watch, &state, &error), error);
  if (a.fold != NULL) make_ready(a.fold);
  const double seconds = (double)(bench_now_ns() - start) / 1e9;
  const double cpu = bench_cpu_seconds();
  slip_text* cursor = NULL;
  arm_check(slip_cursor_format(argv[2], state.cursor, &cursor, &error), error);
  printf(
      "{\"seconds\":%.6f,\"caught_up\":%.6f,\"updates\":%llu,\"received\":%llu,\"batches\":%llu,"
      "\"cpu\":%.3f,\"anonymous_mib\":%.1f,\"cursor\":\"%s\"}\n",
      seconds, caught_up, (unsigned long long)state.applied, (unsigned long long)state.received,
      (unsigned long long)state.batches, cpu, bench_memory_stop_mib(), slip_text_string(cursor));
  slip_text_free(cursor);
  slip_watch_free(watch);
  slip_options_free(options);
  slip_fold_free(a.fold);
  slip_bucket_free(a.bucket);
  slip_connection_free(a.nats);
  return 0;
}
