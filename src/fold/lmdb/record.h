// How an entry is stored: the key that LMDB sees, and the record under it.
//
// Keys of up to 510 bytes are stored as they are. Longer ones are stored as their first 479 bytes
// and the SHA-256 of the whole key: 511 bytes, LMDB's limit, so no ordinary key looks like one; the
// record then holds the whole key. Stored keys that share their first 479 bytes and have more than
// those form a group: only within it does LMDB's order differ from that of the keys.
//
// Record, little-endian: checksum u64, revision u64, timestamp_ns i64, operation u8, shape u8,
// flags u16; ttl_ns i64 where shape says so; key size u16 and key where shape says so; value. The
// checksum is XXH3-64 of all that follows it, mixed with that of the stored key.
//
// Plain functions; any thread.
#ifndef SLIP_FOLD_LMDB_RECORD_H
#define SLIP_FOLD_LMDB_RECORD_H

#include <string>

#include "base/update.h"

namespace slip::lmdb {

constexpr size_t kStoredKeyBytes = 511;  // of a long key
constexpr size_t kPlainKeyBytesMax = kStoredKeyBytes - 1;
constexpr size_t kSharedPrefixBytes = kStoredKeyBytes - 32;
// Keys in one group: they are put in order in memory, 80 bytes each.
constexpr size_t kGroupKeysMax = 250000;

inline bool is_long(Bytes key) { return key.size() > kPlainKeyBytesMax; }
// Whether a stored key belongs to a group that LMDB may have in another order than its keys.
inline bool is_grouped(Bytes stored_key) { return stored_key.size() > kSharedPrefixBytes; }
inline Bytes shared_prefix(Bytes key) { return key.substr(0, kSharedPrefixBytes); }
// Of a long key.
std::string hash_long_key(Bytes key);

size_t record_size(const Update& update);
void write_record(char* out, Bytes stored_key, const Update& update);
// False where the record is damaged. The views are into the arguments.
bool read_record(Bytes stored_key, Bytes record, Update* out);

}  // namespace slip::lmdb
#endif
