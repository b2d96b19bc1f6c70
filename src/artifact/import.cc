#include "artifact/artifact.h"

namespace slip {

Result<Manifest> import_artifact(FileSystem& fs, const std::string& directory,
                                 const std::string& fold_url) {
  // What is wrong at the first look makes no fold at all.
  SLIP_TRY(read_manifest(fs, directory).status());
  SLIP_ASSIGN(const std::unique_ptr<FoldLoader> loader, load_fold(fold_url));
  return load_artifact(fs, directory, *loader);
}

}  // namespace slip
