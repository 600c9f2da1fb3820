#include <array>

#include <absl/strings/str_cat.h>

#include "lib/base/mutex.h"
#include "lib/kafka/client_base.h"
#include "lib/kafka/statistics.h"

namespace tocsin {
namespace kafka_internal {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRequestTimeoutMs = 10'000;
// Of the first try: long enough to be answered or refused.
constexpr int kFirstRequestTimeoutMs = 2'000;
constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::milliseconds kRetryEvery{50};
constexpr std::chrono::seconds kStalePatience{3};
constexpr std::chrono::seconds kProblemPatience{10};
// A leader answers fetches every 100 ms, with or without records. One that is silent for longer has
// hung, or the link has; the time-out of the request would show it only after ten seconds.
constexpr int64_t kLongestSilenceUs = 750'000;
constexpr std::chrono::milliseconds kServeEvery{250};
constexpr size_t kMaxAtOnce = 500;

struct Source {
  SourceId id;
  Queue queue;
  bool at_eof = false;   // the last thing in the queue was the end of the log
  bool drained = false;  // nothing was left in the queue
  absl::Status problem;  // of the partition itself; passes with the next record or end
  Clock::time_point problem_at;
  int64_t next = RD_KAFKA_OFFSET_INVALID;  // to be taken from the queue
  // Nothing is known of the log since; as of the last statistics.
  std::optional<Clock::time_point> stale_since;
  bool ask_end = false;  // it was stale at its end, which must be asked anew
};

class ConsumerImpl final : public Consumer, private Client {
 public:
  ConsumerImpl(const KafkaConfig& config, const std::string& group, bool keep_epochs)
      : Client(config), group_(group), keep_epochs_(keep_epochs) {}
  ~ConsumerImpl() override {
    DropSources();
    if (lost_) Abandon();
    Close();
  }

  absl::Status Start() {
    const absl::Status opened =
        Open(RD_KAFKA_CONSUMER,
             {
                 {"group.id", group_},
                 {"enable.auto.commit", "false"},
                 {"enable.auto.offset.store", "false"},
                 {"auto.offset.reset", "error"},
                 {"isolation.level", "read_committed"},
                 {"enable.partition.eof", "true"},
                 // Of each source, as every source has its own queue. A full queue is looked at
                 // again only
                 // after a second: it must hold what a task can do in that time.
                 {"queued.max.messages.kbytes", "8192"},
                 {"fetch.wait.max.ms", "100"},
                 {"fetch.error.backoff.ms", "20"},
                 {"fetch.message.max.bytes", "1048576"},
                 {"statistics.interval.ms", "500"},
             });
    if (!opened.ok()) return opened;
    // Statistics and errors of the client come with its own queue, which ServeClient polls.
    return ToStatus(rd_kafka_poll_set_consumer(handle()), "joining the client's queues");
  }

  absl::Status Assign(const std::map<SourceId, int64_t>& offsets) override {
    if (lost_) {
      DropSources();
      Abandon();
      lost_ = false;
      const absl::Status started = Start();
      if (!started.ok()) return started;
    }
    rd_kafka_t* client = handle();
    rd_kafka_resp_err_t error = rd_kafka_assign(client, nullptr);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return ToStatus(error, "dropping the assignment");
    DropSources();
    failed_ = absl::OkStatus();
    for (const auto& [id, offset] : offsets) {
      Warm(id.topic);
      auto source = std::make_unique<Source>();
      source->id = id;
      source->next = offset;
      source->queue.reset(rd_kafka_queue_get_partition(client, id.topic.c_str(), id.partition));
      if (source->queue == nullptr) {
        return absl::InternalError(absl::StrCat("no queue for ", Describe(id)));
      }
      // Before the assignment, so that no record ever goes into the consumer's common queue.
      rd_kafka_queue_forward(source->queue.get(), nullptr);
      rd_kafka_queue_cb_event_enable(source->queue.get(), &ConsumerImpl::Wake, this);
      sources_.push_back(std::move(source));
    }
    static_assert(kBeginning == RD_KAFKA_OFFSET_BEGINNING);
    const PartitionList list = MakeList(offsets);
    error = rd_kafka_assign(client, list.get());
    return ToStatus(error, "assigning partitions");
  }

