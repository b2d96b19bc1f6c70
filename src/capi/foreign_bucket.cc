// Section FOREIGN BUCKET.
#include "kv/foreign/foreign_bucket.h"

#include <utility>

#include "base/clock.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "kv/foreign/answer.h"
#include "kv/foreign/feed.h"

using namespace slip;
using namespace slip::capi;

namespace {

// A handle that the library gave out to a function of the caller.
template <typename T>
Argument lent(const T* object, const char* name) {
  if (object == nullptr) return {name, Problem::null};
  return {name, object->forked() ? Problem::forked : Problem::none};
}

}  // namespace

slip_status slip_bucket_open_foreign(const char* name, const slip_bucket_functions* functions,
                                     slip_bucket** out_bucket, slip_error** error) {
  ForeignFunctions owned;  // outside the guard: destroy is due whatever fails
  return guard(__func__, error,
               {input_struct(functions, &owned.functions, "functions"), given(name, "name"),
                output(out_bucket, "out_bucket")},
               [&]() -> Status {
                 SLIP_ASSIGN(auto bucket, open_foreign_bucket(name, std::move(owned)));
                 *out_bucket = std::make_unique<slip_bucket>(nullptr, std::move(bucket)).release();
                 return Status();
               });
}

slip_status slip_answer_add(slip_answer* answer, const slip_update* updates, size_t count,
                            slip_error** error) {
  return guard(__func__, error, {lent(answer, "answer"), bytes(updates, count, "updates")},
               [&] { return answer->add(updates, count); });
}

slip_status slip_feed_append(slip_feed* feed, const slip_update* updates, size_t count,
                             uint64_t first_delivery, int64_t timeout_ms, slip_error** error) {
  return guard(__func__, error, {lent(feed, "feed"), bytes(updates, count, "updates")}, [&] {
    return feed->feed->append(updates, count, first_delivery, deadline_after_ms(timeout_ms));
  });
}

slip_status slip_feed_progress(slip_feed* feed, uint64_t delivery, uint64_t revision,
                               slip_error** error) {
  return guard(__func__, error, {lent(feed, "feed")},
               [&] { return feed->feed->progress(delivery, revision); });
}

slip_status slip_feed_state_end(slip_feed* feed, uint64_t revision, slip_error** error) {
  return guard(__func__, error, {lent(feed, "feed")},
               [&] { return feed->feed->end_state(revision); });
}

slip_status slip_feed_end(slip_feed* feed, slip_status status, const char* text, int retriable,
                          slip_error** error) {
  return guard(__func__, error, {lent(feed, "feed")},
               [&] { return feed->feed->end(status, text, retriable != 0); });
}

void slip_feed_free(slip_feed* feed) {
  if (feed == nullptr || feed->forked()) return;
  feed->feed->abandon();
  delete feed;
}
