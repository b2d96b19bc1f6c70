/* Everything that the header allows at once, at once, from several threads, in a thousand shuffled
 * interleavings: nothing hangs, nothing is applied twice or out of order, the fold is what was
 * acknowledged, no callback runs once a close has returned, and a child that is forked in the midst
 * of it has handles that are the parent's. Meant for the thread sanitizer; SLIP_TEST_SEED repeats a
 * run. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capi/check.h"

enum { PULLED_SHORT = 400, ROUNDS_SHORT = 300, ROUNDS_LONG = 5000, KEYS = 40 };

/* A sanitizer's own locks are not made for a fork beside running threads. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { FORKS = 0 };
#else
enum { FORKS = 1 };
#endif

typedef struct storm {
  world w;
  slip_watch* watch;
  uint64_t seed;
  atomic_int stop;     /* the writer's and the readers' word */
  atomic_ullong acked; /* the last revision whose ack succeeded */
  atomic_ullong seen;  /* the last revision that came */
  atomic_int disorder; /* revisions that went backwards */
  int keep_batch;      /* the puller leaves its last batch to the main thread */
  slip_batch* kept;
  atomic_int closed;       /* a close of the watch has returned */
  atomic_int forked;       /* children that ended              */
  atomic_int forked_wrong; /* of them: those that saw anything but SLIP_FORKED */
} storm;

