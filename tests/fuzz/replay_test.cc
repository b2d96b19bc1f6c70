// Everything that fuzzing has kept, once more, and each of it cut at many lengths.
#include <dirent.h>

#include <string>
#include <vector>

#include "fuzz/targets.h"
#include "support/support.h"

extern "C" {
#include <cmocka.h>
}

namespace {

std::vector<std::string> files_of(const std::string& directory) {
  std::vector<std::string> files;
  DIR* stream = opendir(directory.c_str());
  if (stream == nullptr) fail_msg("there is no corpus %s", directory.c_str());
  while (const dirent* entry = readdir(stream))
    if (entry->d_name[0] != '.') files.push_back(directory + "/" + entry->d_name);
  closedir(stream);
  return files;
}

void what_was_kept_does_no_harm(void**) {
  uint64_t inputs = 0;
  for (const fuzz::Target& target : fuzz::kTargets) {
    const std::vector<std::string> files =
        files_of(std::string(getenv("SLIP_SOURCE_DIR")) + "/tests/fuzz/corpus/" + target.name);
    assert_true(files.size() >= 3);
    for (const std::string& file : files) {
      size_t size = 0;
      const char* bytes = test_read_file(file.c_str(), &size);
      const std::string whole(bytes, size);
      for (size_t cut = 0; cut <= size; cut += 1 + size / 16, ++inputs)
        target.run(std::string_view(whole).substr(0, size - cut));
    }
  }
  print_message("figure: replayed fuzz inputs = %lu\n", inputs);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(what_was_kept_does_no_harm)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
