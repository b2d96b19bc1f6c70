// Publishing: an artifact in an object store, and the pointer that names the newest one.
//
// Payload first, under its content address; then the pointer by compare-and-swap (P7). Safety rests
// on the swap alone. Runs on the calling thread.
//   <key>.payloads/<cursor, 16 hex>-<sha256 of the manifest>/{MANIFEST.json,data/...}
//   <key>.pointer.json
#ifndef SLIP_PUBLISH_PUBLISH_H
#define SLIP_PUBLISH_PUBLISH_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "artifact/artifact.h"
#include "base/cursor.h"
#include "objects/object_store.h"

namespace slip {

constexpr uint32_t kPointerSchema = 1;

struct Pointer {
  uint32_t schema = kPointerSchema;
  uint64_t generation = 1;
  std::string nonce;  // of the swap that wrote it
  // (generation, nonce) of the swaps before that one, oldest first, the last kPointerRecentMax.
  std::vector<std::pair<uint64_t, std::string>> recent;
  Identity identity;
  Scope scope;
  uint64_t revision = 0;
  std::string payload;  // object name prefix, relative to the store
  std::string manifest_sha256;
  std::vector<std::string> doomed;  // payloads that a prune is about to remove
  std::string pin;                  // "" or the payload that a roll-back holds fast
};
// The one way to write this pointer, byte for byte, its own digest included.
std::string format_pointer(const Pointer& pointer);
// CORRUPT: any text but format_pointer's; NEWER_FORMAT.
Result<Pointer> parse_pointer(std::string_view json);

struct Published {
  Pointer pointer;
  uint32_t attempts = 0;  // compare-and-swaps sent; 0: the same was published already
  uint64_t bytes = 0;     // uploaded
};
// SUPERSEDED, IDENTITY_MISMATCH, SCOPE_MISMATCH: what stands there stays. CONFLICT: others were
// faster every time. INDETERMINATE: the swap may have happened, and nothing can tell. CORRUPT: the
// pointer is unreadable, and is not overwritten.
Result<Published> publish_artifact(ObjectStore& store, const std::string& key, FileSystem& fs,
                                   const std::string& directory);
struct PointerAndManifest {
  Pointer pointer;
  Manifest manifest;
};
// NOT_FOUND: nothing was published. CORRUPT: the pointer, or the manifest that it names.
Result<PointerAndManifest> read_pointer(ObjectStore& store, const std::string& key);
// A payload that vanished under the reader makes it read the pointer again. After a failure nothing
// is left in `directory`.
Result<Manifest> download_artifact(ObjectStore& store, const std::string& key, FileSystem& fs,
                                   const std::string& directory);
Result<Manifest> bootstrap_fold(ObjectStore& store, const std::string& key, FileSystem& fs,
                                const std::string& fold_url);

}  // namespace slip
#endif
