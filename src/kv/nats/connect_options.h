// From our options to the NATS client's: servers, credentials, TLS, reconnecting.
#ifndef SLIP_KV_NATS_CONNECT_OPTIONS_H
#define SLIP_KV_NATS_CONNECT_OPTIONS_H

#include "base/options.h"
#include "kv/nats/library.h"
#include "kv/nats/server_list.h"

namespace slip {

// Everything but the callbacks. INVALID: options that exclude each other, or a file that is missing
// or cannot be used; the sentence names option and file.
Result<NatsOptionsPtr> make_nats_options(const ServerList& servers, const Options& options);

}  // namespace slip
#endif
