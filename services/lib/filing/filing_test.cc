// The filing with a producer that answers when the test says so.
#include "lib/filing/filing.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/domain/merge.h"
#include "lib/filing/records.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class HeldProducer final : public Producer {
 public:
  struct Sent {
    OutputRecord record;
    Done done;
  };
  absl::Status Produce(OutputRecord record, Done done) override {
    if (full) return absl::ResourceExhaustedError("the queue is full");
    (record.target.topic == "t" ? sent : dead).push_back({std::move(record), std::move(done)});
    return absl::OkStatus();
  }
  absl::Status Flush(std::chrono::milliseconds) override { return absl::OkStatus(); }
  absl::Status health() const override { return absl::OkStatus(); }

  std::vector<Sent> sent, dead;
  bool full = false;
};

class FilingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("tocsin_filing_test." + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    auto store = Store::Open(folder_.string());
    ASSERT_TRUE(store.ok()) << store.status();
    desk_.mission = MissionId("unamid");
    desk_.default_label = {MissionId("unamid"), Classification::kUnclassified, Tlp::kAmber, {}, {}};
    FilingSettings settings;
    settings.rules.types["a.b"] = {};
    settings.clock = ClockKind::kScenario;
    settings.topic = "t";
    settings.stream = "sitreps";
    settings.partitions = 1;
    settings.on_uncertain = [this] { ++uncertain_; };
    filing_ = std::make_unique<Filing>(std::move(settings), *std::move(store), producer_,
                                       dead_letters_, metrics_);
    Recover();
  }
  void TearDown() override {
    filing_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Reads what Kafka holds, which is `log_`.
  void Recover() {
    const absl::Status recovered = filing_->Recover(
        [&](Store& store, Filing::Locked locked) {
          return locked([&] {
            Overlay overlay(store);
            const auto positions = view::Positions(store);
            const int64_t from = positions.empty() ? 0 : positions.at(0);
            for (int64_t offset = from; offset < static_cast<int64_t>(log_.size()); ++offset) {
              const OutputRecord& record = log_[static_cast<size_t>(offset)];
              const auto parsed = FromRecord(
                  {record.target, offset, record.key, record.value, false, record.headers},
                  MissionId("unamid"));
              view::Apply(overlay, {parsed->event, record.value, ContentHash(parsed->event), 0,
                                    offset, parsed->mark});
            }
            return store.Apply(overlay.Take());
          });
        },
        {});
    ASSERT_TRUE(recovered.ok()) << recovered;
  }

  static Event Report(const std::string& id, int64_t reported = 1'000'000'000) {
    Event event;
    event.identity.id = EventId(id);
    event.type = "a.b";
    event.reported = FromMicros(reported);
    event.observed = {FromMicros(1'000), FromMicros(1'000)};
    event.place.point = Point{1, 1};
    return event;
  }

  // Answers come to answers_[i].
  size_t Submit(Event event, std::optional<SessionMark> mark = std::nullopt) {
    Submission submission;
    submission.event = std::move(event);
    submission.mark = std::move(mark);
    const size_t i = answers_.size();
    answers_.emplace_back();
    filing_->Submit(std::move(submission), desk_,
                    [this, i](v1::Receipt receipt) { answers_[i].push_back(receipt.outcome()); });
    return i;
  }
  // Kafka has the i-th record sent, or never got it.
  void Deliver(size_t i) {
    log_.push_back(producer_.sent[i].record);
    producer_.sent[i].done(static_cast<int64_t>(log_.size()) - 1);
  }
  void Lose(size_t i) { producer_.sent[i].done(absl::UnavailableError("timed out")); }

  std::filesystem::path folder_;
  prometheus::Registry registry_;
  IngestMetrics metrics_{registry_};
  HeldProducer producer_;
  DeadLetters dead_letters_{producer_, "dead", metrics_};
  FilingDesk desk_;
  std::unique_ptr<Filing> filing_;
  std::vector<OutputRecord> log_;
  std::deque<std::vector<v1::Outcome>> answers_;
  int uncertain_ = 0;
};

TEST_F(FilingTest, ADuplicateOfOneInFlightWaitsForIt) {
  const size_t first = Submit(Report("a"));
  const size_t second = Submit(Report("a"));
  Event other = Report("a");
  other.people.killed = 1;
  const size_t third = Submit(other);
  EXPECT_THAT(producer_.sent, SizeIs(1));
  EXPECT_THAT(answers_[first], SizeIs(0));
  EXPECT_THAT(answers_[second], SizeIs(0));
  Deliver(0);
  EXPECT_THAT(answers_[first], ElementsAre(v1::OUTCOME_ACCEPTED));
  EXPECT_THAT(answers_[second], ElementsAre(v1::OUTCOME_DUPLICATE));
  EXPECT_THAT(answers_[third], ElementsAre(v1::OUTCOME_CONFLICT));
  EXPECT_THAT(producer_.sent, SizeIs(1));
  EXPECT_THAT(producer_.dead, SizeIs(1)) << "the conflict is kept";
}

