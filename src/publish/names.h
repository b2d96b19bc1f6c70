// The names of what is published under a key. Pure; any thread.
#ifndef SLIP_PUBLISH_NAMES_H
#define SLIP_PUBLISH_NAMES_H

#include <cstdint>
#include <string>

#include "base/status.h"

namespace slip {

// INVALID: not an object name, or too long for the names below it.
Status check_publish_key(const std::string& key);
std::string pointer_name(const std::string& key);
// Every payload of the key begins with it.
std::string payloads_prefix(const std::string& key);
// The content address of a payload: what is under it never changes.
std::string payload_name(const std::string& key, uint64_t revision,
                         const std::string& manifest_sha256);

}  // namespace slip
#endif