  absl::StatusOr<Polled> Poll(size_t max, std::chrono::milliseconds wait) override {
    return PollUntil(max, wait, [this](size_t limit, Polled& out) {
      bool ended = false;
      bool more = true;
      while (more && out.records.size() < limit) {
        more = false;
        for (size_t i = 0; i < sources_.size() && out.records.size() < limit; ++i) {
          Source& source = *sources_[(turn_ + i) % sources_.size()];
          const size_t share =
              std::max<size_t>(1, (limit - out.records.size()) / (sources_.size() - i));
          ended |= Take(source, share, out);
          more |= !source.drained;
        }
        ++turn_;
      }
      return ended;
    });
  }

  absl::StatusOr<Polled> PollSource(const SourceId& id, size_t max,
                                    std::chrono::milliseconds wait) override {
    for (const auto& source : sources_) {
      if (source->id != id) continue;
      return PollUntil(max, wait, [this, &source](size_t limit, Polled& out) {
        bool ended = Take(*source, limit, out);
        while (!source->drained && out.records.size() < limit) {
          ended |= Take(*source, limit - out.records.size(), out);
        }
        return ended;
      });
    }
    return absl::InternalError(absl::StrCat(Describe(id), " is not assigned"));
  }

  absl::StatusOr<CommittedOffsets> Committed(const std::set<SourceId>& sources) override {
    std::map<SourceId, int64_t> asked;
    for (const SourceId& source : sources) asked[source] = RD_KAFKA_OFFSET_INVALID;
    const auto deadline = Clock::now() + kPatience;
    // A coordinator that is just being found or loaded passes.
    for (int timeout_ms = kFirstRequestTimeoutMs;; timeout_ms = kRequestTimeoutMs) {
      const PartitionList list = MakeList(asked);
      const rd_kafka_resp_err_t error = rd_kafka_committed(handle(), list.get(), timeout_ms);
      absl::Status status = ToStatus(error, "reading committed offsets");
      CommittedOffsets result;
      for (int i = 0; status.ok() && i < list->cnt; ++i) {
        const rd_kafka_topic_partition_t& found = list->elems[i];
        status = ToStatus(found.err, absl::StrCat("committed offset of ", found.topic, "[",
                                                  found.partition, "]"));
        if (found.offset < 0) continue;
        CommittedOffset& committed = result[SourceId{found.topic, found.partition}];
        committed.next = found.offset;
        if (found.metadata != nullptr) {
          committed.note.assign(static_cast<const char*>(found.metadata), found.metadata_size);
        }
      }
      if (status.ok()) return result;
      status = Why(status);
      if (!absl::IsUnavailable(status) || IsRefused() || Clock::now() >= deadline) return status;
      Sleep(kRetryEvery);
    }
  }

