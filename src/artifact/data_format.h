// The constants of a data file's 16 bytes of header.
#ifndef SLIP_ARTIFACT_DATA_FORMAT_H
#define SLIP_ARTIFACT_DATA_FORMAT_H

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slip {

constexpr std::string_view kDataMagic("SLIPREC\0", 8);
constexpr size_t kDataVersionAt = 8, kDataFlagsAt = 12;
constexpr uint32_t kDataVersion = 1;
constexpr uint32_t kDataZstd = 1;  // flag: the rest of the file is one zstd frame
constexpr size_t kDataFileDigits = 6;

}  // namespace slip
#endif
