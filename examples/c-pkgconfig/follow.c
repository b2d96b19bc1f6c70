/* Follow a bucket into a fold on disk, and count what changes.
 *
 *   follow [URL [BUCKET [FOLD]]]      default: nats://127.0.0.1:4222 routes ./routes.fold
 *
 * It ends when it has caught up. Run it again: what the fold holds is handed over first, from the disk
 * and flagged, so that a table in memory is complete; from the server comes only what changed since.
 * With "mem://" it needs no server: then it writes three routes first. */
#include <slipstream.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  size_t puts, deletes, replayed;
} Table;

/* The items of one batch, in order. The cursor moves only after this has returned. */
static slip_status swap_routes(void *user, const slip_item *items, size_t count, char *text,
                               size_t text_size) {
  Table *table = user;
  (void)text, (void)text_size;
  for (size_t i = 0; i < count; ++i) {
    const slip_update *update = items[i].update;
    if (update->flags & SLIP_FLAG_REPLAY) {
      ++table->replayed;
    } else if (update->operation == SLIP_PUT) {
      ++table->puts;
      printf("%.*s = %.*s\n", (int)update->key.size, (const char *)update->key.data,
             (int)update->value.size, (const char *)update->value.data);
    } else {
      ++table->deletes;
    }
  }
  return SLIP_OK;
}

static int complain(slip_error *e) {
  fprintf(stderr, "%s: %s\n", slip_status_name(slip_error_code(e)), slip_error_message(e));
  slip_error_free(e);
  return 1;
}

static slip_status write_three(slip_bucket *routes, slip_error **e) {
  const char *names[] = {"edge.eu", "edge.us", "edge.asia"};
  slip_status status = SLIP_OK;
  for (int i = 0; i < 3 && status == SLIP_OK; ++i) {
    status = slip_bucket_put(routes, names[i], strlen(names[i]), "10.0.0.1", 8, NULL, e);
  }
  return status;
}

int main(int argc, char **argv) {
  const char *url = argc > 1 ? argv[1] : "nats://127.0.0.1:4222";
  const char *name = argc > 2 ? argv[2] : "routes";
  const char *path = argc > 3 ? argv[3] : "./routes.fold";
  char fold_url[4096];
  snprintf(fold_url, sizeof fold_url, "lmdb:%s", path);

  slip_connection *nats = NULL;
  slip_bucket *routes = NULL;
  slip_fold *fold = NULL;
  slip_watch *watch = NULL;
  slip_error *e = NULL;
  slip_cursor cursor;
  Table table = {0, 0, 0};

  if (slip_connect(url, NULL, &nats, &e) != SLIP_OK) return complain(e);
  if (slip_bucket_create(nats, name, NULL, &routes, &e) != SLIP_OK) return complain(e);
  if (strcmp(url, "mem://") == 0 && write_three(routes, &e) != SLIP_OK) return complain(e);
  if (slip_fold_open(fold_url, NULL, &fold, &e) != SLIP_OK) return complain(e);

  slip_watch_callbacks cb = SLIP_WATCH_CALLBACKS_INIT;
  cb.user = &table;
  cb.apply = swap_routes;
  if (slip_watch_start(routes, fold, NULL, &cb, &watch, &e) != SLIP_OK) return complain(e);
  if (slip_watch_wait_caught_up(watch, 60000, &e) != SLIP_OK) return complain(e);
  if (slip_watch_close(watch, &cursor, &e) != SLIP_OK) return complain(e);
  printf("%zu replayed, %zu puts, %zu deletes; the fold stands at revision %llu\n", table.replayed,
         table.puts, table.deletes, (unsigned long long)cursor.revision);

  slip_watch_free(watch);
  slip_fold_free(fold);
  slip_bucket_free(routes);
  slip_connection_free(nats);
  return 0;
}
