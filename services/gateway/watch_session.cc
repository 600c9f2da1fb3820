#include "gateway/watch_session.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "gateway/cursor.h"
#include "gateway/filter.h"
#include "gateway/sessions.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

// A client that is silent for this many periods is gone.
constexpr int kSilentPeriods = 3;
// Heartbeats that a client may leave without an answer while it says other things.
constexpr size_t kMostUnanswered = 100;
constexpr int64_t kMostCounted = 100;
// So far behind the end of the log, what concerns Extreme warnings is looked for ahead of the rest.
constexpr int64_t kBacklog = 16;

absl::Status NotSent() {
  return absl::InvalidArgumentError(
      "acknowledged: not a cursor that this stream has sent, nor one before it");
}

bool NotBeyond(const SnapshotPlace& a, const SnapshotPlace& b) {
  if (a.severity != b.severity) return a.severity > b.severity;
  return std::equal(a.offsets.begin(), a.offsets.end(), b.offsets.begin(),
                    [](int64_t x, int64_t y) { return x <= y; });
}

}  // namespace

WatchSession::WatchSession(WatchSources& sources, std::chrono::milliseconds heartbeat_period,
                           int64_t most_under_way, SteadyTime now)
    : sources_(sources),
      period_(heartbeat_period),
      heard_(now),
      heartbeat_due_(now),
      window_(most_under_way) {}

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
      return OnEcho(request.heartbeat_echo(), now);
    case v1::WatchRequest::kReceived:
      return OnReceived(request.received(), now);
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
  TOCSIN_RETURN_IF_ERROR(CheckSessionName(subscribe.session()));
  std::unique_ptr<WatchSource> source = sources_.Open(subscribe.filter());
  const Reach reach = source->reach();
  if (subscribe.has_cursor()) {
    TOCSIN_RETURN_IF_ERROR(Check(subscribe.cursor(), source->epochs(), reach.floors, reach.ends));
    place_ = PlaceOf(subscribe.cursor());
  } else {
    // The standing warnings as of now, each with its life; what comes to the logs from here on
    // follows them.
    place_.log = reach.ends;
    place_.snapshot.emplace().offsets.assign(reach.ends.warnings.size(), 0);
  }
  if (place_.ahead.empty()) place_.ahead = place_.log.warnings;
  acknowledged_ = place_.log;
  if (subscribe.deltas()) given_.emplace();
  auto unknown = std::make_shared<std::vector<v1::EvaluatedUpTo>>();
  for (const v1::EvaluatedUpTo& task : *reach.evaluated) {
    unknown->emplace_back().set_keyed_partition(task.keyed_partition());
  }
  evaluated_ = std::move(unknown);
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

absl::Status WatchSession::OnReceived(int64_t sequence, SteadyTime now) {
  says_received_ = true;
  while (!beats_.empty() && beats_.front().second <= sequence) beats_.pop_front();
  if (window_.Received(sequence, now)) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("received: ", sequence, " was never sent"));
}

absl::Status WatchSession::OnEcho(int64_t number, SteadyTime now) {
  if (number < 1 || number > heartbeats_) {
    return absl::InvalidArgumentError(StrCat("heartbeat_echo: ", number, " was never sent"));
  }
  for (; !beats_.empty() && beats_.front().first <= number; beats_.pop_front()) {
    window_.Received(beats_.front().second, now);
  }
  return absl::OkStatus();
}

absl::Status WatchSession::OnAcknowledged(const v1::Cursor& cursor) {
  Lift();
  const std::vector<int64_t> zero(place_.log.warnings.size(), 0);
  const LogPosition ahead{place_.ahead, place_.log.actions};
  if (!Check(cursor, source_->epochs(), {zero, 0}, ahead).ok()) return NotSent();
  const Place has = PlaceOf(cursor);
  if (snapshot() && (!has.snapshot || !NotBeyond(*has.snapshot, *place_.snapshot))) {
    return NotSent();
  }
  for (size_t p = 0; p < zero.size(); ++p) {
    if (has.log.warnings[p] > place_.log.warnings[p]) return NotSent();
  }
  for (size_t p = 0; p < zero.size(); ++p) {
    acknowledged_.warnings[p] = std::max(acknowledged_.warnings[p], has.log.warnings[p]);
  }
  acknowledged_.actions = std::max(acknowledged_.actions, has.log.actions);
  return absl::OkStatus();
}

int64_t WatchSession::acknowledged_lag() const {
  int64_t lag = place_.log.actions - acknowledged_.actions;
  for (size_t p = 0; p < place_.log.warnings.size(); ++p) {
    lag += place_.log.warnings[p] - acknowledged_.warnings[p];
  }
  return lag;
}

