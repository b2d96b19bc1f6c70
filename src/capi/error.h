// The objects that carry results out: errors, texts, entries.
#ifndef SLIP_CAPI_ERROR_H
#define SLIP_CAPI_ERROR_H

#include <memory>
#include <string>

#include "base/status.h"
#include "base/update.h"
#include "slipstream.h"

struct slip_error {
  slip_status code;
  bool retriable;
  std::string message;  // empty: the text of the table
};

struct slip_text {
  std::string bytes;
};

struct slip_entry {
  slip::Entry entry;
};

namespace slip::capi {

inline std::unique_ptr<slip_text> make_text(std::string bytes) {
  return std::unique_ptr<slip_text>(new slip_text{std::move(bytes)});
}
inline std::unique_ptr<slip_entry> make_entry(Entry entry) {
  return std::unique_ptr<slip_entry>(new slip_entry{std::move(entry)});
}

}  // namespace slip::capi
#endif
