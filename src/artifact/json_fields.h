// What manifests and pointers have in common in JSON. Pure; any thread. Statuses are INVALID with a
// sentence about the member; the caller knows what kind of thing is at fault.
#ifndef SLIP_ARTIFACT_JSON_FIELDS_H
#define SLIP_ARTIFACT_JSON_FIELDS_H

#include <cstdint>
#include <string>
#include <vector>

#include "base/cursor.h"
#include "base/json.h"
#include "base/status.h"

namespace slip {

void write_strings(JsonWriter* json, const std::vector<std::string>& strings);
Result<int64_t> i64_at(const JsonValue& object, const char* name);
// An array of at most `count_max` strings.
Result<std::vector<std::string>> strings_at(const JsonValue& object, const char* name,
                                            size_t count_max);
// A normalised scope.
Result<Scope> scope_at(const JsonValue& object, const char* name);
// A legal bucket name, an epoch, and a revision that something can follow.
Status check_identity(const Identity& identity, uint64_t revision);
bool is_sha256(const std::string& text);  // 64 lower-case hex digits

}  // namespace slip
#endif
