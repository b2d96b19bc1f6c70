#include "fold/lmdb/registry.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "base/thread.h"
#include "base/utf8.h"
#include "fold/lmdb/data_file.h"

namespace slip::lmdb {
namespace {

using FileId = std::pair<uint64_t, uint64_t>;  // device, inode

struct Registry {
  explicit Registry(unsigned of) : generation(of) {}
  const unsigned generation;
  std::mutex mutex;
  std::condition_variable closed;
  // Of each data file that is mapped; expired while it is being closed.
  std::map<FileId, std::weak_ptr<Environment>> environments;
};

// The parent's is left alone in a forked child: its mutex may be held by a thread that is not
// there.
Registry& registry() {
  static std::atomic<Registry*> current{nullptr};
  const unsigned generation = fork_generation();
  Registry* found = current.load();
  while (found == nullptr || found->generation != generation) {
    auto fresh = std::make_unique<Registry>(generation);
    if (current.compare_exchange_strong(found, fresh.get())) return *fresh.release();
  }
  return *found;
}

// Unmaps, then forgets: whoever opens the same file waits for both.
struct Mapped {
  std::unique_ptr<Environment> environment;
  FileId file{};
  bool listed = false;

  ~Mapped() {
    if (!listed) return;
    environment.reset();
    Registry& all = registry();
    const std::lock_guard<std::mutex> lock(all.mutex);
    all.environments.erase(file);
    all.closed.notify_all();
  }
};

}  // namespace

Result<std::shared_ptr<Environment>> environment_at(const std::string& directory,
                                                    const Environment::Mode& mode) {
  std::shared_ptr<Environment> living;  // outlives the lock: its end takes it
  Registry& all = registry();
  std::unique_lock<std::mutex> lock(all.mutex);
  SLIP_ASSIGN(const DataFile file, inspect_data_file(data_path(directory)));
  const FileId present{file.device, file.inode};
  while (file.present && all.environments.count(present) > 0) {
    living = all.environments[present].lock();
    if (living == nullptr) {
      all.closed.wait(lock);
      continue;
    }
    if (living->read_only() && !mode.read_only)
      return Status(SLIP_BUSY, "cannot open " + quoted(directory) +
                                   " for writing: snapshots of a read-only fold are left in this "
                                   "process (free them)");
    if (!living->read_only()) living->set_durability(mode.durability);
    return living;
  }
  const auto mapped = std::make_shared<Mapped>();
  SLIP_ASSIGN(mapped->environment, Environment::open(directory, mode));
  mapped->file = mapped->environment->file();
  std::shared_ptr<Environment> opened(mapped, mapped->environment.get());
  all.environments[mapped->file] = opened;
  mapped->listed = true;
  lock.unlock();  // whoever loads another fold may hold that one's write transaction
  SLIP_TRY(opened->open_databases(mode));
  return opened;
}

}  // namespace slip::lmdb
