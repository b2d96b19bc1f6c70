/* A guest's manners: what the library must leave as it found it, seen from the embedded path. (With
 * NATS: tests/live.) */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capi/check.h"

extern char** environ;

enum { SIGNALS = 65 };

typedef struct surroundings {
  struct sigaction actions[SIGNALS];
  sigset_t mask;
  mode_t umask;
  char locale[256];
  char directory[4096];
  char environment[65536];
} surroundings;

static void look_around(surroundings* s) {
  memset(s, 0, sizeof *s);
  for (int i = 1; i < SIGNALS; ++i) sigaction(i, NULL, &s->actions[i]);
  sigprocmask(SIG_BLOCK, NULL, &s->mask);
  s->umask = umask(0);
  umask(s->umask);
  snprintf(s->locale, sizeof s->locale, "%s", setlocale(LC_ALL, NULL));
  assert_non_null(getcwd(s->directory, sizeof s->directory));
  for (char** e = environ; *e != NULL; ++e) {
    const size_t size = strlen(s->environment);
    snprintf(s->environment + size, sizeof s->environment - size, "%s\n", *e);
  }
}

static void assert_unchanged(const surroundings* before) {
  static surroundings now;
  look_around(&now);
  for (int i = 1; i < SIGNALS; ++i)
    if (now.actions[i].sa_handler != before->actions[i].sa_handler ||
        now.actions[i].sa_flags != before->actions[i].sa_flags)
      fail_msg("the disposition of signal %d was changed", i);
  for (int i = 1; i < SIGNALS; ++i)
    assert_int_equal(sigismember(&now.mask, i), sigismember(&before->mask, i));
  assert_int_equal(now.umask, before->umask);
  assert_string_equal(now.locale, before->locale);
  assert_string_equal(now.directory, before->directory);
  assert_string_equal(now.environment, before->environment);
}

/* A field of /proc/self/task/ID/status, NUL-terminated. */
static int read_field(const char* id, const char* field, char* out, size_t size) {
  char path[300];
  char line[256];
  int found = 0;
  snprintf(path, sizeof path, "/proc/self/task/%s/status", id);
  FILE* file = fopen(path, "re");
  if (file == NULL) return 0;
  while (!found && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, field, strlen(field)) != 0) continue;
    const char* value = line + strlen(field);
    while (isspace((unsigned char)*value)) ++value;
    snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
    found = 1;
  }
  fclose(file);
  return found;
}

typedef struct tasks {
  const char* known; /* ",id,id," of those that were there before */
  int ours;
  char stranger[64]; /* one that has no name of ours; "" for none */
} tasks;

static void check_mask(const char* name, const char* blocked) {
  const uint64_t mask = strtoull(blocked, NULL, 16);
  for (int number = 1; number < SIGNALS; ++number) {
    /* Two cannot be blocked; two belong to the C library. */
    if (number == SIGKILL || number == SIGSTOP || number == 32 || number == 33) continue;
    if ((mask >> (number - 1) & 1) == 0) fail_msg("%s does not block signal %d", name, number);
  }
}

/* Looks at every thread but the known ones; each of ours blocks every signal from its first moment.
 */
static void look_at_threads(tasks* t) {
  DIR* directory = opendir("/proc/self/task");
  t->ours = 0;
  t->stranger[0] = '\0';
  for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    char name[64];
    char blocked[64];
    char id[64];
    snprintf(id, sizeof id, ",%.32s,", entry->d_name);
    if (entry->d_name[0] == '.' || strstr(t->known, id) != NULL) continue;
    if (!read_field(entry->d_name, "Name:", name, sizeof name)) continue; /* gone again */
    if (!read_field(entry->d_name, "SigBlk:", blocked, sizeof blocked)) continue;
    check_mask(name, blocked);
    ++t->ours;
    if (strncmp(name, "slip-", 5) != 0) snprintf(t->stranger, sizeof t->stranger, "%s", name);
  }
  closedir(directory);
}

