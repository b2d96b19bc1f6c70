#include "base/utf8.h"
#include "publish/payload.h"
#include "publish/publish.h"

namespace slip {
namespace {

// Removes the download, whatever became of it.
class RemoveAtEnd {
 public:
  RemoveAtEnd(FileSystem& fs, const std::string& path) : fs_(fs), path_(path) {}
  RemoveAtEnd(const RemoveAtEnd&) = delete;
  RemoveAtEnd& operator=(const RemoveAtEnd&) = delete;
  ~RemoveAtEnd() {
    try {
      (void)remove_tree(fs_, path_);
    } catch (...) {  // no memory: the next bootstrap of this fold removes it
    }
  }

 private:
  FileSystem& fs_;
  const std::string path_;
};

// "lmdb:/a/b" gives "/a/b.slip-download": beside the destination, on the same disk.
Result<std::string> work_directory(const std::string& fold_url) {
  const size_t colon = fold_url.find(':');
  const size_t last = fold_url.find_last_not_of('/');
  if (colon == std::string::npos || last == std::string::npos || last <= colon)
    return Status(SLIP_INVALID, "cannot bootstrap fold " + quoted(fold_url) +
                                    ": no directory can stand beside it");
  return fold_url.substr(colon + 1, last - colon) + ".slip-download";
}

}  // namespace

Result<Manifest> bootstrap_fold(ObjectStore& store, const std::string& key, FileSystem& fs,
                                const std::string& fold_url) {
  // First, so that a destination that cannot be is known before anything is downloaded.
  SLIP_ASSIGN(const std::unique_ptr<FoldLoader> loader, load_fold(fold_url));
  SLIP_ASSIGN(const std::string work, work_directory(fold_url));
  SLIP_TRY(make_directories(fs, work));
  // One bootstrap of a fold at a time; what one that was killed left behind goes.
  SLIP_ASSIGN(const std::unique_ptr<FileLock> lock, fs.lock(join_path(work, "lock"), false));
  const RemoveAtEnd remove_work(fs, work);
  const std::string artifact = join_path(work, "artifact");
  SLIP_TRY(remove_tree(fs, artifact));
  // Loading verifies every byte, so the download need not.
  SLIP_TRY(fetch_published(store, key, fs, artifact, false).status());
  return load_artifact(fs, artifact, *loader);
}

}  // namespace slip
