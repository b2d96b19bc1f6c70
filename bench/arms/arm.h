/* What our own arms share: the library's errors end the program with their sentence. */
#ifndef BENCH_ARMS_ARM_H
#define BENCH_ARMS_ARM_H

#include "measure.h"
#include "slipstream.h"

static inline void arm_check(slip_status status, slip_error *error) {
  if (status == SLIP_OK) return;
  fprintf(stderr, "%s: %s\n", slip_status_name(status), slip_error_message(error));
  exit(1);
}

static inline slip_options *arm_options(int32_t kind) {
  slip_error *error = NULL;
  slip_options *options = NULL;
  arm_check(slip_options_new(kind, &options, &error), error);
  return options;
}
static inline void arm_set(slip_options *options, const char *name, const char *value) {
  slip_error *error = NULL;
  arm_check(slip_options_set_string(options, name, value, &error), error);
}

typedef struct arm {
  slip_connection *nats;
  slip_bucket *bucket;
  slip_fold *fold;
} arm;

/* fold: a URL, or "none". */
static inline arm arm_open(const char *url, const char *bucket, const char *fold,
                           const char *durability) {
  slip_error *error = NULL;
  arm a = {NULL, NULL, NULL};
  arm_check(slip_connect(url, NULL, &a.nats, &error), error);
  arm_check(slip_bucket_open(a.nats, bucket, NULL, &a.bucket, &error), error);
  if (strcmp(fold, "none") != 0) {
    slip_options *options = arm_options(SLIP_OPTIONS_FOLD);
    arm_set(options, "durability", durability);
    arm_check(slip_fold_open(fold, options, &a.fold, &error), error);
    slip_options_free(options);
  }
  return a;
}

#endif