  std::map<SourceId, int64_t> KnownEnds() const override {
    std::map<SourceId, int64_t> ends;
    for (const auto& source : sources_) {
      int64_t low = 0;
      int64_t high = 0;
      if (rd_kafka_get_watermark_offsets(handle(), source->id.topic.c_str(), source->id.partition,
                                         &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR &&
          high >= 0) {
        ends[source->id] = high;
      }
    }
    return ends;
  }

  absl::StatusOr<std::pair<int64_t, int64_t>> Watermarks(const SourceId& source) override {
    const auto deadline = Clock::now() + kPatience;
    // The leader of a new topic may not know yet that it is; elections pass, too.
    for (int timeout_ms = kFirstRequestTimeoutMs;; timeout_ms = kRequestTimeoutMs) {
      int64_t low = 0;
      int64_t high = 0;
      absl::Status status =
          ToStatus(rd_kafka_query_watermark_offsets(handle(), source.topic.c_str(),
                                                    source.partition, &low, &high, timeout_ms),
                   absl::StrCat("offsets of ", Describe(source)));
      if (status.ok()) return std::pair(low, high);
      status = Why(status);
      if (!absl::IsUnavailable(status) || IsRefused() || Clock::now() >= deadline) return status;
      Sleep(kRetryEvery);
    }
  }

  absl::StatusOr<int32_t> PartitionCount(const std::string& topic) override {
    auto count = PartitionCountOf(handle(), topic);
    return count.ok() ? count : Why(count.status());
  }

  absl::StatusOr<std::string> ClusterId() override {
    auto id = ClusterIdOf(handle());
    return id.ok() ? id : Why(id.status());
  }

 private:
  // On a librdkafka thread: something came into an empty queue.
  static void Wake(rd_kafka_t*, void* opaque) {
    auto* self = static_cast<ConsumerImpl*>(opaque);
    const MutexLock lock(self->mutex_);
    self->woken_ = true;
    self->condition_.NotifyOne();
  }

  absl::Status Why(absl::Status status) {
    if (absl::IsUnavailable(status)) ServeClient();  // the errors of connections come with it
    return Explained(std::move(status));
  }

  void Sleep(std::chrono::milliseconds time) {
    const MutexLock lock(mutex_);
    condition_.WaitFor(mutex_, time, [] { return false; });
  }

  void DropSources() {
    for (const auto& source : sources_) {
      rd_kafka_queue_cb_event_enable(source->queue.get(), nullptr, nullptr);
    }
    sources_.clear();
  }

  // Client errors, statistics and the assignment's own work; never a record.
  void ServeClient() {
    while (rd_kafka_message_t* message = rd_kafka_consumer_poll(handle(), 0)) {
      for (const auto& source : sources_) {
        if (message->rkt != nullptr && source->id.topic == rd_kafka_topic_name(message->rkt) &&
            source->id.partition == message->partition) {
          NoteError(*source, message->err, rd_kafka_message_errstr(message));
        }
      }
      rd_kafka_message_destroy(message);
    }
  }

  void NoteError(Source& source, rd_kafka_resp_err_t error, const std::string& text) {
    const absl::Status status = ToStatus(error, absl::StrCat(Describe(source.id), ": ", text));
    if (absl::IsOutOfRange(status) || absl::IsInternal(status)) {
      if (failed_.ok()) failed_ = status;
    }
    if (error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) lost_ = true;
    // librdkafka repeats an error for as long as it lasts.
    if (source.problem.ok()) Log(kErrorSeverity, std::string(status.message()));
    source.problem = status;
    source.problem_at = Clock::now();
  }

  // That a topic does not exist (any more) comes as an error of the client; only its text, which
  // begins "topic [partition]", names the partition.
  void OnError(rd_kafka_resp_err_t error, const std::string& text) override {
    for (const auto& source : sources_) {
      const std::string name = absl::StrCat(source->id.topic, " [", source->id.partition, "]");
      if (text.starts_with(name)) return NoteError(*source, error, text);
    }
    Client::OnError(error, text);
  }

  // Takes up to `max` from the source's queue; true if it came to its end.
  bool Take(Source& source, size_t max, Polled& out) {
    std::array<rd_kafka_message_t*, kMaxAtOnce> messages{};
    max = std::min(max, messages.size());
    const ssize_t count = rd_kafka_consume_batch_queue(source.queue.get(), 0, messages.data(), max);
    source.drained = count < static_cast<ssize_t>(max);
    bool ended = false;
    for (ssize_t i = 0; i < count; ++i) {
      const Owned<rd_kafka_message_t, &rd_kafka_message_destroy> message(
          messages[static_cast<size_t>(i)]);
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        source.at_eof = ended = true;
        source.next = message->offset;
        source.problem = absl::OkStatus();
      } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        NoteError(source, message->err, rd_kafka_message_errstr(message.get()));
      } else {
        source.at_eof = false;
        source.next = message->offset + 1;
        source.problem = absl::OkStatus();
        InputRecord record = ToRecord(source.id, *message);
        if (keep_epochs_ || !IsEpoch(record)) out.records.push_back(std::move(record));
      }
    }
    return ended;
  }

