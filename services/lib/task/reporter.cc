#include "lib/task/reporter.h"

#include <algorithm>

namespace tocsin::task_internal {
namespace {

constexpr std::chrono::milliseconds kPeriod{1000};

}  // namespace

void Reporter::Committed(const Batch& batch, Clock::time_point begun, Clock::time_point now) {
  const auto micros = [now](Clock::time_point since) {
    return std::chrono::duration_cast<std::chrono::microseconds>(now - since);
  };
  ++now_.transactions;
  now_.records_in += batch.records;
  now_.records_out += static_cast<int64_t>(batch.outputs.size());
  now_.dead_letters += static_cast<int64_t>(batch.dead_letters.size());
  now_.commit_time = micros(begun);
  if (batch.records > 0) now_.batch_time = micros(batch.first_polled);
  now_.positions = batch.after.next;
  for (const auto& [name, count] : batch.counts) now_.counts[name] += count;
}

bool Reporter::IsDue(Clock::time_point now) const { return now >= last_ + kPeriod; }

void Reporter::Send(const Consumer& consumer, Clock::time_point now) {
  if (now >= last_lag_ + kPeriod) {
    last_lag_ = now;
    now_.lag.clear();
    for (const auto& [source, end] : consumer.KnownEnds()) {
      const auto it = now_.positions.find(source);
      now_.lag[source] = std::max<int64_t>(0, end - (it == now_.positions.end() ? 0 : it->second));
    }
  }
  last_ = now;
  if (report_) report_(now_);
  // Numbers of events begin anew; what the task is like stays.
  TaskReport next;
  next.caught_up = now_.caught_up;
  next.replaying = now_.replaying;
  next.positions = std::move(now_.positions);
  next.lag = std::move(now_.lag);
  next.reread_left = std::move(now_.reread_left);
  now_ = std::move(next);
}

}  // namespace tocsin::task_internal
