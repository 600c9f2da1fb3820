// Warnings of other rules that come together, worked out by hand. What is written to
// fusion.matches.v1 comes back at once, as the router would bring it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

Document Counting(const std::string& id, const std::string& type, const std::string& rest = "") {
  return RuleDocument(id, "kind: event_count\ngroup_by: [corridor]\nselections: {one: {types: [" +
                              type +
                              "]}}\ncondition: {window: 10m, severities: {minor: 1, severe: 3}}\n"
                              "address: originators\n" +
                              rest);
}

Document Both(const std::string& rest = "",
              const std::string& selections = "{a: {rules: [attacks]}, b: {rules: [flows]}}") {
  return RuleDocument("both", "kind: composite\ngroup_by: [corridor]\nselections: " + selections +
                                  "\ncondition: {within: 20m, all_of: [a, b], severity: extreme}\n"
                                  "address: all\nlifetime: 60m\n" +
                                  rest);
}

KeyedEvent FlowAt(const std::string& id, int64_t minute, int32_t revision = 1) {
  KeyedEvent event = AttackAt(id, minute, revision);
  event.type = "displacement.flow";
  event.identity.mission = MissionId("south");
  event.areas = {AreaId("south")};
  return event;
}

class Loop {
 public:
  explicit Loop(const std::vector<Document>& rules)
      : bench_(rules), pack_(*ParsePack(ControlOf(rules).documents, TestMissions())) {}

  // Other rules take effect; nothing has to be read again.
  std::vector<Warning> Change(const std::vector<Document>& rules) {
    const Control control = ControlOf(rules);
    pack_ = *ParsePack(control.documents, TestMissions());
    return Take(bench_.Step(control));
  }

  // What the rule `both` says of it, and of what comes back.
  std::vector<Warning> File(const KeyedEvent& event) { return Bring(event, KeysOf(pack_, event)); }
  std::vector<Warning> TakeBack(const KeyedEvent& event, int32_t revision) {
    return Take(bench_.Step(Withdraw{{}, event.identity, revision}));
  }
  std::vector<Warning> TimeIs(int64_t minute) { return Take(bench_.Step(Bench::TickAt(minute))); }

  Bench& bench() { return bench_; }
  std::vector<Match> matches;  // all that came back

 private:
  std::vector<Warning> Bring(const KeyedEvent& event, const std::vector<CorrelationKey>& keys) {
    std::vector<CorrelationKey>& before = keys_[event.identity];
    std::vector<CorrelationKey> gone;
    std::set_difference(before.begin(), before.end(), keys.begin(), keys.end(),
                        std::back_inserter(gone));
    before = keys;
    std::vector<Warning> said;
    if (!gone.empty())
      Append(Take(bench_.Step(Withdraw{gone, event.identity, event.revision})), said);
    if (!keys.empty()) Append(Take(bench_.Step(Insert{keys, event})), said);
    return said;
  }
  std::vector<Warning> Take(const CorrelatorEffects& effects) {
    std::vector<Warning> said;
    for (const Warning& warning : effects.warnings) {
      if (warning.content.rule_id.str() == "both") said.push_back(warning);
    }
    for (const Match& match : effects.matches) {
      matches.push_back(match);
      Append(Bring(match.event,
                   match.withdrawn ? std::vector<CorrelationKey>() : KeysOf(pack_, match.event)),
             said);
    }
    return said;
  }
  static void Append(const std::vector<Warning>& more, std::vector<Warning>& to) {
    to.insert(to.end(), more.begin(), more.end());
  }

  Bench bench_;
  Pack pack_;
  std::map<Identity, std::vector<CorrelationKey>> keys_;
};

const std::string kAttacks = "security.attack";
const std::string kFlows = "displacement.flow";

