// The first byte of records says whether the file is compressed.
#include "artifact/artifact.h"
#include "base/checksum.h"
#include "fuzz/targets.h"
#include "support/sim_file_system.h"

namespace fuzz {

// The digests of the file and of its stream are what the manifest says they are: what is hostile is
// what they cover.
void records(std::string_view bytes) {
  if (bytes.empty()) return;
  sim::SimFileSystem fs;
  fs.keep_log(false);
  slip::Manifest manifest;
  manifest.meta.identity = {"routes", 7};
  manifest.meta.revision = 1000;
  manifest.compression = bytes[0] % 2 == 0 ? "none" : "zstd";
  const std::string_view file = bytes.substr(1);
  manifest.logical_bytes = 1u << 20;
  manifest.files.push_back({"data/000001.rec", file.size(), slip::sha256_hex(file)});
  if (!slip::make_directories(fs, "/artifact/data").ok()) return;
  {
    auto opened = fs.open("/artifact/data/000001.rec", slip::OpenMode::create);
    if (!opened.ok() || !opened.value()->append(file).ok()) return;
  }
  [[maybe_unused]] const bool sound = slip::verify_artifact_data(fs, "/artifact", manifest).ok();
}

void manifest(std::string_view bytes) {
  const auto parsed = slip::parse_manifest(bytes);
  // What is taken is written again byte for byte.
  if (parsed.ok() && slip::format_manifest(parsed.value()) != bytes) __builtin_trap();
}

}  // namespace fuzz
