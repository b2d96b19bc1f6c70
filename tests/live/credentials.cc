#include "live/credentials.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "support/support.h"

namespace live {
namespace {

[[noreturn]] void die(const char* what) {
  fprintf(stderr, "test credentials: %s failed\n", what);
  abort();
}

uint16_t crc16(const std::string& bytes) {  // XMODEM
  uint16_t crc = 0;
  for (const char c : bytes) {
    crc = static_cast<uint16_t>(crc ^ static_cast<uint16_t>(static_cast<unsigned char>(c) << 8));
    for (int bit = 0; bit < 8; ++bit) {
      const bool high = (crc & 0x8000) != 0;
      crc = static_cast<uint16_t>(crc << 1);
      if (high) crc = static_cast<uint16_t>(crc ^ 0x1021);
    }
  }
  return crc;
}

// Groups of `bits` as letters of the alphabet, without padding.
std::string encode(const std::string& bytes, unsigned bits, const char* alphabet) {
  std::string text;
  uint32_t kept = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    kept = kept << 8 | static_cast<unsigned char>(c);
    count += 8;
    while (count >= bits) {
      count -= bits;
      text += alphabet[kept >> count & ((1u << bits) - 1)];
    }
  }
  if (count > 0) text += alphabet[kept << (bits - count) & ((1u << bits) - 1)];
  return text;
}

std::string base32_checked(std::string bytes) {
  const uint16_t crc = crc16(bytes);
  bytes += static_cast<char>(crc & 0xff);
  bytes += static_cast<char>(crc >> 8);
  return encode(bytes, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

std::string base64url(const std::string& bytes) {
  return encode(bytes, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::unique_ptr<EVP_PKEY, FreeKey> key_of(const std::string& raw) {
  std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(raw.data()), raw.size()));
  if (key == nullptr) die("making a key");
  return key;
}

std::string sign(const NKey& by, const std::string& text) {
  const auto key = key_of(by.private_raw);
  const std::unique_ptr<EVP_MD_CTX, FreeKey> context(EVP_MD_CTX_new());
  unsigned char signature[64];
  size_t size = sizeof signature;
  const bool good =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), signature, &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  if (!good) die("signing");
  return std::string(reinterpret_cast<const char*>(signature), size);
}

std::string make_jwt(const NKey& issuer, const NKey& subject, const std::string& nats) {
  const std::string header = base64url("{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}");
  const std::string claims =
      base64url("{\"jti\":\"T" + subject.public_text + "\",\"iat\":1700000000,\"iss\":\"" +
                issuer.public_text + "\",\"name\":\"test\",\"sub\":\"" + subject.public_text +
                "\",\"nats\":" + nats + "}");
  const std::string text = header + "." + claims;
  return text + "." + base64url(sign(issuer, text));
}

void run(const std::string& command) {
  if (system((command + " >/dev/null 2>&1").c_str()) != 0) die(command.c_str());
}

}  // namespace

NKey make_nkey(NKeyKind kind) {
  unsigned char raw[32];
  if (RAND_bytes(raw, sizeof raw) != 1) die("a random number");
  NKey made;
  made.private_raw.assign(reinterpret_cast<const char*>(raw), sizeof raw);
  unsigned char open[32];
  size_t size = sizeof open;
  if (EVP_PKEY_get_raw_public_key(key_of(made.private_raw).get(), open, &size) != 1) {
    die("deriving a public key");
  }
  const int prefix = static_cast<int>(kind);
  const std::string open_bytes(reinterpret_cast<const char*>(open), size);
  made.public_text = base32_checked(static_cast<char>(prefix) + open_bytes);
  std::string seed;
  seed += static_cast<char>(144 | prefix >> 5);
  seed += static_cast<char>((prefix & 31) << 3);
  made.seed = base32_checked(seed + made.private_raw);
  return made;
}

Decentralised make_decentralised() {
  const NKey op = make_nkey(NKeyKind::operator_key);
  const NKey account = make_nkey(NKeyKind::account);
  const NKey user = make_nkey(NKeyKind::user);
  const std::string limits =
      "\"limits\":{\"subs\":-1,\"data\":-1,\"payload\":-1,\"imports\":-1,\"exports\":-1,"
      "\"wildcards\":true,\"conn\":-1,\"leaf\":-1}";
  Decentralised made;
  made.server_config =
      "operator: \"" + make_jwt(op, op, "{\"type\":\"operator\",\"version\":2}") +
      "\"\nresolver: MEMORY\nresolver_preload: { " + account.public_text + ": \"" +
      make_jwt(op, account, "{\"type\":\"account\",\"version\":2," + limits + "}") + "\" }\n";
  made.creds_text =
      "-----BEGIN NATS USER JWT-----\n" +
      make_jwt(account, user,
               "{\"type\":\"user\",\"version\":2,\"subs\":-1,\"data\":-1,\"payload\":-1}") +
      "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" + user.seed +
      "\n------END USER NKEY SEED------\n";
  return made;
}

Certificates make_certificates(const std::string& directory, const std::string& host) {
  Certificates made;
  const auto path = [&](const char* name) { return directory + "/" + name; };
  made.ca = path("ca.pem");
  made.server_cert = path("server.pem");
  made.server_key = path("server.key");
  made.client_cert = path("client.pem");
  made.client_key = path("client.key");
  const std::string key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ";
  run("openssl req -x509 " + key + "-subj '/CN=test authority' -keyout " + path("ca.key") +
      " -out " + made.ca);
  const auto issue = [&](const std::string& name, const std::string& cert,
                         const std::string& key_path, const std::string& extension) {
    const std::string request = path("request.csr"), extensions = path("extensions");
    test_write_file(extensions.c_str(), extension.data(), extension.size());
    run("openssl req -new " + key + "-subj '/CN=" + name + "' -keyout " + key_path + " -out " +
        request);
    run("openssl x509 -req -days 2 -in " + request + " -CA " + made.ca + " -CAkey " +
        path("ca.key") + " -CAcreateserial -extfile " + extensions + " -out " + cert);
  };
  issue("test server", made.server_cert, made.server_key, "subjectAltName=" + host + "\n");
  issue("test client", made.client_cert, made.client_key, "extendedKeyUsage=clientAuth\n");
  return made;
}

}  // namespace live
