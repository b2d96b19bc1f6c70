#include "kv/nats/server_list.h"

#include <optional>
#include <string_view>

#include "base/decimal.h"

namespace slip {
namespace {

constexpr size_t kServersMax = 1000;
constexpr size_t kHostBytesMax = 255;
constexpr uint64_t kPortMax = 65535;
constexpr char kDefaultPort[] = "4222";

Status malformed(size_t number, const std::string& why) {
  return Status(SLIP_INVALID, "cannot connect: server " + std::to_string(number) + " " + why);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > kHostBytesMax) return false;
  const bool bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  if (bracketed) host = host.substr(1, host.size() - 2);
  for (const char c : host) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool plain = letter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (!plain && !(bracketed && (c == ':' || c == '%'))) return false;
  }
  return true;
}

class Parser {
 public:
  Status add_list(std::string_view text) {
    bool first = true;
    while (true) {
      const size_t end = text.find(',');
      SLIP_TRY(add(text.substr(0, end), first));
      if (end == std::string_view::npos) return Status();
      text.remove_prefix(end + 1);
      first = false;
    }
  }
  ServerList take() { return std::move(list_); }

 private:
  Status add(std::string_view text, bool first) {
    const size_t number = list_.urls.size() + 1;
    if (number > kServersMax) return malformed(number, "is one too many");
    const size_t scheme_end = text.find("://");
    const bool has_scheme = scheme_end != std::string_view::npos && scheme_end <= 4;
    if (has_scheme) {
      const std::string_view scheme = text.substr(0, scheme_end);
      if (scheme != "nats" && scheme != "tls") {
        return malformed(number, "has another scheme than nats:// or tls://");
      }
      list_.tls = list_.tls || scheme == "tls";
      text.remove_prefix(scheme_end + 3);
    }
    const size_t at = text.rfind('@');
    if (at != std::string_view::npos) {
      // Else the first part of a password with a comma in it would be taken for a host.
      if (!first && !has_scheme) {
        return malformed(number,
                         "has credentials and no scheme (write \",\" in a password as %2C)");
      }
      SLIP_TRY(take_credentials(number, text.substr(0, at)));
      text.remove_prefix(at + 1);
    }
    return take_address(number, text);
  }

  Status take_credentials(size_t number, std::string_view text) {
    const size_t colon = text.find(':');
    const auto user = percent_decoded(text.substr(0, colon));
    const auto password = percent_decoded(colon == std::string_view::npos ? std::string_view()
                                                                          : text.substr(colon + 1));
    if (!user || !password || user->empty()) {
      return malformed(number, "has malformed credentials (encode special characters as %XX)");
    }
    const bool is_token = colon == std::string_view::npos;
    const ServerList before = list_;
    (is_token ? list_.token : list_.user) = *user;
    list_.password = *password;
    const bool had = !before.user.empty() || !before.token.empty();
    const bool same = before.user == list_.user && before.password == list_.password &&
                      before.token == list_.token;
    if (had && !same) return malformed(number, "has other credentials than the one before");
    return Status();
  }

  Status take_address(size_t number, std::string_view text) {
    if (!text.empty() && text.back() == '/') text.remove_suffix(1);
    const size_t bracket = text.find(']');
    const size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view host = text.substr(0, colon);
    if (!is_host(host)) return malformed(number, "has no host, or a malformed one");
    std::string port = kDefaultPort;
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
    uint64_t value = 0;
    if (parse_decimal(port, &value) != Decimal::ok || value == 0 || value > kPortMax) {
      return malformed(number, "has a port that is no number from 1 to 65535");
    }
    const std::string address = std::string(host) + ":" + port;
    list_.urls.push_back("nats://" + address);
    list_.addresses += (list_.addresses.empty() ? "" : ", ") + address;
    return Status();
  }

  ServerList list_;
};

}  // namespace

Result<ServerList> parse_servers(const std::string& url, const std::vector<std::string>& more) {
  Parser parser;
  SLIP_TRY(parser.add_list(url));
  for (const std::string& server : more) SLIP_TRY(parser.add_list(server));
  return parser.take();
}

}  // namespace slip
