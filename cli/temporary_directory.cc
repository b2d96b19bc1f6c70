#include "temporary_directory.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace cli {

Outcome TemporaryDirectory::make() {
  const char* root = std::getenv("TMPDIR");
  std::string pattern = std::string(root != nullptr ? root : "/tmp") + "/slipstream-demo-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    return Outcome::fail(
        SLIP_IO, fmt::format("cannot make a directory like \"{}\": {} (set TMPDIR)", pattern,
                             std::strerror(errno)));
  }
  path_ = pattern;
  return Outcome::success();
}

TemporaryDirectory::~TemporaryDirectory() {
  if (path_.empty() || kept_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace cli
