#include "base/checksum.h"

#include <openssl/evp.h>
#include <sys/random.h>
#define XXH_STATIC_LINKING_ONLY  // for a state that lives on the stack
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>

namespace slip {
namespace {

std::string hex_of(const unsigned char* bytes, size_t size) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text(size * 2, '0');
  for (size_t i = 0; i < size; ++i) {
    text[2 * i] = kHex[bytes[i] >> 4];
    text[2 * i + 1] = kHex[bytes[i] & 15];
  }
  return text;
}

constexpr size_t kSha256Bytes = 32;

}  // namespace

uint64_t xxh3(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

uint64_t xxh3(std::string_view first, std::string_view second) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, first.data(), first.size());
  XXH3_64bits_update(&state, second.data(), second.size());
  return XXH3_64bits_digest(&state);
}

// SHA-256 of OpenSSL fails for want of memory only.
struct Sha256::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  Context() {
    if (evp != nullptr && EVP_DigestInit_ex(evp, EVP_sha256(), nullptr) == 1) return;
    EVP_MD_CTX_free(evp);
    throw std::bad_alloc();
  }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void update(std::string_view bytes) {
    if (EVP_DigestUpdate(evp, bytes.data(), bytes.size()) != 1) throw std::bad_alloc();
  }
  void finish(unsigned char* out) {
    if (EVP_DigestFinal_ex(evp, out, nullptr) != 1) throw std::bad_alloc();
  }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
void Sha256::update(std::string_view bytes) { context_->update(bytes); }

std::string Sha256::hex() {
  unsigned char digest[kSha256Bytes];
  context_->finish(digest);
  return hex_of(digest, sizeof digest);
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 sha;
  sha.update(bytes);
  return sha.hex();
}

std::string sha256_raw(std::string_view bytes) {
  Sha256::Context context;
  context.update(bytes);
  unsigned char digest[kSha256Bytes];
  context.finish(digest);
  return std::string(reinterpret_cast<const char*>(digest), sizeof digest);
}

std::string random_hex(size_t bytes) {
  std::string text;
  text.reserve(bytes * 2);
  while (bytes > 0) {
    unsigned char drawn[64];
    const size_t size = std::min(bytes, sizeof drawn);
    // Up to 256 bytes come whole or not at all, and not at all only before the machine has booted.
    if (getrandom(drawn, size, 0) != static_cast<ssize_t>(size)) {
      if (errno == EINTR) continue;
      abort();
    }
    text += hex_of(drawn, size);
    bytes -= size;
  }
  return text;
}

}  // namespace slip
