#include "sensor-ingest/service.h"

#include "lib/base/mutex.h"
#include "lib/filing/authorise.h"
#include "lib/rpc/rpc.h"
#include "sensor-ingest/stream.h"

namespace tocsin {
namespace {

// Ends a stream at once.
class Refused final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Refused(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

std::stop_token Connections::Take(const std::string& feed) {
  std::stop_source mine;
  std::stop_source old(std::nostopstate);
  {
    const MutexLock lock(mutex_);
    std::stop_source& entry = by_feed_.try_emplace(feed, std::nostopstate).first->second;
    old = std::exchange(entry, mine);
  }
  old.request_stop();
  return mine.get_token();
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SensorService::Stream(
    grpc::CallbackServerContext* context) {
  const auto principal =
      Authorise(*context->auth_context(), ingest_.desk().mission, Act::kStreamDetections);
  // gRPC owns a reactor from here until OnDone.
  if (!principal.ok()) return new Refused(ToGrpc(principal.status()));
  return new SensorStream(ingest_, feeds_, connections_, principal->name);
}

}  // namespace tocsin
