// The first byte says which checks are off.
#include "fold/append_log/hidden.h"
#include "base/guard.h"
#include "fuzz/targets.h"

namespace fuzz {

void hidden(std::string_view bytes) {
  if (bytes.empty()) return;
  const bool ordered = (bytes[0] & 2) == 0;
  slip::guard_switch("hidden_checksum", (bytes[0] & 1) == 0);
  slip::guard_switch("hidden_order", ordered);
  slip::append_log::HiddenSet set;
  const slip::Status decoded = slip::append_log::decode_hidden(bytes.substr(1), "it", &set);
  slip::guard_switch("hidden_checksum", true);
  slip::guard_switch("hidden_order", true);
  if (!decoded.ok()) {
    if (!set.empty()) __builtin_trap();
    return;
  }
  // What is taken is written again, but for the checksum, byte for byte, and hides what it says.
  if (slip::append_log::encode_hidden(set).substr(8) != bytes.substr(9)) __builtin_trap();
  if (!ordered) return;
  for (const slip::RevisionRange& range : set.ranges())
    if (!set.contains(range.from) || !set.contains(range.to - 1) || set.contains(range.to))
      __builtin_trap();
}

}  // namespace fuzz
