// UTF-8, byte by byte, and bytes shown in sentences. Pure; any thread.
#ifndef SLIP_BASE_UTF8_H
#define SLIP_BASE_UTF8_H

#include <cstddef>
#include <string>
#include <string_view>

namespace slip {

// Length of the well-formed sequence that begins at text[at] (1 to 4), 0 where there is none:
// overlong forms, surrogates and what lies above U+10FFFF are not well-formed.
size_t utf8_sequence(std::string_view text, size_t at);

// For sentences: in double quotes, one line, bounded. Control characters and bytes that are not
// UTF-8 are shown as \xNN.
std::string quoted(std::string_view text);

}  // namespace slip
#endif
