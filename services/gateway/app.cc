#include "gateway/app.h"

#include <chrono>
#include <random>
#include <utility>

#include <absl/time/clock.h>

#include "gateway/action_writer.h"
#include "gateway/dead_letter_writer.h"
#include "gateway/doors.h"
#include "gateway/duty.h"
#include "gateway/feed.h"
#include "gateway/hub.h"
#include "gateway/ledger_feed.h"
#include "gateway/metrics.h"
#include "gateway/open_stores.h"
#include "gateway/rules_feed.h"
#include "gateway/rules_service.h"
#include "gateway/service.h"
#include "gateway/view.h"
#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"

namespace tocsin::gateway {
namespace {

constexpr std::chrono::seconds kBrokerRetry{1};
constexpr std::chrono::seconds kReadBackPatience{10};
// For what is written to leave; idle connections would keep a server for as long as it lets them.
constexpr std::chrono::milliseconds kConnectionGrace{200};
constexpr char kBrokerCondition[] = "broker reached";
constexpr char kCaughtUpCondition[] = "log read to its end";
constexpr char kRulesCondition[] = "rules read";
constexpr char kReadableCondition[] = "every partition readable";

// Of this process among the gateways of the mission.
std::string RandomName() {
  std::random_device device;
  return StrCat(absl::Hex(device(), absl::kZeroPad8), absl::Hex(device(), absl::kZeroPad8));
}

absl::StatusOr<ViewShape> ReadShape(const Options& options, Consumer& consumer) {
  ViewShape shape;
  shape.mission = options.mission;
  shape.storm = options.storm;
  shape.warnings_topic = kWarningsTopic;
  shape.actions_topic = ActionsTopic(options.mission);
  TOCSIN_ASSIGN_OR_RETURN(auto epochs,
                          ReadEpochs(options.kafka, {shape.warnings_topic, shape.actions_topic}));
  shape.warnings_epoch = epochs[shape.warnings_topic];
  shape.actions_epoch = epochs[shape.actions_topic];
  TOCSIN_ASSIGN_OR_RETURN(shape.cluster, consumer.ClusterId());
  TOCSIN_ASSIGN_OR_RETURN(shape.warnings_partitions, consumer.PartitionCount(kWarningsTopic));
  TOCSIN_ASSIGN_OR_RETURN(shape.keyed_partitions, consumer.PartitionCount(kKeyedTopic));
  return shape;
}

class AppImpl final : public App {
 public:
  AppImpl(Options options, Ops& ops, std::stop_source stop)
      : options_(std::move(options)),
        ops_(ops),
        stop_(std::move(stop)),
        metrics_(ops.registry()),
        overdue_(options_.surface),
        limits_(options_.call_rates),
        hub_(std::make_unique<Hub>()) {}

  ~AppImpl() override { Stop(); }

  // What needs the broker to answer. May be tried again.
  absl::Status Connect() {
    TOCSIN_ASSIGN_OR_RETURN(consumer_, Consumer::Create(options_.kafka, Name()));
    absl::StatusOr<ViewShape> read = ReadShape(options_, *consumer_);
    if (absl::IsNotFound(read.status()) || absl::IsFailedPrecondition(read.status())) {
      return absl::Status(
          read.status().code(),
          StrCat(read.status().message(), "; are the topics made (tocsinctl topics create)?"));
    }
    TOCSIN_ASSIGN_OR_RETURN(const ViewShape shape, std::move(read));
    TOCSIN_ASSIGN_OR_RETURN(opened_, OpenView(options_.state_dir, shape, *consumer_));
    LedgerShape ledger_shape{options_.mission, shape.cluster, ""};
    TOCSIN_ASSIGN_OR_RETURN(auto epochs, ReadEpochs(options_.kafka, {kReceiptsTopic}));
    ledger_shape.epoch = epochs[kReceiptsTopic];
    TOCSIN_ASSIGN_OR_RETURN(ledger_, OpenLedger(options_.state_dir, ledger_shape, *consumer_));
    return absl::OkStatus();
  }

