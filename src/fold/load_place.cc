#include "fold/load_place.h"

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace slip {
namespace {

constexpr char kInfix[] = ".loading-";
constexpr size_t kRandomBytes = 4;

std::string name_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

// What loads of the same path left behind when they were killed: nobody holds their lock.
Status remove_leftovers(FileSystem& fs, const std::string& path) {
  const std::string parent = parent_path(path);
  const std::string prefix = name_of(path) + kInfix;
  SLIP_ASSIGN(const std::vector<std::string> names, fs.list(parent));
  for (const std::string& name : names) {
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string leftover = join_path(parent, name);
    const auto lock = fs.lock(lock_path(leftover), false);
    if (lock.ok()) SLIP_TRY(remove_tree(fs, leftover));
  }
  return Status();
}

}  // namespace

Result<std::unique_ptr<LoadPlace>> LoadPlace::make(FileSystem& fs, const std::string& path) {
  SLIP_ASSIGN(const std::string destination, fs.real_path(path));
  SLIP_TRY(require_empty_destination(fs, destination));
  SLIP_TRY(make_directories(fs, parent_path(destination)));
  SLIP_TRY(remove_leftovers(fs, destination));
  auto place =
      std::make_unique<LoadPlace>(fs, destination, destination + kInfix + random_hex(kRandomBytes));
  const std::string what = "cannot load fold " + quoted(destination);
  SLIP_TRY(fs.make_directory(place->directory_).with_context(what));
  place->remove_ = true;
  auto lock = fs.lock(lock_path(place->directory_), false);
  if (!lock.ok()) return lock.status().with_context(what);
  place->lock_ = lock.take();
  return place;
}

LoadPlace::~LoadPlace() {
  if (!remove_) return;
  try {
    [[maybe_unused]] const Status removed = remove_tree(fs_, directory_);
  } catch (...) {  // no memory: the next load of this path removes it
  }
}

// rename(2) replaces an empty directory, and nothing else that is there.
Status LoadPlace::finish(const Current& current) {
  SLIP_TRY(write_current(fs_, directory_, current));
  SLIP_TRY(require_empty_destination(fs_, path_));
  SLIP_TRY(fs_.rename(directory_, path_).with_context("cannot load fold " + quoted(path_)));
  remove_ = false;
  lock_.reset();
  // guard: fold_load_sync
  return guard_on("fold_load_sync") ? fs_.sync_directory(parent_path(path_)) : Status();
}

Status LoadedStream::check(const Update& update) const {
  const Bytes key = key_of(update);
  const auto refused = [&](slip_status code, const std::string& why) {
    return Status(code, "cannot load fold " + quoted(path_) + ": key " + quoted(key) + why);
  };
  if (key.empty()) return refused(SLIP_INVALID, " is empty");
  if (key.size() > kFoldKeyBytesMax)
    return refused(SLIP_TOO_LARGE, " has " + std::to_string(key.size()) + " bytes, the limit is " +
                                       std::to_string(kFoldKeyBytesMax));
  // guard: fold_load_order
  if (guard_on("fold_load_order") && key <= Bytes(last_key_))
    return refused(SLIP_INVALID, " does not come after " + quoted(last_key_));
  if (update.operation < SLIP_PUT || update.operation > SLIP_PURGE || update.revision == 0)
    return refused(SLIP_INVALID, " has no valid operation or revision");
  if (update.value.size > kValueBytesMax)
    return refused(SLIP_TOO_LARGE,
                   " has a value of " + std::to_string(update.value.size) + " bytes");
  return Status();
}

void LoadedStream::count(const Update& update) {
  last_key_ = key_of(update);
  if (!is_live(update)) {
    ++counts_.tombstones;
    return;
  }
  ++counts_.entries;
  counts_.payload_bytes += update.key.size + update.value.size;
}

FoldMeta LoadedStream::counted(FoldMeta meta) const {
  meta.entries = counts_.entries;
  meta.tombstones = counts_.tombstones;
  meta.payload_bytes = counts_.payload_bytes;
  return meta;
}

}  // namespace slip
