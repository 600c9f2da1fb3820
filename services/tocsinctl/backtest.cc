#include "tocsinctl/backtest.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iostream>
#include <set>

#include <absl/strings/str_format.h>

#include "lib/backtest/replay.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rules/words.h"
#include "tocsinctl/event_files.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

constexpr Duration kWatch = std::chrono::hours(12);
constexpr std::array<Severity, 4> kSeverities = {Severity::kMinor, Severity::kModerate,
                                                 Severity::kSevere, Severity::kExtreme};
constexpr std::array<const char*, kDifferenceCount> kDifferences = {
    "same", "earlier", "later", "new", "no_more", "joined", "split"};

using Watch = int64_t;
Watch WatchOf(Time t) { return t.time_since_epoch() / kWatch; }

struct MissionCount {
  int64_t all = 0;
  std::map<Severity, int64_t> by_severity;
  std::map<Watch, int64_t> by_watch;
  int64_t most_in_a_watch() const {
    int64_t most = 0;
    for (const auto& [watch, count] : by_watch) most = std::max(most, count);
    return most;
  }
};

std::map<MissionId, MissionCount> ByMission(const BacktestResult& result) {
  std::map<MissionId, MissionCount> counts;
  for (const WarningLine& line : result.lines) {
    MissionCount& count = counts[line.mission];
    ++count.all;
    ++count.by_severity[line.content.severity];
    ++count.by_watch[WatchOf(line.issued)];
  }
  return counts;
}

struct RuleCount {
  std::set<WarningId> warnings;
  int64_t lines = 0;
};

std::map<RuleId, RuleCount> ByRule(const BacktestResult& result) {
  std::map<RuleId, RuleCount> counts;
  for (const WarningLine& line : result.lines) {
    RuleCount& count = counts[line.rule];
    count.warnings.insert(line.id);
    ++count.lines;
  }
  return counts;
}

int64_t Watches(const BacktestResult& result) {
  return result.reports == 0 ? 0 : WatchOf(result.last) - WatchOf(result.first) + 1;
}

using DifferenceCounts = std::array<int64_t, kDifferences.size()>;

std::map<RuleId, DifferenceCounts> ByRule(const std::vector<Change>& changes) {
  std::map<RuleId, DifferenceCounts> counts;
  for (const Change& change : changes) {
    const RuleId& rule = change.here != nullptr ? change.here->rule : change.there->rule;
    ++counts[rule][static_cast<size_t>(change.difference)];
  }
  return counts;
}

std::string Row(const Change& change) {
  const WarningLine& line = change.here != nullptr ? *change.here : *change.there;
  const auto at = [](const WarningLine* one) {
    return one == nullptr ? std::string("-") : Zulu(ToMicros(one->issued));
  };
  return StrCat(kDifferences.at(static_cast<size_t>(change.difference)), "  ", line.mission.str(),
                "  ", line.rule.str(), "  ", at(change.here), " -> ", at(change.there), "  ",
                std::string(WordOf(line.content.severity)));
}

}  // namespace

bool BacktestResult::clean() const {
  return problems.empty() && std::all_of(files.begin(), files.end(), [](const Offers::File& file) {
           return file.refused == 0 && file.problems.empty();
         });
}

absl::StatusOr<Time> Edge(const std::string& flag, const std::string& text, bool last) {
  if (text.empty()) return kUnknownTime;
  const absl::StatusOr<When> when = ParseWhen(text, absl::UTCTimeZone());
  if (!when.ok()) {
    return absl::InvalidArgumentError(StrCat(flag, ": ", std::string(when.status().message())));
  }
  return last ? when->interval.to : when->interval.from;
}

absl::StatusOr<Loaded> LoadHistory(std::shared_ptr<World> rules, const BacktestOptions& options) {
  Loaded loaded;
  loaded.world = std::move(rules);
  if (options.filed != nullptr) {
    loaded.history = FiledHistory(*options.filed, loaded.world->pack());
  } else {
    TOCSIN_ASSIGN_OR_RETURN(Offers offers,
                            ReadEventFiles(options.files, options.import, loaded.world->import()));
    loaded.files = std::move(offers.files);
    std::vector<Report> reports;
    reports.reserve(offers.offers.size());
    for (Offer& offer : offers.offers) {
      // A record may hold what must be refused; that is no fault of the file.
      if (offer.expect == Expectation::kRefused) continue;
      reports.push_back({std::move(offer.event), offer.stream, std::move(offer.origin)});
    }
    loaded.history = MakeHistory(std::move(reports), {loaded.world, &loaded.world->pack()});
  }
  if (options.to != kUnknownTime) {
    std::erase_if(loaded.history.reports,
                  [&](const Report& report) { return report.event.accepted > options.to; });
  }
  return loaded;
}

absl::StatusOr<BacktestResult> Backtest(const std::string& rules_dir,
                                        const BacktestOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<World> world, World::Load(rules_dir));
  return Backtest(std::move(world), options);
}

