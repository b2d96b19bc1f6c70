// SimFileSystem: the seam over a disk in memory (sim_disk.h), with faults, a log of operations and
// a crash at any of them. The same seed gives the same run.
//
// A fault is armed for the nth operation that fits it (by kind and end of the path) or for the
// operation with an absolute number. A fault that was not met proves nothing: finish() names those
// that never fired, and a test that neither calls it nor faults_fired() is aborted when the file
// system goes and one of its faults has not fired.
//
// Any thread. It outlives what was opened and mapped of it.
#ifndef TESTS_SUPPORT_SIM_FILE_SYSTEM_H
#define TESTS_SUPPORT_SIM_FILE_SYSTEM_H

#include <atomic>
#include <cerrno>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "fs/file_system.h"
#include "support/sim_disk.h"

namespace sim {

enum class Op {
  any,
  open,
  create,
  read,
  append,
  write_at,
  sync,
  size,
  truncate,
  stat,
  list,
  make_directory,
  rename,
  link,
  remove,
  sync_directory,
  lock,
  free_bytes,
  map
};
const char* op_name(Op op);
// Whether the disk is another one afterwards.
bool changes_disk(Op op);

enum class Effect {
  error,       // nothing happens but the error
  part,        // append, write_at: half of the bytes, then the error
  lie,         // sync, sync_directory: success, and nothing becomes durable
  lose_pages,  // sync: the error, and the pages are clean although they never reached the disk
  short_read,  // read: success with half of the bytes
  flip_bit     // read: success with one bit of the answer turned
};

struct Fault {
  Op op = Op::any;
  uint64_t nth = 1;         // of the operations that fit, from the arming on
  std::string path_suffix;  // "": any path
  uint64_t index = 0;       // not 0: the operation with this number, whatever it is
  Effect effect = Effect::error;
  int error_number = EIO;
  bool for_ever = false;  // every fitting one after it too
  bool freeze = false;    // nothing changes the disk any more afterwards
};

struct Operation {
  uint64_t index = 0;  // from 1
  Op op = Op::any;
  std::string path;
  uint64_t bytes = 0;
};

class SimFileSystem : public slip::FileSystem {
 public:
  SimFileSystem() = default;
  explicit SimFileSystem(Disk disk) : disk_(std::move(disk)) {}
  ~SimFileSystem() override;

  void arm(const Fault& fault);
  uint64_t faults_fired() const;
  // An error that names the armed faults that never fired.
  slip::Status finish() const;
  void thaw() { frozen_ = false; }

  // 0: no limit.
  void set_space(uint64_t bytes) { space_bytes_ = bytes; }
  // Called before every operation that is going to change the disk, with its number.
  void set_witness(std::function<void(const Operation&)> witness) { witness_ = std::move(witness); }
  void keep_log(bool keep) { keep_log_ = keep; }
  const std::vector<Operation>& log() const { return log_; }
  uint64_t operations() const { return operations_; }
  Disk& disk() { return disk_; }

  slip::Result<std::unique_ptr<slip::File>> open(const std::string& path,
                                                 slip::OpenMode mode) override;
  slip::Result<slip::FileStat> stat(const std::string& path) override;
  slip::Result<std::vector<std::string>> list(const std::string& path) override;
  slip::Status make_directory(const std::string& path) override;
  slip::Status rename(const std::string& from, const std::string& to) override;
  slip::Status link(const std::string& from, const std::string& to) override;
  slip::Status remove(const std::string& path) override;
  slip::Status sync_directory(const std::string& path) override;
  slip::Result<std::unique_ptr<slip::FileLock>> lock(const std::string& path, bool wait) override;
  slip::Result<uint64_t> free_bytes(const std::string& path) override;

 private:
  friend class SimFile;
  friend class SimLock;
  friend class SimMapping;
  struct Armed {
    Fault fault;
    uint64_t met = 0;
    uint64_t fired = 0;
  };
  // The fault that this operation meets, or null. Counts, logs and tells the witness.
  Fault* step(Op op, const std::string& path, uint64_t bytes = 0);
  // The same for operations that know no fault but an error.
  slip::Status plain_step(Op op, const std::string& path);
  slip::Status failed(const Fault& fault, Op op, const std::string& path) const;
  // Directory and last component of a path whose directory exists.
  slip::Result<std::pair<Node, std::string>> place(Op op, const std::string& path) const;

  slip::Status unfired() const;

  std::mutex mutex_;
  Disk disk_;
  mutable std::atomic<bool> asked_{false};  // whether the faults have fired
  std::vector<Armed> faults_;
  Fault frozen_fault_;
  bool frozen_ = false;
  uint64_t space_bytes_ = 0;
  std::function<void(const Operation&)> witness_;
  bool keep_log_ = true;
  std::vector<Operation> log_;
  uint64_t operations_ = 0;
  std::set<uint64_t> locked_;
  // All that ever were: one that is unmapped is filled with kUnmapped, so that whoever still reads
  // there is found out.
  std::vector<std::shared_ptr<MappedBytes>> mapped_;
};

}  // namespace sim
#endif