SteadyTime WatchSession::Deadline() const {
  const SteadyTime silence = heard_ + kSilentPeriods * period_;
  return source_ == nullptr ? silence : std::min(silence, heartbeat_due_);
}

// What was sent in its turn needs not be remembered as sent ahead.
void WatchSession::Lift() {
  for (size_t p = 0; p < place_.ahead.size(); ++p) {
    place_.ahead[p] = std::max(place_.ahead[p], place_.log.warnings[p]);
  }
}

v1::Cursor WatchSession::Here() {
  Lift();
  return MakeCursor(source_->epochs(), place_);
}

absl::Status WatchSession::Silence(SteadyTime now) const {
  if (beats_.size() > kMostUnanswered) {
    return absl::DeadlineExceededError("the client answers no heartbeats");
  }
  if (now - heard_ < kSilentPeriods * period_) return absl::OkStatus();
  return absl::DeadlineExceededError(
      StrCat("nothing was heard from the client for ", kSilentPeriods, " heartbeats"));
}

WatchSession::Step WatchSession::Next(SteadyTime now) {
  Step step;
  step.end = Silence(now);
  if (!step.end.ok() || source_ == nullptr) return step;
  step = Choose(now);
  if (!step.message) return step;
  step.message->set_sequence(window_.last_sent() + 1);
  window_.Sent(static_cast<int64_t>(step.message->ByteSizeLong()), now);
  if (step.message->has_heartbeat()) {
    beats_.emplace_back(heartbeats_, window_.last_sent());
  }
  return step;
}

// The echo of a heartbeat is how a client that does not say what it received says it.
bool WatchSession::Asks() const {
  return !window_.open() && !says_received_ &&
         (beats_.empty() || beats_.back().second != window_.last_sent());
}

WatchSession::Step WatchSession::Choose(SteadyTime now) {
  Step step;
  if (now >= heartbeat_due_ || Asks()) {
    step.message = MakeHeartbeat(now);
    return step;
  }
  step.message = DeliverCentre();
  if (step.message) return step;
  if (parked_ && !may_send()) return step;
  const Reach reach = source_->reach();
  step.message = DeliverUrgent(reach, step);
  if (!step.message && !step.more && !parked_) step.message = Deliver(reach, step);
  if (step.message || step.more || parked_) return step;
  if (snapshot()) {
    step.more = NextSeverity();
    if (!step.more) *step.message.emplace().mutable_snapshot_end() = Here();
    return step;
  }
  // After the warnings that they are about.
  step.message = DeliverChange(reach, step.more);
  if (step.message || step.more || parked_) return step;
  // Everything up to here has been sent: from now on the evaluation that came with it holds.
  evaluated_ = reach.evaluated;
  if (!caught_up_once_) {
    caught_up_once_ = true;
    step.message = MakeHeartbeat(now);
  }
  return step;
}

// False: the snapshot is complete.
bool WatchSession::NextSeverity() {
  SnapshotPlace& place = *place_.snapshot;
  if (place.severity == v1::SEVERITY_UNKNOWN) {
    place_.snapshot.reset();
    return false;
  }
  place.severity = static_cast<v1::Severity>(place.severity - 1);
  place.offsets.assign(place.offsets.size(), 0);
  return true;
}

bool WatchSession::Behind(const Reach& reach) const {
  int64_t behind = 0;
  for (size_t p = 0; p < place_.log.warnings.size(); ++p) {
    behind += reach.ends.warnings[p] - place_.log.warnings[p];
  }
  return behind > kBacklog;
}

std::optional<v1::WatchResponse> WatchSession::DeliverUrgent(const Reach& reach, Step& step) {
  parked_ = false;
  if (!snapshot() && !Behind(reach)) return std::nullopt;
  Lift();
  return DeliverFrom(place_.ahead, reach.ends.warnings, {Lane::Kind::kUrgent}, step);
}

std::optional<v1::WatchResponse> WatchSession::Deliver(const Reach& reach, Step& step) {
  if (snapshot()) {
    return DeliverFrom(place_.snapshot->offsets, place_.log.warnings,
                       {Lane::Kind::kStanding, place_.snapshot->severity}, step);
  }
  return DeliverFrom(place_.log.warnings, reach.ends.warnings, {Lane::Kind::kLog}, step);
}

