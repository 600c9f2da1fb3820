#include "gateway/rules_feed.h"

#include <chrono>
#include <utility>

#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/kafka/topic_set.h"
#include "lib/service/service.h"

namespace tocsin::gateway {
namespace {

constexpr size_t kBatch = 500;
constexpr std::chrono::milliseconds kPollWait{500};
constexpr std::chrono::milliseconds kRetry{500};
constexpr std::chrono::seconds kAskRetentionEvery{60};
constexpr std::chrono::seconds kAskRetentionAgain{5};
const SourceId kRulesSource = {kRulesTopic, 0};

}  // namespace

RulesFeed::RulesFeed(RulesLog& log, RulesWriter& writer, std::unique_ptr<Consumer> consumer,
                     AskRetention ask_retention, Events events)
    : log_(log),
      writer_(writer),
      consumer_(std::move(consumer)),
      ask_retention_(std::move(ask_retention)),
      events_(std::move(events)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

RulesFeed::~RulesFeed() = default;

void RulesFeed::Run(const std::stop_token& stop) {
  absl::Status status = consumer_->Assign({{kRulesSource, Consumer::kBeginning}});
  std::chrono::steady_clock::time_point ask_at;
  while (!stop.stop_requested()) {
    if (const auto now = std::chrono::steady_clock::now(); now >= ask_at) {
      auto retention = ask_retention_();
      ask_at = now + (retention.ok() ? kAskRetentionEvery : kAskRetentionAgain);
      if (retention.ok()) {
        log_.SetRetention(*std::move(retention));
      } else {
        Log(LogLevel::kWarning, "it cannot be read for how long topics are kept",
            {{"reason", std::string(retention.status().message())}});
      }
    }
    if (status.ok()) {
      const absl::StatusOr<Consumer::Polled> polled = consumer_->Poll(kBatch, kPollWait);
      status = polled.ok() ? Take(*polled) : polled.status();
    }
    if (status.ok()) continue;
    if (!absl::IsUnavailable(status)) {
      events_.failed(status);
      return;
    }
    Log(LogLevel::kWarning, "the rules cannot be read now",
        {{"reason", std::string(status.message())}});
    SleepUnlessStopped(stop, kRetry);
    status = absl::OkStatus();
  }
}

absl::Status RulesFeed::Take(const Consumer::Polled& polled) {
  if (!polled.records.empty()) {
    TOCSIN_RETURN_IF_ERROR(log_.Apply(polled.records));
    writer_.Advance(polled.records.back().offset + 1);
  }
  if (!caught_up_ && polled.at_end.contains(kRulesSource)) {
    caught_up_ = true;
    events_.caught_up();
  }
  return absl::OkStatus();
}

}  // namespace tocsin::gateway
