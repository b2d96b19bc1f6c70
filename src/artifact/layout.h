// What stands in the directory of an artifact, and taking it away again. One thread.
#ifndef SLIP_ARTIFACT_LAYOUT_H
#define SLIP_ARTIFACT_LAYOUT_H

#include <string>

#include "artifact/artifact.h"

namespace slip {

constexpr const char* kManifestName = "MANIFEST.json";
constexpr const char* kDataDirectory = "data";

// Exactly the files that the manifest names, each a regular file of the stated size, and nothing
// else. ARTIFACT_INVALID names the first that is wrong.
Status check_layout(FileSystem& fs, const std::string& directory, const Manifest& manifest,
                    bool manifest_stands);

// Removes what was written of an artifact, the manifest first, unless it was kept.
class UnfinishedArtifact {
 public:
  // `remove_directory`: it was not there before.
  UnfinishedArtifact(FileSystem& fs, const std::string& directory, bool remove_directory);
  UnfinishedArtifact(const UnfinishedArtifact&) = delete;
  UnfinishedArtifact& operator=(const UnfinishedArtifact&) = delete;
  ~UnfinishedArtifact();
  void keep() { kept_ = true; }

 private:
  FileSystem& fs_;
  const std::string directory_;
  const std::string manifest_;
  const bool remove_directory_;
  bool kept_ = false;
};

}  // namespace slip
#endif
