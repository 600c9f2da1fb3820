#include "lib/lifecycle/delivery.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr Time At(int64_t us) { return FromMicros(us); }

TEST(Delivery, TheFirstReceiptOfAStageHolds) {
  DeliveryState state;
  EXPECT_TRUE(state.Apply(ReceiptStage::kPushed, At(20)));
  EXPECT_FALSE(state.Apply(ReceiptStage::kPushed, At(10)));
  EXPECT_EQ(state.At(ReceiptStage::kPushed), At(20));
}

TEST(Delivery, AnAcknowledgementImpliesThatItWasSeenReceivedAndPushed) {
  DeliveryState state;
  EXPECT_TRUE(state.Apply(ReceiptStage::kAcknowledged, At(50)));
  for (const ReceiptStage stage :
       {ReceiptStage::kPushed, ReceiptStage::kReceived, ReceiptStage::kSeen}) {
    EXPECT_EQ(state.Since(stage), At(50));
    EXPECT_EQ(state.At(stage), kUnknownTime);  // nobody said so
  }
  EXPECT_FALSE(state.Has(ReceiptStage::kCommitted));
  // A client that says it later does not make it later.
  EXPECT_TRUE(state.Apply(ReceiptStage::kSeen, At(60)));
  EXPECT_EQ(state.Since(ReceiptStage::kSeen), At(50));
}

TEST(Delivery, WhatIsReceivedIsNotSeen) {
  DeliveryState state;
  state.Apply(ReceiptStage::kCommitted, At(1));
  state.Apply(ReceiptStage::kReceived, At(3));
  EXPECT_TRUE(state.Has(ReceiptStage::kPushed));
  EXPECT_FALSE(state.Has(ReceiptStage::kSeen));
}

TEST(Delivery, WhatThisBuildDoesNotKnowChangesNothing) {
  DeliveryState state;
  EXPECT_FALSE(state.Apply(static_cast<ReceiptStage>(77), At(5)));
  EXPECT_FALSE(state.Apply(ReceiptStage::kUnspecified, At(5)));
  EXPECT_FALSE(state.Apply(ReceiptStage::kSeen, kUnknownTime));
  EXPECT_FALSE(state.Apply(ReceiptStage::kSeen, At(-5)));
  EXPECT_EQ(state, DeliveryState());
  EXPECT_FALSE(state.Has(static_cast<ReceiptStage>(77)));
}

// Against a twin that keeps the first of each stage in a map: any receipts, any of them again, and
// again as a whole.
TEST(DeliveryProperty, RepetitionHasNoEffectAndLaterStagesImplyEarlierOnes) {
  std::mt19937_64 random(20260301);
  for (int run = 0; run < 2000; ++run) {
    std::vector<std::pair<ReceiptStage, Time>> receipts(random() % 12);
    for (auto& [stage, at] : receipts) {
      stage = static_cast<ReceiptStage>(random() % 8);
      at = At(static_cast<int64_t>(random() % 6) - 1);
    }
    DeliveryState state;
    std::map<ReceiptStage, Time> twin;
    for (const auto& [stage, at] : receipts) {
      state.Apply(stage, at);
      const int index = static_cast<int>(stage);
      if (index >= 1 && index <= 5 && at > kUnknownTime) twin.try_emplace(stage, at);
    }
    DeliveryState again = state;
    for (const auto& [stage, at] : receipts) EXPECT_FALSE(again.Apply(stage, at));
    EXPECT_EQ(again, state);
    for (const ReceiptStage stage : kReceiptStages) {
      EXPECT_EQ(state.At(stage), twin.contains(stage) ? twin[stage] : kUnknownTime);
    }
    for (size_t i = 2; i < kReceiptStages.size(); ++i) {
      if (!state.Has(kReceiptStages[i])) continue;
      ASSERT_TRUE(state.Has(kReceiptStages[i - 1]));
      EXPECT_LE(state.Since(kReceiptStages[i - 1]), state.Since(kReceiptStages[i]));
    }
  }
}

}  // namespace
}  // namespace tocsin
