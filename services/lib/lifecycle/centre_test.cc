#include "lib/lifecycle/centre.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

const MissionId kUnamid("unamid");

CentreAction Doing(std::string id, CentreDetail detail, int64_t at_s = 100,
                   std::string person = "officer-1", std::string comment = "a reason") {
  CentreAction action;
  action.action_id = std::move(id);
  action.mission = kUnamid;
  action.detail = std::move(detail);
  action.person = std::move(person);
  action.desk = "desk-1";
  action.comment = std::move(comment);
  action.acted = FromMicros(at_s * 1'000'000);
  return action;
}

Silence OfRule(const std::string& rule, int64_t expires_s) {
  return {{{}, {RuleId(rule)}, {}, Severity::kSevere}, FromMicros(expires_s * 1'000'000)};
}

class Log {
 public:
  Outcome Do(const CentreAction& action) {
    AppliedToCentre applied = Apply(centre, action, kUnamid);
    centre = std::move(applied.centre);
    return applied.outcome;
  }
  Centre centre;
};

TEST(CentreTest, ASilenceSaysWhoWhyAndUntilWhen) {
  Log log;
  EXPECT_EQ(log.Do(Doing("s", OfRule("r", 200))), Outcome::kApplied);
  const SilenceSet& silence = log.centre.silences.at("s");
  EXPECT_EQ(silence.person, "officer-1");
  EXPECT_EQ(silence.reason, "a reason");
  EXPECT_EQ(silence.set, FromMicros(100'000'000));
  EXPECT_EQ(silence.expires, FromMicros(200'000'000));
  EXPECT_EQ(silence.countersigned_by, "");
  EXPECT_EQ(log.Do(Doing("s", OfRule("other", 900))), Outcome::kDuplicate);
  EXPECT_EQ(log.Do(Doing("c", Countersign{"s"}, 110, "chief-1")), Outcome::kApplied);
  EXPECT_EQ(log.Do(Doing("c2", Countersign{"s"}, 110, "chief-2")), Outcome::kNoChange);
  EXPECT_EQ(log.centre.silences.at("s").countersigned_by, "chief-1");
  EXPECT_EQ(log.Do(Doing("e", EndSilence{"s"}, 120)), Outcome::kApplied);
  EXPECT_EQ(log.Do(Doing("e2", EndSilence{"s"}, 121)), Outcome::kGone);
  EXPECT_FALSE(log.centre.silences.at("s").HoldsAt(FromMicros(120'000'000)));
}

TEST(CentreTest, WhatIsOverIsGone) {
  Log log;
  log.Do(Doing("s", OfRule("r", 200)));
  EXPECT_EQ(log.Do(Doing("c", Countersign{"s"}, 200, "chief-1")), Outcome::kGone);
  EXPECT_EQ(log.Do(Doing("e", EndSilence{"s"}, 201)), Outcome::kGone);
}

TEST(CentreTest, IgnoredLeavesNoTrace) {
  Log log;
  CentreAction foreign = Doing("f", LogOff{});
  foreign.mission = MissionId("minurcat");
  const CentreAction program = Doing("p", OfRule("r", 200), 100, "");
  const CentreAction nameless = Doing("", OfRule("r", 200));
  const CentreAction unreasoned = Doing("u", OfRule("r", 200), 100, "officer-1", "");
  const CentreAction of_all = Doing("a", Silence{{}, FromMicros(200'000'000)});
  const CentreAction past = Doing("o", OfRule("r", 100));
  const CentreAction endless = Doing("l", OfRule("r", 100 + 7 * 24 * 3600 + 1));
  const CentreAction nothing = Doing("n", std::monostate());
  const CentreAction to_self = Doing("h", HandOver{"officer-1"});
  const CentreAction no_note = Doing("h2", HandOver{"officer-2"}, 100, "officer-1", "");
  CentreAction deskless = Doing("d", LogOn{"officer-1"});
  deskless.desk.clear();
  EXPECT_EQ(log.Do(foreign), Outcome::kForeignMission);
  EXPECT_EQ(log.Do(program), Outcome::kNoPerson);
  for (const CentreAction& action : {nameless, unreasoned, of_all, past, endless, nothing, to_self,
                                     no_note, deskless, Doing("w", LogOn{})}) {
    EXPECT_EQ(log.Do(action), Outcome::kMalformed) << action.action_id;
  }
  EXPECT_EQ(log.centre, Centre());
}

TEST(CentreTest, OnePersonAtADesk) {
  Log log;
  EXPECT_EQ(log.Do(Doing("1", LogOn{"officer-1"}, 100)), Outcome::kApplied);
  EXPECT_EQ(log.Do(Doing("2", LogOn{"officer-1"}, 150)), Outcome::kNoChange);
  EXPECT_EQ(log.centre.on_watch.at("desk-1").since, FromMicros(100'000'000));
  EXPECT_EQ(log.Do(Doing("3", LogOn{"officer-2"}, 160, "officer-2")), Outcome::kApplied);
  EXPECT_EQ(log.centre.on_watch.size(), 1U);
  EXPECT_EQ(log.centre.on_watch.at("desk-1").person, "officer-2");
  EXPECT_EQ(log.Do(Doing("4", LogOff{}, 170, "officer-2")), Outcome::kApplied);
  EXPECT_EQ(log.Do(Doing("5", LogOff{}, 171, "officer-2")), Outcome::kNoChange);
}

