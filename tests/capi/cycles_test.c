/* A program that opens and closes for as long as it lives stays as it is: memory, threads and
 * descriptors are after thousands of cycles what they were after the first hundred. */
#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "capi/check.h"

enum { WARM_UP = 100, GROWTH_MAX_KIB = 2048 };

/* A sanitizer keeps what was freed for a while, and is the better judge of leaks itself. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { CYCLES_SHORT = 100, CYCLES_LONG = 1000, MEMORY_IS_OURS = 0 };
#else
enum { CYCLES_SHORT = 1000, CYCLES_LONG = 10000, MEMORY_IS_OURS = 1 };
#endif

/* What is free and kept by the allocator, such as a buffer that two threads once had at the same
 * time, is no growth. */
static long resident_kib(void) {
  long pages = 0;
  malloc_trim(0);
  FILE* file = fopen("/proc/self/statm", "re");
  assert_int_equal(fscanf(file, "%*s %ld", &pages), 1);
  fclose(file);
  return pages * 4;
}

static slip_status take(void* user, const slip_item* items, size_t count, char* text, size_t size) {
  (void)items;
  (void)text;
  (void)size;
  *(size_t*)user += count;
  return SLIP_OK;
}

static void pull_to_end(slip_bucket* bucket) {
  slip_options* stop = options_with(SLIP_OPTIONS_WATCH, "stop_at", "caught_up");
  slip_watch* watch = NULL;
  slip_batch* batch = NULL;
  assert_ok(slip_watch_open(bucket, NULL, stop, &watch, &error));
  slip_options_free(stop);
  while (slip_watch_next(watch, 10000, &batch, NULL) == SLIP_OK) {
    assert_ok(slip_batch_ack(batch, &error));
    slip_batch_free(batch);
  }
  assert_ok(slip_watch_close(watch, NULL, &error));
  slip_watch_free(watch);
}

/* Every kind of handle, and a failure with its sentence. */
static void cycle(const char* fold_url, uint64_t number) {
  slip_connection* connection = NULL;
  slip_bucket* bucket = NULL;
  slip_fold* fold = NULL;
  slip_watch* watch = NULL;
  slip_snapshot* snapshot = NULL;
  slip_entry* entry = NULL;
  size_t applied = 0;
  assert_ok(slip_connect("mem://", NULL, &connection, &error));
  assert_ok(slip_bucket_create(connection, "routes", NULL, &bucket, &error));
  slip_options* loose = options_with(SLIP_OPTIONS_FOLD, "durability", "process");
  assert_ok(slip_fold_open(fold_url, loose, &fold, &error));
  slip_options_free(loose);
  assert_ok(slip_snapshot_open(fold, &snapshot, &error));
  const uint64_t revision = put(bucket, "a", "value");
  pull_to_end(bucket);
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = &applied;
  callbacks.apply = take;
  assert_ok(slip_watch_start(bucket, NULL, NULL, &callbacks, &watch, &error));
  assert_ok(slip_watch_wait_revision(watch, revision, 10000, &error));
  assert_ok(slip_watch_close(watch, NULL, &error));
  slip_watch_free(watch);
  assert_int_equal(applied, 1);
  const slip_cursor cursor = {1, number + 1};
  assert_ok(slip_fold_apply(fold, "routes", NULL, 0, cursor, &error));
  assert_fails(slip_bucket_get(bucket, "b", 1, &entry, &error), SLIP_NOT_FOUND, "b");
  slip_snapshot_free(snapshot);
  assert_ok(slip_fold_close(fold, &error));
  slip_fold_free(fold);
  slip_bucket_free(bucket);
  slip_connection_free(connection);
}

static void memory_threads_and_descriptors_stay_flat(void** state) {
  (void)state;
  char url[512];
  snprintf(url, sizeof url, "lmdb:%s/fold", test_directory());
  const uint64_t cycles = test_long_lane() ? CYCLES_LONG : CYCLES_SHORT;
  uint64_t number = 0;
  while (number < WARM_UP) cycle(url, number++);
  const long memory = resident_kib();
  const int threads = test_thread_count();
  const int descriptors = test_descriptor_count();
  while (number < WARM_UP + cycles) cycle(url, number++);
  const long grown = resident_kib() - memory;
  printf("figure: C cycles = %d, resident memory grew by %ld KiB\n", (int)cycles, grown);
  assert_int_equal(test_thread_count(), threads);
  assert_int_equal(test_descriptor_count(), descriptors);
  if (MEMORY_IS_OURS && grown > GROWTH_MAX_KIB)
    fail_msg("%d cycles took %ld KiB", (int)cycles, grown);
}

int main(void) {
  /* A huge page under a thread's stack is 2 MiB at once, and no growth of ours. */
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  /* This is about what is left in the process: a disk's waits would only make it slow. */
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(memory_threads_and_descriptors_stay_flat),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
