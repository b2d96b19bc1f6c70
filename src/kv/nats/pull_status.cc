#include "kv/nats/pull_status.h"

#include <string>

#include "kv/nats/redact.h"

namespace slip {
namespace {

constexpr size_t kShownBytesMax = 200;

bool begins(Bytes text, Bytes with) { return text.substr(0, with.size()) == with; }

PullStatus broken(slip_status code, bool retriable, const std::string& what, Bytes status,
                  Bytes description, SourceEvent event = SourceEvent::other) {
  std::string sentence = what + " (" + redacted(status.substr(0, kShownBytesMax));
  if (!description.empty()) sentence += " " + redacted(description.substr(0, kShownBytesMax));
  return PullStatus{PullVerdict::broken, Status(code, sentence + ")", retriable), event};
}

SourceEvent why_consumer_ended(Bytes description) {
  if (begins(description, "Consumer Deleted")) return SourceEvent::consumer_deleted;
  if (begins(description, "Server Shutdown")) return SourceEvent::server_shutdown;
  return SourceEvent::other;
}

}  // namespace

PullStatus judge_pull_status(Bytes code, Bytes description) {
  if (code == "100") return PullStatus{PullVerdict::heartbeat, Status(), SourceEvent::other};
  if (code == "404" || code == "408")
    return PullStatus{PullVerdict::ended, Status(), SourceEvent::other};
  if (code == "409") {
    if (begins(description, "Batch Completed"))
      return PullStatus{PullVerdict::ended, Status(), SourceEvent::other};
    if (begins(description, "Message Size Exceeds MaxBytes")) {
      return PullStatus{PullVerdict::too_small, Status(), SourceEvent::other};
    }
    if (begins(description, "Leadership Change")) {
      return PullStatus{PullVerdict::all_ended, Status(), SourceEvent::leader_changed};
    }
    if (begins(description, "Exceeded") || begins(description, "Consumer is push based")) {
      return broken(SLIP_SERVER, false, "the server's limits do not allow what is asked", code,
                    description);
    }
    return broken(SLIP_UNREACHABLE, true, "the server ended the consumer", code, description,
                  why_consumer_ended(description));
  }
  if (code == "400") {
    return broken(SLIP_INTERNAL, false, "the server does not understand what is asked", code,
                  description);
  }
  if (code == "503") {
    return broken(SLIP_UNREACHABLE, true, "the consumer's server is gone", code, description,
                  SourceEvent::leader_changed);
  }
  return broken(SLIP_SERVER, true, "the server says what is not known", code, description);
}

}  // namespace slip
