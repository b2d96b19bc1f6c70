/* Steps of watches: pulled from, or calling. */
#include "machine.h"

#include <stdio.h>

/* "fold": into the uppermost fold; "alone": nothing is stored. */
static slip_fold* fold_at(machine* m, int i) {
  return strcmp(text_at(m, i), "fold") == 0 ? top(&m->folds) : NULL;
}
static slip_watch* watch_of(machine* m) { return ((watching*)top(&m->watches))->watch; }

static void push_watch(machine* m, slip_watch* watch, follower* f) {
  watching* w = malloc(sizeof *w);
  w->watch = watch;
  w->follower = f;
  push(&m->watches, w);
}

static void run_watch_open(machine* m) {
  slip_options* options = NULL;
  slip_watch* watch = NULL;
  if (!options_at(m, 2, SLIP_OPTIONS_WATCH, &options)) return;
  if (done(m, slip_watch_open(top(&m->buckets), fold_at(m, 1), options, &watch, &m->error)))
    push_watch(m, watch, NULL);
  slip_options_free(options);
}

/* Prints the updates of a batch; their number. The bytes must lie in the arena. */
static size_t say_batch(machine* m, const slip_batch* batch) {
  size_t count = 0;
  const slip_update* updates = slip_batch_updates(batch, &count);
  const slip_bytes arena = slip_batch_arena(batch);
  for (size_t i = 0; i < count; ++i) {
    say_update(m, &updates[i]);
    if (updates[i].key.data < arena.data || updates[i].key.data > arena.data + arena.size)
      machine_fails("a key lies outside the arena");
  }
  return count;
}

/* next TIMEOUT_MS ack|drop -> ok COUNT REVISION UPDATES...: one batch, to be acknowledged or not.
 */
static void run_next(machine* m) {
  slip_batch* batch = NULL;
  const slip_status status =
      slip_watch_next(watch_of(m), (int64_t)number_at(m, 1), &batch, &m->error);
  if (!done(m, status)) return;
  size_t count = 0;
  slip_batch_updates(batch, &count);
  say(m, " %zu %llu", count, (unsigned long long)slip_batch_cursor(batch).revision);
  say_batch(m, batch);
  if (strcmp(text_at(m, 2), "ack") == 0 && slip_batch_ack(batch, &m->error) != SLIP_OK)
    machine_fails("an ack failed: %s", slip_error_message(m->error));
  slip_batch_free(batch);
}

/* Batches are acknowledged until `want` updates came (0: until the watch ends). */
static void pull(machine* m, size_t want) {
  slip_batch* batch = NULL;
  slip_status status = SLIP_OK;
  const size_t before = m->out_size;
  say(m, "ok");
  for (size_t seen = 0; want == 0 || seen < want;) {
    status = slip_watch_next(watch_of(m), WAIT_MS, &batch, &m->error);
    if (status != SLIP_OK) break;
    seen += say_batch(m, batch);
    if (slip_batch_ack(batch, &m->error) != SLIP_OK)
      machine_fails("an ack failed: %s", slip_error_message(m->error));
    slip_batch_free(batch);
  }
  if (status == SLIP_OK || (status == SLIP_END && want == 0)) {
    slip_error_free(m->error);
    m->error = NULL;
    return;
  }
  m->out_size = before;
  done(m, status);
}
static void run_pull(machine* m) { pull(m, (size_t)number_at(m, 1)); }
static void run_pull_to_end(machine* m) { pull(m, 0); }

/* --- a watch that calls ----------------------------------------------------------------------- */

/* parse: the update's text, or NULL where its key begins with what is rejected. */
static void* parse(void* user, const slip_update* update) {
  const follower* f = user;
  static const machine plain;
  const size_t size = strlen(f->rejected);
  if (size > 0 && update->key.size >= size && memcmp(update->key.data, f->rejected, size) == 0)
    return NULL;
  return update_text(&plain, update);
}
static slip_status apply(void* user, const slip_item* items, size_t count, char* text,
                         size_t text_size) {
  follower* f = user;
  pthread_mutex_lock(&f->mutex);
  for (size_t i = 0; i < count; ++i) {
    f->seen = realloc(f->seen, strlen(f->seen) + strlen(items[i].item) + 2);
    strcat(strcat(f->seen, " "), items[i].item);
    free(items[i].item);
  }
  const int poisoned = strstr(f->seen, "poison") != NULL;
  pthread_mutex_unlock(&f->mutex);
  if (!poisoned) return SLIP_OK;
  snprintf(text, text_size, "the poison was found");
  return SLIP_USER_FIRST + 7;
}
static void on_applied(void* user, const slip_cursor* cursor, size_t updates) {
  follower* f = user;
  (void)updates;
  pthread_mutex_lock(&f->mutex);
  f->applied_revision = cursor->revision;
  pthread_mutex_unlock(&f->mutex);
}
static void discard(void* user, void* item) {
  (void)user;
  free(item);
}
static void on_end(void* user, slip_status status, const char* message, const slip_cursor* cursor) {
  follower* f = user;
  (void)message;
  (void)cursor;
  pthread_mutex_lock(&f->mutex);
  f->end_status = status;
  f->ended = 1;
  pthread_mutex_unlock(&f->mutex);
}
static void destroy(void* user) {
  follower* f = user;
  free(f->rejected);
  free(f->seen);
  pthread_mutex_destroy(&f->mutex);
  free(f);
}

