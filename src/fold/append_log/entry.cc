#include "fold/append_log/entry.h"

#include <cstring>
#include <new>

#include "base/checksum.h"

namespace slip::append_log {
namespace {

constexpr uint32_t kStoredFlags = SLIP_FLAG_EXPIRED | SLIP_FLAG_MARKER;

template <typename Head>
Head* allocate(Bytes tail) {
  void* memory = ::operator new(sizeof(Head) + tail.size());
  auto* head = new (memory) Head;
  if (!tail.empty()) memcpy(static_cast<void*>(head + 1), tail.data(), tail.size());
  return head;
}

template <typename Head>
void free_head(Head* head) {
  if (head == nullptr) return;
  head->~Head();
  ::operator delete(static_cast<void*>(head));
}

}  // namespace

void Freed::operator()(Version* version) const { free_head(version); }
void Freed::operator()(Entry* entry) const { free_head(entry); }

OwnVersion make_version(const Update& update, uint64_t born) {
  OwnVersion version(allocate<Version>(is_live(update) ? value_of(update) : Bytes()));
  version->born = born;
  version->revision = update.revision;
  version->timestamp_ns = update.timestamp_ns;
  version->ttl_ns = update.ttl_ns;
  version->value_size = is_live(update) ? static_cast<uint32_t>(update.value.size) : 0;
  version->operation = static_cast<uint8_t>(update.operation);
  version->flags = static_cast<uint8_t>(update.flags & kStoredFlags);
  static_assert(kStoredFlags <= UINT8_MAX);
  return version;
}

OwnVersion make_gone(uint64_t born) {
  OwnVersion version(allocate<Version>(Bytes()));
  version->born = born;
  return version;
}

OwnEntry make_entry(Bytes key, uint64_t hash) {
  OwnEntry entry(allocate<Entry>(key));
  entry->hash = static_cast<uint32_t>(hash);
  entry->key_size = static_cast<uint32_t>(key.size());
  return entry;
}

uint64_t hash_of(Bytes key) { return xxh3(key); }

const Version* visible(const Entry& entry, uint64_t sequence) {
  const Version* version = entry.head.load();
  while (version != nullptr && version->born > sequence) version = version->older.load();
  return version == nullptr || version->gone() ? nullptr : version;
}

Update update_of(const Entry& entry, const Version& version) {
  Update update{};
  update.key = as_slip_bytes(entry.key());
  update.value = as_slip_bytes(version.value());
  update.revision = version.revision;
  update.timestamp_ns = version.timestamp_ns;
  update.ttl_ns = version.ttl_ns;
  update.operation = version.operation;
  update.flags = version.flags;
  return update;
}

}  // namespace slip::append_log