TEST(CompositeTest, WarningsOfBothRulesWithinTheTime) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows), Both()});
  EXPECT_THAT(loop.File(AttackAt("a1", 0)), IsEmpty());
  EXPECT_THAT(loop.File(AttackAt("a2", 5)), IsEmpty());
  EXPECT_THAT(loop.File(FlowAt("f0", 26)), IsEmpty()) << "21 minutes after the end of the attacks";
  const auto found = loop.File(FlowAt("f1", 25));
  ASSERT_THAT(found, SizeIs(1));
  const Warning& warning = found[0];
  EXPECT_EQ(warning.message_type, MessageType::kAlert);
  EXPECT_EQ(warning.content.severity, Severity::kExtreme);
  EXPECT_EQ(warning.content.key.at("corridor"), "north-south");
  EXPECT_EQ(warning.content.episode, (Interval{AtMinute(0), AtMinute(26)}));
  EXPECT_EQ(warning.content.expires, AtMinute(86));
  EXPECT_EQ(warning.content.onset, AtMinute(25)) << "when the later of the two was certain";
  EXPECT_THAT(EvidenceIds(warning), ElementsAre("a1", "a2", "f1", "f0"));
  EXPECT_EQ(warning.content.evidence[0].selection, "a");
  EXPECT_EQ(warning.content.evidence[3].selection, "b");
  EXPECT_THAT(warning.content.measures, ElementsAre(Measure{"warnings", 2, 2}));
  EXPECT_EQ(warning.content.certainty, Certainty::kLikely) << "independent origins";
  EXPECT_THAT(warning.content.areas, ElementsAre(AreaId("north"), AreaId("south")));
  ASSERT_THAT(warning.rests_on, SizeIs(2));
  EXPECT_EQ(warning.rests_on[0].rule.str(), "attacks");
  EXPECT_EQ(warning.rests_on[0].number, 1);
  EXPECT_EQ(warning.rests_on[0].selection, "a");
  EXPECT_EQ(warning.rests_on[1].rule.str(), "flows");
  EXPECT_EQ(warning.caused_by, IdentityOf(warning.rests_on[1].id));
}

TEST(CompositeTest, FollowsWhatItRestsOn) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows), Both()});
  loop.File(AttackAt("a1", 0));
  const auto found = loop.File(FlowAt("f1", 20));
  ASSERT_THAT(found, SizeIs(1));
  // More evidence of one of them is an update, that alerts no more.
  const auto grown = loop.File(FlowAt("f2", 22));
  ASSERT_THAT(grown, SizeIs(1));
  EXPECT_EQ(grown[0].id, found[0].id);
  EXPECT_FALSE(grown[0].alerts);
  EXPECT_THAT(EvidenceIds(grown[0]), ElementsAre("a1", "f1", "f2"));
  // A correction moves the flows away; taken back, they come together again.
  KeyedEvent elsewhere = FlowAt("f1", 20, 2);
  elsewhere.corridors = {CorridorId("south-east")};
  const auto left = loop.File(elsewhere);
  ASSERT_THAT(left, Not(IsEmpty()));
  EXPECT_EQ(left.back().message_type, MessageType::kCancel) << "f2 is 22 minutes after a1";
  EXPECT_EQ(left.back().end_reason, "withdrawn");
  const auto again = loop.File(FlowAt("f1", 20, 3));
  ASSERT_THAT(again, Not(IsEmpty()));
  EXPECT_THAT(EvidenceIds(again.back()), ElementsAre("a1", "f1", "f2"));
  const auto ended = loop.TakeBack(AttackAt("a1", 0), 2);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
}

TEST(CompositeTest, AnExpiryChangesNothing) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows), Both()});
  loop.File(AttackAt("a1", 0));
  const size_t before = loop.matches.size();
  EXPECT_THAT(loop.TimeIs(15), IsEmpty());
  EXPECT_EQ(loop.matches.size(), before) << "the attacks expired, of which nobody is told";
  EXPECT_THAT(loop.File(FlowAt("f1", 16)), SizeIs(1));
}

