/* Steps of connections and buckets. */
#include "machine.h"

#include <stdio.h>

static void connect_to(machine* m, const char* url, int first_option) {
  slip_options* options = NULL;
  slip_connection* connection = NULL;
  if (!options_at(m, first_option, SLIP_OPTIONS_CONNECTION, &options)) return;
  if (done(m, slip_connect(url, options, &connection, &m->error)))
    push(&m->connections, connection);
  slip_options_free(options);
}
static void run_connect(machine* m) { connect_to(m, m->url, 1); }
static void run_connect_to(machine* m) { connect_to(m, text_at(m, 1), 2); }

static void run_connection_status(machine* m) {
  slip_connection_state state = SLIP_CONNECTION_STATE_INIT;
  if (done(m, slip_connection_status(top(&m->connections), &state, &m->error)))
    say(m, " %d %llu", state.state, (unsigned long long)state.reconnects);
}
static void run_connection_close(machine* m) {
  done(m, slip_connection_close(top(&m->connections), &m->error));
}
static void run_connection_free(machine* m) {
  slip_connection_free(pop(&m->connections));
  say(m, "ok");
}

/* --- buckets ---------------------------------------------------------------------------------- */

typedef slip_status (*open_bucket)(slip_connection*, const char*, const slip_options*,
                                   slip_bucket**, slip_error**);
static slip_status create_one(slip_connection* c, const char* name, const slip_options* options,
                              slip_bucket** out, slip_error** error) {
  return slip_bucket_create(c, name, options, out, error);
}
static slip_status open_one(slip_connection* c, const char* name, const slip_options* options,
                            slip_bucket** out, slip_error** error) {
  return slip_bucket_open(c, name, options, out, error);
}

static void make_bucket(machine* m, open_bucket function) {
  slip_options* options = NULL;
  slip_bucket* bucket = NULL;
  if (!options_at(m, 2, SLIP_OPTIONS_BUCKET, &options)) return;
  if (done(m, function(top(&m->connections), text_at(m, 1), options, &bucket, &m->error)))
    push(&m->buckets, bucket);
  slip_options_free(options);
}
static void run_bucket_create(machine* m) { make_bucket(m, create_one); }
static void run_bucket_open(machine* m) { make_bucket(m, open_one); }
static void run_bucket_delete(machine* m) {
  done(m, slip_bucket_delete(top(&m->connections), text_at(m, 1), &m->error));
}
static void run_bucket_free(machine* m) {
  slip_bucket_free(pop(&m->buckets));
  say(m, "ok");
}

/* -> ok HISTORY FIRST LAST MESSAGES SUBJECTS MAX_AGE MAX_BYTES MAX_VALUE_SIZE REPLICAS STORAGE */
static void run_bucket_info(machine* m) {
  slip_bucket_state s = SLIP_BUCKET_STATE_INIT;
  if (!done(m, slip_bucket_info(top(&m->buckets), &s, &m->error))) return;
  say(m, " %u %llu %llu %llu %llu", s.history, (unsigned long long)s.first_revision,
      (unsigned long long)s.last_revision, (unsigned long long)s.messages,
      (unsigned long long)s.subjects);
  say(m, " %lld %lld %lld %u %u", (long long)s.max_age_ns, (long long)s.max_bytes,
      (long long)s.max_value_size, s.replicas, s.storage);
}

/* --- reading and writing ---------------------------------------------------------------------- */

#define BUCKET top(&m->buckets)
#define KEY m->words[1].data, m->words[1].size
#define VALUE m->words[2].data, m->words[2].size

static void say_revision(machine* m, slip_status status, uint64_t revision) {
  if (done(m, status)) say(m, " %llu", (unsigned long long)revision);
}
static void run_put(machine* m) {
  uint64_t revision = 0;
  const slip_status status = slip_bucket_put(BUCKET, KEY, VALUE, &revision, &m->error);
  say_revision(m, status, revision);
}
static void run_put_if_absent(machine* m) {
  uint64_t revision = 0;
  const slip_status status = slip_bucket_put_if_absent(BUCKET, KEY, VALUE, &revision, &m->error);
  say_revision(m, status, revision);
}
static void run_put_if(machine* m) {
  uint64_t revision = 0;
  const slip_status status =
      slip_bucket_put_if(BUCKET, KEY, VALUE, number_at(m, 3), &revision, &m->error);
  say_revision(m, status, revision);
}
static void run_remove(machine* m) {
  uint64_t revision = 0;
  const slip_status status = slip_bucket_remove(BUCKET, KEY, &revision, &m->error);
  say_revision(m, status, revision);
}
static void run_remove_if(machine* m) {
  uint64_t revision = 0;
  const slip_status status =
      slip_bucket_remove_if(BUCKET, KEY, number_at(m, 2), &revision, &m->error);
  say_revision(m, status, revision);
}
static void run_purge(machine* m) {
  uint64_t revision = 0;
  const slip_status status = slip_bucket_purge(BUCKET, KEY, &revision, &m->error);
  say_revision(m, status, revision);
}
static void run_get(machine* m) {
  slip_entry* entry = NULL;
  if (done(m, slip_bucket_get(BUCKET, KEY, &entry, &m->error)))
    say_update(m, slip_entry_update(entry));
  slip_entry_free(entry);
}

