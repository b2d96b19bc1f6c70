// What the fold holds in memory of one key: an entry, and under it the versions that somebody can
// still see, newest first. Each is one allocation, its bytes behind it.
#ifndef SLIP_FOLD_APPEND_LOG_ENTRY_H
#define SLIP_FOLD_APPEND_LOG_ENTRY_H

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/update.h"

namespace slip::append_log {

struct Version {
  // Written by the writer alone; walked by pinned readers.
  std::atomic<Version*> older{nullptr};
  uint64_t born = 0;  // the sequence of the commit that brought it
  uint64_t revision = 0;
  int64_t timestamp_ns = 0;
  int64_t ttl_ns = 0;
  uint32_t value_size = 0;
  uint8_t operation = 0;  // 0: the key is gone, tombstone and all
  uint8_t flags = 0;

  bool gone() const { return operation == 0; }
  bool live() const { return operation == SLIP_PUT; }
  Bytes value() const { return Bytes(reinterpret_cast<const char*>(this + 1), value_size); }
};

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
OwnVersion make_version(const Update& update, uint64_t born);
OwnVersion make_gone(uint64_t born);
OwnEntry make_entry(Bytes key, uint64_t hash);
uint64_t hash_of(Bytes key);

// What a reader of the state `sequence` sees under a key, or null. Pinned.
const Version* visible(const Entry& entry, uint64_t sequence);
// Views into both.
Update update_of(const Entry& entry, const Version& version);

}  // namespace slip::append_log
#endif
