#include "gateway/ledger_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "gateway/gateway_testing.h"
#include "lib/base/mutex.h"
#include "tocsin/v1/receipt.pb.h"

namespace tocsin::gateway {
namespace {

using testing::Caller;
using ::testing::ElementsAre;
using testing::IdOf;
using ::testing::IsEmpty;

// fusion.receipts.v1 in memory: what is produced is read by every consumer.
class FakeTopic final : public Producer {
 public:
  absl::Status Produce(OutputRecord record, Done done) override {
    absl::StatusOr<int64_t> offset = absl::UnavailableError("away");
    {
      const MutexLock lock(mutex_);
      ++attempts_;
      if (!away_) {
        offset = static_cast<int64_t>(records_.size());
        InputRecord& read = records_.emplace_back();
        read.source = record.target;
        read.offset = *offset;
        read.key = record.key;
        read.value = record.value;
      }
      changed_.NotifyAll();
    }
    done(offset);
    return absl::OkStatus();
  }
  absl::Status Flush(std::chrono::milliseconds /*wait*/) override { return absl::OkStatus(); }
  absl::Status health() const override { return absl::OkStatus(); }

  void SetAway(bool away) {
    const MutexLock lock(mutex_);
    away_ = away;
  }
  // "<number>.<revision> <stage>" of each receipt, in order.
  std::vector<std::string> Receipts() const {
    const MutexLock lock(mutex_);
    return ReceiptsLocked();
  }
  bool Await(const std::function<bool(const std::vector<std::string>&)>& done) {
    const MutexLock lock(mutex_);
    return changed_.WaitFor(
        mutex_, std::chrono::minutes(1),
        [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return done(ReceiptsLocked()); });
  }
  bool AwaitAttempts(int count) {
    const MutexLock lock(mutex_);
    return changed_.WaitFor(
        mutex_, std::chrono::minutes(1),
        [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return attempts_ >= count; });
  }
  std::vector<InputRecord> From(size_t offset) const {
    const MutexLock lock(mutex_);
    return {records_.begin() + static_cast<long>(offset), records_.end()};
  }

 private:
  std::vector<std::string> ReceiptsLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::vector<std::string> out;
    for (const InputRecord& record : records_) {
      v1::ReceiptsRecord proto;
      EXPECT_TRUE(proto.ParseFromString(record.value));
      EXPECT_EQ(proto.mission(), "unamid");
      for (const v1::DeliveryReceipt& receipt : proto.receipts().receipts()) {
        std::string stage = v1::ReceiptStage_Name(receipt.stage());
        out.push_back(StrCat(std::stoi(receipt.warning_id()), ".", receipt.revision(), " ",
                             stage.substr(std::string("RECEIPT_STAGE_").size())));
      }
    }
    return out;
  }
  mutable Mutex mutex_;
  Condition changed_;
  bool away_ ABSL_GUARDED_BY(mutex_) = false;
  int attempts_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<InputRecord> records_ ABSL_GUARDED_BY(mutex_);
};

class FakeConsumer final : public Consumer {
 public:
  explicit FakeConsumer(const FakeTopic& topic) : topic_(topic) {}
  absl::Status Assign(const std::map<SourceId, int64_t>& offsets) override {
    next_ = static_cast<size_t>(std::max<int64_t>(0, offsets.begin()->second));
    return absl::OkStatus();
  }
  absl::StatusOr<Polled> Poll(size_t /*max*/, std::chrono::milliseconds /*wait*/) override {
    Polled polled;
    polled.records = topic_.From(next_);
    next_ += polled.records.size();
    polled.at_end.insert({"fusion.receipts.v1", 0});
    std::this_thread::yield();
    return polled;
  }
  absl::StatusOr<Polled> PollSource(const SourceId& /*source*/, size_t max,
                                    std::chrono::milliseconds wait) override {
    return Poll(max, wait);
  }
  absl::StatusOr<CommittedOffsets> Committed(const std::set<SourceId>& /*sources*/) override {
    return CommittedOffsets();
  }
  std::map<SourceId, int64_t> KnownEnds() const override { return {}; }
  absl::StatusOr<std::pair<int64_t, int64_t>> Watermarks(const SourceId& /*source*/) override {
    return std::pair<int64_t, int64_t>(0, 0);
  }
  absl::StatusOr<int32_t> PartitionCount(const std::string& /*topic*/) override { return 1; }
  absl::StatusOr<std::string> ClusterId() override { return std::string("cluster"); }