TEST(CompositeTest, SeverityAndKeySelect) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows),
             Both("", "{a: {rules: [attacks], min_severity: severe}, b: {rules: [flows]}}")});
  loop.File(FlowAt("f1", 0));
  loop.File(AttackAt("a1", 1));
  loop.File(AttackAt("a2", 2));
  KeyedEvent far = AttackAt("far", 3);
  far.corridors = {CorridorId("south-east")};
  EXPECT_THAT(loop.File(far), IsEmpty());
  KeyedEvent played = AttackAt("played", 3);
  played.status = Status::kExercise;
  played.exercise_id = "ex";
  EXPECT_THAT(loop.File(played), IsEmpty());
  EXPECT_THAT(loop.File(AttackAt("a3", 3)), SizeIs(1)) << "the third incident makes it severe";
}

TEST(CompositeTest, OneWarningIsNotItsOwnPartner) {
  Loop loop(
      {Counting("attacks", kAttacks), Both("", "{a: {rules: [attacks]}, b: {rules: [attacks]}}")});
  EXPECT_THAT(loop.File(AttackAt("a1", 0)), IsEmpty());
  EXPECT_THAT(loop.File(AttackAt("a2", 15)), SizeIs(1)) << "a second episode";
}

TEST(CompositeTest, AnOpenSilenceGoesOn) {
  const Document silence = RuleDocument(
      "silence",
      "kind: absence\ngroup_by: [corridor]\nselections: {beat: {types: [feed.heartbeat]}}\n"
      "condition: {every: 10m, severity: minor}\naddress: originators\n");
  Loop loop({silence, Counting("attacks", kAttacks),
             Both("", "{a: {rules: [attacks]}, b: {rules: [silence]}}")});
  KeyedEvent beat = AttackAt("beat", 0);
  beat.type = "feed.heartbeat";
  loop.File(beat);
  EXPECT_THAT(loop.TimeIs(11), IsEmpty());
  const auto found = loop.File(AttackAt("a1", 500));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].content.expires, kNever);
  EXPECT_EQ(found[0].content.episode, (Interval{AtMinute(0), AtMinute(500)}));
  // The link had been back long before, as a late record shows.
  beat.identity.id = EventId("back");
  beat.observed = {AtMinute(30), AtMinute(30)};
  const auto ended = loop.File(beat);
  ASSERT_THAT(ended, Not(IsEmpty()));
  EXPECT_EQ(ended.back().message_type, MessageType::kCancel);
  const auto again = loop.TimeIs(600);
  ASSERT_THAT(again, SizeIs(1)) << "after it there was silence again";
  EXPECT_EQ(again[0].content.episode, (Interval{AtMinute(30), AtMinute(500)}));
}

TEST(CompositeTest, LabelIsTheStrictestAndEvidenceKeepsItsOwn) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows), Both()});
  KeyedEvent secret = AttackAt("a1", 0);
  secret.label = {MissionId("north"), Classification::kStrictlyConfidential, Tlp::kRed, {}, {}};
  loop.File(secret);
  const auto found = loop.File(FlowAt("f1", 5));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].content.label.classification, Classification::kStrictlyConfidential);
  EXPECT_EQ(found[0].content.label.tlp, Tlp::kRed);
  EXPECT_EQ(found[0].content.label.originator, MissionId("tocsin"));
  EXPECT_EQ(found[0].content.label.releasable_to, TestMissions());
  EXPECT_EQ(found[0].content.evidence[0].label, secret.label);
}

TEST(CompositeTest, OnlyTheNewestEvidenceTravels) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows), Both()});
  for (int i = 0; i < 40; ++i) {
    KeyedEvent attack = AttackAt("a" + std::to_string(100 + i), i);
    if (i == 0) attack.label.tlp = Tlp::kRed;
    if (i == 0) attack.identity.mission = MissionId("east");
    if (i == 0) attack.areas = {AreaId("east")};
    loop.File(attack);
  }
  const KeyedWarning& last = *loop.matches.back().event.warning;
  ASSERT_THAT(last.evidence, SizeIs(kMostCarriedEvidence));
  EXPECT_EQ(last.evidence.front().evidence.identity.id.str(), "a108");
  EXPECT_EQ(last.evidence.front().origin, "origin of a108");
  EXPECT_EQ(last.left_out, 8);
  EXPECT_THAT(last.missions, ElementsAre(MissionId("east"), MissionId("north")));
  EXPECT_THAT(last.evidence_areas, ElementsAre(AreaId("east"), AreaId("north")));
  EXPECT_EQ(last.label.tlp, Tlp::kRed) << "of what is left out too";
  const auto found = loop.File(FlowAt("f1", 41));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].content.evidence, SizeIs(33));
  EXPECT_THAT(found[0].content.measures,
              ElementsAre(Measure{"warnings", 2, 2}, Measure{"evidence_left_out", 8, 0}));
}

