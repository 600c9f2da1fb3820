#include "gateway/sessions.h"

#include <algorithm>

#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

constexpr size_t kLongestName = 64;

bool MayBeInName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == ':' || c == '-';
}

}  // namespace

absl::Status CheckSessionName(const std::string& name) {
  if (name.size() <= kLongestName && std::all_of(name.begin(), name.end(), MayBeInName)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(StrCat("subscribe.session: must be at most ", kLongestName,
                                           " letters, digits and '.', '_', ':', '-'"));
}

absl::StatusOr<std::shared_ptr<Sessions::Watch>> Sessions::Take(
    const Principal& device, const std::string& name, const std::shared_ptr<Watch>& watch) {
  const MutexLock lock(mutex_);
  const auto [place, is_new] = watches_.try_emplace({device, name});
  if (is_new) {
    const auto first = watches_.lower_bound({device, ""});
    const auto others = std::find_if(first, watches_.end(),
                                     [&](const auto& one) { return one.first.first != device; });
    if (static_cast<size_t>(std::distance(first, others)) > kMostOfOneDevice) {
      watches_.erase(place);
      return absl::ResourceExhaustedError(
          StrCat("subscribe.session: this device has ", kMostOfOneDevice,
                 " watches under other names already; end one, or use its name"));
    }
  }
  return std::exchange(place->second, watch);
}

void Sessions::Leave(const Principal& device, const std::string& name, const Watch& watch) {
  const MutexLock lock(mutex_);
  const auto place = watches_.find({device, name});
  if (place != watches_.end() && place->second.get() == &watch) watches_.erase(place);
}

}  // namespace tocsin::gateway