TEST_F(FilingTest, AfterAnUnknownFateNothingIsTakenUntilTheLogIsRead) {
  const size_t first = Submit(Report("a"));
  const size_t waiting = Submit(Report("a"));
  log_.push_back(producer_.sent[0].record);  // Kafka has it, but its answer is lost
  Lose(0);
  EXPECT_EQ(uncertain_, 1);
  EXPECT_THAT(answers_[first], ElementsAre(v1::OUTCOME_UNAVAILABLE));
  EXPECT_THAT(answers_[waiting], ElementsAre(v1::OUTCOME_UNAVAILABLE));
  const size_t early = Submit(Report("b"));
  EXPECT_THAT(answers_[early], ElementsAre(v1::OUTCOME_UNAVAILABLE));
  EXPECT_TRUE(filing_->needs_recovery());
  Recover();
  const size_t again = Submit(Report("a"));
  EXPECT_THAT(answers_[again], ElementsAre(v1::OUTCOME_DUPLICATE));
  Submit(Report("b"));
  EXPECT_THAT(producer_.sent, SizeIs(2));
}

TEST_F(FilingTest, WhatWasDeliveredAfterALossIsReadFromTheLog) {
  Submit(Report("a"));
  const size_t later = Submit(Report("b"));
  Lose(0);
  Deliver(1);
  EXPECT_THAT(answers_[later], ElementsAre(v1::OUTCOME_ACCEPTED));
  Recover();
  const size_t a = Submit(Report("a"));
  const size_t b = Submit(Report("b"));
  EXPECT_THAT(answers_[b], ElementsAre(v1::OUTCOME_DUPLICATE));
  EXPECT_THAT(answers_[a], SizeIs(0));
  Deliver(2);
  EXPECT_THAT(answers_[a], ElementsAre(v1::OUTCOME_ACCEPTED));
}

TEST_F(FilingTest, AFullQueuePromisesNothing) {
  producer_.full = true;
  const size_t refused = Submit(Report("a"));
  EXPECT_THAT(answers_[refused], ElementsAre(v1::OUTCOME_UNAVAILABLE));
  producer_.full = false;
  const size_t taken = Submit(Report("a"));
  Deliver(0);
  EXPECT_THAT(answers_[taken], ElementsAre(v1::OUTCOME_ACCEPTED));
}

TEST_F(FilingTest, AcceptTimesNeverGoBack) {
  const auto accepted = [&](size_t i) {
    v1::Event event;
    EXPECT_TRUE(event.ParseFromString(producer_.sent[i].record.value));
    return event.accepted_us();
  };
  Submit(Report("a", 5'000'000));
  Submit(Report("b", 3'000'000));
  Submit(Report("c", 7'000'000));
  Event unreported = Report("d", 0);
  unreported.observed.to = FromMicros(9'000'000);
  Submit(unreported);
  EXPECT_EQ(accepted(0), 5'000'000);
  EXPECT_EQ(accepted(1), 5'000'000);
  EXPECT_EQ(accepted(2), 7'000'000);
  EXPECT_EQ(accepted(3), 9'000'000);
}

TEST_F(FilingTest, ASessionGoesOnAfterALossWhereTheLogDoes) {
  const auto mark = [](int64_t sequence) { return SessionMark{"f", "s", sequence, 0}; };
  Submit(Report("1"), mark(1));
  Submit(Report("2"), mark(2));
  Submit(Report("3"), mark(3));
  Deliver(0);
  Lose(1);
  Deliver(2);
  Recover();
  EXPECT_EQ(filing_->SessionProgress("f", "s"), 1);
  Submit(Report("2"), mark(2));
  Deliver(3);
  EXPECT_EQ(filing_->SessionProgress("f", "s"), 3);
  filing_->SetSessionProgress("f", "s", 5);  // 4 and 5 were refused
  EXPECT_EQ(filing_->SessionProgress("f", "s"), 5);
}

TEST_F(FilingTest, ARefusalNeverBlocksOnItsDeadLetter) {
  producer_.full = true;
  Event bad = Report("a");
  bad.place.point = Point{91, 0};
  const size_t refused = Submit(bad);
  EXPECT_THAT(answers_[refused], ElementsAre(v1::OUTCOME_REFUSED));
  Event huge = Report("b");
  huge.texts.assign(16, {"en", std::string(60'000, 'x')});
  producer_.full = false;
  const size_t too_large = Submit(huge);
  EXPECT_THAT(answers_[too_large], ElementsAre(v1::OUTCOME_REFUSED)) << "no topic takes it";
}

}  // namespace
}  // namespace tocsin
