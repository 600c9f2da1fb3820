// A mission's own forms of rules: who changes them, and when they are live.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/publication/log_testing.h"

namespace tocsin::publication_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// South counts two where others count three, or `moderate` of them.
Document SouthsForm(int version = 1, int moderate = 2) {
  Document document{
      "overrides", "south", 1,
      StrCat("mission: south\noverrides:\n  a: {version: ", version,
             ", why: A test., condition: {severities: {moderate: ", moderate, "}}}\n"),
      ""};
  document.sha256 = Sha256Hex(document.text);
  return document;
}

Proposal By(const Person& author, Proposal proposal) {
  proposal.author = author;
  return proposal;
}

TEST(Overrides, AMissionsOverridesAreChangedByTwoOfItsPeople) {
  Log log;
  const std::vector<Document> with = {Rule1("a", 1), Rule1("b", 1, "shadow"), SouthsForm()};
  EXPECT_EQ(log.Why(log.ProposalOf("p1", with)),
            "proposal.author: north/amina is not of south, and overrides/south is changed by two "
            "people of that mission only");
  ASSERT_TRUE(log.Step(By(kBrahim, log.ProposalOf("p2", with))).ok());
  EXPECT_EQ(log.Why(Confirm("p2", kChantal)),
            "confirmation.by: east/chantal is not of south, and overrides/south is changed by two "
            "people of that mission only");
  EXPECT_THAT(log.Why(Confirm("p2", kBrahim)), HasSubstr("is the author"));
  ASSERT_TRUE(log.Step(Confirm("p2", kDaoud))->has_value());
  EXPECT_THAT(log.LiveFor("a"), ElementsAre("east", "north"));
  EXPECT_THAT(log.LiveFor("a@south"), ElementsAre("south")) << "nobody has to accept it";
  EXPECT_THAT(log.History().back().added, ElementsAre(RuleId("a@south")));
  EXPECT_THAT(log.History().back().changed, IsEmpty());
  EXPECT_THAT(log.History().back().documents, IsEmpty());

  EXPECT_THAT(log.Why(log.ProposalOf("p3", {Rule1("a", 1), Rule1("b", 1, "shadow")})),
              HasSubstr("proposal.author: north/amina is not of south"))
      << "nor do others take them away";
  ASSERT_TRUE(log.Step(log.ProposalOf("p4", {Rule1("a", 1), SouthsForm()})).ok())
      << "others change what is theirs";
  ASSERT_TRUE(log.Step(Confirm("p4", kChantal))->has_value());
}

TEST(Overrides, AFormChangesUnderAHigherVersionOfItsOwnOrOfItsRule) {
  Log log;
  const Document b = Rule1("b", 1, "shadow");
  ASSERT_TRUE(log.Step(By(kBrahim, log.ProposalOf("p1", {Rule1("a", 1), b, SouthsForm()}))).ok());
  ASSERT_TRUE(log.Step(Confirm("p1", kDaoud))->has_value());
  EXPECT_EQ(log.Why(By(kBrahim, log.ProposalOf("p2", {Rule1("a", 1), b, SouthsForm(1, 1)}))),
            "proposal.documents: overrides/south: overrides.a: is changed, and its version is what "
            "it was; raise it");
  EXPECT_TRUE(
      log.Step(By(kBrahim, log.ProposalOf("p3", {Rule1("a", 1), b, SouthsForm(2, 1)}))).ok());
  EXPECT_TRUE(log.Step(log.ProposalOf("p4", {Rule1("a", 2, "live", 20), b, SouthsForm()})).ok())
      << "and a change of the rule is its author's";
  ASSERT_TRUE(log.Step(Confirm("p4", kChantal))->has_value());
  EXPECT_THAT(log.History().back().changed, ElementsAre(RuleId("a"), RuleId("a@south")));
  EXPECT_THAT(log.LiveFor("a@south"), ElementsAre("south"));
}

TEST(Overrides, AFormIsTakenLiveAndBackWithItsRule) {
  Log log;
  const Document b = Rule1("b", 1, "shadow");
  ASSERT_TRUE(log.Step(By(kBrahim, log.ProposalOf("p1", {Rule1("a", 1), b, SouthsForm()}))).ok());
  ASSERT_TRUE(log.Step(Confirm("p1", kDaoud))->has_value());
  EXPECT_EQ(log.Why(Accept("x1", "a@south", kBrahim)),
            "acceptance.rule_id: a@south is a mission's own form of a, and live where that is; "
            "accept a");
  ASSERT_TRUE(log.Step(Accept("x2", "a", kBrahim, false))->has_value());
  EXPECT_THAT(log.LiveFor("a@south"), IsEmpty());
  EXPECT_THAT(log.LiveFor("a"), ElementsAre("east", "north"));
  // The override goes, and the acceptance stays what it was.
  ASSERT_TRUE(log.Step(By(kBrahim, log.ProposalOf("p2", {Rule1("a", 1), b}))).ok());
  ASSERT_TRUE(log.Step(Confirm("p2", kDaoud))->has_value());
  EXPECT_THAT(log.LiveFor("a"), ElementsAre("east", "north"));
  ASSERT_TRUE(log.Step(Accept("x3", "a", kBrahim))->has_value());
  EXPECT_THAT(log.LiveFor("a"), ElementsAre("east", "north", "south"));
}

}  // namespace
}  // namespace tocsin::publication_testing
