#include "gateway/delivery_ledger.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/gateway_testing.h"
#include "gateway/receipts_record.h"
#include "tocsin/v1/receipt.pb.h"

namespace tocsin::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr Time At(int64_t us) { return FromMicros(us); }

Receipt Of(int n, int32_t revision, ReceiptStage stage, int64_t us) {
  return {WarningId(testing::IdOf(n)), revision, stage, At(us)};
}

class DeliveryLedgerTest : public ::testing::Test {
 protected:
  static LedgerShape Shape() { return {MissionId("unamid"), "cluster", "epoch-r"}; }

  void Note(std::vector<Noted> notes) { ASSERT_TRUE(ledger_->Note(notes).ok()); }
  // Commits, and pushes to client "desk" at offset 10 of partition 1.
  void Push(int n) {
    Note({{Of(n, 1, ReceiptStage::kCommitted, 10)},
          {Of(n, 1, ReceiptStage::kPushed, 20), "desk", 1, 10}});
  }
  DeliveryLedger::Report Read(const std::vector<Receipt>& receipts,
                              const std::string& mission = "unamid") {
    InputRecord record;
    record.source = SourceId{"fusion.receipts.v1", 0};
    record.offset = next_++;
    record.value = ReceiptsRecordOf(MissionId(mission), receipts).value;
    return *ledger_->Apply({record});
  }
  DeliveryState State(int n, int32_t revision = 1) const {
    for (const auto& row : ledger_->Rows(WarningId(testing::IdOf(n)))) {
      if (row.revision == revision) return row.state;
    }
    return {};
  }
  void Reopen() { ledger_ = *DeliveryLedger::Open(store_, Shape()); }

  testing::MemoryViewStore store_;
  std::unique_ptr<DeliveryLedger> ledger_ = *DeliveryLedger::Open(store_, Shape());
  int64_t next_ = 1;
};

TEST_F(DeliveryLedgerTest, WhatIsNotedIsOwedUntilTheTopicHasItAlsoAcrossARestart) {
  Push(1);
  const auto owed = ledger_->Owed(10);
  EXPECT_THAT(owed, ElementsAre(Of(1, 1, ReceiptStage::kCommitted, 10),
                                Of(1, 1, ReceiptStage::kPushed, 20)));
  Reopen();
  EXPECT_EQ(ledger_->Owed(10), owed);
  Read({owed[0]});
  EXPECT_THAT(ledger_->Owed(10), ElementsAre(owed[1]));
  Read({owed[1]});
  EXPECT_THAT(ledger_->Owed(10), IsEmpty());
  EXPECT_EQ(State(1).At(ReceiptStage::kPushed), At(20));
  EXPECT_EQ(ledger_->Position(), 3);
}

TEST_F(DeliveryLedgerTest, TheFirstReceiptOfTheTopicHoldsAlsoAgainstWhatIsOwed) {
  Push(1);
  // Another gateway of the mission pushed it, too, and was first in the log.
  Read({Of(1, 1, ReceiptStage::kPushed, 15)});
  EXPECT_EQ(State(1).At(ReceiptStage::kPushed), At(15));
  EXPECT_THAT(ledger_->Owed(10), ElementsAre(Of(1, 1, ReceiptStage::kCommitted, 10)));
  EXPECT_EQ(Read({Of(1, 1, ReceiptStage::kPushed, 20)}).repeated, 1);
  EXPECT_EQ(State(1).At(ReceiptStage::kPushed), At(15));
}

TEST_F(DeliveryLedgerTest, WhatAnotherMissionSaysIsPassed) {
  Read({Of(1, 1, ReceiptStage::kPushed, 15)}, "minurcat");
  EXPECT_THAT(ledger_->Warnings(), IsEmpty());
  EXPECT_EQ(ledger_->Position(), 2);
}

