#include "gateway/receipts_record.h"

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/wire/cloud_events.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {

OutputRecord ReceiptsRecordOf(const MissionId& mission, v1::ReceiptsRecord proto) {
  proto.set_mission(mission.str());
  OutputRecord record;
  record.target = SourceId{kReceiptsTopic, 0};
  record.key = mission.str();
  record.value = SerializeDeterministic(proto);
  record.headers = CloudEventHeaders("tocsin.receipts.v1", StrCat("/gateway-", mission.str()),
                                     ShortHashHex(record.value));
  return record;
}

OutputRecord ReceiptsRecordOf(const MissionId& mission, const std::vector<Receipt>& receipts) {
  v1::ReceiptsRecord proto;
  for (const Receipt& receipt : receipts) {
    v1::DeliveryReceipt& one = *proto.mutable_receipts()->add_receipts();
    one.set_warning_id(receipt.warning.str());
    one.set_revision(receipt.revision);
    one.set_stage(static_cast<v1::ReceiptStage>(receipt.stage));
    one.set_at_us(ToMicros(receipt.at));
  }
  return ReceiptsRecordOf(mission, std::move(proto));
}

}  // namespace tocsin::gateway
