#include "kv/foreign/delivery_order.h"

#include <algorithm>
#include <string>

#include "base/cursor.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace slip {
namespace {

std::string number(uint64_t value) { return std::to_string(value); }

Status refused(const Update& update, const std::string& why) {
  return Status(SLIP_INVALID, "the update of key " + quoted(key_of(update)) + " " + why);
}

Status too_large(const char* what, size_t size, size_t limit) {
  return Status(SLIP_TOO_LARGE, std::string("a ") + what + " has " + number(size) +
                                    " bytes, the limit is " + number(limit));
}

bool is_view(slip_bytes bytes) { return bytes.data != nullptr || bytes.size == 0; }

}  // namespace

Status check_foreign_update(const Update& update, uint32_t flags_allowed) {
  if (!is_view(update.key) || !is_view(update.value))
    return Status(SLIP_INVALID, "an update's key or value is NULL and its size is not 0");
  if (update.key.size == 0) return Status(SLIP_INVALID, "an update has an empty key");
  if (update.key.size > kFoldKeyBytesMax)
    return too_large("key", update.key.size, kFoldKeyBytesMax);
  if (update.value.size > kValueBytesMax)
    return too_large("value", update.value.size, kValueBytesMax);
  if (update.operation < SLIP_PUT || update.operation > SLIP_PURGE)
    return refused(update, "has operation " + number(update.operation));
  if (!is_live(update) && update.value.size != 0)
    return refused(update, "is a delete or purge and has a value");
  if ((update.flags & ~flags_allowed) != 0)
    return refused(update,
                   "has flags " + number(update.flags) + ", allowed are " + number(flags_allowed));
  if (update.reserved[0] != 0 || update.reserved[1] != 0)
    return refused(update, "has reserved members that are not zero");
  if (update.ttl_ns < 0 && update.ttl_ns != SLIP_TTL_NEVER)
    return refused(update, "has ttl_ns " + std::to_string(update.ttl_ns));
  if (update.revision > kRevisionMax)
    return refused(update, "has revision 2^64-1, which nothing can follow");
  return Status();
}

Status DeliveryOrder::admit(const Update& update, bool counts, bool may_repeat) {
  const uint64_t revision = update.revision;
  if (in_state_) {
    newest_ = std::max(newest_, revision);
    return Status();
  }
  // guard: foreign_order
  if (!guard_on("foreign_order")) return Status();
  if (is_open() && revision != open_)
    return refused(update, "has revision " + number(revision) + ", but more of revision " +
                               number(open_) + " was to come (SLIP_FLAG_MORE)");
  if (!is_open() && revision != 0 && revision <= newest_ && !may_repeat)
    return refused(update,
                   "has revision " + number(revision) + ", which is not after " + number(newest_));
  SLIP_TRY(admit_run(update, counts));
  newest_ = std::max(newest_, revision);
  return Status();
}

Status DeliveryOrder::admit_run(const Update& update, bool counts) {
  const bool more = (update.flags & SLIP_FLAG_MORE) != 0;
  if (more && update.revision == 0)
    return refused(update, "has no revision of which more could come (SLIP_FLAG_MORE)");
  if (more || is_open()) {
    if (counts) run_.add(update);
    if (run_.updates > run_max_.updates || run_.bytes > run_max_.bytes)
      return Status(SLIP_TOO_LARGE, "revision " + number(update.revision) + " is larger than the " +
                                        number(run_max_.updates) + " updates and " +
                                        number(run_max_.bytes) + " bytes of the credit");
  }
  open_ = more ? update.revision : 0;
  if (!more) run_ = Amount{};
  return Status();
}

Status DeliveryOrder::reach(uint64_t revision, bool may_repeat) {
  if (revision > kRevisionMax)
    return Status(SLIP_INVALID, "progress to revision 2^64-1, which nothing can follow");
  if (is_open() && revision >= open_)
    return Status(SLIP_INVALID, "progress to revision " + number(revision) +
                                    ", but more of revision " + number(open_) +
                                    " is to come (SLIP_FLAG_MORE)");
  if (!may_repeat) newest_ = std::max(newest_, revision);
  return Status();
}

Status DeliveryOrder::end_state(uint64_t revision) {
  if (revision > kRevisionMax)
    return Status(SLIP_INVALID, "the state is said to be of revision 2^64-1");
  // guard: foreign_state_end
  if (guard_on("foreign_state_end") && revision < newest_)
    return Status(SLIP_INVALID, "the state is said to be of revision " + number(revision) +
                                    ", but an update of revision " + number(newest_) +
                                    " was delivered");
  in_state_ = false;
  newest_ = revision;
  return Status();
}

}  // namespace slip
