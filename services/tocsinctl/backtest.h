// A rules folder over files of reports, or over reports that were filed, and what a person is told
// of the result.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "lib/backtest/compare.h"
#include "lib/backtest/history.h"
#include "lib/backtest/lines.h"
#include "tocsinctl/offers.h"
#include "tocsinctl/world.h"

namespace tocsin::ctl {

struct BacktestOptions {
  std::vector<std::string> files;
  ImportOptions import;
  // What ingest accepted, instead of files; outlives the call.
  const std::vector<Report>* filed = nullptr;
  bool shadow = false;       // rules in shadow, too, as if they were live
  Time from = kUnknownTime;  // lines issued before are left out; their reports are read
  Time to = kUnknownTime;    // what is known only after it is not read; unknown: no end
};

// The first or the last moment of what a person wrote for this flag; kUnknownTime for nothing.
absl::StatusOr<Time> Edge(const std::string& flag, const std::string& text, bool last);

struct BacktestResult {
  std::vector<WarningLine> lines;
  std::vector<Offers::File> files;    // with the problems of their rows
  std::vector<std::string> problems;  // reports that ingest would refuse
  int64_t reports = 0, repeated = 0, expired_when_issued = 0;
  Time first = kUnknownTime, last = kUnknownTime;  // accept times of what was read
  double seconds = 0;                              // in the cores, files not counted
  bool clean() const;
};

struct Loaded {
  std::shared_ptr<World> world;
  std::vector<Offers::File> files;
  History history;  // up to `to`
};
absl::StatusOr<Loaded> LoadHistory(std::shared_ptr<World> rules, const BacktestOptions& options);

absl::StatusOr<BacktestResult> Backtest(const std::string& rules_dir,
                                        const BacktestOptions& options);
absl::StatusOr<BacktestResult> Backtest(std::shared_ptr<World> rules,
                                        const BacktestOptions& options);

// Tables: by rule; by JOC and severity; by JOC and watch of twelve hours from 00:00 and 12:00 UTC.
void PrintBacktest(const BacktestResult& result);
nlohmann::json BacktestJson(const BacktestResult& result);

// By rule, and the first `most` differences one by one.
void PrintChanges(const std::vector<Change>& changes, size_t most);
nlohmann::json ChangesJson(const std::vector<Change>& changes);

}  // namespace tocsin::ctl
