#include "fs/atomic_file.h"

#include <cassert>
#include <utility>

#include "base/checksum.h"
#include "base/guard.h"

namespace slip {
namespace {

constexpr size_t kStagedNameRandomBytes = 8;

// In the same folder, so that a rename never crosses file systems; hidden, so that a listing tells
// what is ours from what a crash left behind.
std::string staged_path(const std::string& path) {
  return join_path(parent_path(path), ".slip-staged-" + random_hex(kStagedNameRandomBytes));
}

}  // namespace

Result<StagedFile> StagedFile::create(FileSystem& fs, const std::string& path) {
  // The owner of the name is there before the file, so that nothing that fails leaves it behind.
  StagedFile owner(fs, path, staged_path(path));
  SLIP_ASSIGN(owner.file_, fs.open(owner.staged_, OpenMode::create));
  return owner;
}

StagedFile::StagedFile(FileSystem& fs, std::string path, std::string staged)
    : fs_(&fs), path_(std::move(path)), staged_(std::move(staged)) {}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : fs_(other.fs_),
      path_(std::move(other.path_)),
      staged_(std::move(other.staged_)),
      file_(std::move(other.file_)) {
  other.staged_.clear();
}

StagedFile::~StagedFile() { discard(); }

void StagedFile::discard() noexcept {
  file_.reset();
  if (staged_.empty()) return;
  try {
    // What cannot be removed is told apart by its name.
    [[maybe_unused]] const Status removed = fs_->remove(staged_);
  } catch (...) {  // no memory for a sentence
  }
  staged_.clear();
}

Status StagedFile::append(std::string_view bytes) {
  assert(file_ != nullptr);
  return file_->append(bytes);
}

Status StagedFile::seal() {
  assert(file_ != nullptr);
  // guard: staged_sync
  if (guard_on("staged_sync")) SLIP_TRY(file_->sync());
  file_.reset();
  return Status();
}

Status StagedFile::sync_parent() {
  // guard: staged_parent_sync
  if (guard_on("staged_parent_sync")) SLIP_TRY(fs_->sync_directory(parent_path(path_)));
  return Status();
}

Status StagedFile::persist() {
  SLIP_TRY(seal());
  SLIP_TRY(fs_->rename(staged_, path_));
  staged_.clear();
  return sync_parent();
}

Status StagedFile::persist_new() {
  SLIP_TRY(seal());
  Status linked = fs_->link(staged_, path_);
  if (linked.is(SLIP_EXISTS))
    return Status(SLIP_EXISTS, "cannot create \"" + path_ + "\": it is there already");
  SLIP_TRY(linked);
  discard();
  return sync_parent();
}

Status write_file_atomically(FileSystem& fs, const std::string& path, std::string_view bytes) {
  SLIP_ASSIGN(StagedFile file, StagedFile::create(fs, path));
  SLIP_TRY(file.append(bytes));
  return file.persist();
}

}  // namespace slip
