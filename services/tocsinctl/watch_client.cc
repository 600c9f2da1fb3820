#include "tocsinctl/watch_client.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "lib/base/mutex.h"
#include "lib/base/text.h"
#include "lib/rpc/rpc.h"
#include "tocsinctl/lane.h"

namespace tocsin::ctl {
namespace {

// Until the gateway has said its own period.
constexpr std::chrono::seconds kFirstHeartbeat{15};

}  // namespace

// A stream and the watchdog that cancels it when three heartbeats in a row are missing: a dead link
// must not look like a quiet night.
class WatchClient::Connection {
 public:
  Connection(v1::GatewayService::Stub& stub, const std::stop_token& stop)
      : stream_(stub.Watch(&context_)),
        cancel_(stop, [this] { context_.TryCancel(); }),
        watchdog_([this](const std::stop_token& ended) { Watch(ended); }) {}

  bool Write(const v1::WatchRequest& request) {
    const MutexLock lock(writing_);
    return stream_->Write(request);
  }
  bool Read(v1::WatchResponse* response) { return stream_->Read(response); }
  void Heard() {
    const MutexLock lock(mutex_);
    deadline_ = std::chrono::steady_clock::now() + allowed_;
  }
  void SetPeriod(int32_t seconds) {
    const MutexLock lock(mutex_);
    allowed_ = std::chrono::seconds(3 * std::clamp(seconds, 1, 600));
  }

  // Ends the stream. Unavailable if the watchdog did. `abandon`: the gateway has not ended it.
  grpc::Status Finish(bool abandon) {
    if (abandon) {
      context_.TryCancel();  // else the gateway's own status would be lost
    }
    watchdog_.request_stop();
    watchdog_.join();
    grpc::Status status = stream_->Finish();
    const MutexLock lock(mutex_);
    return dead_ ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "no heartbeat for three periods")
                 : status;
  }

 private:
  void Watch(const std::stop_token& ended) {
    const MutexLock lock(mutex_);
    while (!ended.stop_requested()) {
      if (std::chrono::steady_clock::now() >= deadline_) {
        dead_ = true;
        context_.TryCancel();
        return;
      }
      wake_.WaitUntil(mutex_, ended, deadline_, [] { return false; });
    }
  }

  grpc::ClientContext context_;
  Mutex writing_;  // one at a time
  Mutex mutex_;
  Condition wake_;
  std::chrono::steady_clock::duration allowed_ ABSL_GUARDED_BY(mutex_) = kFirstHeartbeat;
  std::chrono::steady_clock::time_point deadline_ ABSL_GUARDED_BY(mutex_) =
      std::chrono::steady_clock::now() + kFirstHeartbeat;
  bool dead_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WatchRequest, v1::WatchResponse>> stream_;
  std::stop_callback<std::function<void()>> cancel_;
  std::jthread watchdog_;
};

WatchClient::WatchClient(Session& session, const std::shared_ptr<grpc::Channel>& channel,
                         WatchOptions options, WatchEvents events)
    : session_(session),
      channel_(channel),
      stub_(v1::GatewayService::NewStub(channel)),
      options_(std::move(options)),
      events_(std::move(events)) {}

absl::Status WatchClient::Run() {
  auto last_heard = std::chrono::steady_clock::now();
  std::chrono::milliseconds pause(100);
  while (true) {
    heard_ = false;
    const grpc::Status status = RunOnce();
    if (ended_ || session_.stop().stop_requested()) {
      return absl::OkStatus();
    }
    if (heard_) {
      last_heard = std::chrono::steady_clock::now();
      pause = std::chrono::milliseconds(100);
    }
    if (incomplete_) {
      incomplete_ = false;
      events_.link(false, "what stands here is not what stands at the gateway");
      options_.cursor.reset();
      continue;
    }
    if (status.error_code() == grpc::StatusCode::ABORTED) {
      // Coming back would end the newer one, and so on for ever.
      return absl::AbortedError(StrCat(
          status.error_message(), "; to watch twice at once, name one of the two (--session)"));
    }
    events_.link(false, status.ok() ? "the gateway ended the stream" : status.error_message());
    if (status.error_code() == grpc::StatusCode::OUT_OF_RANGE) {
      // The cursor is too old or of another epoch: a snapshot says what stands.
      options_.cursor.reset();
    } else if (!MayPass(status)) {
      return FromGrpc(status);
    } else if (std::chrono::steady_clock::now() - last_heard >
               std::chrono::seconds(session_.globals().retry_s)) {
      return absl::UnavailableError(
          StrCat("the gateway does not answer: ", status.error_message()));
    }
    if (!session_.Sleep(pause)) {
      return absl::OkStatus();
    }
    pause = std::min(2 * pause, std::chrono::milliseconds(1000));
    AwaitConnection(*channel_, std::chrono::milliseconds(1000));
  }
}

