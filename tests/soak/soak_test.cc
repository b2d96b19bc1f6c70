// Seeded trouble on a current server. A writer (this process, which keeps the record) puts, deletes
// and purges keys all the time; another process folds the bucket. Meanwhile, drawn by the seed: the
// server stops or is killed and starts again, stands still, consumers are deleted, the folding
// process is killed or starts anew, its apply stalls for longer than heartbeats may be missed. At
// every quiet point the fold is what was written: values, revisions, tombstones. The six validators
// judge the whole trace. 30 s; 10 minutes in the long lane. The seed is printed; SLIP_TEST_SEED.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <random>
#include <sstream>
#include <thread>

#include "live/events_stage.h"

namespace {

constexpr int64_t kPatienceMs = 60000;
using Random = std::mt19937_64;

std::string in_words(const std::vector<std::string>& scope) {
  std::string words;
  for (const std::string& prefix : scope) words += " \"" + prefix + "\"";
  return words.empty() ? " all keys" : words;
}

// ---- the folding process ---------------------------------------------------------------------

class Folder {
 public:
  Folder(std::string url, std::string bucket, std::vector<std::string> scope)
      : trace(scope),
        fold_path(std::string(test_directory()) + "/fold"),
        url_(std::move(url)),
        bucket_(std::move(bucket)),
        scope_(std::move(scope)) {}
  ~Folder() { kill_hard(); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void start(Random* random);
  void kill_hard();
  // Closes its watch; "" or why that was not clean.
  std::string close();
  // What it said that it should not have: an end that nobody asked for; "" else.
  std::string trouble() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return trouble_;
  }

  trace::Trace trace;
  const std::string fold_path;
  std::atomic<uint64_t> cursor{0};

 private:
  void become_folder(const std::vector<std::string>& arguments, const int* in, const int* out,
                     pid_t parent);
  void listen(FILE* from);
  void hear(const std::string& line, std::vector<trace::Came>* batch);
  int bury();

  const std::string url_, bucket_;
  const std::vector<std::string> scope_;
  pid_t pid_ = 0;
  int to_ = -1;
  std::thread listener_;
  std::atomic<bool> closing_{false};
  mutable std::mutex mutex_;
  std::string trouble_;
};

// In the child: only what is safe after a fork from a program with threads.
void Folder::become_folder(const std::vector<std::string>& arguments, const int* in, const int* out,
                           pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  dup2(in[0], STDIN_FILENO);
  dup2(out[1], STDOUT_FILENO);
  const char* vector[24] = {};
  for (size_t i = 0; i < arguments.size() && i < 23; ++i) vector[i] = arguments[i].c_str();
  execv(vector[0], const_cast<char* const*>(vector));
  _exit(127);
}

void Folder::start(Random* random) {
  const char* const durabilities[] = {"process", "meta", "full"};
  const bool stalls = (*random)() % 2 == 0;
  std::vector<std::string> arguments = {
      std::string(getenv("SLIP_BUILD_DIR")) + "/tests/soak/soak_folder",
      url_,
      bucket_,
      fold_path,
      durabilities[(*random)() % 3],
      std::to_string(1 + (*random)() % 200),
      stalls ? std::to_string(1 + (*random)() % 20) : "0",
      std::to_string(800 + (*random)() % 700)};
  arguments.insert(arguments.end(), scope_.begin(), scope_.end());
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) abort();
  closing_ = false;
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) abort();
  if (pid_ == 0) become_folder(arguments, in, out, parent);
  ::close(in[0]);
  ::close(out[1]);
  to_ = in[1];
  listener_ = std::thread([this, from = fdopen(out[0], "r")] { listen(from); });
}

void Folder::listen(FILE* from) {
  std::vector<trace::Came> batch;
  char* line = nullptr;
  size_t capacity = 0;
  ssize_t size;
  while ((size = getline(&line, &capacity, from)) > 0)
    if (line[size - 1] == '\n') hear(std::string(line, static_cast<size_t>(size) - 1), &batch);
  free(line);
  fclose(from);
}

void Folder::hear(const std::string& line, std::vector<trace::Came>* batch) {
  std::istringstream words(line);
  std::string word;
  uint64_t revision = 0;
  words >> word;
  if (word == "u") {
    trace::Came came;
    words >> came.revision >> came.operation >> came.flags >> came.digest >> came.key;
    batch->push_back(std::move(came));
  } else if (word == "batch") {
    trace.applies(std::move(*batch));
    batch->clear();
  } else if (words >> revision) {
    if (word == "start") trace.starts(revision);
    if (word == "applied") trace.applied(revision);
    if (word == "end") trace.ended(revision);
    cursor = revision;
  }
  if (word == "end" && (!closing_ || line.find(" SLIP_OK") == std::string::npos)) {
    const std::lock_guard<std::mutex> lock(mutex_);
    trouble_ = "the watch ended: " + line;
  }
}

