#include "lib/domain/attribute_kind.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <absl/strings/numbers.h>

#include "lib/base/text.h"

namespace tocsin {

bool IsOfKind(std::string_view value, std::string_view kind) {
  if (kind == "text") return true;
  if (kind == "integer") {
    int64_t number = 0;
    return absl::SimpleAtoi(Av(value), &number);
  }
  if (kind == "number") {
    double number = 0;
    return absl::SimpleAtod(Av(value), &number) && std::isfinite(number);
  }
  if (kind == "boolean") return value == "true" || value == "false";
  for (size_t from = 0; from <= kind.size();) {
    const size_t bar = std::min(kind.find('|', from), kind.size());
    if (kind.substr(from, bar - from) == value) return true;
    from = bar + 1;
  }
  return false;
}

}  // namespace tocsin