TEST(CompositeTest, StagesFollowOneAnother) {
  const Document middle = RuleDocument(
      "middle",
      "kind: composite\ngroup_by: [area]\nselections: {a: {rules: [attacks]}, f: {rules: "
      "[flows]}}\n"
      "condition: {within: 20m, all_of: [a, f], severity: severe}\naddress: all\nlifetime: 60m\n");
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows), middle,
             Both("", "{a: {rules: [middle]}, b: {rules: [attacks]}}")});
  loop.File(AttackAt("a1", 0));
  KeyedEvent flow = FlowAt("f1", 5);
  flow.areas = {AreaId("north")};
  const auto found = loop.File(flow);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(EvidenceIds(found[0]), ElementsAre("a1", "f1"));
  std::set<std::pair<std::string, int>> stages;
  for (const Match& match : loop.matches) stages.emplace(match.event.type, match.stage);
  EXPECT_THAT(stages,
              UnorderedElementsAre(std::pair("warning.attacks", 0), std::pair("warning.flows", 0),
                                   std::pair("warning.middle", 1)));
}

TEST(CompositeTest, ANewOneIsToldWhatStands) {
  const std::vector<Document> inner = {Counting("attacks", kAttacks), Counting("flows", kFlows)};
  Loop loop(inner);
  loop.File(AttackAt("a1", 0));
  loop.File(FlowAt("f1", 5));
  EXPECT_THAT(loop.Change({inner[0], inner[1], Both()}), IsEmpty());
  const auto found = loop.TimeIs(6);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(EvidenceIds(found[0]), ElementsAre("a1", "f1"));
  EXPECT_TRUE(found[0].found_by_backfill);
  EXPECT_THAT(loop.matches, SizeIs(2));
  // It goes on as ever, and ends when it is no longer asked for.
  const auto grown = loop.File(FlowAt("f2", 7));
  ASSERT_THAT(grown, SizeIs(1));
  EXPECT_FALSE(grown[0].found_by_backfill);
  loop.Change({inner[0], inner[1], RuleDocument("both", R"(kind: composite
group_by: [corridor]
selections: {a: {rules: [attacks]}, b: {rules: [flows], min_severity: extreme}}
condition: {within: 20m, all_of: [a, b], severity: extreme}
address: all
lifetime: 60m
)")});
  const auto ended = loop.TimeIs(8);
  ASSERT_THAT(ended, SizeIs(1));
  EXPECT_EQ(ended[0].message_type, MessageType::kCancel);
  EXPECT_EQ(ended[0].end_reason, "rule_changed");
}

TEST(CompositeTest, AnotherKeyIsToldWhatStands) {
  const std::vector<Document> inner = {Counting("attacks", kAttacks), Counting("flows", kFlows)};
  Loop loop({inner[0], inner[1], Both()});
  loop.File(AttackAt("a1", 0));
  KeyedEvent flow = FlowAt("f1", 5);
  flow.areas = {AreaId("north")};
  ASSERT_THAT(loop.File(flow), SizeIs(1));
  Document by_area = Both();
  by_area.text.replace(by_area.text.find("[corridor]"), 10, "[area]");
  by_area.text.replace(by_area.text.find("version: 1"), 10, "version: 2");
  by_area.version = 2;
  by_area.sha256 = Sha256Hex(by_area.text);
  loop.Change({inner[0], inner[1], by_area});
  std::map<std::string, MessageType> last;
  for (const int64_t minute : {6, 7}) {
    for (const Warning& warning : loop.TimeIs(minute)) {
      last[warning.content.key.begin()->first] = warning.message_type;
    }
  }
  EXPECT_EQ(last["corridor"], MessageType::kCancel);
  EXPECT_EQ(last["area"], MessageType::kAlert);
}

TEST(CompositeTest, WhatNobodySelectsIsNotWritten) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows)});
  loop.File(AttackAt("a1", 0));
  EXPECT_THAT(loop.matches, IsEmpty());
}

