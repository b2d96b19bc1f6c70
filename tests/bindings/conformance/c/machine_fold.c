/* Steps of folds, snapshots and artifacts. */
#include "machine.h"

#include <stdio.h>

#define FOLD top(&m->folds)
#define SNAPSHOT top(&m->snapshots)
#define KEY m->words[1].data, m->words[1].size

static void run_fold_open(machine* m) {
  slip_options* options = NULL;
  slip_fold* fold = NULL;
  if (!options_at(m, 2, SLIP_OPTIONS_FOLD, &options)) return;
  char* url = fold_url_at(m, 1);
  if (done(m, slip_fold_open(url, options, &fold, &m->error))) push(&m->folds, fold);
  free(url);
  slip_options_free(options);
}

/* fold_apply BUCKET OPERATION:KEY:VALUE:REVISION:FLAGS:TIMESTAMP:LIFE...
 * The cursor is the uppermost one, which goes. */
static void run_fold_apply(machine* m) {
  slip_update updates[WORDS_MAX];
  size_t count = 0;
  memset(updates, 0, sizeof updates);
  for (int i = 2; i < m->word_count; ++i, ++count) {
    const word* fields = fields_at(m, i, 7);
    slip_update* u = &updates[count];
    u->operation = operation_of(&fields[0]);
    u->key = bytes_of(&fields[1]);
    u->value = bytes_of(&fields[2]);
    u->revision = strtoull(fields[3].data, NULL, 10);
    u->flags = (uint32_t)strtoul(fields[4].data, NULL, 10);
    u->timestamp_ns = strtoll(fields[5].data, NULL, 10);
    u->ttl_ns = strtoll(fields[6].data, NULL, 10);
  }
  done(m, slip_fold_apply(FOLD, text_at(m, 1), updates, count, pop_cursor(m), &m->error));
}

static void run_fold_get(machine* m) {
  slip_entry* entry = NULL;
  if (done(m, slip_fold_get(FOLD, KEY, &entry, &m->error))) say_update(m, slip_entry_update(entry));
  slip_entry_free(entry);
}
/* fold_cursor -> ok REVISION BUCKET; the cursor is pushed. */
static void run_fold_cursor(machine* m) {
  slip_cursor cursor;
  slip_text* bucket = NULL;
  if (done(m, slip_fold_cursor(FOLD, &cursor, &bucket, &m->error))) {
    char* name = encoded(slip_text_string(bucket), strlen(slip_text_string(bucket)));
    say(m, " %llu %s", (unsigned long long)cursor.revision, name);
    push_cursor(m, cursor);
    free(name);
  }
  slip_text_free(bucket);
}
/* -> ok ENTRIES TOMBSTONES PAYLOAD_BYTES REVISION LOADING READ_ONLY */
static void run_fold_stats(machine* m) {
  slip_fold_state s = SLIP_FOLD_STATE_INIT;
  if (!done(m, slip_fold_stats(FOLD, &s, &m->error))) return;
  say(m, " %llu %llu %llu", (unsigned long long)s.entries, (unsigned long long)s.tombstones,
      (unsigned long long)s.payload_bytes);
  say(m, " %llu %u %u", (unsigned long long)s.cursor.revision, s.loading, s.read_only);
}
static void run_fold_check(machine* m) {
  uint64_t checked = 0;
  if (done(m, slip_fold_check(FOLD, &checked, &m->error)))
    say(m, " %llu", (unsigned long long)checked);
}
static void run_fold_sync(machine* m) { done(m, slip_fold_sync(FOLD, &m->error)); }
static void run_fold_close(machine* m) { done(m, slip_fold_close(FOLD, &m->error)); }
static void run_fold_free(machine* m) {
  slip_fold_free(pop(&m->folds));
  say(m, "ok");
}

/* --- upkeep and consumers ----------------------------------------------------------------------
 */

