// A fold compared with the writer's own record: values, revisions and tombstones of every key.
#ifndef TESTS_SUPPORT_FOLD_CHECK_H
#define TESTS_SUPPORT_FOLD_CHECK_H

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "slipstream.h"
#include "support/validators.h"

namespace trace {

// Everything in a fold, tombstones too. Aborts where it cannot be read.
inline std::map<std::string, Last> contents(slip_fold* fold) {
  std::map<std::string, Last> all;
  slip_snapshot* snapshot = nullptr;
  slip_iterator* iterator = nullptr;
  slip_range range = SLIP_RANGE_INIT;
  range.tombstones = 1;
  if (slip_snapshot_open(fold, &snapshot, nullptr) != SLIP_OK) abort();
  if (slip_snapshot_range(snapshot, &range, &iterator, nullptr) != SLIP_OK) abort();
  const auto text = [](slip_bytes bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
  };
  slip_update page[64];
  size_t count = 0;
  slip_status status;
  while ((status = slip_iterator_next(iterator, page, 64, &count, nullptr)) == SLIP_OK)
    for (size_t i = 0; i < count; ++i)
      all[text(page[i].key)] = {page[i].operation, digest_of(text(page[i].value)),
                                page[i].revision};
  if (status != SLIP_END) abort();
  slip_iterator_free(iterator);
  slip_snapshot_free(snapshot);
  return all;
}

// The first difference, for a failing test's sentence; "" where equal. `scope`: as in Trace.
inline std::string fold_difference(const std::map<std::string, Last>& want,
                                   const std::map<std::string, Last>& have,
                                   const std::vector<std::string>& scope = {}) {
  const auto in_scope = [&](const std::string& key) {
    for (const std::string& prefix : scope)
      if (key.compare(0, prefix.size(), prefix) == 0) return true;
    return scope.empty();
  };
  for (const auto& [key, last] : want) {
    const auto found = have.find(key);
    const std::string what = "\"" + key.substr(0, 80) + "\" at " + std::to_string(last.revision);
    if (!in_scope(key)) continue;
    if (found == have.end()) return "lost: " + what;
    const Last& there = found->second;
    if (there.revision != last.revision)
      return "another revision: " + what + ", the fold has " + std::to_string(there.revision);
    if ((there.operation == SLIP_PUT) != (last.operation == SLIP_PUT))
      return (there.operation == SLIP_PUT ? "zombie: " : "lost: ") + what;
    if (there.operation != last.operation) return "another kind of tombstone: " + what;
    if (there.digest != last.digest) return "another value: " + what;
  }
  for (const auto& [key, last] : have)
    if (want.count(key) == 0 || !in_scope(key))
      return "never written: \"" + key.substr(0, 80) + "\" at " + std::to_string(last.revision);
  return "";
}

}  // namespace trace
#endif
