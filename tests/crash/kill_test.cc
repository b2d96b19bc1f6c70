// kill -9 of a folding process, half of the times at random and half aimed inside a commit by the
// witness (tests/support/interposer.c). Each restart resumes at a cursor that holds everything that
// was acknowledged; at the end the fold equals the writer's own record. 50 kills of an LMDB fold
// and 2,000 in the long lane; 100 and 10,000 of an append log, of which those that are aimed fall
// into a commit, a new segment or a compaction.
#include "path/world.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

extern "C" {
#include <cmocka.h>
}

namespace {

constexpr uint64_t kAheadMax = 500;
const char* const kDurabilities[] = {"process", "meta", "full"};
const char* const kValues[] = {"memory", "disk"};  // of an append log

struct Victim {
  pid_t pid = 0;
  FILE* out = nullptr;
};

Victim start_victim(const char* url, const std::string& fold, const char* durability,
                    const char* values, long kill_at, const std::string& witness) {
  int ends[2];
  if (pipe(ends) != 0) abort();
  Victim victim;
  victim.pid = fork();
  if (victim.pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    setenv("SLIP_TEST_VALUES", values, 1);
    if (kill_at > 0) {
      setenv("LD_PRELOAD", getenv("SLIP_INTERPOSER"), 1);
      setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
      setenv("SLIP_MATCH", is_append_log() ? "/gen-1" : "data.mdb", 1);
      setenv("SLIP_KILL_AT_COMMIT", std::to_string(kill_at).c_str(), 1);
      setenv("SLIP_WITNESS", witness.c_str(), 1);
    }
    const std::string program = std::string(getenv("SLIP_BUILD_DIR")) + "/tests/crash/crash_folder";
    execl(program.c_str(), program.c_str(), url, "killed", fold.c_str(), durability, nullptr);
    _exit(127);
  }
  close(ends[1]);
  victim.out = fdopen(ends[0], "r");
  return victim;
}

struct Told {
  uint64_t resumed = 0, first = 0, applied = 0;
  bool has_resumed = false, has_first = false;
};

// Reads until the victim has told `applied_lines` commits or is dead.
bool hear(Victim* victim, Told* told, long applied_lines) {
  char word[32];
  unsigned long long revision = 0;
  long seen = 0;
  while (seen < applied_lines && fscanf(victim->out, "%31s %llu", word, &revision) == 2) {
    if (strcmp(word, "resumed") == 0) {
      told->resumed = revision;
      told->has_resumed = true;
    } else if (strcmp(word, "first") == 0) {
      told->first = revision;
      told->has_first = true;
    } else {
      if (revision <= told->applied) fail_msg("the cursor went back to %llu", revision);
      told->applied = revision;
      ++seen;
    }
  }
  return seen >= applied_lines;
}

int bury(Victim* victim) {
  int status = 0;
  waitpid(victim->pid, &status, 0);
  fclose(victim->out);
  return status;
}

// Which thread it was that died.
bool was_compacting(const std::string& witness) {
  size_t size = 0;
  const char* bytes = test_read_file(witness.c_str(), &size);
  return std::string(bytes, size).find("by slip-compact") != std::string::npos;
}

void tell_compactions(long compacting) {
  printf("figure: kills of an append log inside a compaction = %ld\n", compacting);
  assert_true(compacting > 0);
}

// The writer: its own connection and thread; the record is its own.
struct Writer {
  slip_bucket* bucket = nullptr;
  Record record;
  std::atomic<bool> stop{false};
  std::thread thread;
  std::atomic<uint64_t> acknowledged{0};  // by the victims
  void run() {
    for (uint64_t i = 0; !stop; ++i) {
      // A victim must be busy; what it is behind costs the time of the next ones.
      if (record.last > acknowledged + kAheadMax) usleep(300);
      const std::string key = "key." + std::to_string(test_random() % 500);
      if (i % 7 == 0 && record.live.count(key) != 0)
        record.remove(bucket, key);
      else
        record.put(bucket, key, "value " + std::to_string(i) + std::string(i % 300, 'x'));
    }
  }
};

void fold_survives_every_kill(void**) {
  const long short_kills = is_append_log() ? 100 : 50;
  const long kills = !test_long_lane() ? short_kills : is_append_log() ? 10000 : 2000;
  test_nats_server* server = test_nats_start(TEST_NATS_CURRENT, nullptr);
  slip_connection* connection = nullptr;
  Writer writer;
  MUST(slip_connect(test_nats_url(server), nullptr, &connection, &error));
  MUST(slip_bucket_create(connection, "killed", nullptr, &writer.bucket, &error));
  const std::string directory = test_directory();
  const std::string fold_path = directory + "/fold", witness = directory + "/witness";
  test_random();  // seeds on this thread
  writer.thread = std::thread([&writer] { writer.run(); });

  uint64_t acknowledged = 0;
  long inside = 0, compacting = 0;
  for (long i = 0; i < kills; ++i) {
    const bool aimed = i % 2 == 1;
    const long kill_at = aimed ? 1 + static_cast<long>((static_cast<uint64_t>(i) * 7919) % 61) : 0;
    unlink(witness.c_str());
    Victim victim = start_victim(test_nats_url(server), fold_path, kDurabilities[i % 3],
                                 kValues[i / 2 % 2], kill_at, witness);
    Told told;
    if (aimed) {
      if (hear(&victim, &told, 1000000)) fail_msg("the victim outlived its witness");
    } else {
      hear(&victim, &told, 1 + (i * 31) % 40);
      kill(victim.pid, SIGKILL);
      hear(&victim, &told, 1000000);  // what it told before it died
    }
    const int status = bury(&victim);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
      fail_msg("kill %ld: the victim ended by itself, status %d", i, status);
    if (aimed && access(witness.c_str(), F_OK) == 0) ++inside;
    if (aimed && was_compacting(witness)) ++compacting;
    if (told.has_resumed && told.resumed < acknowledged)
      fail_msg("kill %ld: acknowledged %llu, resumed at %llu", i,
               static_cast<unsigned long long>(acknowledged),
               static_cast<unsigned long long>(told.resumed));
    if (told.has_first && told.first <= told.resumed) fail_msg("delivered again below the cursor");
    if (told.has_resumed && told.resumed > acknowledged) acknowledged = told.resumed;
    if (told.applied > acknowledged) acknowledged = told.applied;
    writer.acknowledged = acknowledged;
  }
  writer.stop = true;
  writer.thread.join();

  Delivered delivered;
  slip_fold* fold = open_fold(fold_path);
  assert_true(revision_of(fold) >= acknowledged);
  slip_watch* watch = nullptr;
  const slip_watch_callbacks callbacks = delivered.callbacks();
  MUST(slip_watch_start(writer.bucket, fold, nullptr, &callbacks, &watch, &error));
  MUST(slip_watch_wait_revision(watch, writer.record.last, 60000, &error));
  MUST(slip_watch_close(watch, nullptr, &error));
  assert_string_equal(difference(writer.record.live, contents(fold)).c_str(), "");
  MUST(slip_fold_check(fold, nullptr, &error));
  const char* of = is_append_log() ? " of an append log" : "";
  printf("figure: kills%s = %ld\nfigure: kills%s inside a commit = %ld\n", of, kills, of, inside);
  printf("figure: updates written during the kills%s = %llu\n", of,
         static_cast<unsigned long long>(writer.record.last));
  assert_int_equal(inside, kills / 2);
  if (is_append_log()) tell_compactions(compacting);
  slip_watch_free(watch);
  slip_fold_free(fold);
  slip_bucket_free(writer.bucket);
  slip_connection_free(connection);
  test_nats_stop(server);
}

}  // namespace

int main() {
  const struct CMUnitTest tests[] = {cmocka_unit_test(fold_survives_every_kill)};
  return cmocka_run_group_tests_name("kills", tests, nullptr, nullptr);
}
