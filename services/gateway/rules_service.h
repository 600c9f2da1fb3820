// The gRPC service for publishing rules: a file for each of its methods under handlers/.
#pragma once

#include <string>

#include "gateway/rules_log.h"
#include "gateway/rules_writer.h"
#include "gateway/service.h"
#include "lib/publication/publication.h"
#include "tocsin/v1/rules_service.grpc.pb.h"

namespace tocsin::gateway {

// What its handlers share. All must outlive the service.
struct RulesRoom {
  Room& room;
  const RulesLog& log;
  RulesWriter& writer;
  // The topic has been read to its end at least once.
  std::atomic<bool> ready{false};
};

class RulesService final : public v1::RulesService::CallbackService {
 public:
  explicit RulesService(RulesRoom& room) : room_(room) {}
  grpc::ServerUnaryReactor* GetRules(grpc::CallbackServerContext* context,
                                     const v1::GetRulesRequest* request,
                                     v1::GetRulesResponse* response) override;
  grpc::ServerUnaryReactor* History(grpc::CallbackServerContext* context,
                                    const v1::HistoryRequest* request,
                                    v1::HistoryResponse* response) override;
  grpc::ServerUnaryReactor* Propose(grpc::CallbackServerContext* context,
                                    const v1::ProposeRequest* request,
                                    v1::ProposeResponse* response) override;
  grpc::ServerUnaryReactor* Decide(grpc::CallbackServerContext* context,
                                   const v1::DecideRequest* request,
                                   v1::DecideResponse* response) override;
  grpc::ServerUnaryReactor* Accept(grpc::CallbackServerContext* context,
                                   const v1::AcceptRequest* request,
                                   v1::AcceptResponse* response) override;

 private:
  // Writes the records if they would be accepted now, and finishes the call with what the log made
  // of the last of them, and, if it was accepted, with what `tell` says of it.
  using Tell = std::function<absl::Status(const ReadState& state)>;
  grpc::ServerUnaryReactor* Write(const char* method, grpc::ServerUnaryReactor* reactor,
                                  const std::vector<RulesInput>& records, Tell tell);

  RulesRoom& room_;
};

// The caller, as CallerOf gives it; Unavailable also while the rules are still being read.
absl::StatusOr<Principal> RulesCallerOf(const RulesRoom& room,
                                        const grpc::CallbackServerContext& context, Act act);

// As a record names the caller, and the moment of a record.
Person PersonOf(const Principal& caller);
Time NowOnThisMachine();

v1::PublicationEntry ToProto(const PublicationEntry& entry);
// `active`: what is in effect, against which an open proposal may have been overtaken.
v1::KeptProposal ToProto(const KeptProposal& kept, const Activation& active);
absl::StatusOr<v1::KeptProposal> FindKept(const std::string& id, const ReadState& state);

}  // namespace tocsin::gateway
