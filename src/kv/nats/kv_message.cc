#include "kv/nats/kv_message.h"

#include <array>

#include "kv/nats/time_text.h"

namespace slip {
namespace {

Bytes trimmed(Bytes text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

constexpr std::array<int8_t, 256> make_digits() {
  std::array<int8_t, 256> digits{};
  for (auto& digit : digits) digit = -1;
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int8_t i = 0; i < 64; ++i) digits[static_cast<unsigned char>(kAlphabet[i])] = i;
  return digits;
}
constexpr std::array<int8_t, 256> kBase64Digits = make_digits();

Status malformed(const char* what) {
  return Status(SLIP_SERVER, std::string("the server's answer has a malformed ") + what, false);
}

}  // namespace

void classify(const KvHeaders& headers, Update* update) {
  update->operation = SLIP_PUT;
  update->flags = 0;
  if (!headers.marker_reason.empty()) {
    update->operation = SLIP_PURGE;
    update->flags = SLIP_FLAG_MARKER;
    if (headers.marker_reason == "MaxAge") update->flags |= SLIP_FLAG_EXPIRED;
  } else if (headers.operation == "DEL") {
    update->operation = SLIP_DELETE;
  } else if (headers.operation == "PURGE") {
    update->operation = SLIP_PURGE;
  }
  if (update->operation != SLIP_PUT) update->value = slip_bytes{nullptr, 0};
  update->ttl_ns = headers.ttl.empty() ? 0 : parse_ttl_ns(headers.ttl).value_or(0);
}

KvHeaders parse_header_block(Bytes block) {
  KvHeaders headers;
  bool first = true;
  while (!block.empty()) {
    const size_t end = block.find("\r\n");
    const Bytes line = block.substr(0, end);
    block = end == Bytes::npos ? Bytes() : block.substr(end + 2);
    const size_t colon = line.find(':');
    if (first || colon == Bytes::npos) {
      first = false;
      continue;
    }
    const Bytes name = line.substr(0, colon);
    const Bytes value = trimmed(line.substr(colon + 1));
    if (name == "KV-Operation") headers.operation = value;
    if (name == "Nats-Marker-Reason") headers.marker_reason = value;
    if (name == "Nats-TTL") headers.ttl = value;
  }
  return headers;
}

std::optional<std::string> decode_base64(Bytes text) {
  if (text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  std::string decoded;
  decoded.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int8_t digit = kBase64Digits[static_cast<unsigned char>(c)];
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      decoded += static_cast<char>(bits >> count & 0xff);
    }
  }
  // What is left over are zero bits, as many as the padding says.
  if (count != padding * 2 || (bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return decoded;
}

Result<Entry> parse_stored_message(JsonValue message, Bytes subject_prefix) {
  const auto subject = message.get("subject").as_string();
  const auto sequence = message.get("seq").as_u64();
  const auto time = message.get("time").as_string();
  if (!subject || Bytes(*subject).substr(0, subject_prefix.size()) != subject_prefix) {
    return malformed("subject");
  }
  if (!sequence || *sequence == 0) return malformed("sequence number");
  const auto timestamp = time ? parse_rfc3339_ns(*time) : std::nullopt;
  if (!timestamp) return malformed("time");
  const auto data = decode_base64(message.get("data").as_string().value_or(std::string()));
  const auto block = decode_base64(message.get("hdrs").as_string().value_or(std::string()));
  if (!data) return malformed("value");
  if (!block) return malformed("header");
  Update update{};
  update.key = as_slip_bytes(Bytes(*subject).substr(subject_prefix.size()));
  update.value = as_slip_bytes(*data);
  update.revision = *sequence;
  update.timestamp_ns = *timestamp;
  classify(parse_header_block(*block), &update);
  return Entry(update);
}

}  // namespace slip
