// What a change of rules has left the engine to do, as its "evaluated up to" tells it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tocsin/v1/warning.pb.h"

namespace tocsin::ctl {

struct ChangeProgress {
  // By topic, its partitions together: records read again, and to be read in all.
  struct Read {
    int64_t done = 0, all = 0;
  };
  std::set<std::string> backfilling;       // rules for which these are read
  std::map<std::string, Read> topics;      // empty unless some rule backfills
  std::map<std::string, int> reconciling;  // by rule: tasks that have not done all of its keys
  int tasks = 0;
};

// Of one evaluation of each task; how far the reading is, from the latest of them.
ChangeProgress ChangeProgressOf(const std::vector<v1::EvaluatedUpTo>& evaluated);

// "a, b: reading again, unamid sitreps 12,400 of 31,000; 3 of 4 topics are done", and
// "c: what stands is reconciled in 1 of 4 partitions". Empty when there is nothing to do.
std::vector<std::string> LinesOf(const ChangeProgress& progress);
nlohmann::json ToJson(const ChangeProgress& progress);

}  // namespace tocsin::ctl
