// What is checked of a JSON text before cJSON sees it. Internal to base; pure.
#ifndef SLIP_BASE_JSON_SCAN_H
#define SLIP_BASE_JSON_SCAN_H

#include <string_view>
#include <vector>

#include "base/status.h"

namespace slip {

// RFC 8259 to the letter, and: well-formed UTF-8, no lone surrogate, no NUL, bounded depth, bounded
// number of values, bounded numbers, nothing after the value. INVALID with offset and reason. The
// literals of all numbers come back in the order of the text.
Result<std::vector<std::string_view>> scan_json(std::string_view text);

}  // namespace slip
#endif
