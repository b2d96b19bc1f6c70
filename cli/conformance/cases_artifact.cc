// Artifacts: a fold that was exported and imported is the same fold.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "conformance/cases.h"

namespace conformance {
namespace {

Verdict make_source(Bench& bench, Fold* fold, Model* model) {
  HOLD(bench.open(bench.new_place(), fold));
  std::vector<Row> rows;
  for (uint64_t i = 1; i <= 300; ++i) {
    const std::string key = "key-" + std::to_string(i * 37 % 211);
    rows.push_back(i % 7 == 0 ? removal(key, i) : put(key, std::string(i % 60, 'v'), i));
  }
  return apply(fold->get(), model, rows, 305);
}

Verdict import(Bench& bench, const std::string& artifact, int place, Fold* fold) {
  Answer answer;
  return answer.is(SLIP_OK, bench.kind().import(artifact, place, fold->out(), answer.error()),
                   "the import");
}

Verdict export_and_import(Bench& bench) {
  Fold source;
  Model model;
  std::string artifact;
  std::string digest;
  HOLD(make_source(bench, &source, &model));
  HOLD(bench.artifact_of(source.get(), &artifact, &digest));
  HOLD(compare(source.get(), model));
  Fold copy;
  const int place = bench.new_place();
  HOLD(import(bench, artifact, place, &copy));
  HOLD(compare(copy.get(), model));
  HOLD(bench.reopen(place, &copy));
  HOLD(compare(copy.get(), model));
  std::string again;
  std::string digest_again;
  HOLD(bench.artifact_of(copy.get(), &again, &digest_again));
  HOLD(same("the logical digest of the copy's export:", digest, digest_again));
  HOLD(bench.finish(&copy));
  return bench.finish(&source);
}

Verdict going_on_after_import(Bench& bench) {
  Fold source;
  Model model;
  std::string artifact;
  std::string digest;
  HOLD(make_source(bench, &source, &model));
  HOLD(bench.artifact_of(source.get(), &artifact, &digest));
  Fold copy;
  const int place = bench.new_place();
  HOLD(import(bench, artifact, place, &copy));
  HOLD(apply(copy.get(), &model,
             {put("key-1", "stale", 1), put("key-2", "new", 306), synthetic("key-3"),
              put("another", "v", 307)},
             307));
  HOLD(compare(copy.get(), model));
  HOLD(bench.reopen(place, &copy));
  HOLD(compare(copy.get(), model));
  Answer answer;
  const Row fine = put("x", "y", 310);
  const slip_update update = fine.update();
  HOLD(answer.is(SLIP_IDENTITY_MISMATCH,
                 slip_fold_apply(copy.get(), "another", &update, 1, {kEpoch, 310}, answer.error()),
                 "a commit of another bucket after the import"));
  HOLD(bench.finish(&copy));
  return bench.finish(&source);
}

Verdict empty_artifact(Bench& bench) {
  Fold source;
  Model model;
  HOLD(bench.open(bench.new_place(), &source));
  HOLD(apply(source.get(), &model, {}, 4));
  std::string artifact;
  std::string digest;
  HOLD(bench.artifact_of(source.get(), &artifact, &digest));
  Fold copy;
  HOLD(import(bench, artifact, bench.new_place(), &copy));
  HOLD(compare(copy.get(), model));
  HOLD(bench.finish(&copy));
  return bench.finish(&source);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

struct Damage {
  const char* what;
  slip_status status;
  void (*do_it)(const std::string& artifact);
};

std::string first_data_file(const std::string& artifact) { return artifact + "/data/000001.rec"; }

void flip_a_bit(const std::string& artifact) {
  std::string bytes = read_file(first_data_file(artifact));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  write_file(first_data_file(artifact), bytes);
}
void cut_the_data(const std::string& artifact) {
  const std::string bytes = read_file(first_data_file(artifact));
  write_file(first_data_file(artifact), bytes.substr(0, bytes.size() - 1));
}
void remove_the_data(const std::string& artifact) {
  std::filesystem::remove(first_data_file(artifact));
}
void remove_the_manifest(const std::string& artifact) {
  std::filesystem::remove(artifact + "/MANIFEST.json");
}
void alter_the_manifest(const std::string& artifact) {
  std::string text = read_file(artifact + "/MANIFEST.json");
  const size_t at = text.find("305");
  if (at != std::string::npos) text[at] = '4';
  write_file(artifact + "/MANIFEST.json", text);
}

constexpr Damage kDamages[] = {
    {"an artifact with a bit turned", SLIP_ARTIFACT_INVALID, flip_a_bit},
    {"an artifact that was cut", SLIP_ARTIFACT_INVALID, cut_the_data},
    {"an artifact without its data", SLIP_ARTIFACT_INVALID, remove_the_data},
    {"an artifact with another cursor", SLIP_ARTIFACT_INVALID, alter_the_manifest},
    {"an artifact without its manifest", SLIP_NOT_FOUND, remove_the_manifest},
};

// A refused import leaves its destination as it was: an import of a good artifact succeeds there.
Verdict import_refusals(Bench& bench) {
  Fold source;
  Model model;
  std::string good;
  std::string digest;
  HOLD(make_source(bench, &source, &model));
  HOLD(bench.artifact_of(source.get(), &good, &digest));
  Answer answer;
  for (const Damage& damage : kDamages) {
    std::string bad;
    HOLD(bench.artifact_of(source.get(), &bad, &digest));
    damage.do_it(bad);
    const int place = bench.new_place();
    Fold copy;
    const slip_status status = bench.kind().import(bad, place, copy.out(), answer.error());
    // Without a manifest it is no artifact: which of the two statuses says so is not the kind's.
    const bool no_artifact = damage.status == SLIP_NOT_FOUND && status == SLIP_ARTIFACT_INVALID;
    if (!no_artifact)
      HOLD(answer.is(damage.status, status, std::string("the import of ") + damage.what));
    if (!bench.keeps_nothing.empty()) continue;
    HOLD(import(bench, good, place, &copy));
    HOLD(compare(copy.get(), model));
    HOLD(bench.finish(&copy));
    HOLD(answer.is(SLIP_NOT_EMPTY, bench.kind().import(good, place, copy.out(), answer.error()),
                   "an import into a fold that holds something"));
    HOLD(bench.open(place, &copy));
    HOLD(compare(copy.get(), model));
  }
  return bench.finish(&source);
}

}  // namespace

std::vector<Case> artifact_cases() {
  return {{"export-and-import", export_and_import},
          {"going-on-after-import", going_on_after_import},
          {"empty-artifact", empty_artifact},
          {"import-refusals", import_refusals}};
}

}  // namespace conformance
