// Connections to the embedded server. Any thread.
//
// Buckets, listings and watchers hold the server and their connection's state, so any order of
// freeing is legal; closing the connection closes it for all of them.
#ifndef SLIP_KV_MEMORY_MEMORY_CONNECTION_H
#define SLIP_KV_MEMORY_MEMORY_CONNECTION_H

#include <memory>
#include <string>

#include "kv/bucket.h"

namespace slip {

// "mem://": a server of its own. "mem://NAME": the one that the process shares under NAME
// ([A-Za-z0-9_-]). INVALID: a malformed name.
Result<std::shared_ptr<Connection>> connect_memory(const std::string& url);

}  // namespace slip
#endif
