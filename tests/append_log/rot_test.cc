// Every bit turned and every length cut of every file of small folds: a typed error, or an exact
// committed state.
#include <algorithm>

#include "append_log/history.h"

using namespace append_log_test;

namespace {

constexpr uint64_t kFolds = kSanitized ? 1 : 14;
constexpr uint64_t kImagesMin = kSanitized ? 20000 : 300000;
constexpr uint64_t kLongFolds = 220;
constexpr uint64_t kLongImagesMin = 5000000;

struct Target {
  std::string path;
  uint64_t size;
};

// Every file below a directory that has any bytes.
void add_files(sim::SimFileSystem& fs, const std::string& directory, std::vector<Target>* files) {
  for (const std::string& name : must(fs.list(directory))) {
    const std::string path = directory + "/" + name;
    const slip::FileStat stat = must(fs.stat(path));
    if (stat.kind == slip::FileKind::directory) add_files(fs, path, files);
    if (stat.kind == slip::FileKind::file && stat.size > 0) files->push_back({path, stat.size});
  }
}

// The same fold over several segments, every state of which is known.
std::vector<std::string> make_fold(sim::SimFileSystem& fs, uint64_t seed) {
  prepare(fs);
  sim::Random random(seed);
  const std::shared_ptr<Fold> fold = must(slip::append_log::open(request_on(fs)));
  std::vector<std::string> states = {shown(*fold)};
  for (uint64_t revision = 1; revision <= 5; ++revision) {
    const std::string key = "k" + std::to_string(random.below(3));
    apply(*fold,
          {put(key, std::string(random.below(400), 'v'), revision),
           del("gone-" + std::to_string(revision), revision)},
          revision);
    states.push_back(shown(*fold));
  }
  must(fold->close());
  return states;
}

bool is_typed(slip_status code) {
  return code == SLIP_CORRUPT || code == SLIP_NEWER_FORMAT || code == SLIP_INVALID;
}

struct Tally {
  uint64_t images = 0;
  uint64_t refused = 0;
};

void open_damaged(sim::SimFileSystem& fs, const std::vector<std::string>& states,
                  const Target& target, const std::string& damage, Tally* tally) {
  ++tally->images;
  fs.keep_log(false);
  const uint64_t before = fs.disk().digest();
  auto opened = slip::append_log::open(request_on(fs));
  if (!opened.ok()) {
    ++tally->refused;
    if (fs.disk().digest() != before)
      fail_msg("%s %s: refused, and changed", target.path.c_str(), damage.c_str());
    if (!is_typed(opened.status().code()))
      fail_msg("%s %s: %s", target.path.c_str(), damage.c_str(), opened.status().message().c_str());
    return;
  }
  const std::string found = shown(*opened.value());
  if (std::find(states.begin(), states.end(), found) == states.end())
    fail_msg("%s %s: it holds %s", target.path.c_str(), damage.c_str(), found.c_str());
}

void every_bit_and_every_length(void**) {
  Tally tally;
  const uint64_t folds = long_lane() ? kLongFolds : kFolds;
  for (uint64_t i = 0; i < folds; ++i) {
    sim::SimFileSystem sound;
    const std::vector<std::string> states = make_fold(sound, i);
    std::vector<Target> files;
    add_files(sound, kPath, &files);
    assert_true(files.size() >= 4);
    for (const Target& target : files) {
      for (uint64_t bit = 0; bit < target.size * 8; ++bit) {
        sim::SimFileSystem fs(sound.disk().after_crash(0));
        std::string& bytes = fs.disk().find(target.path)->bytes.change();
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        open_damaged(fs, states, target, "bit " + std::to_string(bit), &tally);
      }
      for (uint64_t size = 0; size < target.size; ++size) {
        sim::SimFileSystem fs(sound.disk().after_crash(0));
        fs.disk().find(target.path)->bytes.change().resize(size);
        open_damaged(fs, states, target, "cut to " + std::to_string(size), &tally);
      }
    }
  }
  print_message("figure: damaged images of the append log = %lu\n", tally.images);
  print_message("%lu of them refused\n", tally.refused);
  assert_true(tally.images >= (long_lane() ? kLongImagesMin : kImagesMin));
  assert_true(tally.refused > tally.images / 2);
}

// The live segment, its last batch having been synced before a later one was written.
struct Live {
  sim::SimFileSystem fs;
  std::string path = std::string(kPath) + "/gen-1/000001.log";
  uint64_t first_end = 0;  // of the first batch
  Live() {
    prepare(fs);
    Store::Request request = request_on(fs);
    request.segment_bytes = 1 << 20;
    const std::shared_ptr<Fold> fold = must(slip::append_log::open(request));
    apply(*fold, {put("a", std::string(600, 'a'), 1)}, 1);
    first_end = must(fs.stat(path)).size;
    apply(*fold, {put("b", std::string(600, 'b'), 2)}, 2);
    must(fold->close());
  }
  std::string& bytes() { return fs.disk().find(path)->bytes.change(); }
  Result<std::shared_ptr<Fold>> open() { return slip::append_log::open(request_on(fs)); }
};

void a_hole_of_zeros_below_what_was_synced_is_corrupt(void**) {
  Live live;
  const std::string before = live.bytes().replace(live.first_end - 512, 400, 400, '\0');
  expect(live.open().status(), SLIP_CORRUPT, "nothing was changed");
  assert_true(live.bytes() == before);
}

void a_hole_of_zeros_above_it_is_a_torn_end(void**) {
  Live live;
  live.bytes().replace(live.first_end + 100, 400, 400, '\0');
  expect_list(list(*must(live.open())), {"a=" + std::string(600, 'a') + "@1"});
}

void zeros_after_the_end_are_cut_off(void**) {
  Live live;
  live.bytes().append(5000, '\0');
  const std::shared_ptr<Fold> fold = must(live.open());
  assert_int_equal(must(fold->meta()).revision, 2);
  apply(*fold, {put("c", "3", 3)}, 3);
  assert_int_equal(must(fold->check()), 3);
}

void a_turned_length_is_corrupt_and_nothing_is_cut(void**) {
  Live live;
  // The size of the body of the record that follows the first batch.
  const uint64_t place = slip::append_log::record_place(live.first_end);
  std::string& bytes = live.bytes();
  bytes[place + 41] = static_cast<char>(bytes[place + 41] ^ 0x40);
  const std::string before = bytes;
  expect(live.open().status(), SLIP_CORRUPT, "the header of a record is damaged");
  assert_true(live.bytes() == before);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_hole_of_zeros_below_what_was_synced_is_corrupt),
      cmocka_unit_test(a_hole_of_zeros_above_it_is_a_torn_end),
      cmocka_unit_test(zeros_after_the_end_are_cut_off),
      cmocka_unit_test(a_turned_length_is_corrupt_and_nothing_is_cut),
      cmocka_unit_test(every_bit_and_every_length),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
