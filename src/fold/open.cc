// Which kind of fold a URL names.
#include "base/utf8.h"
#include "fold/fold.h"
#include "fold/lmdb/lmdb_fold.h"
#include "fold/lmdb/loader.h"

namespace slip {
namespace {

constexpr std::string_view kLmdb = "lmdb:";

// The path of an "lmdb:PATH".
Result<std::string> path_of(const std::string& url) {
  if (std::string_view(url).substr(0, kLmdb.size()) != kLmdb)
    return Status(SLIP_INVALID, "cannot open fold " + quoted(url) + ": its URL must be lmdb:PATH");
  std::string path = url.substr(kLmdb.size());
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path.empty())
    return Status(SLIP_INVALID, "cannot open fold " + quoted(url) + ": the path is empty");
  return path;
}

}  // namespace

Result<std::shared_ptr<Fold>> open_fold(const std::string& url, const Options& options) {
  SLIP_ASSIGN(const std::string path, path_of(url));
  return lmdb::open(path, options);
}

Result<std::unique_ptr<FoldLoader>> load_fold(const std::string& url) {
  SLIP_ASSIGN(const std::string path, path_of(url));
  return lmdb::load(path);
}

}  // namespace slip
