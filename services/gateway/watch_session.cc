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
    case v1::WatchRequest::kSeen:
      return absl::OkStatus();  // the ledger's matter
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
    TOCSIN_RETURN_IF_ERROR(Check(subscribe.cursor(), source->epochs(), reach.floors, reach.ends));
    position_ = PositionOf(subscribe.cursor());
  } else {
    // The standing warnings as of now, each with its life; what comes to the logs from here on
    // follows them.
    position_.warnings.assign(reach.ends.warnings.size(), 0);
    position_.actions = reach.ends.actions;
    snapshot_until_ = reach.ends.warnings;
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
      Check(cursor, source_->epochs(), {std::vector<int64_t>(position_.warnings.size(), 0), 0},
            position_);
  if (!good.ok()) {
    return absl::InvalidArgumentError(
        "acknowledged: not a cursor that this stream has sent, nor one before it");
  }
  const LogPosition has = PositionOf(cursor);
  for (size_t p = 0; p < has.warnings.size(); ++p) {
    acknowledged_.warnings[p] = std::max(acknowledged_.warnings[p], has.warnings[p]);
  }
  acknowledged_.actions = std::max(acknowledged_.actions, has.actions);
  return absl::OkStatus();
}

int64_t WatchSession::acknowledged_lag() const {
  int64_t lag = position_.actions - acknowledged_.actions;
  for (size_t p = 0; p < position_.warnings.size(); ++p) {
    lag += position_.warnings[p] - acknowledged_.warnings[p];
  }
  return lag;
}

SteadyTime WatchSession::Deadline() const {
  const SteadyTime silence = heard_ + kSilentPeriods * period_;
  return source_ == nullptr ? silence : std::min(silence, heartbeat_due_);
}

const std::vector<int64_t>& WatchSession::Limits(const Reach& reach) const {
  return snapshot() ? snapshot_until_ : reach.ends.warnings;
}

v1::Cursor WatchSession::Here() const { return MakeCursor(source_->epochs(), position_); }

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
  step.message = Deliver(reach, step);
  parked_ = !step.message && !step.more && credit_ == 0 && position_.warnings != Limits(reach);
  if (step.message || step.more || parked_) return step;
  if (snapshot()) {
    snapshot_until_.clear();
    *step.message.emplace().mutable_snapshot_end() = Here();
    return step;
  }
  // After the warnings that they are about.
  step.message = DeliverChange(reach, step.more);
  parked_ = !step.message && !step.more && credit_ == 0 && position_.actions != reach.ends.actions;
  if (step.message || step.more || parked_) return step;
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
std::optional<v1::WatchResponse> WatchSession::Deliver(const Reach& reach, Step& step) {
  const std::vector<int64_t>& limits = Limits(reach);
  std::optional<WatchSource::Found> first;
  size_t partition = 0;
  std::vector<int64_t>& position = position_.warnings;
  for (size_t p = 0; p < position.size(); ++p) {
    if (position[p] >= limits[p]) continue;
    WatchSource::Scanned scanned =
        source_->Next(static_cast<int32_t>(p), position[p], limits[p], snapshot());
    if (!scanned.found) {
      position[p] = scanned.reached;
      step.more = step.more || scanned.reached < limits[p];
      continue;
    }
    position[p] = scanned.found->offset;
    const auto order = [](const WatchSource::Found& found) {
      return std::tuple(found.view.warning().issued_us(), found.offset);
    };
    if (!first || order(*scanned.found) < order(*first)) {
      first = std::move(scanned.found);
      partition = p;
    }
  }
  if (!first || step.more || credit_ == 0) return std::nullopt;
  --credit_;
  position[partition] = first->offset + 1;
  step.partition = static_cast<int32_t>(partition);
  step.offset = first->offset;
  v1::WatchResponse response;
  v1::Delivery& delivery = *response.mutable_delivery();
  *delivery.mutable_view() = std::move(first->view);
  *delivery.mutable_cursor() = Here();
  delivery.set_snapshot(snapshot());
  delivery.set_leaves_filter(first->leaves_filter);
  return response;
}

std::optional<v1::WatchResponse> WatchSession::DeliverChange(const Reach& reach, bool& more) {
  if (position_.actions >= reach.ends.actions) return std::nullopt;
  WatchSource::ScannedChanges scanned = source_->NextChange(position_.actions, reach.ends.actions);
  if (!scanned.found) {
    position_.actions = scanned.reached;
    more = scanned.reached < reach.ends.actions;
    return std::nullopt;
  }
  position_.actions = scanned.found->offset;
  if (credit_ == 0) return std::nullopt;
  --credit_;
  position_.actions = scanned.found->offset + 1;
  v1::WatchResponse response;
  *response.mutable_change() = std::move(scanned.found->change);
  *response.mutable_change()->mutable_cursor() = Here();
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
  for (size_t p = 0; p < position_.warnings.size(); ++p) {
    const int64_t from = position_.warnings[p];
    const int64_t log_from = snapshot() ? snapshot_until_[p] : from;
    if (snapshot()) count(p, from, snapshot_until_[p], /*standing=*/true);
    count(p, log_from, reach.ends.warnings[p], /*standing=*/false);
  }
  for (int64_t from = position_.actions; from < reach.ends.actions && waiting < kMostCounted;) {
    const auto scanned = source_->NextChange(from, reach.ends.actions);
    from = scanned.reached;
    if (scanned.found) ++waiting;
  }
  return waiting;
}

v1::WatchResponse WatchSession::MakeHeartbeat(SteadyTime now) {
  const Reach reach = source_->reach();
  heartbeat_due_ = now + period_;
  v1::WatchResponse response;
  v1::Heartbeat& heartbeat = *response.mutable_heartbeat();
  heartbeat.set_number(++heartbeats_);
  *heartbeat.mutable_cursor() = Here();
  heartbeat.set_period_s(static_cast<int32_t>(
      std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(period_).count())));
  heartbeat.mutable_evaluated()->Add(evaluated_.begin(), evaluated_.end());
  const WatchSource::Open open = source_->OpenWarnings(position_);
  heartbeat.set_open_warnings(open.warnings);
  if (open.digest && !snapshot()) heartbeat.set_open_digest(*open.digest);
  heartbeat.set_waiting(CountWaiting(reach));
  heartbeat.set_oldest_evaluation_age_ms(source_->OldestEvaluationAgeMs());
  return response;
}

}  // namespace tocsin::gateway
