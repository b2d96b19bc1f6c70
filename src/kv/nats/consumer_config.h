// The configuration of our consumers as JSON, and what a server made of it. Pure; any thread.
#ifndef SLIP_KV_NATS_CONSUMER_CONFIG_H
#define SLIP_KV_NATS_CONSUMER_CONFIG_H

#include <string>

#include "base/cursor.h"
#include "base/json.h"
#include "kv/nats/scope_filter.h"

namespace slip {

struct PullConfig {
  std::string bucket;
  uint64_t from_revision = 1;
  bool last_per_key = false;  // then from_revision is not used, and there must be a filter
  ScopeFilter filter;
  Scope scope;  // what the filter is for
  bool headers_only = false;
  uint32_t incarnation = 1;
  size_t credit_updates = 20000;
  size_t credit_bytes = 32u << 20;
  int64_t idle_heartbeat_ms = 5000;
  // A consumer that we could not delete is gone so long after its last request: soon, because a
  // process that is killed again and again leaves one each time, and servers bound their number.
  int64_t inactive_ms = 30 * 1000;
};

// What stands after the API's prefix, and the body.
std::string create_operation(const PullConfig& config, const std::string& name);
std::string create_body(const PullConfig& config, const std::string& name);

// The "config" of the answer. True: the filter is as asked. False: the server does not know several
// filters (before 2.10), and the consumer has none. UNSUPPORTED: it is another consumer than asked.
Result<bool> check_echo(const PullConfig& config, JsonValue echoed);

}  // namespace slip
#endif
