// Reads the logs into the view, on a thread of its own, and tells who waits for it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

#include <absl/status/status.h>

#include "gateway/clock_skew.h"
#include "gateway/dead_letter_writer.h"
#include "gateway/doors.h"
#include "gateway/metrics.h"
#include "gateway/view.h"
#include "lib/kafka/client.h"

namespace tocsin::gateway {

class Feed {
 public:
  struct Events {
    // Every source has been read to its end for the first time.
    std::function<void()> caught_up;
    // The view has grown.
    std::function<void(const ApplyReport&)> advanced;
    // Sources that cannot be read now; called when their number changes.
    std::function<void(size_t)> unreachable;
    // The feed has ended with this error and the process must end.
    std::function<void(const absl::Status&)> failed;
  };
  // All must outlive the feed. The consumer is used on the feed's thread only.
  Feed(View& view, Hearing& hearing, Metrics& metrics, std::unique_ptr<Consumer> consumer,
       DeadLetterWriter dead_letters, Events events);
  // Stops reading; what was read is in the view.
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

 private:
  void Run(const std::stop_token& stop);
  absl::Status Assign();
  absl::Status Take(const Consumer::Polled& polled);
  void Report(const ApplyReport& report);
  void CompareClocks(const std::vector<InputRecord>& records, Hearing::Clock::time_point now);

  View& view_;
  Hearing& hearing_;
  Metrics& metrics_;
  const std::unique_ptr<Consumer> consumer_;
  DeadLetterWriter dead_letters_;
  const Events events_;
  std::set<SourceId> behind_;  // not yet read to the end since the start
  size_t unreachable_ = 0;
  ClockSkew skew_;
  bool clock_off_ = false;  // as last said
  std::jthread thread_;
};

}  // namespace tocsin::gateway
