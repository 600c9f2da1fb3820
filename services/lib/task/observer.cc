#include "lib/task/observer.h"

#include <algorithm>

namespace tocsin::task_internal {

bool Observer::See(const Consumer::Polled& polled) {
  for (const SourceId& input : inputs_) {
    SourceObservation& seen = seen_[input];
    seen.source = input;
    seen.at_end = polled.at_end.contains(input);
    seen.reachable = !polled.unreachable.contains(input);
    if (seen.at_end) behind_.erase(input);
  }
  return behind_.empty();
}

bool Observer::IsUrgent(Clock::time_point now) const {
  if (seen_.empty()) return false;
  if (now >= next_beat()) return true;
  return std::any_of(seen_.begin(), seen_.end(), [&](const auto& entry) {
    const auto it = told_.find(entry.first);
    return it == told_.end() || it->second.reachable != entry.second.reachable;
  });
}

std::optional<Observer::Observation> Observer::News(Clock::time_point now) {
  if (seen_.empty()) return std::nullopt;
  Observation news;
  for (const auto& [source, seen] : seen_) {
    const auto it = told_.find(source);
    if (it == told_.end() || it->second != seen) news.changed.push_back(seen);
  }
  news.beat = now >= next_beat();
  if (news.changed.empty() && !news.beat) return std::nullopt;
  told_ = seen_;
  if (news.beat) last_beat_ = now;
  return news;
}

void Observer::Forget() {
  seen_.clear();
  told_.clear();
  behind_ = {inputs_.begin(), inputs_.end()};
  last_beat_ = {};
}

}  // namespace tocsin::task_internal
