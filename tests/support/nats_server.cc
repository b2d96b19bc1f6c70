#include "support/nats_server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <string>

#include "support/support.h"

struct test_nats_server {
  int kind = TEST_NATS_CURRENT;
  bool tls = false;
  std::string binary;
  std::string config_path;
  std::string log_path;
  std::string url;
  int port = 0;
  int monitor_port = 0;
  pid_t pid = 0;
  std::string version;
};

namespace {

constexpr int kReadyMs = 30000;
constexpr int kStartsMax = 5;  // another program may take the port between choosing and listening

[[noreturn]] void die(const std::string& sentence) {
  fprintf(stderr, "test server: %s\n", sentence.c_str());
  abort();
}

sockaddr_in local_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Below the range that the kernel gives to clients: a client that keeps trying a port on which
// nobody listens would sooner or later connect to itself.
int free_port() {
  static std::random_device device;
  for (int tries = 0; tries < 1000; ++tries) {
    const int port = 10240 + static_cast<int>(device() % 22000);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = local_address(port);
    const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (free) return port;
  }
  die("no free port on 127.0.0.1");
}

std::string find_binary(int kind) {
  const char* variable = kind == TEST_NATS_OLD ? "SLIP_NATS_SERVER_OLD" : "SLIP_NATS_SERVER";
  const char* named = getenv(variable);
  if (named != nullptr && *named != '\0') {
    if (access(named, X_OK) != 0) {
      die(std::string(variable) + "=" + named + ": " + strerror(errno));
    }
    return named;
  }
  const char* path = getenv("PATH");
  std::string directories = std::string(path != nullptr ? path : "") + ":/usr/sbin";
  for (size_t begin = 0; begin <= directories.size();) {
    size_t end = directories.find(':', begin);
    if (end == std::string::npos) end = directories.size();
    const std::string candidate = directories.substr(begin, end - begin) + "/nats-server";
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  die(std::string("no nats-server in PATH (install one, or set ") + variable + ")");
}

void add(std::string* text, const char* name, const char* value) {
  if (value != nullptr) *text += std::string(name) + ": \"" + value + "\"\n";
}

void write_config(const test_nats_server& server, const test_nats_config& config,
                  const std::string& directory) {
  std::string text = "listen: \"127.0.0.1:" + std::to_string(server.port) + "\"\n" +
                     "http: \"127.0.0.1:" + std::to_string(server.monitor_port) + "\"\n" +
                     "server_name: \"test_" + std::to_string(server.port) + "\"\n";
  if (!config.no_jetstream) {
    text += "jetstream {\n";
    add(&text, "store_dir",
        config.store_dir != nullptr ? config.store_dir : (directory + "/store").c_str());
    add(&text, "domain", config.js_domain);
    text += "}\n";
  }
  if (config.user != nullptr || config.token != nullptr) {
    text += "authorization {\n";
    add(&text, "user", config.user);
    add(&text, "password", config.password);
    add(&text, "token", config.token);
    text += "}\n";
  }
  if (config.tls_cert != nullptr) {
    text += "tls {\n";
    add(&text, "cert_file", config.tls_cert);
    add(&text, "key_file", config.tls_key);
    add(&text, "ca_file", config.tls_ca);
    text += std::string("verify: ") + (config.tls_ca != nullptr ? "true" : "false") + "\n}\n";
  }
  if (config.text != nullptr) text += std::string(config.text) + "\n";
  test_write_file(server.config_path.c_str(), text.data(), text.size());
}

// In the child, after fork: only what is safe there.
[[noreturn]] void become_server(const test_nats_server& server, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int log = open(server.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  const char* const arguments[] = {server.binary.c_str(), "-c", server.config_path.c_str(),
                                   nullptr};
  execv(server.binary.c_str(), const_cast<char* const*>(arguments));
  _exit(127);
}

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local_address(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

// What a server says first, or everything until it hangs up; "" where it does not answer.
std::string hear(int port, const std::string& request, bool until_end) {
  const int fd = connect_to(port);
  if (fd < 0) return "";
  std::string heard;
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) >= 0) {
    char part[4096];
    pollfd readable = {fd, POLLIN, 0};
    while (poll(&readable, 1, 5000) == 1) {
      const ssize_t got = recv(fd, part, sizeof part, 0);
      if (got <= 0) break;
      heard.append(part, static_cast<size_t>(got));
      if (!until_end && heard.find('\n') != std::string::npos) break;
    }
  }
  close(fd);
  return heard;
}

bool answers(test_nats_server* server) {
  const std::string info = hear(server->port, "", false);
  const std::string mark = "\"version\":\"";
  const size_t at = info.find(mark);
  if (at == std::string::npos) return false;
  const size_t end = info.find('"', at + mark.size());
  server->version = info.substr(at + mark.size(), end - at - mark.size());
  return true;
}

void check_age(const test_nats_server& server) {
  int major = 0, minor = 0;
  if (sscanf(server.version.c_str(), "%d.%d", &major, &minor) != 2) {
    die(server.binary + " says that its version is " + server.version);
  }
  const bool current = major > 2 || (major == 2 && minor >= 11);
  if (server.kind == TEST_NATS_CURRENT && !current) {
    die(server.binary + " is " + server.version +
        ": a current one is needed, 2.11 or later (set SLIP_NATS_SERVER)");
  }
  if (server.kind == TEST_NATS_OLD && current) {
    die(server.binary + " is " + server.version +
        ": an old one is needed, below 2.11 (set SLIP_NATS_SERVER_OLD)");
  }
}

void bury(test_nats_server* server, int with) {
  if (server->pid == 0) return;
  kill(server->pid, with);
  kill(server->pid, SIGCONT);  // a frozen one hears nothing else
  while (waitpid(server->pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  server->pid = 0;
}

// False: it ended before it answered.
bool start_once(test_nats_server* server) {
  const pid_t parent = getpid();
  server->pid = fork();
  if (server->pid < 0) die(std::string("cannot fork: ") + strerror(errno));
  if (server->pid == 0) become_server(*server, parent);
  const int64_t give_up = test_now_ms() + kReadyMs;
  while (!answers(server)) {
    if (waitpid(server->pid, nullptr, WNOHANG) == server->pid) {
      server->pid = 0;
      return false;
    }
    if (test_now_ms() > give_up) {
      die("no answer of " + server->binary + " within 30 s:\n" +
          test_read_file(server->log_path.c_str(), nullptr));
    }
    usleep(2000);
  }
  return true;
}

}  // namespace

extern "C" {

test_nats_server* test_nats_prepare(int kind, const test_nats_config* config) {
  const test_nats_config nothing{};
  if (config == nullptr) config = &nothing;
  const std::string directory = test_directory();
  auto* server = new test_nats_server;
  server->kind = kind;
  server->tls = config->tls_cert != nullptr;
  server->binary = find_binary(kind);
  server->config_path = directory + "/server.conf";
  server->log_path = directory + "/server.log";
  server->port = free_port();
  server->monitor_port = free_port();
  server->url =
      std::string(server->tls ? "tls" : "nats") + "://127.0.0.1:" + std::to_string(server->port);
  write_config(*server, *config, directory);
  return server;
}

test_nats_server* test_nats_start(int kind, const test_nats_config* config) {
  for (int starts = 1;; ++starts) {
    test_nats_server* server = test_nats_prepare(kind, config);
    if (start_once(server)) {
      check_age(*server);
      return server;
    }
    if (starts == kStartsMax) {
      die(server->binary + " ended at once:\n" + test_read_file(server->log_path.c_str(), nullptr));
    }
    delete server;
  }
}

void test_nats_restart(test_nats_server* server) {
  if (server->pid != 0) die("it runs already");
  if (!start_once(server)) {
    die(server->binary + " ended at once:\n" + test_read_file(server->log_path.c_str(), nullptr));
  }
  check_age(*server);
}

const char* test_nats_url(const test_nats_server* server) { return server->url.c_str(); }
int test_nats_port(const test_nats_server* server) { return server->port; }

void test_nats_terminate(test_nats_server* server) { bury(server, SIGTERM); }
void test_nats_kill(test_nats_server* server) { bury(server, SIGKILL); }
// A stop takes effect thread by thread: it is over when none of them runs any more.
static int all_threads_stopped(void* user) {
  const std::string tasks = "/proc/" + std::to_string(*static_cast<pid_t*>(user)) + "/task";
  DIR* directory = opendir(tasks.c_str());
  if (directory == nullptr) return 0;
  bool stopped = true;
  while (const dirent* task = readdir(directory)) {
    if (task->d_name[0] == '.') continue;
    FILE* file = fopen((tasks + "/" + task->d_name + "/stat").c_str(), "re");
    if (file == nullptr) continue;
    char line[256] = "";
    const std::string stat(line, fread(line, 1, sizeof line - 1, file));
    fclose(file);
    const size_t name_end = stat.rfind(')');
    stopped = stopped && name_end != std::string::npos && stat.compare(name_end, 3, ") T") == 0;
  }
  closedir(directory);
  return stopped;
}

void test_nats_freeze(test_nats_server* server) {
  kill(server->pid, SIGSTOP);
  test_await(all_threads_stopped, &server->pid, 20000, "the server to stand still");
}
void test_nats_thaw(test_nats_server* server) { kill(server->pid, SIGCONT); }

int test_nats_consumer_count(test_nats_server* server, const char* stream) {
  const std::string page =
      hear(server->monitor_port, "GET /jsz?streams=true HTTP/1.0\r\n\r\n", true);
  if (page.find("200 OK") == std::string::npos) die("the monitoring page does not answer");
  const size_t at = page.find("\"name\": \"" + std::string(stream) + "\"");
  if (at == std::string::npos) return -1;
  const std::string mark = "\"consumer_count\": ";
  const size_t count = page.find(mark, at);
  if (count == std::string::npos) die("the monitoring page tells no consumer_count");
  return atoi(page.c_str() + count + mark.size());
}

int test_nats_is_healthy(test_nats_server* server) {
  const std::string page = hear(server->monitor_port, "GET /healthz HTTP/1.0\r\n\r\n", true);
  return page.find("200 OK") != std::string::npos ? 1 : 0;
}

int test_nats_free_port(void) { return free_port(); }

void test_nats_stop(test_nats_server* server) {
  bury(server, SIGTERM);
  delete server;
}

}  // extern "C"
