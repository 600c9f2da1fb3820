// The ledger of one JOC: how far each alerting revision has come, as fusion.receipts.v1 has it and
// as this gateway knows it and still owes it to the topic.
//
// What the topic has is a function of the topic alone: of each stage its first receipt holds. What
// this gateway noted and has not read back from there is owed, and kept with the rest, so that a
// process that ends in between owes it still. One thread writes; any number read. What it returns
// is for nobody's eyes until doors.cc has shown the warning to a caller.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include "gateway/link_board.h"
#include "gateway/noted.h"
#include "gateway/view_store.h"
#include "lib/kafka/record.h"
#include "lib/lifecycle/delivery.h"

namespace tocsin::gateway {

struct LedgerShape {
  MissionId mission;
  std::string cluster;
  std::string epoch;  // of fusion.receipts.v1
};

class DeliveryLedger {
 public:
  // `store` must outlive it. FailedPrecondition: the store is of another topic, cluster, mission or
  // format; what is owed in it is of that one.
  static absl::StatusOr<std::unique_ptr<DeliveryLedger>> Open(ViewStore& store, LedgerShape shape);

  // ---- Writing: one thread. ----

  struct Report {
    std::set<WarningId> touched;
    int64_t receipts = 0;
    int64_t repeated = 0;           // receipts of a stage that has its receipt
    int64_t unusable = 0;           // records that are none, and receipts that name nothing
    std::vector<LinkRecord> links;  // of all missions
  };
  // Records of the topic in order; receipts of other missions are passed. An error is the store's.
  absl::StatusOr<Report> Apply(const std::vector<InputRecord>& records);

  // What happened here. A note on a revision that does not alert counts for the last one before it
  // that does. A commit makes the row; without a row, a note is dropped. `received` and `seen` by a
  // client's word hold only for what was pushed.
  absl::Status Note(const std::vector<Noted>& notes);

  // What a client of this name has received that resumes after `cursor`: of what was pushed to it
  // first of all, where the log position is before the cursor.
  std::vector<Noted> ReceivedBy(const std::string& client, const std::vector<int64_t>& offsets,
                                Time now) const;

  // Warnings of which the view knows nothing more.
  absl::Status Forget(const std::set<WarningId>& warnings);

  // ---- Reading: any thread. ----

  // The last revision that a client received.
  std::optional<Receipt> LastReceived() const;
  // What each gateway said last of its link.
  std::vector<LinkRecord> Links() const;
  // Next offset of the topic; absent: nothing was read yet.
  std::optional<int64_t> Position() const;
  // Receipts that the topic is not known to have; up to `most`.
  std::vector<Receipt> Owed(size_t most) const;
  struct Row {
    int32_t revision = 0;
    DeliveryState state;
  };
  // By revision.
  std::vector<Row> Rows(const WarningId& id) const;
  std::set<WarningId> Warnings() const;
  absl::Status health() const { return store_.health(); }

 private:
  DeliveryLedger(ViewStore& store, LedgerShape shape) : store_(store), shape_(std::move(shape)) {}
  absl::Status CheckFacts();

  ViewStore& store_;
  const LedgerShape shape_;
};

}  // namespace tocsin::gateway
