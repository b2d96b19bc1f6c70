// The first byte says which checks are off.
#include "base/guard.h"
#include "fold/positions.h"
#include "fuzz/targets.h"

namespace fuzz {

void position(std::string_view bytes) {
  if (bytes.empty()) return;
  slip::guard_switch("position_checksum", (bytes[0] & 1) == 0);
  slip::Position position;
  const slip::Status decoded = slip::decode_position(bytes.substr(1), "it", &position);
  slip::guard_switch("position_checksum", true);
  // What is taken is written again, but for the checksum, byte for byte.
  if (decoded.ok() && slip::encode_position(position).substr(8) != bytes.substr(9))
    __builtin_trap();
}

}  // namespace fuzz
