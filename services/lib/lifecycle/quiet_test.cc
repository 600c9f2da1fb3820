#include "lib/lifecycle/quiet.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

constexpr Time At(int64_t seconds) { return FromMicros(seconds * 1'000'000); }

SilenceSet OfRule(const std::string& rule, int64_t expires_s,
                  Severity severity_max = Severity::kSevere, std::string chief = "") {
  return {{{}, {RuleId(rule)}, {}, severity_max},
          "officer-1",
          "why",
          At(0),
          At(expires_s),
          std::move(chief)};
}

Audible Of(const std::string& rule, Severity severity = Severity::kSevere) {
  return {WarningId("w"), RuleId(rule), severity, {AreaId("abyei")}, {}, {}};
}

TEST(QuietTest, EveryFieldThatIsGivenHasToMatch) {
  SilenceFilter filter;
  filter.rules = {RuleId("column")};
  filter.areas = {AreaId("abyei"), AreaId("darfur")};
  EXPECT_TRUE(Selects(filter, Of("column")));
  EXPECT_TRUE(Selects(filter, Of("column@unmis")));  // a mission's own form of it
  EXPECT_FALSE(Selects(filter, Of("flow")));
  filter.areas = {AreaId("darfur")};
  EXPECT_FALSE(Selects(filter, Of("column")));
  filter.areas.clear();
  filter.warnings = {WarningId("v")};
  EXPECT_FALSE(Selects(filter, Of("column")));
  filter.warnings = {WarningId("w")};
  EXPECT_TRUE(Selects(filter, Of("column")));
  filter.severity_max = Severity::kModerate;
  EXPECT_FALSE(Selects(filter, Of("column")));
}

TEST(QuietTest, TheSilenceThatEndsLastCounts) {
  Centre centre;
  centre.silences = {{"a", OfRule("column", 50)},
                     {"b", OfRule("column", 90)},
                     {"c", OfRule("column", 70)},
                     {"d", OfRule("flow", 99)}};
  const auto quiet = QuietBecause(centre, Of("column"), At(10));
  ASSERT_TRUE(quiet.has_value());
  EXPECT_EQ(*quiet, (Quiet{QuietReason::kSilenced, "b", At(90)}));
  EXPECT_FALSE(QuietBecause(centre, Of("column"), At(90)).has_value());
}

TEST(QuietTest, ExtremeIsLoudUntilTheChiefHasSigned) {
  Centre centre;
  const Audible extreme = Of("column", Severity::kExtreme);
  centre.silences = {{"a", OfRule("column", 50, Severity::kExtreme)}};
  EXPECT_FALSE(QuietBecause(centre, extreme, At(10)).has_value());
  EXPECT_TRUE(QuietBecause(centre, Of("column"), At(10)).has_value());
  centre.silences["a"].countersigned_by = "chief-1";
  EXPECT_TRUE(QuietBecause(centre, extreme, At(10)).has_value());
  // A signature does not widen the filter.
  centre.silences = {{"a", OfRule("column", 50, Severity::kSevere, "chief-1")}};
  EXPECT_FALSE(QuietBecause(centre, extreme, At(10)).has_value());
}

TEST(QuietTest, AWiderWarningHidesWhatItExplainsButNothingExtreme) {
  Audible narrow = Of("column");
  narrow.explained_by = {WarningId("wide")};
  EXPECT_EQ(QuietBecause({}, narrow, At(1)), (Quiet{QuietReason::kInhibited, "wide", kNever}));
  narrow.severity = Severity::kExtreme;
  EXPECT_FALSE(QuietBecause({}, narrow, At(1)).has_value());
}

