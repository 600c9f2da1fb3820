// The watch over gRPC: carries messages between the stream and a WatchSession. One write in flight.
#include <memory>
#include <string>
#include <utility>

#include <absl/time/clock.h>
#include <absl/time/time.h>

#include "gateway/service.h"
#include "gateway/sessions.h"
#include "gateway/watch_session.h"
#include "lib/base/mutex.h"
#include "lib/base/text.h"
#include "lib/rpc/rpc.h"
#include "lib/service/service.h"

namespace tocsin::gateway {
namespace {

using Reactor = grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse>;

// A call that is refused before it begins.
class Refusal final : public Reactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

// gRPC calls the On... methods on its threads, the hub calls Pump on its own; the mutex makes them
// one. Lives until OnDone, and in the hub's hands a little longer.
class Stream final : public Reactor,
                     public Hub::Member,
                     public Sessions::Watch,
                     public std::enable_shared_from_this<Stream> {
 public:
  Stream(grpc::CallbackServerContext& context, Room& room, const Principal& caller)
      : context_(context),
        room_(room),
        caller_(caller),
        sources_(room.doors.Watch(caller)),
        attendance_(std::make_unique<Attendance>(room.witnesses, caller)),
        session_(*sources_, room.heartbeat_period, room.most_under_way, Hub::Clock::now()) {
    room_.in_flight.Begin();
    room_.metrics.SessionBegan();
  }

  void Start() {
    self_ = shared_from_this();
    if (!room_.hub.Add(self_)) {
      Stop();
      return;
    }
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    {
      const MutexLock lock(mutex_);
      if (ended_) return;
      if (!ok) {
        End(absl::OkStatus());  // the client has said all that it had to say
        return;
      }
      absl::Status heard = session_.Receive(request_, Hub::Clock::now());
      if (heard.ok()) heard = BearWitness();
      if (!heard.ok()) {
        End(std::move(heard));
        return;
      }
    }
    // Only for a subscription that holds: one that is refused ends nobody else's watch.
    absl::Status placed = request_.has_subscribe() ? TakePlace() : absl::OkStatus();
    const MutexLock lock(mutex_);
    if (ended_) return;
    if (!placed.ok()) {
      End(std::move(placed));
      return;
    }
    StartRead(&request_);
    Send(Hub::Clock::now());
  }

  void OnWriteDone(bool ok) override {
    const MutexLock lock(mutex_);
    writing_ = false;
    if (ended_) {
      Finish(ToGrpc(end_));
    } else if (!ok) {
      End(absl::CancelledError("the stream is broken"));
    } else {
      if (response_.has_delivery()) attendance_->Pushed();
      Send(Hub::Clock::now());
    }
  }

  void OnCancel() override {
    const MutexLock lock(mutex_);
    End(absl::CancelledError("cancelled"));
  }

  void OnDone() override {
    {
      const MutexLock lock(mutex_);
      room_.metrics.Parked(-parked_);
      room_.metrics.AcknowledgedLag(-lag_);
      room_.metrics.UnderWay(-under_way_);
      room_.metrics.SessionEnded(absl::StatusCodeToString(end_.code()));
      over_ = true;
      attendance_.reset();
    }
    room_.sessions.Leave(caller_, name_, *this);
    room_.hub.Remove(self_);
    room_.in_flight.End();
    self_.reset();
  }

  Hub::Clock::time_point Pump(Hub::Clock::time_point now) override {
    const MutexLock lock(mutex_);
    if (!ended_) Send(now);
    if (!ended_) return session_.Deadline();
    if (over_ || cut_) return Hub::Clock::time_point::max();
    // A peer that takes nothing more would not take the end either.
    const auto patience = end_time_ + room_.heartbeat_period;
    if (now < patience) return patience;
    cut_ = true;
    context_.TryCancel();
    return Hub::Clock::time_point::max();
  }

  void Superseded() override {
    const MutexLock lock(mutex_);
    End(absl::AbortedError(
        StrCat("superseded by a newer session of this device at ",
               absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone()))));
  }

  void Stop() override {
    const MutexLock lock(mutex_);
    End(absl::UnavailableError("the gateway is stopping; resume elsewhere with the cursor"));
  }

