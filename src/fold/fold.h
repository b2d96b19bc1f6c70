// Folds: the current state of a bucket, kept with the cursor that says how current.
//
// A Fold is used by many threads; one writer at a time (see FoldWriter). A Snapshot's get and
// iterate may run on many threads at once. Contents, tombstones, counts, cursor, identity, scope
// and fingerprints change in one commit or not at all (P2).
#ifndef SLIP_FOLD_FOLD_H
#define SLIP_FOLD_FOLD_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/cursor.h"
#include "base/options.h"
#include "base/status.h"
#include "base/update.h"

namespace slip {

// What one retained update looked like: proof, later, that the server's history is still the same.
struct Fingerprint {
  uint64_t revision = 0;
  int64_t timestamp_ns = 0;
  uint64_t key_hash = 0;  // xxh3 of the key
};

// What a fold knows of itself, committed with its contents.
struct FoldMeta {
  Identity identity;
  Scope scope;
  uint64_t revision = 0;  // of the cursor
  uint64_t entries = 0;   // live
  uint64_t tombstones = 0;
  uint64_t payload_bytes = 0;             // of live keys and values
  bool loading = false;                   // a first load has not reached its end: reads say so
  bool repairing = false;                 // a repair began and has not ended: it starts again
  bool narrowing = false;                 // keys outside the scope are still being removed
  std::vector<Fingerprint> fingerprints;  // oldest first, kFingerprintsMax at most
  Cursor cursor() const { return Cursor{identity.epoch, revision}; }
};

// What a commit sets besides the entries.
struct Commit {
  Identity identity;      // must equal the fold's where that is bound: IDENTITY_MISMATCH
  Scope scope;            // must equal the fold's where that is bound: SCOPE_MISMATCH
  uint64_t revision = 0;  // the new cursor; not below the fold's
  bool loading = false;
};

struct RangeQuery {
  std::string prefix;
  std::string from;  // "" : at the prefix's edge
  bool reverse = false;
  bool tombstones = false;
  bool hidden = false;  // what was hidden too: for what counts, compares or copies a fold
  uint64_t limit = 0;   // 0: all
};

// Views live until the snapshot is refreshed or destroyed.
class FoldIterator {
 public:
  virtual ~FoldIterator() = default;
  // Fills up to `capacity` updates; 0 at the end.
  virtual Result<size_t> next(Update* out, size_t capacity) = 0;
};

class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual const FoldMeta& meta() const = 0;
  // The live entry, or NOT_FOUND. Zero-copy.
  virtual Status get(Bytes key, Update* out) = 0;
  virtual Result<std::unique_ptr<FoldIterator>> range(const RangeQuery& query) = 0;
  // MISUSE while an iterator is open.
  virtual Status refresh() = 0;
};

struct FoldStats {
  uint32_t format = 0;
  uint64_t file_bytes = 0;
  uint64_t free_bytes = 0;
  uint64_t commits = 0;
  uint64_t snapshots = 0;
  bool read_only = false;
};

// Of the bucket's stream: from `from` up to, but not including, `to`.
using RevisionRange = ::slip_revision_range;

// How a compaction ended (SLIP_COMPACTION_*), and what the log was before and after it.
struct Compaction {
  uint32_t outcome = SLIP_COMPACTION_SKIPPED;
  slip_status status = SLIP_OK;  // FAILED, INDETERMINATE: what went wrong
  std::string reason;            // the sentence for it, or why it was skipped
  uint64_t bytes_before = 0;
  uint64_t bytes_after = 0;
  uint64_t segments_before = 0;
  uint64_t segments_after = 0;
};

class Positions;

// The right to write a fold; one at a time, released when destroyed. Used by one thread at a time.
class FoldWriter {
 public:
  virtual ~FoldWriter() = default;
  // All of it, or nothing. An update whose revision is not above that of what is stored under its
  // key is skipped (revision 0 always counts: a synthetic delete, or a put of unknown revision,
  // which is kept under the commit's, 1 at least). Within one call the last update of a key wins.
  virtual Status apply(const Update* updates, size_t count, const Commit& commit) = 0;
  // Everything outside `scope`, which the fold's own covers, leaves the fold; the keys that did,
  // tombstones included. In several commits: where one fails, or the process ends, the fold has the
  // new scope and is `narrowing`, and is of no use until this is called again and succeeds.
  virtual Result<uint64_t> narrow(const Scope& scope);
};

// A fold being made from a sorted stream, of no use to anybody until commit(). Destroyed without
// it: removed.
class FoldLoader {
 public:
  virtual ~FoldLoader() = default;
  // Ascending by key, each key once, tombstones among them. After a failure nothing can be added.
  virtual Status add(const Update* updates, size_t count) = 0;
  // Synced, then visible at once. The counts are those of what was added, whatever `meta` says.
  virtual Status commit(const FoldMeta& meta) = 0;
};

class Fold {
 public:
  virtual ~Fold() = default;
  virtual const std::string& path() const = 0;
  // As of the last commit. Cheap: no I/O.
  virtual Result<FoldMeta> meta() = 0;
  virtual Result<std::unique_ptr<Snapshot>> snapshot() = 0;
  // BUSY where there is one already; PERMISSION_DENIED where the fold is read-only.
  virtual Result<std::unique_ptr<FoldWriter>> writer() = 0;
  virtual Result<FoldStats> stats() = 0;
  // Reads everything, compares checksums and counts; the records read.
  virtual Result<uint64_t> check() = 0;
  // Fills the fold itself, which must be empty (NOT_EMPTY) and without a writer (BUSY).
  // UNSUPPORTED: it has a URL, see load_fold().
  virtual Result<std::unique_ptr<FoldLoader>> loader();
  virtual Status sync() = 0;

  // The upkeep of an append log; UNSUPPORTED by default.
  // What a failure inside it leaves is told by the outcome: the call succeeds all the same.
  virtual Result<Compaction> compact();
  // The revisions that are read as absent. Durable when it returns; a snapshot keeps what it saw.
  virtual Status hide(RevisionRange range);
  virtual Status unhide(RevisionRange range);
  virtual Result<std::vector<RevisionRange>> hidden();

  // The consumers' positions beside it; null where the fold has no directory of its own.
  virtual Positions* positions() { return nullptr; }

  // Syncs, releases the path. BUSY while there is a writer. Idempotent. Snapshots live on.
  virtual Status close() = 0;
};

// "lmdb:PATH" or "append-log:PATH". INVALID: another scheme.
Result<std::shared_ptr<Fold>> open_fold(const std::string& url, const Options& options);
// The destination must be empty: NOT_EMPTY.
Result<std::unique_ptr<FoldLoader>> load_fold(const std::string& url);

// What is the same for every kind.
// Whether an update can be stored at all: INVALID, TOO_LARGE name it.
Status check_update(const Update& update, const std::string& path);
// The checks of a commit against what is stored, and the meta after it (fingerprints, cursor; the
// counts are the kind's own business).
Status check_commit(const FoldMeta& meta, const Commit& commit, const std::string& path);
void advance_meta(FoldMeta* meta, const Update* updates, size_t count, const Commit& commit);
// Whether the fold may become one of `scope`: SCOPE_MISMATCH.
Status check_narrow(const FoldMeta& meta, const Scope& scope, const std::string& path);
// What a fold whose narrowing has not ended says to everybody else: SCOPE_MISMATCH.
Status check_whole(const FoldMeta& meta, const std::string& path);

}  // namespace slip
#endif