// A gateway that writes what is due, now and then twice and now and then late: the life comes to
// say what the decision says, a warning wakes at the end of its quiet and not before, and nothing
// is written once it says so.
TEST(QuietProperty, TheLifeComesToSayWhatTheDecisionSays) {
  std::mt19937_64 engine(20120329);
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(engine() % n); };
  const MissionId joc("unamid");
  for (int round = 0; round < 500; ++round) {
    Centre centre;
    Lifecycle life;
    Audible warning = Of("column");
    int64_t now = 100;
    int written = 0;
    const auto write = [&](const Timed& timed, int64_t expect) {
      Action action;
      action.action_id = timed.action_id;
      action.mission = joc;
      action.warning = warning.id;
      action.detail = timed.detail;
      action.expect = expect;
      action.acted = At(now);
      Applied applied = Apply(life, action, joc);
      life = std::move(applied.lifecycle);
      return applied.outcome;
    };
    const auto next = [&] { return NextQuiet(centre, warning, At(0), life, At(now)); };
    for (int i = 0; i < 40; ++i) {
      now += below(20);
      switch (below(6)) {
        case 0:
          centre.silences[StrCat("s", i)] = OfRule("column", now + 1 + below(60));
          break;
        case 1:
          if (!centre.silences.empty()) centre.silences.begin()->second.ended = At(now);
          break;
        case 2:
          warning.severity = below(3) == 0 ? Severity::kExtreme : Severity::kSevere;
          break;
        case 3:
          warning.explained_by =
              below(2) == 0 ? std::set<WarningId>{} : std::set<WarningId>{WarningId("wide")};
          break;
        case 4: {
          const int64_t waits = below(40);
          warning.ring =
              GroupRing{RuleId("column"), i + 1, At(now + waits), std::chrono::seconds(waits)};
          break;
        }
        default:
          break;
      }
      for (int steps = 0;; ++steps) {
        ASSERT_LT(steps, 4);
        const auto due = next();
        if (!due || due->due > At(now)) break;
        const bool was_quiet = life.quiet.has_value();
        const int64_t expect = life.actions;
        ASSERT_EQ(write(*due, expect), Outcome::kApplied);
        ASSERT_EQ(write(*due, expect), Outcome::kDuplicate);
        ++written;
        if (std::holds_alternative<Wake>(due->detail)) {
          // Of what was not written as quiet, once for a silence: rather a bell too many.
          EXPECT_TRUE(was_quiet || due->action_id.starts_with("quiet/over/") ||
                      due->action_id.starts_with("quiet/digest/"));
          EXPECT_LE(life.waiting_since, At(now));
        }
      }
      EXPECT_EQ(life.quiet, QuietBecause(centre, warning, At(now)));
      EXPECT_FALSE(
          life.quiet &&
          NextTimed({Severity::kSevere, At(0)}, life,
                    {{Severity::kSevere, {{std::chrono::seconds(1), EscalationLevel::kDeputy}}}})
              .has_value());
    }
    EXPECT_LE(written, 100);
  }
}

TEST(QuietTest, WhatIsResolvedIsNotMadeQuiet) {
  Lifecycle life;
  life.state = LifecycleState::kResolved;
  Centre centre;
  centre.silences = {{"s", OfRule("column", 9)}};
  EXPECT_FALSE(NextQuiet(centre, Of("column"), At(0), life, At(1)).has_value());
}

// It was told while the silence held, and the silence was over before anybody wrote it down.
TEST(QuietTest, WhatWasToldQuietlyAndNeverWrittenSoIsWoken) {
  Centre centre;
  centre.silences = {{"s", OfRule("column", 50)}};
  Lifecycle life;
  const auto wake = NextQuiet(centre, Of("column"), At(49), life, At(60));
  ASSERT_TRUE(wake.has_value());
  EXPECT_EQ(std::get<Wake>(wake->detail).at, At(50));
  Action action;
  action.action_id = wake->action_id;
  action.mission = MissionId("unamid");
  action.warning = WarningId("w");
  action.detail = wake->detail;
  life = Apply(life, action, MissionId("unamid")).lifecycle;
  EXPECT_EQ(life.waiting_since, At(50));
  EXPECT_FALSE(NextQuiet(centre, Of("column"), At(49), life, At(61)).has_value());
  // One that came afterwards rang by itself, and one that somebody has needs no bell.
  EXPECT_FALSE(NextQuiet(centre, Of("column"), At(51), Lifecycle(), At(60)).has_value());
  Lifecycle taken;
  taken.state = LifecycleState::kAcknowledged;
  EXPECT_FALSE(NextQuiet(centre, Of("column"), At(49), taken, At(60)).has_value());
}

Lifecycle After(const Lifecycle& life, const Timed& timed) {
  Action action;
  action.action_id = timed.action_id;
  action.mission = MissionId("unamid");
  action.warning = WarningId("w");
  action.detail = timed.detail;
  action.expect = timed.expect;
  return Apply(life, action, MissionId("unamid")).lifecycle;
}

