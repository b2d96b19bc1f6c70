// The fields of the records that folds store. Plain values; any thread.
#ifndef SLIP_FOLD_FIELDS_H
#define SLIP_FOLD_FIELDS_H

#include <cstdint>
#include <string>

#include "base/little_endian.h"
#include "base/update.h"

namespace slip {

// Takes fields off the front; failed() once one did not fit.
class FieldReader {
 public:
  explicit FieldReader(Bytes bytes) : rest_(bytes) {}
  template <typename Integer>
  Integer integer() {
    const Bytes field = bytes(sizeof(Integer));
    return failed_ ? Integer{} : read_le<Integer>(field.data());
  }
  Bytes bytes(size_t size) {
    if (rest_.size() < size) {
      failed_ = true;
      return Bytes();
    }
    const Bytes taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string text() { return std::string(bytes(integer<uint16_t>())); }
  bool failed() const { return failed_; }
  bool complete() const { return !failed_ && rest_.empty(); }

 private:
  Bytes rest_;
  bool failed_ = false;
};

// Size, then bytes; FieldReader::text() is its inverse.
inline void append_text(std::string* out, const std::string& text) {
  append_le(out, static_cast<uint16_t>(text.size()));
  *out += text;
}

}  // namespace slip
#endif
