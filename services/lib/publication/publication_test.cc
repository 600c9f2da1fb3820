#include "lib/publication/publication.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/publication/log_testing.h"

namespace tocsin::publication_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Publication, TheFirstActivationTakesEffectAndNoOtherDoes) {
  Log log;
  EXPECT_THAT(log.LiveFor("a"), ElementsAre("east", "north", "south"));
  EXPECT_THAT(log.LiveFor("b"), IsEmpty());
  Activation again = log.Active();
  EXPECT_EQ(log.Step(again)->has_value(), false);
  again.live_missions.pop_back();
  again.digest = DigestOf(again.documents, again.live_missions);
  EXPECT_THAT(log.Why(again), HasSubstr("activation: rules are in effect, begun with "));
  ASSERT_EQ(log.History().size(), 1U);
  EXPECT_EQ(log.History()[0].kind, PublicationKind::kFirst);
}

TEST(Publication, AProposalTakesEffectWhenASecondPersonConfirmsIt) {
  Log log;
  const Proposal proposal = log.ProposalOf("p1", {Rule1("a", 2, "live", 20), Rule1("c", 1)});
  const std::string before = log.Active().digest;
  EXPECT_FALSE(log.Step(proposal)->has_value());
  EXPECT_EQ(log.Active().digest, before);
  EXPECT_EQ(log.Why(Confirm("p1", kAmina)),
            "confirmation.by: north/amina is the author; a second person confirms");
  const auto effect = log.Step(Confirm("p1", kBrahim));
  ASSERT_TRUE(effect.ok() && effect->has_value()) << effect.status();

  const std::vector<PublicationEntry> history = log.History();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[1].kind, PublicationKind::kProposal);
  EXPECT_EQ(history[1].proposal, proposal);
  EXPECT_EQ(history[1].confirmation.by, kBrahim);
  EXPECT_EQ(history[1].at, FromMicros(2));
  EXPECT_THAT(history[1].added, ElementsAre(RuleId("c")));
  EXPECT_THAT(history[1].changed, ElementsAre(RuleId("a")));
  EXPECT_THAT(history[1].removed, ElementsAre(RuleId("b")));
  EXPECT_THAT(history[1].documents, IsEmpty());
  EXPECT_EQ(history[1].activation, log.Active());
  // The changed rule goes on for all; the new one is live nowhere.
  EXPECT_THAT(log.LiveFor("a"), ElementsAre("east", "north", "south"));
  EXPECT_THAT(log.LiveFor("c"), IsEmpty());
}

TEST(Publication, ANewRuleIsLiveWhereAJocAcceptsItAndNowhereElse) {
  Log log;
  ASSERT_TRUE(log.Step(log.ProposalOf("p1", {Rule1("a", 1), Rule1("b", 2)})).ok());
  ASSERT_TRUE(log.Step(Confirm("p1", kBrahim)).ok());
  EXPECT_THAT(log.LiveFor("b"), IsEmpty());  // out of shadow is new, too

  const auto taken = log.Step(Accept("x1", "b", kBrahim));
  ASSERT_TRUE(taken.ok() && taken->has_value()) << taken.status();
  EXPECT_THAT(log.LiveFor("b"), ElementsAre("south"));
  EXPECT_THAT(log.LiveFor("a"), ElementsAre("east", "north", "south"));
  EXPECT_EQ(log.History().back().kind, PublicationKind::kAcceptance);
  EXPECT_EQ(log.History().back().acceptance, Accept("x1", "b", kBrahim));
  EXPECT_FALSE(log.Step(Accept("x1", "b", kBrahim))->has_value());  // tried again
  EXPECT_FALSE(log.Step(Accept("x2", "b", kBrahim))->has_value());  // is so already
  EXPECT_THAT(log.Why(Accept("x1", "a", kBrahim)), HasSubstr("acceptance.id: x1 is the id of"));

  ASSERT_TRUE(log.Step(Accept("x3", "b", kBrahim, false))->has_value());
  ASSERT_TRUE(log.Step(Accept("x4", "a", kBrahim, false))->has_value());
  EXPECT_THAT(log.LiveFor("b"), IsEmpty());
  EXPECT_THAT(log.LiveFor("a"), ElementsAre("east", "north"));
}

TEST(Publication, ANewMissionAndARuleThatReturnsAreAcceptedFirst) {
  Log log;
  Proposal fewer = log.ProposalOf("p1", {Rule1("b", 1, "shadow"), Rule1("c", 1)});
  fewer.live_missions = {kEast, kNorth};
  ASSERT_TRUE(log.Step(fewer).ok());
  ASSERT_TRUE(log.Step(Confirm("p1", kBrahim)).ok());
  EXPECT_THAT(log.History().back().documents, ElementsAre("live_missions"));
  ASSERT_TRUE(
      log.Step(log.ProposalOf("p2", {Rule1("a", 1), Rule1("b", 1, "shadow"), Rule1("c", 1)})).ok());
  ASSERT_TRUE(log.Step(Accept("x1", "c", kChantal)).ok());
  ASSERT_TRUE(log.Step(Confirm("p2", kBrahim)).ok());  // an acceptance in between is no matter
  EXPECT_THAT(log.LiveFor("a"), IsEmpty());
  EXPECT_THAT(log.LiveFor("c"), ElementsAre("east"));
}

