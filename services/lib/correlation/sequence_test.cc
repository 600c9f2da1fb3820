// Sequences on timelines worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"
#include "lib/correlation/episodes.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Attacks (a), flights (f), sightings (s).
Document Pattern(const std::string& kind, const std::string& condition,
                 const std::string& more = "") {
  return RuleDocument("pattern", "kind: " + kind + R"(
group_by: [corridor]
selections:
  a: {types: [security.attack]}
  f: {types: [displacement.flow]}
)" + more + "condition: {within: 10m, severity: severe, " +
                                     condition + R"(}
address: other_side
lifetime: 30m
)");
}
Document Ordered(const std::string& condition = "", const std::string& more = "") {
  return Pattern("temporal_ordered", "steps: [a, f]" + condition, more);
}
constexpr char kSightings[] = "  s: {types: [security.sighting]}\n";

KeyedEvent Attack(const std::string& id, int64_t minute) { return AttackAt(id, minute); }
KeyedEvent Of(const char* type, const std::string& id, int64_t minute) {
  KeyedEvent event = AttackAt(id, minute);
  event.type = type;
  return event;
}
KeyedEvent Flight(const std::string& id, int64_t minute) {
  return Of("displacement.flow", id, minute);
}
KeyedEvent Sighting(const std::string& id, int64_t minute) {
  return Of("security.sighting", id, minute);
}

TEST(SequenceTest, InOrderWithinTheWindow) {
  Bench bench({Ordered()});
  EXPECT_THAT(bench.File(Flight("before", 19)), IsEmpty());
  EXPECT_THAT(bench.File(Flight("same", 20)), IsEmpty());
  EXPECT_THAT(bench.File(Flight("far", 31)), IsEmpty());
  EXPECT_THAT(bench.File(Attack("a", 20)), IsEmpty()) << "11 minutes before the only one after it";
  const auto warnings = bench.File(Flight("f", 30));
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("a", "f"));
  const WarningContent& content = warnings[0].content;
  EXPECT_EQ(content.severity, Severity::kSevere);
  EXPECT_EQ(content.onset, AtMinute(30));
  EXPECT_EQ(content.expires, AtMinute(60));
  EXPECT_THAT(content.measures, ElementsAre(Measure{"span_s", 600, 600}));
  EXPECT_EQ(content.absence_state, "");
  const auto shorter = bench.File(Flight("g", 24));
  ASSERT_THAT(shorter, SizeIs(1));
  EXPECT_EQ(shorter[0].id, warnings[0].id);
  EXPECT_EQ(shorter[0].content.onset, AtMinute(24));
  EXPECT_THAT(shorter[0].content.measures, ElementsAre(Measure{"span_s", 240, 600}));
}

TEST(SequenceTest, InAnyOrder) {
  Bench bench({Pattern("temporal", "steps: [a, f]")});
  bench.File(Flight("f", 0));
  EXPECT_THAT(bench.File(Attack("late", 11)), IsEmpty());
  EXPECT_THAT(bench.File(Attack("a", 10)), SizeIs(1));
  EXPECT_THAT(bench.File(Attack("b", 0)), SizeIs(1)) << "at one time";
}

TEST(SequenceTest, AnEventIsOneStep) {
  Bench bench({Pattern("temporal", "steps: [a, f, any]", "  any: {types: [security.*]}\n")});
  bench.File(Flight("f", 0));
  EXPECT_THAT(bench.File(Attack("a", 1)), IsEmpty()) << "an attack and any, but one";
  EXPECT_THAT(bench.File(Sighting("s", 2)), SizeIs(1));
}

TEST(SequenceTest, GapIsBetweenNeighbours) {
  Bench bench({Pattern("temporal_ordered", "steps: [a, s, f], gap: 4m", kSightings)});
  bench.File(Attack("a", 0));
  bench.File(Flight("f", 8));
  EXPECT_THAT(bench.File(Sighting("early", 3)), IsEmpty()) << "5 minutes to f";
  EXPECT_THAT(bench.File(Sighting("late", 5)), IsEmpty()) << "5 minutes from a";
  EXPECT_THAT(bench.File(Sighting("s", 4)), SizeIs(1));
}

