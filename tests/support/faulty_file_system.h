/* A file system on which one operation fails, or at which the process dies. Every call counts as
 * one operation, those on open files too. C++ only; one thread at a time. */
#ifndef TESTS_SUPPORT_FAULTY_FILE_SYSTEM_H
#define TESTS_SUPPORT_FAULTY_FILE_SYSTEM_H

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "fs/file_system.h"

namespace faulty {

class FileSystem final : public slip::FileSystem {
 public:
  explicit FileSystem(slip::FileSystem& inner = slip::posix_file_system()) : inner_(inner) {}

  long fail_at = 0;           // the nth operation from now on, 1-based; 0: none
  bool from_then_on = false;  // and every one after it: nothing can be cleaned up
  bool die = false;           // SIGKILL in its place
  slip::Status status{SLIP_NO_SPACE, "injected: no space left on device"};
  long operations = 0;
  long failures = 0;

  slip::Status step() {
    ++operations;
    if (fail_at == 0 || operations < fail_at) return slip::Status();
    if (operations > fail_at && !from_then_on) return slip::Status();
    if (die) kill(getpid(), SIGKILL);
    ++failures;
    return status;
  }

  slip::Result<std::unique_ptr<slip::File>> open(const std::string& path,
                                                 slip::OpenMode mode) override;
  slip::Result<slip::FileStat> stat(const std::string& path) override {
    SLIP_TRY(step());
    return inner_.stat(path);
  }
  slip::Result<std::vector<std::string>> list(const std::string& path) override {
    SLIP_TRY(step());
    return inner_.list(path);
  }
  slip::Status make_directory(const std::string& path) override {
    SLIP_TRY(step());
    return inner_.make_directory(path);
  }
  slip::Status rename(const std::string& from, const std::string& to) override {
    SLIP_TRY(step());
    return inner_.rename(from, to);
  }
  slip::Status link(const std::string& from, const std::string& to) override {
    SLIP_TRY(step());
    return inner_.link(from, to);
  }
  slip::Status remove(const std::string& path) override {
    SLIP_TRY(step());
    return inner_.remove(path);
  }
  slip::Status sync_directory(const std::string& path) override {
    SLIP_TRY(step());
    return inner_.sync_directory(path);
  }
  slip::Result<std::unique_ptr<slip::FileLock>> lock(const std::string& path, bool wait) override {
    SLIP_TRY(step());
    return inner_.lock(path, wait);
  }
  slip::Result<uint64_t> free_bytes(const std::string& path) override {
    SLIP_TRY(step());
    return inner_.free_bytes(path);
  }

 private:
  slip::FileSystem& inner_;
};

class File final : public slip::File {
 public:
  File(FileSystem& fs, std::unique_ptr<slip::File> inner) : fs_(fs), inner_(std::move(inner)) {}
  slip::Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    SLIP_TRY(fs_.step());
    return inner_->read_at(offset, out, size);
  }
  // A failing append has written a part, as a full disk does.
  slip::Status append(std::string_view bytes) override {
    const slip::Status status = fs_.step();
    if (status.ok()) return inner_->append(bytes);
    (void)inner_->append(bytes.substr(0, bytes.size() / 2));
    return status;
  }
  slip::Status write_at(uint64_t offset, std::string_view bytes) override {
    SLIP_TRY(fs_.step());
    return inner_->write_at(offset, bytes);
  }
  slip::Status sync() override {
    SLIP_TRY(fs_.step());
    return inner_->sync();
  }
  slip::Result<uint64_t> size() override {
    SLIP_TRY(fs_.step());
    return inner_->size();
  }
  slip::Status truncate(uint64_t size) override {
    SLIP_TRY(fs_.step());
    return inner_->truncate(size);
  }
  slip::Result<std::unique_ptr<slip::FileMapping>> map(uint64_t size) override {
    SLIP_TRY(fs_.step());
    return inner_->map(size);
  }

 private:
  FileSystem& fs_;
  std::unique_ptr<slip::File> inner_;
};

inline slip::Result<std::unique_ptr<slip::File>> FileSystem::open(const std::string& path,
                                                                  slip::OpenMode mode) {
  SLIP_TRY(step());
  SLIP_ASSIGN(std::unique_ptr<slip::File> file, inner_.open(path, mode));
  return std::unique_ptr<slip::File>(std::make_unique<File>(*this, std::move(file)));
}

}  // namespace faulty
#endif
