// The payload: an artifact's files as objects under their content address. Written once; whoever
// finds its MANIFEST.json finds all of it. Runs on the calling thread.
#ifndef SLIP_PUBLISH_PAYLOAD_H
#define SLIP_PUBLISH_PAYLOAD_H

#include <cstdint>
#include <string>

#include "publish/publish.h"

namespace slip {

// Uploads what is not there yet, the manifest last. `bytes` grows by what was sent.
Status upload_payload(ObjectStore& store, const std::string& payload, FileSystem& fs,
                      const std::string& directory, const Manifest& manifest, uint64_t* bytes);

// What is published, into `directory` (absent or empty), the manifest last. Its data is verified
// before that if `verify`; otherwise the caller does so before it uses any of it.
Result<Manifest> fetch_published(ObjectStore& store, const std::string& key, FileSystem& fs,
                                 const std::string& directory, bool verify);

}  // namespace slip
#endif
