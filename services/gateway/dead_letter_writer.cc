#include "gateway/dead_letter_writer.h"

#include <chrono>
#include <utility>

#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/kafka/topic_set.h"
#include "lib/service/service.h"
#include "lib/task/dead_letter.h"

namespace tocsin::gateway {
namespace {

// A flood of bad records must neither fill memory nor keep actions out of the producer's queue.
constexpr size_t kAtOnce = 500;
constexpr std::chrono::seconds kPatienceAtEnd{2};
constexpr char kCode[] = "unusable_record";

}  // namespace

DeadLetterWriter::DeadLetterWriter(DeadLetterDebt& debt, Producer& producer, std::string writer)
    : debt_(&debt), producer_(&producer), writer_(std::move(writer)) {}

absl::Status DeadLetterWriter::Pump() {
  if (batch_ != nullptr) TOCSIN_RETURN_IF_ERROR(Settle());
  if (batch_ == nullptr && owed_) Send();
  return absl::OkStatus();
}

absl::Status DeadLetterWriter::Settle() {
  std::vector<ApplyReport::DeadLetter> written;
  absl::Status failure;
  {
    const MutexLock lock(batch_->mutex);
    if (batch_->open > 0) return absl::OkStatus();
    written = std::move(batch_->written);
    failure = batch_->failure;
  }
  batch_ = nullptr;
  if (!failure.ok()) {
    owed_ = true;
    Log(LogLevel::kWarning, "dead letters are not written yet",
        {{"reason", std::string(failure.message())}});
  }
  return debt_->SettleDeadLetters(written);
}

void DeadLetterWriter::Send() {
  const std::vector<ApplyReport::DeadLetter> owed = debt_->OwedDeadLetters(kAtOnce);
  owed_ = owed.size() == kAtOnce;
  if (owed.empty()) return;
  const auto batch = std::make_shared<Batch>();
  {
    const MutexLock lock(batch->mutex);
    batch->open = owed.size();
  }
  batch_ = batch;
  for (const ApplyReport::DeadLetter& letter : owed) {
    const auto done = [batch, letter](const absl::StatusOr<int64_t>& offset) {
      const MutexLock lock(batch->mutex);
      if (offset.ok()) {
        batch->written.push_back(letter);
      } else {
        batch->failure.Update(offset.status());
      }
      --batch->open;
      batch->done.NotifyAll();
    };
    const absl::Status queued =
        producer_->Produce(MakeDeadLetter({kDeadLettersTopic, 0}, writer_, letter.source,
                                          letter.offset, letter.sha256, kCode, letter.cause),
                           done);
    if (!queued.ok()) done(queued);
  }
}

void DeadLetterWriter::Finish() {
  if (batch_ == nullptr) return;
  {
    Batch& batch = *batch_;
    const MutexLock lock(batch.mutex);
    batch.done.WaitFor(batch.mutex, kPatienceAtEnd,
                       [&batch]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(batch.mutex) { return batch.open == 0; });
    if (batch.open > 0) return;
  }
  // What cannot be noted as written is written again by the next process.
  static_cast<void>(Settle());
}

}  // namespace tocsin::gateway
