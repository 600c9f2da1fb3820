#include "lib/task/blocked.h"

#include <absl/strings/cord.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

constexpr char kPayload[] = "tocsin/blocked";

}  // namespace

absl::Status Blocked(std::string_view reason, const std::string& text) {
  absl::Status status = absl::FailedPreconditionError(text);
  status.SetPayload(kPayload, absl::Cord(Av(reason)));
  return status;
}

std::optional<std::string> BlockedBy(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  return std::string(*payload);
}

std::string BeginAnewMark(const std::string& state_folder) { return state_folder + ".begin-anew"; }

}  // namespace tocsin
