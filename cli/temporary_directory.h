// A directory of our own for the demo: the one place where the command itself touches files.
#ifndef SLIP_CLI_TEMPORARY_DIRECTORY_H
#define SLIP_CLI_TEMPORARY_DIRECTORY_H

#include <string>

#include "outcome.h"

namespace cli {

class TemporaryDirectory {
 public:
  TemporaryDirectory() = default;
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  // Removes it with all it holds, unless it was kept.
  ~TemporaryDirectory();

  // Under $TMPDIR, or /tmp.
  Outcome make();
  const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool kept_ = false;
};

}  // namespace cli
#endif
