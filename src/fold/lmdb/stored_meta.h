// What a fold knows of itself, as it is stored: two records beside the entries. "meta" changes with
// every commit, "scope" only when the fold is bound to its bucket.
//
// Both begin with the XXH3-64 of what follows; that stays so in every format, so damage is told
// from a later version. Plain functions; any thread.
#ifndef SLIP_FOLD_LMDB_STORED_META_H
#define SLIP_FOLD_LMDB_STORED_META_H

#include <string>

#include "fold/fold.h"

namespace slip::lmdb {

constexpr char kMetaKey[] = "meta";
constexpr char kScopeKey[] = "scope";

struct StoredMeta {
  FoldMeta meta;
  // Not empty: commits since then may not be on the disk. The boot id of the machine that made
  // them, or kSyncFailed. A fold with another boot's mark is suspect.
  std::string unsynced;
};

constexpr char kSyncFailed[] = "sync failed";
// The mark of this boot, never empty.
std::string unsynced_mark();

std::string encode_meta(const StoredMeta& stored);
std::string encode_scope(const Scope& scope);
// CORRUPT, NEWER_FORMAT; `path` is for the sentence. The scope is a record of its own.
Status decode_meta(Bytes bytes, const std::string& path, StoredMeta* out);
Status decode_scope(Bytes bytes, const std::string& path, Scope* out);

}  // namespace slip::lmdb
#endif
