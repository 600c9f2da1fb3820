#include "gateway/clock_skew.h"

#include <algorithm>

namespace tocsin::gateway {
namespace {

constexpr std::chrono::minutes kWindow{1};

}  // namespace

void ClockSkew::Saw(Time logged, Time now, SteadyTime steady) {
  if (logged == kUnknownTime) return;
  if (!least_) began_ = steady;
  if (steady - began_ >= kWindow) {
    before_ = least_;
    least_.reset();
    began_ = steady;
  }
  const Duration ahead = now - logged;
  least_ = least_ ? std::min(*least_, ahead) : ahead;
}

std::optional<Duration> ClockSkew::ahead() const {
  if (!least_) return std::nullopt;
  const Duration least = before_ ? std::min(*least_, *before_) : *least_;
  return before_ || least < Duration(0) ? std::optional(least) : std::nullopt;
}

}  // namespace tocsin::gateway
