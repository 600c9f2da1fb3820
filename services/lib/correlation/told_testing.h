// What correlators tell, as whoever reads it keeps it.
#pragma once

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "lib/domain/warning.h"

namespace tocsin {

// What was told, in the order of each warning; adding to it finds a revision that is missing or
// comes twice, and one that says nothing new.
class Told {
 public:
  using Emission = std::tuple<WarningId, int32_t, MessageType, WarningContent>;

  void Add(const std::vector<Warning>& warnings) {
    for (const Warning& warning : warnings) {
      const auto it = last_.find(warning.id);
      EXPECT_EQ(warning.revision, it == last_.end() ? 1 : it->second.revision + 1) << "no gap";
      if (it != last_.end() && warning.message_type == it->second.message_type) {
        EXPECT_NE(warning.content, it->second.content) << "only differences";
      }
      found_by_backfill_ += warning.found_by_backfill ? 1 : 0;
      last_.insert_or_assign(warning.id, warning);
      all_.emplace_back(warning.id, warning.revision, warning.message_type, warning.content);
    }
  }
  // By content: ids tell when a warning began, and under which version.
  std::multiset<WarningContent> Standing() const {
    std::multiset<WarningContent> standing;
    for (const auto& [id, warning] : last_) {
      if (warning.message_type != MessageType::kCancel) standing.insert(warning.content);
    }
    return standing;
  }
  const std::vector<Emission>& all() const { return all_; }
  int64_t found_by_backfill() const { return found_by_backfill_; }

 private:
  std::map<WarningId, Warning> last_;
  std::vector<Emission> all_;
  int64_t found_by_backfill_ = 0;
};

}  // namespace tocsin
