#include "fold/root.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/little_endian.h"
#include "base/utf8.h"
#include "fs/atomic_file.h"

namespace slip {
namespace {

// CURRENT: checksum of the rest, magic, format, kind, generation. The checksum's place and sort
// stay the same in every format, so damage is told from a later version.
constexpr char kMagic[] = "SLIPFOLD";
constexpr size_t kMagicBytes = sizeof kMagic - 1;
constexpr size_t kCurrentBytes = 8 + kMagicBytes + 4 + 4 + 8;
constexpr size_t kCurrentBytesMax = 4096;

std::string current_path(const std::string& root) { return join_path(root, "CURRENT"); }

bool begins_with(const std::string& text, std::string_view prefix) {
  return std::string_view(text).substr(0, prefix.size()) == prefix;
}

// What a creation that was cut short may leave: the lock, the first generation, a staged CURRENT.
bool is_left_by_creation(const std::string& name) {
  return name == "LOCK" || name == "gen-1" || begins_with(name, ".slip-staged-");
}

Status damaged(const std::string& root, const std::string& why) {
  return Status(SLIP_CORRUPT, "fold " + quoted(root) + ": CURRENT " + why +
                                  " (restore it from an artifact, or remove the fold)");
}

}  // namespace

Result<RootState> examine_root(FileSystem& fs, const std::string& root) {
  SLIP_ASSIGN(const FileStat stat, fs.stat(root));
  if (stat.kind == FileKind::absent) return RootState::absent;
  if (stat.kind != FileKind::directory)
    return Status(SLIP_NOT_OURS, quoted(root) + " is not a directory: a fold needs one of its own");
  SLIP_ASSIGN(const std::vector<std::string> names, fs.list(root));
  if (std::find(names.begin(), names.end(), "CURRENT") != names.end()) return RootState::ours;
  const bool locked_once = std::find(names.begin(), names.end(), "LOCK") != names.end();
  for (const std::string& name : names)
    if (!locked_once || !is_left_by_creation(name))
      return Status(SLIP_NOT_OURS, "directory " + quoted(root) + " is not a fold and holds " +
                                       quoted(name) + ": choose an empty or a new one");
  return RootState::empty;
}

Result<Current> read_current(FileSystem& fs, const std::string& root, FoldKind kind) {
  auto read = read_file(fs, current_path(root), kCurrentBytesMax);
  if (read.status().is(SLIP_TOO_LARGE)) return damaged(root, "is too long");
  SLIP_ASSIGN(const std::string bytes, std::move(read));
  if (bytes.size() < kCurrentBytes) return damaged(root, "is too short");
  const std::string_view rest = std::string_view(bytes).substr(8);
  // guard: fold_current_checksum
  if (guard_on("fold_current_checksum") && read_le<uint64_t>(bytes.data()) != xxh3(rest))
    return damaged(root, "does not match its checksum");
  if (rest.substr(0, kMagicBytes) != kMagic) return damaged(root, "has another magic number");
  const char* at = rest.data() + kMagicBytes;
  const auto format = read_le<uint32_t>(at);
  const auto stored_kind = read_le<uint32_t>(at + 4);
  const bool known = stored_kind == static_cast<uint32_t>(FoldKind::lmdb) ||
                     stored_kind == static_cast<uint32_t>(FoldKind::append_log);
  // guard: fold_newer_format
  if (guard_on("fold_newer_format") && (format > kFoldFormat || !known))
    return Status(SLIP_NEWER_FORMAT, "fold " + quoted(root) + " has format " +
                                         std::to_string(format) + ", this library knows " +
                                         std::to_string(kFoldFormat) + " (use a later version)");
  if (stored_kind != static_cast<uint32_t>(kind))
    return Status(SLIP_INVALID, "fold " + quoted(root) + " is of another kind than its URL says");
  Current current;
  current.kind = kind;
  current.generation = read_le<uint64_t>(at + 8);
  if (current.generation == 0) return damaged(root, "names no generation");
  return current;
}

Status write_current(FileSystem& fs, const std::string& root, const Current& current) {
  std::string rest(kMagic, kMagicBytes);
  append_le(&rest, kFoldFormat);
  append_le(&rest, static_cast<uint32_t>(current.kind));
  append_le(&rest, current.generation);
  std::string bytes;
  append_le(&bytes, xxh3(rest));
  bytes += rest;
  return write_file_atomically(fs, current_path(root), bytes);
}

std::string generation_path(const std::string& root, uint64_t generation) {
  return join_path(root, "gen-" + std::to_string(generation));
}

std::string lock_path(const std::string& root) { return join_path(root, "LOCK"); }

}  // namespace slip
