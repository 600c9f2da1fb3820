#include "gateway/action_writer.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "lib/wire/centre.h"
#include "lib/wire/lifecycle.h"

namespace tocsin::gateway {
namespace {

// A broker that answers when the test says so.
class HeldProducer final : public Producer {
 public:
  absl::Status Produce(OutputRecord record, Done done) override {
    if (full) return absl::ResourceExhaustedError("full");
    held.emplace_back(std::move(record), std::move(done));
    return absl::OkStatus();
  }
  absl::Status Flush(std::chrono::milliseconds /*wait*/) override { return absl::OkStatus(); }
  absl::Status health() const override { return absl::OkStatus(); }

  std::vector<std::pair<OutputRecord, Done>> held;
  bool full = false;
};

class ActionWriterTest : public ::testing::Test {
 protected:
  Action Some(std::string id) {
    Action action;
    action.action_id = std::move(id);
    action.mission = MissionId("unamid");
    action.warning = WarningId("w");
    action.detail = Acknowledge();
    action.person = "officer";
    return action;
  }
  void Write(const std::string& id) {
    writer_->Write(Some(id), [this, id](const absl::Status& status) {
      answers_.push_back(id + " " + absl::StatusCodeToString(status.code()));
    });
  }

  HeldProducer producer_;
  Hub hub_;
  std::shared_ptr<ActionWriter> writer_ = std::make_shared<ActionWriter>(
      producer_, hub_, "mission.unamid.actions.v1", std::chrono::seconds(10));
  std::vector<std::string> answers_;
};

using Words = std::vector<std::string>;

TEST_F(ActionWriterTest, AnswersWhenItsOwnRecordHasBeenReadBack) {
  Write("a");
  Write("b");
  ASSERT_EQ(producer_.held.size(), 2U);
  const OutputRecord& record = producer_.held[0].first;
  EXPECT_EQ(record.target, (SourceId{"mission.unamid.actions.v1", 0}));
  v1::ActionsRecord proto;
  ASSERT_TRUE(proto.ParseFromString(record.value));
  EXPECT_EQ(FromProto(proto.action()), Some("a"));
  producer_.held[1].second(int64_t{8});
  producer_.held[0].second(int64_t{5});
  EXPECT_EQ(answers_, Words());
  writer_->Advance(5);
  EXPECT_EQ(answers_, Words());
  writer_->Advance(6);
  EXPECT_EQ(answers_, Words({"a OK"}));
  writer_->Advance(20);
  EXPECT_EQ(answers_, Words({"a OK", "b OK"}));
}

TEST_F(ActionWriterTest, ReadBackBeforeTheBrokerAnswers) {
  writer_->Advance(6);
  Write("a");
  producer_.held[0].second(int64_t{5});
  EXPECT_EQ(answers_, Words({"a OK"}));
}

TEST_F(ActionWriterTest, AnUnknownFateIsUnavailable) {
  Write("a");
  producer_.held[0].second(absl::UnavailableError("timed out"));
  producer_.full = true;
  Write("b");
  EXPECT_EQ(answers_, Words({"a UNAVAILABLE", "b UNAVAILABLE"}));
}

TEST_F(ActionWriterTest, WaitsForReadingBackOnlySoLong) {
  Write("a");
  producer_.held[0].second(int64_t{5});
  const auto now = Hub::Clock::now();
  EXPECT_GT(writer_->Pump(now), now);
  EXPECT_EQ(answers_, Words());
  EXPECT_EQ(writer_->Pump(now + std::chrono::seconds(11)), Hub::Clock::time_point::max());
  EXPECT_EQ(answers_, Words({"a UNAVAILABLE"}));
  writer_->Advance(6);
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(ActionWriterTest, WaitsLessAtTheEnd) {
  Write("a");
  Write("b");
  producer_.held[0].second(int64_t{5});
  const auto now = Hub::Clock::now();
  writer_->Stop();
  producer_.held[1].second(int64_t{6});
  EXPECT_LE(writer_->Pump(now), now + std::chrono::seconds(5));
  writer_->Advance(7);
  EXPECT_EQ(answers_, Words({"a OK", "b OK"}));
}

}  // namespace
}  // namespace tocsin::gateway
