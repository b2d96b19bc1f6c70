// Section READ AND WRITE A BUCKET.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "capi/error.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/iterator.h"

using namespace slip;
using namespace slip::capi;

namespace {

Bytes bytes_of(const void* data, size_t size) {
  return Bytes(static_cast<const char*>(data), size);
}

slip_status list_into(const char* function, slip_bucket* bucket, const void* prefix,
                      size_t prefix_size, bool with_values, slip_iterator** out_iterator,
                      slip_error** error) {
  return guard(
      function, error,
      {handle(bucket, "bucket"), bytes(prefix, prefix_size, "prefix"),
       output(out_iterator, "out_iterator")},
      [&]() -> Status {
        SLIP_ASSIGN(auto listing, bucket->bucket->list(bytes_of(prefix, prefix_size), with_values));
        *out_iterator =
            iterate_listing(bucket->connection, bucket->bucket, std::move(listing)).release();
        return Status();
      });
}

// The writes of one key: `write` gives the new revision.
template <typename Write>
slip_status write_one(const char* function, slip_bucket* bucket, Argument key, Argument value,
                      uint64_t* out_revision, slip_error** error, Write&& write) {
  return guard(function, error,
               {handle(bucket, "bucket"), key, value, maybe_output(out_revision, "out_revision")},
               [&]() -> Status {
                 SLIP_ASSIGN(const uint64_t revision, write(*bucket->bucket));
                 if (out_revision != nullptr) *out_revision = revision;
                 return Status();
               });
}

bool is_view(slip_bytes bytes) { return bytes.data != nullptr || bytes.size == 0; }

// Before anything is sent: what cannot be read at all is the call's mistake, not an item's.
Status check_views(const slip_write* writes, size_t count) {
  for (size_t at = 0; at < count && count <= kWritesPerCallMax; ++at)
    if (!is_view(writes[at].key) || !is_view(writes[at].value))
      return Status(SLIP_INVALID, "slip_bucket_put_many: item " + std::to_string(at) +
                                      ": key or value is NULL and its size is not 0");
  return Status();
}

constexpr Argument kNoValue = {"value", Problem::none};

}  // namespace

slip_status slip_bucket_get(slip_bucket* bucket, const void* key, size_t key_size,
                            slip_entry** out_entry, slip_error** error) {
  return guard(
      __func__, error,
      {handle(bucket, "bucket"), bytes(key, key_size, "key"), output(out_entry, "out_entry")},
      [&]() -> Status {
        SLIP_ASSIGN(Entry entry, bucket_get(*bucket->bucket, bytes_of(key, key_size)));
        *out_entry = make_entry(std::move(entry)).release();
        return Status();
      });
}

slip_status slip_bucket_keys(slip_bucket* bucket, const void* prefix, size_t prefix_size,
                             slip_iterator** out_iterator, slip_error** error) {
  return list_into(__func__, bucket, prefix, prefix_size, false, out_iterator, error);
}

slip_status slip_bucket_scan(slip_bucket* bucket, const void* prefix, size_t prefix_size,
                             slip_iterator** out_iterator, slip_error** error) {
  return list_into(__func__, bucket, prefix, prefix_size, true, out_iterator, error);
}

slip_status slip_bucket_put(slip_bucket* bucket, const void* key, size_t key_size,
                            const void* value, size_t value_size, uint64_t* out_revision,
                            slip_error** error) {
  return write_one(__func__, bucket, bytes(key, key_size, "key"), bytes(value, value_size, "value"),
                   out_revision, error, [&](Bucket& target) {
                     return bucket_put(target, bytes_of(key, key_size),
                                       bytes_of(value, value_size));
                   });
}

slip_status slip_bucket_put_if_absent(slip_bucket* bucket, const void* key, size_t key_size,
                                      const void* value, size_t value_size, uint64_t* out_revision,
                                      slip_error** error) {
  return write_one(__func__, bucket, bytes(key, key_size, "key"), bytes(value, value_size, "value"),
                   out_revision, error, [&](Bucket& target) {
                     return bucket_put_if_absent(target, bytes_of(key, key_size),
                                                 bytes_of(value, value_size));
                   });
}

slip_status slip_bucket_put_if(slip_bucket* bucket, const void* key, size_t key_size,
                               const void* value, size_t value_size, uint64_t revision,
                               uint64_t* out_revision, slip_error** error) {
  return write_one(__func__, bucket, bytes(key, key_size, "key"), bytes(value, value_size, "value"),
                   out_revision, error, [&](Bucket& target) {
                     return bucket_put_if(target, bytes_of(key, key_size),
                                          bytes_of(value, value_size), revision);
                   });
}

slip_status slip_bucket_remove(slip_bucket* bucket, const void* key, size_t key_size,
                               uint64_t* out_revision, slip_error** error) {
  return write_one(__func__, bucket, bytes(key, key_size, "key"), kNoValue, out_revision, error,
                   [&](Bucket& target) { return bucket_remove(target, bytes_of(key, key_size)); });
}

slip_status slip_bucket_remove_if(slip_bucket* bucket, const void* key, size_t key_size,
                                  uint64_t revision, uint64_t* out_revision, slip_error** error) {
  return write_one(
      __func__, bucket, bytes(key, key_size, "key"), kNoValue, out_revision, error,
      [&](Bucket& target) { return bucket_remove_if(target, bytes_of(key, key_size), revision); });
}

slip_status slip_bucket_purge(slip_bucket* bucket, const void* key, size_t key_size,
                              uint64_t* out_revision, slip_error** error) {
  return write_one(__func__, bucket, bytes(key, key_size, "key"), kNoValue, out_revision, error,
                   [&](Bucket& target) { return bucket_purge(target, bytes_of(key, key_size)); });
}

slip_status slip_bucket_put_many(slip_bucket* bucket, const slip_write* writes, size_t count,
                                 slip_write_result* out_results, slip_error** error) {
  // A count over the limit is refused below; nobody promised room for that many results.
  if (out_results != nullptr && count <= kWritesPerCallMax)
    std::fill_n(out_results, count, slip_write_result{});
  return guard(__func__, error,
               {handle(bucket, "bucket"), bytes(writes, count, "writes"),
                bytes(out_results, count, "out_results")},
               [&]() -> Status {
                 SLIP_TRY(check_views(writes, count));
                 return bucket_write_many(*bucket->bucket, writes, count, out_results);
               });
}
