// The kinds of values that the taxonomy gives to attributes.
#pragma once

#include <string_view>

namespace tocsin {

// `kind` is "text", "integer", "number", "boolean", or the allowed values joined by '|'.
bool IsOfKind(std::string_view value, std::string_view kind);

}  // namespace tocsin
