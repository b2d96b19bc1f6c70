// Where a fold is made from a sorted stream: a directory beside its destination that is renamed
// into place when it is complete, PATH.loading-XXXXXXXX. One that a crash left behind is removed by
// the next load of the same path; a load in progress holds the lock in it.
//
// Used by one thread at a time.
#ifndef SLIP_FOLD_LOAD_PLACE_H
#define SLIP_FOLD_LOAD_PLACE_H

#include <memory>
#include <string>

#include "fold/fold.h"
#include "fold/root.h"
#include "fs/file_system.h"

namespace slip {

class LoadPlace {
 public:
  // NOT_EMPTY, NOT_OURS as require_empty_destination() says.
  static Result<std::unique_ptr<LoadPlace>> make(FileSystem& fs, const std::string& path);
  LoadPlace(FileSystem& fs, std::string path, std::string directory)
      : fs_(fs), path_(std::move(path)), directory_(std::move(directory)) {}
  ~LoadPlace();  // removes what was not moved
  LoadPlace(const LoadPlace&) = delete;
  LoadPlace& operator=(const LoadPlace&) = delete;

  const std::string& path() const { return path_; }
  const std::string& directory() const { return directory_; }
  // Everything in the directory being durable: writes CURRENT and moves it into place.
  Status finish(const Current& current);

 private:
  FileSystem& fs_;
  const std::string path_;
  const std::string directory_;
  std::unique_ptr<FileLock> lock_;
  bool remove_ = false;
};

// What a load has been given so far: order, sense and counts.
class LoadedStream {
 public:
  explicit LoadedStream(std::string path) : path_(std::move(path)) {}
  // INVALID, TOO_LARGE where `update` must not follow.
  Status check(const Update& update) const;
  void count(const Update& update);
  // The counts of what was added, whatever `meta` says.
  FoldMeta counted(FoldMeta meta) const;

 private:
  const std::string path_;
  std::string last_key_;
  FoldMeta counts_;
};

}  // namespace slip
#endif
