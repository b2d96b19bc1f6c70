// Every bit turned and every length cut of every file of small artifacts on a simulated disk: a
// typed error that names the file, always. An artifact has no prefix that counts.
#include "artifact/artifact_testing.h"
#include "support/sim_file_system.h"

extern "C" {
#include <cmocka.h>
}

using namespace artifact_testing;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kArtifacts = 1;
#else
constexpr int kArtifacts = 4;
#endif
constexpr int kLongArtifacts = 200;
constexpr char kDirectory[] = "/artifact";

memory_fold::Contents fold_of(int seed) {
  sim::Random random(static_cast<uint64_t>(seed));
  memory_fold::Contents fold = small_fold();
  for (uint64_t count = random.below(6); count > 0; --count)
    fold.put("key-" + std::to_string(random.below(20)),
             std::string(random.below(60), static_cast<char>('a' + random.below(26))));
  return fold;
}

void expect_refusal(sim::SimFileSystem& fs, const std::string& file, const std::string& damage) {
  fs.keep_log(false);
  const slip::Status status = slip::verify_artifact(fs, kDirectory).status();
  const bool typed = status.is(SLIP_ARTIFACT_INVALID) || status.is(SLIP_NEWER_FORMAT);
  if (!typed || status.message().find(file) == std::string::npos)
    fail_msg("%s %s: %s", file.c_str(), damage.c_str(), status.message().c_str());
}

uint64_t damage_everything(const sim::Disk& sound, const std::string& file) {
  const std::string path = std::string(kDirectory) + "/" + file;
  const uint64_t size = sound.find(path)->bytes.get().size();
  uint64_t images = 0;
  for (uint64_t bit = 0; bit < size * 8; ++bit, ++images) {
    sim::SimFileSystem fs(sound.after_crash(0));
    std::string& bytes = fs.disk().find(path)->bytes.change();
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    expect_refusal(fs, file, "bit " + std::to_string(bit));
  }
  for (uint64_t cut = 0; cut < size; ++cut, ++images) {
    sim::SimFileSystem fs(sound.after_crash(0));
    fs.disk().find(path)->bytes.change().resize(cut);
    expect_refusal(fs, file, "cut to " + std::to_string(cut));
  }
  return images;
}

void every_bit_and_every_length(void**) {
  uint64_t images = 0;
  const int artifacts = test_long_lane() ? kLongArtifacts : kArtifacts;
  for (int i = 0; i < artifacts; ++i) {
    sim::SimFileSystem fs;
    memory_fold::Contents fold = fold_of(i);
    memory_fold::Snapshot snapshot(fold);
    slip::ExportSettings settings;
    settings.compress = i % 2 == 0;
    EXPECT_OK(slip::export_artifact(fs, snapshot, kDirectory, settings).status());
    EXPECT_OK(slip::verify_artifact(fs, kDirectory).status());
    for (const char* file : {"MANIFEST.json", "data/000001.rec"})
      images += damage_everything(fs.disk(), file);
  }
  print_message("figure: damaged images of artifacts = %lu\n", images);
  assert_true(images > static_cast<uint64_t>(artifacts) * 5000);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(every_bit_and_every_length)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
