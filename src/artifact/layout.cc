#include "artifact/layout.h"

#include <algorithm>

#include "artifact/data_file.h"
#include "base/guard.h"
#include "base/utf8.h"

namespace slip {
namespace {

Status fault(std::string sentence) { return Status(SLIP_ARTIFACT_INVALID, std::move(sentence)); }

const char* name_of(FileKind kind) {
  switch (kind) {
    case FileKind::file:
      return "a file";
    case FileKind::directory:
      return "a directory";
    case FileKind::link:
      return "a symbolic link, which is not followed";
    case FileKind::absent:
      return "missing";
    default:
      return "a special file";
  }
}

Result<FileStat> require_kind(FileSystem& fs, const std::string& directory, const std::string& name,
                              FileKind kind) {
  SLIP_ASSIGN(const FileStat found, fs.stat(join_path(directory, name)));
  if (found.kind == kind) return found;
  return fault(quoted(name) + " is " + name_of(found.kind));
}

// Nothing stands in a folder but what is expected there (sorted).
Status refuse_extras(FileSystem& fs, const std::string& directory, const std::string& folder,
                     const std::vector<std::string>& expected) {
  SLIP_ASSIGN(const std::vector<std::string> names,
              fs.list(folder.empty() ? directory : join_path(directory, folder)));
  for (const std::string& name : names)
    if (!std::binary_search(expected.begin(), expected.end(), name))
      return fault(quoted(folder.empty() ? name : join_path(folder, name)) +
                   " does not belong there");
  return Status();
}

}  // namespace

Status check_layout(FileSystem& fs, const std::string& directory, const Manifest& manifest,
                    bool manifest_stands) {
  std::vector<std::string> top{kDataDirectory};
  if (manifest_stands) top.insert(top.begin(), kManifestName);
  SLIP_TRY(refuse_extras(fs, directory, std::string(), top));
  SLIP_TRY(require_kind(fs, directory, kDataDirectory, FileKind::directory).status());
  std::vector<std::string> data;
  for (const ArtifactFile& file : manifest.files) {
    SLIP_ASSIGN(const FileStat found, require_kind(fs, directory, file.path, FileKind::file));
    if (found.size != file.size)
      return fault(quoted(file.path) + " has " + std::to_string(found.size) + " bytes, not the " +
                   std::to_string(file.size) + " that the manifest states");
    data.push_back(file.path.substr(std::string_view(kDataDirectory).size() + 1));
  }
  return refuse_extras(fs, directory, kDataDirectory, data);
}

UnfinishedArtifact::UnfinishedArtifact(FileSystem& fs, const std::string& directory,
                                       bool remove_directory)
    : fs_(fs),
      directory_(directory),
      manifest_(join_path(directory, kManifestName)),
      remove_directory_(remove_directory) {}

UnfinishedArtifact::~UnfinishedArtifact() {
  // guard: export_cleanup
  if (kept_ || !guard_on("export_cleanup")) return;
  try {
    (void)fs_.remove(manifest_);
    (void)remove_tree(fs_, join_path(directory_, kDataDirectory));
    if (remove_directory_) (void)fs_.remove(directory_);
  } catch (...) {  // no memory: without its manifest nothing looks complete
  }
}

}  // namespace slip
