// Every bound of the library that is not an option, in one place. docs/operations.md lists them.
#ifndef SLIP_BASE_LIMITS_H
#define SLIP_BASE_LIMITS_H

#include <cstddef>
#include <cstdint>

namespace slip {

constexpr size_t kBucketNameBytesMax = 128;
constexpr size_t kKeyBytesMax = 1024;           // keys that we write (ADR-8 names no bound)
constexpr size_t kFoldKeyBytesMax = 65535;      // keys that a fold takes: whatever a server let pass
constexpr size_t kLongKeyBytes = 3900;          // a longer key is an event of the watch
constexpr size_t kValueBytesMax = 64u << 20;    // the largest message that NATS can be set to
constexpr size_t kWritesPerCallMax = 1000000;
constexpr uint32_t kHistoryMax = 64;

constexpr size_t kJsonBytesMax = 4u << 20;
constexpr size_t kJsonDepthMax = 32;
constexpr size_t kJsonNodesMax = 1000000;        // values of one document: bounds its memory
constexpr size_t kJsonNumberBytesMax = 60;      // of a number's literal
constexpr size_t kErrorTextBytesMax = 4096;     // text out of callbacks
constexpr size_t kQuotedBytesMax = 256;         // of something that a sentence quotes
constexpr size_t kOptionBytesMax = 1u << 20;    // of one value
constexpr size_t kOptionListMax = 10000;        // values of one option
constexpr size_t kDirectoryNamesMax = 1000000;  // names in one directory that is listed
constexpr size_t kTreeDepthMax = 64;            // of a tree that is removed

constexpr size_t kManifestBytesMax = 4u << 20;
constexpr size_t kPointerBytesMax = 1u << 20;
constexpr size_t kArtifactFilesMax = 100000;
constexpr size_t kArtifactFileLogicalBytes = 64u << 20;
constexpr size_t kObjectBytesMax = 64u << 20;   // of an object that is read whole
constexpr size_t kObjectNameBytesMax = 512;
constexpr size_t kObjectListMax = 10000;
constexpr int kPointerAttemptsMax = 8;
constexpr size_t kPointerRecentMax = 32;        // nonces of swaps that a pointer remembers
constexpr size_t kPointerDoomedMax = 5000;      // payloads that a prune is about to remove

constexpr size_t kFingerprintsMax = 8;
constexpr size_t kForeignNameBytesMax = 255;    // of a caller's own fold, in sentences and metrics
constexpr size_t kScopePrefixesMax = 10000;
constexpr size_t kAuditPrefixesMax = 16;        // prefixes of a scope that is audited
constexpr int64_t kAuditAgainMs = 1000;         // after an audit that did not match
constexpr int64_t kAuditPatienceMs = 10000;     // for the answer to one
constexpr size_t kNarrowKeysPerCommit = 10000;  // that leave a fold whose scope is narrowed
constexpr size_t kMemoryBucketsMax = 10000;     // per embedded server
constexpr size_t kConsumerNameBytesMax = 128;
constexpr size_t kHiddenRangesMax = 10000;      // revision ranges that a fold hides
constexpr size_t kSnapshotReadersMax = 4096;    // open snapshots per fold
constexpr size_t kLogSegmentsMax = 100000;      // of an append log

// Full jitter: a random wait below a span that doubles from the first to the last of these.
constexpr int64_t kRestartBackoffMs = 50;       // to find the place on the server anew
constexpr int64_t kRestartBackoffMaxMs = 5000;
constexpr int64_t kIdleHeartbeatMsMin = 100;    // where max_stale_ms asks for more of them
constexpr int64_t kCommitBackoffMs = 20;        // to commit again
constexpr int64_t kCommitBackoffMaxMs = 1000;

}  // namespace slip
#endif