TEST(SequenceTest, EqualIsAValueThatAllHave) {
  Bench bench({Pattern("temporal_ordered", "steps: [a, s, f], equal: [area]", kSightings)});
  const auto in = [](KeyedEvent event, std::vector<AreaId> areas) {
    event.areas = std::move(areas);
    return event;
  };
  const AreaId east("east"), north("north"), south("south");
  bench.File(in(Attack("a", 0), {east, north}));
  bench.File(in(Flight("f", 8), {east, south}));
  EXPECT_THAT(bench.File(in(Sighting("s", 4), {north, south})), IsEmpty()) << "by pairs only";
  EXPECT_THAT(bench.File(in(Sighting("nowhere", 4), {})), IsEmpty());
  const auto warnings = bench.File(in(Sighting("t", 4), {east}));
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(EvidenceIds(warnings[0]), ElementsAre("a", "t", "f"));
}

TEST(SequenceTest, DifferIsNoValueInCommon) {
  Bench bench({Ordered(", differ: [area]")});
  bench.File(Attack("a", 0));
  EXPECT_THAT(bench.File(Flight("same", 1)), IsEmpty());
  KeyedEvent flight = Flight("f", 2);
  flight.areas = {AreaId("north"), AreaId("south")};
  EXPECT_THAT(bench.File(flight), IsEmpty()) << "north, too";
  flight.areas = {};
  flight.revision = 2;
  EXPECT_THAT(bench.File(flight), IsEmpty()) << "no value";
  flight.areas = {AreaId("east"), AreaId("south")};
  flight.revision = 3;
  EXPECT_THAT(bench.File(flight), SizeIs(1));
}

