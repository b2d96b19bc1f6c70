#include "artifact/record.h"

#include "base/little_endian.h"

namespace slip {
namespace {

constexpr size_t kValueSizeAt = 4, kRevisionAt = 8, kTimestampAt = 16, kTtlAt = 24;
constexpr size_t kOperationAt = 32, kZeroAt = 36;

Status fault(std::string sentence) { return Status(SLIP_INVALID, std::move(sentence)); }

Status differs(const char* what, uint64_t found, uint64_t stated) {
  return fault("it has " + std::to_string(found) + " " + what + ", and " + std::to_string(stated) +
               " are stated");
}

}  // namespace

uint64_t record_bytes(const Update& update) {
  return kRecordHeaderBytes + update.key.size + update.value.size + kRecordSumBytes;
}

void append_record(const Update& update, std::string* out) {
  const size_t begin = out->size();
  append_le<uint32_t>(out, static_cast<uint32_t>(update.key.size));
  append_le<uint32_t>(out, static_cast<uint32_t>(update.value.size));
  append_le<uint64_t>(out, update.revision);
  append_le<int64_t>(out, update.timestamp_ns);
  append_le<int64_t>(out, update.ttl_ns);
  append_le<uint32_t>(out, update.operation);
  append_le<uint32_t>(out, 0);
  out->append(key_of(update));
  out->append(value_of(update));
  append_le<uint64_t>(out, xxh3(std::string_view(*out).substr(begin)));
}

Status StreamTally::check(const Update& update) const {
  if (update.key.size == 0 || update.key.size > kFoldKeyBytesMax)
    return fault("its key has " + std::to_string(update.key.size) + " bytes, not 1 to " +
                 std::to_string(kFoldKeyBytesMax));
  if (update.value.size > kValueBytesMax)
    return fault("its value has " + std::to_string(update.value.size) + " bytes, over " +
                 std::to_string(kValueBytesMax));
  if (update.operation < SLIP_PUT || update.operation > SLIP_PURGE)
    return fault("its operation is " + std::to_string(update.operation));
  if (!is_live(update) && update.value.size != 0) return fault("a deleted key has a value");
  if (update.ttl_ns < SLIP_TTL_NEVER) return fault("its life is negative");
  if (update.revision == 0) return fault("its revision is 0");
  if (update.revision > meta_.revision)
    return fault("its revision " + std::to_string(update.revision) + " is above the cursor " +
                 std::to_string(meta_.revision));
  if (records() > 0 && key_of(update) == last_key_) return fault("its key came twice");
  if (records() > 0 && key_of(update) < last_key_) return fault("its key is out of order");
  if (!meta_.scope.contains(key_of(update))) return fault("its key is outside the scope");
  return Status();
}

Status StreamTally::add(const Update& update, std::string_view encoded) {
  SLIP_TRY(check(update));
  last_key_.assign(key_of(update));
  if (is_live(update)) {
    ++entries_;
    payload_bytes_ += update.key.size + update.value.size;
  } else {
    ++tombstones_;
  }
  if (update.revision >= newest_revision_) {
    newest_revision_ = update.revision;
    server_time_ns_ = update.timestamp_ns;
  }
  logical_bytes_ += encoded.size();
  digest_.update(encoded);
  return Status();
}

Status StreamTally::check_counts() const {
  if (entries_ != meta_.entries) return differs("entries", entries_, meta_.entries);
  if (tombstones_ != meta_.tombstones) return differs("tombstones", tombstones_, meta_.tombstones);
  if (payload_bytes_ != meta_.payload_bytes)
    return differs("payload bytes", payload_bytes_, meta_.payload_bytes);
  return Status();
}

// The size of the first record in `bytes`, 0 where it is not whole yet. Sizes are checked before
// anything is read or kept on their word.
Result<size_t> RecordParser::parse_one(std::string_view bytes, Update* out) const {
  if (bytes.size() < kRecordHeaderBytes) return size_t{0};
  const char* header = bytes.data();
  Update update{};
  update.key.size = read_le<uint32_t>(header);
  update.value.size = read_le<uint32_t>(header + kValueSizeAt);
  if (update.key.size == 0 || update.key.size > kFoldKeyBytesMax ||
      update.value.size > kValueBytesMax)
    return fault("its header states a key of " + std::to_string(update.key.size) +
                 " bytes and a value of " + std::to_string(update.value.size));
  const auto size = static_cast<size_t>(record_bytes(update));
  if (bytes.size() < size) return size_t{0};
  const size_t sum_at = size - kRecordSumBytes;
  if (read_le<uint64_t>(header + sum_at) != xxh3(bytes.substr(0, sum_at)))
    return fault("its checksum is wrong");
  if (read_le<uint32_t>(header + kZeroAt) != 0) return fault("a field that must be zero is not");
  update.key = as_slip_bytes(bytes.substr(kRecordHeaderBytes, update.key.size));
  update.value = as_slip_bytes(bytes.substr(sum_at - update.value.size, update.value.size));
  update.revision = read_le<uint64_t>(header + kRevisionAt);
  update.timestamp_ns = read_le<int64_t>(header + kTimestampAt);
  update.ttl_ns = read_le<int64_t>(header + kTtlAt);
  update.operation = read_le<uint32_t>(header + kOperationAt);
  *out = update;
  return size;
}

void RecordParser::feed(std::string_view bytes) {
  buffer_.erase(0, taken_);
  taken_ = 0;
  buffer_.append(bytes);
}

Result<const std::vector<Update>*> RecordParser::take() {
  updates_.clear();
  for (;;) {
    const std::string_view rest = std::string_view(buffer_).substr(taken_);
    const auto locate = [this](const Status& status) {
      return status.with_context("record " + std::to_string(tally_->records() + 1));
    };
    Update update{};
    const Result<size_t> size = parse_one(rest, &update);
    if (!size.ok()) return locate(size.status());
    if (size.value() == 0) break;
    const Status added = tally_->add(update, rest.substr(0, size.value()));
    if (!added.ok()) return locate(added);
    updates_.push_back(update);
    taken_ += size.value();
  }
  return static_cast<const std::vector<Update>*>(&updates_);
}

}  // namespace slip
