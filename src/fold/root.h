// The root directory of a fold on disk, the same for every kind: CURRENT names the generation that
// counts, gen-N/ holds it, LOCK is held by the writing process; consumers/ and hidden are reserved.
//
// CURRENT is written last when a root is made, so a root without it is either not ours or one whose
// making was cut short. Stateless; any thread.
#ifndef SLIP_FOLD_ROOT_H
#define SLIP_FOLD_ROOT_H

#include <cstdint>
#include <string>

#include "base/status.h"
#include "fs/file_system.h"

namespace slip {

constexpr uint32_t kFoldFormat = 1;

enum class FoldKind : uint32_t { lmdb = 1, append_log = 2 };

struct Current {
  FoldKind kind = FoldKind::lmdb;
  uint64_t generation = 0;
};

enum class RootState {
  absent,  // no such path
  empty,   // an empty directory, or what a creation that was cut short left behind
  ours     // CURRENT is there
};

// NOT_OURS where the path is no directory, or holds something else.
Result<RootState> examine_root(FileSystem& fs, const std::string& root);

// CORRUPT, NEWER_FORMAT; INVALID where it is a fold of another kind than `kind`.
Result<Current> read_current(FileSystem& fs, const std::string& root, FoldKind kind);
// Durable when it returns.
Status write_current(FileSystem& fs, const std::string& root, const Current& current);

std::string generation_path(const std::string& root, uint64_t generation);
std::string lock_path(const std::string& root);

}  // namespace slip
#endif
