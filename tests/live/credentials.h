// Keys, credentials and certificates for test servers, made when the test runs. Main thread only;
// failures abort with a sentence.
#ifndef TESTS_LIVE_CREDENTIALS_H
#define TESTS_LIVE_CREDENTIALS_H

#include <string>

namespace live {

struct NKey {
  std::string seed;         // "SU...": base32, as in an NKey file
  std::string public_text;  // "U..."
  std::string private_raw;  // 32 bytes
};
enum class NKeyKind { operator_key = 112, account = 0, user = 160 };
NKey make_nkey(NKeyKind kind);

// An operator, an account and a user of it.
struct Decentralised {
  std::string server_config;  // operator, resolver
  std::string creds_text;     // the .creds file of the user
};
Decentralised make_decentralised();

// PEM files under `directory`: an authority and what it signed.
struct Certificates {
  std::string ca, server_cert, server_key, client_cert, client_key;
};
// The server's certificate bears `host` ("DNS:localhost", "IP:127.0.0.1").
Certificates make_certificates(const std::string& directory, const std::string& host);

}  // namespace live
#endif