int Folder::bury() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = 0;
  listener_.join();
  ::close(to_);
  return status;
}

void Folder::kill_hard() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  bury();
}

std::string Folder::close() {
  closing_ = true;
  if (write(to_, "x", 1) != 1) return "the folding process is gone";
  const int status = bury();
  if (!trouble().empty()) return trouble();
  return WIFEXITED(status) && WEXITSTATUS(status) == 0
             ? ""
             : "the folding process ended with " + std::to_string(status);
}

// ---- the writer ------------------------------------------------------------------------------

class Writer {
 public:
  Writer(const std::string& url, const std::string& name, uint64_t seed) : random_(seed) {
    slip_options* options = nullptr;
    MUST(slip_options_new(SLIP_OPTIONS_CONNECTION, &options, &error));
    MUST(slip_options_set_u64(options, "reconnect_wait_ms", 50, &error));
    MUST(slip_options_set_u64(options, "request_timeout_ms", 3000, &error));
    MUST(slip_connect(url.c_str(), options, &connection_, &error));
    MUST(slip_bucket_create(connection_, name.c_str(), nullptr, &bucket_, &error));
    slip_options_free(options);
    thread_ = std::thread([this] { run(); });
  }
  ~Writer() {
    stop_ = true;
    thread_.join();
    slip_bucket_free(bucket_);
    slip_connection_free(connection_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Returns when nothing is under way any more.
  void pause() {
    paused_ = true;
    events::await("the writer to rest", [this] { return resting_.load(); });
  }
  void go_on() {
    paused_ = false;
    resting_ = false;
  }
  trace::Record record;

 private:
  void run();
  void write_until_answered(const std::string& key, uint32_t operation, const std::string& value);

  slip_connection* connection_ = nullptr;
  slip_bucket* bucket_ = nullptr;
  Random random_;
  std::atomic<bool> stop_{false}, paused_{false}, resting_{false};
  std::thread thread_;
};

void Writer::run() {
  const char* const stems[] = {"eu.", "us.", "eu-west.", "asia.x.", "s"};
  for (uint64_t number = 0; !stop_; ++number) {
    if (paused_) {
      resting_ = true;
      usleep(1000);
      continue;
    }
    const std::string key = stems[random_() % 5] + std::to_string(random_() % 40);
    const uint64_t draw = random_() % 10;
    const uint32_t operation = draw < 7 ? SLIP_PUT : draw < 9 ? SLIP_DELETE : SLIP_PURGE;
    const std::string value = "value " + std::to_string(number) + std::string(random_() % 100, 'x');
    write_until_answered(key, operation, operation == SLIP_PUT ? value : "");
    if (number % 4 == 0) usleep(static_cast<useconds_t>(random_() % 4000));
  }
}

void Writer::write_until_answered(const std::string& key, uint32_t operation,
                                  const std::string& value) {
  slip_write item{};
  item.key = {reinterpret_cast<const uint8_t*>(key.data()), key.size()};
  item.value = {reinterpret_cast<const uint8_t*>(value.data()), value.size()};
  item.expected_revision = SLIP_REVISION_ANY;
  item.operation = operation;
  for (;;) {
    const size_t number = record.begins(key, operation, value);
    slip_write_result result{};
    if (slip_bucket_put_many(bucket_, &item, 1, &result, nullptr) == SLIP_OK) {
      record.wrote(number, result.revision);
      return;
    }
    usleep(5000);
  }
}

// ---- one life of a fold ----------------------------------------------------------------------

struct Figures {
  uint64_t written = 0, applied = 0, runs = 0, quiet_points = 0, troubles = 0, lives = 0;
};

class Life {
 public:
  Life(test_nats_server* server, events::Raw* raw, uint64_t seed, int number,
       std::vector<std::string> scope)
      : server_(server),
        raw_(raw),
        random_(seed),
        name_("soak" + std::to_string(number)),
        scope_(scope),
        writer_(test_nats_url(server), name_, random_()),
        folder_(test_nats_url(server), name_, std::move(scope)) {}

  void live(int64_t until_ms, Figures* figures);

 private:
  void make_trouble();
  void delete_consumers();
  void be_quiet();
  uint64_t last_in_scope() const;
  [[noreturn]] void red(const std::string& what) const {
    fprintf(stderr, "%s, scope:%s: %s\n", name_.c_str(), in_words(scope_).c_str(), what.c_str());
    abort();
  }

  test_nats_server* const server_;
  events::Raw* const raw_;
  Random random_;
  const std::string name_;
  const std::vector<std::string> scope_;
  Writer writer_;
  Folder folder_;
};

void Life::live(int64_t until_ms, Figures* figures) {
  events::await("something to load", [this] { return writer_.record.last_revision() >= 50; });
  folder_.start(&random_);
  do {
    for (int i = 0; i < 3; ++i, ++figures->troubles) {
      usleep(static_cast<useconds_t>(random_() % 400000));
      make_trouble();
      if (!folder_.trouble().empty()) red(folder_.trouble());
    }
    be_quiet();
    ++figures->quiet_points;
    folder_.start(&random_);
    writer_.go_on();
  } while (test_now_ms() < until_ms);
  writer_.pause();
  folder_.kill_hard();
  const std::string verdict = trace::judge(writer_.record, folder_.trace);
  if (!verdict.empty()) red(verdict);
  figures->written += writer_.record.state().empty() ? 0 : writer_.record.last_revision();
  figures->applied += folder_.trace.updates();
  figures->runs += folder_.trace.runs();
  ++figures->lives;
}

void Life::make_trouble() {
  switch (random_() % 6) {
    case 0:
      test_nats_terminate(server_);
      test_nats_restart(server_);
      break;
    case 1:
      test_nats_kill(server_);
      test_nats_restart(server_);
      break;
    case 2:
      delete_consumers();
      break;
    case 3:
      test_nats_freeze(server_);
      usleep(static_cast<useconds_t>(200000 + random_() % 1300000));
      test_nats_thaw(server_);
      break;
    case 4:
      folder_.kill_hard();
      folder_.start(&random_);
      break;
    default:
      if (const std::string why = folder_.close(); !why.empty()) red(why);
      folder_.start(&random_);
  }
}

void Life::delete_consumers() {
  const std::string names = raw_->api("CONSUMER.NAMES.KV_" + name_);
  size_t at = names.find("\"consumers\":[");
  if (at == std::string::npos) return;
  for (at += 13; names[at] == '"'; ++at) {
    const size_t end = names.find('"', at + 1);
    raw_->api("CONSUMER.DELETE.KV_" + name_ + "." + names.substr(at + 1, end - at - 1));
    at = end + 1;
    if (names[at] != ',') break;
  }
}

uint64_t Life::last_in_scope() const {
  uint64_t last = 0;
  for (const auto& [key, written] : writer_.record.state())
    for (const std::string& prefix : scope_.empty() ? std::vector<std::string>{""} : scope_)
      if (key.compare(0, prefix.size(), prefix) == 0) last = std::max(last, written.revision);
  return last;
}

// Nobody writes, everything was applied: then the fold is what was written.
void Life::be_quiet() {
  writer_.pause();
  const uint64_t last = last_in_scope();
  const int64_t give_up = test_now_ms() + kPatienceMs;
  while (folder_.cursor < last) {
    if (!folder_.trouble().empty()) red(folder_.trouble());
    if (test_now_ms() > give_up)
      red("it stands at " + std::to_string(folder_.cursor) + ", " + std::to_string(last) +
          " was written");
    usleep(2000);
  }
  if (const std::string why = folder_.close(); !why.empty()) red(why);
  slip_fold* fold = open_fold(folder_.fold_path);
  const auto held = trace::contents(fold);
  MUST(slip_fold_check(fold, nullptr, &error));
  slip_fold_free(fold);
  const std::string difference = trace::fold_difference(writer_.record.state(), held, scope_);
  if (!difference.empty()) red(difference);
}

void seeded_trouble(void**) {
  const int64_t whole_ms = test_long_lane() ? 600000 : 30000;
  const int64_t life_ms = test_long_lane() ? 30000 : 10000;
  Random random(test_random());
  test_nats_server* server = test_nats_start(TEST_NATS_CURRENT, nullptr);
  Figures figures;
  {
    events::Raw raw(test_nats_url(server));
    const std::vector<std::vector<std::string>> scopes = {{}, {"eu"}, {"us.", "asia.", "s1"}};
    const uint64_t first = random();
    const int64_t end = test_now_ms() + whole_ms;
    for (int number = 0; test_now_ms() < end; ++number) {
      Life life(server, &raw, random(), number,
                scopes[(first + static_cast<uint64_t>(number)) % scopes.size()]);
      life.live(test_now_ms() + life_ms, &figures);
    }
  }
  const auto figure = [](const char* name, uint64_t value) {
    printf("figure: soak: %s = %llu\n", name, static_cast<unsigned long long>(value));
  };
  figure("folds", figures.lives);
  figure("updates written", figures.written);
  figure("updates applied", figures.applied);
  figure("runs of a watch", figures.runs);
  figure("troubles", figures.troubles);
  figure("quiet points, nothing lost, zombie or doubled", figures.quiet_points);
  test_nats_stop(server);
}

}  // namespace

int main() {
  signal(SIGPIPE, SIG_IGN);  // NOLINT: a folding process that is gone is told of
  const struct CMUnitTest tests[] = {cmocka_unit_test(seeded_trouble)};
  return cmocka_run_group_tests_name("soak", tests, nullptr, nullptr);
}
