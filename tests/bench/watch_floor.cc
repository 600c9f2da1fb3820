#include "watch_floor.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <deque>
#include <memory>
#include <set>

#include "lib/base/mutex.h"
#include "lib/kafka/client.h"
#include "lib/kafka/topic_set.h"
#include "lib/rpc/rpc.h"
#include "or_die.h"
#include "tocsin/v1/gateway_service.grpc.pb.h"

namespace tocsin::bench {
namespace {

std::atomic<bool> over = false;

using Message = std::shared_ptr<const v1::WatchResponse>;
class FloorStream;

class Floor final : public v1::GatewayService::CallbackService {
 public:
  grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse>* Watch(
      grpc::CallbackServerContext* context) override;
  void Publish(const Message& message);
  void Remove(FloorStream* stream) {
    const MutexLock lock(mutex_);
    streams_.erase(stream);
  }

 private:
  Mutex mutex_;
  std::set<FloorStream*> streams_ ABSL_GUARDED_BY(mutex_);
};

class FloorStream final : public grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse> {
 public:
  explicit FloorStream(Floor& floor) : floor_(floor) {}
  void Start() {
    // So that the clients know that they are connected.
    auto hello = std::make_shared<v1::WatchResponse>();
    hello->mutable_heartbeat()->set_number(1);
    Send(hello);
    StartRead(&request_);
  }
  void Send(const Message& message) {
    const MutexLock lock(mutex_);
    if (ended_) return;
    queue_.push_back(message);
    if (queue_.size() == 1) StartWrite(message.get());
  }
  void OnReadDone(bool ok) override {
    if (ok) {
      StartRead(&request_);
      return;
    }
    const MutexLock lock(mutex_);
    ended_ = true;
    if (queue_.empty()) Finish(grpc::Status::OK);
  }
  void OnWriteDone(bool ok) override {
    const MutexLock lock(mutex_);
    queue_.pop_front();
    if (!ok || ended_) queue_.clear();
    if (!queue_.empty()) {
      StartWrite(queue_.front().get());
    } else if (ended_) {
      Finish(grpc::Status::OK);
    }
  }
  void OnDone() override {
    floor_.Remove(this);
    delete this;
  }

 private:
  Floor& floor_;
  v1::WatchRequest request_;
  Mutex mutex_;
  std::deque<Message> queue_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse>* Floor::Watch(
    grpc::CallbackServerContext* /*context*/) {
  auto* const stream = new FloorStream(*this);
  {
    const MutexLock lock(mutex_);
    streams_.insert(stream);
  }
  stream->Start();
  return stream;
}

void Floor::Publish(const Message& message) {
  const MutexLock lock(mutex_);
  for (FloorStream* const stream : streams_) stream->Send(message);
}

}  // namespace

int ServeFloor(const std::string& brokers, int port, const std::string& pki,
               const std::string& stem) {
  std::signal(SIGTERM, [](int) { over = true; });
  KafkaConfig kafka;
  kafka.bootstrap_servers = brokers;
  const auto consumer = OrDie(Consumer::Create(kafka, "bench-floor"));
  std::map<SourceId, int64_t> from;
  const int32_t partitions = OrDie(consumer->PartitionCount(kWarningsTopic));
  for (int32_t p = 0; p < partitions; ++p) from[SourceId{kWarningsTopic, p}] = Consumer::kBeginning;
  OrDie(consumer->Assign(from));
  Floor floor;
  RunningServer server = OrDie(StartServer(
      "127.0.0.1", port,
      OrDie(MakeServerCredentials({pki + "/ca.crt", stem + ".crt", stem + ".key"})), {&floor}));
  std::printf("ready\n");
  std::fflush(stdout);
  while (!over) {
    auto polled = consumer->Poll(1000, std::chrono::milliseconds(20));
    if (!polled.ok()) continue;
    for (const InputRecord& record : polled->records) {
      v1::WarningsRecord parsed;
      if (!parsed.ParseFromString(record.value) || !parsed.has_warning()) continue;
      auto message = std::make_shared<v1::WatchResponse>();
      *message->mutable_delivery()->mutable_view()->mutable_warning() =
          std::move(*parsed.mutable_warning());
      floor.Publish(message);
    }
  }
  server.Stop(std::chrono::milliseconds(500));
  return 0;
}

}  // namespace tocsin::bench
