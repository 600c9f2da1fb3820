#include <stop_token>
#include <thread>

#include <absl/strings/str_cat.h>

#include "lib/kafka/client_base.h"

namespace tocsin {
namespace {

using kafka_internal::Client;
using kafka_internal::Enqueue;
using kafka_internal::Settings;
using kafka_internal::ToStatus;

class ProducerImpl final : public Producer, private Client {
 public:
  explicit ProducerImpl(const KafkaConfig& config) : Client(config) {}

  ~ProducerImpl() override {
    if (handle() == nullptr) return;
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    // Every `done` runs exactly once, here at the latest.
    rd_kafka_purge(handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (rd_kafka_outq_len(handle()) > 0) rd_kafka_poll(handle(), 50);
    Close();
  }

  absl::Status Start(const std::string& client_id) {
    const absl::Status opened =
        Open(RD_KAFKA_PRODUCER,
             Settings{
                 {"client.id", client_id},
                 {"enable.idempotence", "true"},
                 {"acks", "all"},
                 // Not more: while a batch lingers, librdkafka 2.0 polls without a pause.
                 {"linger.ms", "0"},
                 {"message.timeout.ms", "15000"},
                 {"queue.buffering.max.messages", "50000"},
                 {"queue.buffering.max.kbytes", "32768"},
             });
    if (!opened.ok()) return opened;
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) rd_kafka_poll(handle(), 50);
    });
    return absl::OkStatus();
  }

  absl::Status Produce(OutputRecord record, Done done) override {
    Warm(record.target.topic);
    auto owned = std::make_unique<Done>(std::move(done));
    const rd_kafka_resp_err_t error = Enqueue(handle(), record, owned.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ToStatus(error, absl::StrCat("record for ", kafka_internal::Describe(record.target)));
    }
    (void)owned.release();  // OnDelivery takes it back
    return absl::OkStatus();
  }

  absl::Status Flush(std::chrono::milliseconds wait) override {
    return Explained(
        ToStatus(rd_kafka_flush(handle(), static_cast<int>(wait.count())), "flushing"));
  }

  absl::Status health() const override { return FatalError(); }

 private:
  void OnDelivery(const rd_kafka_message_t& message) override {
    const std::unique_ptr<Done> done(static_cast<Done*>(message._private));
    if (!*done) return;
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      (*done)(message.offset);
    } else {
      (*done)(Explained(ToStatus(message.err, "delivery")));
    }
  }

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
