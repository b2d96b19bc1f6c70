#include "publish/payload.h"

#include <optional>
#include <vector>

#include "artifact/layout.h"
#include "base/guard.h"

namespace slip {
namespace {

struct Part {
  std::string path;  // below the directory and below the payload
  uint64_t size = 0;
};

// In the order of uploading: the manifest last, so that one that is there says that all is.
std::vector<Part> parts_of(const Manifest& manifest, size_t manifest_size) {
  std::vector<Part> parts;
  parts.reserve(manifest.files.size() + 1);
  for (const ArtifactFile& file : manifest.files) parts.push_back(Part{file.path, file.size});
  // guard: manifest_last
  const bool last = guard_on("manifest_last");
  parts.insert(last ? parts.end() : parts.begin(), Part{kManifestName, manifest_size});
  return parts;
}

// Names are content addresses: an object of the right size is the right one.
Result<bool> stands(ObjectStore& store, const std::string& name, uint64_t size) {
  SLIP_ASSIGN(const std::optional<ObjectInfo> info, store.head(name));
  return info && info->size == size;
}

}  // namespace

Status upload_payload(ObjectStore& store, const std::string& payload, FileSystem& fs,
                      const std::string& directory, const Manifest& manifest, uint64_t* bytes) {
  const std::string text = format_manifest(manifest);
  SLIP_ASSIGN(const bool complete, stands(store, join_path(payload, kManifestName), text.size()));
  if (complete) return Status();
  for (const Part& part : parts_of(manifest, text.size())) {
    const std::string name = join_path(payload, part.path);
    SLIP_ASSIGN(const bool there, stands(store, name, part.size));
    if (there) continue;
    if (part.path == kManifestName)
      SLIP_TRY(store.put(name, text).status());
    else
      SLIP_TRY(store.put_file(name, fs, join_path(directory, part.path)));
    *bytes += part.size;
  }
  return Status();
}

}  // namespace slip
