#include "lib/lifecycle/inherit.h"

#include <random>

#include <gtest/gtest.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

const MissionId kUnamid("unamid");
const GradedWarning kOld{WarningId("old"), Severity::kSevere};
const GradedWarning kNew{WarningId("new"), Severity::kSevere};

// The lives of the two, and what was written about them.
class Lives {
 public:
  Outcome Do(const GradedWarning& on, ActionDetail detail, const std::string& person = "officer-1",
             const std::string& comment = "") {
    Action action;
    action.action_id = StrCat("a", ++actions_);
    action.mission = kUnamid;
    action.warning = on.id;
    action.person = person;
    action.desk = "unamid";
    action.detail = std::move(detail);
    action.comment = comment;
    action.warning_revision = 1;
    action.acted = FromMicros(1000 + actions_);
    return Write(action);
  }
  Outcome Write(const Action& action) {
    Lifecycle& life = Of(action.warning);
    Applied applied = Apply(life, action, kUnamid);
    life = std::move(applied.lifecycle);
    return applied.outcome;
  }
  // What the gateway would write now.
  std::optional<Action> Next(const GradedWarning& into = kNew) {
    return ActionOn(into, NextInheritance(kOld, old_, into, new_));
  }
  std::optional<Action> NextOfPart(const GradedWarning& part = kNew) {
    return ActionOn(part, InheritanceOfPart(kOld, old_, part, new_));
  }
  Lifecycle& Of(const WarningId& id) { return id == kOld.id ? old_ : new_; }

 private:
  static std::optional<Action> ActionOn(const GradedWarning& into,
                                        std::optional<Inheritance> next) {
    if (!next) return std::nullopt;
    Action action;
    action.action_id = next->action_id;
    action.mission = kUnamid;
    action.warning = into.id;
    action.detail = std::move(next->detail);
    return action;
  }

  Lifecycle old_, new_;
  int actions_ = 0;
};

