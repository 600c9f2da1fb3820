#include "lib/filing/ingest.h"

#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"

namespace tocsin {
namespace {

constexpr std::chrono::milliseconds kLookEvery{250};
constexpr std::chrono::seconds kPingEvery{5};
constexpr std::chrono::milliseconds kFlush{15'000};

constexpr char kCaughtUp[] = "caught up with the log";
constexpr char kKafka[] = "Kafka answers";

// Kafka's first answer may come after ours: services and broker start together.
constexpr std::chrono::seconds kPatience{60};

// Tries again what a broker that is still starting refuses.
template <class Make>
auto Patiently(const std::stop_token& token, Make make) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto made = make();
    if (made.ok() || !absl::IsUnavailable(made.status()) || token.stop_requested() ||
        std::chrono::steady_clock::now() > deadline) {
      return made;
    }
    Log(LogLevel::kWarning, "waiting for Kafka", {{"why", std::string(made.status().message())}});
    SleepUnlessStopped(token, std::chrono::seconds(1));
  }
}

}  // namespace

Ingest::Ingest(IngestOptions options, Ops& ops, std::stop_source stop)
    : options_(std::move(options)), ops_(ops), stop_(std::move(stop)), metrics_(ops.registry()) {}

absl::StatusOr<std::unique_ptr<Ingest>> Ingest::Start(const IngestOptions& options,
                                                      const std::string& stream, Ops& ops,
                                                      std::stop_source stop) {
  std::unique_ptr<Ingest> ingest(new Ingest(options, ops, std::move(stop)));
  const std::stop_token token = ingest->stop_.get_token();
  ops.SetReady(kCaughtUp, false);
  ops.SetReady(kKafka, false);
  TOCSIN_ASSIGN_OR_RETURN(DeskRules rules,
                          LoadDeskRules(options.rules_dir, options.mission, stream));
  ingest->desk_ = std::move(rules.desk);
  ingest->desk_.status = options.status;
  ingest->desk_.exercise_id = options.exercise_id;

  KafkaConfig kafka = options.kafka;
  kafka.log = [](int severity, const std::string& text) {
    Log(severity <= 3 ? LogLevel::kError : LogLevel::kInfo, "kafka", {{"text", text}});
  };
  const std::string topic =
      stream == "sensors" ? SensorsTopic(options.mission) : SitrepsTopic(options.mission);
  TOCSIN_ASSIGN_OR_RETURN(ingest->reader_, Patiently(token, [&] {
                            return LogReader::Create(kafka, topic, options.mission);
                          }));
  ops.SetReady(kKafka, true);
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                          ingest->reader_->OpenStore(options.state_dir));
  TOCSIN_ASSIGN_OR_RETURN(
      ingest->producer_,
      Producer::Create(kafka, StrCat(options.mission.str(), ".", stream, ".ingest")));
  ingest->dead_letters_ = std::make_unique<DeadLetters>(
      *ingest->producer_, MissionDeadLettersTopic(options.mission), ingest->metrics_);
  FilingSettings settings;
  settings.rules = std::move(rules.rules);
  settings.clock = options.clock;
  settings.topic = topic;
  settings.stream = stream;
  settings.partitions = ingest->reader_->partitions();
  Ingest* self = ingest.get();
  settings.on_uncertain = [self] {
    self->ops_.SetReady(kCaughtUp, false);
    const MutexLock lock(self->wake_mutex_);
    self->woken_ = true;
    self->wake_.NotifyOne();
  };
  ingest->filing_ =
      std::make_unique<Filing>(std::move(settings), std::move(store), *ingest->producer_,
                               *ingest->dead_letters_, ingest->metrics_);
  ingest->watcher_ = std::jthread([self](const std::stop_token& ended) { self->Watch(ended); });
  return ingest;
}

Ingest::~Ingest() {
  if (watcher_.joinable()) {
    watcher_.request_stop();
    watcher_.join();
  }
  if (producer_ != nullptr) {
    if (const absl::Status flushed = producer_->Flush(kFlush); !flushed.ok()) {
      Log(LogLevel::kError, "not everything was flushed",
          {{"why", std::string(flushed.message())}});
    }
  }
  // Its last answers come while it is destroyed, and need the filing.
  producer_.reset();
}

void Ingest::Watch(const std::stop_token& token) {
  auto last_ping = std::chrono::steady_clock::now();
  while (!token.stop_requested()) {
    if (const absl::Status health = producer_->health(); !health.ok()) {
      Fail("the producer is broken", health);
      return;
    }
    if (filing_->needs_recovery()) {
      ops_.SetReady(kCaughtUp, false);
      const absl::Status recovered = filing_->Recover(
          [&](Store& store, Filing::Locked locked) {
            return reader_->CatchUp(store, metrics_, token, locked);
          },
          token);
      if (recovered.ok()) {
        ops_.SetReady(kCaughtUp, true);
        Log(LogLevel::kInfo, "caught up with the log");
      } else if (absl::IsUnavailable(recovered)) {
        Log(LogLevel::kWarning, "cannot read the log yet",
            {{"why", std::string(recovered.message())}});
      } else if (!absl::IsCancelled(recovered)) {
        Fail("the log cannot be read", recovered);
        return;
      }
    }
    if (std::chrono::steady_clock::now() - last_ping >= kPingEvery) {
      ops_.SetReady(kKafka, reader_->Ping().ok());
      last_ping = std::chrono::steady_clock::now();
    }
    Pause(token);
  }
}

void Ingest::Pause(const std::stop_token& token) {
  const MutexLock lock(wake_mutex_);
  wake_.WaitFor(wake_mutex_, token, kLookEvery,
                [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(wake_mutex_) { return woken_; });
  woken_ = false;
}

void Ingest::Fail(const std::string& what, const absl::Status& status) {
  Log(LogLevel::kError, StrCat(what, "; ending"), {{"why", std::string(status.message())}});
  ops_.SetReady(kCaughtUp, false);
  failed_ = true;
  stop_.request_stop();
}

}  // namespace tocsin
