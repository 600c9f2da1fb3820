// Telling a history to the engine, the way the router would.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cases.h"
#include "lib/base/state.h"
#include "lib/correlation/correlator.h"
#include "lib/rules/pack.h"

namespace tocsin::property {

inline constexpr int32_t kPartition = 3;
inline constexpr int32_t kPartitions = 8;

// The registers of the tests with this rule as document `name` of `version`.
std::vector<Document> DocumentsOf(const TwinRule& rule, const std::string& name, int32_t version);

// What must hold of every sequence of records of a warning; says what does not.
std::string CheckRecord(const Warning& warning, std::map<WarningId, Warning>& standing,
                        std::set<int64_t>& numbers);

// An engine with one rule in effect, and the state it had just then.
class Engine {
 public:
  explicit Engine(const TwinRule& rule);

  struct Outcome {
    std::vector<std::string> engine, twin;  // lines, sorted
    std::string effects;                    // encoded, in order
    std::string problem;                    // an error, or a broken promise about records
    bool same() const { return problem.empty() && engine == twin; }
  };
  // `always_restart`: a new Correlator for every step.
  Outcome Run(const std::vector<Op>& ops, bool always_restart);

 private:
  const TwinRule rule_;
  Pack pack_;  // for the part of the router
  MemoryState base_;
  std::unique_ptr<Correlator> correlator_;
};

}  // namespace tocsin::property
