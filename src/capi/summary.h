// What is shared by the functions that tell of artifacts.
#ifndef SLIP_CAPI_SUMMARY_H
#define SLIP_CAPI_SUMMARY_H

#include <algorithm>
#include <cstddef>
#include <string>

#include "artifact/artifact.h"
#include "slipstream.h"

namespace slip::capi {

// Into an array of a public struct, NUL-terminated.
template <size_t size>
void copy_text(const std::string& text, char (&out)[size]) {
  const size_t length = std::min(text.size(), size - 1);
  std::copy_n(text.data(), length, out);
  out[length] = '\0';
}

slip_artifact_summary summary_of(const Manifest& manifest);

}  // namespace slip::capi
#endif
