// Reading one segment, record by record, and telling its end from damage.
//
// Used by one thread; views live until the next call.
#ifndef SLIP_FOLD_APPEND_LOG_SCAN_H
#define SLIP_FOLD_APPEND_LOG_SCAN_H

#include <memory>
#include <string>

#include "fold/append_log/format.h"
#include "fs/file_system.h"

namespace slip::append_log {

class SegmentScan {
 public:
  enum class Found {
    record,
    end,    // the file ends where a record ends
    damage  // no whole record stands here: torn by a crash, or damaged; see synced_later()
  };
  struct Record {
    uint64_t place = 0;
    uint64_t end = 0;
    RecordHeader header;
    Bytes body;
  };

  // Reads the header too. CORRUPT, NEWER_FORMAT.
  static Result<std::unique_ptr<SegmentScan>> open(FileSystem& fs, const std::string& path);
  const SegmentHeader& header() const { return header_; }
  uint64_t size() const { return size_; }
  // The next record is the one that follows what ends there.
  void go_to(uint64_t end) { end_ = end; }

  // CORRUPT where a header stands that no crash can have left. `record->place` is set in any case.
  Result<Found> next(Record* record);
  // Whether something further on says that the file was synced beyond `place`: then what is wrong
  // there is no torn end.
  Result<bool> synced_later(uint64_t place);
  Status damaged(uint64_t place, const std::string& why) const;

 private:
  SegmentScan(std::unique_ptr<File> file, std::string path, uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}
  // `size` bytes at `offset`, which the file has.
  Result<Bytes> view(uint64_t offset, size_t size);

  const std::unique_ptr<File> file_;
  const std::string path_;
  const uint64_t size_;
  SegmentHeader header_;
  uint64_t end_ = kSegmentHeaderBytes;  // of the last record
  std::string window_;
  uint64_t window_begin_ = 0;
};

}  // namespace slip::append_log
#endif