TEST(CompositeTest, OldOnesAreForgottenWithTheirWarnings) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows), Both()});
  loop.File(AttackAt("a1", 0));
  ASSERT_THAT(loop.File(FlowAt("f1", 5)), SizeIs(1));
  constexpr int64_t kYear = int64_t{366} * 24 * 60;
  loop.TimeIs(kYear);
  loop.TimeIs(2 * kYear);
  loop.TimeIs(3 * kYear);
  int left = 0;
  for (const std::string prefix : {"e", "i", "s", "k", "c"}) {
    loop.bench().state().Scan(prefix, std::string(1, static_cast<char>(prefix[0] + 1)),
                              [&](std::string_view, std::string_view) {
                                ++left;
                                return true;
                              });
  }
  EXPECT_EQ(left, 0);
}

TEST(CompositeTest, RefusesARecordThatIsNone) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows), Both()});
  loop.File(AttackAt("a1", 0));
  KeyedEvent event = loop.matches.back().event;
  event.identity.mission = MissionId("north");
  CorrelatorEffects effects;
  const std::vector<CorrelationKey> keys = {{"@corridor", "00"}};
  EXPECT_EQ(
      loop.bench().correlator().Step(Insert{keys, event}, loop.bench().state(), effects).code(),
      absl::StatusCode::kInvalidArgument);
}

// Rules of one key keep what they have for as long as the longest of them: here for 300 days.
Document Slow() {
  return RuleDocument("slow", R"(kind: event_count
group_by: [corridor]
selections: {one: {types: [security.attack]}}
condition: {window: 10m, severities: {minor: 100}}
address: all
lifetime: 300d
)");
}

constexpr int64_t kDay = 24 * 60;

class LongAgo : public testing::Test {
 protected:
  LongAgo()
      : rules_({Counting("attacks", kAttacks), Counting("flows", kFlows), Slow(), Both()}),
        pack_(*ParsePack(ControlOf(rules_).documents, TestMissions())),
        loop_(rules_) {
    loop_.File(AttackAt("a1", 0));
    loop_.File(AttackAt("a2", 5));
    loop_.File(FlowAt("f1", 10));
    found_ = loop_.File(FlowAt("f2", 15)).at(0);
  }
  bool Holds(const std::string& of) {
    for (const auto& [key, value] : loop_.bench().state().entries()) {
      if (key[0] == 's' && key.find(of) != std::string::npos) return true;
    }
    return false;
  }

  const std::vector<Document> rules_;
  const Pack pack_;
  Loop loop_;
  Warning found_;
};

TEST_F(LongAgo, AWithdrawalOfWhatItsWarningsRestOnRaisesItNoSecondTime) {
  for (const int64_t day : {1, 100, 200, 290})
    EXPECT_THAT(loop_.TimeIs(day * kDay), SizeIs(day == 1));
  std::vector<Warning> said = loop_.TakeBack(AttackAt("a2", 5), 2);
  const std::vector<Warning> more = loop_.TakeBack(FlowAt("f2", 15), 2);
  said.insert(said.end(), more.begin(), more.end());
  ASSERT_THAT(said, SizeIs(2));
  for (const Warning& warning : said) {
    EXPECT_EQ(warning.id, found_.id);
    EXPECT_EQ(warning.number, found_.number);
    EXPECT_EQ(warning.message_type, MessageType::kExpire) << "history, revised";
    EXPECT_FALSE(warning.alerts);
  }
  EXPECT_GT(said[1].revision, said[0].revision);
}

