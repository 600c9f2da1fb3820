#include "gateway/receipt_writer.h"

#include <utility>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/service/service.h"
#include "lib/wire/cloud_events.h"
#include "lib/wire/wire.h"
#include "tocsin/v1/receipt.pb.h"

namespace tocsin::gateway {
namespace {

// A burst must neither fill memory nor keep actions out of the producer's queue.
constexpr size_t kAtOnce = 500;
constexpr std::chrono::milliseconds kAfterFailure{1000};
// Longer than a record that was written takes to be read.
constexpr std::chrono::seconds kReadBackPatience{20};

}  // namespace

OutputRecord ReceiptsRecordOf(const MissionId& mission, const std::vector<Receipt>& receipts) {
  v1::ReceiptsRecord proto;
  proto.set_mission(mission.str());
  for (const Receipt& receipt : receipts) {
    v1::DeliveryReceipt& one = *proto.mutable_receipts()->add_receipts();
    one.set_warning_id(receipt.warning.str());
    one.set_revision(receipt.revision);
    one.set_stage(static_cast<v1::ReceiptStage>(receipt.stage));
    one.set_at_us(ToMicros(receipt.at));
  }
  OutputRecord record;
  record.target = SourceId{kReceiptsTopic, 0};
  record.key = mission.str();
  record.value = SerializeDeterministic(proto);
  record.headers = CloudEventHeaders("tocsin.receipts.v1", StrCat("/gateway-", mission.str()),
                                     ShortHashHex(record.value));
  return record;
}

void ReceiptWriter::Pump(Clock::time_point now) {
  if (const std::optional<absl::Status> outcome = flight_.Outcome()) {
    send_again_ = now + (outcome->ok() ? Clock::duration(kReadBackPatience) : kAfterFailure);
    if (!outcome->ok()) {
      Log(LogLevel::kWarning, "receipts are not written yet",
          {{"reason", std::string(outcome->message())}});
    }
  }
  if (flight_.under_way()) return;
  if (!sent_.empty() && now >= send_again_) sent_.clear();
  std::vector<Receipt> owed = ledger_.Owed(kAtOnce);
  if (owed.empty()) {
    sent_.clear();
    return;
  }
  std::erase_if(owed, [&](const Receipt& receipt) { return sent_.contains(receipt); });
  if (owed.empty()) return;
  sent_.insert(owed.begin(), owed.end());
  flight_.Begin(producer_, ReceiptsRecordOf(mission_, owed));
}

}  // namespace tocsin::gateway
