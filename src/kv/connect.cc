// From a URL to the kind of connection that its scheme names.
#include <string>

#include "kv/bucket.h"
#include "kv/memory/memory_connection.h"
#include "kv/nats/nats_connection.h"

namespace slip {
namespace {

constexpr size_t kSchemeBytesMax = 16;

// Of a URL that we do not understand only a proper scheme is ever repeated: the rest of it may hold
// credentials.
std::string scheme_of(const std::string& url) {
  const size_t end = url.find("://");
  if (end == std::string::npos || end == 0 || end > kSchemeBytesMax) return std::string();
  for (size_t i = 0; i < end; ++i) {
    const char c = url[i];
    const bool proper = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!proper) return std::string();
  }
  return url.substr(0, end);
}

}  // namespace

Result<std::shared_ptr<Connection>> connect(const std::string& url, const Options& options) {
  const std::string scheme = scheme_of(url);
  if (scheme == "mem") return connect_memory(url);
  if (scheme == "nats" || scheme == "tls") return connect_nats(url, options);
  const std::string use = "use nats://HOST:PORT, tls://HOST:PORT, mem:// or mem://NAME";
  if (scheme.empty()) {
    return Status(SLIP_INVALID, "cannot connect: the URL has no scheme (" + use + ")");
  }
  return Status(SLIP_INVALID, "cannot connect: unknown scheme \"" + scheme + "\" (" + use + ")");
}

}  // namespace slip