TEST_F(DeliveryLedgerTest, AClientsWordHoldsOnlyForWhatWasPushed) {
  Note({{Of(1, 1, ReceiptStage::kCommitted, 10)},
        {Of(1, 1, ReceiptStage::kReceived, 30), "desk"},
        {Of(1, 1, ReceiptStage::kSeen, 30), "desk"},
        {Of(2, 1, ReceiptStage::kSeen, 30), "desk"}});
  EXPECT_FALSE(State(1).Has(ReceiptStage::kPushed));
  EXPECT_THAT(ledger_->Rows(WarningId(testing::IdOf(2))), IsEmpty());
  Note({{Of(1, 1, ReceiptStage::kPushed, 40), "desk", 0, 1},
        {Of(1, 1, ReceiptStage::kSeen, 50), "desk"}});
  EXPECT_EQ(State(1).At(ReceiptStage::kSeen), At(50));
  // What a person did is in the log, whoever pushed what.
  Note({{Of(3, 1, ReceiptStage::kCommitted, 10)}, {Of(3, 1, ReceiptStage::kAcknowledged, 60)}});
  EXPECT_TRUE(State(3).Has(ReceiptStage::kReceived));
}

TEST_F(DeliveryLedgerTest, AQuietRevisionBringsTheLastOneThatAlerts) {
  Note({{Of(1, 1, ReceiptStage::kCommitted, 10)}, {Of(1, 4, ReceiptStage::kCommitted, 40)}});
  Note({{Of(1, 3, ReceiptStage::kPushed, 50), "desk", 0, 7}});
  EXPECT_EQ(State(1, 1).At(ReceiptStage::kPushed), At(50));
  EXPECT_FALSE(State(1, 4).Has(ReceiptStage::kPushed));
  Note({{Of(1, 6, ReceiptStage::kPushed, 60), "desk", 0, 9}});
  EXPECT_EQ(State(1, 4).At(ReceiptStage::kPushed), At(60));
}

TEST_F(DeliveryLedgerTest, WhoResumesAfterWhatItWasPushedHasIt) {
  Push(1);
  EXPECT_THAT(ledger_->ReceivedBy("desk", {99, 10}, At(90)), IsEmpty());  // not past it
  EXPECT_THAT(ledger_->ReceivedBy("other", {99, 11}, At(90)), IsEmpty());
  EXPECT_THAT(ledger_->ReceivedBy("desk", {}, At(90)), IsEmpty());
  Reopen();
  const auto received = ledger_->ReceivedBy("desk", {0, 11}, At(90));
  ASSERT_EQ(received.size(), 1U);
  Note(received);
  EXPECT_EQ(State(1).At(ReceiptStage::kReceived), At(90));
  EXPECT_THAT(ledger_->ReceivedBy("desk", {0, 11}, At(95)), IsEmpty());
}

TEST_F(DeliveryLedgerTest, AStoreOfAnotherTopicIsRefused) {
  LedgerShape other = Shape();
  other.epoch = "epoch-s";
  EXPECT_TRUE(absl::IsFailedPrecondition(DeliveryLedger::Open(store_, other).status()));
}

TEST_F(DeliveryLedgerTest, WhatIsForgottenLeavesNothingBehind) {
  const size_t empty = store_.entries().size();
  Push(1);
  EXPECT_THAT(ledger_->Warnings(), UnorderedElementsAre(WarningId(testing::IdOf(1))));
  ASSERT_TRUE(ledger_->Forget({WarningId(testing::IdOf(1))}).ok());
  EXPECT_EQ(store_.entries().size(), empty);
}

