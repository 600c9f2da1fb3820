#include "report.h"

#include <absl/strings/str_join.h>

namespace tocsin::property {

std::string Report(const std::string& rules, std::vector<Op> ops, size_t from, const Runs& run) {
  for (bool again = true; again;) {
    again = false;
    for (size_t i = from; i + 1 < ops.size(); ++i) {
      std::vector<Op> fewer = ops;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
      if (run(fewer).same()) continue;
      ops = std::move(fewer);
      again = true;
      break;
    }
  }
  std::string text = rules + "history:\n";
  for (const Op& op : ops) text += "  " + Describe(op) + "\n";
  const Engine::Outcome outcome = run(ops);
  return text + "problem: " + outcome.problem + "\nengine:\n  " +
         absl::StrJoin(outcome.engine, "\n  ") + "\ntwin:\n  " +
         absl::StrJoin(outcome.twin, "\n  ");
}

}  // namespace tocsin::property
