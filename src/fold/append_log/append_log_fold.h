// The append-log fold: see store.h for what it is made of.
#ifndef SLIP_FOLD_APPEND_LOG_APPEND_LOG_FOLD_H
#define SLIP_FOLD_APPEND_LOG_APPEND_LOG_FOLD_H

#include <memory>
#include <string>

#include "fold/append_log/store.h"
#include "fold/fold.h"

namespace slip::append_log {

Result<std::shared_ptr<Fold>> open(const std::string& path, const Options& options);
// For tests: over any file system.
Result<std::shared_ptr<Fold>> open(const Store::Request& request);
Result<std::unique_ptr<FoldLoader>> load(FileSystem& fs, const std::string& path);

}  // namespace slip::append_log
#endif
