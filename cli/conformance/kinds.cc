#include "conformance/kinds.h"

#include <array>
#include <filesystem>

#include "handles.h"

namespace conformance {

std::string UrlKind::url(int place) const {
  return scheme_ + root_ + "/fold-" + std::to_string(place);
}

// Without a sync for each commit: what a loss of power costs is another matter than what a fold
// holds, and the cases are about the latter.
slip_status UrlKind::open(int place, slip_fold** out_fold, slip_error** error) {
  *out_fold = nullptr;
  cli::Options options;
  slip_status status = slip_options_new(SLIP_OPTIONS_FOLD, options.out(), error);
  if (status == SLIP_OK)
    status = slip_options_set_string(options.get(), "durability", "process", error);
  if (status == SLIP_OK)
    status = slip_options_set_string(options.get(), "values", values_.c_str(), error);
  return status == SLIP_OK ? slip_fold_open(url(place).c_str(), options.get(), out_fold, error)
                           : status;
}

slip_status UrlKind::import(const std::string& artifact, int place, slip_fold** out_fold,
                            slip_error** error) {
  *out_fold = nullptr;
  const slip_status status =
      slip_fold_import(artifact.c_str(), url(place).c_str(), nullptr, nullptr, error);
  return status == SLIP_OK ? open(place, out_fold, error) : status;
}

slip_status ForeignKind::open(int place, slip_fold** out_fold, slip_error** error) {
  *out_fold = nullptr;
  *error = nullptr;
  const std::string directory = root_ + "/store-" + std::to_string(place);
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) {
    refusal_ = "cannot make directory " + directory + ": " + failed.message();
    return SLIP_IO;
  }
  slip_fold_functions functions = SLIP_FOLD_FUNCTIONS_INIT;
  std::array<char, 4096> text{};
  const slip_status status =
      open_functions_(directory.c_str(), &functions, text.data(), text.size());
  text.back() = '\0';
  refusal_ = text.data();
  if (status != SLIP_OK) return status;
  return slip_fold_open_foreign(name_.c_str(), &functions, out_fold, error);
}

slip_status ForeignKind::import(const std::string& artifact, int place, slip_fold** out_fold,
                                slip_error** error) {
  slip_status status = open(place, out_fold, error);
  if (status != SLIP_OK) return status;
  status = slip_fold_import_into(artifact.c_str(), *out_fold, nullptr, nullptr, error);
  if (status == SLIP_OK) return status;
  slip_fold_free(*out_fold);
  *out_fold = nullptr;
  return status;
}

}  // namespace conformance