static uint64_t mix(uint64_t* seed) {
  uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static void pause_some(uint64_t* seed) {
  const uint64_t choice = mix(seed) % 8;
  if (choice < 4) return;
  const struct timespec span = {0, (long)(choice < 7 ? mix(seed) % 50000 : mix(seed) % 500000)};
  nanosleep(&span, NULL);
}

static int is_end(slip_status status) {
  return status == SLIP_END || status == SLIP_CANCELLED || status == SLIP_CLOSED;
}

/* Looks at a batch's updates: each newer than the one before. */
static void check_batch(storm* s, const slip_batch* batch) {
  size_t count = 0;
  const slip_update* updates = slip_batch_updates(batch, &count);
  for (size_t i = 0; i < count; ++i) {
    if (updates[i].revision <= atomic_load(&s->seen)) atomic_fetch_add(&s->disorder, 1);
    if (updates[i].value.size != 5 || memcmp(updates[i].value.data, "value", 5) != 0)
      atomic_fetch_add(&s->disorder, 1);
    atomic_store(&s->seen, updates[i].revision);
  }
}

static void* pull(void* user) {
  storm* s = user;
  uint64_t seed = s->seed ^ 1;
  for (;;) {
    slip_batch* batch = NULL;
    const slip_status status = slip_watch_next(s->watch, (int64_t)(mix(&seed) % 4), &batch, NULL);
    if (is_end(status)) return NULL;
    if (status != SLIP_OK) {
      if (atomic_load(&s->stop) && status == SLIP_TIMEOUT) return NULL;
      continue;
    }
    check_batch(s, batch);
    pause_some(&seed);
    if (s->keep_batch && mix(&seed) % 4 == 0) {
      s->kept = batch;
      return NULL;
    }
    const uint64_t revision = slip_batch_cursor(batch).revision;
    if (mix(&seed) % 64 != 0 && slip_batch_ack(batch, NULL) == SLIP_OK)
      atomic_store(&s->acked, revision);
    slip_batch_free(batch);
  }
}

static void* write_keys(void* user) {
  storm* s = user;
  uint64_t seed = s->seed ^ 2;
  char key[16];
  for (int i = 0; i < KEYS && !atomic_load(&s->stop); ++i) {
    snprintf(key, sizeof key, "k%02d", (int)(mix(&seed) % 20));
    if (slip_bucket_put(s->w.bucket, key, 3, "value", 5, NULL, NULL) != SLIP_OK) return NULL;
    if (mix(&seed) % 8 == 0) pause_some(&seed);
  }
  return NULL;
}

static void* disturb(void* user) {
  storm* s = user;
  uint64_t seed = s->seed ^ 3;
  slip_watch_state status = SLIP_WATCH_STATE_INIT;
  while (!atomic_load(&s->stop)) {
    switch (mix(&seed) % 4) {
      case 0:
        (void)slip_watch_interrupt(s->watch);
        break;
      case 1:
        (void)!slip_watch_status(s->watch, &status, NULL);
        break;
      case 2:
        (void)!slip_watch_wait_revision(s->watch, mix(&seed) % KEYS, 1, NULL);
        break;
      default:
        (void)!slip_watch_wait_caught_up(s->watch, 1, NULL);
        break;
    }
    pause_some(&seed);
  }
  return NULL;
}

static void* read_fold(void* user) {
  storm* s = user;
  uint64_t seed = s->seed ^ 4;
  while (!atomic_load(&s->stop)) {
    slip_entry* entry = NULL;
    slip_cursor cursor;
    char key[16];
    snprintf(key, sizeof key, "k%02d", (int)(mix(&seed) % 20));
    /* What is acknowledged is there. */
    const uint64_t acked = atomic_load(&s->acked);
    if (slip_fold_cursor(s->w.fold, &cursor, NULL, NULL) != SLIP_OK || cursor.revision < acked)
      atomic_fetch_add(&s->disorder, 1);
    if (slip_fold_get(s->w.fold, key, 3, &entry, NULL) == SLIP_OK &&
        slip_entry_update(entry)->value.size != 5)
      atomic_fetch_add(&s->disorder, 1);
    slip_entry_free(entry);
    pause_some(&seed);
  }
  return NULL;
}

static void close_it(storm* s) {
  (void)slip_watch_close(s->watch, NULL, NULL);
  atomic_store(&s->closed, 1);
}

static void* end_it(void* user) {
  storm* s = user;
  uint64_t seed = s->seed ^ 5;
  for (int i = 0; i < 6; ++i) pause_some(&seed);
  switch (mix(&seed) % 4) {
    case 0:
      (void)slip_watch_cancel(s->watch);
      break;
    case 1:
      close_it(s);
      break;
    case 2:
      (void)slip_connection_close(s->w.connection, NULL);
      break;
    default:
      break; /* the main thread closes */
  }
  return NULL;
}

static void* close_too(void* user) {
  storm* s = user;
  uint64_t seed = s->seed ^ 6;
  for (int i = 0; i < 8; ++i) pause_some(&seed);
  close_it(s);
  return NULL;
}

/* In the child, whatever the other threads were doing: 0 where every handle is the parent's. */
static int child_of(storm* s) {
  slip_batch* batch = NULL;
  slip_entry* entry = NULL;
  slip_cursor cursor;
  slip_watch_state state = SLIP_WATCH_STATE_INIT;
  const slip_status seen[] = {
      slip_watch_next(s->watch, -1, &batch, NULL),
      slip_watch_wait_caught_up(s->watch, -1, NULL),
      slip_watch_status(s->watch, &state, NULL),
      slip_watch_interrupt(s->watch),
      slip_watch_cancel(s->watch),
      slip_watch_close(s->watch, NULL, NULL),
      slip_fold_get(s->w.fold, "k00", 3, &entry, NULL),
      slip_fold_cursor(s->w.fold, &cursor, NULL, NULL),
      slip_bucket_put(s->w.bucket, "k", 1, "v", 1, NULL, NULL),
      slip_connection_close(s->w.connection, NULL),
  };
  slip_watch_free(s->watch);
  slip_fold_free(s->w.fold);
  slip_bucket_free(s->w.bucket);
  slip_connection_free(s->w.connection);
  for (size_t i = 0; i < sizeof seen / sizeof seen[0]; ++i)
    if (seen[i] != SLIP_FORKED) return 1;
  return 0;
}

/* Forks in every fourth round, so that the storm keeps its pace. */
static void* fork_some(void* user) {
  storm* s = user;
  uint64_t seed = s->seed ^ 7;
  if (!FORKS || mix(&seed) % 4 != 0) return NULL;
  for (int i = 0; i < 4; ++i) pause_some(&seed);
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(child_of(s));
  }
  int result = -1;
  if (child < 0 || waitpid(child, &result, 0) != child || !WIFEXITED(result) ||
      WEXITSTATUS(result) != 0)
    atomic_fetch_add(&s->forked_wrong, 1);
  atomic_fetch_add(&s->forked, 1);
  return NULL;
}