/* A thread names itself as the first thing it does. */
static int all_are_named(void* user) {
  tasks* t = user;
  look_at_threads(t);
  return t->stranger[0] == '\0';
}

static void check_threads(const char* known) {
  tasks t = {known, 0, ""};
  test_await(all_are_named, &t, 10000, "every thread to have a name that begins with slip-");
  assert_true(t.ours >= 2);
}

static void* do_nothing(void* user) { return user; }

/* A sanitizer starts a thread of its own beside the first one of the program. */
static void start_somebody_elses_threads(void) {
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, do_nothing, NULL), 0);
  pthread_join(thread, NULL);
}

static void list_threads(char* out, size_t size) {
  DIR* directory = opendir("/proc/self/task");
  snprintf(out, size, ",");
  for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    const size_t used = strlen(out);
    snprintf(out + used, size - used, "%s,", entry->d_name);
  }
  closedir(directory);
}

static void check_descriptors(const int* known) {
  for (int fd = 0; fd < 256; ++fd) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || known[fd]) continue;
    if ((flags & FD_CLOEXEC) != 0) continue;
    char link[64];
    char path[512] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof path - 1) > 0)
      fail_msg("descriptor %d survives exec: %s", fd, path);
  }
}

static void wait_until_live(slip_watch* watch) {
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
}

static void nothing_around_us_changes(void** state) {
  (void)state;
  static surroundings before;
  static char threads[4096];
  int descriptors[256];
  const char* root = test_directory();
  /* Something to be changed: other than the defaults. */
  signal(SIGUSR1, SIG_IGN);
  umask(027);
  look_around(&before);
  start_somebody_elses_threads();
  list_threads(threads, sizeof threads);
  for (int fd = 0; fd < 256; ++fd) descriptors[fd] = fcntl(fd, F_GETFD) >= 0;

  world w = world_open();
  slip_watch* called = NULL;
  slip_watch* pulled = NULL;
  slip_snapshot* snapshot = NULL;
  slip_object_store* store = NULL;
  char url[600];
  const slip_watch_callbacks none = SLIP_WATCH_CALLBACKS_INIT;
  put_many(w.bucket, "k", 10);
  assert_ok(slip_watch_start(w.bucket, w.fold, NULL, &none, &called, &error));
  assert_ok(slip_watch_open(w.bucket, NULL, NULL, &pulled, &error));
  wait_until_live(called);
  assert_ok(slip_snapshot_open(w.fold, &snapshot, &error));
  assert_unchanged(&before);
  check_threads(threads);
  check_descriptors(descriptors);
  const char* artifact = test_path(root, "artifact");
  assert_ok(slip_watch_export(called, artifact, NULL, NULL, &error));
  snprintf(url, sizeof url, "local:%s/objects", root);
  assert_ok(slip_object_store_open(url, NULL, &store, &error));
  assert_ok(slip_publish(store, "routes", artifact, NULL, NULL, &error));
  snprintf(url, sizeof url, "lmdb:%s/second", root);
  assert_ok(slip_bootstrap(store, "routes", url, NULL, NULL, &error));
  assert_unchanged(&before);
  check_descriptors(descriptors);
  slip_object_store_free(store);
  slip_snapshot_free(snapshot);
  slip_watch_free(pulled);
  slip_watch_free(called);
  world_close(&w);
  assert_unchanged(&before);
  umask(022);
}

/* What we write is for us alone, whatever the umask. */
static void what_we_write_is_private(void** state) {
  (void)state;
  const mode_t old = umask(0);
  world w = world_open();
  struct stat s;
  put_many(w.bucket, "k", 3);
  assert_int_equal(stat(test_path(w.directory, "fold"), &s), 0);
  assert_int_equal(s.st_mode & 07777, 0700);
  umask(old);
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_around_us_changes),
      cmocka_unit_test(what_we_write_is_private),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
