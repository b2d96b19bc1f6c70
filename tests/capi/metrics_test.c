/* The metrics of a process, read by a parser that forgives nothing: the Prometheus text format
 * 0.0.4, one family after the other, counters that end in _total, no series twice. */
#include <ctype.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capi/check.h"

#define SERIES_MAX 1024

typedef struct sample {
  char series[1024]; /* name and labels, as they stand there */
  double value;
  char text[64];
} sample;

typedef struct metrics {
  sample samples[SERIES_MAX];
  size_t count;
} metrics;

static const char* skip_name(const char* at) {
  if (!isalpha((unsigned char)*at) && *at != '_') fail_msg("no name at \"%.40s\"", at);
  while (isalnum((unsigned char)*at) || *at == '_') ++at;
  return at;
}

static const char* skip_labels(const char* at) {
  if (*at != '{') return at;
  do {
    at = skip_name(at + 1);
    if (at[0] != '=' || at[1] != '"') fail_msg("no value at \"%.40s\"", at);
    for (at += 2; *at != '"'; ++at) {
      if (*at == '\n' || *at == '\0') fail_msg("a label that does not end");
      if (*at == '\\') {
        ++at;
        if (strchr("\\\"n", *at) == NULL) fail_msg("an escape of \"%c\"", *at);
      }
    }
    ++at;
  } while (*at == ',');
  if (*at != '}') fail_msg("labels that do not end at \"%.40s\"", at);
  return at + 1;
}

static int ends_with(const char* text, const char* end) {
  const size_t size = strlen(text);
  return size >= strlen(end) && strcmp(text + size - strlen(end), end) == 0;
}

/* Name and type of the family that stands at `at`; what follows its two lines. */
static const char* read_head(const char* at, char* name, int* counter) {
  int used = 0;
  char type[16];
  char again[128];
  if (sscanf(at, "# HELP %127s %n", name, &used) != 1 || used == 0) fail_msg("\"%.60s\"", at);
  at += used;
  if (*at == '\n') fail_msg("%s has no help", name);
  at = strchr(at, '\n') + 1;
  used = 0;
  if (sscanf(at, "# TYPE %127s %15s%n", again, type, &used) != 2) fail_msg("\"%.60s\"", at);
  if (at[used] != '\n' || strcmp(name, again) != 0) fail_msg("\"%.60s\"", at);
  *counter = strcmp(type, "counter") == 0;
  if (!*counter && strcmp(type, "gauge") != 0) fail_msg("%s is a %s", name, type);
  if (ends_with(name, "_total") != *counter) fail_msg("%s is a %s", name, type);
  const char* units[] = {"_ms", "_ns", "_milliseconds", "_kib", "_mib"};
  for (size_t i = 0; i < sizeof units / sizeof units[0]; ++i)
    if (strstr(name, units[i]) != NULL) fail_msg("%s has no base unit", name);
  if (strncmp(name, "slipstream_", 11) != 0) fail_msg("%s is not ours", name);
  return at + used + 1;
}

static void parse(const char* text, metrics* out) {
  out->count = 0;
  char families[64][128];
  size_t family_count = 0;
  const char* at = text;
  while (*at != '\0') {
    int counter = 0;
    char name[128];
    at = read_head(at, name, &counter);
    for (size_t i = 0; i < family_count; ++i)
      if (strcmp(families[i], name) == 0) fail_msg("%s comes twice", name);
    assert_true(family_count < 64);
    strcpy(families[family_count++], name);
    while (*at != '#' && *at != '\0') {
      sample* s = &out->samples[out->count++];
      assert_true(out->count < SERIES_MAX);
      const char* end = skip_name(at);
      if ((size_t)(end - at) != strlen(name) || strncmp(at, name, strlen(name)) != 0)
        fail_msg("\"%.60s\" below %s", at, name);
      end = skip_labels(end);
      assert_true((size_t)(end - at) < sizeof s->series);
      snprintf(s->series, sizeof s->series, "%.*s", (int)(end - at), at);
      for (size_t i = 0; i + 1 < out->count; ++i)
        if (strcmp(out->samples[i].series, s->series) == 0) fail_msg("%s twice", s->series);
      char* after = NULL;
      if (end[0] != ' ' || isspace((unsigned char)end[1])) fail_msg("\"%.60s\"", at);
      s->value = strtod(end + 1, &after);
      if (*after != '\n' || after == end + 1) fail_msg("no number at \"%.60s\"", end);
      if (counter && s->value < 0) fail_msg("%s is negative", s->series);
      snprintf(s->text, sizeof s->text, "%.*s", (int)(after - end - 1), end + 1);
      at = after + 1;
    }
  }
}

