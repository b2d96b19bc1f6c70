// Publishing from several processes at once, and from processes that are killed: the pointer never
// goes back, and what it names can always be fetched.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "objects/local/local_store.h"
#include "publish/publish_testing.h"
#include "support/faulty_file_system.h"

namespace {

using namespace publish_testing;
using slip::Pointer;
using slip::Status;

int end_of(pid_t child) {
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

constexpr int kPublishers = 4;
constexpr int kEach = 15;

// Publishes random revisions; exit code 0 when every answer was a possible one.
int publish_at_random(slip::ObjectStore& store, const std::vector<std::string>& choices,
                      int number) {
  uint64_t state = static_cast<uint64_t>(number) * 7919 + 17;
  for (int i = 0; i < kEach; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const std::string& directory = choices[(state >> 33) % choices.size()];
    const Status status = slip::publish_artifact(store, kKey, disk(), directory).status();
    if (status.ok() || status.is(SLIP_SUPERSEDED) || status.is(SLIP_CONFLICT)) continue;
    fprintf(stderr, "%d: %s\n", status.code(), status.message().c_str());
    return 1;
  }
  return 0;
}

// Reads until its parent says stop; exit code 0 when it only ever went forward.
int watch_it_grow(slip::ObjectStore& store, const std::string& stop) {
  uint64_t last = 0;
  while (access(stop.c_str(), F_OK) != 0) {
    const auto found = slip::read_pointer(store, kKey);
    if (found.status().is(SLIP_NOT_FOUND)) continue;
    if (!found.ok()) {
      fprintf(stderr, "%s\n", found.status().message().c_str());
      return 1;
    }
    if (found.value().pointer.revision < last) return 2;
    last = found.value().pointer.revision;
  }
  return last > 0 ? 0 : 3;
}

void the_pointer_never_goes_back_under_contention(void**) {
  const std::string folder = test_directory();
  auto store = local_store(folder + "/store");
  std::vector<std::string> choices;
  for (uint64_t revision = 1; revision <= 60; ++revision) choices.push_back(artifact_at(revision));
  const std::string stop = folder + "/stop";
  const pid_t reader = fork();
  if (reader == 0) _exit(watch_it_grow(*store, stop));
  std::vector<pid_t> publishers;
  for (int number = 0; number < kPublishers; ++number) {
    publishers.push_back(fork());
    if (publishers.back() == 0) _exit(publish_at_random(*store, choices, number));
  }
  for (const pid_t publisher : publishers) assert_int_equal(end_of(publisher), 0);
  test_write_file(stop.c_str(), "", 0);
  assert_int_equal(end_of(reader), 0);
  // Each swap is in the pointer's memory, or was.
  assert_true(pointer_in(*store).revision > 30);
}

// Publishes one revision after the other until it is killed; tells before each.
int publish_for_ever(slip::ObjectStore& store, const std::vector<std::string>& in_order,
                     size_t from, int tell) {
  for (size_t i = from; i < in_order.size(); ++i) {
    if (write(tell, "", 1) != 1) return 2;
    const Status status = slip::publish_artifact(store, kKey, disk(), in_order[i]).status();
    if (!status.ok() && !status.is(SLIP_SUPERSEDED)) return 1;
  }
  return 0;
}

// Lets a publisher begin on some publications, then kills it wherever it is.
void kill_a_publisher(slip::ObjectStore& store, const std::vector<std::string>& in_order,
                      size_t from) {
  int told[2];
  assert_int_equal(pipe(told), 0);
  const pid_t publisher = fork();
  if (publisher == 0) _exit(publish_for_ever(store, in_order, from, told[1]));
  char byte = 0;
  for (uint64_t begun = 1 + test_random() % 4; begun > 0; --begun)
    assert_int_equal(read(told[0], &byte, 1), 1);
  usleep(static_cast<useconds_t>(test_random() % 5000));
  kill(publisher, SIGKILL);
  assert_true(WIFSIGNALED(end_of(publisher)));
  close(told[0]);
  close(told[1]);
}

void a_killed_publisher_tears_nothing(void**) {
  auto store = local_store(test_path(test_directory(), "store"));
  const int rounds = test_long_lane() ? 400 : 25;
  std::vector<std::string> in_order;
  for (int revision = 1; revision <= 8 * rounds; ++revision) {
    memory_fold::Contents fold = fold_at(static_cast<uint64_t>(revision));
    fold.entries["a"].value.append(20000, 'x');
    fold.meta.payload_bytes += 20000;
    in_order.push_back(artifact_of(fold));
  }
  uint64_t last = 0;
  for (int round = 0; round < rounds; ++round) {
    kill_a_publisher(*store, in_order, last);
    const std::string directory = test_path(test_directory(), "download");
    auto manifest = slip::download_artifact(*store, kKey, disk(), directory);
    if (last == 0 && manifest.status().is(SLIP_NOT_FOUND)) continue;
    EXPECT_OK(manifest);
    assert_true(manifest->meta.revision >= last);
    last = manifest->meta.revision;
  }
  assert_true(last >= static_cast<uint64_t>(rounds) / 4);
}

// The same, exactly: dies at each operation on the store's files in turn.
int publish_and_die(const std::string& root, const std::string& directory, long nth) {
  faulty::FileSystem fs;
  auto store = slip::open_local_store(fs, root, "local:" + root);
  if (!store.ok()) return 1;
  fs.fail_at = fs.operations + nth;
  fs.die = true;
  return slip::publish_artifact(**store, kKey, disk(), directory).ok() ? 0 : 2;
}

void a_publisher_that_dies_at_any_operation_tears_nothing(void**) {
  const std::string first = artifact_at(10), second = artifact_at(20);
  int before = 0, after = 0;
  for (long nth = 1;; ++nth) {
    const std::string root = test_path(test_directory(), "store");
    auto store = local_store(root);
    publish(*store, first);
    const pid_t publisher = fork();
    if (publisher == 0) _exit(publish_and_die(root, second, nth));
    const int end = end_of(publisher);
    auto manifest = slip::download_artifact(*store, kKey, disk(), test_directory());
    EXPECT_OK(manifest);
    if (WIFEXITED(end)) {
      assert_int_equal(WEXITSTATUS(end), 0);
      assert_int_equal(manifest->meta.revision, 20);
      break;
    }
    (manifest->meta.revision == 20 ? after : before) += 1;
    // The next publisher is not disturbed by what is left.
    publish(*store, second);
    EXPECT_OK(slip::download_artifact(*store, kKey, disk(), test_directory()));
  }
  assert_true(before > 40);
  assert_true(after >= 1 && after < 5);
}

}  // namespace

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_pointer_never_goes_back_under_contention),
      cmocka_unit_test(a_killed_publisher_tears_nothing),
      cmocka_unit_test(a_publisher_that_dies_at_any_operation_tears_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