TEST(Publication, NothingChangesForAJocWithTheProposalOfShadowRules) {
  Log log;
  ASSERT_TRUE(log.Step(log.ProposalOf("p1", {Rule1("a", 1), Rule1("d", 1, "shadow")})).ok());
  const auto effect = log.Step(Confirm("p1", kBrahim));
  ASSERT_TRUE(effect.ok() && effect->has_value());
  // Nobody has to accept anything: no document says so.
  EXPECT_EQ(ProposedPart((*effect)->documents), (*effect)->documents);
  EXPECT_EQ(BasisOf(**effect), (*effect)->digest);
}

TEST(Publication, ARollbackIsAProposalOfEarlierDocuments) {
  Log log;
  const Activation first = log.Active();
  ASSERT_TRUE(
      log.Step(log.ProposalOf("p1", {Rule1("a", 2, "live", 20), Rule1("b", 1, "shadow")})).ok());
  ASSERT_TRUE(log.Step(Confirm("p1", kBrahim)).ok());
  ASSERT_TRUE(log.Step(log.ProposalOf("p2", {Rule1("a", 1), Rule1("b", 1, "shadow")})).ok());
  const auto effect = log.Step(Confirm("p2", kBrahim));
  ASSERT_TRUE(effect.ok() && effect->has_value());
  EXPECT_EQ((*effect)->digest, first.digest);
  EXPECT_THAT(log.LiveFor("a"), ElementsAre("east", "north", "south"));
  EXPECT_EQ(log.History().size(), 3U);
}

TEST(Publication, OfTwoProposalsTheOneThatIsConfirmedFirstCounts) {
  Log log;
  const Proposal late = log.ProposalOf("p2", {Rule1("a", 3, "live", 10)});
  ASSERT_TRUE(log.Step(log.ProposalOf("p1", {Rule1("a", 2, "live", 20)})).ok());
  ASSERT_TRUE(log.Step(late).ok());
  ASSERT_TRUE(log.Step(Confirm("p1", kBrahim)).ok());
  EXPECT_THAT(log.Why(Confirm("p2", kBrahim)), HasSubstr("somebody else was first"));
  Proposal other = late;
  other.id = "p3";
  EXPECT_THAT(log.Why(other), HasSubstr("proposal.base_digest: is "));
  EXPECT_EQ(log.Why(Refuse("p2", kAmina)), "");  // its author takes it back
}

TEST(Publication, AProposalIsDecidedOnce) {
  Log log;
  const Proposal proposal = log.ProposalOf("p1", {Rule1("a", 2, "live", 20)});
  ASSERT_TRUE(log.Step(proposal).ok());
  Proposal again = proposal;
  again.proposed = FromMicros(9);
  EXPECT_TRUE(log.Step(again).ok());
  again.reason = "another";
  EXPECT_EQ(log.Why(again), "proposal.id: p1 is the id of another proposal");
  EXPECT_EQ(log.Why(Confirm("p9", kBrahim)), "confirmation.proposal_id: there is no proposal 'p9'");
  ASSERT_TRUE(log.Step(Refuse("p1", kBrahim)).ok());
  EXPECT_EQ(log.Why(Refuse("p1", kBrahim)), "");
  EXPECT_EQ(log.Why(Confirm("p1", kChantal)),
            "confirmation.proposal_id: p1 has been refused by south/brahim");
  EXPECT_EQ(log.History().size(), 1U);
  const auto kept = FindProposal("p1", log.state());
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->state, ProposalState::kRefused);
}

