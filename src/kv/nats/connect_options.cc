#include "kv/nats/connect_options.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "fs/file_system.h"

namespace slip {
namespace {

// A connection that the network lost without a word is noticed after two of them.
constexpr int64_t kPingIntervalMs = 15000;
constexpr int kPingsOutMax = 2;
constexpr int kReconnectForEver = -1;
// A server that reads nothing for so long is as good as gone. Closing may have to wait for it.
constexpr int64_t kWriteDeadlineMsMax = 4000;

Status invalid(const std::string& why) { return Status(SLIP_INVALID, "cannot connect: " + why); }

// The client reads files late and says little; a missing one is found here.
Status check_file(const char* option, const std::string& path) {
  if (path.empty()) return Status();
  const auto found = posix_file_system().stat(path);
  const bool there = found.ok() && found.value().kind != FileKind::absent &&
                     found.value().kind != FileKind::directory;
  if (there) return Status();
  return invalid("option \"" + std::string(option) + "\" names " + quoted(path) +
                 ", which is not a file that can be read");
}

Status failed_option(const char* option, const std::string& path, natsStatus status) {
  if (status == NATS_OK) return Status();
  if (status == NATS_NO_MEMORY) return nats_status(status, "cannot connect");
  return invalid("option \"" + std::string(option) + "\" (" + quoted(path) +
                 ") cannot be used: " + nats_error_text(status));
}

Status set_reconnecting(natsOptions* out, const Options& options) {
  const auto wait_ms = static_cast<int64_t>(options.u64("reconnect_wait_ms"));
  const int64_t jitter_ms = (wait_ms + 1) / 2;
  natsStatus status =
      natsOptions_SetTimeout(out, static_cast<int64_t>(options.u64("connect_timeout_ms")));
  if (status == NATS_OK) status = natsOptions_SetMaxReconnect(out, kReconnectForEver);
  if (status == NATS_OK) status = natsOptions_SetReconnectWait(out, wait_ms);
  if (status == NATS_OK) status = natsOptions_SetReconnectJitter(out, jitter_ms, jitter_ms);
  // Nothing is kept for a later connection: who writes is told at once, and a write is never sent
  // after its caller was told that it failed.
  if (status == NATS_OK) status = natsOptions_SetReconnectBufSize(out, 0);
  if (status == NATS_OK) status = natsOptions_SetPingInterval(out, kPingIntervalMs);
  if (status == NATS_OK) status = natsOptions_SetMaxPingsOut(out, kPingsOutMax);
  const auto request_ms = static_cast<int64_t>(options.u64("request_timeout_ms"));
  if (status == NATS_OK) {
    status = natsOptions_SetWriteDeadline(out, std::min(request_ms, kWriteDeadlineMsMax));
  }
  return nats_status(status, "cannot connect");
}

Status set_servers(natsOptions* out, const ServerList& servers, const Options& options) {
  std::vector<const char*> urls;
  for (const std::string& url : servers.urls) urls.push_back(url.c_str());
  natsStatus status = natsOptions_SetServers(out, urls.data(), static_cast<int>(urls.size()));
  if (status == NATS_OK) status = natsOptions_SetNoRandomize(out, true);
  const std::string name = options.string("name");
  if (status == NATS_OK && !name.empty()) status = natsOptions_SetName(out, name.c_str());
  return nats_status(status, "cannot connect");
}

Status set_key_files(natsOptions* out, const Options& options, size_t* ways) {
  const std::string creds = options.string("creds_file");
  const std::string seed = options.string("nkey_seed_file");
  const std::string key = options.string("nkey_public");
  SLIP_TRY(check_file("creds_file", creds));
  SLIP_TRY(check_file("nkey_seed_file", seed));
  if (seed.empty() != key.empty()) {
    return invalid("options \"nkey_seed_file\" and \"nkey_public\" go together");
  }
  if (!creds.empty()) {
    ++*ways;
    SLIP_TRY(failed_option("creds_file", creds,
                           natsOptions_SetUserCredentialsFromFiles(out, creds.c_str(), nullptr)));
  }
  if (!seed.empty()) {
    ++*ways;
    SLIP_TRY(failed_option("nkey_seed_file", seed,
                           natsOptions_SetNKeyFromSeed(out, key.c_str(), seed.c_str())));
  }
  return Status();
}

Status set_credentials(natsOptions* out, const ServerList& servers, const Options& options) {
  std::string user = options.string("user");
  std::string password = options.string("password");
  std::string token = options.string("token");
  if (user.empty() && !password.empty()) return invalid("option \"password\" needs \"user\"");
  if (user.empty() && token.empty()) {
    user = servers.user;
    password = servers.password;
    token = servers.token;
  }
  size_t ways = (user.empty() ? 0u : 1u) + (token.empty() ? 0u : 1u);
  SLIP_TRY(set_key_files(out, options, &ways));
  if (ways > 1) {
    return invalid("more than one kind of credentials (user, token, creds_file, nkey_seed_file)");
  }
  natsStatus status = NATS_OK;
  if (!user.empty()) status = natsOptions_SetUserInfo(out, user.c_str(), password.c_str());
  if (!token.empty()) status = natsOptions_SetToken(out, token.c_str());
  return nats_status(status, "cannot connect");
}

Status set_tls(natsOptions* out, const ServerList& servers, const Options& options) {
  const std::string ca = options.string("tls_ca_file");
  const std::string certificate = options.string("tls_cert_file");
  const std::string key = options.string("tls_key_file");
  const std::string host = options.string("tls_host");
  SLIP_TRY(check_file("tls_ca_file", ca));
  SLIP_TRY(check_file("tls_cert_file", certificate));
  SLIP_TRY(check_file("tls_key_file", key));
  if (certificate.empty() != key.empty()) {
    return invalid("options \"tls_cert_file\" and \"tls_key_file\" go together");
  }
  const bool wanted = servers.tls || !ca.empty() || !certificate.empty() || !host.empty();
  if (!wanted) return Status();
  SLIP_TRY(nats_status(natsOptions_SetSecure(out, true), "cannot connect: TLS"));
  if (!ca.empty()) {
    SLIP_TRY(
        failed_option("tls_ca_file", ca, natsOptions_LoadCATrustedCertificates(out, ca.c_str())));
  }
  if (!certificate.empty()) {
    SLIP_TRY(
        failed_option("tls_cert_file", certificate,
                      natsOptions_LoadCertificatesChain(out, certificate.c_str(), key.c_str())));
  }
  if (host.empty()) return Status();
  return failed_option("tls_host", host, natsOptions_SetExpectedHostname(out, host.c_str()));
}

}  // namespace

Result<NatsOptionsPtr> make_nats_options(const ServerList& servers, const Options& options) {
  natsOptions* made = nullptr;
  SLIP_TRY(nats_status(natsOptions_Create(&made), "cannot connect"));
  NatsOptionsPtr out(made);
  SLIP_TRY(set_servers(made, servers, options));
  SLIP_TRY(set_reconnecting(made, options));
  SLIP_TRY(set_credentials(made, servers, options));
  SLIP_TRY(set_tls(made, servers, options));
  return out;
}

}  // namespace slip