 private:
  absl::Status TakePlace() {
    name_ = request_.subscribe().session();
    auto former = room_.sessions.Take(caller_, name_, self_);
    if (!former.ok()) return former.status();
    if (*former != nullptr) {
      Log(LogLevel::kInfo, "a watch is superseded by a newer one of its device");
      (*former)->Superseded();
    }
    return absl::OkStatus();
  }

  void Send(Hub::Clock::time_point now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_) {
      // A client that neither reads nor speaks: the write would never end by itself.
      if (absl::Status silence = session_.Silence(now); !silence.ok()) {
        End(silence);
        context_.TryCancel();
      }
      return;
    }
    WatchSession::Step step = session_.Next(now);
    Measure();
    if (!step.end.ok()) {
      End(step.end);
    } else if (step.message) {
      if (step.message->has_delivery()) {
        room_.metrics.Delivered(step.message->delivery().view());
        attendance_->Sending(step.message->delivery(), step.partition, step.offset);
      }
      if (step.message->has_heartbeat()) {
        room_.situation.AddTo(caller_, filter_, *step.message->mutable_heartbeat());
      }
      response_ = *std::move(step.message);
      writing_ = true;
      StartWrite(&response_);
    } else if (step.more) {
      room_.hub.Notify(*this);
    }
  }

  // Of a message that the session has accepted.
  absl::Status BearWitness() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    switch (request_.message_case()) {
      case v1::WatchRequest::kSubscribe:
        filter_ = request_.subscribe().filter();
        attendance_->Subscribed(request_.subscribe());
        return absl::OkStatus();
      case v1::WatchRequest::kAcknowledged:
        attendance_->Acknowledged(request_.acknowledged());
        return absl::OkStatus();
      case v1::WatchRequest::kSeen:
        return attendance_->Seen(request_.seen());
      default:
        return absl::OkStatus();
    }
  }

  void Measure() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    room_.metrics.Parked((session_.parked() ? 1 : 0) - parked_);
    parked_ = session_.parked() ? 1 : 0;
    room_.metrics.AcknowledgedLag(session_.acknowledged_lag() - lag_);
    lag_ = session_.acknowledged_lag();
    room_.metrics.UnderWay(session_.bytes_under_way() - under_way_);
    under_way_ = session_.bytes_under_way();
  }

  // Once. The status goes out after the write in flight, which must end first.
  void End(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (ended_) return;
    ended_ = true;
    end_ = std::move(status);
    end_time_ = Hub::Clock::now();
    if (!writing_) Finish(ToGrpc(end_));
    room_.hub.Notify(*this);
  }

  grpc::CallbackServerContext& context_;
  Room& room_;
  const Principal caller_;
  std::string name_;  // of the session, once subscribed; gRPC's calls see each other's writes
  const std::unique_ptr<WatchSources> sources_;
  Mutex mutex_;
  std::unique_ptr<Attendance> attendance_ ABSL_GUARDED_BY(mutex_);
  WatchSession session_ ABSL_GUARDED_BY(mutex_);
  v1::WarningFilter filter_ ABSL_GUARDED_BY(mutex_);
  v1::WatchRequest request_;    // gRPC's between StartRead and OnReadDone
  v1::WatchResponse response_;  // gRPC's between StartWrite and OnWriteDone
  int64_t parked_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t lag_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
  Hub::Clock::time_point end_time_ ABSL_GUARDED_BY(mutex_);
  bool cut_ ABSL_GUARDED_BY(mutex_) = false;   // the end was not taken in time
  bool over_ ABSL_GUARDED_BY(mutex_) = false;  // gRPC has let go of it
  std::shared_ptr<Stream> self_;
};

}  // namespace

Reactor* Service::Watch(grpc::CallbackServerContext* context) {
  const absl::StatusOr<Principal> caller = CallerOf(room_, *context, Act::kReceiveWarnings);
  if (!caller.ok()) return new Refusal(ToGrpc(caller.status()));
  Log(LogLevel::kInfo, "a watch begins", {{"role", std::string(NameOf(caller->role))}});
  auto stream = std::make_shared<Stream>(*context, room_, *caller);
  stream->Start();
  return stream.get();
}

}  // namespace tocsin::gateway
