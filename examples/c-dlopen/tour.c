/* Use the library without linking it: load it when the program runs, take the functions by name.
 *
 *   tour LIBRARY DIRECTORY       tour /usr/lib/x86_64-linux-gnu/libslipstream.so.0 /tmp/tour
 *
 * An embedded bucket is pulled into a fold, batch by batch. The header gives types and constants
 * only; every function comes out of dlsym. */
#include <dlfcn.h>
#include <slipstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The functions that are used, in one place: F(name). */
#define FUNCTIONS(F)                                                                            \
  F(slip_version) F(slip_abi_epoch) F(slip_status_name) F(slip_error_message) F(slip_connect)     \
  F(slip_bucket_create) F(slip_bucket_put) F(slip_bucket_remove) F(slip_fold_open)                \
  F(slip_fold_get) F(slip_options_new) F(slip_options_set_string) F(slip_options_free)            \
  F(slip_watch_open) F(slip_watch_next) F(slip_batch_updates) F(slip_batch_ack) F(slip_batch_free) \
  F(slip_watch_close) F(slip_watch_free) F(slip_entry_update) F(slip_entry_free)                   \
  F(slip_fold_free) F(slip_bucket_free) F(slip_connection_free)

#define DECLARE(name) static __typeof__(name) *p_##name;
FUNCTIONS(DECLARE)

static void *library;

static void *symbol(const char *name) {
  void *address = dlsym(library, name);
  if (address == NULL) {
    fprintf(stderr, "the library has no %s\n", name);
    exit(1);
  }
  return address;
}

static void load(const char *path) {
  library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "cannot load the library: %s\n", dlerror());
    exit(1);
  }
  /* POSIX lets an object pointer hold a function's address; ISO C has no cast for it. */
#define TAKE(name) *(void **)&p_##name = symbol(#name);
  FUNCTIONS(TAKE)
  if (p_slip_abi_epoch() != SLIP_ABI_EPOCH) {
    fprintf(stderr, "the library has ABI epoch %u, this program wants %d\n", p_slip_abi_epoch(),
            SLIP_ABI_EPOCH);
    exit(1);
  }
}

static void check(slip_status status, slip_error *e) {
  if (status == SLIP_OK) return;
  fprintf(stderr, "%s: %s\n", p_slip_status_name(status), p_slip_error_message(e));
  exit(1);
}

static void fill(slip_bucket *bucket) {
  slip_error *e = NULL;
  check(p_slip_bucket_put(bucket, "a", 1, "one", 3, NULL, &e), e);
  check(p_slip_bucket_put(bucket, "b", 1, "two", 3, NULL, &e), e);
  check(p_slip_bucket_put(bucket, "c", 1, "three", 5, NULL, &e), e);
  check(p_slip_bucket_remove(bucket, "b", 1, NULL, &e), e);
}

/* Pull to the end; each batch is committed by its ack. */
static size_t pull(slip_bucket *bucket, slip_fold *fold) {
  slip_options *options = NULL;
  slip_watch *watch = NULL;
  slip_error *e = NULL;
  size_t received = 0;
  check(p_slip_options_new(SLIP_OPTIONS_WATCH, &options, &e), e);
  check(p_slip_options_set_string(options, "stop_at", "caught_up", &e), e);
  check(p_slip_watch_open(bucket, fold, options, &watch, &e), e);
  p_slip_options_free(options);
  for (;;) {
    slip_batch *batch = NULL;
    slip_status status = p_slip_watch_next(watch, 10000, &batch, &e);
    if (status == SLIP_END) break;
    check(status, e);
    size_t count = 0;
    const slip_update *updates = p_slip_batch_updates(batch, &count);
    for (size_t i = 0; i < count; ++i) {
      printf("revision %llu: %s %.*s\n", (unsigned long long)updates[i].revision,
             updates[i].operation == SLIP_PUT ? "put" : "delete", (int)updates[i].key.size,
             (const char *)updates[i].key.data);
    }
    received += count;
    check(p_slip_batch_ack(batch, &e), e);
    p_slip_batch_free(batch);
  }
  check(p_slip_watch_close(watch, NULL, &e), e);
  p_slip_watch_free(watch);
  return received;
}

int main(int argc, char **argv) {
  slip_connection *memory = NULL;
  slip_bucket *bucket = NULL;
  slip_fold *fold = NULL;
  slip_entry *entry = NULL;
  slip_error *e = NULL;
  char url[4096];
  if (argc != 3) {
    fprintf(stderr, "usage: tour LIBRARY DIRECTORY\n");
    return 2;
  }
  load(argv[1]);
  printf("loaded slipstream %s\n", p_slip_version());
  snprintf(url, sizeof url, "lmdb:%s", argv[2]);
  check(p_slip_connect("mem://", NULL, &memory, &e), e);
  check(p_slip_bucket_create(memory, "tour", NULL, &bucket, &e), e);
  fill(bucket);
  check(p_slip_fold_open(url, NULL, &fold, &e), e);
  const size_t received = pull(bucket, fold);
  check(p_slip_fold_get(fold, "c", 1, &entry, &e), e);
  printf("%zu updates; the fold has c = %.*s\n", received,
         (int)p_slip_entry_update(entry)->value.size,
         (const char *)p_slip_entry_update(entry)->value.data);
  p_slip_entry_free(entry);
  p_slip_fold_free(fold);
  p_slip_bucket_free(bucket);
  p_slip_connection_free(memory);
  return 0;
}
