// A revision of a warning as what changed since an earlier one: gateway_service.proto, Delta.
#pragma once

#include <cstddef>
#include <optional>

#include <absl/status/status.h>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin {

// Takes the evidence, and the area, that `base` has too out of `view`. Nothing, and `view` as it
// was, if that saves less than so many bytes.
std::optional<v1::Delta> TakeOut(const v1::WarningView& base, v1::WarningView& view,
                                 size_t least_saved);

// Makes `view` whole again. FailedPrecondition: `base` is not what it was taken out against; `view`
// is then as it was.
absl::Status PutBack(const v1::WarningView& base, const v1::Delta& delta, v1::WarningView& view);

}  // namespace tocsin