  absl::Status Serve(std::shared_ptr<grpc::ServerCredentials> credentials) {
    const ViewShape& shape = opened_.view->shape();
    TOCSIN_ASSIGN_OR_RETURN(producer_, Producer::Create(options_.kafka, Name()));
    hearing_ = std::make_unique<Hearing>(shape.keyed_partitions, shape.warnings_partitions,
                                         Hearing::Clock::now());
    doors_ = std::make_unique<Doors>(*opened_.view, *hearing_, metrics_, [this] { return Now(); });
    situation_ = std::make_unique<Situation>(*doors_, *hearing_, overdue_, links_, reach_,
                                             options_.troubles, SensorsTopic(options_.mission));
    actions_ =
        std::make_shared<ActionWriter>(*producer_, *hub_, shape.actions_topic, kReadBackPatience);
    actions_->Advance(opened_.view->horizon()->actions_end);
    hub_->Add(actions_);
    room_.reset(new Room{options_.mission, *doors_, *actions_, *hub_, metrics_, in_flight_, limits_,
                         *ledger_.ledger, witnesses_, *situation_, options_.heartbeat_period,
                         options_.most_under_way, [this] { return Now(); }});
    service_ = std::make_unique<Service>(*room_);
    duty_ = std::make_unique<Duty>(*opened_.view, options_.escalation, room_->clock, [this] {
      TransactionalOptions transactional;
      transactional.id = Name() + "-duty";
      return TransactionalProducer::Create(options_.kafka, transactional);
    });
    TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<Consumer> receipts,
                            Consumer::Create(options_.kafka, Name() + "-receipts"));
    ledger_feed_ = std::make_unique<LedgerFeed>(
        *opened_.view, *ledger_.ledger, witnesses_, overdue_, links_, metrics_, std::move(receipts),
        ReceiptWriter(*ledger_.ledger, *producer_, options_.mission),
        LinkWriter(*producer_, options_.mission, options_.link, RandomName()),
        [this](const absl::Status& status) { Fail(status); });
    rules_writer_ =
        std::make_shared<RulesWriter>(*producer_, *hub_, rules_log_, Name(), kReadBackPatience);
    hub_->Add(rules_writer_);
    rules_room_.reset(new RulesRoom{*room_, rules_log_, *rules_writer_});
    rules_service_ = std::make_unique<RulesService>(*rules_room_);
    TOCSIN_ASSIGN_OR_RETURN(
        server_, StartServer(options_.listen_address, options_.listen_port, std::move(credentials),
                             {service_.get(), rules_service_.get()}));
    server_.SetServing(false);  // until the view has caught up
    ops_.SetReady(kBrokerCondition, true);
    feed_ =
        std::make_unique<Feed>(*opened_.view, *hearing_, metrics_, std::move(consumer_),
                               DeadLetterWriter(*opened_.view, *producer_, Name()), FeedEvents());
    TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<Consumer> rules,
                            Consumer::Create(options_.kafka, Name() + "-rules"));
    rules_feed_ = std::make_unique<RulesFeed>(
        rules_log_, *rules_writer_, std::move(rules), [this] { return AskRetention(); },
        RulesEvents());
    Log(LogLevel::kInfo, "started",
        {{"port", server_.port}, {"ops_port", ops_.port()}, {"mission", options_.mission.str()}});
    return absl::OkStatus();
  }

  int port() const override { return server_.port; }

  absl::Status failure() const override {
    const MutexLock lock(mutex_);
    return failure_;
  }

  void Stop() override {
    if (stopped_) return;
    stopped_ = true;
    if (server_.server != nullptr) Log(LogLevel::kInfo, "ends its watches and calls");
    ops_.SetReady(kCaughtUpCondition, false);
    if (room_ != nullptr) room_->ready = false;
    hub_->Stop();
    // The feed still reads back what calls wait for.
    if (!in_flight_.WaitForNone(options_.stop_grace)) {
      Log(LogLevel::kWarning, "calls are cut off: they did not end in time");
    }
    server_.Stop(kConnectionGrace);
    feed_.reset();
    rules_feed_.reset();
    duty_.reset();
    ledger_feed_.reset();
    if (producer_ != nullptr) {
      static_cast<void>(producer_->Flush(options_.stop_grace));
      producer_.reset();
    }
    hub_.reset();
  }

 private:
  std::string Name() const { return "gateway-" + options_.mission.str(); }

  // Under the scenario clock, what the engine goes by.
  Time Now() const {
    if (!options_.scenario_clock) return FromMicros(absl::ToUnixMicros(absl::Now()));
    int64_t clock_us = 0;
    for (const v1::EvaluatedUpTo& task : opened_.view->horizon()->evaluated) {
      clock_us = std::max(clock_us, task.tick().clock_us());
    }
    return FromMicros(clock_us);
  }