absl::StatusOr<BacktestResult> Backtest(std::shared_ptr<World> rules,
                                        const BacktestOptions& options) {
  TOCSIN_ASSIGN_OR_RETURN(Loaded loaded, LoadHistory(std::move(rules), options));
  const World& world = *loaded.world;
  const std::vector<Report>& known = loaded.history.reports;
  BacktestResult result;
  result.files = std::move(loaded.files);
  result.problems = std::move(loaded.history.problems);
  result.repeated = loaded.history.repeated;
  result.reports = std::ssize(known);
  if (!known.empty()) {
    result.first = std::max(known.front().event.accepted, options.from);
    result.last = known.back().event.accepted;
  }
  WarningLines lines(world.places());
  const auto start = std::chrono::steady_clock::now();
  ReplayOptions replay;
  if (options.shadow) replay.shadow = ShadowRules::kToldAsIfLive;
  TOCSIN_RETURN_IF_ERROR(
      Replay(world.documents(), world.pack(), known, replay,
             [&](Time issued, const Warning& warning) { lines.Add(issued, warning); }));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.expired_when_issued = lines.expired_when_issued();
  result.lines = lines.Take();
  std::erase_if(result.lines, [&](const WarningLine& line) { return line.issued < options.from; });
  return result;
}

void PrintBacktest(const BacktestResult& result) {
  std::vector<std::vector<std::string>> rows = {{"RULE", "WARNINGS", "LINES"}};
  for (const auto& [rule, count] : ByRule(result)) {
    rows.push_back({rule.str(), StrCat(count.warnings.size()), StrCat(count.lines)});
  }
  PrintTable(rows);
  rows = {{"JOC", "ALL", "MINOR", "MODERATE", "SEVERE", "EXTREME", "WATCHES", "WITH ANY", "A WATCH",
           "MOST"}};
  const int64_t watches = Watches(result);
  for (const auto& [mission, count] : ByMission(result)) {
    std::vector<std::string> row = {mission.str(), StrCat(count.all)};
    for (const Severity severity : kSeverities) {
      const auto it = count.by_severity.find(severity);
      row.push_back(StrCat(it == count.by_severity.end() ? 0 : it->second));
    }
    row.push_back(StrCat(watches));
    row.push_back(StrCat(count.by_watch.size()));
    row.push_back(absl::StrFormat("%.3f", static_cast<double>(count.all) /
                                              static_cast<double>(std::max<int64_t>(watches, 1))));
    row.push_back(StrCat(count.most_in_a_watch()));
    rows.push_back(std::move(row));
  }
  std::cout << "\n";
  PrintTable(rows);
  std::cout << "\n"
            << result.reports << " reports, " << Zulu(ToMicros(result.first)) << " to "
            << Zulu(ToMicros(result.last)) << "; " << result.problems.size()
            << " that ingest would refuse, " << result.repeated << " repeated; "
            << result.expired_when_issued << " lines left out that had expired when issued\n"
            << absl::StrFormat(
                   "%.2f s, %.0f reports/s\n", result.seconds,
                   static_cast<double>(result.reports) / std::max(result.seconds, 1e-6));
}

nlohmann::json BacktestJson(const BacktestResult& result) {
  nlohmann::json json = {{"reports", result.reports},
                         {"refused", result.problems.size()},
                         {"repeated", result.repeated},
                         {"expired_when_issued", result.expired_when_issued},
                         {"lines", result.lines.size()},
                         {"watches", Watches(result)},
                         {"seconds", std::round(result.seconds * 1000) / 1000},
                         {"rules", nlohmann::json::object()},
                         {"missions", nlohmann::json::object()}};
  for (const auto& [rule, count] : ByRule(result)) {
    json["rules"][rule.str()] = {{"warnings", count.warnings.size()}, {"lines", count.lines}};
  }
  for (const auto& [mission, count] : ByMission(result)) {
    nlohmann::json& one = json["missions"][mission.str()];
    one = {{"lines", count.all},
           {"watches_with_any", count.by_watch.size()},
           {"most_in_a_watch", count.most_in_a_watch()}};
    for (const auto& [severity, number] : count.by_severity) {
      one["severities"][std::string(WordOf(severity))] = number;
    }
  }
  return json;
}

void PrintChanges(const std::vector<Change>& changes, size_t most) {
  std::vector<std::vector<std::string>> rows = {
      {"RULE", "SAME", "EARLIER", "LATER", "NEW", "NO MORE", "JOINED", "SPLIT"}};
  for (const auto& [rule, counts] : ByRule(changes)) {
    std::vector<std::string> row = {rule.str()};
    for (const int64_t count : counts) row.push_back(StrCat(count));
    rows.push_back(std::move(row));
  }
  std::cout << "\n";
  PrintTable(rows);
  size_t left = 0;
  for (const Change& change : changes) {
    if (change.difference == Difference::kSame) continue;
    if (left++ < most) std::cout << "  " << Row(change) << "\n";
  }
  if (left > most) std::cout << "  and " << left - most << " more (--json shows all)\n";
}

nlohmann::json ChangesJson(const std::vector<Change>& changes) {
  nlohmann::json json = {{"rules", nlohmann::json::object()}, {"changes", nlohmann::json::array()}};
  for (const auto& [rule, counts] : ByRule(changes)) {
    for (size_t i = 0; i < counts.size(); ++i) {
      json["rules"][rule.str()][kDifferences.at(i)] = counts.at(i);
    }
  }
  for (const Change& change : changes) {
    if (change.difference == Difference::kSame) continue;
    nlohmann::json one = {{"difference", kDifferences.at(static_cast<size_t>(change.difference))}};
    if (change.here != nullptr) one["here"] = nlohmann::json::parse(ToNdjson(*change.here));
    if (change.there != nullptr) one["there"] = nlohmann::json::parse(ToNdjson(*change.there));
    json["changes"].push_back(std::move(one));
  }
  return json;
}

}  // namespace tocsin::ctl
