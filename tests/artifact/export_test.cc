// Export, verification and loading of sound artifacts, and what an export refuses.
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "artifact/artifact_testing.h"
#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"

namespace {

using namespace artifact_testing;
using memory_fold::Contents;
using slip::Manifest;
using slip::Options;
using slip::Status;

void a_fold_survives_the_journey(void**) {
  const Contents fold = small_fold();
  for (const bool compress : {true, false}) {
    slip::ExportSettings settings;
    settings.compress = compress;
    const std::string directory = exported(fold, settings);
    memory_fold::Loader loader;
    auto manifest = slip::load_artifact(disk(), directory, loader);
    EXPECT_OK(manifest.status());
    assert_true(loader.committed);
    assert_same_fold(loader.loaded, fold);
    assert_string_equal(manifest->compression.c_str(), compress ? "zstd" : "none");
    // The newest update is the last one put.
    assert_true(manifest->server_time_ns == fold.entries.at("z").timestamp_ns);
    auto verified = slip::verify_artifact(disk(), directory);
    EXPECT_OK(verified.status());
    assert_string_equal(slip::format_manifest(*verified).c_str(),
                        file_text(directory + "/MANIFEST.json").c_str());
  }
}

void an_empty_fold_is_exported_too(void**) {
  const Contents fold;
  const std::string directory = exported(fold);
  auto manifest = slip::verify_artifact(disk(), directory);
  EXPECT_OK(manifest.status());
  assert_int_equal(manifest->files.size(), 0);
  memory_fold::Loader loader;
  EXPECT_OK(slip::load_artifact(disk(), directory, loader).status());
  assert_same_fold(loader.loaded, fold);
}

// Files are cut by logical size, and the parts together are the whole stream.
void assert_cut(const Contents& fold, const slip::ExportSettings& settings, size_t files) {
  const std::string directory = exported(fold, settings);
  memory_fold::Loader loader;
  auto manifest = slip::load_artifact(disk(), directory, loader);
  EXPECT_OK(manifest);
  assert_same_fold(loader.loaded, fold);
  assert_int_equal(manifest->files.size(), files);
  test_remove_tree(directory.c_str());
}

void a_big_fold_is_cut_into_files(void**) {
  Contents fold;
  const std::string value(25u << 20, 'v');
  for (int i = 0; i < 3; ++i) fold.put("key" + std::to_string(i), value);
  assert_cut(fold, uncompressed(), 2);
  fold.put("small", "1");
  fold.put("whole", std::string(slip::kValueBytesMax, 'w'));  // over the cut all alone
  fold.put("x", "2");
  slip::ExportSettings quick;
  quick.level = 1;
  assert_cut(fold, quick, 4);  // two, one and the small one, the whole one, the rest
}

void equal_folds_give_equal_bytes(void**) {
  const Contents fold = small_fold();
  const std::string one = exported(fold), two = exported(small_fold());
  assert_string_equal(file_text(one + "/MANIFEST.json").c_str(),
                      file_text(two + "/MANIFEST.json").c_str());
  assert_true(file_text(one + "/data/000001.rec") == file_text(two + "/data/000001.rec"));
  // The logical digest is that of the records alone: compression and level do not show.
  slip::ExportSettings other;
  other.level = 19;
  const std::string digest = export_fold(fold, std::string(test_directory()) + "/a").logical_digest;
  assert_string_equal(export_fold(fold, std::string(test_directory()) + "/a", uncompressed())
                          .logical_digest.c_str(),
                      digest.c_str());
  assert_string_equal(
      export_fold(fold, std::string(test_directory()) + "/a", other).logical_digest.c_str(),
      digest.c_str());
  Contents changed = small_fold();
  changed.entries["a"].timestamp_ns += 1;
  assert_string_not_equal(
      export_fold(changed, std::string(test_directory()) + "/a").logical_digest.c_str(),
      digest.c_str());
}

// docs/formats.md: the digest is the sha256 of the file beyond its 16 bytes of header.
void the_logical_digest_can_be_had_by_hand(void**) {
  const std::string directory = exported(small_fold(), uncompressed());
  const std::string bytes = file_text(directory + "/data/000001.rec");
  auto manifest = slip::read_manifest(disk(), directory);
  EXPECT_OK(manifest.status());
  assert_string_equal(slip::sha256_hex(std::string_view(bytes).substr(16)).c_str(),
                      manifest->logical_digest.c_str());
  assert_string_equal(slip::sha256_hex(bytes).c_str(), manifest->files[0].sha256.c_str());
  assert_memory_equal(bytes.data(), "SLIPREC\0\1\0\0\0\0\0\0\0", 16);
  assert_int_equal(manifest->logical_bytes, bytes.size() - 16);
}

Status refusal(const Contents& fold, const std::string& directory) {
  memory_fold::Snapshot snapshot(fold);
  return slip::export_artifact(disk(), snapshot, directory, slip::ExportSettings()).status();
}

void a_destination_that_holds_something_is_refused(void**) {
  const std::string directory = test_directory();
  write_text(directory + "/mine", "precious");
  EXPECT_FAILED(refusal(small_fold(), directory), SLIP_NOT_EMPTY, "it is not empty");
  assert_string_equal(file_text(directory + "/mine").c_str(), "precious");
  write_text(directory + "/file", "x");
  EXPECT_FAILED(refusal(small_fold(), directory + "/file"), SLIP_NOT_OURS, "not a directory");
  // An artifact is never written over another one.
  const std::string artifact = exported(small_fold());
  EXPECT_FAILED(refusal(small_fold(), artifact), SLIP_NOT_EMPTY, "cannot export to");
  EXPECT_OK(slip::verify_artifact(disk(), artifact).status());
  // An empty directory is taken, and its parents are made.
  EXPECT_OK(refusal(small_fold(), test_directory()));
  EXPECT_OK(refusal(small_fold(), directory + "/not/yet/there"));
}

void a_fold_that_stands_nowhere_is_refused(void**) {
  const std::string directory = std::string(test_directory()) + "/a";
  Contents fold = small_fold();
  fold.meta.identity = slip::Identity();
  EXPECT_FAILED(refusal(fold, directory), SLIP_MISUSE, "never bound to a bucket");
  fold = small_fold();
  fold.meta.loading = true;
  EXPECT_FAILED(refusal(fold, directory), SLIP_MISUSE, "first load has not ended");
  fold = small_fold();
  fold.meta.repairing = true;
  EXPECT_FAILED(refusal(fold, directory), SLIP_MISUSE, "is being repaired");
  assert_int_not_equal(access(directory.c_str(), F_OK), 0);
}

// What would not be taken back is not handed out.
void a_fold_at_odds_with_itself_is_refused(void**) {
  const std::string directory = std::string(test_directory()) + "/a";
  const auto refused = [&](void (*spoil)(Contents*), const char* words) {
    Contents fold = small_fold();
    spoil(&fold);
    EXPECT_FAILED(refusal(fold, directory), SLIP_CORRUPT, words);
    assert_int_not_equal(access(directory.c_str(), F_OK), 0);
  };
  refused([](Contents* fold) { ++fold->meta.entries; }, "4 entries, and 5 are stated");
  refused([](Contents* fold) { --fold->meta.tombstones; }, "2 tombstones, and 1 are stated");
  refused([](Contents* fold) { ++fold->meta.payload_bytes; }, "payload bytes");
  refused([](Contents* fold) { fold->entries["b.c"].revision = 99; }, "above the cursor");
  refused([](Contents* fold) { fold->entries["a"].operation = 9; }, "operation is 9");
  refused([](Contents* fold) { fold->entries["gone"].value = "x"; }, "a deleted key has a value");
  refused([](Contents* fold) { fold->entries["a"].ttl_ns = -2; }, "life is negative");
  refused([](Contents* fold) { fold->meta.scope = slip::Scope::of({"b"}); }, "outside the scope");
  refused([](Contents* fold) { fold->entries[std::string(65536, 'k')].revision = 1; },
          "65536 bytes");
}

void options_decide_the_compression(void**) {
  Options options(SLIP_OPTIONS_EXPORT);
  auto settings = slip::export_settings(options);
  EXPECT_OK(settings.status());
  assert_true(settings->compress);
  assert_int_equal(settings->level, 3);
  EXPECT_OK(options.set_string("compression", "none"));
  EXPECT_OK(options.set_string("level", "19"));
  settings = slip::export_settings(options);
  EXPECT_OK(settings.status());
  assert_false(settings->compress);
  assert_int_equal(settings->level, 19);
}

void files_are_for_their_owner_alone(void**) {
  const std::string directory = exported(small_fold());
  const auto mode = [&](const char* name) {
    struct stat info;
    assert_int_equal(stat((directory + name).c_str(), &info), 0);
    return info.st_mode & 0777u;
  };
  assert_int_equal(mode(""), 0700);
  assert_int_equal(mode("/data"), 0700);
  assert_int_equal(mode("/data/000001.rec"), 0600);
  assert_int_equal(mode("/MANIFEST.json"), 0600);
}

}  // namespace

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fold_survives_the_journey),
      cmocka_unit_test(an_empty_fold_is_exported_too),
      cmocka_unit_test(a_big_fold_is_cut_into_files),
      cmocka_unit_test(equal_folds_give_equal_bytes),
      cmocka_unit_test(the_logical_digest_can_be_had_by_hand),
      cmocka_unit_test(a_destination_that_holds_something_is_refused),
      cmocka_unit_test(a_fold_that_stands_nowhere_is_refused),
      cmocka_unit_test(a_fold_at_odds_with_itself_is_refused),
      cmocka_unit_test(options_decide_the_compression),
      cmocka_unit_test(files_are_for_their_owner_alone),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
