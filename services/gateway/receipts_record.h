// Records of fusion.receipts.v1, as a gateway writes them of its own mission.
#pragma once

#include <vector>

#include "lib/base/ids.h"
#include "lib/kafka/record.h"
#include "lib/lifecycle/delivery.h"
#include "tocsin/v1/receipt.pb.h"

namespace tocsin::gateway {

// `proto` without its mission.
OutputRecord ReceiptsRecordOf(const MissionId& mission, v1::ReceiptsRecord proto);
OutputRecord ReceiptsRecordOf(const MissionId& mission, const std::vector<Receipt>& receipts);

}  // namespace tocsin::gateway
