// Section VERSION.
#include <cstring>

#include "slipstream.h"

#define SLIP_TEXT_OF(value) #value
#define SLIP_TEXT(value) SLIP_TEXT_OF(value)

namespace {

constexpr const char* kFeatures[] = {"mem", "nats", "tls", "lmdb", "zstd", "objects.local"};

}  // namespace

const char* slip_version(void) {
  return SLIP_TEXT(SLIP_VERSION_MAJOR) "." SLIP_TEXT(SLIP_VERSION_MINOR) "." SLIP_TEXT(
      SLIP_VERSION_PATCH);
}

uint32_t slip_abi_epoch(void) { return SLIP_ABI_EPOCH; }

int slip_feature(const char* name) {
  if (name == nullptr) return 0;
  for (const char* feature : kFeatures)
    if (std::strcmp(feature, name) == 0) return 1;
  return 0;
}
