#include "router/retention_watch.h"

#include "lib/service/service.h"
#include "router/retention.h"

namespace tocsin {
namespace {

constexpr std::chrono::seconds kAskAgain{60};

}  // namespace

bool RetentionWatch::Suffices(const Pack& rules, std::chrono::steady_clock::time_point now) {
  if (rules.digest == digest_ && (settled_ || now < again_)) return suffices_;
  digest_ = rules.digest;
  again_ = now + kAskAgain;
  const absl::StatusOr<Retention> retention = read_();
  const absl::Status status =
      retention.ok() ? CheckRetention(FindLongestRule(rules), *retention) : retention.status();
  settled_ = status.ok();
  if (retention.ok()) suffices_ = status.ok();
  const std::string problem(status.message());
  if (problem != problem_ && !problem.empty()) {
    if (retention.ok()) {
      Log(LogLevel::kError, "topics are kept for a shorter time than the rules in effect need",
          {{"problem", problem}, {"digest", digest_}});
    } else {
      Log(LogLevel::kWarning, "cannot read for how long topics are kept",
          {{"error", problem}, {"digest", digest_}});
    }
  }
  problem_ = problem;
  return suffices_;
}

}  // namespace tocsin
