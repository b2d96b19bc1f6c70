// What the fold holds in memory of one key: an entry, and under it the versions that somebody can
// still see, newest first. Each is one block of a slab, its bytes behind it.
#ifndef SLIP_FOLD_APPEND_LOG_ENTRY_H
#define SLIP_FOLD_APPEND_LOG_ENTRY_H

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

#include "base/update.h"
#include "fold/append_log/slab.h"

namespace slip::append_log {

struct Version {
  // Written by the writer alone; walked by pinned readers.
  std::atomic<Version*> older{nullptr};
  uint64_t born = 0;  // the sequence of the commit that brought it
  uint64_t revision = 0;
  int64_t timestamp_ns = 0;
  uint32_t value_size = 0;
  uint8_t operation = 0;  // 0: the key is gone, tombstone and all
  uint8_t flags = 0;
  bool has_ttl = false;  // it stands before the value
  bool on_disk = false;  // in place of the value stands where it lies, see Values

  bool gone() const { return operation == 0; }
  bool live() const { return operation == SLIP_PUT; }
  Bytes value() const {
    const char* const value = tail() + ttl_size();
    return Bytes(on_disk ? reinterpret_cast<const char*>(place()->load()) : value, value_size);
  }
  int64_t ttl_ns() const {
    int64_t ttl_ns = 0;
    if (has_ttl) memcpy(&ttl_ns, tail(), sizeof ttl_ns);
    return ttl_ns;
  }
  // Of a value on disk. Changed by whoever changes the table, read by pinned readers.
  using Place = std::atomic<uintptr_t>;
  const Place* place() const { return reinterpret_cast<const Place*>(tail() + ttl_size()); }
  Place* place() { return reinterpret_cast<Place*>(tail() + ttl_size()); }
  size_t stored_size() const { return on_disk ? sizeof(Place) : value_size; }
  size_t ttl_size() const { return has_ttl ? sizeof(int64_t) : 0; }
  const char* tail() const { return reinterpret_cast<const char*>(this + 1); }
  char* tail() { return reinterpret_cast<char*>(this + 1); }
};
static_assert(sizeof(Version) == 40 && sizeof(Version::Place) == 8);

struct Entry {
  std::atomic<Version*> head{nullptr};
  uint32_t hash = 0;  // the lower half
  uint32_t key_size = 0;

  Bytes key() const { return Bytes(reinterpret_cast<const char*>(this + 1), key_size); }
};

struct Freed {
  void operator()(Version* version) const;
  void operator()(Entry* entry) const;  // not its versions
};
using OwnVersion = std::unique_ptr<Version, Freed>;
using OwnEntry = std::unique_ptr<Entry, Freed>;

// Copies the bytes. `born` of a version is the caller's.
OwnVersion make_version(Slab& slab, const Update& update, uint64_t born);
// With its value in the log, at `place`.
OwnVersion make_version_on_disk(Slab& slab, const Update& update, uint64_t born, uintptr_t place);
OwnVersion make_gone(Slab& slab, uint64_t born);
OwnEntry make_entry(Slab& slab, Bytes key, uint64_t hash);
uint64_t hash_of(Bytes key);

// What a reader of the state `sequence` sees under a key, or null. Pinned.
inline const Version* visible(const Entry& entry, uint64_t sequence) {
  const Version* version = entry.head.load();
  while (version != nullptr && version->born > sequence) version = version->older.load();
  return version == nullptr || version->gone() ? nullptr : version;
}
// Views into both.
Update update_of(const Entry& entry, const Version& version);

}  // namespace slip::append_log
#endif
