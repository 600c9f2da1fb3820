// Documents, activations and control records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Document> OtherDocuments() {
  std::vector<Document> documents = Documents();
  documents.erase(documents.begin());
  return documents;
}

TEST(Control, ReachesEveryPartitionWithFullTextAndPositions) {
  Timeline line;
  line.router().Skip(Sitreps("west"), 6, line.state());
  line.Activate();
  ASSERT_EQ(line.effects().keyed.size(), 4U);
  const Activation activation = MakeActivation(Documents());
  for (int32_t partition = 0; partition < 4; ++partition) {
    EXPECT_EQ(line.effects().keyed[partition].partition, partition);
    const auto& control = std::get<Control>(line.effects().keyed[partition].record);
    EXPECT_EQ(control.activation, activation);
    ASSERT_EQ(control.documents.size(), activation.documents.size());
    for (size_t i = 0; i < control.documents.size(); ++i) {
      EXPECT_EQ(control.documents[i].name, activation.documents[i].name);
      EXPECT_EQ(Sha256Hex(control.documents[i].text), activation.documents[i].sha256);
    }
    EXPECT_EQ(control.semantics_version, kRouterSemanticsVersion);
    const std::vector<std::pair<SourceId, int64_t>> inputs = {
        {kRules, static_cast<int64_t>(Documents().size()) + 1}, {Sitreps("west"), 7}};
    EXPECT_EQ(control.inputs, inputs);
  }
  EXPECT_EQ(line.router().rules_digest(), activation.digest);
}

TEST(Control, TheSameDigestAgainHasNoEffectAlsoAfterARestart) {
  Timeline line;
  line.Activate();
  line.Activate();
  EXPECT_THAT(line.effects().keyed, IsEmpty());
  line.Restart();
  EXPECT_EQ(line.router().rules_digest(), MakeActivation(Documents()).digest);
  line.Activate();
  EXPECT_THAT(line.effects().keyed, IsEmpty());
}

TEST(Control, OtherRulesTakeEffectAndSoDoTheEarlierOnesAgain) {
  Timeline line;
  line.Activate();
  line.Activate(OtherDocuments());
  ASSERT_EQ(line.Records<Control>().size(), 4U);
  EXPECT_EQ(line.Records<Control>()[3].activation, MakeActivation(OtherDocuments()));
  EXPECT_EQ(line.Records<Control>()[3].documents.size(), OtherDocuments().size());
  line.Restart();
  EXPECT_EQ(line.router().rules_digest(), MakeActivation(OtherDocuments()).digest);
  EXPECT_EQ(line.router().rules()->rules.size(), 3U);
  line.Activate();
  EXPECT_EQ(line.Records<Control>().size(), 4U);
  EXPECT_EQ(line.router().rules_digest(), MakeActivation(Documents()).digest);
}

TEST(Control, RulesStayAsTheyAreWhenThisBuildCannotUseOthers) {
  Timeline line;
  line.Activate();
  ASSERT_TRUE(line.Feed(MakeEvent("west", "1", 5, kStart)).ok());
  std::vector<Document> no_pack = Documents();
  no_pack[0] = MakeDocument("rule", "by-actor", 2, "id: by-actor\nkind: no_such_kind\n");
  const std::vector<Document> no_places =
      Replaced(Documents(), "\"id\":\"west\"", "\"id\":\"unusable\"");
  for (const auto& documents : {no_pack, no_places}) {
    for (const Document& document : documents) ASSERT_TRUE(line.Feed(kRules, document).ok());
    const absl::Status status = line.Feed(kRules, MakeActivation(documents));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(line.effects().keyed, IsEmpty());
    EXPECT_EQ(line.router().rules_digest(), MakeActivation(Documents()).digest);
    EXPECT_THAT(line.router().Rereads(), IsEmpty());
  }
  ASSERT_TRUE(line.Feed(MakeEvent("west", "2", 5, kStart)).ok());
  EXPECT_EQ(line.Keys<Insert>(), std::vector<std::string>{"area=west"});
}

TEST(Control, AnEventBeforeAnyRulesEndsTheTask) {
  Timeline line;
  const absl::Status status = line.Feed(MakeEvent("west", "1", 5, kStart));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(line.state().entries(), IsEmpty());
}

TEST(Control, UnusableDocumentsAndActivationsAreRefusedAndPassed) {
  Timeline line;
  Document damaged = Documents()[0];
  damaged.text += " ";
  EXPECT_EQ(line.Feed(kRules, damaged).code(), absl::StatusCode::kInvalidArgument);
  Activation activation = MakeActivation(Documents());
  const absl::Status missing = line.Feed(kRules, activation);
  EXPECT_EQ(missing.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("has not been published"));

  for (const Document& document : Documents()) ASSERT_TRUE(line.Feed(kRules, document).ok());
  activation.digest[0] = activation.digest[0] == '0' ? '1' : '0';
  const absl::Status digest = line.Feed(kRules, activation);
  EXPECT_EQ(digest.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(digest.message()), HasSubstr("digest"));

  std::vector<Document> no_pack = Documents();
  no_pack[0] = MakeDocument("rule", "by-actor", 1, "id: by-actor\nkind: no_such_kind\n");
  for (const Document& document : no_pack) ASSERT_TRUE(line.Feed(kRules, document).ok());
  EXPECT_EQ(line.Feed(kRules, MakeActivation(no_pack)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(line.router().rules_digest(), "");

  // The texts published before are still there: by digest, not by version.
  const absl::Status good = line.Feed(kRules, MakeActivation(Documents()));
  EXPECT_TRUE(good.ok()) << good;
  EXPECT_EQ(line.effects().keyed.size(), 4U);
}

}  // namespace
}  // namespace tocsin::testing_pack
