/* machine SCRIPT LOG URL DIRECTORY FOLDS: run the script, write each step with its result.
 * README.md. */
#include "machine.h"

#include <stdarg.h>
#include <stdio.h>

void machine_fails(const char* format, ...) {
  va_list list;
  va_start(list, format);
  fprintf(stderr, "machine: ");
  vfprintf(stderr, format, list);
  fprintf(stderr, "\n");
  va_end(list);
  exit(2);
}

void say(machine* m, const char* format, ...) {
  va_list list;
  char* more = NULL;
  va_start(list, format);
  const int size = vasprintf(&more, format, list);
  va_end(list);
  m->out = realloc(m->out, m->out_size + (size_t)size + 1);
  memcpy(m->out + m->out_size, more, (size_t)size + 1);
  m->out_size += (size_t)size;
  free(more);
}

char* encoded(const void* data, size_t size) {
  const unsigned char* bytes = data;
  char* text = malloc(size * 3 + 2);
  char* end = text;
  if (size == 0) *end++ = '%';
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] > ' ' && bytes[i] < 127 && bytes[i] != '%' && bytes[i] != ':')
      *end++ = (char)bytes[i];
    else
      end += sprintf(end, "%%%02X", bytes[i]);
  }
  *end = '\0';
  return text;
}

char* update_text(const machine* m, const slip_update* u) {
  static const char* const names[] = {"?", "put", "delete", "purge"};
  char* key = encoded(u->key.data, u->key.size);
  char* value = encoded(u->value.data, u->value.size);
  char more[80] = "";
  char* text = NULL;
  if (m->times)
    snprintf(more, sizeof more, ":%lld:%lld", (long long)u->timestamp_ns, (long long)u->ttl_ns);
  if (asprintf(&text, "%s:%s:%s:%llu:%u%s", names[u->operation < 4 ? u->operation : 0], key, value,
               (unsigned long long)u->revision, u->flags, more) < 0)
    machine_fails("no memory");
  free(key);
  free(value);
  return text;
}

void say_update(machine* m, const slip_update* update) {
  char* text = update_text(m, update);
  say(m, " %s", text);
  free(text);
}

int done(machine* m, slip_status status) {
  if (status == SLIP_OK) {
    say(m, "ok");
  } else {
    const slip_status code = slip_error_code(m->error);
    say(m, "%s %d %s", status < SLIP_USER_FIRST ? slip_status_name(status) : "user", (int)status,
        slip_error_is_retriable(m->error) ? "retriable" : "final");
    if (code != status || slip_error_message(m->error)[0] == '\0')
      machine_fails("the error of status %d has %d and \"%s\"", (int)status, (int)code,
                    slip_error_message(m->error));
    free(m->sentence);
    m->sentence = strdup(slip_error_message(m->error));
  }
  slip_error_free(m->error);
  m->error = NULL;
  return status == SLIP_OK;
}

/* --- words ------------------------------------------------------------------------------------ */

static word decoded(const char* from, size_t size) {
  word w = {malloc(size + 1), 0};
  const char* end = from + size;
  if (size == 1 && *from == '%') from = end;
  while (from < end) {
    if (*from == '%') {
      const char digits[3] = {from[1], from[2], '\0'};
      w.data[w.size++] = (char)strtoul(digits, NULL, 16);
      from += 3;
    } else {
      w.data[w.size++] = *from++;
    }
  }
  w.data[w.size] = '\0';
  return w;
}

static void split(machine* m, const char* line) {
  m->word_count = 0;
  while (*line != '\0') {
    const size_t size = strcspn(line, " ");
    if (m->word_count == WORDS_MAX) machine_fails("too many words: %s", line);
    m->raw[m->word_count] = strndup(line, size);
    m->words[m->word_count++] = decoded(line, size);
    line += size;
    if (*line == ' ') ++line;
  }
}

const word* fields_at(machine* m, int i, int count) {
  const char* from = m->raw[i];
  const word* first = &m->fields[m->field_count];
  if (m->field_count + count > FIELDS_MAX) machine_fails("too many fields");
  for (int f = 0; f < count; ++f) {
    const size_t size = strcspn(from, ":");
    m->fields[m->field_count++] = decoded(from, size);
    from += size;
    if ((*from == ':') != (f + 1 < count)) machine_fails("not %d fields: %s", count, m->raw[i]);
    ++from;
  }
  return first;
}

slip_bytes bytes_of(const word* w) {
  const slip_bytes bytes = {(const uint8_t*)w->data, w->size};
  return bytes;
}

uint32_t operation_of(const word* name) {
  if (strcmp(name->data, "put") == 0) return SLIP_PUT;
  if (strcmp(name->data, "delete") == 0) return SLIP_DELETE;
  if (strcmp(name->data, "purge") == 0) return SLIP_PURGE;
  machine_fails("no operation %s", name->data);
}

static void forget_words(machine* m) {
  for (int i = 0; i < m->word_count; ++i) {
    free(m->raw[i]);
    free(m->words[i].data);
  }
  for (int i = 0; i < m->field_count; ++i) free(m->fields[i].data);
  m->word_count = m->field_count = 0;
}

const char* text_at(const machine* m, int i) { return m->words[i].data; }

uint64_t number_at(const machine* m, int i) { return strtoull(m->words[i].data, NULL, 10); }

char* path_at(const machine* m, int i, const char* scheme) {
  char* path = NULL;
  if (asprintf(&path, "%s%s/%s", scheme, m->directory, m->words[i].data) < 0)
    machine_fails("no memory");
  return path;
}

