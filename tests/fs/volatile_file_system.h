// A disk in memory that forgets: what was not synced is lost in a crash, and the power fails at a
// chosen operation. Flat: every path is one name. One thread.
#ifndef TESTS_FS_VOLATILE_FILE_SYSTEM_H
#define TESTS_FS_VOLATILE_FILE_SYSTEM_H

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fs/file_system.h"

namespace test {

class VolatileFileSystem : public slip::FileSystem {
 public:
  struct Inode {
    std::string bytes;
    std::string synced;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  // The operation that the power does not survive: nothing of it and after it happens. -1: none.
  long power_fails_at = -1;
  long operations = 0;

  slip::Status step(const char* what) {
    if (power_fails_at >= 0 && operations >= power_fails_at)
      return slip::Status(SLIP_IO, std::string(what) + ": the power has failed");
    ++operations;
    return slip::Status();
  }

  // What a reader finds after the power came back. Names that were never synced may have survived
  // or not; so may bytes; these are the two ends of what a real disk does.
  void crash(bool names_survive) {
    if (!names_survive) names_ = durable_;
    durable_ = names_;
    for (auto& name : names_) name.second->bytes = name.second->synced;
    power_fails_at = -1;
  }

  slip::Result<std::unique_ptr<slip::File>> open(const std::string& path,
                                                 slip::OpenMode mode) override {
    const auto found = names_.find(path);
    if (mode == slip::OpenMode::create) {
      SLIP_TRY(step("create"));
      if (found != names_.end()) return slip::Status(SLIP_EXISTS, "exists");
      names_[path] = std::make_shared<Inode>();
    } else if (found == names_.end()) {
      return slip::Status(SLIP_NOT_FOUND, "not found");
    }
    return std::unique_ptr<slip::File>(std::make_unique<OpenFile>(*this, names_[path]));
  }
  slip::Result<slip::FileStat> stat(const std::string& path) override {
    slip::FileStat info;
    const auto found = names_.find(path);
    if (found == names_.end()) return info;
    info.kind = slip::FileKind::file;
    info.size = found->second->bytes.size();
    return info;
  }
  slip::Result<std::vector<std::string>> list(const std::string&) override {
    std::vector<std::string> all;
    for (const auto& name : names_) all.push_back(name.first);
    return all;
  }
  slip::Status make_directory(const std::string&) override { return slip::Status(); }
  slip::Status rename(const std::string& from, const std::string& to) override {
    SLIP_TRY(step("rename"));
    names_[to] = names_.at(from);
    names_.erase(from);
    return slip::Status();
  }
  slip::Status link(const std::string& from, const std::string& to) override {
    SLIP_TRY(step("link"));
    if (names_.count(to) != 0) return slip::Status(SLIP_EXISTS, "exists");
    names_[to] = names_.at(from);
    return slip::Status();
  }
  slip::Status remove(const std::string& path) override {
    SLIP_TRY(step("remove"));
    return names_.erase(path) != 0 ? slip::Status() : slip::Status(SLIP_NOT_FOUND, "not found");
  }
  slip::Status sync_directory(const std::string&) override {
    SLIP_TRY(step("sync directory"));
    durable_ = names_;
    return slip::Status();
  }
  slip::Result<std::unique_ptr<slip::FileLock>> lock(const std::string&, bool) override {
    return std::make_unique<slip::FileLock>();
  }
  slip::Result<uint64_t> free_bytes(const std::string&) override { return uint64_t{1} << 40; }

 private:
  class OpenFile : public slip::File {
   public:
    OpenFile(VolatileFileSystem& fs, std::shared_ptr<Inode> inode)
        : fs_(fs), inode_(std::move(inode)) {}
    slip::Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
      return inode_->bytes.copy(out, size, offset);
    }
    slip::Status append(std::string_view bytes) override {
      SLIP_TRY(fs_.step("append"));
      inode_->bytes.append(bytes);
      return slip::Status();
    }
    slip::Status write_at(uint64_t offset, std::string_view bytes) override {
      SLIP_TRY(fs_.step("write"));
      inode_->bytes.replace(static_cast<size_t>(offset), bytes.size(), bytes);
      return slip::Status();
    }
    slip::Status sync() override {
      SLIP_TRY(fs_.step("sync"));
      inode_->synced = inode_->bytes;
      return slip::Status();
    }
    slip::Result<uint64_t> size() override { return uint64_t{inode_->bytes.size()}; }
    slip::Status truncate(uint64_t size) override {
      SLIP_TRY(fs_.step("truncate"));
      inode_->bytes.resize(size);
      return slip::Status();
    }
    slip::Result<std::unique_ptr<slip::FileMapping>> map(uint64_t) override {
      return slip::Status(SLIP_UNSUPPORTED, "nothing is mapped here");
    }

   private:
    VolatileFileSystem& fs_;
    const std::shared_ptr<Inode> inode_;
  };

  Names names_;
  Names durable_;
};

}  // namespace test
#endif
