#include "kv/nats/pull_status.h"

#include <string>

#include "kv/nats/redact.h"

namespace slip {
namespace {

constexpr size_t kShownBytesMax = 200;

bool begins(Bytes text, Bytes with) { return text.substr(0, with.size()) == with; }

PullStatus broken(slip_status code, bool retriable, const std::string& what, Bytes status,
                  Bytes description) {
  std::string sentence = what + " (" + redacted(status.substr(0, kShownBytesMax));
  if (!description.empty()) sentence += " " + redacted(description.substr(0, kShownBytesMax));
  return PullStatus{PullVerdict::broken, Status(code, sentence + ")", retriable)};
}

}  // namespace

PullStatus judge_pull_status(Bytes code, Bytes description) {
  if (code == "100") return PullStatus{PullVerdict::heartbeat, Status()};
  if (code == "404" || code == "408") return PullStatus{PullVerdict::ended, Status()};
  if (code == "409") {
    if (begins(description, "Batch Completed")) return PullStatus{PullVerdict::ended, Status()};
    if (begins(description, "Message Size Exceeds MaxBytes")) {
      return PullStatus{PullVerdict::too_small, Status()};
    }
    if (begins(description, "Leadership Change")) {
      return PullStatus{PullVerdict::all_ended, Status()};
    }
    if (begins(description, "Exceeded") || begins(description, "Consumer is push based")) {
      return broken(SLIP_SERVER, false, "the server's limits do not allow what is asked", code,
                    description);
    }
    return broken(SLIP_UNREACHABLE, true, "the server ended the consumer", code, description);
  }
  if (code == "400") {
    return broken(SLIP_INTERNAL, false, "the server does not understand what is asked", code,
                  description);
  }
  if (code == "503") {
    return broken(SLIP_UNREACHABLE, true, "the consumer's server is gone", code, description);
  }
  return broken(SLIP_SERVER, true, "the server says what is not known", code, description);
}

}  // namespace slip