TEST(Publication, AProposalThatCannotBeMeantIsRefused) {
  Log log;
  const Proposal good = log.ProposalOf("p1", {Rule1("a", 2, "live", 20)});
  const auto why = [&](const std::function<void(Proposal&)>& change) {
    Proposal proposal = good;
    change(proposal);
    return log.Why(proposal);
  };
  EXPECT_THAT(why([](Proposal& p) { p.id = "P 1"; }), HasSubstr("proposal.id: must be 1 to 64"));
  EXPECT_EQ(why([](Proposal& p) { p.author.name = ""; }), "proposal.author: names nobody");
  EXPECT_EQ(why([](Proposal& p) { p.reason = ""; }), "proposal.reason: is missing; say why");
  EXPECT_THAT(why([](Proposal& p) { p.reason = std::string(2001, 'x'); }),
              HasSubstr("proposal.reason: longer than 2000 bytes"));
  EXPECT_THAT(why([](Proposal& p) {
                p.documents.push_back({"acceptance", "east", 1, "0"});
              }),
              HasSubstr("proposal.documents: has an acceptance"));
  EXPECT_THAT(why([](Proposal& p) {
                p.documents.push_back({"rule", "z", 1, "0"});
              }),
              HasSubstr("proposal.documents: rule/z/1 with digest 0 has not been published"));
  EXPECT_EQ(why([](Proposal& p) { p.live_missions.clear(); }), "proposal.live_missions: is empty");
  EXPECT_THAT(why([](Proposal& p) { p.live_missions = {MissionId("west")}; }),
              HasSubstr("live_missions: 'west' is not a desk"));
  EXPECT_EQ(why([&](Proposal& p) { p.documents = log.Active().documents; }),
            "proposal.documents: are those that are in effect; nothing is different");
  EXPECT_EQ(log.Why(log.ProposalOf("p2", {Rule1("a", 1, "live", 10)})),
            "proposal.documents: rule/a: is changed, and its version is 1 still; make it 2");
  EXPECT_EQ(log.Why(log.ProposalOf("p3", {Rule1("a", 2, "draft")})),
            "proposal.documents: rule/a: state: is draft, and a draft is never published; make it "
            "shadow or live");
  Document broken = Rule1("a", 2);
  broken.text += "whow: 1\n";
  broken.sha256 = Sha256Hex(broken.text);
  EXPECT_THAT(log.Why(log.ProposalOf("p4", {broken})),
              HasSubstr("proposal.documents: rule/a:14:1: whow: is not a known key"));
  log.refusal = absl::InvalidArgumentError("areas: cross themselves");
  EXPECT_EQ(log.Why(good), "proposal.documents: areas: cross themselves");
  log.refusal = absl::OkStatus();
  EXPECT_EQ(log.Why(good), "");
}

TEST(Publication, AChangeThatExceedsAStatedBudgetIsRefused) {
  Log log;
  Proposal proposal = log.ProposalOf("p1", {Rule1("a", 2, "live", 20)});
  const auto with = [&](int64_t south, int64_t before) {
    Burden burden;
    burden.missions = {{.mission = kEast, .watches = 100, .high = 99},
                       {.mission = kSouth, .watches = 100, .high = south, .high_before = before}};
    proposal.burden = burden;
    return log.Why(proposal);
  };
  EXPECT_EQ(with(3, 1),
            "proposal.burden: south would have up to 3 warnings in 95 of 100 watches, 1 now, and "
            "its budget is 2");
  proposal.burden->missions.pop_back();
  EXPECT_EQ(log.Why(proposal), "proposal.burden: says nothing of south, which has a budget");
  EXPECT_EQ(with(2, 1), "");
  proposal.id = "p2";
  EXPECT_EQ(with(4, 5), "");  // less than now: nobody is kept from relief
}

TEST(Publication, AnAcceptanceIsForOnesOwnJocAndOfARuleThatCanBeLive) {
  Log log;
  Acceptance foreign = Accept("x1", "a", kAmina);
  foreign.mission = kSouth;
  EXPECT_EQ(log.Why(foreign),
            "acceptance.by: north/amina is not of south, and a JOC takes a rule live for itself "
            "only");
  EXPECT_EQ(log.Why(Accept("x1", "z", kAmina)),
            "acceptance.rule_id: there is no rule 'z' in effect");
  EXPECT_EQ(log.Why(Accept("x1", "b", kAmina)),
            "acceptance.rule_id: b is in shadow: its authors publish it live first");
  EXPECT_EQ(log.Why(Accept("x1", "a", {MissionId("west"), "w"}, false)),
            "acceptance.mission: west is not a mission that rules are live for");
  EXPECT_EQ(log.Why(Accept("", "a", kAmina)),
            "acceptance.id: must be 1 to 64 lower-case letters, digits or '-'");
}

TEST(Publication, BeforeTheFirstActivationNothingIsProposedOrAccepted) {
  const Publication publication([](const Pack&) { return absl::OkStatus(); });
  MemoryState state;
  Proposal proposal;
  proposal.id = "p1";
  proposal.author = kAmina;
  proposal.reason = "why";
  EXPECT_THAT(std::string(publication.Step(proposal, state).status().message()),
              HasSubstr("proposal: no rules are in effect yet"));
  EXPECT_THAT(std::string(publication.Step(Accept("x", "a", kAmina), state).status().message()),
              HasSubstr("acceptance: no rules are in effect yet"));
  EXPECT_TRUE(state.entries().empty());
}

TEST(Publication, NoTwoRecordsThatSayDifferentThingsHaveOneKey) {
  const Confirmation a = Confirm("p1", kBrahim);
  Confirmation b = a;
  b.by = kChantal;
  EXPECT_NE(RecordKey(a), RecordKey(b));
  EXPECT_EQ(RecordKey(a), RecordKey(Confirm("p1", kBrahim)));
  EXPECT_NE(RecordKey(Rule1("a", 1)), RecordKey(Rule1("a", 1, "live", 20)));
  EXPECT_THAT(RecordKey(Accept("x", "a", kAmina)), HasSubstr("acceptance/north/a/"));
}

}  // namespace
}  // namespace tocsin::publication_testing
