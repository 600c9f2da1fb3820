#include <algorithm>
#include <map>

#include <unistd.h>

#include "lib/base/mutex.h"
#include "lib/base/text.h"
#include "lib/rpc/rpc.h"
#include "tocsin/v1/sensor_ingest_service.grpc.pb.h"
#include "tocsinctl/lane.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

using Stream = grpc::ClientReaderWriter<v1::StreamRequest, v1::StreamResponse>;

class SensorLane final : public Lane {
 public:
  SensorLane(const std::shared_ptr<grpc::Channel>& channel, std::string feed, LaneOptions options)
      : Lane(channel, std::move(options)),
        stub_(v1::SensorIngestService::NewStub(channel)),
        feed_(std::move(feed)),
        base_(StrCat("tocsinctl-", getpid(), "-", NowMicros())) {
    Start();
  }
  ~SensorLane() override { Stop(); }

 private:
  absl::Status RunOnce(const std::stop_token& stop) override {
    grpc::ClientContext context;
    const std::unique_ptr<Stream> stream = stub_->Stream(&context);
    const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
    v1::StreamRequest hello;
    hello.mutable_hello()->set_feed(feed_);
    hello.mutable_hello()->set_session(StrCat(base_, "-", sessions_));
    v1::StreamResponse first;
    if (!stream->Write(hello) || !stream->Read(&first)) {
      return FromGrpc(stream->Finish());
    }
    if (!first.has_welcome()) {
      return Abandon(*stream, context, "the service did not answer with a welcome");
    }
    if (first.welcome().acknowledged() < acknowledged_) {
      // It has lost its place: a new numbering, in which everything unacknowledged comes again.
      ++sessions_;
      acknowledged_ = 0;
      last_sequence_ = 0;
      const MutexLock lock(mutex_);
      for (Entry& entry : queue_) {
        entry.sequence = 0;
      }
    } else {
      Acknowledge(first.welcome().acknowledged(), {}, v1::SensorAcknowledgement());
      return Exchange(*stream, context, stop, std::max(first.welcome().window(), 1));
    }
    return Abandon(*stream, context, "the service lost its place");
  }

  static absl::Status Abandon(Stream& stream, grpc::ClientContext& context, const char* reason) {
    context.TryCancel();
    stream.Finish();
    return absl::UnavailableError(reason);
  }

  absl::Status Exchange(Stream& stream, grpc::ClientContext& context, const std::stop_token& stop,
                        int32_t window) {
    {
      const MutexLock lock(mutex_);
      broken_ = false;
      for (Entry& entry : queue_) {
        entry.sent = false;
      }
    }
    std::jthread reader([&] { Read(stream); });
    if (!Write(stream, stop, window)) {
      context.TryCancel();  // else the service's own status would be lost
    }
    reader.join();
    return FromGrpc(stream.Finish());
  }

  void Read(Stream& stream) {
    v1::StreamResponse answer;
    while (stream.Read(&answer)) {
      if (answer.has_acknowledgement()) {
        std::map<std::string, v1::Receipt> refused;
        for (const v1::Receipt& receipt : answer.acknowledgement().refused()) {
          refused[StrCat(receipt.id(), "/", receipt.revision())] = receipt;
        }
        Acknowledge(answer.acknowledgement().acknowledged(), refused, answer.acknowledgement());
      }
    }
    {
      const MutexLock lock(mutex_);
      broken_ = true;
    }
    wake_.NotifyAll();
  }

  // Reports everything up to `sequence`.
  void Acknowledge(int64_t sequence, const std::map<std::string, v1::Receipt>& refused,
                   const v1::SensorAcknowledgement& answer) {
    acknowledged_ = std::max(acknowledged_, sequence);
    accepted_us_ = std::max(accepted_us_, answer.accepted_us());
    while (true) {
      v1::Receipt receipt;
      {
        const MutexLock lock(mutex_);
        if (queue_.empty() || queue_.front().sequence == 0 || queue_.front().sequence > sequence) {
          return;
        }
        const v1::Event& event = *queue_.front().event;
        const auto it = refused.find(StrCat(event.id(), "/", event.revision()));
        if (it != refused.end()) {
          receipt = it->second;
        } else {
          receipt.set_id(event.id());
          receipt.set_revision(event.revision());
          receipt.set_outcome(v1::OUTCOME_ACCEPTED);
          // Known as far as the service told it; never before the event was offered.
          receipt.set_accepted_us(
              std::max({accepted_us_, event.observed().interval().to_us(), event.reported_us()}));
          if (answer.has_position()) {
            // That of the last of them, so at least this one's.
            *receipt.mutable_position() = answer.position();
          }
        }
      }
      Finish(receipt);
    }
  }

  // The next to be sent; null if there is none or the window is full.
  Entry* Next(int32_t window) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    int32_t open = 0;
    for (Entry& entry : queue_) {
      if (open >= window) {
        return nullptr;
      }
      if (!entry.sent) {
        return &entry;
      }
      ++open;
    }
    return nullptr;
  }

  // True once the connection has ended, false if there is no use in it any more.
  bool Write(Stream& stream, const std::stop_token& stop, int32_t window) {
    while (true) {
      v1::StreamRequest request;
      {
        const MutexLock lock(mutex_);
        WaitFor(stop, [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          return broken_ || Next(window) != nullptr;
        });
        if (stop.stop_requested() || broken_ || Stuck()) {
          return broken_;
        }
        Entry* const next = Next(window);
        if (next == nullptr) {
          continue;
        }
        next->sent = true;
        if (next->sequence == 0) {
          next->sequence = ++last_sequence_;
        }
        request.mutable_reading()->set_sequence(next->sequence);
        *request.mutable_reading()->mutable_event() = *next->event;
      }
      if (!stream.Write(request)) {
        return true;
      }
    }
  }

  const std::unique_ptr<v1::SensorIngestService::Stub> stub_;
  const std::string feed_;
  const std::string base_;
  int64_t sessions_ = 1;
  // Of the present session; used by one thread at a time: RunOnce's, or the reader that it joins.
  int64_t acknowledged_ = 0;
  int64_t last_sequence_ = 0;
  int64_t accepted_us_ = 0;
};

}  // namespace

std::unique_ptr<Lane> MakeSensorLane(const std::shared_ptr<grpc::Channel>& channel,
                                     const std::string& feed, LaneOptions options) {
  return std::make_unique<SensorLane>(channel, feed, std::move(options));
}

}  // namespace tocsin::ctl
