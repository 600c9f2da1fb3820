#include "gateway/feed.h"

#include <chrono>
#include <optional>
#include <utility>

#include <absl/time/clock.h>

#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/service/service.h"

namespace tocsin::gateway {
namespace {

constexpr size_t kBatch = 500;
constexpr std::chrono::milliseconds kPollWait{500};
constexpr std::chrono::milliseconds kRetry{500};
// Between this machine's clock and the broker's.
constexpr Duration kMostSkew = std::chrono::seconds(30);

}  // namespace

Feed::Feed(View& view, Hearing& hearing, Metrics& metrics, std::unique_ptr<Consumer> consumer,
           DeadLetterWriter dead_letters, Events events)
    : view_(view),
      hearing_(hearing),
      metrics_(metrics),
      consumer_(std::move(consumer)),
      dead_letters_(std::move(dead_letters)),
      events_(std::move(events)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Feed::~Feed() = default;

absl::Status Feed::Assign() {
  std::map<SourceId, int64_t> offsets = view_.Positions();
  const ViewShape& shape = view_.shape();
  offsets.try_emplace(SourceId{shape.actions_topic, 0}, Consumer::kBeginning);
  for (int32_t p = 0; p < shape.warnings_partitions; ++p) {
    offsets.try_emplace(SourceId{shape.warnings_topic, p}, Consumer::kBeginning);
  }
  for (const auto& [source, offset] : offsets) behind_.insert(source);
  return consumer_->Assign(offsets);
}

void Feed::Run(const std::stop_token& stop) {
  absl::Status status = Assign();
  while (!stop.stop_requested()) {
    if (status.ok()) {
      const absl::StatusOr<Consumer::Polled> polled = consumer_->Poll(kBatch, kPollWait);
      status = polled.ok() ? Take(*polled) : polled.status();
      // What a reader could not read it took for absent.
      if (status.ok()) status = view_.health();
      if (status.ok()) status = dead_letters_.Pump();
    }
    if (status.ok()) continue;
    if (!absl::IsUnavailable(status)) {
      events_.failed(status);
      return;
    }
    Log(LogLevel::kWarning, "the log cannot be read now",
        {{"reason", std::string(status.message())}});
    SleepUnlessStopped(stop, kRetry);
    status = absl::OkStatus();
  }
  dead_letters_.Finish();
}

absl::Status Feed::Take(const Consumer::Polled& polled) {
  const auto now = Hearing::Clock::now();
  if (!polled.records.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const ApplyReport report, view_.Apply(polled.records));
    metrics_.Applied(report, Hearing::Clock::now() - now);
    Report(report);
    if (behind_.empty()) {
      // What was read while catching up may have been written long ago.
      for (const auto& [keyed, partition] : report.heard) hearing_.Heard(keyed, partition, now);
      CompareClocks(polled.records, now);
    }
    events_.advanced(report);
  }
  if (polled.unreachable.size() != unreachable_) {
    unreachable_ = polled.unreachable.size();
    metrics_.Unreachable(static_cast<int64_t>(unreachable_));
    events_.unreachable(unreachable_);
  }
  if (!behind_.empty()) {
    for (const SourceId& source : polled.at_end) behind_.erase(source);
    if (behind_.empty()) events_.caught_up();
  }
  metrics_.EvaluatedAge(hearing_.OldestAge(now));
  return absl::OkStatus();
}

void Feed::CompareClocks(const std::vector<InputRecord>& records, Hearing::Clock::time_point now) {
  const Time here = FromMicros(absl::ToUnixMicros(absl::Now()));
  for (const InputRecord& record : records) skew_.Saw(record.logged, here, now);
  const std::optional<Duration> ahead = skew_.ahead();
  if (!ahead) return;
  metrics_.ClockAhead(*ahead);
  const bool off = *ahead > kMostSkew || *ahead < -kMostSkew;
  if (off == clock_off_) return;
  clock_off_ = off;
  Log(off ? LogLevel::kError : LogLevel::kInfo,
      off ? "this machine's clock is off, and with it escalations, silences and the ends of "
            "acknowledgements; set it"
          : "this machine's clock is right again",
      {{"ahead_s", std::chrono::duration_cast<std::chrono::seconds>(*ahead).count()}});
}

void Feed::Report(const ApplyReport& report) {
  if (!report.dead_letters.empty()) dead_letters_.Owe();
  for (const ApplyReport::DeadLetter& dead : report.dead_letters) {
    Log(LogLevel::kWarning, "a record cannot be used",
        {{"topic", dead.source.topic},
         {"partition", dead.source.partition},
         {"offset", dead.offset},
         {"cause", dead.cause}});
  }
  for (const auto& [outcome, count] : report.actions) {
    if (outcome != NameOf(Outcome::kApplied)) {
      Log(LogLevel::kWarning, "an action was ignored", {{"outcome", outcome}, {"count", count}});
    }
  }
}

}  // namespace tocsin::gateway
