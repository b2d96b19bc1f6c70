/* The functions of a foreign bucket, handed on to Go. `user`, a listing and a source are numbers of
 * runtime/cgo's handles. */
#include "_cgo_export.h"
#include "glue.h"

static uintptr_t number(void* handle) { return (uintptr_t)handle; }

static slip_status info(void* user, slip_bucket_state* out_state, char* text, size_t text_size) {
  return slipgoInfo(number(user), out_state, text, text_size);
}
static slip_status get(void* user, const void* key, size_t key_size, slip_answer* answer,
                       char* text, size_t text_size) {
  return slipgoGet(number(user), (void*)key, key_size, answer, text, text_size);
}
static slip_status at_revision(void* user, uint64_t revision, slip_answer* answer, char* text,
                               size_t text_size) {
  return slipgoAtRevision(number(user), revision, answer, text, text_size);
}
static slip_status list_open(void* user, const void* prefix, size_t prefix_size, int with_values,
                             void** out_listing, char* text, size_t text_size) {
  uintptr_t listing = 0;
  const slip_status status =
      slipgoListOpen(number(user), (void*)prefix, prefix_size, with_values, &listing);
  *out_listing = (void*)listing;
  (void)text;
  (void)text_size;
  return status;
}
static slip_status list_next(void* user, void* listing, slip_answer* answer, char* text,
                             size_t text_size) {
  (void)user;
  return slipgoListNext(number(listing), answer, text, text_size);
}
static void list_close(void* user, void* listing) {
  (void)user;
  slipgoListClose(number(listing));
}
static slip_status watch(void* user, const slip_feed_request* request, slip_feed* feed,
                         void** out_source, char* text, size_t text_size) {
  uintptr_t source = 0;
  const slip_status status =
      slipgoWatch(number(user), (slip_feed_request*)request, feed, &source, text, text_size);
  *out_source = (void*)source;
  return status;
}
static void credit(void* user, void* source, size_t updates, size_t bytes) {
  (void)user;
  slipgoCredit(number(source), updates, bytes);
}
static void stop(void* user, void* source) {
  (void)user;
  slipgoStop(number(source));
}
static void destroy(void* user) { slipgoDestroy(number(user)); }

slip_status slipgo_bucket_open_foreign(const char* name, uintptr_t user, uint32_t capabilities,
                                       uint32_t has, slip_bucket** out_bucket, slip_error** error) {
  slip_bucket_functions functions = SLIP_BUCKET_FUNCTIONS_INIT;
  functions.capabilities = capabilities;
  functions.user = (void*)user;
  functions.info = info;
  functions.watch = watch;
  functions.stop = stop;
  functions.destroy = destroy;
  if (has & SLIPGO_HAS_GET) functions.get = get;
  if (has & SLIPGO_HAS_AT_REVISION) functions.at_revision = at_revision;
  if (has & SLIPGO_HAS_LIST) {
    functions.list_open = list_open;
    functions.list_next = list_next;
    functions.list_close = list_close;
  }
  if (has & SLIPGO_HAS_CREDIT) functions.credit = credit;
  return slip_bucket_open_foreign(name, &functions, out_bucket, error);
}
