// One LMDB environment: data.mdb and lock.mdb of one generation, mapped for as long as this object
// lives. A fold and its snapshots share it.
//
// Any thread; a write transaction is begun and ended on one thread.
#ifndef SLIP_FOLD_LMDB_ENVIRONMENT_H
#define SLIP_FOLD_LMDB_ENVIRONMENT_H

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "fold/lmdb/handles.h"

namespace slip::lmdb {

std::string data_path(const std::string& directory);

// What a commit survives: the death of the process; a power loss but for the last commit; that too.
enum class Durability { process, meta, full };

class Environment {
 public:
  struct Mode {
    bool read_only = false;
    bool create = false;  // make what is missing
    Durability durability = Durability::meta;
  };
  // Through the registry only: no file may be mapped twice in a process.
  static Result<std::unique_ptr<Environment>> open(const std::string& directory, const Mode& mode);
  Status open_databases(const Mode& mode);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  MDB_env* get() const { return env_; }
  MDB_dbi main() const { return main_; }        // the meta records
  MDB_dbi entries() const { return entries_; }  // the entries
  const std::string& directory() const { return directory_; }
  bool read_only() const { return read_only_; }
  int descriptor() const;                      // of data.mdb
  std::pair<uint64_t, uint64_t> file() const;  // its device and inode
  uint64_t file_bytes() const;

  Result<Txn> begin(bool read_only, const std::string& what) const;
  // Lets the disk begin with what was written; waits for nothing and promises nothing.
  void start_writeback() const;
  // Of the file, what is in use as last committed.
  uint64_t used_bytes() const;
  // A commit is about to make the file longer by some `bytes`. Best effort: what is wrong with the
  // disk is for the commit to find.
  void make_room(uint64_t bytes) const;
  // While no write transaction is open.
  void set_durability(Durability durability);

  std::atomic<uint64_t> snapshots{0};

 private:
  Environment(std::string directory, bool read_only)
      : directory_(std::move(directory)), read_only_(read_only) {}
  Status map(const Mode& mode);

  const std::string directory_;
  const bool read_only_;
  MDB_env* env_ = nullptr;
  MDB_dbi main_ = 0;
  MDB_dbi entries_ = 0;
};

}  // namespace slip::lmdb
#endif