/* The fold is what was acknowledged: its cursor at the last ack, its keys those up to there. */
static void check_end(storm* s) {
  assert_int_equal(atomic_load(&s->disorder), 0);
  assert_int_equal(fold_revision(s->w.fold), atomic_load(&s->acked));
  uint64_t checked = 0;
  assert_ok(slip_fold_check(s->w.fold, &checked, &error));
}

/* The number of children that it forked. */
static int one_round(uint64_t seed) {
  static void* (*const roles[])(void*) = {pull,   write_keys, disturb,  read_fold,
                                          end_it, close_too,  fork_some};
  enum { ROLES = sizeof roles / sizeof roles[0] };
  pthread_t threads[ROLES];
  storm s;
  memset(&s, 0, sizeof s);
  s.w = world_open();
  s.seed = seed;
  s.keep_batch = (int)(mix(&seed) % 2);
  slip_options* options = options_with(SLIP_OPTIONS_WATCH, "batch_updates_max", "7");
  assert_ok(slip_watch_open(s.w.bucket, s.w.fold, options, &s.watch, &error));
  slip_options_free(options);
  for (int i = 0; i < ROLES; ++i)
    assert_int_equal(pthread_create(&threads[i], NULL, roles[i], &s), 0);
  pthread_join(threads[4], NULL);
  pthread_join(threads[5], NULL);
  atomic_store(&s.stop, 1);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  pthread_join(threads[6], NULL);
  assert_int_equal(atomic_load(&s.forked_wrong), 0);
  if (mix(&seed) % 2 == 0) { /* the batch outlives its watch, or the other way round */
    slip_watch_free(s.watch);
    slip_batch_free(s.kept);
  } else {
    slip_batch_free(s.kept);
    slip_watch_free(s.watch);
  }
  check_end(&s);
  const char* directory = s.w.directory;
  world_close(&s.w);
  test_remove_tree(directory);
  return atomic_load(&s.forked);
}

static void pulling(void** state) {
  (void)state;
  const int rounds = test_long_lane() ? ROUNDS_LONG : PULLED_SHORT;
  const uint64_t first = test_random();
  int forked = 0;
  for (int i = 0; i < rounds; ++i) forked += one_round(first + (uint64_t)i);
  if (FORKS) assert_true(forked > 0);
}

/* --- a watch freed while its batch is being acknowledged ----------------------------------------
 */

typedef struct ack_race {
  slip_batch* batch;
  slip_status status;
} ack_race;

static void* ack_it(void* user) {
  ack_race* race = user;
  race->status = slip_batch_ack(race->batch, NULL);
  return NULL;
}