  template <class TakeAll>
  absl::StatusOr<Polled> PollUntil(size_t max, std::chrono::milliseconds wait, TakeAll take_all) {
    const auto deadline = Clock::now() + wait;
    Polled out;
    while (true) {
      {
        const MutexLock lock(mutex_);
        woken_ = false;
      }
      ServeClient();
      AskEnds();
      const bool ended = take_all(max, out);
      if (!out.records.empty() || ended || !failed_.ok()) break;
      if (Clock::now() >= deadline) break;
      // In slices: the client's own events do not wake.
      const MutexLock lock(mutex_);
      condition_.WaitUntil(mutex_, std::min(deadline, Clock::now() + kServeEvery),
                           [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return woken_; });
    }
    // What was taken before an error is still good; the error comes with the next poll.
    if (out.records.empty() && !failed_.ok()) return failed_;
    const auto now = Clock::now();
    for (const auto& source : sources_) {
      const bool lost =
          source->stale_since.has_value() && now - *source->stale_since >= kStalePatience;
      if (!source->problem.ok() || lost) {
        out.unreachable.insert(source->id);
      } else if (source->at_eof && !source->stale_since.has_value() &&
                 rd_kafka_queue_length(source->queue.get()) == 0) {
        out.at_end.insert(source->id);
      }
    }
    return out;
  }

  // The end of a log is reported once, however long nothing is heard of it afterwards. Only the
  // statistics tell whether its leader still answers; a log that was out of reach is asked for its
  // end again.
  void OnStats(std::string_view text) override {
    std::set<SourceId> ids;
    for (const auto& source : sources_) ids.insert(source->id);
    const std::optional<std::map<SourceId, int64_t>> silence = LeaderSilence(text, ids);
    if (!silence.has_value()) return;
    const auto now = Clock::now();
    for (const auto& source : sources_) {
      const auto found = silence->find(source->id);
      // With records in the queue the leader may simply not have been asked for more.
      const bool fresh =
          found != silence->end() &&
          (found->second <= kLongestSilenceUs || rd_kafka_queue_length(source->queue.get()) > 0);
      if (!fresh && !source->stale_since.has_value()) source->stale_since = now;
      if (fresh && source->stale_since.has_value()) {
        source->stale_since.reset();
        if (source->at_eof) source->ask_end = true;
      }
    }
  }

  // A seek does not make librdkafka report an end that it has reported; a new assignment does.
  void AskEnds() {
    std::map<SourceId, int64_t> offsets;
    const auto now = Clock::now();
    for (const auto& source : sources_) {
      if (!lost_ && !source->problem.ok() && now - source->problem_at >= kProblemPatience) {
        // Not repeated: over, or it will be said again.
        source->problem_at = now;
        source->ask_end = true;
      }
      if (source->ask_end) {
        source->at_eof = false;
        offsets[source->id] = source->next;
      }
      source->ask_end = false;
    }
    if (offsets.empty()) return;
    const PartitionList list = MakeList(offsets);
    Error error(rd_kafka_incremental_unassign(handle(), list.get()));
    if (error == nullptr) error.reset(rd_kafka_incremental_assign(handle(), list.get()));
    if (error != nullptr && failed_.ok()) {
      failed_ = absl::InternalError(
          absl::StrCat("assigning partitions again: ", rd_kafka_error_string(error.get())));
    }
  }

  const std::string group_;
  const bool keep_epochs_;
  // A topic was deleted while it was assigned. librdkafka 2.0.2 then never finishes giving its
  // partition up: neither another assignment nor the end of this client would ever come.
  bool lost_ = false;
  std::vector<std::unique_ptr<Source>> sources_;
  size_t turn_ = 0;
  absl::Status failed_;

  Mutex mutex_;
  Condition condition_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Consumer>> CreateConsumer(const KafkaConfig& config,
                                                         const std::string& group,
                                                         bool keep_epochs) {
  auto consumer = std::make_unique<ConsumerImpl>(config, group, keep_epochs);
  const absl::Status started = consumer->Start();
  if (!started.ok()) return started;
  return consumer;
}

}  // namespace kafka_internal

absl::StatusOr<std::unique_ptr<Consumer>> Consumer::Create(const KafkaConfig& config,
                                                           const std::string& group) {
  return kafka_internal::CreateConsumer(config, group, /*keep_epochs=*/false);
}

}  // namespace tocsin
