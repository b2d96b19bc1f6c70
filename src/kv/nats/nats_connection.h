// Connections to NATS servers. Any thread.
//
// Buckets, listings and watchers hold the session, so any order of freeing is legal; closing the
// connection closes it for all of them.
#ifndef SLIP_KV_NATS_NATS_CONNECTION_H
#define SLIP_KV_NATS_NATS_CONNECTION_H

#include <memory>
#include <string>

#include "base/options.h"
#include "kv/bucket.h"

namespace slip {

// nats:// and tls:// URLs, with options of kind SLIP_OPTIONS_CONNECTION. INVALID: the URL or an
// option; UNREACHABLE, UNAUTHORIZED, TIMEOUT: as it went, naming the address, never the
// credentials.
Result<std::shared_ptr<Connection>> connect_nats(const std::string& url, const Options& options);

}  // namespace slip
#endif