static void an_ack_races_with_the_end_of_its_watch(void** state) {
  (void)state;
  world w = world_open();
  const int rounds = test_long_lane() ? ROUNDS_LONG : ROUNDS_SHORT;
  uint64_t seed = test_random();
  for (int i = 0; i < rounds; ++i) {
    slip_watch* watch = NULL;
    ack_race race = {NULL, SLIP_OK};
    pthread_t thread;
    const uint64_t before = fold_revision(w.fold);
    put(w.bucket, "k", "value");
    assert_ok(slip_watch_open(w.bucket, w.fold, NULL, &watch, &error));
    assert_ok(slip_watch_next(watch, 10000, &race.batch, &error));
    const uint64_t revision = slip_batch_cursor(race.batch).revision;
    pthread_create(&thread, NULL, ack_it, &race);
    if (i % 3 == 0) pause_some(&seed);
    if (i % 2 == 0) {
      slip_watch_free(watch);
      pthread_join(thread, NULL);
    } else {
      (void)slip_watch_cancel(watch);
      pthread_join(thread, NULL);
      slip_watch_free(watch);
    }
    if (race.status != SLIP_OK) assert_int_equal(race.status, SLIP_CANCELLED);
    /* The answer is the truth. */
    assert_int_equal(fold_revision(w.fold), race.status == SLIP_OK ? revision : before);
    slip_batch_free(race.batch);
  }
  world_close(&w);
}

/* --- the callback form -------------------------------------------------------------------------
 */

typedef struct called {
  storm* s;
  atomic_int live;
  atomic_int destroyed;
  atomic_int late; /* calls after a close had returned */
} called;

static void note(called* c) {
  if (atomic_load(&c->s->closed)) atomic_fetch_add(&c->late, 1);
}
static void* parse(void* user, const slip_update* update) {
  called* c = user;
  (void)update;
  note(c);
  atomic_fetch_add(&c->live, 1);
  return c;
}
static slip_status apply(void* user, const slip_item* items, size_t count, char* text,
                         size_t size) {
  called* c = user;
  (void)items;
  (void)text;
  (void)size;
  note(c);
  atomic_fetch_sub(&c->live, (int)count);
  return SLIP_OK;
}
static void on_applied(void* user, const slip_cursor* cursor, size_t updates) {
  (void)cursor;
  (void)updates;
  note(user);
}
static void discard(void* user, void* item) {
  called* c = user;
  (void)item;
  note(c);
  atomic_fetch_sub(&c->live, 1);
}
static void on_end(void* user, slip_status status, const char* message, const slip_cursor* cursor) {
  (void)status;
  (void)message;
  (void)cursor;
  note(user);
}
static void destroy(void* user) {
  called* c = user;
  atomic_fetch_add(&c->destroyed, 1);
}

static void one_called_round(uint64_t seed) {
  static void* (*const roles[])(void*) = {write_keys, disturb, end_it, close_too};
  pthread_t threads[4];
  storm s;
  called c;
  memset(&s, 0, sizeof s);
  memset(&c, 0, sizeof c);
  c.s = &s;
  s.w = world_open();
  s.seed = seed;
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  callbacks.user = &c;
  callbacks.parse = parse;
  callbacks.apply = apply;
  callbacks.on_applied = on_applied;
  callbacks.discard = discard;
  callbacks.on_end = on_end;
  callbacks.destroy = destroy;
  assert_ok(slip_watch_start(s.w.bucket, s.w.fold, NULL, &callbacks, &s.watch, &error));
  for (int i = 0; i < 4; ++i) assert_int_equal(pthread_create(&threads[i], NULL, roles[i], &s), 0);
  pthread_join(threads[2], NULL);
  pthread_join(threads[3], NULL);
  atomic_store(&s.stop, 1);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  slip_watch_free(s.watch);
  assert_int_equal(atomic_load(&c.late), 0);
  assert_int_equal(atomic_load(&c.live), 0);
  assert_int_equal(atomic_load(&c.destroyed), 1);
  const char* directory = s.w.directory;
  world_close(&s.w);
  test_remove_tree(directory);
}

static void being_called(void** state) {
  (void)state;
  const int rounds = test_long_lane() ? ROUNDS_LONG : ROUNDS_SHORT;
  const uint64_t first = test_random();
  for (int i = 0; i < rounds; ++i) one_called_round(first + (uint64_t)i);
}

int main(void) {
  /* This is about threads: a disk's waits would only make it slow. */
  if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pulling),
      cmocka_unit_test(an_ack_races_with_the_end_of_its_watch),
      cmocka_unit_test(being_called),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
