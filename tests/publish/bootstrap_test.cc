// From what is published to a fold on disk: import and bootstrap into LMDB folds, whole or not at
// all, and nothing left behind.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "publish/publish_testing.h"

namespace {

using namespace publish_testing;
using memory_fold::Contents;
using slip::Options;
using slip::Result;
using slip::Status;

// A place for one fold, so that whatever is left beside it is seen.
struct Place {
  std::string folder = test_directory();
  std::string fold = folder + "/fold";
  std::string url = "lmdb:" + fold;

  std::string left() const {
    auto names = disk().list(folder);
    EXPECT_OK(names);
    std::string text;
    for (const std::string& name : *names) text += name + " ";
    return text;
  }
};

Contents some_fold(uint64_t size = 2000) {
  Contents fold;
  for (uint64_t i = 0; i < size; ++i)
    fold.entries["key." + std::to_string(test_random() % (3 * size))].revision = i + 1;
  for (auto& [key, entry] : fold.entries) {
    entry.timestamp_ns = 1700000000000000000 + static_cast<int64_t>(entry.revision);
    entry.operation = entry.revision % 7 == 0 ? SLIP_DELETE : SLIP_PUT;
    if (entry.operation == SLIP_PUT) entry.value.assign(entry.revision % 300, 'v');
    if (entry.revision % 11 == 0) entry.ttl_ns = 1000000000;
  }
  fold.put(std::string(1000, 'k') + "1", "long");  // over what LMDB takes as a key
  fold.set("key.last", memory_fold::Value{"newest", size + 10, 0, SLIP_TTL_NEVER, SLIP_PUT});
  return fold;
}

// The fold at `url`, exported again: equal text means equal in everything that an artifact says.
std::string manifest_of_fold(const std::string& url) {
  auto fold = slip::open_fold(url, Options(SLIP_OPTIONS_FOLD));
  EXPECT_OK(fold);
  auto checked = (*fold)->check();
  EXPECT_OK(checked);
  auto snapshot = (*fold)->snapshot();
  EXPECT_OK(snapshot);
  const std::string directory = std::string(test_directory()) + "/again";
  EXPECT_OK(slip::export_artifact(disk(), **snapshot, directory, slip::ExportSettings()));
  return file_text(directory + "/MANIFEST.json");
}

void an_imported_fold_is_the_exported_one(void**) {
  const std::string directory = artifact_of(some_fold());
  const Place place;
  EXPECT_OK(slip::import_artifact(disk(), directory, place.url));
  EXPECT_TEXT(place.left(), "fold ");
  EXPECT_TEXT(manifest_of_fold(place.url), file_text(directory + "/MANIFEST.json"));
}

void an_empty_fold_travels_too(void**) {
  const std::string directory = artifact_of(Contents());
  const Place place;
  EXPECT_OK(slip::import_artifact(disk(), directory, place.url));
  EXPECT_TEXT(manifest_of_fold(place.url), file_text(directory + "/MANIFEST.json"));
}

void an_import_makes_nothing_of_a_damaged_artifact(void**) {
  const Contents fold = some_fold(200);
  for (int round = 0; round < 60; ++round) {
    const std::string directory = artifact_of(fold);
    const char* name = round % 4 == 0 ? "/MANIFEST.json" : "/data/000001.rec";
    const size_t size = file_text(directory + name).size();
    test_flip_bit((directory + name).c_str(), static_cast<long>(test_random() % size),
                  static_cast<int>(test_random() % 8));
    const Place place;
    const Status status = slip::import_artifact(disk(), directory, place.url).status();
    if (!status.is(SLIP_ARTIFACT_INVALID) && !status.is(SLIP_NEWER_FORMAT))
      fail_msg("%d: %s", status.code(), status.message().c_str());
    EXPECT_TEXT(place.left(), "");
  }
}

void an_import_takes_an_empty_place_only(void**) {
  const std::string directory = artifact_at(10);
  const Place place;
  EXPECT_OK(slip::import_artifact(disk(), directory, place.url));
  EXPECT_FAILED(slip::import_artifact(disk(), artifact_at(20), place.url), SLIP_NOT_EMPTY,
                "it is not empty");
  EXPECT_TEXT(manifest_of_fold(place.url), file_text(directory + "/MANIFEST.json"));
  EXPECT_FAILED(slip::import_artifact(disk(), directory, "rocks:" + place.fold), SLIP_INVALID,
                "must be lmdb:PATH");
}

void a_bootstrapped_fold_is_the_published_one(void**) {
  auto store = local_store(test_path(test_directory(), "store"));
  const std::string directory = artifact_of(some_fold());
  publish(*store, directory);
  const Place place;
  auto manifest = slip::bootstrap_fold(*store, kKey, disk(), place.url);
  EXPECT_OK(manifest);
  EXPECT_TEXT(slip::format_manifest(*manifest), file_text(directory + "/MANIFEST.json"));
  EXPECT_TEXT(place.left(), "fold ");
  EXPECT_TEXT(manifest_of_fold(place.url), file_text(directory + "/MANIFEST.json"));
  EXPECT_FAILED(slip::bootstrap_fold(*store, kKey, disk(), place.url), SLIP_NOT_EMPTY,
                "it is not empty");
  EXPECT_TEXT(place.left(), "fold ");
}

void a_failed_bootstrap_leaves_nothing(void**) {
  const Place place;
  MemoryStore store;
  const auto refused = [&](slip_status code, const char* words) {
    EXPECT_FAILED(slip::bootstrap_fold(store, kKey, disk(), place.url), code, words);
    EXPECT_TEXT(place.left(), "");
  };
  refused(SLIP_NOT_FOUND, "nothing is published there");
  const auto published = publish(store, artifact_at(10));
  const std::string part = published.pointer.payload + "/data/000001.rec";
  std::string& data = store.objects[part].data;
  data[30] = static_cast<char>(data[30] ^ 4);
  refused(SLIP_ARTIFACT_INVALID, "data/000001.rec");
  data += "more";
  refused(SLIP_TOO_LARGE, "too large");
  EXPECT_OK(store.remove(part));
  refused(SLIP_CORRUPT, "it is not complete");
  EXPECT_OK(store.put(slip::pointer_name(kKey), "garbage"));
  refused(SLIP_CORRUPT, "pointer.json");
  for (const char* url : {"", "lmdb:", "nothing", "s3:x"})
    EXPECT_FAILED(slip::bootstrap_fold(store, kKey, disk(), url), SLIP_INVALID, "fold");
}

void one_bootstrap_at_a_time(void**) {
  MemoryStore store;
  const std::string directory = artifact_at(10);
  publish(store, directory);
  const Place place;
  const std::string work = place.fold + ".slip-download";
  assert_int_equal(mkdir(work.c_str(), 0700), 0);
  auto held = disk().lock(work + "/lock", false);
  EXPECT_OK(held);
  EXPECT_FAILED(slip::bootstrap_fold(store, kKey, disk(), place.url), SLIP_BUSY, "held by");
  held->reset();
  // What a killed one left behind is replaced.
  assert_int_equal(mkdir((work + "/artifact").c_str(), 0700), 0);
  test_write_file((work + "/artifact/half").c_str(), "x", 1);
  EXPECT_OK(slip::bootstrap_fold(store, kKey, disk(), place.url + "/"));
  EXPECT_TEXT(place.left(), "fold ");
  EXPECT_TEXT(manifest_of_fold(place.url), file_text(directory + "/MANIFEST.json"));
}

void a_killed_bootstrap_can_be_repeated(void**) {
  auto store = local_store(test_path(test_directory(), "store"));
  const std::string directory = artifact_of(some_fold(20000));
  publish(*store, directory);
  int killed = 0;
  const int rounds = test_long_lane() ? 300 : 20;
  for (int round = 0; round < rounds; ++round) {
    const Place place;
    const pid_t child = fork();
    if (child == 0) _exit(slip::bootstrap_fold(*store, kKey, disk(), place.url).ok() ? 0 : 1);
    usleep(static_cast<useconds_t>(test_random() % 40000));
    kill(child, SIGKILL);
    int end = 0;
    assert_int_equal(waitpid(child, &end, 0), child);
    killed += WIFSIGNALED(end);
    if (access(place.fold.c_str(), F_OK) != 0) {
      EXPECT_OK(slip::bootstrap_fold(*store, kKey, disk(), place.url));
      EXPECT_TEXT(place.left(), "fold ");
    }
    EXPECT_TEXT(manifest_of_fold(place.url), file_text(directory + "/MANIFEST.json"));
  }
  assert_true(killed > 0);
}

}  // namespace

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_imported_fold_is_the_exported_one),
      cmocka_unit_test(an_empty_fold_travels_too),
      cmocka_unit_test(an_import_makes_nothing_of_a_damaged_artifact),
      cmocka_unit_test(an_import_takes_an_empty_place_only),
      cmocka_unit_test(a_bootstrapped_fold_is_the_published_one),
      cmocka_unit_test(a_failed_bootstrap_leaves_nothing),
      cmocka_unit_test(one_bootstrap_at_a_time),
      cmocka_unit_test(a_killed_bootstrap_can_be_repeated),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
