#include "support/sim_file_system.h"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>

namespace sim {
namespace {

using slip::errno_status;
using slip::Result;
using slip::Status;

struct OpText {
  const char* name;
  bool changes;
};
const OpText& text_of(Op op) {
  static const OpText texts[] = {{"do anything with", false},
                                 {"open", false},
                                 {"create", true},
                                 {"read", false},
                                 {"write", true},
                                 {"write over", true},
                                 {"sync", true},
                                 {"look at", false},
                                 {"truncate", true},
                                 {"look at", false},
                                 {"list", false},
                                 {"make directory", true},
                                 {"rename", true},
                                 {"link", true},
                                 {"remove", true},
                                 {"sync directory", true},
                                 {"lock", true},
                                 {"measure the free space at", false},
                                 {"map", false}};
  return texts[static_cast<size_t>(op)];
}

Status failure(int error_number, Op op, const std::string& path) {
  return errno_status(error_number, std::string("cannot ") + op_name(op) + " \"" + path + "\"");
}

bool ends_with(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

}  // namespace

const char* op_name(Op op) { return text_of(op).name; }
bool changes_disk(Op op) { return text_of(op).changes; }

// --- faults --------------------------------------------------------------------------------------

SimFileSystem::~SimFileSystem() {
  const Status status = asked_ ? Status() : unfired();
  if (status.ok()) return;
  fprintf(stderr, "%s\n", status.message().c_str());
  abort();
}

void SimFileSystem::arm(const Fault& fault) {
  const std::lock_guard<std::mutex> lock(mutex_);
  faults_.push_back({fault});
}

uint64_t SimFileSystem::faults_fired() const {
  asked_ = true;
  uint64_t fired = 0;
  for (const Armed& armed : faults_) fired += armed.fired;
  return fired;
}

Status SimFileSystem::finish() const {
  asked_ = true;
  return unfired();
}

Status SimFileSystem::unfired() const {
  for (const Armed& armed : faults_) {
    if (armed.fired > 0) continue;
    const Fault& fault = armed.fault;
    return Status(SLIP_INTERNAL, std::string("an armed fault never fired: ") + op_name(fault.op) +
                                     " number " + std::to_string(fault.nth) + " of \"*" +
                                     fault.path_suffix + "\", index " +
                                     std::to_string(fault.index) + ", met " +
                                     std::to_string(armed.met) + " times");
  }
  return Status();
}

Fault* SimFileSystem::step(Op op, const std::string& path, uint64_t bytes) {
  ++operations_;
  const Operation operation{operations_, op, keep_log_ || witness_ ? path : std::string(), bytes};
  if (keep_log_) log_.push_back(operation);
  if (witness_ && changes_disk(op)) witness_(operation);
  Fault* found = nullptr;
  for (Armed& armed : faults_) {
    const Fault& fault = armed.fault;
    const bool by_index = fault.index != 0;
    if (by_index ? operations_ < fault.index
                 : (fault.op != Op::any && fault.op != op) || !ends_with(path, fault.path_suffix))
      continue;
    ++armed.met;
    const uint64_t due = by_index ? 1 : fault.nth;
    if (armed.met < due || (armed.met > due && !fault.for_ever)) continue;
    ++armed.fired;
    found = &armed.fault;
  }
  if (found != nullptr && found->freeze) frozen_ = true;
  if (found == nullptr && frozen_ && changes_disk(op)) found = &frozen_fault_;
  return found;
}

Status SimFileSystem::plain_step(Op op, const std::string& path) {
  const Fault* fault = step(op, path);
  return fault == nullptr ? Status() : failed(*fault, op, path);
}

Status SimFileSystem::failed(const Fault& fault, Op op, const std::string& path) const {
  return failure(fault.error_number, op, path);
}

// --- files ---------------------------------------------------------------------------------------

class SimMapping : public slip::FileMapping {
 public:
  SimMapping(SimFileSystem& fs, std::shared_ptr<MappedBytes> mapped)
      : fs_(fs), mapped_(std::move(mapped)) {}
  ~SimMapping() override {
    const std::lock_guard<std::mutex> lock(fs_.mutex_);
    std::fill(mapped_->bytes.begin(), mapped_->bytes.end(), kUnmapped);
    mapped_->is_mapped = false;
  }
  const char* begin() const override { return mapped_->bytes.data(); }
  Status detach(uint64_t from, uint64_t to) override {
    std::vector<bool>& detached = mapped_->detached;
    const uint64_t end = (to + kSectorBytes - 1) / kSectorBytes;
    if (detached.size() < end) detached.resize(end);
    std::fill(detached.begin() + long(from / kSectorBytes), detached.begin() + long(end), true);
    return Status();
  }

