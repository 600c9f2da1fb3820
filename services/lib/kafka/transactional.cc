#include "lib/kafka/transactional.h"

#include <absl/strings/str_cat.h>

#include "lib/kafka/client_base.h"

namespace tocsin {
namespace {

using kafka_internal::Client;
using kafka_internal::Describe;
using kafka_internal::Enqueue;
using kafka_internal::Error;
using kafka_internal::MakeList;
using kafka_internal::Settings;
using Clock = std::chrono::steady_clock;

bool IsFence(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__FENCED || error == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         error == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

class TransactionalImpl final : public TransactionalProducer, private Client {
 public:
  TransactionalImpl(const KafkaConfig& config, TransactionalOptions options)
      : Client(config), options_(std::move(options)) {}
  ~TransactionalImpl() override {
    if (handle() == nullptr) return;
    // Nobody waits for what is still queued: an open transaction is the next Init's to abort.
    rd_kafka_purge(handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                 RD_KAFKA_PURGE_F_NON_BLOCKING);
    Close();
  }

  absl::Status Start() {
    const int64_t timeout = options_.timeout.count();
    return Open(RD_KAFKA_PRODUCER,
                Settings{
                    {"client.id", options_.id},
                    {"transactional.id", options_.id},
                    {"transaction.timeout.ms", absl::StrCat(timeout)},
                    {"message.timeout.ms", absl::StrCat(timeout)},
                    {"socket.timeout.ms", absl::StrCat(std::min<int64_t>(timeout, 10'000))},
                    {"enable.idempotence", "true"},
                    {"acks", "all"},
                    // Not more: while a batch lingers, librdkafka 2.0 polls without a pause.
                    {"linger.ms", "0"},
                    {"retry.backoff.ms", "20"},
                    {"queue.buffering.max.messages", "100000"},
                    {"queue.buffering.max.kbytes", "65536"},
                });
  }

  absl::Status Init() override {
    const auto deadline = Clock::now() + options_.init_patience;
    while (true) {
      const Error error(rd_kafka_init_transactions(handle(), 5000));
      if (error == nullptr) return absl::OkStatus();
      if (!rd_kafka_error_is_retriable(error.get())) return Failure(*error, "starting");
      rd_kafka_poll(handle(), 0);  // the errors of connections come with it
      if (IsRefused() || Clock::now() >= deadline) {
        return Explained(absl::UnavailableError(absl::StrCat(
            "transactional producer ", options_.id, ": ", rd_kafka_error_string(error.get()))));
      }
    }
  }

  absl::Status Begin() override {
    rd_kafka_poll(handle(), 0);
    last_offsets_.clear();
    const Error error(rd_kafka_begin_transaction(handle()));
    return error == nullptr ? absl::OkStatus() : Failure(*error, "begin");
  }

  absl::Status Produce(const OutputRecord& record) override {
    Warm(record.target.topic);
    const auto deadline = Clock::now() + options_.timeout;
    while (true) {
      const rd_kafka_resp_err_t error = Enqueue(handle(), record, nullptr);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
      if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL && Clock::now() < deadline) {
        rd_kafka_poll(handle(), 10);
        continue;
      }
      const absl::Status fatal = FatalStatus();
      if (!fatal.ok()) return fatal;
      const std::string text =
          absl::StrCat(options_.id, ": record of ", record.value.size(), " bytes for ",
                       Describe(record.target), ": ", rd_kafka_err2str(error));
      // Would fail again for ever: not a matter of this transaction.
      if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
          error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
          error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
        return absl::InternalError(text);
      }
      return absl::AbortedError(text);
    }
  }

  absl::Status SendOffsets(const CommittedOffsets& next, const std::string& group) override {
    if (next.empty()) return absl::OkStatus();
    const auto deadline = Clock::now() + options_.timeout;
    // Fresh for every transaction. Partitions are assigned, not shared out, so the group has no
    // members and the metadata no generation: what fences is the transactional id.
    const kafka_internal::Owned<rd_kafka_consumer_group_metadata_t,
                                &rd_kafka_consumer_group_metadata_destroy>
        metadata(rd_kafka_consumer_group_metadata_new(group.c_str()));
    const kafka_internal::PartitionList list = MakeList(next);
    while (true) {
      const Error error(rd_kafka_send_offsets_to_transaction(handle(), list.get(), metadata.get(),
                                                             Remaining(deadline)));
      if (error == nullptr) return absl::OkStatus();
      if (rd_kafka_error_is_retriable(error.get())) {
        if (Clock::now() < deadline) continue;
        return absl::AbortedError(absl::StrCat(
            options_.id, ": offsets were not taken in time: ", rd_kafka_error_string(error.get())));
      }
      return Failure(*error, "offsets");
    }
  }

  absl::Status Commit() override {
    const auto deadline = Clock::now() + options_.timeout;
    while (true) {
      const Error error(rd_kafka_commit_transaction(handle(), Remaining(deadline)));
      if (error == nullptr) return absl::OkStatus();
      if (rd_kafka_error_is_retriable(error.get())) {
        if (Clock::now() < deadline) continue;
        return absl::DeadlineExceededError(absl::StrCat(
            options_.id,
            ": the outcome of a commit is unknown: ", rd_kafka_error_string(error.get())));
      }
      return Failure(*error, "commit");
    }
  }

  absl::Status Abort() override {
    // An abort while records are still in the queue ends in a fatal INVALID_TXN_STATE: they go
    // first.
    rd_kafka_flush(handle(), static_cast<int>(options_.timeout.count()));
    const auto deadline = Clock::now() + options_.timeout;
    while (true) {
      const Error error(rd_kafka_abort_transaction(handle(), Remaining(deadline)));
      if (error == nullptr) return absl::OkStatus();
      if (rd_kafka_error_is_retriable(error.get()) && Clock::now() < deadline) continue;
      const absl::Status failure = Failure(*error, "abort");
      // There is no second way out of an abort that fails.
      return absl::IsFailedPrecondition(failure) ? failure : absl::InternalError(failure.message());
    }
  }

  std::optional<int64_t> LastOffset(const SourceId& target) const override {
    const auto it = last_offsets_.find(target);
    if (it == last_offsets_.end()) return std::nullopt;
    return it->second;
  }

 private:
  static int Remaining(Clock::time_point deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::max<int64_t>(left, 1));
  }

  absl::Status FatalStatus() const {
    const rd_kafka_resp_err_t code = rd_kafka_fatal_error(handle(), nullptr, 0);
    if (IsFence(code)) return Fenced();
    return FatalError();
  }

  absl::Status Fenced() const {
    return absl::FailedPreconditionError(absl::StrCat(
        "another process took over the transactional id ", options_.id,
        ", or a transaction was open for longer than its time-out: this process must end"));
  }

  absl::Status Failure(const rd_kafka_error_t& error, const std::string& doing) const {
    const rd_kafka_resp_err_t code = rd_kafka_error_code(&error);
    if (IsFence(code)) return Fenced();
    const absl::Status fatal = FatalStatus();
    if (!fatal.ok()) return fatal;
    const std::string text =
        absl::StrCat(options_.id, ": ", doing, ": ", rd_kafka_error_string(&error), " (",
                     rd_kafka_error_name(&error), ")");
    if (rd_kafka_error_txn_requires_abort(&error)) return absl::AbortedError(text);
    return absl::InternalError(text);
  }

  // Runs inside this thread's own polls and commits.
  void OnDelivery(const rd_kafka_message_t& message) override {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return;  // the commit will say so
    last_offsets_[SourceId{rd_kafka_topic_name(message.rkt), message.partition}] = message.offset;
  }

  const TransactionalOptions options_;
  std::map<SourceId, int64_t> last_offsets_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<TransactionalProducer>> TransactionalProducer::Create(
    const KafkaConfig& config, const TransactionalOptions& options) {
  auto producer = std::make_unique<TransactionalImpl>(config, options);
  const absl::Status started = producer->Start();
  if (!started.ok()) return started;
  return producer;
}

}  // namespace tocsin
