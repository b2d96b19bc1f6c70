/* Small helpers of the ABI tests: the output of a command, sorted lists of names. */
#ifndef TESTS_ABI_TEXT_H
#define TESTS_ABI_TEXT_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 512

typedef struct names {
  char* items[NAMES_MAX];
  size_t count;
} names;

static inline void names_add(names* list, const char* name, size_t size) {
  if (list->count == NAMES_MAX) abort();
  list->items[list->count++] = strndup(name, size);
}

static inline int names_compare(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

/* Sorted, each name once. */
static inline void names_sort(names* list) {
  qsort(list->items, list->count, sizeof list->items[0], names_compare);
  size_t kept = 0;
  for (size_t i = 0; i < list->count; ++i) {
    if (kept > 0 && strcmp(list->items[kept - 1], list->items[i]) == 0)
      free(list->items[i]);
    else
      list->items[kept++] = list->items[i];
  }
  list->count = kept;
}

static inline void names_free(names* list) {
  for (size_t i = 0; i < list->count; ++i) free(list->items[i]);
  list->count = 0;
}

static inline int names_has(const names* list, const char* name) {
  for (size_t i = 0; i < list->count; ++i)
    if (strcmp(list->items[i], name) == 0) return 1;
  return 0;
}

/* What a shell command prints, malloc'ed; aborts where it fails. */
static inline char* output_of(const char* command) {
  FILE* pipe = popen(command, "r");
  if (pipe == NULL) abort();
  size_t size = 0;
  size_t room = 1 << 16;
  char* text = malloc(room);
  size_t got;
  while ((got = fread(text + size, 1, room - size - 1, pipe)) > 0) {
    size += got;
    if (room - size < 4096) text = realloc(text, room *= 2);
  }
  text[size] = '\0';
  if (pclose(pipe) != 0) {
    fprintf(stderr, "failed: %s\n%s\n", command, text);
    abort();
  }
  return text;
}

/* Blanks out comments, in place. */
static inline void strip_comments(char* text) {
  char* start;
  while ((start = strstr(text, "/*")) != NULL) {
    char* end = strstr(start, "*/");
    if (end == NULL) abort();
    memset(start, ' ', (size_t)(end + 2 - start));
    text = end;
  }
}

#endif