grpc::Status WatchClient::RunOnce() {
  Connection connection(*stub_, session_.stop());
  v1::WatchRequest subscribe;
  *subscribe.mutable_subscribe()->mutable_filter() = options_.filter;
  subscribe.mutable_subscribe()->set_session(options_.session);
  if (options_.cursor.has_value()) {
    *subscribe.mutable_subscribe()->mutable_cursor() = *options_.cursor;
  }
  subscribe.mutable_subscribe()->set_deltas(true);
  in_snapshot_ = !options_.cursor.has_value() || options_.cursor->has_snapshot();
  if (!options_.cursor.has_value()) picture_.emplace();
  bases_ = Bases();
  v1::WatchRequest credit;
  credit.set_credit(options_.credit);
  v1::WatchResponse response;
  const auto set_subscribed = [this](Connection* subscribed) {
    const MutexLock lock(mutex_);
    subscribed_ = subscribed;
  };
  if (connection.Write(subscribe) && connection.Write(credit)) {
    set_subscribed(&connection);
    while (connection.Read(&response)) {
      if (!heard_) {
        heard_ = true;
        events_.link(true, "");
      }
      connection.Heard();
      if (!Handle(connection, response)) {
        ended_ = !incomplete_;
        break;
      }
    }
  }
  set_subscribed(nullptr);
  return connection.Finish(ended_ || incomplete_);
}

bool WatchClient::Seen(const std::string& warning_id, int32_t revision) {
  v1::WatchRequest request;
  request.mutable_seen()->set_warning_id(warning_id);
  request.mutable_seen()->set_revision(revision);
  const MutexLock lock(mutex_);
  return subscribed_ != nullptr && subscribed_->Write(request);
}

bool WatchClient::Handle(Connection& connection, v1::WatchResponse& response) {
  const auto adopt = [&](const v1::Cursor& cursor) {
    options_.cursor = cursor;
    events_.cursor(cursor);
    v1::WatchRequest acknowledged;
    *acknowledged.mutable_acknowledged() = cursor;
    connection.Write(acknowledged);
  };
  const auto grant = [&] {
    v1::WatchRequest received;
    received.set_received(response.sequence());
    if (response.sequence() > 0) connection.Write(received);
    v1::WatchRequest more;
    more.set_credit(1);
    connection.Write(more);
  };
  switch (response.message_case()) {
    case v1::WatchResponse::kDelivery: {
      if (!bases_.MakeWhole(*response.mutable_delivery()).ok()) {
        incomplete_ = true;
        return false;
      }
      if (picture_) picture_->Take(response.delivery());
      if (!events_.delivery(response.delivery())) {
        return false;
      }
      // Within a snapshot only a cursor that says how far it has come is one to go on from.
      if (!in_snapshot_ || response.delivery().cursor().has_snapshot()) {
        adopt(response.delivery().cursor());
      }
      grant();
      return true;
    }
    case v1::WatchResponse::kChange:
      if (picture_) picture_->Take(response.change());
      events_.change(response.change());
      adopt(response.change().cursor());
      grant();
      return true;
    case v1::WatchResponse::kCentre:
      events_.centre(response.centre());
      return true;
    case v1::WatchResponse::kSnapshotEnd:
      in_snapshot_ = false;
      adopt(response.snapshot_end());
      return true;
    case v1::WatchResponse::kHeartbeat: {
      const v1::Heartbeat& heartbeat = response.heartbeat();
      connection.SetPeriod(heartbeat.period_s());
      v1::WatchRequest echo;
      echo.set_heartbeat_echo(heartbeat.number());
      connection.Write(echo);
      if (picture_ && heartbeat.has_open_digest() &&
          heartbeat.open_digest() != picture_->Digest()) {
        incomplete_ = true;
        return false;
      }
      // With nothing waiting, everything before its cursor has been handed over: a quiet watch's
      // cursor must not grow old.
      if (!in_snapshot_ && heartbeat.waiting() == 0 && heartbeat.has_cursor()) {
        options_.cursor = heartbeat.cursor();
        events_.cursor(heartbeat.cursor());
      }
      return in_snapshot_ || events_.heartbeat(heartbeat);
    }
    default:
      return true;
  }
}

}  // namespace tocsin::ctl
