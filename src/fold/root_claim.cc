#include "fold/root_claim.h"

#include <atomic>
#include <mutex>
#include <set>
#include <utility>

#include "base/guard.h"
#include "base/thread.h"
#include "base/utf8.h"

namespace slip {
namespace {

struct Claims {
  explicit Claims(unsigned of) : generation(of) {}
  const unsigned generation;
  std::mutex mutex;
  std::set<std::pair<uint64_t, uint64_t>> roots;  // device, inode
};

// The parent's is left alone in a forked child: its mutex may be held by a thread that is not
// there.
Claims& claims() {
  static std::atomic<Claims*> current{nullptr};
  const unsigned generation = fork_generation();
  Claims* found = current.load();
  while (found == nullptr || found->generation != generation) {
    auto fresh = std::make_unique<Claims>(generation);
    if (current.compare_exchange_strong(found, fresh.get())) return *fresh.release();
  }
  return *found;
}

Status exists(const std::string& path) {
  return Status(SLIP_EXISTS, cannot_open_fold(path) + ": it exists (create=always makes new ones)");
}

}  // namespace

std::string cannot_open_fold(const std::string& path) { return "cannot open fold " + quoted(path); }

RootClaim::~RootClaim() {
  Claims& all = claims();
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.roots.erase({device_, inode_});
}

Result<std::unique_ptr<RootClaim>> claim_root(uint64_t device, uint64_t inode,
                                              const std::string& path) {
  Claims& all = claims();
  const std::lock_guard<std::mutex> lock(all.mutex);
  // guard: fold_one_per_process
  if (guard_on("fold_one_per_process") && all.roots.count({device, inode}) > 0)
    return Status(SLIP_BUSY, cannot_open_fold(path) +
                                 ": it is open in this process (use that handle, or close it)");
  all.roots.insert({device, inode});
  try {
    return std::make_unique<RootClaim>(device, inode);
  } catch (...) {
    all.roots.erase({device, inode});
    throw;
  }
}

Result<HeldRoot> hold_root(FileSystem& fs, const RootRequest& request) {
  HeldRoot held;
  SLIP_ASSIGN(held.path, fs.real_path(request.path));
  SLIP_ASSIGN(const RootState state, examine_root(fs, held.path));
  const bool may_create = request.create != Create::never && !request.read_only;
  if (state != RootState::ours && !may_create)
    return Status(SLIP_NOT_FOUND, cannot_open_fold(held.path) + ": there is none");
  if (state == RootState::ours && request.create == Create::always) return exists(held.path);
  if (state == RootState::absent) {
    SLIP_TRY(make_directories(fs, held.path).with_context(cannot_open_fold(held.path)));
    SLIP_ASSIGN(held.path, fs.real_path(held.path));
  }
  SLIP_ASSIGN(const FileStat root, fs.stat(held.path));
  SLIP_ASSIGN(held.claim, claim_root(root.device, root.inode, held.path));
  if (request.read_only) return held;
  auto lock = fs.lock(lock_path(held.path), false);
  if (lock.status().is(SLIP_BUSY))
    return Status(SLIP_BUSY,
                  cannot_open_fold(held.path) + ": " + lock.status().message() +
                      " (close it there, open it with read_only, or choose another path)");
  if (!lock.ok()) return lock.status().with_context(cannot_open_fold(held.path));
  held.lock = lock.take();
  return held;
}

Result<bool> is_new_root(FileSystem& fs, const std::string& path, Create create) {
  SLIP_ASSIGN(const RootState state, examine_root(fs, path));
  if (state == RootState::ours && create == Create::always) return exists(path);
  if (state == RootState::ours) return false;
  // guard: fold_create_lock_sync
  if (guard_on("fold_create_lock_sync")) SLIP_TRY(fs.sync_directory(path));
  // Nor may the root's own name be on the disk, where an earlier creation was cut short. Where the
  // parent cannot be opened, it was not we who made the root.
  // guard: fold_create_root_sync
  if (!guard_on("fold_create_root_sync")) return true;
  const Status named = fs.sync_directory(parent_path(path));
  if (!named.ok() && !named.is(SLIP_PERMISSION_DENIED)) return named;
  return true;
}

Status may_write(const RootRequest& request, const std::string& path, bool has_writer) {
  if (request.read_only)
    return Status(SLIP_PERMISSION_DENIED,
                  "cannot write fold " + quoted(path) + ": it was opened with read_only");
  // guard: fold_one_writer
  if (guard_on("fold_one_writer") && has_writer)
    return Status(SLIP_BUSY, "cannot write fold " + quoted(path) +
                                 ": it has a writer in this process (a watch, or another call; "
                                 "close that first)");
  return Status();
}

}  // namespace slip