 private:
  SimFileSystem& fs_;
  const std::shared_ptr<MappedBytes> mapped_;
};

class SimFile : public slip::File {
 public:
  SimFile(SimFileSystem& fs, Node node, std::string path, bool writable)
      : fs_(fs), node_(std::move(node)), path_(std::move(path)), writable_(writable) {}

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    const std::lock_guard<std::mutex> lock(fs_.mutex_);
    const Fault* fault = fs_.step(Op::read, path_, size);
    const bool spoils = fault != nullptr &&
                        (fault->effect == Effect::short_read || fault->effect == Effect::flip_bit);
    if (fault != nullptr && !spoils) return fs_.failed(*fault, Op::read, path_);
    const std::string& bytes = node_->bytes.get();
    size_t got = offset < bytes.size() ? bytes.copy(out, size, offset) : 0;
    if (spoils && fault->effect == Effect::short_read) got /= 2;
    if (spoils && fault->effect == Effect::flip_bit && got > 0)
      out[got / 2] = static_cast<char>(out[got / 2] ^ 0x10);
    return got;
  }

  Status append(std::string_view bytes) override {
    const std::lock_guard<std::mutex> lock(fs_.mutex_);
    assert(writable_);
    const Fault* fault = fs_.step(Op::append, path_, bytes.size());
    if (fault != nullptr && fault->effect != Effect::part)
      return fs_.failed(*fault, Op::append, path_);
    uint64_t room = bytes.size();
    if (fs_.space_bytes_ != 0) {
      const uint64_t used = fs_.disk_.used_bytes();
      room = std::min(room, fs_.space_bytes_ - std::min(used, fs_.space_bytes_));
    }
    if (fault != nullptr) room = std::min<uint64_t>(room, bytes.size() / 2);
    if (room > 0) Disk::write(node_.get(), node_->bytes.get().size(), bytes.substr(0, room));
    if (fault != nullptr) return fs_.failed(*fault, Op::append, path_);
    return room == bytes.size() ? Status() : failure(ENOSPC, Op::append, path_);
  }

  Status write_at(uint64_t offset, std::string_view bytes) override {
    const std::lock_guard<std::mutex> lock(fs_.mutex_);
    assert(writable_ && offset + bytes.size() <= node_->bytes.get().size());
    const Fault* fault = fs_.step(Op::write_at, path_, bytes.size());
    if (fault != nullptr && fault->effect != Effect::part)
      return fs_.failed(*fault, Op::write_at, path_);
    if (fault != nullptr) bytes = bytes.substr(0, bytes.size() / 2);
    if (!bytes.empty()) Disk::write(node_.get(), offset, bytes);
    return fault == nullptr ? Status() : fs_.failed(*fault, Op::write_at, path_);
  }

  Status sync() override {
    const std::lock_guard<std::mutex> lock(fs_.mutex_);
    const Fault* fault = fs_.step(Op::sync, path_);
    if (fault == nullptr) {
      Disk::sync_file(node_.get());
      return Status();
    }
    if (fault->effect == Effect::lie) return Status();
    if (fault->effect == Effect::lose_pages) Disk::lose_writes(node_.get());
    return fs_.failed(*fault, Op::sync, path_);
  }

