// The fuzz targets: each reads hostile bytes of one of our formats and must neither crash nor take
// unbounded memory, whatever they hold. In the fuzz build (preset "fuzz") libFuzzer calls them; in
// every other one replay_test feeds them what is kept in corpus/NAME.
#ifndef TESTS_FUZZ_TARGETS_H
#define TESTS_FUZZ_TARGETS_H

#include <string_view>

namespace fuzz {

void log(std::string_view bytes);         // a segment of an append log
void segments(std::string_view bytes);    // the list of its segments
void index_snap(std::string_view bytes);  // of an append log
void hidden(std::string_view bytes);      // its hidden revisions
void records(std::string_view bytes);     // a data file of an artifact
void manifest(std::string_view bytes);    // of an artifact
void position(std::string_view bytes);    // of a consumer

struct Target {
  const char* name;
  void (*run)(std::string_view bytes);
};
constexpr Target kTargets[] = {
    {"log", log},         {"segments", segments}, {"index_snap", index_snap}, {"hidden", hidden},
    {"records", records}, {"manifest", manifest}, {"position", position}};

}  // namespace fuzz
#endif
