#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>

#include "grpc/health/v1/health.pb.h"
#include "lib/base/text.h"
#include "lib/rpc/rpc.h"

namespace tocsin {
namespace {

// A service does not tell its name, the server under construction does.
class NamesPlugin final : public grpc::ServerBuilderPlugin {
 public:
  explicit NamesPlugin(std::vector<std::string>& names) : names_(names) {}
  std::string name() override { return "tocsin-service-names"; }
  void InitServer(grpc::ServerInitializer* server) override { names_ = *server->GetServiceList(); }
  void Finish(grpc::ServerInitializer* /*server*/) override {}
  void ChangeArguments(const std::string& /*name*/, void* /*value*/) override {}

 private:
  std::vector<std::string>& names_;
};

class NamesOption final : public grpc::ServerBuilderOption {
 public:
  explicit NamesOption(std::vector<std::string>& names) : names_(names) {}
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<NamesPlugin>(names_));
  }

 private:
  std::vector<std::string>& names_;
};

// Both are switches of the process and must be thrown before the first builder is made.
void EnableHealthAndReflection() {
  static const bool done = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    // gRPC answers health without a description of it; naming one links it in for reflection.
    grpc::health::v1::HealthCheckRequest::descriptor();
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

absl::StatusOr<RunningServer> StartServer(const std::string& address, int port,
                                          std::shared_ptr<grpc::ServerCredentials> credentials,
                                          const std::vector<grpc::Service*>& services) {
  if (credentials == nullptr) {
    return absl::InvalidArgumentError("a server needs certificates");
  }
  EnableHealthAndReflection();
  RunningServer running;
  std::vector<std::string> names;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(StrCat(address, ":", port), std::move(credentials), &running.port);
  // Otherwise two processes would share a port, and each would get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 25'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetOption(std::make_unique<NamesOption>(names));
  for (grpc::Service* service : services) {
    builder.RegisterService(service);
  }
  running.server = builder.BuildAndStart();
  if (running.server == nullptr) {
    return absl::UnavailableError(
        StrCat("the port ", address, ":", port,
               " cannot be had (another process may hold it), or the certificate and key do not "
               "belong together"));
  }
  running.service_names = std::move(names);
  running.SetServing(true);
  return running;
}

void RunningServer::SetServing(bool serving) {
  if (grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService()) {
    health->SetServingStatus(serving);  // ""
    for (const std::string& name : service_names) {
      health->SetServingStatus(name, serving);
    }
  }
}

void RunningServer::Stop(std::chrono::milliseconds grace) {
  if (server == nullptr) {
    return;
  }
  SetServing(false);
  server->Shutdown(std::chrono::system_clock::now() + grace);
  server->Wait();
}

}  // namespace tocsin