/* Up to `max` entries (0: all), then the iterator goes. */
static void drain(machine* m, slip_iterator* iterator, uint64_t max, int keys_only) {
  slip_update row;
  size_t count = 0;
  slip_status status = SLIP_OK;
  for (uint64_t seen = 0; max == 0 || seen < max; ++seen) {
    status = slip_iterator_next(iterator, &row, 1, &count, &m->error);
    if (status != SLIP_OK) break;
    if (keys_only) {
      char* key = encoded(row.key.data, row.key.size);
      say(m, " %s", key);
      free(key);
    } else {
      say_update(m, &row);
    }
  }
  if (status != SLIP_OK && status != SLIP_END) machine_fails("an iterator broke");
  slip_error_free(m->error);
  m->error = NULL;
  slip_iterator_free(iterator);
}
static void run_keys(machine* m) {
  slip_iterator* iterator = NULL;
  if (done(m, slip_bucket_keys(BUCKET, KEY, &iterator, &m->error)))
    drain(m, iterator, number_at(m, 2), 1);
}
static void run_scan(machine* m) {
  slip_iterator* iterator = NULL;
  if (done(m, slip_bucket_scan(BUCKET, KEY, &iterator, &m->error)))
    drain(m, iterator, number_at(m, 2), 0);
}

/* put_many OPERATION:KEY:VALUE:EXPECTED..., EXPECTED is "any" or a revision
 * -> ok REVISION-or-STATUS... */
static void run_put_many(machine* m) {
  slip_write writes[WORDS_MAX];
  slip_write_result results[WORDS_MAX];
  size_t count = 0;
  memset(writes, 0, sizeof writes);
  for (int i = 1; i < m->word_count; ++i, ++count) {
    const word* fields = fields_at(m, i, 4);
    slip_write* w = &writes[count];
    w->operation = operation_of(&fields[0]);
    w->key = bytes_of(&fields[1]);
    w->value = bytes_of(&fields[2]);
    w->expected_revision =
        strcmp(fields[3].data, "any") == 0 ? SLIP_REVISION_ANY : strtoull(fields[3].data, NULL, 10);
  }
  slip_error* error = NULL;
  slip_status first = SLIP_OK;
  const slip_status status = slip_bucket_put_many(BUCKET, writes, count, results, &error);
  slip_error_free(error);
  say(m, "ok");
  for (size_t i = 0; i < count; ++i) {
    if (first == SLIP_OK) first = results[i].status;
    if (results[i].status == SLIP_OK)
      say(m, " %llu", (unsigned long long)results[i].revision);
    else
      say(m, " %s", slip_status_name(results[i].status));
  }
  if (status != first) machine_fails("put_many gave %d, its items %d", (int)status, (int)first);
}

const step bucket_steps[] = {
    {"connect", 0, run_connect},
    {"connect_to", 1, run_connect_to},
    {"connection_status", 0, run_connection_status},
    {"connection_close", 0, run_connection_close},
    {"connection_free", 0, run_connection_free},
    {"bucket_create", 1, run_bucket_create},
    {"bucket_open", 1, run_bucket_open},
    {"bucket_delete", 1, run_bucket_delete},
    {"bucket_free", 0, run_bucket_free},
    {"bucket_info", 0, run_bucket_info},
    {"put", 2, run_put},
    {"put_if_absent", 2, run_put_if_absent},
    {"put_if", 3, run_put_if},
    {"remove", 1, run_remove},
    {"remove_if", 2, run_remove_if},
    {"purge", 1, run_purge},
    {"get", 1, run_get},
    {"keys", 2, run_keys},
    {"scan", 2, run_scan},
    {"put_many", 0, run_put_many},
    {NULL, 0, NULL},
};
