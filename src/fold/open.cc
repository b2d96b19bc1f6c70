// Which kind of fold a URL names.
#include "base/utf8.h"
#include "fold/append_log/append_log_fold.h"
#include "fold/fold.h"
#include "fold/lmdb/lmdb_fold.h"
#include "fold/lmdb/loader.h"
#include "fold/root.h"

namespace slip {
namespace {

struct Scheme {
  std::string_view prefix;
  FoldKind kind;
};
constexpr Scheme kSchemes[] = {{"lmdb:", FoldKind::lmdb}, {"append-log:", FoldKind::append_log}};

struct Place {
  FoldKind kind;
  std::string path;
};

// The kind and the path of a "KIND:PATH".
Result<Place> place_of(const std::string& url) {
  for (const Scheme& scheme : kSchemes) {
    if (std::string_view(url).substr(0, scheme.prefix.size()) != scheme.prefix) continue;
    std::string path = url.substr(scheme.prefix.size());
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    if (path.empty())
      return Status(SLIP_INVALID, "cannot open fold " + quoted(url) + ": the path is empty");
    return Place{scheme.kind, std::move(path)};
  }
  return Status(SLIP_INVALID, "cannot open fold " + quoted(url) +
                                  ": its URL must be lmdb:PATH or append-log:PATH");
}

}  // namespace

Result<std::shared_ptr<Fold>> open_fold(const std::string& url, const Options& options) {
  SLIP_ASSIGN(const Place place, place_of(url));
  return place.kind == FoldKind::lmdb ? lmdb::open(place.path, options)
                                      : append_log::open(place.path, options);
}

Result<std::unique_ptr<FoldLoader>> load_fold(const std::string& url) {
  SLIP_ASSIGN(const Place place, place_of(url));
  return place.kind == FoldKind::lmdb ? lmdb::load(place.path)
                                      : append_log::load(posix_file_system(), place.path);
}

}  // namespace slip
