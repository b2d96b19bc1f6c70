#include <string>

#include "base/guard.h"
#include "base/limits.h"
#include "fs/file_system.h"

namespace slip {
namespace {

Status remove_below(FileSystem& fs, const std::string& path, size_t depth) {
  if (depth > kTreeDepthMax)
    return Status(SLIP_TOO_LARGE, "cannot remove \"" + path + "\": nested more than " +
                                      std::to_string(kTreeDepthMax) + " directories deep");
  SLIP_ASSIGN(const FileStat info, fs.stat(path));
  if (info.kind == FileKind::absent) return Status();
  if (info.kind == FileKind::directory) {
    SLIP_ASSIGN(const std::vector<std::string> names, fs.list(path));
    for (const std::string& name : names)
      SLIP_TRY(remove_below(fs, join_path(path, name), depth + 1));
  }
  Status status = fs.remove(path);
  return status.is(SLIP_NOT_FOUND) ? Status() : status;
}

Status make_one_directory(FileSystem& fs, const std::string& path) {
  Status made = fs.make_directory(path);
  // Another process may have been faster.
  if (!made.ok() && !made.is(SLIP_EXISTS)) return made;
  // guard: made_directory_sync
  return guard_on("made_directory_sync") ? fs.sync_directory(parent_path(path)) : Status();
}

}  // namespace

std::string join_path(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path += '/';
  return path.append(name);
}

std::string parent_path(const std::string& path) {
  const size_t last = path.find_last_not_of('/');
  if (last == std::string::npos) return path.empty() ? "." : "/";
  const size_t slash = path.rfind('/', last);
  if (slash == std::string::npos) return ".";
  const size_t end = path.find_last_not_of('/', slash);
  return end == std::string::npos ? "/" : path.substr(0, end + 1);
}

Result<std::string> read_file(FileSystem& fs, const std::string& path, size_t bytes_max) {
  SLIP_ASSIGN(const std::unique_ptr<File> file, fs.open(path, OpenMode::read));
  SLIP_ASSIGN(const uint64_t size, file->size());
  if (size > bytes_max)
    return Status(SLIP_TOO_LARGE, "cannot read \"" + path + "\": " + std::to_string(size) +
                                      " bytes, more than the limit of " +
                                      std::to_string(bytes_max));
  std::string bytes(static_cast<size_t>(size), '\0');
  SLIP_ASSIGN(const size_t got, file->read_at(0, bytes.data(), bytes.size()));
  bytes.resize(got);
  return bytes;
}

Status make_directories(FileSystem& fs, const std::string& path) {
  SLIP_ASSIGN(const FileStat info, fs.stat(path));
  // A link may stand for a directory; if it does not, the first use says so.
  if (info.kind == FileKind::directory || info.kind == FileKind::link) return Status();
  if (info.kind != FileKind::absent)
    return Status(SLIP_NOT_OURS, "cannot make directory \"" + path +
                                     "\": it is there already and " + "is not a directory");
  const std::string parent = parent_path(path);
  if (parent != path) SLIP_TRY(make_directories(fs, parent));
  return make_one_directory(fs, path);
}

Status require_empty_destination(FileSystem& fs, const std::string& path) {
  SLIP_ASSIGN(const FileStat info, fs.stat(path));
  if (info.kind == FileKind::absent) return Status();
  if (info.kind != FileKind::directory)
    return Status(SLIP_NOT_OURS,
                  "cannot use \"" + path + "\" as destination: it is not a directory");
  SLIP_ASSIGN(const std::vector<std::string> names, fs.list(path));
  // guard: empty_destination
  if (guard_on("empty_destination") && !names.empty())
    return Status(SLIP_NOT_EMPTY, "cannot use \"" + path + "\" as destination: it is not empty " +
                                      "(choose a path that is absent or an empty directory)");
  return Status();
}

Status remove_tree(FileSystem& fs, const std::string& path) { return remove_below(fs, path, 0); }

}  // namespace slip