/* fold_compact -> ok OUTCOME STATUS; a reason where it was not performed, and only there. */
static void run_fold_compact(machine* m) {
  slip_compaction c = SLIP_COMPACTION_INIT;
  slip_text* reason = NULL;
  if (done(m, slip_fold_compact(FOLD, &c, &reason, &m->error))) {
    say(m, " %u %d", c.outcome, (int)c.status);
    if ((slip_text_bytes(reason).size == 0) != (c.outcome == SLIP_COMPACTION_PERFORMED))
      machine_fails("outcome %u with the reason \"%s\"", c.outcome, slip_text_string(reason));
  }
  slip_text_free(reason);
}
static slip_revision_range range_at(const machine* m) {
  const slip_revision_range range = {number_at(m, 1), number_at(m, 2)};
  return range;
}
static void run_fold_hide(machine* m) { done(m, slip_fold_hide(FOLD, range_at(m), &m->error)); }
static void run_fold_unhide(machine* m) { done(m, slip_fold_unhide(FOLD, range_at(m), &m->error)); }
/* fold_hidden -> ok FROM:TO... */
static void run_fold_hidden(machine* m) {
  slip_revision_range ranges[16];
  size_t count = 0;
  if (!done(m, slip_fold_hidden(FOLD, ranges, 16, &count, &m->error))) return;
  for (size_t i = 0; i < count; ++i)
    say(m, " %llu:%llu", (unsigned long long)ranges[i].from, (unsigned long long)ranges[i].to);
}
/* position_load CONSUMER -> ok REVISION, 0 where it is fresh */
static void run_position_load(machine* m) {
  slip_cursor cursor;
  if (done(m, slip_consumer_position_load(FOLD, text_at(m, 1), &cursor, &m->error)))
    say(m, " %llu", (unsigned long long)cursor.revision);
}
/* position_save CONSUMER: the uppermost cursor, which goes. */
static void run_position_save(machine* m) {
  done(m, slip_consumer_position_save(FOLD, text_at(m, 1), pop_cursor(m), &m->error));
}

/* --- snapshots -------------------------------------------------------------------------------- */

static void run_snapshot_open(machine* m) {
  slip_snapshot* snapshot = NULL;
  if (done(m, slip_snapshot_open(FOLD, &snapshot, &m->error))) push(&m->snapshots, snapshot);
}
static void run_snapshot_refresh(machine* m) {
  done(m, slip_snapshot_refresh(SNAPSHOT, &m->error));
}
static void run_snapshot_cursor(machine* m) {
  say(m, "ok %llu", (unsigned long long)slip_snapshot_cursor(SNAPSHOT).revision);
}
static void run_snapshot_get(machine* m) {
  slip_update update;
  if (done(m, slip_snapshot_get(SNAPSHOT, KEY, &update, &m->error))) say_update(m, &update);
}
/* range PREFIX FROM REVERSE LIMIT TOMBSTONES -> ok UPDATES... */
static void run_range(machine* m) {
  slip_range range = SLIP_RANGE_INIT;
  slip_iterator* iterator = NULL;
  slip_update rows[3];
  size_t count = 0;
  range.prefix = bytes_of(&m->words[1]);
  range.from = bytes_of(&m->words[2]);
  range.reverse = (uint32_t)number_at(m, 3);
  range.limit = number_at(m, 4);
  range.tombstones = (uint32_t)number_at(m, 5);
  if (!done(m, slip_snapshot_range(SNAPSHOT, &range, &iterator, &m->error))) return;
  slip_status status;
  while ((status = slip_iterator_next(iterator, rows, 3, &count, &m->error)) == SLIP_OK)
    for (size_t i = 0; i < count; ++i) say_update(m, &rows[i]);
  if (status != SLIP_END) machine_fails("a range broke");
  slip_error_free(m->error);
  m->error = NULL;
  slip_iterator_free(iterator);
}
static void run_snapshot_free(machine* m) {
  slip_snapshot_free(pop(&m->snapshots));
  say(m, "ok");
}

