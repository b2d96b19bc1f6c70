// The conformance suite on an append log over the simulated file system: a fold that has no URL is
// put behind the public handle, and the suite is the one that every kind passes.
#include "artifact/artifact.h"
#include "capi/handles.h"
#include "conformance/suite.h"
#include "fold/append_log/append_log_fold.h"
#include "support/expect.h"
#include "support/sim_file_system.h"

namespace {

using slip::Status;

class SimulatedKind final : public conformance::Kind {
 public:
  explicit SimulatedKind(bool values_on_disk) : values_on_disk_(values_on_disk) {
    fs_.keep_log(false);
    EXPECT_OK(fs_.make_directory("/data"));
  }
  std::string name() const override { return "append-log: on a simulated disk"; }
  std::string refusal() const override { return refusal_; }

  slip_status open(int place, slip_fold** out_fold, slip_error** error) override {
    *out_fold = nullptr;
    *error = nullptr;
    slip::append_log::Store::Request request;
    request.path = path(place);
    request.fs = &fs_;
    request.segment_bytes = 4096;
    request.values_on_disk = values_on_disk_;
    auto fold = slip::append_log::open(request);
    if (fold.ok()) *out_fold = std::make_unique<slip_fold>(fold.take()).release();
    return told(fold.status());
  }

  slip_status import(const std::string& artifact, int place, slip_fold** out_fold,
                     slip_error** error) override {
    *out_fold = nullptr;
    *error = nullptr;
    const Status status = load(artifact, place);
    return status.ok() ? open(place, out_fold, error) : told(status);
  }
  uint64_t operations() const { return fs_.operations(); }

 private:
  static std::string path(int place) { return "/data/fold-" + std::to_string(place); }
  slip_status told(const Status& status) {
    refusal_ = status.message();
    return status.code();
  }
  Status load(const std::string& artifact, int place) {
    slip::FileSystem& real = slip::posix_file_system();
    SLIP_TRY(slip::read_manifest(real, artifact).status());
    SLIP_ASSIGN(const auto loader, slip::append_log::load(fs_, path(place)));
    return slip::load_artifact(real, artifact, *loader).status();
  }

  const bool values_on_disk_;
  sim::SimFileSystem fs_;
  std::string refusal_;
};

void conforms(bool values_on_disk) {
  SimulatedKind kind(values_on_disk);
  conformance::Settings settings;
  settings.directory = test_directory();
  settings.seed = 3;
  const conformance::Report report = conformance::run(kind, settings);
  for (const conformance::CaseReport& one : report.cases)
    if (one.result == conformance::Result::failed)
      print_error("%s: expected %s, seen %s (%s)\n", one.name.c_str(), one.expected.c_str(),
                  one.seen.c_str(), kind.refusal().c_str());
  assert_true(report.conforms());
  assert_int_equal(report.count(conformance::Result::not_offered), 0);
  assert_int_equal(report.cases.size(), conformance::case_names().size());
  assert_true(kind.operations() > 1000);
}

void an_append_log_on_a_simulated_disk_conforms(void**) { conforms(false); }
void one_with_its_values_on_the_disk_conforms(void**) { conforms(true); }

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_append_log_on_a_simulated_disk_conforms),
      cmocka_unit_test(one_with_its_values_on_the_disk_conforms),
  };
  return cmocka_run_group_tests_name("simulated fold", tests, nullptr, nullptr);
}
