#include <stop_token>
#include <thread>

#include <absl/strings/str_cat.h>

#include "lib/base/mutex.h"
#include "lib/kafka/client_base.h"

namespace tocsin {
namespace {

using kafka_internal::Client;
using kafka_internal::Enqueue;
using kafka_internal::Settings;
using kafka_internal::ToStatus;

// What has not been delivered, held back or with librdkafka; its own limits are above these.
constexpr size_t kMostRecords = 45'000;
constexpr size_t kMostBytes = size_t{28} << 20;

// What is held back goes after so long whatever is in flight: its time-out begins when it goes.
constexpr std::chrono::milliseconds kHeldAtMost{1000};

// Records that come while others are on their way to the broker are held back until these are
// there, and then go together. Left to librdkafka 2.0 each would be a request, and as soon as five
// are in flight its thread polls without a pause for as long as something waits: at 2,000 reports a
// second that was four fifths of what an ingest cost, on the cores that the broker wants.
class ProducerImpl final : public Producer, private Client {
 public:
  explicit ProducerImpl(const KafkaConfig& config) : Client(config) {}

  ~ProducerImpl() override {
    if (handle() == nullptr) return;
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    // Every `done` runs exactly once, here at the latest.
    std::vector<Held> held;
    {
      const MutexLock lock(mutex_);
      held.swap(held_);
    }
    for (const Held& one : held) Fail(one, RD_KAFKA_RESP_ERR__PURGE_QUEUE);
    rd_kafka_purge(handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (rd_kafka_outq_len(handle()) > 0) rd_kafka_poll(handle(), 50);
    Close();
  }

  absl::Status Start(const std::string& client_id) {
    absl::Status opened =
        Open(RD_KAFKA_PRODUCER, Settings{
                                    {"client.id", client_id},
                                    {"enable.idempotence", "true"},
                                    {"acks", "all"},
                                    // So that what is released together goes together. Not more:
                                    // while a batch lingers, librdkafka 2.0 polls without a pause.
                                    {"linger.ms", "0.5"},
                                    {"message.timeout.ms", "15000"},
                                    {"queue.buffering.max.messages", "50000"},
                                    {"queue.buffering.max.kbytes", "32768"},
                                });
    if (!opened.ok()) return opened;
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        rd_kafka_poll(handle(), 50);
        ReleaseHeld(/*only_old=*/true);
      }
    });
    return absl::OkStatus();
  }

  absl::Status Produce(OutputRecord record, Done done) override {
    Warm(record.target.topic);
    const size_t bytes = record.key.size() + record.value.size();
    auto owned = std::make_unique<Sent>(Sent{std::move(done), bytes});
    const MutexLock lock(mutex_);
    if (undelivered_ >= kMostRecords || undelivered_bytes_ + bytes > kMostBytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("record for ", kafka_internal::Describe(record.target), ": queue full"));
    }
    // What is held back goes first, also when the last in flight has just come home.
    if (in_flight_ > 0 || !held_.empty()) {
      if (held_.empty()) held_since_ = Clock::now();
      held_.push_back({std::move(record), std::move(owned)});
    } else if (const auto error = Enqueue(handle(), record, owned.get());
               error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      (void)owned.release();  // OnDelivery takes it back
      ++in_flight_;
    } else {
      return ToStatus(error, absl::StrCat("record for ", kafka_internal::Describe(record.target)));
    }
    ++undelivered_;
    undelivered_bytes_ += bytes;
    return absl::OkStatus();
  }

  absl::Status Flush(std::chrono::milliseconds wait) override {
    // Not rd_kafka_flush: it tells of deliveries on the caller's thread, beside the producer's own,
    // and then not in their order.
    {
      const MutexLock lock(mutex_);
      if (none_left_.WaitFor(mutex_, wait, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
            return undelivered_ == 0;
          })) {
        return absl::OkStatus();
      }
    }
    return Explained(ToStatus(RD_KAFKA_RESP_ERR__TIMED_OUT, "flushing"));
  }

  absl::Status health() const override { return FatalError(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Sent {
    Done done;
    size_t bytes = 0;
  };
  struct Held {
    OutputRecord record;
    std::unique_ptr<Sent> sent;
  };

  void OnDelivery(const rd_kafka_message_t& message) override {
    const std::unique_ptr<Sent> sent(static_cast<Sent*>(message._private));
    bool last = false;
    {
      const MutexLock lock(mutex_);
      last = --in_flight_ == 0;
    }
    if (last) ReleaseHeld(/*only_old=*/false);
    Settle(*sent, message.err, message.offset);
  }

  void ReleaseHeld(bool only_old) {
    std::vector<std::pair<Held, rd_kafka_resp_err_t>> refused;
    {
      const MutexLock lock(mutex_);
      if (only_old && Clock::now() - held_since_ < kHeldAtMost) return;
      for (Held& one : held_) {
        const rd_kafka_resp_err_t error = Enqueue(handle(), one.record, one.sent.get());
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
          (void)one.sent.release();
          ++in_flight_;
        } else {
          refused.emplace_back(std::move(one), error);
        }
      }
      held_.clear();
    }
    for (const auto& [one, error] : refused) Fail(one, error);
  }

  void Fail(const Held& one, rd_kafka_resp_err_t error) { Settle(*one.sent, error, -1); }

  // Not under the mutex: whoever is told may be waiting for it in Produce.
  void Settle(const Sent& sent, rd_kafka_resp_err_t error, int64_t offset) {
    if (sent.done && error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      sent.done(offset);
    } else if (sent.done) {
      sent.done(Explained(ToStatus(error, "delivery")));
    }
    const MutexLock lock(mutex_);
    undelivered_bytes_ -= sent.bytes;
    if (--undelivered_ == 0) none_left_.NotifyAll();
  }

  Mutex mutex_;
  Condition none_left_;
  size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;    // with librdkafka
  size_t undelivered_ ABSL_GUARDED_BY(mutex_) = 0;  // or held back
  size_t undelivered_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Held> held_ ABSL_GUARDED_BY(mutex_);  // in the order of their Produce calls
  Clock::time_point held_since_ ABSL_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Producer>> Producer::Create(const KafkaConfig& config,
                                                           const std::string& client_id) {
  auto producer = std::make_unique<ProducerImpl>(config);
  const absl::Status started = producer->Start(client_id);
  if (!started.ok()) return started;
  return producer;
}

}  // namespace tocsin
