// Keys under a prefix, as ranges of every kind of fold find them.
#ifndef SLIP_FOLD_PREFIX_H
#define SLIP_FOLD_PREFIX_H

#include <string>

#include "base/update.h"

namespace slip {

inline bool begins_with(Bytes bytes, Bytes prefix) {
  return bytes.substr(0, prefix.size()) == prefix;
}

// The least string above all that begin with `prefix`; empty where there is none.
inline std::string successor(Bytes prefix) {
  std::string bound(prefix);
  while (!bound.empty() && bound.back() == '\xff') bound.pop_back();
  if (!bound.empty())
    bound.back() = static_cast<char>(static_cast<unsigned char>(bound.back()) + 1);
  return bound;
}

}  // namespace slip
#endif
