#include "fold/append_log/batch.h"

#include <algorithm>
#include <numeric>

#include "base/guard.h"
#include "base/utf8.h"

namespace slip::append_log {
namespace {

// By key, and by place in the batch within one.
std::vector<uint32_t> order_of(const Update* updates, size_t count) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  const auto before = [updates](uint32_t a, uint32_t b) {
    const int compared = key_of(updates[a]).compare(key_of(updates[b]));
    return compared != 0 ? compared < 0 : a < b;
  };
  if (!std::is_sorted(order.begin(), order.end(), before))
    std::sort(order.begin(), order.end(), before);
  return order;
}

int64_t bytes_of(Bytes key, uint64_t value_size, int64_t ttl_ns) {
  return static_cast<int64_t>(update_record_bytes(key.size(), value_size, ttl_ns != 0));
}

}  // namespace

Status Batch::add(const Update* updates, size_t count, const std::string& path) {
  if (count > UINT32_MAX) return Status(SLIP_TOO_LARGE, "a batch of more than 2^32 updates");
  const std::vector<uint32_t> order = order_of(updates, count);
  for (size_t i = 0; i < count;) {
    Change change;
    change.key = key_of(updates[order[i]]);
    for (; i < count && key_of(updates[order[i]]) == change.key; ++i) {
      const Update& update = updates[order[i]];
      if (update.revision == 0) {
        change.removes = true;
        change.update = is_live(update) ? &update : nullptr;
      } else if (change.update == nullptr || update.revision > change.update->revision) {
        change.update = &update;
      }
    }
    SLIP_TRY(apply(change, path));
  }
  return Status();
}

Status Batch::apply(const Change& change, const std::string& path) {
  const Version* stored = edit_.seek(change.key);
  if (stored == nullptr && change.update == nullptr) return Status();
  if (stored != nullptr && change.update != nullptr) {
    // guard: fold_stale_update
    const bool stale = !change.removes && change.update->revision <= stored->revision;
    if (guard_on("fold_stale_update") && stale) return Status();
  }
  if (stored != nullptr && !uncount(change.key, *stored))
    return Status(SLIP_CORRUPT, "fold " + quoted(path) +
                                    " holds more than its counts say (rebuild it, or restore it)");
  if (change.update != nullptr) {
    Update update = *change.update;
    if (update.revision == 0) update.revision = unknown_as_;
    records_.add(update);
    count(update);
    edit_.put(update, records_.end() - update.value.size);
    return Status();
  }
  Update gone{};
  gone.key = as_slip_bytes(change.key);
  gone.operation = SLIP_DELETE;
  records_.add(gone);
  edit_.drop();
  return Status();
}

void Batch::count(const Update& update) {
  record_bytes_ += bytes_of(key_of(update), is_live(update) ? update.value.size : 0, update.ttl_ns);
  ++(is_live(update) ? meta_->entries : meta_->tombstones);
  if (is_live(update)) meta_->payload_bytes += update.key.size + update.value.size;
}

// False where there was not that much to take away.
bool Batch::uncount(Bytes key, const Version& version) {
  record_bytes_ -= bytes_of(key, version.value_size, version.ttl_ns());
  uint64_t& counted = version.live() ? meta_->entries : meta_->tombstones;
  const uint64_t bytes = version.live() ? key.size() + version.value_size : 0;
  if (counted == 0 || meta_->payload_bytes < bytes) return false;
  --counted;
  meta_->payload_bytes -= bytes;
  return true;
}

}  // namespace slip::append_log
