#include "fold/append_log/entry.h"

#include <new>

#include "base/checksum.h"

namespace slip::append_log {
namespace {

constexpr uint32_t kStoredFlags = SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER;

template <typename Head>
Head* allocate(Slab& slab, size_t tail_bytes) {
  return new (slab.allocate(sizeof(Head) + tail_bytes)) Head;
}

size_t ttl_size_of(const Update& update) { return update.ttl_ns != 0 ? sizeof update.ttl_ns : 0; }

// All but the value.
void describe(Version* version, const Update& update, uint64_t born, size_t value_size) {
  version->born = born;
  version->revision = update.revision;
  version->timestamp_ns = update.timestamp_ns;
  version->has_ttl = update.ttl_ns != 0;
  version->value_size = static_cast<uint32_t>(value_size);
  version->operation = static_cast<uint8_t>(update.operation);
  version->flags = static_cast<uint8_t>(update.flags & kStoredFlags);
  static_assert(kStoredFlags <= UINT8_MAX);
  if (version->has_ttl) memcpy(version->tail(), &update.ttl_ns, sizeof update.ttl_ns);
}

template <typename Head>
void free_head(Head* head, size_t tail_bytes) {
  head->~Head();
  Slab::free(head, sizeof(Head) + tail_bytes);
}

}  // namespace

void Freed::operator()(Version* version) const {
  if (version != nullptr) free_head(version, version->ttl_size() + version->stored_size());
}
void Freed::operator()(Entry* entry) const {
  if (entry != nullptr) free_head(entry, entry->key_size);
}

OwnVersion make_version(Slab& slab, const Update& update, uint64_t born) {
  const Bytes value = is_live(update) ? value_of(update) : Bytes();
  OwnVersion version(allocate<Version>(slab, ttl_size_of(update) + value.size()));
  describe(version.get(), update, born, value.size());
  if (!value.empty()) memcpy(version->tail() + version->ttl_size(), value.data(), value.size());
  return version;
}

OwnVersion make_version_on_disk(Slab& slab, const Update& update, uint64_t born, uintptr_t place) {
  const size_t ttl_size = ttl_size_of(update);
  OwnVersion version(allocate<Version>(slab, ttl_size + sizeof(Version::Place)));
  version->on_disk = true;
  describe(version.get(), update, born, update.value.size);
  new (version->tail() + ttl_size) Version::Place(place);
  return version;
}

OwnVersion make_gone(Slab& slab, uint64_t born) {
  OwnVersion version(allocate<Version>(slab, 0));
  version->born = born;
  return version;
}

OwnEntry make_entry(Slab& slab, Bytes key, uint64_t hash) {
  OwnEntry entry(allocate<Entry>(slab, key.size()));
  entry->hash = static_cast<uint32_t>(hash);
  entry->key_size = static_cast<uint32_t>(key.size());
  memcpy(static_cast<void*>(entry.get() + 1), key.data(), key.size());
  return entry;
}

uint64_t hash_of(Bytes key) { return xxh3(key); }

Update update_of(const Entry& entry, const Version& version) {
  Update update{};
  update.key = as_slip_bytes(entry.key());
  update.value = as_slip_bytes(version.value());
  update.revision = version.revision;
  update.timestamp_ns = version.timestamp_ns;
  update.ttl_ns = version.ttl_ns();
  update.operation = version.operation;
  update.flags = version.flags;
  return update;
}

}  // namespace slip::append_log
