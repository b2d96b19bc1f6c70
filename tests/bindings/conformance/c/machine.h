/* The machine that runs conformance.txt in C: its stacks, its words, and what the steps say.
 * README.md beside it has the language; each step is one function, in one of the machine_*.c. */
#ifndef TESTS_BINDINGS_CONFORMANCE_MACHINE_H
#define TESTS_BINDINGS_CONFORMANCE_MACHINE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* asprintf, memmem */
#endif

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "slipstream.h"
#ifdef CONFORMANCE_COVERED
#include CONFORMANCE_COVERED /* notes which functions were called */
#endif

enum { STACK_MAX = 16, WORDS_MAX = 64, FIELDS_MAX = 256, WAIT_MS = 60000 };

/* A decoded word: any bytes, with a NUL behind them. */
typedef struct word {
  char* data;
  size_t size;
} word;

typedef struct stack {
  void* items[STACK_MAX];
  int count;
} stack;

/* What a watch that calls has seen; filled by its own thread. */
typedef struct follower {
  pthread_mutex_t mutex;
  char* rejected; /* a prefix; "": nothing is rejected */
  char* seen;     /* updates, as they are printed      */
  uint64_t applied_revision;
  slip_status end_status;
  int ended;
} follower;

/* A watch that was opened or started; `follower` is NULL where it is pulled from. */
typedef struct watching {
  slip_watch* watch;
  follower* follower;
} watching;

typedef struct machine {
  const char* url;       /* of the bucket's server               */
  const char* directory; /* of everything that steps make        */
  char kind[32];         /* of folds: the scheme of their URLs   */
  stack connections, buckets, folds, watches, snapshots, stores, texts;
  slip_cursor cursors[STACK_MAX];
  int cursor_count;
  int times;            /* 1: updates are printed with timestamp and life */
  char* raw[WORDS_MAX]; /* the words of the step as they are written, and decoded */
  word words[WORDS_MAX];
  int word_count;
  word fields[FIELDS_MAX]; /* of updates and writes; they live until the step is done */
  int field_count;
  char* out; /* the result of the step */
  size_t out_size;
  slip_error* error; /* of the last call */
  char* sentence;    /* of the last one that failed */
} machine;

typedef struct step {
  const char* name;
  int words; /* behind the name, at least */
  void (*run)(machine*);
} step;

extern const step library_steps[], bucket_steps[], watch_steps[], fold_steps[], publish_steps[];

/* A defect of the script or of this machine, never of the library. */
void machine_fails(const char* format, ...) __attribute__((noreturn, format(printf, 1, 2)));

void say(machine* m, const char* format, ...) __attribute__((format(printf, 2, 3)));
/* A word as the script has it: %HH for what is not printable, "%" for no bytes. */
char* encoded(const void* data, size_t size);
/* One update, as its own words. */
char* update_text(const machine* m, const slip_update* update);
void say_update(machine* m, const slip_update* update);

/* "ok", or the status of m->error, which it frees; 1 where it was SLIP_OK. */
int done(machine* m, slip_status status);

/* Arguments of the step, from 1 on. */
const char* text_at(const machine* m, int i);
uint64_t number_at(const machine* m, int i);
/* The `count` fields of a word, which stand between colons. */
const word* fields_at(machine* m, int i, int count);
slip_bytes bytes_of(const word* w);
uint32_t operation_of(const word* name);
/* A path in the machine's directory behind `scheme`; freed by the caller. */
char* path_at(const machine* m, int i, const char* scheme);
char* fold_url_at(const machine* m, int i);
/* The options from word `i` on; 0 after a failure, which was said. NULL where there are none. */
int options_at(machine* m, int i, int32_t kind, slip_options** out);

void push(stack* s, void* item);
void* top(const stack* s);
void* pop(stack* s);
void push_cursor(machine* m, slip_cursor cursor);
slip_cursor pop_cursor(machine* m);
/* Copies the text, which is freed. */
void push_text(machine* m, slip_text* text);

/* The value of the first member `name` of a JSON text: digits, or a string without escapes. */
char* json_member(const char* json, const char* name);

#endif
