// What a foreign fold knows of itself, as bytes that its caller stores beside the rows.
//
// Little-endian: XXH3-64 of what follows it, format u32, features u32 (0), sequence u64, digest
// u64, epoch u64, revision u64, entries u64, tombstones u64, payload bytes u64, marks u32, bucket,
// fingerprints, scope. Plain functions; any thread.
#ifndef SLIP_FOLD_FOREIGN_STORED_META_H
#define SLIP_FOLD_FOREIGN_STORED_META_H

#include <string>

#include "fold/fold.h"

namespace slip::foreign {

constexpr uint32_t kFormat = 1;

struct StoredMeta {
  FoldMeta meta;
  uint64_t sequence = 0;   // of the commit; 0: there was none
  uint64_t digest = 0;     // the sum of row_digest() of every row, modulo 2^64
  bool importing = false;  // an import began and has not ended: the rows are of no use
};

// Of everything that a row holds.
uint64_t row_digest(const Update& row);

// Counts and digest while rows come and go.
void count_row(StoredMeta* stored, const Update& row);
// False where there was not that much to take away.
bool uncount_row(StoredMeta* stored, const Update& row);

std::string encode_meta(const StoredMeta& stored);
// CORRUPT, NEWER_FORMAT; `fold` is for the sentence.
Status decode_meta(Bytes bytes, const std::string& fold, StoredMeta* out);

}  // namespace slip::foreign
#endif