  Feed::Events FeedEvents() {
    Feed::Events events;
    events.caught_up = [this] {
      room_->ready = true;
      server_.SetServing(true);
      ops_.SetReady(kCaughtUpCondition, true);
      Log(LogLevel::kInfo, "the log has been read to its end", {});
      duty_->Grown({}, /*centre=*/false);
      ledger_feed_->Grown({});
    };
    events.advanced = [this](const ApplyReport& report) {
      if (room_->ready) {
        duty_->Grown(report.touched, report.centre);
        ledger_feed_->Grown(report.touched);
      }
      actions_->Advance(opened_.view->horizon()->actions_end);
      hub_->Notify();
      if (const absl::Status health = producer_->health(); !health.ok()) Fail(health);
    };
    events.unreachable = [this](size_t partitions) {
      ops_.SetReady(kReadableCondition, partitions == 0);
      reach_.Set(partitions == 0, Hearing::Clock::now(),
                 FromMicros(absl::ToUnixMicros(absl::Now())));
      if (partitions > 0) {
        Log(LogLevel::kWarning, "partitions cannot be read", {{"partitions", partitions}});
      }
    };
    events.failed = [this](const absl::Status& status) { Fail(status); };
    return events;
  }

  // Those of fusion and of the own mission; whether other missions' suffice the router says.
  absl::StatusOr<RulesLog::Retention> AskRetention() const {
    return ReadRetention(options_.kafka,
                         {kKeyedTopic, kJournalTopic, kMatchesTopic, SitrepsTopic(options_.mission),
                          SensorsTopic(options_.mission)});
  }

  RulesFeed::Events RulesEvents() {
    RulesFeed::Events events;
    events.caught_up = [this] {
      rules_room_->ready = true;
      ops_.SetReady(kRulesCondition, true);
      Log(LogLevel::kInfo, "the rules have been read", {});
    };
    events.failed = [this](const absl::Status& status) { Fail(status); };
    return events;
  }

  void Fail(const absl::Status& status) {
    {
      const MutexLock lock(mutex_);
      if (!failure_.ok()) return;
      failure_ = status;
    }
    ops_.SetReady(kBrokerCondition, false);
    stop_.request_stop();
  }

  const Options options_;
  Ops& ops_;
  std::stop_source stop_;
  mutable Mutex mutex_;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ = false;
  Metrics metrics_;
  WitnessBook witnesses_;
  Overdue overdue_;
  LinkBoard links_;
  BrokerReach reach_;
  InFlight in_flight_;
  RateLimits limits_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<Consumer> consumer_;  // until the feed has it
  OpenedView opened_;
  OpenedLedger ledger_;
  std::unique_ptr<Hearing> hearing_;
  std::unique_ptr<Doors> doors_;
  std::unique_ptr<Situation> situation_;
  std::shared_ptr<ActionWriter> actions_;
  std::unique_ptr<Producer> producer_;
  std::unique_ptr<Room> room_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Duty> duty_;
  std::unique_ptr<LedgerFeed> ledger_feed_;
  RulesLog rules_log_;
  std::shared_ptr<RulesWriter> rules_writer_;
  std::unique_ptr<RulesRoom> rules_room_;
  std::unique_ptr<RulesService> rules_service_;
  RunningServer server_;
  std::unique_ptr<Feed> feed_;
  std::unique_ptr<RulesFeed> rules_feed_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Start(const Options& options, Ops& ops,
                                                std::stop_source stop) {
  Options own = options;
  own.kafka.log = [](int severity, const std::string& text) {
    Log(severity <= 3   ? LogLevel::kError
        : severity <= 4 ? LogLevel::kWarning
                        : LogLevel::kInfo,
        "broker client", {{"text", text}});
  };
  ops.SetReady(kBrokerCondition, false);
  ops.SetReady(kCaughtUpCondition, false);
  ops.SetReady(kRulesCondition, false);
  ops.SetReady(kReadableCondition, true);
  const std::stop_token token = stop.get_token();
  TOCSIN_ASSIGN_OR_RETURN(auto credentials, MakeServerCredentials(own.tls));
  auto app = std::make_unique<AppImpl>(own, ops, stop);
  while (true) {
    const absl::Status connected = app->Connect();
    if (connected.ok()) break;
    if (!absl::IsUnavailable(connected) || token.stop_requested()) return connected;
    Log(LogLevel::kWarning, "cannot start yet", {{"reason", std::string(connected.message())}});
    SleepUnlessStopped(token, kBrokerRetry);
  }
  TOCSIN_RETURN_IF_ERROR(app->Serve(std::move(credentials)));
  return app;
}

}  // namespace tocsin::gateway
