#include "fold/lmdb/record.h"

#include <cassert>
#include <cstring>

#include "base/checksum.h"
#include "base/guard.h"

namespace slip::lmdb {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "records are copied as they lie in memory");

struct Header {
  uint64_t checksum;
  uint64_t revision;
  int64_t timestamp_ns;
  uint8_t operation;
  uint8_t shape;
  uint16_t flags;
};
constexpr size_t kHeaderBytes = 28;
static_assert(offsetof(Header, flags) + sizeof(uint16_t) == kHeaderBytes);

constexpr uint8_t kHasTtl = 1;
constexpr uint8_t kHasKey = 2;
constexpr uint32_t kStoredFlags = SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER;

uint64_t checksum_of(Bytes stored_key, Bytes rest) {
  const uint64_t key = xxh3(stored_key);
  return xxh3(rest) ^ (key << 1 | key >> 63);
}

uint8_t shape_of(const Update& update) {
  return static_cast<uint8_t>((update.ttl_ns != 0 ? kHasTtl : 0) |
                              (is_long(key_of(update)) ? kHasKey : 0));
}

size_t prelude_size(uint8_t shape, size_t key_size) {
  return kHeaderBytes + ((shape & kHasTtl) != 0 ? sizeof(int64_t) : 0) +
         ((shape & kHasKey) != 0 ? sizeof(uint16_t) + key_size : 0);
}

char* put(char* out, const void* bytes, size_t size) {
  if (size > 0) memcpy(out, bytes, size);
  return out + size;
}

// Takes `size` bytes off the front of `rest`; false where there are not as many.
bool take(Bytes* rest, size_t size, Bytes* out) {
  if (rest->size() < size) return false;
  *out = rest->substr(0, size);
  rest->remove_prefix(size);
  return true;
}

// The key of a long record must be the one that its stored key was made from.
bool take_key(Bytes* rest, Bytes stored_key, Bytes* key) {
  Bytes size_bytes;
  if (!take(rest, sizeof(uint16_t), &size_bytes)) return false;
  uint16_t size = 0;
  memcpy(&size, size_bytes.data(), sizeof size);
  return take(rest, size, key) && is_long(*key) && stored_key.size() == kStoredKeyBytes &&
         shared_prefix(*key) == shared_prefix(stored_key);
}

}  // namespace

std::string hash_long_key(Bytes key) {
  assert(is_long(key));
  std::string stored(shared_prefix(key));
  stored += sha256_raw(key);
  assert(stored.size() == kStoredKeyBytes);
  return stored;
}

size_t record_size(const Update& update) {
  const size_t value = is_live(update) ? update.value.size : 0;
  return prelude_size(shape_of(update), update.key.size) + value;
}

void write_record(char* out, Bytes stored_key, const Update& update) {
  Header header{};
  header.revision = update.revision;
  header.timestamp_ns = update.timestamp_ns;
  header.operation = static_cast<uint8_t>(update.operation);
  header.shape = shape_of(update);
  header.flags = static_cast<uint16_t>(update.flags & kStoredFlags);
  char* at = put(out, &header, kHeaderBytes);
  if ((header.shape & kHasTtl) != 0) at = put(at, &update.ttl_ns, sizeof update.ttl_ns);
  if ((header.shape & kHasKey) != 0) {
    const auto size = static_cast<uint16_t>(update.key.size);
    at = put(at, &size, sizeof size);
    at = put(at, update.key.data, update.key.size);
  }
  if (is_live(update)) at = put(at, update.value.data, update.value.size);
  const Bytes rest(out + sizeof header.checksum,
                   static_cast<size_t>(at - out) - sizeof header.checksum);
  const uint64_t checksum = checksum_of(stored_key, rest);
  memcpy(out, &checksum, sizeof checksum);
}

bool read_record(Bytes stored_key, Bytes record, Update* out) {
  *out = Update{};
  out->key = as_slip_bytes(stored_key);
  if (record.size() < kHeaderBytes) return false;
  Header header{};
  memcpy(&header, record.data(), kHeaderBytes);
  const Bytes rest_of_record = record.substr(sizeof header.checksum);
  // guard: fold_record_checksum
  if (guard_on("fold_record_checksum") &&
      header.checksum != checksum_of(stored_key, rest_of_record))
    return false;
  Bytes rest = record.substr(kHeaderBytes);
  Bytes field;
  if ((header.shape & kHasTtl) != 0) {
    if (!take(&rest, sizeof out->ttl_ns, &field)) return false;
    memcpy(&out->ttl_ns, field.data(), sizeof out->ttl_ns);
  }
  const bool has_key = (header.shape & kHasKey) != 0;
  if (has_key != (stored_key.size() == kStoredKeyBytes)) return false;
  if (has_key) {
    if (!take_key(&rest, stored_key, &field)) return false;
    out->key = as_slip_bytes(field);
  }
  out->value = as_slip_bytes(rest);
  out->revision = header.revision;
  out->timestamp_ns = header.timestamp_ns;
  out->operation = header.operation;
  out->flags = header.flags;
  return header.operation >= SLIP_PUT && header.operation <= SLIP_PURGE;
}

}  // namespace slip::lmdb