  Result<uint64_t> size() override {
    const std::lock_guard<std::mutex> lock(fs_.mutex_);
    SLIP_TRY(fs_.plain_step(Op::size, path_));
    return uint64_t{node_->bytes.get().size()};
  }

  Status truncate(uint64_t size) override {
    const std::lock_guard<std::mutex> lock(fs_.mutex_);
    assert(writable_);
    SLIP_TRY(fs_.plain_step(Op::truncate, path_));
    Disk::truncate(node_.get(), size);
    return Status();
  }

  Result<std::unique_ptr<slip::FileMapping>> map(uint64_t size) override {
    const std::lock_guard<std::mutex> lock(fs_.mutex_);
    SLIP_TRY(fs_.plain_step(Op::map, path_));
    fs_.mapped_.push_back(Disk::map(node_.get(), size));
    return std::unique_ptr<slip::FileMapping>(
        std::make_unique<SimMapping>(fs_, fs_.mapped_.back()));
  }

 private:
  SimFileSystem& fs_;
  const Node node_;
  const std::string path_;
  const bool writable_;
};

Result<std::unique_ptr<slip::File>> SimFileSystem::open(const std::string& path,
                                                        slip::OpenMode mode) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool there = disk_.find(path) != nullptr;
  const bool makes = mode == slip::OpenMode::create || (mode == slip::OpenMode::append && !there);
  const Op op = makes ? Op::create : Op::open;
  SLIP_TRY(plain_step(op, path));
  if (makes) {
    SLIP_ASSIGN(const auto directory_and_name, place(op, path));
    if (there) return failure(EEXIST, op, path);
    Disk::change_names(directory_and_name.first.get(), "", directory_and_name.second,
                       disk_.make(false));
  }
  const Node node = disk_.find(path);
  if (node == nullptr) return failure(ENOENT, op, path);
  if (node->is_directory)
    return Status(SLIP_NOT_OURS, "cannot open \"" + path + "\": it is not a regular file");
  return std::unique_ptr<slip::File>(
      std::make_unique<SimFile>(*this, node, path, mode != slip::OpenMode::read));
}

// --- names ---------------------------------------------------------------------------------------

Result<std::pair<Node, std::string>> SimFileSystem::place(Op op, const std::string& path) const {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return failure(EEXIST, op, path);
  const std::string trimmed = path.substr(0, end + 1);
  const size_t slash = trimmed.rfind('/');
  const size_t name = slash == std::string::npos ? 0 : slash + 1;
  Node directory = disk_.find(std::string_view(trimmed).substr(0, name));
  if (directory == nullptr) return failure(ENOENT, op, path);
  if (!directory->is_directory) return failure(ENOTDIR, op, path);
  return std::make_pair(std::move(directory), trimmed.substr(name));
}

Result<slip::FileStat> SimFileSystem::stat(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(plain_step(Op::stat, path));
  slip::FileStat stat;
  const Node node = disk_.find(path);
  if (node == nullptr) return stat;
  stat.kind = node->is_directory ? slip::FileKind::directory : slip::FileKind::file;
  stat.size = node->bytes.get().size();
  stat.device = disk_.device();
  stat.inode = node->number;
  return stat;
}

Result<std::vector<std::string>> SimFileSystem::list(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(plain_step(Op::list, path));
  const Node node = disk_.find(path);
  if (node == nullptr) return failure(ENOENT, Op::list, path);
  if (!node->is_directory) return failure(ENOTDIR, Op::list, path);
  std::vector<std::string> names;
  for (const auto& name : node->names) names.push_back(name.first);
  return names;
}

Status SimFileSystem::make_directory(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(plain_step(Op::make_directory, path));
  if (disk_.find(path) != nullptr) return failure(EEXIST, Op::make_directory, path);
  SLIP_ASSIGN(const auto at, place(Op::make_directory, path));
  Disk::change_names(at.first.get(), "", at.second, disk_.make(true));
  return Status();
}