TEST(QuietTest, WhatComesInAStormRingsWithItsGroupAndAgainWhileNobodyTakesIt) {
  const Centre centre;
  Audible warning = Of("column");
  warning.ring = GroupRing{RuleId("column"), 2, At(130), std::chrono::seconds(30)};
  const Quiet quiet{QuietReason::kDigested, "column", At(130)};
  EXPECT_EQ(QuietBecause(centre, warning, At(100)), quiet);
  const auto begin = NextQuiet(centre, warning, At(100), Lifecycle(), At(101));
  ASSERT_TRUE(begin.has_value());
  Lifecycle life = After(Lifecycle(), *begin);
  EXPECT_EQ(life.quiet, quiet);
  const auto ring = NextQuiet(centre, warning, At(100), life, At(102));
  ASSERT_TRUE(ring.has_value());
  EXPECT_EQ(ring->due, At(130));
  life = After(life, *ring);
  EXPECT_FALSE(life.quiet.has_value());
  EXPECT_EQ(life.rang, At(130));
  EXPECT_EQ(life.waiting_since, At(130));
  EXPECT_FALSE(NextQuiet(centre, warning, At(100), life, At(131)).has_value());

  const Duration repeat = std::chrono::seconds(60);
  const auto again = NextRing(life, repeat, At(131));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->due, At(190));
  // Those that nobody was there to write are left out.
  EXPECT_EQ(NextRing(life, repeat, At(131 + 200))->due, At(310));
  life = After(life, *again);
  EXPECT_EQ(life.rang, At(190));
  EXPECT_EQ(life.waiting_since, At(130));  // who is to be sent for is sent for in time
  EXPECT_EQ(NextRing(life, repeat, At(191))->due, At(250));
  life.state = LifecycleState::kAcknowledged;
  EXPECT_FALSE(NextRing(life, repeat, At(191)).has_value());
  EXPECT_FALSE(NextRing(Lifecycle(), repeat, At(191)).has_value());
}

TEST(QuietTest, AStormHoldsBackNothingExtremeAndNothingForClocksThatDiffer) {
  const Centre centre;
  Audible warning = Of("column", Severity::kExtreme);
  warning.ring = GroupRing{RuleId("column"), 2, At(130), std::chrono::seconds(30)};
  EXPECT_FALSE(QuietBecause(centre, warning, At(100)).has_value());
  EXPECT_FALSE(NextQuiet(centre, warning, At(100), Lifecycle(), At(101)).has_value());
  warning.severity = Severity::kSevere;
  EXPECT_TRUE(QuietBecause(centre, warning, At(60)).has_value());
  EXPECT_FALSE(QuietBecause(centre, warning, At(30)).has_value());
  EXPECT_FALSE(QuietBecause(centre, warning, At(130)).has_value());
  // One that became Extreme while it waited rings at once.
  Lifecycle held;
  held.quiet = Quiet{QuietReason::kDigested, "column", At(130)};
  warning.severity = Severity::kExtreme;
  const auto ring = NextQuiet(centre, warning, At(100), held, At(110));
  ASSERT_TRUE(ring.has_value());
  EXPECT_EQ(ring->due, At(110));
  EXPECT_EQ(After(held, *ring).rang, At(110));
}

// It was held back by a gateway that ended before its life said so.
TEST(QuietTest, WhatWasHeldBackAndNeverWrittenSoRingsAllTheSame) {
  const Centre centre;
  Audible warning = Of("column");
  warning.ring = GroupRing{RuleId("column"), 2, At(130), std::chrono::seconds(30)};
  const auto ring = NextQuiet(centre, warning, At(100), Lifecycle(), At(140));
  ASSERT_TRUE(ring.has_value());
  const Lifecycle life = After(Lifecycle(), *ring);
  EXPECT_EQ(life.rang, At(130));
  EXPECT_EQ(life.waiting_since, kUnknownTime);
  EXPECT_FALSE(NextQuiet(centre, warning, At(100), life, At(141)).has_value());
  // Somebody has it as it is, or it is long ago.
  Lifecycle taken;
  taken.state = LifecycleState::kAcknowledged;
  taken.acknowledged_revision = 2;
  EXPECT_FALSE(NextQuiet(centre, warning, At(100), taken, At(140)).has_value());
  taken.acknowledged_revision = 1;
  EXPECT_TRUE(NextQuiet(centre, warning, At(100), taken, At(140)).has_value());
  EXPECT_FALSE(NextQuiet(centre, warning, At(100), Lifecycle(), At(140 + 3600)).has_value());
}

}  // namespace
}  // namespace tocsin
