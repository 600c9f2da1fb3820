// Keeps the ledger, on a thread of its own: reads fusion.receipts.v1, takes what watches bear
// witness to and what the view has come to have, writes what is owed, and judges what is overdue.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <thread>

#include <absl/status/status.h>

#include "gateway/delivery_ledger.h"
#include "gateway/link_board.h"
#include "gateway/link_writer.h"
#include "gateway/metrics.h"
#include "gateway/overdue.h"
#include "gateway/receipt_writer.h"
#include "gateway/witness.h"
#include "lib/base/mutex.h"
#include "lib/kafka/client.h"

namespace tocsin::gateway {

class View;

class LedgerFeed {
 public:
  // All must outlive the feed. The consumer is used on the feed's thread only. `failed`: the feed
  // has ended with this error and the process must end.
  LedgerFeed(const View& view, DeliveryLedger& ledger, WitnessBook& book, Overdue& overdue,
             LinkBoard& links, Metrics& metrics, std::unique_ptr<Consumer> consumer,
             ReceiptWriter writer, LinkWriter link_writer,
             std::function<void(const absl::Status&)> failed);
  // What was noted is in the ledger's store.
  ~LedgerFeed();
  LedgerFeed(const LedgerFeed&) = delete;
  LedgerFeed& operator=(const LedgerFeed&) = delete;

  // The view has been read to its end and has grown by what concerns these warnings. Thread-safe.
  void Grown(const std::set<WarningId>& touched);

 private:
  void Run(const std::stop_token& stop);
  absl::Status Read();
  // What watches and the view have come to tell, into the ledger.
  absl::Status Take();
  // Of each of them what the view and the ledger have by now.
  absl::Status LookAt(const std::set<WarningId>& warnings, std::vector<Noted> notes);
  absl::Status ForgetAllBut(const std::set<WarningId>& warnings);
  void Judge();

  const View& view_;
  DeliveryLedger& ledger_;
  WitnessBook& book_;
  Overdue& overdue_;
  LinkBoard& links_;
  Metrics& metrics_;
  const std::unique_ptr<Consumer> consumer_;
  ReceiptWriter writer_;
  LinkWriter link_writer_;
  const std::function<void(const absl::Status&)> failed_;
  // Of the thread.
  bool at_end_ = false;  // of the topic, for the first time: what it has is not owed
  bool looked_at_all_ = false;
  std::set<WarningId> read_;  // whose receipts were read and not yet looked at
  std::chrono::steady_clock::time_point judge_at_, tell_at_;
  int64_t told_ = 0;  // overdue as last logged
  Mutex mutex_;
  bool began_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<WarningId> touched_ ABSL_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace tocsin::gateway