Status SimFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(plain_step(Op::rename, to));
  const Node node = disk_.find(from);
  if (node == nullptr) return failure(ENOENT, Op::rename, from);
  SLIP_ASSIGN(const auto source, place(Op::rename, from));
  SLIP_ASSIGN(const auto target, place(Op::rename, to));
  const Node replaced = disk_.find(to);
  if (replaced != nullptr && replaced->is_directory != node->is_directory)
    return failure(replaced->is_directory ? EISDIR : ENOTDIR, Op::rename, to);
  if (replaced != nullptr && !replaced->names.empty()) return failure(ENOTEMPTY, Op::rename, to);
  if (replaced == node) return Status();
  if (source.first == target.first) {
    Disk::change_names(source.first.get(), source.second, target.second, node);
    return Status();
  }
  Disk::change_names(source.first.get(), source.second, "", nullptr);
  Disk::change_names(target.first.get(), "", target.second, node);
  return Status();
}

Status SimFileSystem::link(const std::string& from, const std::string& to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(plain_step(Op::link, to));
  const Node node = disk_.find(from);
  if (node == nullptr) return failure(ENOENT, Op::link, from);
  if (disk_.find(to) != nullptr) return failure(EEXIST, Op::link, to);
  SLIP_ASSIGN(const auto target, place(Op::link, to));
  Disk::change_names(target.first.get(), "", target.second, node);
  return Status();
}

Status SimFileSystem::remove(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(plain_step(Op::remove, path));
  const Node node = disk_.find(path);
  if (node == nullptr) return failure(ENOENT, Op::remove, path);
  if (!node->names.empty()) return failure(ENOTEMPTY, Op::remove, path);
  SLIP_ASSIGN(const auto at, place(Op::remove, path));
  Disk::change_names(at.first.get(), at.second, "", nullptr);
  return Status();
}

Status SimFileSystem::sync_directory(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Fault* fault = step(Op::sync_directory, path);
  if (fault != nullptr && fault->effect != Effect::lie)
    return failed(*fault, Op::sync_directory, path);
  const Node node = disk_.find(path);
  if (node == nullptr) return failure(ENOENT, Op::sync_directory, path);
  if (!node->is_directory) return failure(ENOTDIR, Op::sync_directory, path);
  if (fault == nullptr) Disk::sync_names(node.get());
  return Status();
}

// --- locks and space -----------------------------------------------------------------------------

class SimLock : public slip::FileLock {
 public:
  SimLock(SimFileSystem& fs, uint64_t inode) : fs_(fs), inode_(inode) {}
  ~SimLock() override {
    const std::lock_guard<std::mutex> lock(fs_.mutex_);
    fs_.locked_.erase(inode_);
  }

 private:
  SimFileSystem& fs_;
  const uint64_t inode_;
};

// Never waits: what is held is held by this program itself.
Result<std::unique_ptr<slip::FileLock>> SimFileSystem::lock(const std::string& path, bool) {
  const std::lock_guard<std::mutex> guard(mutex_);
  SLIP_TRY(plain_step(Op::lock, path));
  if (disk_.find(path) == nullptr) {
    SLIP_ASSIGN(const auto at, place(Op::lock, path));
    Disk::change_names(at.first.get(), "", at.second, disk_.make(false));
  }
  const uint64_t inode = disk_.find(path)->number;
  if (locked_.count(inode) > 0)
    return Status(SLIP_BUSY, "cannot lock \"" + path + "\": held by this process already");
  auto lock = std::make_unique<SimLock>(*this, inode);
  locked_.insert(inode);
  return std::unique_ptr<slip::FileLock>(std::move(lock));
}

Result<uint64_t> SimFileSystem::free_bytes(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  SLIP_TRY(plain_step(Op::free_bytes, path));
  if (space_bytes_ == 0) return uint64_t{1} << 40;
  return space_bytes_ - std::min(space_bytes_, disk_.used_bytes());
}

}  // namespace sim
