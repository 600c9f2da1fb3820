// One officer's or program's watch: subscribes, grants credit, acknowledges, echoes heartbeats,
// notices a dead link and a picture that is not whole, reconnects and resumes by cursor or with a
// snapshot. Runs on the caller's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <absl/status/status.h>
#include <grpcpp/grpcpp.h>

#include "lib/base/mutex.h"
#include "tocsin/v1/gateway_service.grpc.pb.h"
#include "tocsinctl/bases.h"
#include "tocsinctl/picture.h"
#include "tocsinctl/session.h"

namespace tocsin::ctl {

struct WatchOptions {
  v1::WarningFilter filter;
  std::optional<v1::Cursor> cursor;  // resume here; absent: a snapshot first
  int32_t credit = 64;               // warnings that may be on their way
  std::string session;               // gateway_service.proto, Subscribe.session
};

// Called in order. Returning false ends the watch with OK.
struct WatchEvents {
  std::function<bool(const v1::Delivery& delivery)> delivery;
  std::function<bool(const v1::Heartbeat& heartbeat)> heartbeat;
  std::function<void(const v1::LifecycleChange& change)> change;
  std::function<void(const v1::Centre& centre)> centre;
  // Everything before it has been handed over.
  std::function<void(const v1::Cursor& cursor)> cursor;
  // The link: "connected", or why it was lost.
  std::function<void(bool up, const std::string& reason)> link;
};

class WatchClient {
 public:
  WatchClient(Session& session, const std::shared_ptr<grpc::Channel>& channel, WatchOptions options,
              WatchEvents events);

  // Until a callback or a signal ends it (OK), the gateway refuses (its status), a newer watch of
  // this device has taken its place (Aborted), or the gateway stays away longer than --retry
  // (Unavailable).
  absl::Status Run();

  // A person here has seen it. False: there is no link now. Thread-safe.
  bool Seen(const std::string& warning_id, int32_t revision);

 private:
  class Connection;

  // False once a callback has ended the watch.
  bool Handle(Connection& connection, v1::WatchResponse& response);
  grpc::Status RunOnce();

  Session& session_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::GatewayService::Stub> stub_;
  Mutex mutex_;
  Connection* subscribed_ ABSL_GUARDED_BY(mutex_) = nullptr;
  WatchOptions options_;
  WatchEvents events_;
  // Since a snapshot in this process; without one nobody knows what stood before.
  std::optional<Picture> picture_;
  Bases bases_;  // of the present connection
  bool ended_ = false;
  bool incomplete_ = false;  // the gateway says that more or other warnings stand
  bool in_snapshot_ = false;
  bool heard_ = false;  // on the present connection
};

}  // namespace tocsin::ctl
