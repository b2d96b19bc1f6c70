// The update: one change of one key. It is the public struct itself, so that a batch crosses the C
// border without being copied or translated.
#ifndef SLIP_BASE_UPDATE_H
#define SLIP_BASE_UPDATE_H

#include <string>
#include <string_view>

#include "slipstream.h"

namespace slip {

using Update = ::slip_update;

// Bytes that something else owns. Any byte is data, NUL included.
using Bytes = std::string_view;

inline Bytes view(slip_bytes bytes) {
  return Bytes(reinterpret_cast<const char*>(bytes.data), bytes.size);
}
inline slip_bytes as_slip_bytes(Bytes bytes) {
  return slip_bytes{reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}
inline Bytes key_of(const Update& update) { return view(update.key); }
inline Bytes value_of(const Update& update) { return view(update.value); }
inline bool is_live(const Update& update) { return update.operation == SLIP_PUT; }

// An update that owns its bytes. Moving keeps the views right; copying is not offered.
class Entry {
 public:
  Entry() = default;
  explicit Entry(const Update& update);  // copies key and value
  Entry(Entry&& other) noexcept;
  Entry& operator=(Entry&& other) noexcept;
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  // The views live as long as this entry stays where it is.
  const Update& update() const { return update_; }
  Bytes key() const { return key_; }
  Bytes value() const { return value_; }
  uint64_t revision() const { return update_.revision; }
  bool live() const { return is_live(update_); }

 private:
  void point();   // makes the views those of our own bytes
  void forget();  // what a moved-from entry becomes: empty
  std::string key_;
  std::string value_;
  Update update_{};
};

}  // namespace slip
#endif
