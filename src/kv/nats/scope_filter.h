// From a scope to the subjects that the server is asked for. Pure; any thread.
//
// Prefixes are bytes and subjects have tokens, so a prefix is cut after its last whole token and
// ends in a wildcard: more may come than is wanted, never less. Never a literal subject: servers
// before 2.15 lose updates of a consumer that has one among several, with every number in order.
#ifndef SLIP_KV_NATS_SCOPE_FILTER_H
#define SLIP_KV_NATS_SCOPE_FILTER_H

#include <cstddef>
#include <string>
#include <vector>

#include "base/cursor.h"
#include "base/update.h"

namespace slip {

// From so many filters on, receiving everything and dropping what is foreign costs less.
constexpr size_t kFiltersMax = 400;

struct ScopeFilter {
  std::vector<std::string> subjects;  // sorted, none covers another; none at all: everything
  bool exact = true;                  // nothing comes that is out of scope
};

// `subject_prefix`: "$KV.<bucket>.".
ScopeFilter scope_filter(const Scope& scope, const std::string& subject_prefix);

// The longest beginning of a prefix that consists of whole tokens, each of them with its dot, and
// that may stand in a filter.
Bytes whole_tokens(Bytes prefix);

}  // namespace slip
#endif
