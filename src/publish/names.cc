#include "publish/names.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "objects/object_store.h"

namespace slip {
namespace {

// The longest name below a key: "<key>.payloads/<16 hex>-<64 hex>/data/NNNNNN.rec".
constexpr size_t kNameRoomBytes = 128;

std::string hex16(uint64_t value) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text(16, '0');
  for (size_t i = text.size(); value != 0; value >>= 4) text[--i] = kHex[value & 15];
  return text;
}

}  // namespace

Status check_publish_key(const std::string& key) {
  const auto refused = [&key](const std::string& why) {
    return Status(SLIP_INVALID, "cannot publish under key " + quoted(key) + ": " + why);
  };
  if (key.size() > kObjectNameBytesMax - kNameRoomBytes)
    return refused("it is over " + std::to_string(kObjectNameBytesMax - kNameRoomBytes) + " bytes");
  Status name = check_object_name(key);
  if (name.ok()) name = check_object_name(pointer_name(key));
  return name.ok() ? name : refused(name.message());
}

std::string pointer_name(const std::string& key) { return key + ".pointer.json"; }

std::string payloads_prefix(const std::string& key) { return key + ".payloads/"; }

std::string payload_name(const std::string& key, uint64_t revision,
                         const std::string& manifest_sha256) {
  return payloads_prefix(key) + hex16(revision) + "-" + manifest_sha256;
}

}  // namespace slip
