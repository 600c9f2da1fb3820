// Text helpers. Debian's absl is built with its own string_view, which does not convert from
// std::string_view: StrCat here takes both, and Av converts where absl wants its own.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

namespace tocsin {

inline absl::string_view Av(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view Sv(absl::string_view text) { return {text.data(), text.size()}; }

namespace internal {
template <class T>
decltype(auto) ForAbsl(const T& value) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return Av(value);
  } else {
    return (value);
  }
}
}  // namespace internal

template <class... Args>
std::string StrCat(const Args&... args) {
  return absl::StrCat(internal::ForAbsl(args)...);
}

}  // namespace tocsin
