/* Steps of the library itself: version, statuses, options, cursors, and the machine's own. */
#include "machine.h"

#include <stdio.h>

static void run_version(machine* m) { say(m, "ok %s", slip_version()); }
static void run_abi_epoch(machine* m) { say(m, "ok %u", slip_abi_epoch()); }
static void run_feature(machine* m) { say(m, "ok %d", slip_feature(text_at(m, 1))); }
static void run_status_name(machine* m) {
  say(m, "ok %s", slip_status_name((slip_status)number_at(m, 1)));
}
static void run_event_name(machine* m) {
  say(m, "ok %s", slip_watch_event_name((int32_t)number_at(m, 1)));
}

/* status CODE -> ok NAME RETRIABLE TEXT: one row of the table. */
static void run_status(machine* m) {
  size_t count = 0;
  const slip_status_row* rows = slip_status_table(&count);
  for (size_t i = 0; i < count; ++i) {
    if (rows[i].status != (slip_status)number_at(m, 1)) continue;
    char* text = encoded(rows[i].text, strlen(rows[i].text));
    say(m, "ok %s %u %s", rows[i].name, rows[i].retriable, text);
    free(text);
    return;
  }
  say(m, "ok");
}

/* option KIND NAME -> ok TYPE */
static void run_option(machine* m) {
  static const char* const kinds[] = {"",       "connection",   "bucket",  "watch", "fold",
                                      "export", "object_store", "publish", "import"};
  int32_t kind = 0;
  for (int32_t i = 1; i < 9; ++i)
    if (strcmp(kinds[i], text_at(m, 1)) == 0) kind = i;
  slip_text* text = NULL;
  const slip_status status = slip_options_describe(kind, &text, &m->error);
  if (done(m, status)) {
    char row[128];
    snprintf(row, sizeof row, "\"name\":\"%s\"", text_at(m, 2));
    const char* found = strstr(slip_text_string(text), row);
    char* type = json_member(found != NULL ? found : "", "type");
    say(m, " %s", type);
    free(type);
  }
  slip_text_free(text);
}

/* metrics TEXT -> ok 1: the metrics hold this text. */
static void run_metrics(machine* m) {
  slip_text* text = NULL;
  const slip_status status = slip_metrics_text(&text, &m->error);
  if (done(m, status)) say(m, " %d", strstr(slip_text_string(text), text_at(m, 1)) != NULL);
  slip_text_free(text);
}

/* sentence TEXT -> ok 1: that of the last call that failed holds this text. */
static void run_sentence(machine* m) {
  say(m, "ok %d", m->sentence != NULL && strstr(m->sentence, text_at(m, 1)) != NULL);
}

/* --- cursors and texts ------------------------------------------------------------------------ */

static void run_cursor(machine* m) {
  const slip_cursor cursor = {number_at(m, 1), number_at(m, 2)};
  push_cursor(m, cursor);
  say(m, "ok");
}

static void run_cursor_format(machine* m) {
  slip_text* text = NULL;
  if (done(m, slip_cursor_format(text_at(m, 1), pop_cursor(m), &text, &m->error)))
    push_text(m, text);
}

static void run_cursor_parse(machine* m) {
  slip_cursor cursor;
  slip_text* bucket = NULL;
  char* text = pop(&m->texts);
  if (done(m, slip_cursor_parse(text, &cursor, &bucket, &m->error))) {
    push_cursor(m, cursor);
    const slip_bytes name = slip_text_bytes(bucket);
    say(m, " %.*s", (int)name.size, (const char*)name.data);
  }
  slip_text_free(bucket);
  free(text);
}

static void run_cursor_drop(machine* m) {
  const slip_cursor cursor = pop_cursor(m);
  say(m, "ok %llu", (unsigned long long)cursor.revision);
}

static void run_text(machine* m) {
  push(&m->texts, strdup(text_at(m, 1)));
  say(m, "ok");
}

static void run_text_show(machine* m) { say(m, "ok %s", (char*)top(&m->texts)); }

static void run_text_drop(machine* m) {
  free(pop(&m->texts));
  say(m, "ok");
}

/* text_same -> ok 1: the two uppermost texts are the same; both are gone. */
static void run_text_same(machine* m) {
  char* one = pop(&m->texts);
  char* two = pop(&m->texts);
  say(m, "ok %d", strcmp(one, two) == 0);
  free(one);
  free(two);
}

static void run_times(machine* m) {
  m->times = (int)number_at(m, 1);
  say(m, "ok");
}

/* kind SCHEME: of the folds that are opened from here on. */
static void run_kind(machine* m) {
  snprintf(m->kind, sizeof m->kind, "%s", text_at(m, 1));
  say(m, "ok");
}

/* write_file PATH BYTES: make or overwrite a file, to damage what the library made. */
static void run_write_file(machine* m) {
  char* path = path_at(m, 1, "");
  FILE* file = fopen(path, "wb");
  if (file == NULL) machine_fails("cannot write %s", path);
  fwrite(m->words[2].data, 1, m->words[2].size, file);
  fclose(file);
  free(path);
  say(m, "ok");
}

const step library_steps[] = {
    {"version", 0, run_version},
    {"abi_epoch", 0, run_abi_epoch},
    {"feature", 1, run_feature},
    {"status_name", 1, run_status_name},
    {"status", 1, run_status},
    {"event_name", 1, run_event_name},
    {"option", 2, run_option},
    {"metrics", 1, run_metrics},
    {"sentence", 1, run_sentence},
    {"cursor", 2, run_cursor},
    {"cursor_format", 1, run_cursor_format},
    {"cursor_parse", 0, run_cursor_parse},
    {"cursor_drop", 0, run_cursor_drop},
    {"text", 1, run_text},
    {"text_show", 0, run_text_show},
    {"text_drop", 0, run_text_drop},
    {"text_same", 0, run_text_same},
    {"times", 1, run_times},
    {"kind", 1, run_kind},
    {"write_file", 2, run_write_file},
    {NULL, 0, NULL},
};