TEST(CentreTest, AWatchIsHandedOverByTwoSignatures) {
  Log log;
  log.Do(Doing("on", LogOn{"officer-1"}));
  EXPECT_EQ(log.Do(Doing("offer", HandOver{"officer-2"}, 110, "officer-1", "two open, column S")),
            Outcome::kApplied);
  EXPECT_EQ(log.Do(Doing("s1", SignHandOver{"offer"}, 111, "officer-3")), Outcome::kGone);
  CentreAction sign = Doing("s2", SignHandOver{"offer"}, 120, "officer-2");
  sign.desk = "desk-2";
  EXPECT_EQ(log.Do(sign), Outcome::kApplied);
  EXPECT_FALSE(log.centre.offered.has_value());
  ASSERT_TRUE(log.centre.handed_over.has_value());
  EXPECT_EQ(log.centre.handed_over->note, "two open, column S");
  EXPECT_EQ(log.centre.handed_over->was_signed, FromMicros(120'000'000));
  const std::map<std::string, OnWatch> on_watch = {
      {"desk-2", {"officer-2", FromMicros(120'000'000)}}};
  EXPECT_EQ(log.centre.on_watch, on_watch);
  sign.action_id = "s3";
  EXPECT_EQ(log.Do(sign), Outcome::kGone);
}

TEST(CentreTest, PlacesOfSilencesThatAreOverAreTakenAgain) {
  Log log;
  for (size_t i = 0; i < kMostSilences; ++i) {
    ASSERT_EQ(log.Do(Doing(StrCat("s", i), OfRule("r", 200 + static_cast<int64_t>(i % 2)))),
              Outcome::kApplied);
  }
  EXPECT_EQ(log.Do(Doing("more", OfRule("r", 300), 199)), Outcome::kTooMany);
  EXPECT_EQ(log.Do(Doing("later", OfRule("r", 300), 200)), Outcome::kApplied);
  for (size_t i = 0; i < 2 * kMostSilencesKept; ++i) {
    ASSERT_EQ(log.Do(Doing(StrCat("t", i), OfRule("r", 1000), 300)), Outcome::kApplied);
    ASSERT_EQ(log.Do(Doing(StrCat("e", i), EndSilence{StrCat("t", i)}, 300)), Outcome::kApplied);
  }
  EXPECT_EQ(log.centre.silences.size(), kMostSilencesKept);
}

// Drawn logs, with repetitions and bytes stored and read in between: the centre is a function of
// the log, and what is kept has bounds.
TEST(CentreProperty, IsAFunctionOfTheLog) {
  std::mt19937_64 engine(20110709);
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(engine() % n); };
  for (int round = 0; round < 200; ++round) {
    std::vector<CentreAction> drawn;
    Log log;
    Log stored;
    int64_t now = 100;
    for (int i = 0; i < 150; ++i) {
      now += below(4);
      if (!drawn.empty() && below(5) == 0) {
        drawn.push_back(drawn[static_cast<size_t>(below(drawn.size()))]);
      } else {
        const std::string some = StrCat("a", below(static_cast<uint64_t>(i) + 1));
        const std::string person = StrCat("p", below(3));
        const std::vector<CentreDetail> details = {
            OfRule(StrCat("r", below(3)), now + 1 + below(40)),
            Countersign{some},
            EndSilence{some},
            LogOn{person},
            LogOff{},
            HandOver{StrCat("p", below(3))},
            SignHandOver{some}};
        CentreAction action =
            Doing(StrCat("a", i), details[static_cast<size_t>(below(details.size()))], now, person);
        action.desk = StrCat("desk-", below(3));
        drawn.push_back(std::move(action));
      }
      const Outcome outcome = log.Do(drawn.back());
      EXPECT_EQ(stored.Do(drawn.back()), outcome);
      const auto decoded = DecodeCentre(Encode(stored.centre));
      ASSERT_TRUE(decoded.ok());
      stored.centre = *decoded;
      ASSERT_EQ(stored.centre, log.centre);
      EXPECT_EQ(log.Do(drawn.back()) == Outcome::kApplied, false);
      EXPECT_EQ(log.centre, stored.centre);
      EXPECT_LE(log.centre.silences.size(), kMostSilencesKept);
    }
  }
}

TEST(CentreTest, ForeignBytesAreDataLoss) {
  Log log;
  log.Do(Doing("s", OfRule("r", 200)));
  log.Do(Doing("on", LogOn{"officer-1"}));
  log.Do(Doing("offer", HandOver{"officer-2"}));
  const std::string bytes = Encode(log.centre);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(DecodeCentre(bytes.substr(0, length)).ok()) << length;
  }
  EXPECT_FALSE(DecodeCentre(bytes + "x").ok());
}

TEST(CentreTest, OnlyTheLastIdsAreKept) {
  Log log;
  for (size_t i = 0; i <= kMostSeen; ++i) {
    log.Do(Doing(StrCat("a", i), LogOn{StrCat("p", i)}));
  }
  EXPECT_EQ(log.centre.seen.size(), kMostSeen);
  EXPECT_FALSE(OutcomeOf(log.centre, "a0").has_value());
  EXPECT_EQ(OutcomeOf(log.centre, StrCat("a", kMostSeen)), Outcome::kApplied);
}

}  // namespace
}  // namespace tocsin
