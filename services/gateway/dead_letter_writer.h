// Writes to fusion.dead-letters.v1 what the view could not use: origin, hash and cause, never
// bytes.
//
// What is owed lies in the view's store until Kafka has it, so that it is written once by this
// gateway, and again only if the process ends between the two or the view is built anew. Every
// gateway reads the same warnings and writes its own letter; all of one record have the same key,
// the record's origin.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "gateway/dead_letter_debt.h"
#include "lib/base/mutex.h"
#include "lib/kafka/client.h"

namespace tocsin::gateway {

// Used on the thread that writes the view.
class DeadLetterWriter {
 public:
  // `writer` is who met the records, e.g. "gateway-unamid". Debt and producer must outlive it.
  DeadLetterWriter(DeadLetterDebt& debt, Producer& producer, std::string writer);

  // The view has come to owe some more.
  void Owe() { owed_ = true; }
  // Goes on without waiting for Kafka; call again and again. An error is the store's.
  absl::Status Pump();
  // Waits a short while for what is under way, so that it is not written again.
  void Finish();

 private:
  // Letters under way; shared with the producer's thread.
  struct Batch {
    Mutex mutex;
    Condition done;
    size_t open ABSL_GUARDED_BY(mutex) = 0;
    std::vector<ApplyReport::DeadLetter> written ABSL_GUARDED_BY(mutex);
    absl::Status failure ABSL_GUARDED_BY(mutex);
  };
  absl::Status Settle();
  void Send();

  DeadLetterDebt* debt_;
  Producer* producer_;
  std::string writer_;
  bool owed_ = true;  // the last process may have left some
  std::shared_ptr<Batch> batch_;
};

}  // namespace tocsin::gateway
