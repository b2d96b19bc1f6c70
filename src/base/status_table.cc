#include "base/status_table.h"

#include <algorithm>
#include <iterator>

namespace slip {
namespace {

#define SLIP_STATUS_ROW(status, retriable, text) \
  { status, retriable, #status, text }

// Retriable means that the same call may succeed later without a change by the caller. An
// INDETERMINATE write may have happened, so that repeating it is the caller's decision.
constexpr slip_status_row kTable[] = {
    SLIP_STATUS_ROW(SLIP_OK, 0, "success"),
    SLIP_STATUS_ROW(SLIP_NOT_FOUND, 0, "no such key, object, pointer or file"),
    SLIP_STATUS_ROW(SLIP_EXISTS, 0, "it is there already"),
    SLIP_STATUS_ROW(SLIP_CONFLICT, 0,
                    "a compare-and-swap lost: the revision or tag is another one"),
    SLIP_STATUS_ROW(SLIP_TIMEOUT, 1, "the stated time passed"),
    SLIP_STATUS_ROW(SLIP_END, 0, "nothing more will come"),
    SLIP_STATUS_ROW(SLIP_INTERRUPTED, 1, "this one waiting call was interrupted"),
    SLIP_STATUS_ROW(SLIP_CANCELLED, 0, "the watch was cancelled"),
    SLIP_STATUS_ROW(SLIP_SUPERSEDED, 0, "something newer is published already"),
    SLIP_STATUS_ROW(SLIP_NOT_EMPTY, 0, "the destination holds something"),
    SLIP_STATUS_ROW(SLIP_INVALID, 0, "an argument is missing, malformed or of the wrong kind"),
    SLIP_STATUS_ROW(SLIP_MISUSE, 0, "right call, wrong moment"),
    SLIP_STATUS_ROW(SLIP_CLOSED, 0, "the handle was closed"),
    SLIP_STATUS_ROW(SLIP_DEADLOCK, 0, "a blocking call from a callback would wait for itself"),
    SLIP_STATUS_ROW(SLIP_UNSUPPORTED, 0, "this kind of thing, or this server, cannot do that"),
    SLIP_STATUS_ROW(SLIP_UNKNOWN_OPTION, 0, "no option of that name"),
    SLIP_STATUS_ROW(SLIP_OUT_OF_BOUNDS, 0, "the value of an option is outside its bounds"),
    SLIP_STATUS_ROW(SLIP_FORKED, 0, "the handle belongs to the parent process"),
    SLIP_STATUS_ROW(SLIP_TOO_LARGE, 0, "a key, value or message is over a stated limit"),
    SLIP_STATUS_ROW(SLIP_OUT_OF_MEMORY, 1, "memory could not be allocated"),
    SLIP_STATUS_ROW(SLIP_BUSY, 1, "held by another writer"),
    SLIP_STATUS_ROW(SLIP_NO_SPACE, 1, "disk, quota or map is full"),
    SLIP_STATUS_ROW(SLIP_IO, 0, "reading or writing failed"),
    SLIP_STATUS_ROW(SLIP_PERMISSION_DENIED, 0, "the system or the server forbids it to this user"),
    SLIP_STATUS_ROW(SLIP_UNREACHABLE, 1, "no connection, or it broke"),
    SLIP_STATUS_ROW(SLIP_UNAUTHORIZED, 0, "the credentials were refused"),
    SLIP_STATUS_ROW(SLIP_NO_JETSTREAM, 0, "the server or account has JetStream switched off"),
    SLIP_STATUS_ROW(SLIP_BUCKET_NOT_FOUND, 0, "no such bucket"),
    SLIP_STATUS_ROW(SLIP_BUCKET_EXISTS, 0, "a bucket of that name has another configuration"),
    SLIP_STATUS_ROW(SLIP_CONFIG_MISMATCH, 0, "the server did not take the configuration"),
    SLIP_STATUS_ROW(SLIP_BUCKET_FULL, 1, "the bucket is full and discards new values"),
    SLIP_STATUS_ROW(SLIP_SERVER, 0, "another error of the server"),
    SLIP_STATUS_ROW(SLIP_INDETERMINATE, 0, "no answer: the write may or may not have happened"),
    SLIP_STATUS_ROW(SLIP_CORRUPT, 0, "stored bytes are damaged"),
    SLIP_STATUS_ROW(SLIP_NEWER_FORMAT, 0, "written by a later version"),
    SLIP_STATUS_ROW(SLIP_NOT_OURS, 0, "the path holds something that the library did not make"),
    SLIP_STATUS_ROW(SLIP_IDENTITY_MISMATCH, 0, "it is of another bucket"),
    SLIP_STATUS_ROW(SLIP_ARTIFACT_INVALID, 0, "the artifact is incomplete, altered or hostile"),
    SLIP_STATUS_ROW(SLIP_SUSPECT, 0, "a power loss may have damaged it: rebuild it"),
    SLIP_STATUS_ROW(SLIP_CURSOR_EXPIRED, 0, "updates after the cursor may be gone from the server"),
    SLIP_STATUS_ROW(SLIP_STREAM_RECREATED, 0, "the bucket was deleted and made anew"),
    SLIP_STATUS_ROW(SLIP_STREAM_REWOUND, 0, "the server went back to before the cursor"),
    SLIP_STATUS_ROW(SLIP_SCOPE_MISMATCH, 0, "the fold was made for another scope"),
    SLIP_STATUS_ROW(SLIP_AUDIT_MISMATCH, 0, "fold and bucket hold different numbers of keys"),
    SLIP_STATUS_ROW(SLIP_CALLBACK_FAILED, 0, "a callback broke its contract"),
    SLIP_STATUS_ROW(SLIP_INTERNAL, 0, "a defect of the library: please report it"),
    SLIP_STATUS_ROW(SLIP_USER_FIRST, 0, "this and above: of a callback of the caller"),
};
#undef SLIP_STATUS_ROW

}  // namespace

const slip_status_row* status_table(size_t* count) {
  *count = std::size(kTable);
  return kTable;
}

const slip_status_row* find_status(slip_status status) {
  const auto* row = std::lower_bound(
      std::begin(kTable), std::end(kTable), status,
      [](const slip_status_row& candidate, slip_status value) { return candidate.status < value; });
  return row != std::end(kTable) && row->status == status ? row : nullptr;
}

const char* status_name(slip_status status) {
  const slip_status_row* row = find_status(status);
  return row != nullptr ? row->name : "SLIP_?";
}

}  // namespace slip