// The next record of all partitions in the order of issue. Without credit only those are passed
// that are not for this client.
std::optional<v1::WatchResponse> WatchSession::DeliverFrom(std::vector<int64_t>& position,
                                                           const std::vector<int64_t>& limits,
                                                           Lane lane, Step& step) {
  std::optional<WatchSource::Found> first;
  size_t partition = 0;
  for (size_t p = 0; p < position.size(); ++p) {
    if (position[p] >= limits[p]) continue;
    lane.ahead = place_.ahead[p];
    WatchSource::Scanned scanned =
        source_->Next(static_cast<int32_t>(p), position[p], limits[p], lane);
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
  if (!first || step.more) return std::nullopt;
  parked_ = !may_send();
  if (parked_) return std::nullopt;
  --credit_;
  position[partition] = first->offset + 1;
  step.partition = static_cast<int32_t>(partition);
  step.offset = first->offset;
  v1::WatchResponse response;
  v1::Delivery& delivery = *response.mutable_delivery();
  if (given_) {
    if (auto delta = given_->Shorten(*source_, first->view))
      *delivery.mutable_delta() = *std::move(delta);
  }
  *delivery.mutable_view() = std::move(first->view);
  *delivery.mutable_cursor() = Here();
  delivery.set_snapshot(lane.kind == Lane::Kind::kStanding);
  delivery.set_leaves_filter(first->leaves_filter);
  return response;
}

// Before warnings: it says which of them come quietly. Small and a state, so it takes no credit.
std::optional<v1::WatchResponse> WatchSession::DeliverCentre() {
  if (!window_.open() || source_->CentreActions() == centre_sent_) return std::nullopt;
  v1::WatchResponse response;
  *response.mutable_centre() = source_->Centre();
  centre_sent_ = response.centre().actions();
  return response;
}

std::optional<v1::WatchResponse> WatchSession::DeliverChange(const Reach& reach, bool& more) {
  int64_t& position = place_.log.actions;
  if (position >= reach.ends.actions) return std::nullopt;
  WatchSource::ScannedChanges scanned = source_->NextChange(position, reach.ends.actions);
  if (!scanned.found) {
    position = scanned.reached;
    more = scanned.reached < reach.ends.actions;
    return std::nullopt;
  }
  position = scanned.found->offset;
  parked_ = !may_send();
  if (parked_) return std::nullopt;
  --credit_;
  position = scanned.found->offset + 1;
  v1::WatchResponse response;
  *response.mutable_change() = std::move(scanned.found->change);
  *response.mutable_change()->mutable_cursor() = Here();
  return response;
}

// Thousands of watches beat: what one of them looks at is bounded, also where much is not for it.
int64_t WatchSession::CountWaiting(const Reach& reach) {
  if (snapshot()) return 1;
  int64_t waiting = 0;
  bool more = false;
  const auto count = [&](int64_t from, int64_t to, auto next) {
    int64_t reached = from;
    for (; from < to && waiting < kMostCounted; from = reached) {
      const auto scanned = next(from);
      reached = scanned.reached;
      if (scanned.found) {
        ++waiting;
      } else if (reached < to) {
        more = true;
        return;
      }
    }
  };
  for (size_t p = 0; p < place_.log.warnings.size(); ++p) {
    Lane log;
    log.ahead = place_.ahead[p];
    count(place_.log.warnings[p], reach.ends.warnings[p], [&](int64_t from) {
      return source_->Next(static_cast<int32_t>(p), from, reach.ends.warnings[p], log);
    });
  }
  count(place_.log.actions, reach.ends.actions,
        [&](int64_t from) { return source_->NextChange(from, reach.ends.actions); });
  return std::max<int64_t>(waiting, more ? 1 : 0);
}

v1::WatchResponse WatchSession::MakeHeartbeat(SteadyTime now) {
  const Reach reach = source_->reach();
  // A gateway that is late itself, as when thousands connect at once, may not have heard what was
  // said.
  if (now - heartbeat_due_ > period_ / 2) heard_ = std::max(heard_, now - period_);
  heartbeat_due_ = now + period_;
  v1::WatchResponse response;
  v1::Heartbeat& heartbeat = *response.mutable_heartbeat();
  heartbeat.set_number(++heartbeats_);
  *heartbeat.mutable_cursor() = Here();
  heartbeat.set_period_s(static_cast<int32_t>(
      std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(period_).count())));
  heartbeat.mutable_evaluated()->Add(evaluated_->begin(), evaluated_->end());
  const WatchSource::Open open = source_->OpenWarnings(place_.log);
  heartbeat.set_open_warnings(open.warnings);
  if (open.digest && !snapshot()) heartbeat.set_open_digest(*open.digest);
  heartbeat.set_waiting(CountWaiting(reach));
  heartbeat.set_oldest_evaluation_age_ms(source_->OldestEvaluationAgeMs());
  return response;
}

}  // namespace tocsin::gateway