TEST(SequenceTest, ActorsAreThoseThatTheStepAsksFor) {
  Bench bench({RuleDocument("pattern", R"(kind: temporal_ordered
group_by: [corridor]
selections:
  first: {types: [security.attack], actor_roles: [perpetrator]}
  answer: {types: [security.attack], actor_roles: [perpetrator]}
condition: {within: 10m, steps: [first, answer], differ: [actor], severity: severe}
address: other_side
)")});
  const auto by = [](const char* actor, const char* victim, KeyedEvent event) {
    event.actors = {{ActorId(actor), "armed_group", "perpetrator"},
                    {ActorId(victim), "armed_group", "victim"}};
    return event;
  };
  bench.File(by("raiders", "police", Attack("first", 0)));
  EXPECT_THAT(bench.File(by("raiders", "police", Attack("again", 1))), IsEmpty());
  EXPECT_THAT(bench.File(by("police", "raiders", Attack("answer", 2))), SizeIs(1));
}

TEST(SequenceTest, UntilEndsWhatCameBefore) {
  Bench bench({Ordered(", until: [s]", kSightings)});
  bench.File(Attack("a", 0));
  bench.File(Sighting("first", 0));
  EXPECT_THAT(EvidenceIds(bench.File(Flight("f", 5)).at(0)), ElementsAre("a", "f"))
      << "one at the time of the first is none";
  EXPECT_THAT(bench.File(Sighting("after", 6)), IsEmpty());
  const auto ended = bench.File(Sighting("last", 5));
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
  EXPECT_EQ(ended[0].end_reason, "late_evidence");
  const auto again = bench.TakeBack("last", 2);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_THAT(EvidenceIds(again[0]), ElementsAre("a", "f"));
}

TEST(SequenceTest, LatestEndsOneMatchForEachEvent) {
  Bench every({Ordered()});
  Bench latest({Ordered(", take: latest")});
  for (Bench* bench : {&every, &latest}) {
    bench->File(Attack("a", 0));
    bench->File(Attack("b", 1));
    bench->File(Attack("c", 1));
  }
  EXPECT_THAT(EvidenceIds(every.File(Flight("f", 5)).at(0)), ElementsAre("a", "b", "c", "f"));
  EXPECT_THAT(EvidenceIds(latest.File(Flight("f", 5)).at(0)), ElementsAre("c", "f"));
  const auto corrected = latest.TakeBack("c", 2);
  ASSERT_THAT(corrected, SizeIs(1));
  EXPECT_THAT(EvidenceIds(corrected[0]), ElementsAre("b", "f"));
}

TEST(SequenceTest, LatestTriesNoOther) {
  Bench bench({Pattern("temporal_ordered", "steps: [a, s, f], take: latest, gap: 5m", kSightings)});
  bench.File(Attack("a", 0));
  bench.File(Sighting("s", 4));
  bench.File(Sighting("t", 6));
  EXPECT_THAT(bench.File(Flight("f", 8)), IsEmpty()) << "t is the latest, and 6 minutes after a";
  EXPECT_THAT(bench.TakeBack("t", 2), SizeIs(1));
}

TEST(SequenceTest, ARemovedEventSplitsTheEpisodeWherever) {
  Bench bench({Ordered(", then_no: {selection: s, within: 10m}", kSightings)});
  bench.File(Attack("a", 0));
  bench.File(Flight("f", 3));
  bench.File(Attack("b", 1));
  bench.File(Flight("g", 10));
  EXPECT_THAT(EvidenceIds(bench.TimeIs(30).at(0)), ElementsAre("a", "b", "f", "g"));
  // Nothing may follow g; what ended before that by more than ten minutes stands.
  const auto less = bench.File(Sighting("s", 20));
  ASSERT_THAT(less, SizeIs(1));
  EXPECT_THAT(EvidenceIds(less[0]), ElementsAre("a", "b", "f"));
}

TEST(SequenceTest, APartThatLiesFarFromTheChangeIsFound) {
  Bench bench({Ordered(", then_no: {selection: s, within: 10m}", kSightings)});
  bench.File(Attack("a", 0));
  bench.File(Flight("f", 1));
  bench.File(Flight("g", 10));
  bench.File(Attack("b", 9));
  ASSERT_THAT(EvidenceIds(bench.TimeIs(30).at(0)), ElementsAre("a", "f", "b", "g"));
  const auto parted = bench.File(Sighting("s", 20));
  ASSERT_THAT(parted, SizeIs(1));
  EXPECT_THAT(EvidenceIds(parted[0]), ElementsAre("a", "f")) << "19 minutes before the change";
}

TEST(SequenceTest, HotKeysAreNotCountedOut) {
  // 1,000 of each of four steps, side by side within one window: 10^12 / 24 matches.
  constexpr char kFour[] = "steps: [a, f, s, p]";
  constexpr char kMore[] = "  s: {types: [security.sighting]}\n  p: {types: [phase.declared]}\n";
  for (const char* const kind : {"temporal", "temporal_ordered"}) {
    for (const char* const equal : {"", ", equal: [area]"}) {
      const Control control = ControlOf({Pattern(kind, kFour + std::string(equal), kMore)});
      const auto compiled = Compile(*ParsePack(control.documents, TestMissions()));
      const Rule& rule = compiled->pack.rules[0];
      std::vector<Member> members;
      for (int64_t i = 0; i < 4000; ++i) {
        Member member;
        member.time = AtMinute(0) + i * std::chrono::milliseconds(100);
        member.selections = uint32_t{1} << (i % 4);
        member.event.areas = {AreaId(i / 4 % 2 == 0 ? "north" : "south")};
        members.push_back(member);
      }
      const KeyContext key;
      const Silence silence;
      Budget budget;
      const Found found =
          FindSequences(tocsin::Run{*compiled, rule, key, members, silence, budget});
      const size_t parts = *equal == '\0' ? 1 : 2;
      ASSERT_THAT(found.episodes, SizeIs(parts));
      EXPECT_THAT(found.episodes[0].members, SizeIs(4000 / parts));
      EXPECT_EQ(found.episodes[0].onset, members[3].time);
    }
  }
}

}  // namespace
}  // namespace tocsin
