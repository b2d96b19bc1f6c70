// The sample fold as a kind for the conformance suite: a disk in memory for each place.
#ifndef TESTS_FOLD_FOREIGN_SAMPLE_KIND_H
#define TESTS_FOLD_FOREIGN_SAMPLE_KIND_H

#include <map>
#include <memory>
#include <string>

#include "conformance/suite.h"
#include "fold_foreign/sample_fold.h"

namespace sample {

class SampleKind final : public conformance::Kind {
 public:
  explicit SampleKind(Defect with = Defect::none) : defect(with) {}
  const Defect defect;
  bool keeps = true;

  std::string name() const override { return name_of(defect); }
  std::string refusal() const override { return refusal_; }

  slip_status open(int place, slip_fold** out_fold, slip_error** error) override {
    *out_fold = nullptr;
    *error = nullptr;
    std::shared_ptr<Disk>& disk = disks_[place];
    if (disk != nullptr && !keeps) {
      refusal_ = "it lives in memory";
      return SLIP_UNSUPPORTED;
    }
    if (disk == nullptr) disk = std::make_shared<Disk>();
    const slip_fold_functions functions = Store::functions(std::make_unique<Store>(disk, defect));
    return slip_fold_open_foreign("sample", &functions, out_fold, error);
  }

  slip_status import(const std::string& artifact, int place, slip_fold** out_fold,
                     slip_error** error) override {
    slip_status status = open(place, out_fold, error);
    if (status != SLIP_OK) return status;
    status = slip_fold_import_into(artifact.c_str(), *out_fold, nullptr, nullptr, error);
    if (status == SLIP_OK) return status;
    slip_fold_free(*out_fold);
    *out_fold = nullptr;
    return status;
  }

 private:
  std::map<int, std::shared_ptr<Disk>> disks_;
  std::string refusal_;
};

}  // namespace sample
#endif