TEST(InheritTest, WhatWasDoneGoesOnAtTheSurvivor) {
  Lives lives;
  EXPECT_FALSE(lives.Next().has_value());  // nobody did anything
  lives.Do(kOld, Acknowledge{FromMicros(9'000)}, "officer-1", "patrol tasked");
  lives.Do(kOld, Assign{"officer-2"});
  lives.Do(kOld, Respond{"QRF", ResponseStage::kTasked, FromMicros(5)});
  lives.Do(kOld, Link{WarningId("third")});
  lives.Do(kOld, Link{kNew.id});
  lives.Do(kOld, Escalate{EscalationLevel::kDeputy});
  const auto next = lives.Next();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(lives.Write(*next), Outcome::kApplied);
  const Lifecycle& life = lives.Of(kNew.id);
  EXPECT_EQ(life.state, LifecycleState::kAcknowledged);
  EXPECT_EQ(life.acknowledged_by, "officer-1");
  EXPECT_EQ(life.acknowledgement_expires, FromMicros(9'000));
  EXPECT_EQ(life.acknowledged_revision, 0);  // what it has become may be acknowledged anew
  EXPECT_EQ(life.owner, "officer-2");
  EXPECT_EQ(life.comment, "patrol tasked");
  EXPECT_EQ(life.comment_by, "officer-1");
  EXPECT_EQ(life.level, EscalationLevel::kDeputy);
  EXPECT_TRUE(life.responses.contains("QRF"));
  EXPECT_EQ(life.links, std::set<WarningId>{WarningId("third")});
  EXPECT_EQ(life.predecessors, std::set<WarningId>{kOld.id});
  EXPECT_EQ(lives.Do(kNew, Acknowledge{}, "officer-3"), Outcome::kApplied);
  // All of it has come, and the same record again does nothing.
  EXPECT_FALSE(lives.Next().has_value());
  EXPECT_EQ(lives.Write(*next), Outcome::kDuplicate);
  EXPECT_EQ(lives.Of(kNew.id).acknowledged_by, "officer-3");
}

TEST(InheritTest, NobodyHasSeenWhatHasBecomeGraver) {
  Lives lives;
  lives.Do(kOld, Acknowledge{}, "officer-1");
  lives.Do(kOld, Assign{"officer-2"});
  const auto next = lives.Next({kNew.id, Severity::kExtreme});
  ASSERT_TRUE(next.has_value());
  lives.Write(*next);
  EXPECT_EQ(lives.Of(kNew.id).state, LifecycleState::kNew);
  EXPECT_EQ(lives.Of(kNew.id).owner, "officer-2");
}

TEST(InheritTest, WhatWasDoneWithTheSurvivorComesFirst) {
  Lives lives;
  lives.Do(kOld, Acknowledge{}, "officer-1", "of the old one");
  lives.Do(kOld, Assign{"officer-1"});
  lives.Do(kNew, Acknowledge{}, "officer-3", "of the new one");
  lives.Do(kNew, Assign{"officer-4"});
  lives.Do(kNew, Respond{"QRF", ResponseStage::kOnScene, FromMicros(7)});
  lives.Do(kOld, Respond{"QRF", ResponseStage::kTasked, FromMicros(5)});
  lives.Write(lives.Next().value());
  const Lifecycle& life = lives.Of(kNew.id);
  EXPECT_EQ(life.acknowledged_by, "officer-3");
  EXPECT_EQ(life.owner, "officer-4");
  EXPECT_EQ(life.comment, "of the new one");
  EXPECT_EQ(life.responses.at("QRF").on_scene, FromMicros(7));
  EXPECT_EQ(life.responses.at("QRF").tasked, kUnknownTime);
  // Resolved here stays resolved.
  lives.Do(kNew, Resolve{});
  lives.Do(kOld, Remark{}, "officer-1", "late words");
  EXPECT_EQ(lives.Write(lives.Next().value()), Outcome::kNoChange);
  EXPECT_EQ(lives.Of(kNew.id).state, LifecycleState::kResolved);
  EXPECT_FALSE(lives.Next().has_value());
}

TEST(InheritTest, WhatIsDoneWithTheEndedOneLaterFollows) {
  Lives lives;
  lives.Do(kOld, Assign{"officer-1"});
  lives.Write(lives.Next().value());
  // It was on its way when the engine merged them.
  lives.Do(kOld, Acknowledge{}, "officer-2");
  lives.Write(lives.Next().value());
  EXPECT_EQ(lives.Of(kNew.id).acknowledged_by, "officer-2");
}

TEST(InheritTest, AnAcknowledgementThatLapsedDoesNotComeBack) {
  Lives lives;
  lives.Do(kOld, Acknowledge{FromMicros(2'000)}, "officer-1");
  lives.Write(lives.Next().value());
  EXPECT_EQ(lives.Do(kNew, Lapse{FromMicros(2'000)}, ""), Outcome::kApplied);
  lives.Do(kOld, Remark{}, "officer-1", "late words");
  lives.Write(lives.Next().value());
  EXPECT_EQ(lives.Of(kNew.id).state, LifecycleState::kNew);
  EXPECT_EQ(lives.Of(kNew.id).comment, "late words");
}

TEST(InheritTest, APartTakesAlongOnceWhatWasDoneWithTheWhole) {
  Lives lives;
  EXPECT_FALSE(lives.NextOfPart().has_value());
  lives.Do(kOld, Acknowledge{FromMicros(9'000)}, "officer-1", "patrol tasked");
  lives.Do(kOld, Assign{"officer-2"});
  lives.Do(kOld, Respond{"QRF", ResponseStage::kTasked, FromMicros(5)});
  const auto next = lives.NextOfPart();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->action_id, "inherit/old/split");
  EXPECT_EQ(lives.Write(*next), Outcome::kApplied);
  const Lifecycle& life = lives.Of(kNew.id);
  EXPECT_EQ(life.state, LifecycleState::kAcknowledged);
  EXPECT_EQ(life.acknowledged_by, "officer-1");
  EXPECT_EQ(life.acknowledged_revision, 0);
  EXPECT_EQ(life.owner, "officer-2");
  EXPECT_EQ(life.comment, "patrol tasked");
  EXPECT_TRUE(life.responses.contains("QRF"));
  EXPECT_EQ(life.predecessors, std::set<WarningId>{kOld.id});
  EXPECT_EQ(lives.Write(*next), Outcome::kDuplicate);
  // They are two now: what is done with the one is not done with the other.
  lives.Do(kOld, Respond{"FPU", ResponseStage::kTasked, FromMicros(6)});
  EXPECT_FALSE(lives.NextOfPart().has_value());
}

TEST(InheritTest, NobodyHasSeenAPartThatIsGraverNorOneOfWhatIsResolved) {
  Lives graver;
  graver.Do(kOld, Acknowledge{}, "officer-1");
  graver.Do(kOld, Assign{"officer-2"});
  graver.Write(graver.NextOfPart({kNew.id, Severity::kExtreme}).value());
  EXPECT_EQ(graver.Of(kNew.id).state, LifecycleState::kNew);
  EXPECT_EQ(graver.Of(kNew.id).owner, "officer-2");
  Lives resolved;
  resolved.Do(kOld, Acknowledge{}, "officer-1");
  resolved.Do(kOld, Resolve{}, "officer-1", "they went home");
  resolved.Write(resolved.NextOfPart().value());
  EXPECT_EQ(resolved.Of(kNew.id).state, LifecycleState::kNew);
  EXPECT_EQ(resolved.Of(kNew.id).comment, "they went home");
}

// Whatever is done with either, and whenever the gateway comes to it: in the end all has come,
// nobody's own word at the survivor is replaced, and a second gateway that writes the same changes
// nothing.
TEST(InheritProperty, ComesToAnEndAndReplacesNothing) {
  std::mt19937_64 engine(20101222);
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(engine() % n); };
  for (int round = 0; round < 2000; ++round) {
    Lives lives;
    for (int i = 0; i < 12; ++i) {
      const GradedWarning& on = below(2) == 0 ? kOld : kNew;
      const std::string person = StrCat("p", below(3));
      switch (below(6)) {
        case 0:
          lives.Do(on, Acknowledge{below(2) == 0 ? kNever : FromMicros(1'000 + below(3))}, person);
          break;
        case 1:
          lives.Do(on, Assign{person});
          break;
        case 2:
          lives.Do(on, Remark{}, person, StrCat("words ", i));
          break;
        case 3:
          lives.Do(on, below(2) == 0 ? ActionDetail(Resolve{}) : ActionDetail(Reopen{}), person);
          break;
        case 4:
          lives.Do(on, Respond{StrCat("u", below(2)), ResponseStage::kTasked, FromMicros(1 + i)},
                   person);
          break;
        default: {
          const Lifecycle before = lives.Of(kNew.id);
          const auto next = lives.Next();
          if (!next) break;
          lives.Write(*next);
          const Lifecycle once = lives.Of(kNew.id);
          EXPECT_EQ(lives.Write(*next), Outcome::kDuplicate);
          EXPECT_EQ(lives.Of(kNew.id), once);
          if (!before.owner.empty()) {
            EXPECT_EQ(once.owner, before.owner);
          }
          if (!before.comment.empty()) {
            EXPECT_EQ(once.comment, before.comment);
          }
          if (before.state != LifecycleState::kNew) {
            EXPECT_EQ(once.state, before.state);
          }
          for (const auto& [unit, response] : before.responses) {
            EXPECT_EQ(once.responses.at(unit), response);
          }
        }
      }
    }
    if (const auto next = lives.Next()) lives.Write(*next);
    ASSERT_FALSE(lives.Next().has_value()) << "round " << round;
    const Lifecycle& life = lives.Of(kNew.id);
    EXPECT_EQ(life.predecessors.contains(kOld.id), lives.Of(kOld.id).actions > 0);
    const auto stored = DecodeLifecycle(Encode(life));
    ASSERT_TRUE(stored.ok());
    EXPECT_EQ(*stored, life);
  }
}

}  // namespace
}  // namespace tocsin
