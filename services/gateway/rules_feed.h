// Reads fusion.rules.v1 from its beginning into the rules log, on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include <absl/status/status.h>

#include "gateway/rules_log.h"
#include "gateway/rules_writer.h"
#include "lib/kafka/client.h"

namespace tocsin::gateway {

class RulesFeed {
 public:
  struct Events {
    // The topic has been read to its end for the first time.
    std::function<void()> caught_up;
    // The feed has ended with this error and the process must end.
    std::function<void(const absl::Status&)> failed;
  };
  // How long the topics that rules need are kept; asked now and then.
  using AskRetention = std::function<absl::StatusOr<RulesLog::Retention>()>;

  // All must outlive the feed. The consumer is used on the feed's thread only.
  RulesFeed(RulesLog& log, RulesWriter& writer, std::unique_ptr<Consumer> consumer,
            AskRetention ask_retention, Events events);
  ~RulesFeed();
  RulesFeed(const RulesFeed&) = delete;
  RulesFeed& operator=(const RulesFeed&) = delete;

 private:
  void Run(const std::stop_token& stop);
  absl::Status Take(const Consumer::Polled& polled);

  RulesLog& log_;
  RulesWriter& writer_;
  const std::unique_ptr<Consumer> consumer_;
  const AskRetention ask_retention_;
  const Events events_;
  bool caught_up_ = false;
  std::jthread thread_;
};

}  // namespace tocsin::gateway