TEST_F(DeliveryLedgerTest, WhatGatewaysSayOfTheirLinksIsKeptAndOldOnesAreForgotten) {
  const auto beat = [&](const std::string& mission, const std::string& instance, int64_t hours) {
    v1::ReceiptsRecord proto;
    proto.set_mission(mission);
    proto.mutable_link()->set_instance(instance);
    InputRecord record;
    record.offset = next_++;
    record.logged = FromMicros(hours * 3'600'000'000);
    record.value = proto.SerializeAsString();
    return *ledger_->Apply({record});
  };
  EXPECT_EQ(beat("unamid", "a", 1).links.size(), 1U);
  beat("unamid", "b", 2);
  beat("minurcat", "c", 2);
  Reopen();
  EXPECT_EQ(ledger_->Links().size(), 3U);
  beat("unamid", "d", 26);  // a is older than a day, b just not
  EXPECT_EQ(ledger_->Links().size(), 3U);
  EXPECT_EQ(beat("", "e", 27).unusable, 1);
  EXPECT_FALSE(ledger_->LastReceived().has_value());
  Push(1);
  Note({{Of(1, 1, ReceiptStage::kReceived, 70), "desk"}});
  Read({Of(2, 3, ReceiptStage::kReceived, 60)});
  EXPECT_EQ(ledger_->LastReceived(), Of(1, 1, ReceiptStage::kReceived, 70));
}

TEST_F(DeliveryLedgerTest, RecordsThatAreNoneAreCountedAndPassed) {
  InputRecord record;
  record.offset = 5;
  record.value = "\xff\xff";
  EXPECT_EQ(ledger_->Apply({record})->unusable, 1);
  EXPECT_EQ(Read({Of(1, 0, ReceiptStage::kSeen, 5),
                  Of(1, 1, ReceiptStage::kSeen, 0),
                  {WarningId(), 1, ReceiptStage::kSeen, At(5)},
                  Of(1, 1, static_cast<ReceiptStage>(9), 5)})
                .unusable,
            4);
  EXPECT_THAT(ledger_->Warnings(), IsEmpty());
}

// Two gateways of a mission over one topic, each of which notes what it does, writes what it owes,
// in part twice, and is opened anew now and then: in the end both owe nothing and have the same
// rows, the same as one that only reads.
TEST(DeliveryLedgerProperty, GatewaysOfAMissionComeToTheSameLedgerFromTheTopic) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    const LedgerShape shape{MissionId("unamid"), "cluster", "epoch-r"};
    struct Gateway {
      testing::MemoryViewStore store;
      std::unique_ptr<DeliveryLedger> ledger;
    };
    std::array<Gateway, 3> gateways;  // the last one only reads
    for (Gateway& gateway : gateways) gateway.ledger = *DeliveryLedger::Open(gateway.store, shape);
    std::vector<InputRecord> topic;
    const auto read = [&](Gateway& gateway) {
      const auto from = static_cast<size_t>(gateway.ledger->Position().value_or(0));
      ASSERT_TRUE(
          gateway.ledger->Apply({topic.begin() + static_cast<long>(from), topic.end()}).ok());
    };
    const auto write = [&](Gateway& gateway) {
      const auto owed = gateway.ledger->Owed(3);
      if (owed.empty()) return;
      InputRecord record;
      record.offset = static_cast<int64_t>(topic.size());
      record.value = ReceiptsRecordOf(shape.mission, owed).value;
      topic.push_back(std::move(record));
    };
    for (int step = 1; step <= 200; ++step) {
      Gateway& gateway = gateways.at(random() % 2);
      switch (random() % 8) {
        case 0:
          gateway.ledger = *DeliveryLedger::Open(gateway.store, shape);
          break;
        case 1:
        case 2:
          write(gateway);
          break;
        case 3:
          read(gateway);
          break;
        default:
          ASSERT_TRUE(
              gateway.ledger
                  ->Note({{Of(static_cast<int>(random() % 4), 1 + static_cast<int>(random() % 3),
                              static_cast<ReceiptStage>(1 + random() % 5), step),
                           random() % 2 == 0 ? "desk" : "", 0, step}})
                  .ok());
      }
    }
    for (int round = 0; round < 100; ++round) {
      for (Gateway& gateway : gateways) {
        read(gateway);
        write(gateway);
      }
    }
    for (Gateway& gateway : gateways) {
      read(gateway);
      EXPECT_TRUE(gateway.ledger->Owed(1).empty()) << "seed " << seed;
      ASSERT_EQ(gateway.ledger->Warnings(), gateways[2].ledger->Warnings());
      for (const WarningId& id : gateway.ledger->Warnings()) {
        const auto rows = gateway.ledger->Rows(id);
        const auto twin = gateways[2].ledger->Rows(id);
        ASSERT_EQ(rows.size(), twin.size());
        for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].state, twin[i].state);
      }
    }
  }
}

}  // namespace
}  // namespace tocsin::gateway
