#include "gateway/watch_session.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "gateway/cursor.h"
#include "gateway/filter.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

// A client that is silent for this many periods is gone.
constexpr int kSilentPeriods = 3;
constexpr int64_t kMostCounted = 1000;

}  // namespace

WatchSession::WatchSession(WatchSources& sources, std::chrono::milliseconds heartbeat_period,
                           SteadyTime now)
    : sources_(sources), period_(heartbeat_period), heard_(now), heartbeat_due_(now) {}

absl::Status WatchSession::Receive(const v1::WatchRequest& request, SteadyTime now) {
  heard_ = now;
  if (request.message_case() == v1::WatchRequest::kSubscribe) {
    return OnSubscribe(request.subscribe(), now);
  }
  if (source_ == nullptr) {
    return absl::InvalidArgumentError("message: the first message must be a subscription");
  }
  switch (request.message_case()) {
    case v1::WatchRequest::kCredit:
      return OnCredit(request.credit());
    case v1::WatchRequest::kAcknowledged:
      return OnAcknowledged(request.acknowledged());
    case v1::WatchRequest::kHeartbeatEcho:
      if (request.heartbeat_echo() < 1 || request.heartbeat_echo() > heartbeats_) {
        return absl::InvalidArgumentError(
            StrCat("heartbeat_echo: ", request.heartbeat_echo(), " was never sent"));
      }
      return absl::OkStatus();
    case v1::WatchRequest::kSubscribe:
    case v1::WatchRequest::MESSAGE_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("message: none that this gateway knows");
}

absl::Status WatchSession::OnSubscribe(const v1::Subscribe& subscribe, SteadyTime now) {
  if (source_ != nullptr) {
    return absl::InvalidArgumentError("subscribe: this stream has its subscription already");
  }
  TOCSIN_RETURN_IF_ERROR(Check(subscribe.filter()));
  std::unique_ptr<WatchSource> source = sources_.Open(subscribe.filter());
  const Reach reach = source->reach();
  if (subscribe.has_cursor()) {
    TOCSIN_RETURN_IF_ERROR(Check(subscribe.cursor(), source->epoch(), reach.floors, reach.ends));
    position_.assign(subscribe.cursor().offsets().begin(), subscribe.cursor().offsets().end());
  } else {
    // The standing warnings as of now; what comes to the log from here on follows them.
    position_.assign(reach.ends.size(), 0);
    snapshot_until_ = reach.ends;
  }
  acknowledged_ = position_;
  for (const v1::EvaluatedUpTo& task : reach.evaluated) {
    v1::EvaluatedUpTo unknown;
    unknown.set_keyed_partition(task.keyed_partition());
    evaluated_.push_back(std::move(unknown));
  }
  source_ = std::move(source);
  heartbeat_due_ = now;
  return absl::OkStatus();
}

absl::Status WatchSession::OnCredit(int32_t credit) {
  if (credit < 1) {
    return absl::InvalidArgumentError(StrCat("credit: ", credit, " is not a number to add"));
  }
  credit_ += credit;
  return absl::OkStatus();
}

absl::Status WatchSession::OnAcknowledged(const v1::Cursor& cursor) {
  const absl::Status good =
      Check(cursor, source_->epoch(), std::vector<int64_t>(position_.size(), 0), position_);
  if (!good.ok()) {
    return absl::InvalidArgumentError(
        "acknowledged: not a cursor that this stream has sent, nor one before it");
  }
  for (size_t p = 0; p < acknowledged_.size(); ++p) {
    acknowledged_[p] = std::max(acknowledged_[p], cursor.offsets(static_cast<int>(p)));
  }
  return absl::OkStatus();
}

int64_t WatchSession::acknowledged_lag() const {
  int64_t lag = 0;
  for (size_t p = 0; p < position_.size(); ++p) lag += position_[p] - acknowledged_[p];
  return lag;
}

SteadyTime WatchSession::Deadline() const {
  const SteadyTime silence = heard_ + kSilentPeriods * period_;
  return source_ == nullptr ? silence : std::min(silence, heartbeat_due_);
}

std::vector<int64_t> WatchSession::Limits(const Reach& reach) const {
  return snapshot_until_.empty() ? reach.ends : snapshot_until_;
}

absl::Status WatchSession::Silence(SteadyTime now) const {
  if (now - heard_ < kSilentPeriods * period_) return absl::OkStatus();
  return absl::DeadlineExceededError(
      StrCat("nothing was heard from the client for ", kSilentPeriods, " heartbeats"));
}

WatchSession::Step WatchSession::Next(SteadyTime now) {
  Step step;
  step.end = Silence(now);
  if (!step.end.ok()) return step;
  if (source_ == nullptr) return step;
  if (now >= heartbeat_due_) {
    step.message = MakeHeartbeat(now);
    return step;
  }
  const Reach reach = source_->reach();
  step.message = Deliver(reach, step.more);
  parked_ = !step.message && !step.more && credit_ == 0 && position_ != Limits(reach);
  if (step.message || step.more || parked_) return step;
  if (!snapshot_until_.empty()) {
    snapshot_until_.clear();
    *step.message.emplace().mutable_snapshot_end() = MakeCursor(source_->epoch(), position_);
    return step;
  }
  // Everything up to here has been sent: from now on the evaluation that came with it holds.
  evaluated_ = reach.evaluated;
  if (!caught_up_once_) {
    caught_up_once_ = true;
    step.message = MakeHeartbeat(now);
  }
  return step;
}

// The next record of all partitions in the order of issue. Without credit only those are passed
// that are not for this client.
std::optional<v1::WatchResponse> WatchSession::Deliver(const Reach& reach, bool& more) {
  const std::vector<int64_t> limits = Limits(reach);
  const bool snapshot = !snapshot_until_.empty();
  std::optional<WatchSource::Found> first;
  size_t partition = 0;
  for (size_t p = 0; p < position_.size(); ++p) {
    if (position_[p] >= limits[p]) continue;
    WatchSource::Scanned scanned =
        source_->Next(static_cast<int32_t>(p), position_[p], limits[p], snapshot);
    if (!scanned.found) {
      position_[p] = scanned.reached;
      more = more || scanned.reached < limits[p];
      continue;
    }
    position_[p] = scanned.found->offset;
    const auto order = [](const WatchSource::Found& found) {
      return std::tuple(found.view.warning().issued_us(), found.offset);
    };
    if (!first || order(*scanned.found) < order(*first)) {
      first = std::move(scanned.found);
      partition = p;
    }
  }
  if (!first || more || credit_ == 0) return std::nullopt;
  --credit_;
  position_[partition] = first->offset + 1;
  v1::WatchResponse response;
  v1::Delivery& delivery = *response.mutable_delivery();
  *delivery.mutable_view() = std::move(first->view);
  *delivery.mutable_cursor() = MakeCursor(source_->epoch(), position_);
  delivery.set_snapshot(snapshot);
  return response;
}

int64_t WatchSession::CountWaiting(const Reach& reach) {
  int64_t waiting = 0;
  const auto count = [&](size_t p, int64_t from, int64_t to, bool standing) {
    while (from < to && waiting < kMostCounted) {
      const auto scanned = source_->Next(static_cast<int32_t>(p), from, to, standing);
      from = scanned.reached;
      if (scanned.found) ++waiting;
    }
  };
  for (size_t p = 0; p < position_.size(); ++p) {
    const int64_t log_from = snapshot_until_.empty() ? position_[p] : snapshot_until_[p];
    if (!snapshot_until_.empty()) count(p, position_[p], snapshot_until_[p], /*standing=*/true);
    count(p, log_from, reach.ends[p], /*standing=*/false);
  }
  return waiting;
}

v1::WatchResponse WatchSession::MakeHeartbeat(SteadyTime now) {
  const Reach reach = source_->reach();
  heartbeat_due_ = now + period_;
  v1::WatchResponse response;
  v1::Heartbeat& heartbeat = *response.mutable_heartbeat();
  heartbeat.set_number(++heartbeats_);
  *heartbeat.mutable_cursor() = MakeCursor(source_->epoch(), position_);
  heartbeat.set_period_s(static_cast<int32_t>(
      std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(period_).count())));
  heartbeat.mutable_evaluated()->Add(evaluated_.begin(), evaluated_.end());
  heartbeat.set_open_warnings(source_->OpenWarnings());
  heartbeat.set_waiting(CountWaiting(reach));
  heartbeat.set_oldest_evaluation_age_ms(source_->OldestEvaluationAgeMs());
  return response;
}

}  // namespace tocsin::gateway
