// The doors to the view: every read on behalf of a caller. Each takes the Principal and hands out
// only what Render leaves; counts and pages are made after that, so that they tell nothing either.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include "gateway/metrics.h"
#include "gateway/render.h"
#include "gateway/watch_source.h"
#include "lib/base/mutex.h"
#include "lib/lifecycle/lifecycle.h"
#include "lib/sharing/decide.h"
#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::gateway {

class DeliveryLedger;
class View;
class OpenCounter;

// When each correlator task was last heard of, by the machine's clock.
class Hearing {
 public:
  using Clock = std::chrono::steady_clock;
  Hearing(int32_t keyed_partitions, int32_t warnings_partitions, Clock::time_point start);
  void Heard(int32_t keyed, int32_t partition, Clock::time_point now);
  // Of each task the partition in which it was not heard of for longest: when it was.
  std::map<int32_t, Clock::time_point> LastHeard() const;
  // Of the task that was not heard of, in some partition, for longest.
  std::chrono::milliseconds OldestAge(Clock::time_point now) const;

 private:
  mutable Mutex mutex_;
  std::map<std::pair<int32_t, int32_t>, Clock::time_point> last_ ABSL_GUARDED_BY(mutex_);
};

class Doors {
 public:
  // All must outlive the doors. `clock`: the deployment's.
  Doors(const View& view, const Hearing& hearing, Metrics& metrics, std::function<Time()> clock);
  ~Doors();

  // NotFound, in the same words, for a warning that is not there and for one that the caller may
  // not see. `name`: the id, or the number as "UNAMID 0143" or "143".
  absl::StatusOr<v1::WarningView> Get(const Principal& principal, const std::string& name) const;

  // InvalidArgument: a bad filter, page size, or a token of another list.
  absl::StatusOr<v1::ListResponse> List(const Principal& principal,
                                        const v1::ListRequest& request) const;

  // As Get for a name; InvalidArgument: a bad page size, or a token of another history.
  absl::StatusOr<v1::WarningHistoryResponse> History(
      const Principal& principal, const v1::WarningHistoryRequest& request) const;

  // InvalidArgument: a bad filter.
  absl::StatusOr<v1::RuleMarksResponse> Marks(const Principal& principal,
                                              const v1::WarningFilter& filter) const;
  // How far each alerting revision has come at this JOC. As Get for a name; InvalidArgument: a bad
  // filter, selection, page size, or a token of another list.
  absl::StatusOr<v1::LedgerResponse> Ledger(const Principal& principal,
                                            const v1::LedgerRequest& request,
                                            const DeliveryLedger& ledger) const;

  // What comes to a desk that watches under this filter, which has been checked.
  v1::Load LoadOf(const Principal& principal, const v1::WarningFilter& filter) const;

  // The number of a warning that the caller may see; absent for any other.
  std::optional<int64_t> NumberOf(const Principal& principal, const WarningId& id) const;

  // How far each correlator task has evaluated, and under which rules; by partition.
  std::vector<v1::EvaluatedUpTo> Evaluated() const;

  // For a watch of this caller; the doors must outlive what it opens.
  std::unique_ptr<WatchSources> Watch(const Principal& principal);

  // What holds at this JOC as a whole; what names warnings names only those that the caller may
  // see.
  v1::Centre Centre(const Principal& principal) const;
  // What came of an action for the JOC as a whole, which the caller has asked for.
  std::optional<Outcome> OutcomeOf(const std::string& action_id) const;
  // Who acts: the certificate's person, or who is logged on at the desk that the certificate is of.
  // FailedPrecondition: nobody is.
  absl::StatusOr<std::string> PersonOf(const Principal& caller) const;
  // What the silence would keep quiet. InvalidArgument: a bad filter or number.
  absl::StatusOr<v1::PreviewSilenceResponse> Preview(
      const Principal& principal, const v1::PreviewSilenceRequest& request) const;

  // InvalidArgument: a bad time or number.
  absl::StatusOr<v1::ShiftResponse> Shift(const Principal& principal,
                                          const v1::ShiftRequest& request) const;

  // The life of a warning that the caller has got by Get, its own actions and their outcomes
  // included.
  Lifecycle LifecycleOf(const v1::WarningView& view) const;

 private:
  friend class CallerLog;
  // What the caller may see of a warning's history, in the order of the logs, from the `from`th
  // moment on, until `visit` returns false. Each comes with the place of its moment.
  void VisitHistory(const Principal& principal, const WarningId& id, size_t from,
                    absl::FunctionRef<bool(size_t, v1::WarningHistoryEntry)> visit) const;
  // As it is now: with its life, and whether it comes quietly.
  std::optional<v1::WarningView> Show(const Principal& principal, const v1::Warning& stored) const;
  std::optional<v1::WarningView> Render(const Principal& principal, const v1::Warning& stored,
                                        absl::FunctionRef<Lifecycle()> life) const;
  Lifecycle LifeAsShown(const v1::Warning& stored) const;
  std::shared_ptr<OpenCounter> Counter(const Principal& principal, const v1::WarningFilter& filter);

  const View& view_;
  const Hearing& hearing_;
  Metrics& metrics_;
  const std::function<Time()> clock_;
  mutable Renderings renderings_;
  Mutex mutex_;
  // One for all watches of one caller under one filter; gone with the last of them.
  std::map<std::pair<Principal, std::string>, std::weak_ptr<OpenCounter>> counters_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::gateway
