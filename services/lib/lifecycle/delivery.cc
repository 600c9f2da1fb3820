#include "lib/lifecycle/delivery.h"

#include <algorithm>

namespace tocsin {
namespace {

// Its place in the array; kReceiptStages.size() for what is no stage.
size_t IndexOf(ReceiptStage stage) {
  const auto* const found = std::find(kReceiptStages.begin(), kReceiptStages.end(), stage);
  return static_cast<size_t>(found - kReceiptStages.begin());
}

}  // namespace

bool DeliveryState::Apply(ReceiptStage stage, Time at) {
  const size_t index = IndexOf(stage);
  if (index == at_.size() || at <= kUnknownTime || at_.at(index) != kUnknownTime) return false;
  at_.at(index) = at;
  return true;
}

Time DeliveryState::At(ReceiptStage stage) const {
  const size_t index = IndexOf(stage);
  return index == at_.size() ? kUnknownTime : at_.at(index);
}

Time DeliveryState::Since(ReceiptStage stage) const {
  if (stage == ReceiptStage::kCommitted) return At(stage);
  Time since = kUnknownTime;
  for (size_t i = IndexOf(stage); i < at_.size(); ++i) {
    if (at_.at(i) == kUnknownTime) continue;
    since = since == kUnknownTime ? at_.at(i) : std::min(since, at_.at(i));
  }
  return since;
}

void DeliveryState::Clear(ReceiptStage stage) {
  const size_t index = IndexOf(stage);
  if (index < at_.size()) at_.at(index) = kUnknownTime;
}

}  // namespace tocsin
