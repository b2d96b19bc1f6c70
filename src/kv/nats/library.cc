#include "kv/nats/library.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstdlib>
#include <mutex>
#include <new>

#include "base/checksum.h"
#include "base/decimal.h"
#include "base/thread.h"
#include "fs/file_system.h"
#include "kv/nats/redact.h"

namespace slip {
namespace {

// The client turns off SIGPIPE for the whole process when it opens.
natsStatus open_and_keep_sigpipe() {
  const SignalsBlocked blocked;
  struct sigaction before;
  sigaction(SIGPIPE, nullptr, &before);
  const natsStatus status = nats_Open(-1);
  sigaction(SIGPIPE, &before, nullptr);
  return status;
}

std::string address_text(const sockaddr_storage& address, int* port) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    *port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    *port = ntohs(v6.sin6_port);
  }
  return text;
}

bool is_local_end(int descriptor, const std::string& ip, int port) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  sockaddr_storage peer{};
  socklen_t peer_size = sizeof peer;
  // A listening socket of the same address has no peer.
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) return false;
  int its_port = 0;
  return address_text(address, &its_port) == ip && its_port == port;
}

}  // namespace

Status open_nats_library() {
  static std::mutex mutex;
  static bool open = false;
  std::lock_guard<std::mutex> lock(mutex);
  if (open) return Status();
  const natsStatus status = open_and_keep_sigpipe();
  if (status != NATS_OK) return nats_status(status, "cannot open the NATS client library");
  open = true;
  return Status();
}

std::string nats_error_text(natsStatus status) {
  natsStatus last = NATS_OK;
  const char* text = nats_GetLastError(&last);
  std::string sentence = natsStatus_GetText(status);
  if (text != nullptr && *text != '\0' && last == status) sentence += std::string(": ") + text;
  return redacted(sentence);
}

Status nats_status(natsStatus status, const std::string& what) {
  const std::string sentence = what + ": " + nats_error_text(status);
  switch (status) {
    case NATS_OK:
      return Status();
    case NATS_NO_MEMORY:
      return Status(SLIP_OUT_OF_MEMORY, sentence);
    case NATS_CONNECTION_CLOSED:
    case NATS_CONNECTION_DISCONNECTED:
    case NATS_INSUFFICIENT_BUFFER:  // nothing is kept for later while there is no connection
    case NATS_IO_ERROR:
    case NATS_STALE_CONNECTION:
    case NATS_NO_SERVER:
      return Status(SLIP_UNREACHABLE, sentence);
    case NATS_MAX_PAYLOAD:
      return Status(SLIP_TOO_LARGE, sentence);
    case NATS_TIMEOUT:
      return Status(SLIP_TIMEOUT, sentence);
    default:
      return Status(SLIP_INTERNAL, sentence);
  }
}

void set_close_on_exec(natsConnection* connection) {
  char* ip = nullptr;
  int port = 0;
  if (natsConnection_GetLocalIPAndPort(connection, &ip, &port) != NATS_OK) return;
  const std::unique_ptr<char, void (*)(void*)> owned(ip, free);
  const auto descriptors = posix_file_system().list("/proc/self/fd");
  if (!descriptors.ok()) return;
  for (const std::string& name : descriptors.value()) {
    uint64_t number = 0;
    if (parse_decimal(name, &number) != Decimal::ok) continue;
    const int descriptor = static_cast<int>(number);
    if (!is_local_end(descriptor, ip, port)) continue;
    const int flags = fcntl(descriptor, F_GETFD);
    if (flags >= 0) fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
  }
}

std::string random_token() { return random_hex(11); }

}  // namespace slip
