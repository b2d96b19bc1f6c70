// An open LMDB fold: its path, its claim on it, its environment, and what was committed last. The
// handle and its writer share one Store; the path is released by close() or with the last of them.
//
// Any thread. Two locks: `writing` is held by whoever changes the environment (a commit, a sync,
// the close), `mutex_` guards the small state that readers copy; `writing` is taken first.
#ifndef SLIP_FOLD_LMDB_STORE_H
#define SLIP_FOLD_LMDB_STORE_H

#include <memory>
#include <mutex>
#include <string>

#include "base/options.h"
#include "fold/fold.h"
#include "fold/lmdb/environment.h"
#include "fold/lmdb/registry.h"
#include "fold/lmdb/stored_meta.h"
#include "fold/positions.h"
#include "fold/root_claim.h"
#include "fs/file_system.h"

namespace slip::lmdb {

class Store {
 public:
  struct Request : RootRequest {
    Durability durability = Durability::meta;
  };
  static Result<std::shared_ptr<Store>> open(const Request& request);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& path() const { return path_; }
  bool read_only() const { return request_.read_only; }
  // CLOSED after close(). What is returned lives as long as somebody holds it.
  Result<std::shared_ptr<Environment>> environment() const;
  Result<FoldMeta> meta() const;
  uint64_t commits() const;

  // The right to write: BUSY, PERMISSION_DENIED, CLOSED.
  Status claim_writer();
  void release_writer();

  Status sync();
  Status close();
  Positions& positions() { return *positions_; }

  // --- for the writer, with `writing` held ----------------------------------------------------
  std::mutex writing;
  // A write transaction. Fails for ever after a sync that failed.
  Result<Txn> begin_write();
  const Environment& written() const { return *environment_; }
  // What is committed, to be advanced and handed to finish().
  const StoredMeta& committed() const { return stored_; }
  // Commits `txn` with `next` in it; `next` is what meta() gives from then on. After a failure
  // everything is as it was before.
  Status finish(Txn txn, StoredMeta next);
  // The sentence and status of a write that failed with one of LMDB's codes.
  Status write_failed(int code);

 private:
  explicit Store(const Request& request) : request_(request), path_(request.path) {}
  Status open_generation(FileSystem& fs);
  Status make_generation(FileSystem& fs);
  Status load_meta();
  Status check_mark();
  Status commit_durably(Txn txn, bool durable);
  void poison(const Status& reason);
  Status heal();
  Status sync_locked();

  const Request request_;
  std::string path_;
  HeldRoot root_;
  std::unique_ptr<Positions> positions_;

  mutable std::mutex mutex_;
  std::shared_ptr<Environment> environment_;  // changed under both locks; null once closed
  StoredMeta stored_;                         // changed under both locks, so read under either
  uint64_t commits_ = 0;
  bool writer_ = false;
  bool opened_ = false;  // open() succeeded: only then is anything written at the end
  bool closed_ = false;
  Status close_status_;
  Status poison_;  // under `writing`
};

// Meta and scope as `txn` sees them. NOT_FOUND where they were never written.
Status read_stored_meta(const Environment& environment, MDB_txn* txn, const std::string& path,
                        StoredMeta* out);
// LMDB's code.
int write_stored_meta(const Environment& environment, MDB_txn* txn, const StoredMeta& stored,
                      bool with_scope);

}  // namespace slip::lmdb
#endif
