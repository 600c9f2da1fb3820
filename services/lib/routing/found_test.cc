// How far what correlators find has come back: docs/decisions/0021.
#include "lib/routing/found.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const SourceId kMatches = {"fusion.matches.v1", 0};

Document CompositeOf(const std::string& name, const std::string& a, const std::string& b) {
  return MakeDocument("rule", name, 1,
                      StrCat("id: ", name, R"(
version: 1
title: {en: T}
why: because
kind: composite
group_by: [area]
selections:
  a: {rules: [)",
                             a, R"(]}
  b: {rules: [)",
                             b, R"(]}
condition: {within: 1d, all_of: [a, b], severity: severe}
address: all
urgency: expected
response: assess
label: {classification: unclassified, tlp: amber}
)"));
}

std::vector<Document> With(const std::vector<Document>& more) {
  std::vector<Document> documents = Documents();
  documents.insert(documents.end(), more.begin(), more.end());
  return documents;
}

class FoundTest : public testing::Test {
 protected:
  Tick Beat() {
    line_.Observe({.clock = kUnknownTime, .sources = {}, .beat = true});
    return line_.Close().value_or(Tick());
  }
  // The status, and the next tick.
  absl::Status Say(int32_t partition, const std::vector<FoundUpTo>& up_to) {
    return line_.Feed(kMatches, FoundMark{partition, line_.router().rules_digest(), up_to});
  }
  static FoundUpTo At(int64_t n) { return {n, kStart + n * kDay}; }
  Timeline line_;
};

TEST_F(FoundTest, WithoutRulesThatTakeAnythingBackTicksSayNothingOfIt) {
  line_.Activate();
  EXPECT_THAT(Beat().found, IsEmpty());
}

TEST_F(FoundTest, BeatsAreNumberedAlsoAfterARestart) {
  line_.Activate();
  EXPECT_EQ(Beat().number, 1);
  ASSERT_TRUE(line_.Feed(MakeEvent("west", "e", 4.5, kStart)).ok());
  EXPECT_EQ(line_.Close()->number, 0) << "no beat";
  line_.Restart();
  EXPECT_EQ(Beat().number, 2);
}

TEST_F(FoundTest, TheLeastOfAllPartitionsOnceAllHaveSaidIt) {
  line_.Activate(With({CompositeOf("both", "by-area", "by-corridor")}));
  for (int32_t partition = 0; partition < 3; ++partition) {
    ASSERT_TRUE(Say(partition, {At(5 + partition)}).ok());
    EXPECT_THAT(Beat().found, ElementsAre(FoundUpTo()));
  }
  ASSERT_TRUE(Say(3, {{9, kStart}}).ok());
  EXPECT_THAT(Beat().found, ElementsAre(FoundUpTo{5, kStart})) << "each the least";
  ASSERT_TRUE(Say(0, {At(8)}).ok());
  ASSERT_TRUE(Say(3, {{8, kStart + 30 * kDay}}).ok());
  line_.Restart();
  EXPECT_THAT(Beat().found, ElementsAre(At(6))) << "what was said stays said";
}

TEST_F(FoundTest, ItMovesNoTime) {
  line_.Activate(With({CompositeOf("both", "by-area", "by-corridor")}));
  ASSERT_TRUE(line_.Feed(MakeEvent("west", "e", 4.5, kStart)).ok());
  const Tick before = *line_.Close();
  ASSERT_TRUE(Say(0, {At(100)}).ok());
  EXPECT_EQ(line_.Close(), std::nullopt) << "nor is it worth a tick";
  const Tick after = Beat();
  EXPECT_EQ(after.clock, before.clock);
  EXPECT_EQ(after.sources, before.sources);
}

TEST_F(FoundTest, ACompositeOfCompositesTakesTwoTrips) {
  line_.Activate(
      With({CompositeOf("both", "by-area", "by-corridor"), CompositeOf("all", "both", "by-area")}));
  EXPECT_THAT(Beat().found, ElementsAre(FoundUpTo(), FoundUpTo()));
  for (int32_t partition = 0; partition < 4; ++partition) {
    ASSERT_TRUE(Say(partition, {At(7), At(5 - partition)}).ok());
  }
  EXPECT_THAT(Beat().found, ElementsAre(At(7), At(2)));
}

TEST_F(FoundTest, OtherRulesHaveToBeSaidAgain) {
  line_.Activate(With({CompositeOf("both", "by-area", "by-corridor")}));
  const FoundMark old{0, line_.router().rules_digest(), {At(7)}};
  for (int32_t partition = 0; partition < 4; ++partition) {
    ASSERT_TRUE(Say(partition, {At(7)}).ok());
  }
  line_.Activate(With({CompositeOf("other", "by-area", "by-corridor")}));
  ASSERT_TRUE(line_.Feed(kMatches, old).ok());
  EXPECT_EQ(line_.total("found_repeated"), 1);
  for (int32_t partition = 1; partition < 4; ++partition) {
    ASSERT_TRUE(Say(partition, {At(9)}).ok());
  }
  EXPECT_THAT(Beat().found, Each(FoundUpTo()));
  line_.Restart();
  EXPECT_THAT(Beat().found, Each(FoundUpTo()));
}

TEST_F(FoundTest, AnIdentityIsKeptUntilWhatWasFoundOfItIsBack) {
  line_.Activate(With({CompositeOf("both", "by-area", "by-corridor")}));
  const auto expired = [&] { return line_.total("expired"); };
  ASSERT_TRUE(line_.Feed(MakeEvent("west", "e", 4.5, kStart)).ok());
  ASSERT_TRUE(line_.Feed(MakeEvent("west", "later", 4.5, kStart + 400 * kDay)).ok());
  Beat();
  EXPECT_EQ(expired(), 0);
  for (int32_t partition = 0; partition < 4; ++partition) {
    ASSERT_TRUE(Say(partition, {At(400)}).ok());
  }
  Beat();
  EXPECT_EQ(expired(), 1);
}

TEST_F(FoundTest, RefusesWhatNoCorrelatorSays) {
  line_.Activate(With({CompositeOf("both", "by-area", "by-corridor")}));
  const auto refusal = [&](int32_t partition, const std::vector<FoundUpTo>& up_to) {
    const absl::Status status = Say(partition, up_to);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  EXPECT_THAT(refusal(4, {At(1)}), HasSubstr("keyed_partition: is 4, there are 4"));
  EXPECT_THAT(refusal(-1, {At(1)}), HasSubstr("keyed_partition: is -1"));
  EXPECT_THAT(refusal(0, {}), HasSubstr("has 0 entries, the rules in effect need 1"));
  EXPECT_THAT(refusal(0, {At(1), At(1)}), HasSubstr("has 2 entries"));
}

}  // namespace
}  // namespace tocsin::testing_pack
