// The kinds that can be examined: those with a URL, and a caller's own by the functions of a shared
// object.
#ifndef SLIP_CLI_CONFORMANCE_KINDS_H
#define SLIP_CLI_CONFORMANCE_KINDS_H

#include <string>
#include <utility>

#include "conformance/suite.h"

namespace conformance {

// "lmdb:", "append-log:": a directory below `root` for each place.
class UrlKind final : public Kind {
 public:
  // `values`: where an append log has them.
  UrlKind(std::string scheme, std::string root, std::string values = "memory")
      : scheme_(std::move(scheme)), root_(std::move(root)), values_(std::move(values)) {}
  std::string name() const override { return scheme_; }
  slip_status open(int place, slip_fold** out_fold, slip_error** error) override;
  slip_status import(const std::string& artifact, int place, slip_fold** out_fold,
                     slip_error** error) override;

 private:
  std::string url(int place) const;
  const std::string scheme_;
  const std::string root_;
  const std::string values_;
};

// The function that a shared object exports: it fills *out_functions (struct_size is set) for the
// store in `directory`, which exists. The first time it is empty; later it holds what the
// function's own store left there, or, for a kind that keeps nothing, the function returns
// SLIP_UNSUPPORTED with a sentence.
using OpenFunctions = slip_status (*)(const char* directory, slip_fold_functions* out_functions,
                                      char* text, size_t text_size);

class ForeignKind final : public Kind {
 public:
  ForeignKind(std::string name, OpenFunctions open_functions, std::string root)
      : name_(std::move(name)), open_functions_(open_functions), root_(std::move(root)) {}
  std::string name() const override { return name_; }
  slip_status open(int place, slip_fold** out_fold, slip_error** error) override;
  slip_status import(const std::string& artifact, int place, slip_fold** out_fold,
                     slip_error** error) override;
  std::string refusal() const override { return refusal_; }

 private:
  const std::string name_;
  const OpenFunctions open_functions_;
  const std::string root_;
  std::string refusal_;
};

}  // namespace conformance
#endif
