/* Follow a bucket into a fold of one's own kind, to the bucket's end, and show what it holds.
 *
 *   follow [URL [BUCKET [FILE]]]      default: nats://127.0.0.1:4222 routes ./routes.one
 *
 * With "mem://" it needs no server: then it writes three routes first. */
#include <stdio.h>
#include <string.h>

#include "one_file_fold.h"

static int complain(slip_error *e) {
  fprintf(stderr, "%s: %s\n", slip_status_name(slip_error_code(e)), slip_error_message(e));
  slip_error_free(e);
  return 1;
}

static slip_status write_three(slip_bucket *routes, slip_error **e) {
  const char *names[] = {"edge.eu", "edge.us", "edge.asia"};
  slip_status status = SLIP_OK;
  for (int i = 0; i < 3 && status == SLIP_OK; ++i)
    status = slip_bucket_put(routes, names[i], strlen(names[i]), "10.0.0.1", 8, NULL, e);
  return status;
}

static slip_status follow(slip_bucket *routes, slip_fold *fold, slip_error **e) {
  slip_options *options = NULL;
  slip_watch *watch = NULL;
  slip_watch_callbacks none = SLIP_WATCH_CALLBACKS_INIT;
  slip_status status = slip_options_new(SLIP_OPTIONS_WATCH, &options, e);
  if (status == SLIP_OK) status = slip_options_set_string(options, "stop_at", "caught_up", e);
  if (status == SLIP_OK) status = slip_watch_start(routes, fold, options, &none, &watch, e);
  if (status == SLIP_OK) {
    status = slip_watch_wait_caught_up(watch, 60000, e);
    if (status == SLIP_OK || status == SLIP_END) {
      slip_error_free(*e);
      status = slip_watch_close(watch, NULL, e);
    }
  }
  slip_watch_free(watch);
  slip_options_free(options);
  return status;
}

static slip_status show(slip_fold *fold, slip_error **e) {
  slip_snapshot *snapshot = NULL;
  slip_iterator *iterator = NULL;
  slip_status status = slip_snapshot_open(fold, &snapshot, e);
  if (status == SLIP_OK) status = slip_snapshot_range(snapshot, NULL, &iterator, e);
  while (status == SLIP_OK) {
    slip_update update;
    size_t count = 0;
    status = slip_iterator_next(iterator, &update, 1, &count, e);
    if (count == 1)
      printf("%.*s = %.*s\n", (int)update.key.size, (const char *)update.key.data,
             (int)update.value.size, (const char *)update.value.data);
  }
  slip_iterator_free(iterator);
  slip_snapshot_free(snapshot);
  if (status != SLIP_END) return status;
  slip_error_free(*e);
  *e = NULL;
  return SLIP_OK;
}

int main(int argc, char **argv) {
  const char *url = argc > 1 ? argv[1] : "nats://127.0.0.1:4222";
  const char *name = argc > 2 ? argv[2] : "routes";
  const char *path = argc > 3 ? argv[3] : "./routes.one";
  char text[4096] = "";
  slip_fold_functions functions = SLIP_FOLD_FUNCTIONS_INIT;
  slip_connection *nats = NULL;
  slip_bucket *routes = NULL;
  slip_fold *fold = NULL;
  slip_error *e = NULL;
  const int embedded = strncmp(url, "mem:", 4) == 0;

  if (one_file_fold(path, &functions, text, sizeof text) != SLIP_OK) {
    fprintf(stderr, "%s\n", text);
    return 1;
  }
  slip_status status = slip_fold_open_foreign(path, &functions, &fold, &e);
  if (status == SLIP_OK) status = slip_connect(url, NULL, &nats, &e);
  if (status == SLIP_OK && embedded) status = slip_bucket_create(nats, name, NULL, &routes, &e);
  if (status == SLIP_OK && !embedded) status = slip_bucket_open(nats, name, NULL, &routes, &e);
  if (status == SLIP_OK && embedded) status = write_three(routes, &e);
  if (status == SLIP_OK) status = follow(routes, fold, &e);
  if (status == SLIP_OK) status = slip_fold_check(fold, NULL, &e);
  if (status == SLIP_OK) status = show(fold, &e);
  slip_fold_free(fold);
  slip_bucket_free(routes);
  slip_connection_free(nats);
  return status == SLIP_OK ? 0 : complain(e);
}
