#include "objects/local/listing.h"

#include <algorithm>

#include "base/limits.h"
#include "objects/local/object_file.h"

namespace slip {

// Folders carry a trailing slash here, which puts them where their objects belong in byte order:
// "a.b" comes before "a/b", although the folder "a" comes before "a.b".
static bool is_folder(const std::string& name) { return name.back() == '/'; }

static std::string path_of_folder(const std::string& root, const std::string& folder) {
  return folder.empty() ? root : join_path(root, folder.substr(0, folder.size() - 1));
}

// Whether an object of this name, or one in this folder, can begin with the prefix and come after
// `after`.
bool LocalListing::may_hold(const std::string& name) const {
  const size_t common = std::min(name.size(), prefix_.size());
  if (name.compare(0, common, prefix_, 0, common) != 0) return false;
  if (!is_folder(name)) return name.size() >= prefix_.size() && name > after_;
  return name.compare(0, name.size(), after_, 0, name.size()) >= 0;
}

// The names in one folder that matter, sorted. Links, special files, names that no object can have
// and our own files are nobody's objects.
Result<std::vector<ObjectInfo>> LocalListing::entries(const std::string& folder) {
  SLIP_ASSIGN(const std::vector<std::string> names, fs_.list(path_of_folder(root_, folder)));
  std::vector<ObjectInfo> entries;
  for (const std::string& name : names) {
    ObjectInfo entry{folder + name, 0, 0};
    if (!check_object_name(entry.name).ok()) continue;
    if (!may_hold(entry.name) && !may_hold(entry.name + '/')) continue;
    SLIP_ASSIGN(const FileStat stat, fs_.stat(join_path(root_, entry.name)));
    if (stat.kind == FileKind::directory)
      entry.name += '/';
    else if (stat.kind != FileKind::file || stat.size < kObjectHeaderBytes + kObjectTrailerBytes)
      continue;
    else
      entry.size = stat.size - kObjectHeaderBytes - kObjectTrailerBytes;
    entry.modified_ns = stat.modified_ns;
    if (may_hold(entry.name)) entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.name < b.name; });
  return entries;
}

Status LocalListing::walk(const std::string& folder) {
  Result<std::vector<ObjectInfo>> here = entries(folder);
  // Removed since its parent was listed.
  if (!here.ok() && here.status().is(SLIP_NOT_FOUND) && !folder.empty()) return Status();
  if (!here.ok()) return here.status();
  for (ObjectInfo& entry : *here) {
    if (found_.size() >= limit_) break;
    if (is_folder(entry.name))
      SLIP_TRY(walk(entry.name));
    else
      found_.push_back(std::move(entry));
  }
  return Status();
}

}  // namespace slip
