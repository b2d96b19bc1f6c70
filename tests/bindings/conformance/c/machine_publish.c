/* Steps of object stores and of publishing. */
#include "machine.h"

#include <stdio.h>

#define STORE top(&m->stores)
#define DATA m->words[2].data, m->words[2].size

static void run_store_open(machine* m) {
  slip_options* options = NULL;
  slip_object_store* store = NULL;
  if (!options_at(m, 2, SLIP_OPTIONS_OBJECT_STORE, &options)) return;
  char* url = path_at(m, 1, "local:");
  if (done(m, slip_object_store_open(url, options, &store, &m->error))) push(&m->stores, store);
  free(url);
  slip_options_free(options);
}
static void run_store_free(machine* m) {
  slip_object_store_free(pop(&m->stores));
  say(m, "ok");
}

/* object_get NAME -> ok BYTES; the tag is pushed. */
static void run_object_get(machine* m) {
  slip_text* data = NULL;
  slip_text* tag = NULL;
  if (done(m, slip_object_store_get(STORE, text_at(m, 1), &data, &tag, &m->error))) {
    const slip_bytes bytes = slip_text_bytes(data);
    char* text = encoded(bytes.data, bytes.size);
    say(m, " %s", text);
    free(text);
    push_text(m, tag);
  }
  slip_text_free(data);
}
/* Each pushes the new tag; object_put_if takes the uppermost one first. */
static void run_object_put(machine* m) {
  slip_text* tag = NULL;
  if (done(m, slip_object_store_put(STORE, text_at(m, 1), DATA, &tag, &m->error)))
    push_text(m, tag);
}
static void run_object_create(machine* m) {
  slip_text* tag = NULL;
  if (done(m, slip_object_store_put_if(STORE, text_at(m, 1), DATA, NULL, &tag, &m->error)))
    push_text(m, tag);
}
static void run_object_put_if(machine* m) {
  slip_text* tag = NULL;
  char* expected = pop(&m->texts);
  if (done(m, slip_object_store_put_if(STORE, text_at(m, 1), DATA, expected, &tag, &m->error)))
    push_text(m, tag);
  free(expected);
}
/* object_list PREFIX AFTER -> ok NAME:SIZE...: all that come after AFTER. */
static void run_object_list(machine* m) {
  slip_text* text = NULL;
  const char* after = *text_at(m, 2) != '\0' ? text_at(m, 2) : NULL;
  if (done(m, slip_object_store_list(STORE, text_at(m, 1), after, 1000, &text, &m->error))) {
    const char* row = slip_text_string(text);
    while ((row = strstr(row, "{\"name\"")) != NULL) {
      char* name = json_member(row, "name");
      char* size = json_member(row, "size");
      say(m, " %s:%s", name, size);
      free(name);
      free(size);
      ++row;
    }
  }
  slip_text_free(text);
}
static void run_object_remove(machine* m) {
  done(m, slip_object_store_remove(STORE, text_at(m, 1), &m->error));
}

/* publish KEY ARTIFACT -> ok ATTEMPTS GENERATION REVISION */
static void run_publish(machine* m) {
  slip_published p = SLIP_PUBLISHED_INIT;
  slip_options* options = NULL;
  if (!options_at(m, 3, SLIP_OPTIONS_PUBLISH, &options)) return;
  char* path = path_at(m, 2, "");
  if (done(m, slip_publish(STORE, text_at(m, 1), path, options, &p, &m->error)))
    say(m, " %u %llu %llu", p.attempts, (unsigned long long)p.generation,
        (unsigned long long)p.cursor.revision);
  free(path);
  slip_options_free(options);
}
/* pointer KEY -> ok GENERATION BUCKET REVISION */
static void run_pointer(machine* m) {
  slip_text* text = NULL;
  if (done(m, slip_pointer_read(STORE, text_at(m, 1), &text, &m->error))) {
    static const char* const names[] = {"generation", "bucket", "revision"};
    for (int i = 0; i < 3; ++i) {
      char* value = json_member(slip_text_string(text), names[i]);
      say(m, " %s", value);
      free(value);
    }
  }
  slip_text_free(text);
}

/* -> ok REVISION ENTRIES TOMBSTONES; the logical digest is pushed. */
static void say_fetched(machine* m, slip_status status, const slip_artifact_summary* s) {
  if (!done(m, status)) return;
  say(m, " %llu %llu %llu", (unsigned long long)s->cursor.revision, (unsigned long long)s->entries,
      (unsigned long long)s->tombstones);
  push(&m->texts, strdup(s->logical_digest));
}
static void run_download(machine* m) {
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  char* path = path_at(m, 2, "");
  say_fetched(m, slip_download(STORE, text_at(m, 1), path, NULL, &summary, &m->error), &summary);
  free(path);
}
static void run_bootstrap(machine* m) {
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  char* url = fold_url_at(m, 2);
  say_fetched(m, slip_bootstrap(STORE, text_at(m, 1), url, NULL, &summary, &m->error), &summary);
  free(url);
}

const step publish_steps[] = {
    {"store_open", 1, run_store_open},
    {"store_free", 0, run_store_free},
    {"object_get", 1, run_object_get},
    {"object_put", 2, run_object_put},
    {"object_create", 2, run_object_create},
    {"object_put_if", 2, run_object_put_if},
    {"object_list", 2, run_object_list},
    {"object_remove", 1, run_object_remove},
    {"publish", 2, run_publish},
    {"pointer", 1, run_pointer},
    {"download", 2, run_download},
    {"bootstrap", 2, run_bootstrap},
    {NULL, 0, NULL},
};
