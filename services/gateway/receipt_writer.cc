#include "gateway/receipt_writer.h"

#include <utility>

#include "gateway/receipts_record.h"
#include "lib/service/service.h"

namespace tocsin::gateway {
namespace {

// A burst must neither fill memory nor keep actions out of the producer's queue.
constexpr size_t kAtOnce = 500;
constexpr std::chrono::milliseconds kAfterFailure{1000};
// Longer than a record that was written takes to be read.
constexpr std::chrono::seconds kReadBackPatience{20};

}  // namespace

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