static metrics shown;

static const metrics* read_metrics(void) {
  slip_text* text = NULL;
  assert_ok(slip_metrics_text(&text, &error));
  assert_int_equal(strlen(slip_text_string(text)), slip_text_bytes(text).size);
  parse(slip_text_string(text), &shown);
  slip_text_free(text);
  return &shown;
}

static const sample* find(const metrics* m, const char* series) {
  for (size_t i = 0; i < m->count; ++i)
    if (strcmp(m->samples[i].series, series) == 0) return &m->samples[i];
  return NULL;
}

static void check(const char* family, const char* labels, const char* value) {
  char series[1024];
  snprintf(series, sizeof series, "slipstream_watch_%s{%s}", family, labels);
  const sample* s = find(&shown, series);
  if (s == NULL) fail_msg("no %s", series);
  if (strcmp(s->text, value) != 0) fail_msg("%s is %s, not %s", series, s->text, value);
}

static slip_watch* open_watch(slip_bucket* bucket, slip_fold* fold) {
  slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
  slip_watch* watch = NULL;
  assert_ok(slip_watch_start(bucket, fold, NULL, &callbacks, &watch, &error));
  assert_ok(slip_watch_wait_caught_up(watch, 10000, &error));
  return watch;
}

static void without_watches_there_is_the_version(void** state) {
  (void)state;
  const metrics* m = read_metrics();
  assert_int_equal(m->count, 1);
  char series[128];
  snprintf(series, sizeof series, "slipstream_info{version=\"%s\"}", slip_version());
  assert_non_null(find(m, series));
  assert_string_equal(find(m, series)->text, "1");
}

static void every_member_of_the_status_is_a_family(void** state) {
  (void)state;
  world w = world_open();
  put_many(w.bucket, "k", 12);
  put(w.bucket, "empty", "");
  slip_watch* watch = open_watch(w.bucket, w.fold);
  slip_watch_state s = SLIP_WATCH_STATE_INIT;
  assert_ok(slip_watch_status(watch, &s, &error));
  const metrics* m = read_metrics();
  char labels[512];
  snprintf(labels, sizeof labels, "bucket=\"routes\",fold=\"%s/fold\"", w.directory);
  const char* names[] = {"ready",
                         "auditable",
                         "end_status",
                         "cursor_epoch",
                         "cursor_revision",
                         "target_revision",
                         "server_last_revision",
                         "lag_revisions",
                         "lag_seconds",
                         "commit_failures",
                         "received_updates_total",
                         "applied_updates_total",
                         "rejected_updates_total",
                         "replayed_updates_total",
                         "batches_total",
                         "last_batch_updates",
                         "largest_batch_updates",
                         "largest_batch_bytes",
                         "reconnects_total",
                         "restarts_total",
                         "gaps_total",
                         "audits_total",
                         "audit_mismatches_total",
                         "resyncs_total",
                         "sweeps_total",
                         "rebuilds_total",
                         "last_update_timestamp_seconds",
                         "last_contact_timestamp_seconds",
                         "last_current_timestamp_seconds",
                         "contact_age_seconds",
                         "last_event"};
  char series[1024];
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
    snprintf(series, sizeof series, "slipstream_watch_%s{%s}", names[i], labels);
    if (find(m, series) == NULL) fail_msg("no %s", series);
  }
  /* struct_size and reserved are no facts; the cursor has two families; the state has its own. */
  assert_int_equal(sizeof names / sizeof names[0], 31);
  check("cursor_revision", labels, "13");
  check("applied_updates_total", labels, "13");
  check("ready", labels, "1");
  check("lag_seconds", labels, "0.000000000");
  char text[64];
  snprintf(text, sizeof text, "%lld.%09lld", (long long)(s.last_update_ns / 1000000000),
           (long long)(s.last_update_ns % 1000000000));
  check("last_update_timestamp_seconds", labels, text);
  snprintf(text, sizeof text, "%llu", (unsigned long long)s.largest_batch_bytes);
  check("largest_batch_bytes", labels, text);
  char more[640];
  snprintf(more, sizeof more, "%s,state=\"live\"", labels);
  check("state", more, "1");
  snprintf(more, sizeof more, "%s,state=\"stale\"", labels);
  check("state", more, "0");
  snprintf(more, sizeof more, "%s,event=\"empty_value\"", labels);
  check("events_total", more, "1");
  slip_watch_free(watch);
  world_close(&w);
  without_watches_there_is_the_version(NULL); /* what was freed is not shown */
}

