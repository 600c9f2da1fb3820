// Whether bytes are text.
#pragma once

#include <string>
#include <string_view>

namespace tocsin {

// Well-formed UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing past U+10FFFF.
bool IsUtf8(std::string_view bytes);

// What Latin letters look like to somebody in a hurry: without accents, written with their letter
// or apart from it, and in lower case. Other characters stay as they are. For doubts about names
// that differ in bytes only; never for comparing them.
std::string LookOf(std::string_view utf8);

}  // namespace tocsin
