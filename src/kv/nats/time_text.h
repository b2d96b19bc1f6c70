// Times and spans as the server writes them. Pure; any thread.
#ifndef SLIP_KV_NATS_TIME_TEXT_H
#define SLIP_KV_NATS_TIME_TEXT_H

#include <cstdint>
#include <optional>
#include <string_view>

namespace slip {

// RFC 3339 to the nanosecond: "2026-11-21T09:42:01.123456789Z", offsets too. Years 1970 to 2261.
std::optional<int64_t> parse_rfc3339_ns(std::string_view text);

// A span of the Go language, "1m0s", "1.5h", "300ms"; not negative.
std::optional<int64_t> parse_go_duration_ns(std::string_view text);

// The value of a Nats-TTL header: whole seconds, a Go span, or "never" (SLIP_TTL_NEVER).
std::optional<int64_t> parse_ttl_ns(std::string_view text);

}  // namespace slip
#endif
