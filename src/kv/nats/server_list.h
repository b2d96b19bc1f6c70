// The servers that a URL and the option "servers" name, and the credentials in it. Pure; any
// thread.
#ifndef SLIP_KV_NATS_SERVER_LIST_H
#define SLIP_KV_NATS_SERVER_LIST_H

#include <string>
#include <vector>

#include "base/status.h"

namespace slip {

struct ServerList {
  std::vector<std::string> urls;  // "nats://HOST:PORT", without credentials
  std::string addresses;          // "HOST:PORT, HOST:PORT": for sentences
  bool tls = false;               // one of them said tls://
  std::string user;
  std::string password;
  std::string token;
};

// `url` is "SCHEME://[user:password@|token@]host[:port][,more]". Credentials are percent-decoded
// and are the same for all servers. INVALID names the server by its number and repeats nothing of
// it.
Result<ServerList> parse_servers(const std::string& url, const std::vector<std::string>& more);

}  // namespace slip
#endif