/* --- artifacts -------------------------------------------------------------------------------- */

/* -> ok REVISION ENTRIES TOMBSTONES FILES LOGICAL_BYTES BUCKET; the logical digest is pushed. */
static void say_summary(machine* m, slip_status status, const slip_artifact_summary* s) {
  if (!done(m, status)) return;
  say(m, " %llu %llu %llu", (unsigned long long)s->cursor.revision, (unsigned long long)s->entries,
      (unsigned long long)s->tombstones);
  say(m, " %llu %llu %s", (unsigned long long)s->files, (unsigned long long)s->logical_bytes,
      s->bucket);
  push(&m->texts, strdup(s->logical_digest));
}

static void run_fold_export(machine* m) {
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  slip_options* options = NULL;
  if (!options_at(m, 2, SLIP_OPTIONS_EXPORT, &options)) return;
  char* path = path_at(m, 1, "");
  say_summary(m, slip_fold_export(FOLD, path, options, &summary, &m->error), &summary);
  free(path);
  slip_options_free(options);
}
static void run_watch_export(machine* m) {
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  slip_watch* watch = ((watching*)top(&m->watches))->watch;
  char* path = path_at(m, 1, "");
  say_summary(m, slip_watch_export(watch, path, NULL, &summary, &m->error), &summary);
  free(path);
}
static void run_artifact_verify(machine* m) {
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  char* path = path_at(m, 1, "");
  say_summary(m, slip_artifact_verify(path, &summary, &m->error), &summary);
  free(path);
}
/* artifact_info NAME -> ok BUCKET REVISION */
static void run_artifact_info(machine* m) {
  slip_text* text = NULL;
  char* path = path_at(m, 1, "");
  if (done(m, slip_artifact_info(path, &text, &m->error))) {
    char* bucket = json_member(slip_text_string(text), "bucket");
    char* revision = json_member(slip_text_string(text), "revision");
    say(m, " %s %s", bucket, revision);
    free(bucket);
    free(revision);
  }
  slip_text_free(text);
  free(path);
}
/* fold_import ARTIFACT FOLD */
static void run_fold_import(machine* m) {
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  char* path = path_at(m, 1, "");
  char* url = fold_url_at(m, 2);
  say_summary(m, slip_fold_import(path, url, NULL, &summary, &m->error), &summary);
  free(path);
  free(url);
}

const step fold_steps[] = {
    {"fold_open", 1, run_fold_open},
    {"fold_apply", 1, run_fold_apply},
    {"fold_get", 1, run_fold_get},
    {"fold_cursor", 0, run_fold_cursor},
    {"fold_stats", 0, run_fold_stats},
    {"fold_check", 0, run_fold_check},
    {"fold_sync", 0, run_fold_sync},
    {"fold_close", 0, run_fold_close},
    {"fold_free", 0, run_fold_free},
    {"fold_compact", 0, run_fold_compact},
    {"fold_hide", 2, run_fold_hide},
    {"fold_unhide", 2, run_fold_unhide},
    {"fold_hidden", 0, run_fold_hidden},
    {"position_load", 1, run_position_load},
    {"position_save", 1, run_position_save},
    {"snapshot_open", 0, run_snapshot_open},
    {"snapshot_refresh", 0, run_snapshot_refresh},
    {"snapshot_cursor", 0, run_snapshot_cursor},
    {"snapshot_get", 1, run_snapshot_get},
    {"range", 5, run_range},
    {"snapshot_free", 0, run_snapshot_free},
    {"fold_export", 1, run_fold_export},
    {"watch_export", 1, run_watch_export},
    {"artifact_verify", 1, run_artifact_verify},
    {"artifact_info", 1, run_artifact_info},
    {"fold_import", 2, run_fold_import},
    {NULL, 0, NULL},
};