static void labels_are_escaped(void** state) {
  (void)state;
  world w = world_open();
  slip_fold* fold = NULL;
  char url[600];
  snprintf(url, sizeof url, "lmdb:%s/a \"b\" \\c\nd \xff", w.directory);
  assert_ok(slip_fold_open(url, NULL, &fold, &error));
  slip_watch* watch = open_watch(w.bucket, fold);
  read_metrics();
  char labels[600];
  snprintf(labels, sizeof labels,
           "bucket=\"routes\",fold=\"%s/a \\\"b\\\" \\\\c\\nd \xEF\xBF\xBD\"", w.directory);
  check("cursor_revision", labels, "0");
  slip_watch_free(watch);
  slip_fold_free(fold);
  world_close(&w);
}

static void several_watches_of_one_place_are_told_apart(void** state) {
  (void)state;
  world w = world_open();
  slip_watch* first = open_watch(w.bucket, NULL);
  put(w.bucket, "a", "1");
  slip_watch* second = open_watch(w.bucket, NULL);
  read_metrics();
  check("received_updates_total", "bucket=\"routes\",fold=\"\"", "1");
  check("received_updates_total", "bucket=\"routes\",fold=\"\",watch=\"2\"", "1");
  /* One that has ended gives its place to a newer one, and shows its end until there is one. */
  assert_ok(slip_watch_close(first, NULL, &error));
  read_metrics();
  check("state", "bucket=\"routes\",fold=\"\",state=\"live\"", "1");
  assert_ok(slip_watch_close(second, NULL, &error));
  read_metrics();
  check("state", "bucket=\"routes\",fold=\"\",state=\"ended\"", "1");
  check("ready", "bucket=\"routes\",fold=\"\"", "0");
  slip_watch_free(first);
  slip_watch_free(second);
  world_close(&w);
}

#ifndef __SANITIZE_THREAD__ /* it knows no threads in a forked child */
/* A forked child sees nothing of the parent's watches, and its own. */
static void a_forked_child_has_its_own(void** state) {
  (void)state;
  world w = world_open();
  slip_watch* watch = open_watch(w.bucket, w.fold);
  const pid_t child = fork();
  if (child == 0) {
    slip_text* text = NULL;
    int good = slip_metrics_text(&text, NULL) == SLIP_OK &&
               strstr(slip_text_string(text), "slipstream_watch") == NULL;
    slip_text_free(text);
    slip_watch_free(watch);
    slip_connection* connection = NULL;
    slip_bucket* bucket = NULL;
    slip_watch* own = NULL;
    slip_watch_callbacks callbacks = SLIP_WATCH_CALLBACKS_INIT;
    good = good && slip_connect("mem://", NULL, &connection, NULL) == SLIP_OK &&
           slip_bucket_create(connection, "child", NULL, &bucket, NULL) == SLIP_OK &&
           slip_watch_start(bucket, NULL, NULL, &callbacks, &own, NULL) == SLIP_OK &&
           slip_metrics_text(&text, NULL) == SLIP_OK &&
           strstr(slip_text_string(text), "bucket=\"child\"") != NULL;
    _exit(good ? 0 : 1);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_int_equal(read_metrics()->count > 1, 1);
  slip_watch_free(watch);
  world_close(&w);
}
#endif

static void* scrape(void* stop) {
  while (!__atomic_load_n((int*)stop, __ATOMIC_RELAXED)) {
    slip_text* text = NULL;
    if (slip_metrics_text(&text, NULL) != SLIP_OK) abort();
    slip_text_free(text);
  }
  return NULL;
}

static void watches_come_and_go_under_a_scraper(void** state) {
  (void)state;
  world w = world_open();
  int stop = 0;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, scrape, &stop), 0);
  for (int round = 0; round < 100; ++round) {
    slip_watch* watch = open_watch(w.bucket, w.fold);
    put(w.bucket, "a", "1");
    slip_watch_free(watch);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  pthread_join(thread, NULL);
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_watches_there_is_the_version),
      cmocka_unit_test(every_member_of_the_status_is_a_family),
      cmocka_unit_test(labels_are_escaped),
      cmocka_unit_test(several_watches_of_one_place_are_told_apart),
#ifndef __SANITIZE_THREAD__
      cmocka_unit_test(a_forked_child_has_its_own),
#endif
      cmocka_unit_test(watches_come_and_go_under_a_scraper),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