char* fold_url_at(const machine* m, int i) {
  char scheme[sizeof m->kind + 1];
  snprintf(scheme, sizeof scheme, "%s:", m->kind);
  return path_at(m, i, scheme);
}

/* One of NAME=TEXT, NAME=u64:N, NAME=bool:B, NAME=add:TEXT, NAME=text: (from the stack). */
static slip_status set_option(machine* m, slip_options* options, const char* setting) {
  char* name = strdup(setting);
  char* value = strchr(name, '=');
  slip_status status;
  if (value == NULL) machine_fails("no option: %s", setting);
  *value++ = '\0';
  if (strncmp(value, "u64:", 4) == 0) {
    status = slip_options_set_u64(options, name, strtoull(value + 4, NULL, 10), &m->error);
  } else if (strncmp(value, "bool:", 5) == 0) {
    status = slip_options_set_bool(options, name, atoi(value + 5), &m->error);
  } else if (strncmp(value, "add:", 4) == 0) {
    status = slip_options_add(options, name, value + 4, &m->error);
  } else if (strcmp(value, "text:") == 0) {
    char* text = pop(&m->texts);
    status = slip_options_set_string(options, name, text, &m->error);
    free(text);
  } else {
    status = slip_options_set_string(options, name, value, &m->error);
  }
  free(name);
  return status;
}

int options_at(machine* m, int i, int32_t kind, slip_options** out) {
  *out = NULL;
  if (i >= m->word_count) return 1;
  slip_status status = slip_options_new(kind, out, &m->error);
  for (; status == SLIP_OK && i < m->word_count; ++i) status = set_option(m, *out, text_at(m, i));
  if (status == SLIP_OK) return 1;
  done(m, status);
  slip_options_free(*out);
  *out = NULL;
  return 0;
}

/* --- stacks ----------------------------------------------------------------------------------- */

void push(stack* s, void* item) {
  if (s->count == STACK_MAX) machine_fails("a stack is full");
  s->items[s->count++] = item;
}

void* top(const stack* s) {
  if (s->count == 0) machine_fails("a stack is empty");
  return s->items[s->count - 1];
}

void* pop(stack* s) {
  void* item = top(s);
  --s->count;
  return item;
}

void push_cursor(machine* m, slip_cursor cursor) {
  if (m->cursor_count == STACK_MAX) machine_fails("the stack of cursors is full");
  m->cursors[m->cursor_count++] = cursor;
}

slip_cursor pop_cursor(machine* m) {
  if (m->cursor_count == 0) machine_fails("the stack of cursors is empty");
  return m->cursors[--m->cursor_count];
}

void push_text(machine* m, slip_text* text) {
  push(&m->texts, strdup(slip_text_string(text)));
  slip_text_free(text);
}

char* json_member(const char* json, const char* name) {
  char pattern[64];
  snprintf(pattern, sizeof pattern, "\"%s\"", name);
  const char* at = strstr(json, pattern);
  if (at == NULL) return strdup("");
  at += strlen(pattern) + strspn(at + strlen(pattern), ": \n");
  if (*at == '"') {
    ++at;
    return strndup(at, strcspn(at, "\""));
  }
  return strndup(at, strspn(at, "0123456789"));
}

/* --- the run ---------------------------------------------------------------------------------- */

static const step* find_step(const char* name) {
  static const step* const tables[] = {library_steps, bucket_steps, watch_steps, fold_steps,
                                       publish_steps};
  for (size_t t = 0; t < sizeof tables / sizeof tables[0]; ++t)
    for (const step* s = tables[t]; s->name != NULL; ++s)
      if (strcmp(s->name, name) == 0) return s;
  machine_fails("no step %s", name);
}

static void run_line(machine* m, char* line, FILE* log) {
  line[strcspn(line, "\n")] = '\0';
  if (line[0] == '\0' || line[0] == '#') return;
  char* arrow = strstr(line, " -> ");
  if (arrow != NULL) *arrow = '\0';
  split(m, line);
  const step* s = find_step(text_at(m, 0));
  if (m->word_count <= s->words) machine_fails("too few words: %s", line);
  m->out_size = 0;
  s->run(m);
  fprintf(log, "%s -> %s\n", line, m->out);
  fflush(log);
  forget_words(m);
}

static void check_empty(const machine* m) {
  const stack* const stacks[] = {&m->connections, &m->buckets, &m->folds, &m->watches,
                                 &m->snapshots,   &m->stores,  &m->texts};
  int left = m->cursor_count;
  for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; ++i) left += stacks[i]->count;
  if (left != 0) machine_fails("the script leaves %d things on the stacks", left);
}

int main(int count, char** arguments) {
  if (count != 6) machine_fails("usage: machine SCRIPT LOG URL DIRECTORY FOLDS");
  machine m;
  memset(&m, 0, sizeof m);
  m.url = arguments[3];
  m.directory = arguments[4];
  snprintf(m.kind, sizeof m.kind, "%s", arguments[5]);
  FILE* script = fopen(arguments[1], "r");
  FILE* log = fopen(arguments[2], "w");
  if (script == NULL || log == NULL) machine_fails("cannot open the script or the log");
  char* line = NULL;
  size_t room = 0;
  while (getline(&line, &room, script) >= 0) run_line(&m, line, log);
  check_empty(&m);
  free(line);
  free(m.out);
  free(m.sentence);
  fclose(script);
  if (fclose(log) != 0) machine_fails("cannot write the log");
  return 0;
}
