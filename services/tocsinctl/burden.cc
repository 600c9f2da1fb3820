#include "tocsinctl/burden.h"

#include <algorithm>
#include <iostream>
#include <map>

#include <absl/strings/str_format.h>

#include "lib/base/text.h"
#include "lib/rules/words.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

constexpr int64_t kOf100 = 95;

// Warnings in each watch of the time, ascending; as many numbers as there are watches.
std::vector<int64_t> ByWatch(const std::vector<WarningLine>& lines, const MissionId& mission,
                             Duration watch, Time first, Time last) {
  const auto watch_of = [&](Time t) {
    const int64_t at = t.time_since_epoch().count();
    const int64_t length = watch.count();
    return at >= 0 ? at / length : -((-at + length - 1) / length);
  };
  std::map<int64_t, int64_t> counts;
  int64_t begin = watch_of(first), end = watch_of(last);
  for (const WarningLine& line : lines) {
    if (line.mission != mission) continue;
    ++counts[watch_of(line.issued)];
    end =
        std::max(end, watch_of(line.issued));  // what only time brings comes after the last report
  }
  std::vector<int64_t> watches(static_cast<size_t>(end - begin + 1), 0);
  size_t i = 0;
  for (const auto& [number, count] : counts) {
    if (number >= begin) watches[i++] = count;
  }
  std::sort(watches.begin(), watches.end());
  return watches;
}

// The least number that 95 of 100 watches do not exceed: by nearest rank.
int64_t High(const std::vector<int64_t>& ascending) {
  const auto count = static_cast<int64_t>(ascending.size());
  const int64_t rank = (count * kOf100 + 99) / 100;
  return rank == 0 ? 0 : ascending[static_cast<size_t>(rank - 1)];
}

int64_t CountOf(const std::vector<WarningLine>& lines, const MissionId& mission) {
  return std::count_if(lines.begin(), lines.end(),
                       [&](const WarningLine& line) { return line.mission == mission; });
}

}  // namespace

Burden MeasureBurden(const Pack& pack, const std::vector<MissionId>& live,
                     const BacktestResult& proposed, const BacktestResult& in_effect) {
  Burden burden{
      .from = proposed.first, .to = proposed.last, .reports = proposed.reports, .missions = {}};
  for (const MissionId& mission : live) {
    const auto desk = pack.desks.find(mission);
    const Duration watch = desk == pack.desks.end() ? Desk{}.watch : desk->second.watch;
    const std::vector<int64_t> now =
        ByWatch(in_effect.lines, mission, watch, burden.from, burden.to);
    const std::vector<int64_t> then =
        ByWatch(proposed.lines, mission, watch, burden.from, burden.to);
    WatchBurden one{.mission = mission,
                    .watches = std::ssize(then),
                    .warnings = CountOf(proposed.lines, mission),
                    .warnings_before = CountOf(in_effect.lines, mission),
                    .high = High(then),
                    .high_before = High(now),
                    .most = then.back(),
                    .by_severity = {}};
    std::map<Severity, int64_t> severities;
    for (const WarningLine& line : proposed.lines) {
      if (line.mission == mission) ++severities[line.content.severity];
    }
    one.by_severity.assign(severities.begin(), severities.end());
    burden.missions.push_back(std::move(one));
  }
  std::sort(burden.missions.begin(), burden.missions.end());
  return burden;
}

void PrintBurden(const Burden& burden, const Pack& pack) {
  std::vector<std::vector<std::string>> rows = {{"JOC", "WARNINGS", "NOW", "MINOR", "MODERATE",
                                                 "SEVERE", "EXTREME", "WATCHES", "A WATCH",
                                                 "95 OF 100", "NOW", "MOST", "BUDGET"}};
  for (const WatchBurden& one : burden.missions) {
    std::vector<std::string> row = {one.mission.str(), StrCat(one.warnings),
                                    StrCat(one.warnings_before)};
    for (const Severity severity :
         {Severity::kMinor, Severity::kModerate, Severity::kSevere, Severity::kExtreme}) {
      const auto it = std::find_if(one.by_severity.begin(), one.by_severity.end(),
                                   [&](const auto& count) { return count.first == severity; });
      row.push_back(StrCat(it == one.by_severity.end() ? 0 : it->second));
    }
    const auto desk = pack.desks.find(one.mission);
    const bool stated = desk != pack.desks.end() && desk->second.warnings_per_watch.has_value();
    row.insert(row.end(),
               {StrCat(one.watches),
                absl::StrFormat("%.3f", static_cast<double>(one.warnings) /
                                            static_cast<double>(std::max<int64_t>(one.watches, 1))),
                StrCat(one.high), StrCat(one.high_before), StrCat(one.most),
                stated ? StrCat(*desk->second.warnings_per_watch) : "-"});
    rows.push_back(std::move(row));
  }
  PrintTable(rows);
  std::cout << burden.reports << " reports, " << Zulu(ToMicros(burden.from)) << " to "
            << Zulu(ToMicros(burden.to)) << "; as if every centre had accepted every rule\n";
}

}  // namespace tocsin::ctl
