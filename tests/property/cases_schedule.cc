#include "cases_schedule.h"

namespace tocsin::property {
namespace {

constexpr Time kStart = FromMicros(int64_t{1'230'768'000} * 1'000'000);  // 2009-01-01
constexpr int64_t kTimes = 300;  // five hours for a minute, so that 48 minutes are ten days

}  // namespace

void MakeRandomSchedule(TwinRule& rule, Random& random) {
  rule.minutes = 2 * 24 * 60;
  // The clock of the desk leaps over half past eleven once, and shows half past ten twice.
  rule.daily_by = random.Of(std::vector<std::string>{"00:00", "05:00", "11:30", "12:00", "18:00",
                                                     "22:30", "23:00", "23:59"});
  rule.lifetime_minutes *= 60;
  // Histories take 25 days and know no lateness: nothing may be forgotten before. Without the type
  // that may be 30 days late only the lifetime sees to that.
  if (rule.selections[0].types.size() == 1) rule.lifetime_minutes += 25 * 24 * 60;
}

void StretchToDays(std::vector<Op>& ops, Random& random) {
  const auto stretch = [](Time& time) { time = kStart + (time - kStart) * kTimes; };
  // Full hours often hit a deadline.
  const bool hours = random.OneIn(2);
  for (Op& op : ops) {
    if (op.what == Op::What::kTick) {
      stretch(op.tick.clock);
      for (SourceTime& source : op.tick.sources) stretch(source.last_accepted);
      continue;
    }
    stretch(op.event.observed.from);
    stretch(op.event.observed.to);
    stretch(op.event.accepted);
    if (op.event.valid) {
      stretch(op.event.valid->from);
      stretch(op.event.valid->to);
    }
    if (hours) continue;
    const Duration later = std::chrono::minutes(random.Below(kTimes));
    op.event.observed.from += later;
    op.event.observed.to += later;
  }
}

}  // namespace tocsin::property
