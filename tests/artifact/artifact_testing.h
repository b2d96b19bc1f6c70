/* What the tests of artifacts share: a small fold, its artifact on disk, and sentences. C++ only.
 */
#ifndef TESTS_ARTIFACT_TESTING_H
#define TESTS_ARTIFACT_TESTING_H

#include <string>
#include <utility>

#include "artifact/artifact.h"
#include "support/expect.h"
#include "support/memory_fold.h"

namespace artifact_testing {

inline slip::FileSystem& disk() { return slip::posix_file_system(); }

inline memory_fold::Contents small_fold() {
  memory_fold::Contents fold;
  fold.put("a", "1");
  fold.put("b.c", std::string("x\0y", 3), 5000000000);
  fold.put("empty", "");
  fold.put("gone", "soon");
  fold.remove("gone");
  fold.remove("purged", SLIP_PURGE);
  fold.put("z", std::string(300, 'z'), SLIP_TTL_NEVER);
  return fold;
}

inline slip::ExportSettings uncompressed() {
  slip::ExportSettings settings;
  settings.compress = false;
  return settings;
}

inline slip::Manifest export_fold(const memory_fold::Contents& fold, const std::string& directory,
                                  const slip::ExportSettings& settings = slip::ExportSettings()) {
  memory_fold::Snapshot snapshot(fold);
  auto manifest = slip::export_artifact(disk(), snapshot, directory, settings);
  EXPECT_OK(manifest.status());
  return manifest.take();
}

// The directory of a new artifact.
inline std::string exported(const memory_fold::Contents& fold,
                            const slip::ExportSettings& settings = slip::ExportSettings()) {
  const std::string directory = test_path(test_directory(), "artifact");
  export_fold(fold, directory, settings);
  return directory;
}

inline std::string file_text(const std::string& path) {
  size_t size = 0;
  const char* text = test_read_file(path.c_str(), &size);
  return std::string(text, size);
}
inline void write_text(const std::string& path, const std::string& text) {
  test_write_file(path.c_str(), text.data(), text.size());
}

inline void assert_same_fold(const memory_fold::Contents& got,
                             const memory_fold::Contents& expected) {
  assert_true(got.entries == expected.entries);
  assert_true(got.meta.identity == expected.meta.identity);
  assert_true(got.meta.scope == expected.meta.scope);
  assert_int_equal(got.meta.revision, expected.meta.revision);
  assert_int_equal(got.meta.entries, expected.meta.entries);
  assert_int_equal(got.meta.tombstones, expected.meta.tombstones);
  assert_int_equal(got.meta.payload_bytes, expected.meta.payload_bytes);
  assert_int_equal(got.meta.fingerprints.size(), expected.meta.fingerprints.size());
  for (size_t i = 0; i < got.meta.fingerprints.size(); ++i) {
    const slip::Fingerprint& one = got.meta.fingerprints[i];
    const slip::Fingerprint& other = expected.meta.fingerprints[i];
    assert_true(one.revision == other.revision && one.timestamp_ns == other.timestamp_ns &&
                one.key_hash == other.key_hash);
  }
  assert_false(got.meta.loading);
  assert_false(got.meta.repairing);
}

}  // namespace artifact_testing
#endif