 private:
  const FakeTopic& topic_;
  size_t next_ = 0;
};

class LedgerFeedTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }

  // A process: what it has in memory is its own.
  struct Process {
    Process(LedgerFeedTest& test)
        : metrics(test.registry_),
          ledger(*DeliveryLedger::Open(test.ledger_store_,
                                       {MissionId("unamid"), "cluster", "epoch-r"})),
          feed(*test.view_, *ledger, book, overdue, links, metrics,
               std::make_unique<FakeConsumer>(test.topic_),
               ReceiptWriter(*ledger, test.topic_, MissionId("unamid")),
               LinkWriter(test.topic_, MissionId("unamid"),
                          LinkPolicy{{MissionId("minurcat")}, std::chrono::seconds(3600)}, "one"),
               [](const absl::Status& status) { ADD_FAILURE() << status; }) {}
    Metrics metrics;
    std::unique_ptr<DeliveryLedger> ledger;
    WitnessBook book;
    LinkBoard links;
    Overdue overdue{SurfacePolicy{std::chrono::seconds(1), std::chrono::seconds(1)}};
    LedgerFeed feed;
  };
  void Start() {
    process_ = std::make_unique<Process>(*this);
    process_->feed.Grown({});
  }

  // Into the view at the next offset of partition 1, as of 1970.
  void Warn(Warning warning, Time logged = FromMicros(1'000)) {
    InputRecord record = testing::RecordOf(warning, 1, next_++);
    record.logged = logged;
    ASSERT_TRUE(view_->Apply({record}).ok());
    process_->feed.Grown({warning.id});
  }
  void Do(const Action& action) {
    InputRecord record = testing::ActionRecord(action, actions_++);
    record.logged = FromMicros(2'000);
    ASSERT_TRUE(view_->Apply({record}).ok());
    process_->feed.Grown({action.warning});
  }
  static v1::Delivery DeliveryOf(int n, int32_t revision = 1) {
    v1::Delivery delivery;
    delivery.mutable_view()->mutable_warning()->set_id(IdOf(n));
    delivery.mutable_view()->mutable_warning()->set_revision(revision);
    *delivery.mutable_cursor() = CursorAt(2);  // its record lies at 1
    return delivery;
  }
  static v1::Cursor CursorAt(int64_t offset) {
    v1::Cursor cursor;
    cursor.add_offsets(99);
    cursor.add_offsets(offset);
    return cursor;
  }
  static v1::Seen SeenOf(int n, int32_t revision = 1) {
    v1::Seen seen;
    seen.set_warning_id(IdOf(n));
    seen.set_revision(revision);
    return seen;
  }
  static auto Has(const std::string& receipt) {
    return [receipt](const std::vector<std::string>& all) {
      return std::find(all.begin(), all.end(), receipt) != all.end();
    };
  }

  prometheus::Registry registry_;
  testing::MemoryViewStore view_store_, ledger_store_;
  std::unique_ptr<View> view_ = *View::Open(view_store_, testing::Shape());
  FakeTopic topic_;
  std::unique_ptr<Process> process_;
  int64_t next_ = 1;
  int64_t actions_ = 1;
};

TEST_F(LedgerFeedTest, EachStageIsWrittenOnceWhoeverElseGetsTheWarning) {
  Warn(testing::WarningOf(1));
  Attendance one(process_->book, Caller("unamid"));
  Attendance two(process_->book, Caller("unamid"));
  for (Attendance* attendance : {&one, &two}) {
    attendance->Sending(DeliveryOf(1), 1, 1);
    attendance->Pushed();
    attendance->Acknowledged(CursorAt(1));  // not past it
  }
  ASSERT_TRUE(topic_.Await(Has("1.1 PUSHED")));
  one.Acknowledged(CursorAt(2));
  two.Acknowledged(CursorAt(2));
  ASSERT_TRUE(topic_.Await(Has("1.1 RECEIVED")));
  EXPECT_TRUE(two.Seen(SeenOf(1)).ok());
  ASSERT_TRUE(topic_.Await(Has("1.1 SEEN")));
  Do(testing::AcknowledgementOf(1, "a-1"));
  ASSERT_TRUE(topic_.Await(Has("1.1 ACKNOWLEDGED")));
  EXPECT_THAT(topic_.Receipts(), ElementsAre("1.1 COMMITTED", "1.1 PUSHED", "1.1 RECEIVED",
                                             "1.1 SEEN", "1.1 ACKNOWLEDGED"));
}

TEST_F(LedgerFeedTest, WhatAClientNeverGotItCannotHaveReceivedOrSeen) {
  Warn(testing::WarningOf(1));
  Attendance attendance(process_->book, Caller("unamid"));
  attendance.Acknowledged(CursorAt(50));
  EXPECT_TRUE(attendance.Seen(SeenOf(1)).ok());
  EXPECT_TRUE(attendance.Seen(SeenOf(7)).ok());  // there is none
  v1::Subscribe subscribe;
  *subscribe.mutable_cursor() = CursorAt(50);
  attendance.Subscribed(subscribe);
  // What comes later is taken after it.
  Warn(testing::WarningOf(2));
  ASSERT_TRUE(topic_.Await(Has("2.1 COMMITTED")));
  EXPECT_THAT(topic_.Receipts(), ElementsAre("1.1 COMMITTED", "2.1 COMMITTED"));
}

TEST_F(LedgerFeedTest, AProgramOrALiaisonOfficerIsNotTheWatch) {
  Warn(testing::WarningOf(1));
  for (const Role role : {Role::kService, Role::kLiaison}) {
    Attendance attendance(process_->book, Caller("unamid", role));
    attendance.Sending(DeliveryOf(1), 1, 1);
    attendance.Pushed();
    attendance.Acknowledged(CursorAt(2));
    EXPECT_TRUE(absl::IsPermissionDenied(attendance.Seen(SeenOf(1))));
    EXPECT_EQ(process_->book.presence().clients, 0);
  }
  Attendance attendance(process_->book, Caller("unamid"));
  EXPECT_EQ(process_->book.presence().clients, 1);
  EXPECT_TRUE(absl::IsInvalidArgument(attendance.Seen(SeenOf(1, 0))));
  EXPECT_TRUE(absl::IsInvalidArgument(attendance.Seen(v1::Seen())));
  Warn(testing::WarningOf(2));
  ASSERT_TRUE(topic_.Await(Has("2.1 COMMITTED")));
  EXPECT_THAT(topic_.Receipts(), ElementsAre("1.1 COMMITTED", "2.1 COMMITTED"));
}

TEST_F(LedgerFeedTest, WhatIsNotForThisCentreHasNoRow) {
  Warning theirs = testing::WarningOf(1);
  theirs.content.addressees = {MissionId("minurcat")};
  Warn(theirs);
  Warning secret = testing::WarningOf(2);
  secret.content.label = testing::Released("tocsin", {"minurcat"});
  Warn(secret);
  Warn(testing::WarningOf(3));
  ASSERT_TRUE(topic_.Await(Has("3.1 COMMITTED")));
  EXPECT_THAT(topic_.Receipts(), ElementsAre("3.1 COMMITTED"));
}

TEST_F(LedgerFeedTest, WhatAProcessNotedAndCouldNotWriteItsSuccessorWritesOnce) {
  Warn(testing::WarningOf(1));
  ASSERT_TRUE(topic_.Await(Has("1.1 COMMITTED")));
  topic_.SetAway(true);
  {
    Attendance attendance(process_->book, Caller("unamid"));
    attendance.Sending(DeliveryOf(1), 1, 1);
    attendance.Pushed();
    ASSERT_TRUE(topic_.AwaitAttempts(2));
  }
  process_.reset();
  topic_.SetAway(false);
  Start();
  ASSERT_TRUE(topic_.Await(Has("1.1 PUSHED")));
  // The same client comes back and says that it has it.
  Attendance attendance(process_->book, Caller("unamid"));
  v1::Subscribe subscribe;
  *subscribe.mutable_cursor() = CursorAt(2);
  attendance.Subscribed(subscribe);
  ASSERT_TRUE(topic_.Await(Has("1.1 RECEIVED")));
  EXPECT_THAT(topic_.Receipts(), ElementsAre("1.1 COMMITTED", "1.1 PUSHED", "1.1 RECEIVED"));
}

TEST_F(LedgerFeedTest, AnEmptyDiskWritesNothingThatTheTopicHas) {
  Warn(testing::WarningOf(1));
  Do(testing::AcknowledgementOf(1, "a-1"));
  ASSERT_TRUE(topic_.Await(Has("1.1 ACKNOWLEDGED")));
  const auto before = topic_.Receipts();
  process_.reset();
  for (const auto& [key, value] : std::map(ledger_store_.entries())) {
    ASSERT_TRUE(ledger_store_.Write({{key, std::nullopt}}).ok());
  }
  Start();
  Warn(testing::WarningOf(2));
  ASSERT_TRUE(topic_.Await(Has("2.1 COMMITTED")));
  auto after = topic_.Receipts();
  after.resize(before.size());
  EXPECT_EQ(after, before);
  EXPECT_EQ(topic_.Receipts().size(), before.size() + 1);
}

TEST_F(LedgerFeedTest, WhatIsOverdueSurfacesUntilItIsSeen) {
  const auto await = [&](int undelivered, int unseen) {
    v1::OverdueDeliveries overdue;
    // The thread judges each second.
    for (int i = 0; i < 6000; ++i) {
      overdue = process_->overdue.For({});
      if (overdue.undelivered() == undelivered && overdue.unseen() == unseen) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(overdue.undelivered(), undelivered);
    EXPECT_EQ(overdue.unseen(), unseen);
    return overdue;
  };
  Warn(testing::WarningOf(1));
  Warning exercise = testing::WarningOf(2);
  exercise.content.status = Status::kExercise;
  exercise.content.exercise_id = "flintlock";
  Warn(exercise);
  EXPECT_EQ(await(1, 0).oldest_undelivered().number(), 1);
  v1::WarningFilter filter;
  filter.add_statuses(v1::STATUS_EXERCISE);
  EXPECT_EQ(process_->overdue.For(filter).oldest_undelivered().number(), 2);
  filter.set_exercise_id("another");
  EXPECT_EQ(process_->overdue.For(filter).undelivered(), 0);
  Attendance attendance(process_->book, Caller("unamid"));
  attendance.Sending(DeliveryOf(1), 1, 1);
  attendance.Acknowledged(CursorAt(2));
  EXPECT_EQ(await(0, 1).oldest_unseen().number(), 1);
  // An update that alerts begins anew, a quiet one does not.
  Warning update = testing::WarningOf(1, 2);
  Warn(update);
  await(0, 1);
  update = testing::WarningOf(1, 3);
  update.alerts = true;
  Warn(update, FromMicros(5'000));
  EXPECT_EQ(await(1, 0).oldest_undelivered().revision(), 3);
  // What ended is nobody's worry.
  Warning end = testing::WarningOf(1, 4);
  end.message_type = MessageType::kCancel;
  Warn(end, FromMicros(6'000));
  await(0, 0);
}

TEST_F(LedgerFeedTest, TheLinkIsOnTheBoardOfThoseItIsShownToWhenItComesAndGoes) {
  const auto await = [&](v1::JocLinkStatus status) {
    for (int i = 0; i < 6000; ++i) {
      const auto links =
          process_->links.For(Caller("minurcat"), {}, std::chrono::steady_clock::now());
      if (!links.empty() && links[0].status() == status) return links[0];
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "no such link";
    return v1::JocLink();
  };
  await(v1::JOC_LINK_STATUS_DOWN);
  Warn(testing::WarningOf(1));
  {
    Attendance attendance(process_->book, Caller("unamid"));
    attendance.Sending(DeliveryOf(1), 1, 1);
    attendance.Acknowledged(CursorAt(2));
    await(v1::JOC_LINK_STATUS_UP);
    ASSERT_TRUE(topic_.Await(Has("1.1 RECEIVED")));
  }
  const v1::JocLink down = await(v1::JOC_LINK_STATUS_DOWN);
  EXPECT_EQ(down.mission(), "unamid");
  EXPECT_EQ(down.last_warning_id(), IdOf(1));
  EXPECT_GT(down.since_us(), 0);
  EXPECT_TRUE(process_->links.For(Caller("unmis"), {}, std::chrono::steady_clock::now()).empty());
}

}  // namespace
}  // namespace tocsin::gateway
