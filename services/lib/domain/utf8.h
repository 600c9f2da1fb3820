// Whether bytes are text.
#pragma once

#include <string_view>

namespace tocsin {

// Well-formed UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing past U+10FFFF.
bool IsUtf8(std::string_view bytes);

}  // namespace tocsin
