// The gRPC service: its methods are one file each under handlers/. Handlers see doors, never the
// view.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include "gateway/action_writer.h"
#include "gateway/delivery_ledger.h"
#include "gateway/doors.h"
#include "gateway/hub.h"
#include "gateway/in_flight.h"
#include "gateway/metrics.h"
#include "gateway/rate_limits.h"
#include "gateway/sessions.h"
#include "gateway/situation.h"
#include "gateway/witness.h"
#include "lib/sharing/decide.h"
#include "tocsin/v1/gateway_service.grpc.pb.h"

namespace tocsin::gateway {

// What the handlers share. All must outlive the service.
struct Room {
  MissionId mission;
  Doors& doors;
  ActionWriter& actions;
  Hub& hub;
  Metrics& metrics;
  InFlight& in_flight;
  RateLimits& limits;
  const DeliveryLedger& ledger;
  WitnessBook& witnesses;
  const Situation& situation;
  std::chrono::milliseconds heartbeat_period;
  int64_t most_under_way;       // bytes to one client
  std::function<Time()> clock;  // the deployment's
  Sessions sessions{};          // of this gateway's watches
  // The view has been read to the end of its logs at least once.
  std::atomic<bool> ready{false};
};

// The caller, if the call's certificate is of this gateway's mission and its role may do this at
// all. Unauthenticated, PermissionDenied, ResourceExhausted when it calls too often, or Unavailable
// while the gateway is still reading, and for what writes while the broker is not reached.
absl::StatusOr<Principal> CallerOf(const Room& room, const grpc::CallbackServerContext& context,
                                   Act act);

class Service final : public v1::GatewayService::CallbackService {
 public:
  explicit Service(Room& room) : room_(room) {}
  grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListRequest* request,
                                 v1::ListResponse* response) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetRequest* request,
                                v1::GetResponse* response) override;
  grpc::ServerUnaryReactor* Act(grpc::CallbackServerContext* context, const v1::ActRequest* request,
                                v1::ActResponse* response) override;
  grpc::ServerUnaryReactor* WarningHistory(grpc::CallbackServerContext* context,
                                           const v1::WarningHistoryRequest* request,
                                           v1::WarningHistoryResponse* response) override;
  grpc::ServerUnaryReactor* RuleMarks(grpc::CallbackServerContext* context,
                                      const v1::RuleMarksRequest* request,
                                      v1::RuleMarksResponse* response) override;
  grpc::ServerUnaryReactor* Health(grpc::CallbackServerContext* context,
                                   const v1::HealthRequest* request,
                                   v1::HealthResponse* response) override;
  grpc::ServerUnaryReactor* Ledger(grpc::CallbackServerContext* context,
                                   const v1::LedgerRequest* request,
                                   v1::LedgerResponse* response) override;
  grpc::ServerUnaryReactor* ActForCentre(grpc::CallbackServerContext* context,
                                         const v1::ActForCentreRequest* request,
                                         v1::ActForCentreResponse* response) override;
  grpc::ServerUnaryReactor* ReadCentre(grpc::CallbackServerContext* context,
                                       const v1::ReadCentreRequest* request,
                                       v1::ReadCentreResponse* response) override;
  grpc::ServerUnaryReactor* Shift(grpc::CallbackServerContext* context,
                                  const v1::ShiftRequest* request,
                                  v1::ShiftResponse* response) override;
  grpc::ServerUnaryReactor* PreviewSilence(grpc::CallbackServerContext* context,
                                           const v1::PreviewSilenceRequest* request,
                                           v1::PreviewSilenceResponse* response) override;

 private:
  Room& room_;
};

// Ends a unary call and counts it.
grpc::ServerUnaryReactor* Finish(Room& room, const char* method, grpc::ServerUnaryReactor* reactor,
                                 const absl::Status& status);

}  // namespace tocsin::gateway
