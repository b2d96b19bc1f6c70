#include "one_file_fold.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What precedes a row's key and value in the file; the file begins with the size of the meta, the
 * number of rows, and the meta. In the byte order of this machine. */
typedef struct {
  uint64_t key_size, value_size, revision;
  int64_t timestamp_ns, ttl_ns;
  uint32_t operation, flags;
} Head;

/* One committed state. It never changes, so a snapshot is a reference to it, and its rows are given
 * out as they lie in the file's bytes. */
typedef struct {
  size_t references, count, meta_size;
  char *bytes;
  size_t size;
  slip_update *rows; /* ascending by key */
} State;

typedef struct {
  char path[4096];
  int lock;
  pthread_mutex_t mutex; /* of the pointer and the references */
  State *newest;
} Store;

typedef struct {
  const State *state;
  size_t next; /* of the rows; descending: one above it */
  int reverse;
} Scan;

static slip_status failed(slip_status status, const char *doing, const char *path, char *text,
                          size_t text_size) {
  snprintf(text, text_size, "cannot %s %s: %s", doing, path, strerror(errno));
  return errno == ENOSPC ? SLIP_NO_SPACE : status;
}

static int compare(slip_bytes a, const void *key, size_t size) {
  const size_t common = a.size < size ? a.size : size;
  const int order = common == 0 ? 0 : memcmp(a.data, key, common);
  return order != 0 ? order : (a.size > size) - (a.size < size);
}

