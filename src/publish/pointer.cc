#include <algorithm>

#include "artifact/json_fields.h"
#include "base/checksum.h"
#include "base/json.h"
#include "base/utf8.h"
#include "publish/publish.h"

namespace slip {
namespace {

constexpr size_t kNonceBytesMax = 64;

Status fault(std::string sentence) { return Status(SLIP_CORRUPT, std::move(sentence)); }

std::string format(const Pointer& pointer, const std::string& digest) {
  JsonWriter json(2);
  json.begin_object();
  json.member_u64("schema", pointer.schema).member_u64("generation", pointer.generation);
  json.member("nonce", pointer.nonce);
  json.key("recent").begin_array();
  for (const auto& [generation, nonce] : pointer.recent)
    json.begin_object().member_u64("generation", generation).member("nonce", nonce).end_object();
  json.end_array();
  json.member("bucket", pointer.identity.bucket);
  json.key("scope");
  write_strings(&json, pointer.scope.prefixes);
  json.member_u64("epoch", pointer.identity.epoch).member_u64("revision", pointer.revision);
  json.member("payload", pointer.payload).member("sha256", pointer.manifest_sha256);
  json.key("doomed");
  write_strings(&json, pointer.doomed);
  json.member("pin", pointer.pin).member("digest", digest).end_object();
  return json.take() + "\n";
}

Status check_nonce(const std::string& nonce) {
  if (nonce.empty() || nonce.size() > kNonceBytesMax) return fault("a nonce is not one");
  return Status();
}

Status parse_recent(const JsonValue& root, Pointer* pointer) {
  const JsonValue list = root.get("recent");
  if (!list.is_array()) return fault("\"recent\" is not an array");
  if (list.size() > kPointerRecentMax)
    return fault("\"recent\" has " + std::to_string(list.size()) + " elements, over " +
                 std::to_string(kPointerRecentMax));
  for (const JsonValue& item : list.items()) {
    SLIP_ASSIGN(const uint64_t generation, item.u64_at("generation"));
    SLIP_ASSIGN(std::string nonce, item.string_at("nonce"));
    SLIP_TRY(check_nonce(nonce));
    pointer->recent.emplace_back(generation, std::move(nonce));
  }
  return Status();
}

Status parse_schema(const JsonValue& root, Pointer* pointer) {
  SLIP_ASSIGN(const uint64_t schema, root.u64_at("schema"));
  if (schema > kPointerSchema)
    return Status(SLIP_NEWER_FORMAT, "its schema " + std::to_string(schema) +
                                         " was written by a later version (use that one)");
  if (schema != kPointerSchema) return fault("its schema is " + std::to_string(schema));
  pointer->schema = static_cast<uint32_t>(schema);
  return Status();
}

Status parse_target(const JsonValue& root, Pointer* pointer) {
  SLIP_ASSIGN(pointer->identity.bucket, root.string_at("bucket"));
  SLIP_ASSIGN(pointer->identity.epoch, root.u64_at("epoch"));
  SLIP_ASSIGN(pointer->revision, root.u64_at("revision"));
  SLIP_TRY(check_identity(pointer->identity, pointer->revision));
  SLIP_ASSIGN(pointer->scope, scope_at(root, "scope"));
  SLIP_ASSIGN(pointer->payload, root.string_at("payload"));
  SLIP_TRY(check_object_name(pointer->payload));
  SLIP_ASSIGN(pointer->manifest_sha256, root.string_at("sha256"));
  if (!is_sha256(pointer->manifest_sha256)) return fault("its sha256 is not one");
  return Status();
}

Result<Pointer> parse(std::string_view text) {
  SLIP_ASSIGN(const JsonDocument document, JsonDocument::parse(text, kPointerBytesMax));
  const JsonValue root = document.root();
  if (!root.is_object()) return fault("it is not a JSON object");
  Pointer pointer;
  SLIP_TRY(parse_schema(root, &pointer));
  SLIP_ASSIGN(pointer.generation, root.u64_at("generation"));
  SLIP_ASSIGN(pointer.nonce, root.string_at("nonce"));
  SLIP_TRY(check_nonce(pointer.nonce));
  SLIP_TRY(parse_recent(root, &pointer));
  SLIP_TRY(parse_target(root, &pointer));
  SLIP_ASSIGN(pointer.doomed, strings_at(root, "doomed", kPointerDoomedMax));
  SLIP_ASSIGN(pointer.pin, root.string_at("pin"));
  const std::string digest = sha256_hex(format(pointer, ""));
  if (root.get("digest").as_string() != digest)
    return fault("its digest is not that of its content: it was altered");
  if (format(pointer, digest) != text) return fault("it is not written as it must be");
  return pointer;
}

}  // namespace

std::string format_pointer(const Pointer& pointer) {
  return format(pointer, sha256_hex(format(pointer, "")));
}

Result<Pointer> parse_pointer(std::string_view json) {
  Result<Pointer> pointer = parse(json);
  // What the JSON reader finds fault with is the pointer's fault.
  if (pointer.status().is(SLIP_INVALID)) return fault(pointer.status().message());
  return pointer;
}

}  // namespace slip
