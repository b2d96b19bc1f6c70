// What is the same for every kind of bucket: the conditional operations, made of last() and
// write(), the checks of what a caller hands in, and the sentences of what failed.
#include <algorithm>
#include <cassert>
#include <string>

#include "base/limits.h"
#include "base/utf8.h"
#include "kv/bucket.h"

namespace slip {
namespace {

// Tries of an operation that reads first and then writes conditionally, while others write too.
constexpr int kAttemptsMax = 16;
constexpr int64_t kNsPerSecond = 1000000000;

Status failed(const char* verb, Bytes key, const Bucket& bucket, const Status& status) {
  return status.with_context(std::string("cannot ") + verb + " key " + quoted(key) +
                             " in bucket \"" + bucket.name() + "\"");
}

Status check_key(Bytes key) {
  if (is_key(key)) return Status();
  if (key.size() > kKeyBytesMax) {
    return Status(SLIP_INVALID, "not a legal key (it has " + std::to_string(key.size()) +
                                    " bytes, " + std::to_string(kKeyBytesMax) + " are allowed)");
  }
  return Status(SLIP_INVALID,
                "not a legal key (letters, digits and -/_=. only, not empty, no dot first, last or "
                "doubled)");
}

Write write_of(uint32_t operation, Bytes key, Bytes value, uint64_t expected_revision) {
  Write write{};
  write.key = as_slip_bytes(key);
  write.value = as_slip_bytes(value);
  write.expected_revision = expected_revision;
  write.operation = operation;
  return write;
}

Result<uint64_t> write_one(Bucket& bucket, const Write& write) {
  SLIP_TRY(check_key(view(write.key)));
  WriteResult result{};
  SLIP_TRY(bucket.write(&write, 1, &result));
  return result.revision;
}

Status no_such_key() { return Status(SLIP_NOT_FOUND, "there is no such key"); }

// The revision on which writing a key that does not live may be conditional; 0 where it was never
// written. EXISTS for one that lives.
Result<uint64_t> dead_revision(Bucket& bucket, Bytes key) {
  const Result<Entry> last = bucket.last(key);
  if (last.ok()) {
    if (!last.value().live()) return last.value().revision();
    return Status(SLIP_EXISTS, "it has a value of revision " +
                                   std::to_string(last.value().revision()) + " already");
  }
  if (last.status().is(SLIP_NOT_FOUND)) return uint64_t{0};
  return last.status();
}

Result<uint64_t> live_revision(Bucket& bucket, Bytes key) {
  const Result<Entry> last = bucket.last(key);
  if (!last.ok()) return last.status();
  if (!last.value().live()) return no_such_key();
  return last.value().revision();
}

Result<uint64_t> put_if_absent(Bucket& bucket, Bytes key, Bytes value) {
  uint64_t expected = 0;
  for (int attempt = 1;; ++attempt) {
    Result<uint64_t> written = write_one(bucket, write_of(SLIP_PUT, key, value, expected));
    if (!written.status().is(SLIP_CONFLICT) || attempt == kAttemptsMax) return written;
    SLIP_ASSIGN(expected, dead_revision(bucket, key));
  }
}

Result<uint64_t> remove(Bucket& bucket, Bytes key) {
  SLIP_TRY(check_key(key));
  for (int attempt = 1;; ++attempt) {
    SLIP_ASSIGN(const uint64_t living, live_revision(bucket, key));
    Result<uint64_t> written = write_one(bucket, write_of(SLIP_DELETE, key, Bytes(), living));
    if (!written.status().is(SLIP_CONFLICT) || attempt == kAttemptsMax) return written;
  }
}

Result<uint64_t> remove_if(Bucket& bucket, Bytes key, uint64_t revision) {
  SLIP_TRY(check_key(key));
  SLIP_ASSIGN(const uint64_t living, live_revision(bucket, key));
  if (living != revision) {
    return Status(SLIP_CONFLICT, "the last revision of the key is " + std::to_string(living) +
                                     ", not " + std::to_string(revision));
  }
  return write_one(bucket, write_of(SLIP_DELETE, key, Bytes(), revision));
}

Result<uint64_t> put_if(Bucket& bucket, Bytes key, Bytes value, uint64_t revision) {
  if (revision > kRevisionMax) {
    return Status(SLIP_INVALID, "no key has revision " + std::to_string(revision));
  }
  return write_one(bucket, write_of(SLIP_PUT, key, value, revision));
}

Result<uint64_t> told(const char* verb, Bytes key, const Bucket& bucket, Result<uint64_t> result) {
  if (result.ok()) return result;
  return failed(verb, key, bucket, result.status());
}

// What put_many refuses before it is sent.
Status check_write(const Write& write) {
  SLIP_TRY(check_key(view(write.key)));
  const bool put = write.operation == SLIP_PUT;
  if (!put && write.operation != SLIP_DELETE && write.operation != SLIP_PURGE) {
    return Status(SLIP_INVALID, "unknown operation " + std::to_string(write.operation));
  }
  if (!put && write.value.size != 0) {
    return Status(SLIP_INVALID, "a delete or purge has no value");
  }
  if (write.value.size != 0 && write.value.data == nullptr) {
    return Status(SLIP_INVALID, "the value's pointer is NULL and its size is not 0");
  }
  if (write.flags != 0 || write.reserved[0] != 0 || write.reserved[1] != 0 ||
      write.reserved[2] != 0) {
    return Status(SLIP_INVALID, "flags and reserved must be zero");
  }
  const int64_t ttl = write.ttl_ns;
  const bool whole_seconds = ttl > 0 && ttl % kNsPerSecond == 0;
  if (ttl != 0 && ttl != SLIP_TTL_NEVER && !whole_seconds) {
    return Status(SLIP_INVALID, "ttl_ns is " + std::to_string(ttl) +
                                    " (give whole seconds, 1 s at least, or SLIP_TTL_NEVER)");
  }
  return Status();
}

}  // namespace

Result<Entry> bucket_get(Bucket& bucket, Bytes key) {
  Status status = bucket.takes_any_key() ? Status() : check_key(key);
  if (status.ok()) {
    Result<Entry> last = bucket.last(key);
    if (last.ok() && last->live()) return last;
    status = last.ok() ? no_such_key() : last.status();
  }
  return failed("get", key, bucket, status);
}

Result<uint64_t> bucket_put(Bucket& bucket, Bytes key, Bytes value) {
  return told("put", key, bucket,
              write_one(bucket, write_of(SLIP_PUT, key, value, SLIP_REVISION_ANY)));
}

Result<uint64_t> bucket_put_if_absent(Bucket& bucket, Bytes key, Bytes value) {
  return told("create", key, bucket, put_if_absent(bucket, key, value));
}

Result<uint64_t> bucket_put_if(Bucket& bucket, Bytes key, Bytes value, uint64_t revision) {
  return told("update", key, bucket, put_if(bucket, key, value, revision));
}

Result<uint64_t> bucket_remove(Bucket& bucket, Bytes key) {
  return told("delete", key, bucket, remove(bucket, key));
}

Result<uint64_t> bucket_remove_if(Bucket& bucket, Bytes key, uint64_t revision) {
  return told("delete", key, bucket, remove_if(bucket, key, revision));
}

Result<uint64_t> bucket_purge(Bucket& bucket, Bytes key) {
  return told("purge", key, bucket,
              write_one(bucket, write_of(SLIP_PURGE, key, Bytes(), SLIP_REVISION_ANY)));
}

Status bucket_write_many(Bucket& bucket, const Write* writes, size_t count, WriteResult* results) {
  if (count > kWritesPerCallMax) {
    return Status(SLIP_TOO_LARGE, "cannot write " + std::to_string(count) + " items to bucket \"" +
                                      bucket.name() + "\": at most " +
                                      std::to_string(kWritesPerCallMax) + " in one call");
  }
  // What is left of this is the truth about the rest, should memory fail on the way.
  std::fill(results, results + count, WriteResult{0, SLIP_INDETERMINATE, 0});
  Status first;
  for (size_t i = 0; i < count;) {
    // The items up to the next one that is refused here go out together.
    size_t end = i;
    Status status;
    while (end < count && (status = check_write(writes[end])).ok()) ++end;
    Status sent = end > i ? bucket.write(writes + i, end - i, results + i) : Status();
    if (first.ok()) first = std::move(sent);
    if (end < count) {
      results[end] = WriteResult{0, status.code(), 0};
      if (first.ok()) first = std::move(status);
    }
    i = end + 1;
  }
  if (first.ok()) return first;
  const auto failing = std::find_if(results, results + count,
                                    [](const WriteResult& r) { return r.status != SLIP_OK; });
  assert(failing != results + count);
  const size_t index = static_cast<size_t>(failing - results);
  return first.with_context("cannot write item " + std::to_string(index) + " (key " +
                            quoted(view(writes[index].key)) + ") to bucket \"" + bucket.name() +
                            "\"");
}

}  // namespace slip
