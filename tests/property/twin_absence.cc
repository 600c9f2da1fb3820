#include <absl/strings/str_cat.h>

#include "twin_kinds.h"

namespace tocsin::property {
namespace {

constexpr int64_t kMinute = 60'000'000;

// All deadlines of January and February 2009 by the clock of the desk south in the test pack: an
// hour ahead of UTC, but two from 10:00 of the 3rd until 21:00 of the 6th.
std::vector<int64_t> Deadlines(const std::string& daily_by) {
  const int64_t start = 1'230'768'000 * int64_t{1'000'000};  // 2009-01-01
  const int64_t by = std::stoi(daily_by.substr(0, 2)) * 60 + std::stoi(daily_by.substr(3));
  std::vector<int64_t> deadlines;
  for (int64_t day = -4; day < 60; ++day) {
    // The first minute at which the clock shows the time of that day, or more.
    int64_t minute = (day - 2) * 1440;
    while (true) {
      const bool ahead = minute >= 2 * 1440 + 600 && minute < 5 * 1440 + 1260;
      if (minute + (ahead ? 120 : 60) >= day * 1440 + by) break;
      ++minute;
    }
    deadlines.push_back(start + minute * kMinute);
  }
  return deadlines;
}

int64_t DeadlineOf(const TwinRule& rule, int64_t time) {
  if (rule.daily_by.empty()) return time + rule.minutes * kMinute;
  static std::map<std::string, std::vector<int64_t>> known;
  std::vector<int64_t>& deadlines = known[rule.daily_by];
  if (deadlines.empty()) deadlines = Deadlines(rule.daily_by);
  int not_before = 0;
  for (const int64_t deadline : deadlines) {
    if (deadline >= time && ++not_before == 2) return deadline;
  }
  return INT64_MAX;
}

}  // namespace

std::vector<Found> Absences(const Whole& whole) {
  const TwinRule& rule = whole.rule;
  const std::vector<Item>& all = whole.items;
  std::map<int64_t, Item> by_time;
  for (const Item& item : all) {
    const auto [it, fresh] = by_time.emplace(TimeOfEvent(*item.event), item);
    if (!fresh && item.event->identity < it->second.event->identity) it->second = item;
  }
  const Known known = KnownAt(rule, whole.last);
  std::vector<Found> found;
  for (auto it = by_time.begin(); it != by_time.end(); ++it) {
    const auto next = std::next(it);
    const int64_t settled = DeadlineOf(rule, it->first) + rule.settle_minutes * kMinute;
    const bool told = known.any && known.upto > settled;
    Found one;
    int64_t gap = 0;
    one.severity = "minor";
    one.onset = DeadlineOf(rule, it->first);
    one.evidence = {it->second};
    if (next != by_time.end()) {
      if (next->first <= one.onset || (rule.settle_minutes > 0 && !told)) continue;
      one.evidence.push_back(next->second);
      gap = (next->first - it->first) / 1'000'000;
      one.state = "resolved";
    } else {
      if (!told) continue;
      gap = (one.onset - it->first) / 1'000'000;
      one.open = true;
      one.state = known.unknown ? "unknown" : "silent";
    }
    one.measure = absl::StrCat("gap_s=", gap);
    found.push_back(one);
  }
  return found;
}

}  // namespace tocsin::property
