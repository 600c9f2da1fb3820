// For tests of backfills: a router under some rules, its topics, and what it reads of them again.
#pragma once

#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {

inline const SourceId kWest = Sitreps("west");
inline const SourceId kEast = Sitreps("east");

inline std::vector<Document> Without(std::vector<Document> documents, const std::string& rule) {
  std::erase_if(documents, [&](const Document& document) { return document.name == rule; });
  return documents;
}
// One rule is new: by-area wants attacks of the areas.
inline const std::vector<Document> kBefore = Without(Documents(), "by-area");

class BackfillTest : public testing::Test {
 protected:
  BackfillTest() { line_.Activate(kBefore); }

  void Live(const Event& event) {
    log_[Sitreps(event.identity.mission.str())].push_back(event);
    const absl::Status status = line_.Feed(event);
    ASSERT_TRUE(status.ok()) << status;
  }

  // The next record that the router wants of the source.
  absl::Status Again(const SourceId& source) {
    for (const ReadAgain& part : line_.router().Rereads()) {
      if (part.source == source) {
        return line_.FeedAt(AgainSource(source), part.from, log_[source].at(part.from));
      }
    }
    return absl::NotFoundError("nothing is left to read");
  }
  void AllAgain() {
    while (!line_.router().Rereads().empty()) {
      const absl::Status status = Again(line_.router().Rereads().front().source);
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  std::vector<std::string> Backfilling() {
    std::vector<std::string> rules;
    for (const RuleId& rule : line_.router().backfilling()) rules.push_back(rule.str());
    return rules;
  }
  // All inserts of the last step are (not) for rules that backfill.
  void ExpectBackfill(bool backfill) {
    ASSERT_FALSE(line_.Records<Insert>().empty());
    for (const Insert& insert : line_.Records<Insert>()) EXPECT_EQ(insert.backfill, backfill);
  }

  Timeline line_;
  std::map<SourceId, std::vector<Event>> log_;
};

}  // namespace tocsin::testing_pack