/* The number of rows below `key`, or, with `inclusive`, not above it. */
static size_t rank_of(const State *state, const void *key, size_t size, int inclusive) {
  size_t low = 0, high = state->count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const int order = compare(state->rows[middle].key, key, size);
    if (order < 0 || (inclusive && order == 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

static void forget(State *state) {
  free(state->rows);
  free(state->bytes);
  free(state);
}

/* The state that `bytes` describe, which become its own; NULL: they do not, or no memory. */
static State *read_state(char *bytes, size_t size) {
  uint64_t sizes[2] = {0, 0};
  State *state = calloc(1, sizeof *state);
  if (state == NULL) return NULL;
  state->references = 1;
  state->bytes = bytes;
  state->size = size;
  if (size == 0) return state;
  if (size < sizeof sizes) return forget(state), NULL;
  memcpy(sizes, bytes, sizeof sizes);
  size_t at = sizeof sizes;
  if (sizes[0] > size - at || sizes[1] > size / sizeof(Head)) return forget(state), NULL;
  at += state->meta_size = sizes[0];
  state->rows = calloc(sizes[1] + 1, sizeof *state->rows);
  if (state->rows == NULL) return forget(state), NULL;
  for (; state->count < sizes[1]; ++state->count) {
    Head head;
    slip_update *row = &state->rows[state->count];
    if (size - at < sizeof head) return forget(state), NULL;
    memcpy(&head, bytes + at, sizeof head);
    at += sizeof head;
    if (head.key_size > size - at || head.value_size > size - at - head.key_size)
      return forget(state), NULL;
    row->key = (slip_bytes){(const uint8_t *)bytes + at, head.key_size};
    row->value = (slip_bytes){(const uint8_t *)bytes + at + head.key_size, head.value_size};
    row->revision = head.revision;
    row->timestamp_ns = head.timestamp_ns;
    row->ttl_ns = head.ttl_ns;
    row->operation = head.operation;
    row->flags = head.flags;
    at += head.key_size + head.value_size;
  }
  return state;
}

/* --- the functions ----------------------------------------------------------------------------- */

static slip_status snapshot_open(void *user, void **out_snapshot, slip_bytes *out_meta, char *text,
                                 size_t text_size) {
  Store *store = user;
  (void)text, (void)text_size;
  pthread_mutex_lock(&store->mutex);
  State *state = store->newest;
  ++state->references;
  pthread_mutex_unlock(&store->mutex);
  *out_snapshot = state;
  if (state->meta_size > 0)
    *out_meta = (slip_bytes){(const uint8_t *)state->bytes + 2 * sizeof(uint64_t),
                             state->meta_size};
  return SLIP_OK;
}

static void release(Store *store, State *state) {
  pthread_mutex_lock(&store->mutex);
  const size_t left = --state->references;
  pthread_mutex_unlock(&store->mutex);
  if (left == 0) forget(state);
}
static void snapshot_close(void *user, void *snapshot) { release(user, snapshot); }

static slip_status get(void *user, void *snapshot, const void *key, size_t key_size,
                       slip_update *out_row, char *text, size_t text_size) {
  const State *state = snapshot;
  (void)user, (void)text, (void)text_size;
  const size_t at = rank_of(state, key, key_size, 0);
  if (at == state->count || compare(state->rows[at].key, key, key_size) != 0) return SLIP_NOT_FOUND;
  *out_row = state->rows[at];
  return SLIP_OK;
}

static slip_status scan_open(void *user, void *snapshot, const void *from, size_t from_size,
                             int reverse, void **out_scan, char *text, size_t text_size) {
  const State *state = snapshot;
  Scan *scan = malloc(sizeof *scan);
  (void)user, (void)text, (void)text_size;
  if (scan == NULL) return SLIP_OUT_OF_MEMORY;
  scan->state = state;
  scan->reverse = reverse;
  scan->next = reverse ? state->count : 0;
  if (from_size > 0) scan->next = rank_of(state, from, from_size, reverse);
  *out_scan = scan;
  return SLIP_OK;
}

static slip_status scan_next(void *user, void *scan_, slip_update *out_rows, size_t capacity,
                             size_t *out_count, char *text, size_t text_size) {
  Scan *scan = scan_;
  (void)user, (void)text, (void)text_size;
  while (*out_count < capacity && (scan->reverse ? scan->next > 0 : scan->next < scan->state->count))
    out_rows[(*out_count)++] = scan->state->rows[scan->reverse ? --scan->next : scan->next++];
  return *out_count > 0 ? SLIP_OK : SLIP_END;
}

static void scan_close(void *user, void *scan) {
  (void)user;
  free(scan);
}

/* --- a commit ---------------------------------------------------------------------------------- */

static void append(char **at, const void *bytes, size_t size) {
  if (size > 0) memcpy(*at, bytes, size);
  *at += size;
}

static void append_row(char **at, const slip_update *row) {
  const Head head = {row->key.size, row->value.size, row->revision,  row->timestamp_ns,
                     row->ttl_ns,   row->operation,  row->flags};
  append(at, &head, sizeof head);
  append(at, row->key.data, row->key.size);
  append(at, row->value.data, row->value.size);
}

/* Rows and changes are both ascending: one walk over the two, and a third over what goes. */
static char *merge(const State *old, const slip_fold_changes *changes, size_t *out_size) {
  uint64_t sizes[2] = {changes->meta.size, 0};
  size_t room = old->size + sizeof sizes + changes->meta.size;
  for (size_t i = 0; i < changes->put_count; ++i)
    room += sizeof(Head) + changes->puts[i].key.size + changes->puts[i].value.size;
  char *bytes = malloc(room), *at = bytes + sizeof sizes;
  if (bytes == NULL) return NULL;
  append(&at, changes->meta.data, changes->meta.size);
  size_t put = 0, removal = 0;
  for (size_t i = 0; i < old->count || put < changes->put_count;) {
    const slip_update *row = i < old->count ? &old->rows[i] : NULL;
    int order = row == NULL ? 1 : -1;
    if (row != NULL && put < changes->put_count)
      order = compare(row->key, changes->puts[put].key.data, changes->puts[put].key.size);
    if (order >= 0) { /* the put comes first, or in the row's place */
      append_row(&at, &changes->puts[put++]);
      ++sizes[1];
      i += order == 0;
      continue;
    }
    ++i;
    if (removal < changes->removal_count &&
        compare(row->key, changes->removals[removal].data, changes->removals[removal].size) == 0) {
      ++removal;
      continue;
    }
    append_row(&at, row);
    ++sizes[1];
  }
  memcpy(bytes, sizes, sizeof sizes);
  *out_size = (size_t)(at - bytes);
  return bytes;
}

/* Written beside it, on the disk, and then renamed: one file or the other is there, whole. */
static slip_status write_file(const char *path, const char *bytes, size_t size, char *text,
                              size_t text_size) {
  char beside[4200], folder[4096];
  snprintf(beside, sizeof beside, "%s.new", path);
  snprintf(folder, sizeof folder, "%s", path);
  char *slash = strrchr(folder, '/');
  if (slash != NULL) slash[1] = '\0';
  const int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return failed(SLIP_IO, "make", beside, text, text_size);
  for (size_t done = 0; done < size;) {
    const ssize_t wrote = write(file, bytes + done, size - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      const slip_status status = failed(SLIP_IO, "write", beside, text, text_size);
      close(file);
      return status;
    }
    done += (size_t)wrote;
  }
  if (fsync(file) != 0) {
    const slip_status status = failed(SLIP_IO, "sync", beside, text, text_size);
    close(file);
    return status;
  }
  close(file);
  if (rename(beside, path) != 0) return failed(SLIP_IO, "rename", beside, text, text_size);
  const int directory = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || fsync(directory) != 0) {
    const slip_status status = failed(SLIP_IO, "sync the folder of", path, text, text_size);
    if (directory >= 0) close(directory);
    return status;
  }
  close(directory);
  return SLIP_OK;
}

/* The file is there before its state is: where the folder could not be synced, the library asks which
 * of the two holds, and is told the former one, from which it commits again. */
static slip_status commit(void *user, const slip_fold_changes *changes, char *text,
                          size_t text_size) {
  Store *store = user;
  size_t size = 0;
  char *bytes = merge(store->newest, changes, &size);
  State *next = bytes == NULL ? NULL : read_state(bytes, size);
  if (next == NULL) return SLIP_OUT_OF_MEMORY;
  const slip_status status = write_file(store->path, bytes, size, text, text_size);
  if (status != SLIP_OK) {
    forget(next);
    return status;
  }
  pthread_mutex_lock(&store->mutex);
  State *former = store->newest;
  store->newest = next;
  pthread_mutex_unlock(&store->mutex);
  release(store, former);
  return SLIP_OK;
}

/* --- beginning and end ------------------------------------------------------------------------- */

static slip_status close_store(void *user, char *text, size_t text_size) {
  Store *store = user;
  (void)text, (void)text_size;
  close(store->lock); /* and with it the lock */
  store->lock = -1;
  return SLIP_OK;
}

static void destroy(void *user) {
  Store *store = user;
  if (store->lock >= 0) close(store->lock);
  if (store->newest != NULL) release(store, store->newest);
  pthread_mutex_destroy(&store->mutex);
  free(store);
}

static slip_status load(Store *store, char *text, size_t text_size) {
  char *bytes = NULL;
  size_t size = 0;
  FILE *file = fopen(store->path, "rbe");
  if (file == NULL && errno != ENOENT) return failed(SLIP_IO, "open", store->path, text, text_size);
  if (file != NULL) {
    struct stat info;
    if (fstat(fileno(file), &info) == 0) bytes = malloc((size_t)info.st_size + 1);
    if (bytes != NULL) size = fread(bytes, 1, (size_t)info.st_size, file);
    fclose(file);
    if (bytes == NULL) return SLIP_OUT_OF_MEMORY;
  }
  store->newest = read_state(bytes, size);
  if (store->newest != NULL) return SLIP_OK;
  snprintf(text, text_size, "%s is damaged (remove it, and fill the fold anew)", store->path);
  return SLIP_CORRUPT;
}

slip_status one_file_fold(const char *path, slip_fold_functions *out, char *text,
                          size_t text_size) {
  char beside[4200];
  Store *store = calloc(1, sizeof *store);
  if (store == NULL) return SLIP_OUT_OF_MEMORY;
  pthread_mutex_init(&store->mutex, NULL);
  snprintf(store->path, sizeof store->path, "%s", path);
  snprintf(beside, sizeof beside, "%s.lock", path);
  slip_status status = SLIP_OK;
  store->lock = open(beside, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (store->lock < 0) status = failed(SLIP_IO, "open", beside, text, text_size);
  else if (flock(store->lock, LOCK_EX | LOCK_NB) != 0)
    status = failed(SLIP_BUSY, "lock", beside, text, text_size);
  if (status == SLIP_OK) status = load(store, text, text_size);
  if (status != SLIP_OK) {
    destroy(store);
    return status;
  }
  out->user = store;
  out->snapshot_open = snapshot_open;
  out->snapshot_close = snapshot_close;
  out->get = get;
  out->scan_open = scan_open;
  out->scan_next = scan_next;
  out->scan_close = scan_close;
  out->commit = commit; /* durable when it returns: no sync */
  out->close = close_store;
  out->destroy = destroy;
  return SLIP_OK;
}

/* What `slipstream fold conformance --library libonefile.so` calls. */
__attribute__((visibility("default"))) slip_status slip_fold_conformance_open(
    const char *directory, slip_fold_functions *out, char *text, size_t text_size);
slip_status slip_fold_conformance_open(const char *directory, slip_fold_functions *out, char *text,
                                       size_t text_size) {
  char path[4096];
  snprintf(path, sizeof path, "%s/fold", directory);
  return one_file_fold(path, out, text, text_size);
}