/* follow fold|alone REJECTED OPTIONS...: keys that begin with REJECTED ("%": none) never reach
 * apply, and an update that says "poison" makes apply fail with status 1007. */
static void run_follow(machine* m) {
  slip_options* options = NULL;
  slip_watch* watch = NULL;
  if (!options_at(m, 3, SLIP_OPTIONS_WATCH, &options)) return;
  follower* f = calloc(1, sizeof *f);
  pthread_mutex_init(&f->mutex, NULL);
  f->rejected = strdup(text_at(m, 2));
  f->seen = strdup("");
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = f;
  callbacks.parse = parse;
  callbacks.apply = apply;
  callbacks.on_applied = on_applied;
  callbacks.discard = discard;
  callbacks.on_end = on_end;
  callbacks.destroy = destroy;
  if (done(m, slip_watch_start(top(&m->buckets), fold_at(m, 1), options, &callbacks, &watch,
                               &m->error)))
    push_watch(m, watch, f);
  slip_options_free(options);
}

/* applied -> ok REVISION REJECTED UPDATES...: what on_applied said, how many were rejected in all,
 * and what reached apply since the last time. */
static void run_applied(machine* m) {
  follower* f = ((watching*)top(&m->watches))->follower;
  slip_watch_state s = SLIP_WATCH_STATE_INIT;
  if (!done(m, slip_watch_status(watch_of(m), &s, &m->error))) return;
  pthread_mutex_lock(&f->mutex);
  say(m, " %llu %llu%s", (unsigned long long)f->applied_revision, (unsigned long long)s.rejected,
      f->seen);
  *f->seen = '\0';
  pthread_mutex_unlock(&f->mutex);
}

/* ended -> ok STATUS: what on_end said; it must have been called. */
static void run_ended(machine* m) {
  follower* f = ((watching*)top(&m->watches))->follower;
  pthread_mutex_lock(&f->mutex);
  if (!f->ended) machine_fails("the watch has not ended");
  say(m, "ok %d", (int)f->end_status);
  pthread_mutex_unlock(&f->mutex);
}

/* --- looking at it, waiting, ending ----------------------------------------------------------- */

/* -> ok STATE END_STATUS READY REVISION LAG APPLIED REPLAYED */
static void run_watch_status(machine* m) {
  slip_watch_state s = SLIP_WATCH_STATE_INIT;
  if (!done(m, slip_watch_status(watch_of(m), &s, &m->error))) return;
  say(m, " %d %d %u %llu %llu", s.state, (int)s.end_status, s.ready,
      (unsigned long long)s.cursor.revision, (unsigned long long)s.lag_revisions);
  say(m, " %llu %llu", (unsigned long long)s.applied, (unsigned long long)s.replayed);
}
/* -> ok EVENT:NAME:COUNT:LAST_REVISION... */
static void run_watch_events(machine* m) {
  slip_watch_event events[64];
  size_t count = 0;
  if (!done(m, slip_watch_events(watch_of(m), events, 64, &count, &m->error))) return;
  for (size_t i = 0; i < count; ++i)
    say(m, " %d:%s:%llu:%llu", events[i].event, events[i].name, (unsigned long long)events[i].count,
        (unsigned long long)events[i].last_revision);
}
static void run_wait_caught_up(machine* m) {
  done(m, slip_watch_wait_caught_up(watch_of(m), (int64_t)number_at(m, 1), &m->error));
}
static void run_wait_revision(machine* m) {
  done(m,
       slip_watch_wait_revision(watch_of(m), number_at(m, 1), (int64_t)number_at(m, 2), &m->error));
}
static void run_cancel(machine* m) { done(m, slip_watch_cancel(watch_of(m))); }
static void run_interrupt(machine* m) { done(m, slip_watch_interrupt(watch_of(m))); }

/* watch_close -> ok REVISION */
static void run_watch_close(machine* m) {
  slip_cursor cursor;
  if (done(m, slip_watch_close(watch_of(m), &cursor, &m->error)))
    say(m, " %llu", (unsigned long long)cursor.revision);
}
static void run_watch_free(machine* m) {
  watching* w = pop(&m->watches);
  slip_watch_free(w->watch);
  free(w);
  say(m, "ok");
}

const step watch_steps[] = {
    {"watch_open", 1, run_watch_open},
    {"next", 2, run_next},
    {"pull", 1, run_pull},
    {"pull_to_end", 0, run_pull_to_end},
    {"follow", 2, run_follow},
    {"applied", 0, run_applied},
    {"ended", 0, run_ended},
    {"watch_status", 0, run_watch_status},
    {"watch_events", 0, run_watch_events},
    {"wait_caught_up", 1, run_wait_caught_up},
    {"wait_revision", 2, run_wait_revision},
    {"cancel", 0, run_cancel},
    {"interrupt", 0, run_interrupt},
    {"watch_close", 0, run_watch_close},
    {"watch_free", 0, run_watch_free},
    {NULL, 0, NULL},
};
