// The one place that takes credentials out of text. Pure; any thread.
#ifndef SLIP_KV_NATS_REDACT_H
#define SLIP_KV_NATS_REDACT_H

#include <string>
#include <string_view>

namespace slip {

// The text without what stands before an "@" in each of its words: `nats://user:secret@host`
// becomes `nats://host`, `user:secret@host` becomes `host`. Whatever a sentence takes from the NATS
// client or from a caller's URL goes through here.
std::string redacted(std::string_view text);

}  // namespace slip
#endif
