// Checksums against accidents (XXH3-64) and digests against everybody (SHA-256, OpenSSL).
#ifndef SLIP_BASE_CHECKSUM_H
#define SLIP_BASE_CHECKSUM_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace slip {

uint64_t xxh3(std::string_view bytes);
uint64_t xxh3(std::string_view first, std::string_view second);  // of the concatenation

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  // Ends the digest: 64 hex digits. Once per object.
  std::string hex();

 private:
  friend std::string sha256_raw(std::string_view bytes);
  struct Context;
  std::unique_ptr<Context> context_;
};
std::string sha256_hex(std::string_view bytes);
// 32 raw bytes.
std::string sha256_raw(std::string_view bytes);
// 2 * `bytes` random hex digits from the system's generator: names and nonces.
std::string random_hex(size_t bytes);

}  // namespace slip
#endif
