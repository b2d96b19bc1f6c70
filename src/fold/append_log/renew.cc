#include "fold/append_log/renew.h"

#include "base/utf8.h"
#include "fold/append_log/scan.h"

namespace slip::append_log {
namespace {

constexpr size_t kWriteBytes = 1u << 20;

}  // namespace

Status renew(FileSystem& fs, const std::string& path, uint64_t begin, uint64_t end) {
  SLIP_ASSIGN(const std::unique_ptr<SegmentScan> scan, SegmentScan::open(fs, path));
  SLIP_ASSIGN(const std::unique_ptr<File> file, fs.open(path, OpenMode::write));
  std::string bytes;  // of the file, from `begin` on
  if (begin < kSegmentHeaderBytes) {
    begin = 0;
    bytes = encode_segment_header(scan->header());
  } else {
    scan->go_to(begin);
  }
  SegmentScan::Record record;
  while (begin + bytes.size() < end) {
    SLIP_ASSIGN(const SegmentScan::Found found, scan->next(&record));
    if (found != SegmentScan::Found::record || record.end > end)
      return Status(SLIP_IO,
                    quoted(path) +
                        " reads differently the second time (try again, and look after "
                        "the disk)",
                    true);
    bytes.resize(static_cast<size_t>(record.place - begin));
    bytes += encode_record_header(record.header);
    bytes += record.body;
    if (bytes.size() < kWriteBytes && record.end < end) continue;
    SLIP_TRY(file->write_at(begin, bytes));
    begin = record.end;
    bytes.clear();
  }
  return Status();
}

}  // namespace slip::append_log
