#include "gateway/rules_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/client.h"
#include "lib/kafka/topic_set.h"
#include "lib/packfiles/load.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

using ::testing::HasSubstr;

InputRecord RecordOf(const RulesInput& input, int64_t offset) {
  InputRecord record;
  record.source = SourceId{kRulesTopic, 0};
  record.offset = offset;
  record.key = RecordKey(input);
  record.value = SerializeDeterministic(ToProto(input));
  return record;
}

const std::vector<Document>& Shipped() {
  static const std::vector<Document> documents = LoadPackFiles("rules").value();
  return documents;
}

const Activation& First() {
  static const Activation activation =
      ActivationOf(Shipped(), {MissionId("minurcat"), MissionId("unamid")});
  return activation;
}

// An epoch record, the shipped rules, and their activation.
std::vector<InputRecord> Deployment() {
  std::vector<InputRecord> records(1);
  records[0].source = SourceId{kRulesTopic, 0};
  records[0].headers = {{kTypeHeader, kEpochType}};
  for (const Document& document : Shipped()) {
    records.push_back(RecordOf(document, static_cast<int64_t>(records.size())));
  }
  records.push_back(RecordOf(First(), static_cast<int64_t>(records.size())));
  return records;
}

Proposal WithoutARule(const std::string& id) {
  Proposal proposal;
  proposal.id = id;
  proposal.documents = First().documents;
  std::erase_if(proposal.documents,
                [](const DocumentRef& ref) { return ref.name == "indicator-surge"; });
  proposal.live_missions = First().live_missions;
  proposal.base_digest = First().digest;
  proposal.author = {MissionId("unamid"), "amina"};
  proposal.reason = "too many";
  return proposal;
}

std::string ActiveDigest(const RulesLog& log) {
  std::string digest;
  const absl::Status status = log.Read([&](const ReadState& state) -> absl::Status {
    const auto active = InEffect(state);
    if (active.ok() && active->has_value()) digest = (*active)->digest;
    return active.status();
  });
  EXPECT_TRUE(status.ok()) << status;
  return digest;
}

TEST(RulesLog, JudgesWhatItReadsAndRemembersWhatItSaid) {
  RulesLog log;
  const std::vector<InputRecord> deployment = Deployment();
  ASSERT_TRUE(log.Apply(deployment).ok());
  EXPECT_EQ(ActiveDigest(log), First().digest);
  const auto end = static_cast<int64_t>(deployment.size());
  EXPECT_TRUE(log.JudgementOf(end - 1).ok());
  EXPECT_TRUE(absl::IsNotFound(log.JudgementOf(end)));

  const Confirmation own{
      .proposal_id = "p1", .confirmed = true, .by = {MissionId("unamid"), "amina"}};
  InputRecord unreadable = RecordOf(own, end + 2);
  unreadable.value = "\xff\xff";
  ASSERT_TRUE(
      log.Apply({RecordOf(WithoutARule("p1"), end), RecordOf(own, end + 1), unreadable}).ok());
  EXPECT_TRUE(log.JudgementOf(end).ok());
  EXPECT_THAT(std::string(log.JudgementOf(end + 1).message()),
              HasSubstr("unamid/amina is the author"));
  EXPECT_THAT(std::string(log.JudgementOf(end + 2).message()),
              HasSubstr("is no tocsin.v1.RulesRecord"));
  EXPECT_EQ(ActiveDigest(log), First().digest);
}

TEST(RulesLog, TryingLeavesNoTrace) {
  RulesLog log;
  ASSERT_TRUE(log.Apply(Deployment()).ok());
  const Confirmation other{
      .proposal_id = "p1", .confirmed = true, .by = {MissionId("minurcat"), "brahim"}};
  EXPECT_TRUE(log.Try({WithoutARule("p1"), other}).ok());
  EXPECT_EQ(ActiveDigest(log), First().digest);
  EXPECT_THAT(std::string(log.Try({other}).message()), HasSubstr("there is no proposal 'p1'"));
}

TEST(RulesLog, KnowsWhichDocumentsAreThere) {
  RulesLog log;
  ASSERT_TRUE(log.Apply(Deployment()).ok());
  Document document = Shipped().front();
  EXPECT_TRUE(log.Has(document));
  document.text += "\n";
  document.sha256 = Sha256Hex(document.text);
  EXPECT_FALSE(log.Has(document));
}

}  // namespace
}  // namespace tocsin::gateway
