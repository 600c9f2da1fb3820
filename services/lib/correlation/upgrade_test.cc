// A build goes on from what one of a former semantics version left: docs/decisions/0024.
//
// The former build is one that takes the rule's words otherwise. What it leaves is made by rules
// that say in other words what it understood: its state is theirs, with the words of the rule.
#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"
#include "lib/correlation/told_testing.h"
#include "lib/domain/archive.h"

namespace tocsin {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Document> Rules(int64_t least, const std::string& window) {
  const auto rule = [&](const std::string& name, const std::string& severity) {
    return RuleDocument(name,
                        "kind: event_count\ngroup_by: [corridor]\n"
                        "selections: {attack: {types: [security.attack]}}\n"
                        "condition: {window: " +
                            window + ", severities: {" + severity + ": " + std::to_string(least) +
                            "}}\naddress: all\nlifetime: 10d\n");
  };
  return {rule("one", "moderate"), rule("two", "severe")};
}

std::string MetaOf(int64_t semantics) {
  StateWriter out;
  out(kCorrelatorStateFormat, semantics);
  return out.Take();
}

// `state` as the former build would have left it that took `meant` for `rules`.
void MakeFormer(Bench& rules, MemoryState& meant) {
  meant.Put("p", *rules.state().Get("p"));
  meant.Put("m", MetaOf(CorrelatorSemanticsVersion() - 1));
}

std::vector<KeyedRecord> HistoryOf(uint64_t seed, const Pack& pack) {
  std::mt19937_64 random(seed);
  std::vector<KeyedRecord> records;
  int64_t minute = 0;
  for (int i = 0; i < 60; ++i) {
    minute += static_cast<int64_t>(random() % 5);
    const std::string id = "e" + std::to_string(i);
    if (i > 5 && random() % 6 == 0) {
      const std::string gone = "e" + std::to_string(random() % static_cast<uint64_t>(i));
      records.emplace_back(Withdraw{{}, {MissionId("north"), EventId(gone)}, 2});
    } else if (random() % 4 == 0) {
      records.emplace_back(Bench::TickAt(minute));
    } else {
      const KeyedEvent event = AttackAt(id, minute);
      records.emplace_back(Insert{KeysOf(pack, event), event});
    }
  }
  records.emplace_back(Bench::TickAt(minute + 1));
  return records;
}

struct Outcome {
  Told told;
  MemoryState state;
};

Outcome RunUpgraded(const std::vector<KeyedRecord>& history, size_t at, bool restarts) {
  Bench words(Rules(3, "15m"));
  Bench former(Rules(2, "10m"));
  Outcome outcome;
  for (size_t i = 0; i < at; ++i) outcome.told.Add(former.Step(history[i]).warnings);
  outcome.state = former.state();
  MakeFormer(words, outcome.state);
  auto next = std::make_unique<Correlator>(0, 4);
  EXPECT_TRUE(next->Load(outcome.state).ok());
  for (size_t i = at; i < history.size(); ++i) {
    CorrelatorEffects effects;
    EXPECT_TRUE(next->Step(history[i], outcome.state, effects).ok());
    outcome.told.Add(effects.warnings);
    if (!restarts) continue;
    next = std::make_unique<Correlator>(0, 4);
    EXPECT_TRUE(next->Load(outcome.state).ok());
  }
  return outcome;
}

TEST(UpgradeTest, WhatStandsInTheEndIsWhatTheNewBuildAloneWouldHaveTold) {
  const auto pack = ParsePack(ControlOf(Rules(3, "15m")).documents, TestMissions());
  ASSERT_TRUE(pack.ok()) << pack.status();
  size_t differed = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<KeyedRecord> history = HistoryOf(seed, *pack);
    const size_t at = seed % (history.size() - 1);
    Bench alone(Rules(3, "15m"));
    Told expected;
    for (const KeyedRecord& record : history) expected.Add(alone.Step(record).warnings);
    const Outcome upgraded = RunUpgraded(history, at, false);
    EXPECT_TRUE(upgraded.told.Standing() == expected.Standing())
        << upgraded.told.Standing().size() << " and " << expected.Standing().size();
    differed += upgraded.told.all() != expected.all() ? 1 : 0;
    const Outcome restarted = RunUpgraded(history, at, true);
    EXPECT_TRUE(restarted.told.all() == upgraded.told.all());
    EXPECT_TRUE(restarted.state.entries() == upgraded.state.entries());
  }
  EXPECT_GT(differed, 30u) << "the builds must differ for this to say anything";
}

class TwoBuilds : public ::testing::Test {
 protected:
  TwoBuilds() {
    former_.File(AttackAt("a", 0));
    const std::vector<Warning> told = former_.File(AttackAt("b", 1));
    EXPECT_THAT(told, SizeIs(2));
    state_ = former_.state();
    MakeFormer(words_, state_);
    EXPECT_TRUE(next_.Load(state_).ok());
  }

  Bench words_{Rules(3, "10m")};
  Bench former_{Rules(2, "10m")};
  MemoryState state_;
  Correlator next_{0, 4};
};

TEST_F(TwoBuilds, WhatTheNewBuildDoesNotFindEndsOnceAndAlertsNobody) {
  CorrelatorEffects effects;
  ASSERT_TRUE(next_.Step(Bench::TickAt(2), state_, effects).ok());
  ASSERT_THAT(effects.warnings, SizeIs(2));
  for (const Warning& ended : effects.warnings) {
    EXPECT_EQ(ended.message_type, MessageType::kCancel);
    EXPECT_EQ(ended.revision, 2);
    EXPECT_TRUE(ended.found_by_backfill);
    EXPECT_FALSE(ended.alerts);
  }
  EXPECT_EQ(effects.counts.at("upgrades"), 1);
  EXPECT_EQ(*state_.Get("m"), MetaOf(CorrelatorSemanticsVersion()));
  CorrelatorEffects later;
  ASSERT_TRUE(next_.Step(Bench::TickAt(3), state_, later).ok());
  EXPECT_THAT(later.warnings, IsEmpty());
  EXPECT_EQ(later.counts.at("upgrades"), 0);
}

TEST_F(TwoBuilds, ABadRecordTakesNothingOver) {
  const auto before = state_.entries();
  CorrelatorEffects effects;
  const BackfillDone bad{"another digest", {RuleId("one")}};
  EXPECT_EQ(next_.Step(bad, state_, effects).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(state_.entries(), before);
  ASSERT_TRUE(next_.Step(Bench::TickAt(2), state_, effects).ok());
  EXPECT_THAT(effects.warnings, SizeIs(2)) << "the next one does";
}

TEST_F(TwoBuilds, AnEventOfAKeyThatWaitsHasItReconciledAtOnce) {
  const KeyedEvent third = AttackAt("c", 2);
  const auto pack = ParsePack(ControlOf(Rules(3, "10m")).documents, TestMissions());
  ASSERT_TRUE(pack.ok());
  CorrelatorEffects effects;
  ASSERT_TRUE(next_.Step(Insert{KeysOf(*pack, third), third}, state_, effects).ok());
  ASSERT_THAT(effects.warnings, SizeIs(2));
  for (const Warning& warning : effects.warnings) {
    EXPECT_EQ(warning.message_type, MessageType::kUpdate);
    EXPECT_THAT(EvidenceIds(warning), ::testing::ElementsAre("a", "b", "c"));
  }
}

}  // namespace
}  // namespace tocsin
