// How far an alerting revision of a warning has come on its way to the people of one JOC: a fold
// over receipts (proto/tocsin/v1/receipt.proto).
//
// Pure and total: the first receipt of a stage holds, a repetition and what this build does not
// know change nothing. So the state depends on the first receipt of each stage only.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "lib/base/time.h"
#include "lib/domain/types.h"

namespace tocsin {

enum class ReceiptStage { kUnspecified, kCommitted, kPushed, kReceived, kSeen, kAcknowledged };
inline constexpr std::array kReceiptStages = {ReceiptStage::kCommitted, ReceiptStage::kPushed,
                                              ReceiptStage::kReceived, ReceiptStage::kSeen,
                                              ReceiptStage::kAcknowledged};

struct Receipt {
  WarningId warning;
  int32_t revision = 0;
  ReceiptStage stage = ReceiptStage::kUnspecified;
  Time at = kUnknownTime;
  friend auto operator<=>(const Receipt&, const Receipt&) = default;
};

class DeliveryState {
 public:
  // False, and nothing changes: the stage has its time already, or is none, or the time is unknown.
  bool Apply(ReceiptStage stage, Time at);
  // As a receipt said; kUnknownTime: none did.
  Time At(ReceiptStage stage) const;
  // Since when it is so: as a receipt said, or as a later stage implies, whichever is earlier.
  // kUnknownTime: not known to be so. Of a commit nothing is implied.
  Time Since(ReceiptStage stage) const;
  bool Has(ReceiptStage stage) const { return Since(stage) != kUnknownTime; }
  // Takes the receipt of a stage back.
  void Clear(ReceiptStage stage);

  friend auto operator<=>(const DeliveryState&, const DeliveryState&) = default;

 private:
  std::array<Time, kReceiptStages.size()> at_{};
};

}  // namespace tocsin
