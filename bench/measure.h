/* What every arm of a benchmark measures with: clocks, processor time, anonymous memory, and the
 * one line of JSON that it prints. Header-only, C99, single thread but for the memory sampler. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static inline int64_t bench_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t bench_thread_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* When whoever measures started this process, so that loading it counts; else now. */
static inline int64_t bench_start_ns(void) {
  const char* given = getenv("BENCH_START_NS");
  return given != NULL ? atoll(given) : bench_now_ns();
}

static inline void bench_sleep_until(int64_t due_ns) {
  for (int64_t now; (now = bench_now_ns()) < due_ns;) {
    const int64_t left = due_ns - now;
    const struct timespec span = {left / 1000000000, (long)(left % 1000000000)};
    nanosleep(&span, NULL);
  }
}

static inline double bench_cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static inline long bench_anonymous_kib(void) {
  FILE* status = fopen("/proc/self/status", "re");
  char line[256];
  long kib = 0;
  while (status != NULL && fgets(line, sizeof line, status) != NULL)
    if (strncmp(line, "RssAnon:", 8) == 0) kib = atol(line + 8);
  if (status != NULL) fclose(status);
  return kib;
}

static volatile int bench_sampling;
static volatile long bench_peak_kib;
static pthread_t bench_sampler;

static void* bench_sample(void* unused) {
  (void)unused;
  while (bench_sampling) {
    const long kib = bench_anonymous_kib();
    if (kib > bench_peak_kib) bench_peak_kib = kib;
    const struct timespec span = {0, 5000000};
    nanosleep(&span, NULL);
  }
  return NULL;
}
static inline void bench_memory_start(void) {
  bench_sampling = 1;
  if (pthread_create(&bench_sampler, NULL, bench_sample, NULL) != 0) abort();
}
static inline double bench_memory_stop_mib(void) {
  bench_sampling = 0;
  pthread_join(bench_sampler, NULL);
  return (double)bench_peak_kib / 1024.0;
}

static inline int bench_compare(const void* a, const void* b) {
  const int64_t x = *(const int64_t*)a, y = *(const int64_t*)b;
  return x < y ? -1 : x > y;
}
/* Sorts; prints p50, p99 and max in microseconds. commit_ns: a batch's, where there are any;
 * cpu: seconds of processor time in the timed span, printed as microseconds an update. */
static inline void bench_print_latency(int64_t* samples, size_t count, int64_t commit_ns,
                                       double cpu) {
  if (count == 0) {
    printf("{\"error\":\"nothing was measured\"}\n");
    return;
  }
  qsort(samples, count, sizeof *samples, bench_compare);
  printf("{\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f,\"count\":%zu,\"commit\":%.1f,\"cpu\":%.2f}\n",
         (double)samples[count / 2] / 1e3, (double)samples[count - 1 - count / 100] / 1e3,
         (double)samples[count - 1] / 1e3, count, (double)commit_ns / 1e3,
         cpu * 1e6 / (double)count);
}

#endif