TEST_F(LongAgo, AWarningThatIsLongOnItsWayBackComesInVain) {
  std::vector<Match> matches = loop_.matches;
  for (int64_t day = 1; day < 800; day += 100) loop_.TimeIs(day * kDay);
  ASSERT_FALSE(Holds("both"));
  for (Match& match : matches) {
    match.event.revision += 10;
    const CorrelatorEffects effects =
        loop_.bench().Step(Insert{KeysOf(pack_, match.event), match.event});
    EXPECT_THAT(effects.warnings, IsEmpty());
    EXPECT_EQ(effects.counts.at("warnings_too_old"), 1);
  }
}

TEST_F(LongAgo, NothingIsForgottenBeforeEveryCorrelatorHasSaidHowFarItIs) {
  std::vector<Match> matches = loop_.matches;
  for (int64_t day = 1; day < 2000; day += 100) {
    Tick tick = Bench::TickAt(day * kDay);
    tick.found.front() = day < 1000 ? FoundUpTo() : FoundUpTo{1, AtMinute(kDay)};
    loop_.bench().Step(tick);
  }
  ASSERT_TRUE(Holds("both"));
  Match& late = matches.front();
  ASSERT_EQ(late.event.warning->rule, RuleId("attacks"));
  late.event.revision += 10;
  late.event.observed.to += std::chrono::minutes(1);
  const CorrelatorEffects effects =
      loop_.bench().Step(Insert{KeysOf(pack_, late.event), late.event});
  ASSERT_THAT(effects.warnings, SizeIs(1));
  EXPECT_EQ(effects.warnings[0].id, found_.id);
  EXPECT_EQ(effects.warnings[0].content.episode.from, late.event.observed.from);
}

TEST(CompositeTest, SaysOnEachBeatHowFarItIs) {
  Loop loop({Counting("attacks", kAttacks), Counting("flows", kFlows), Both()});
  Tick tick = Bench::TickAt(100);
  EXPECT_EQ(loop.bench().Step(tick).found, std::nullopt) << "no beat";
  tick.beat = true;
  tick.number = 7;
  const FoundMark found = loop.bench().Step(tick).found.value();
  EXPECT_THAT(found.up_to, ElementsAre(FoundUpTo{7, AtMinute(100)}));
  EXPECT_EQ(found.rules_digest, loop.bench().correlator().rules_digest());
  // A change has work left: what that finds may be of any time.
  loop.bench().Change({Counting("attacks", kAttacks), Both(), Counting("flows", kFlows), Slow()},
                      {"slow"});
  EXPECT_EQ(loop.bench().Step(tick).found, std::nullopt);
}

TEST_F(LongAgo, ARevisionWhoseIdentityTheRouterForgotIsAnUpdate) {
  Match match = loop_.matches.back();
  ++match.event.revision;
  match.event.warning->severity = Severity::kExtreme;
  match.event.observed.to += std::chrono::minutes(1);
  std::vector<Warning> said;
  const Insert insert{KeysOf(pack_, match.event), match.event};
  for (const KeyedRecord& record :
       {KeyedRecord(insert),
        KeyedRecord(Withdraw{{}, match.event.identity, match.event.revision - 1})}) {
    for (const Warning& warning : loop_.bench().Step(record).warnings) said.push_back(warning);
  }
  ASSERT_THAT(said, SizeIs(1)) << "it does not end and come back";
  EXPECT_EQ(said[0].message_type, MessageType::kUpdate);
  EXPECT_EQ(said[0].revision, found_.revision + 1);
}

TEST_F(LongAgo, NothingIsKeptForEver) {
  for (int64_t day = 1; day < 800; day += 100) loop_.TimeIs(day * kDay);
  for (const char* rule : {"attacks", "flows", "both"}) EXPECT_FALSE(Holds(rule));
}

}  // namespace
}  // namespace tocsin
