// A partition holds so many keys of a spec, and no more: docs/decisions/0023.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

Document ByFeed() {
  return RuleDocument("by-feed", R"(kind: event_count
group_by: [feed]
selections: {attack: {types: [security.attack]}}
condition: {window: 10m, severities: {moderate: 2}}
address: originators
)");
}

Insert Of(const std::vector<std::string>& feeds, const std::string& id, int64_t minute) {
  Insert insert{{}, AttackAt(id, minute)};
  for (const std::string& feed : feeds) {
    const auto pack = ParsePack(ControlOf({ByFeed()}).documents, TestMissions());
    EXPECT_TRUE(pack.ok());
    KeyedEvent event = insert.event;
    event.attributes["feed"] = feed;
    for (const CorrelationKey& key : KeysOf(*pack, event)) insert.keys.push_back(key);
  }
  EXPECT_EQ(insert.keys.size(), feeds.size());
  return insert;
}

class KeysHeldTest : public ::testing::Test {
 protected:
  absl::Status Try(const Insert& insert) {
    const auto before = bench_.state().entries();
    effects_ = {};
    absl::Status status = bench_.correlator().Step(insert, bench_.state(), effects_);
    if (!status.ok()) {
      EXPECT_EQ(bench_.state().entries(), before) << "refused, and yet changed";
      EXPECT_TRUE(effects_.counts.empty());
    }
    return status;
  }

  Bench bench_{{ByFeed()}, 2};
  CorrelatorEffects effects_;
};

TEST_F(KeysHeldTest, OneKeyMoreThanMayBeIsRefusedAndThoseThatAreHeldGoOn) {
  ASSERT_TRUE(Try(Of({"f1"}, "a", 0)).ok());
  ASSERT_TRUE(Try(Of({"f2"}, "b", 0)).ok());
  const absl::Status refused = Try(Of({"f3"}, "c", 1));
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("holds 2 keys"));
  EXPECT_TRUE(Try(Of({"f1"}, "d", 2)).ok());
  EXPECT_THAT(effects_.warnings, SizeIs(1)) << "a key that is held has its rules as ever";
  // Of several keys those that are held take the event.
  EXPECT_TRUE(Try(Of({"f2", "f4"}, "e", 2)).ok());
  EXPECT_EQ(effects_.counts.at("keys_refused"), 1);
  EXPECT_THAT(effects_.warnings, SizeIs(1));
}

TEST_F(KeysHeldTest, AKeyWithNothingLeftMakesRoom) {
  ASSERT_TRUE(Try(Of({"f1"}, "a", 0)).ok());
  ASSERT_TRUE(Try(Of({"f2"}, "b", 0)).ok());
  ASSERT_FALSE(Try(Of({"f3"}, "c", 1)).ok());
  // Far past every horizon.
  bench_.TimeIs(int64_t{60} * 24 * 60);
  bench_.TimeIs(int64_t{90} * 24 * 60);
  EXPECT_TRUE(Try(Of({"f3"}, "d", int64_t{90} * 24 * 60)).ok());
  EXPECT_TRUE(Try(Of({"f4"}, "e", int64_t{90} * 24 * 60)).ok());
  EXPECT_FALSE(Try(Of({"f5"}, "f", int64_t{90} * 24 * 60)).ok());
}

TEST_F(KeysHeldTest, AnotherProcessOverTheSameStateAnswersTheSame) {
  ASSERT_TRUE(Try(Of({"f1"}, "a", 0)).ok());
  ASSERT_TRUE(Try(Of({"f2"}, "b", 0)).ok());
  Correlator other(0, 4, ShadowRules::kToldToNobody, 2);
  ASSERT_TRUE(other.Load(bench_.state()).ok());
  CorrelatorEffects effects;
  EXPECT_EQ(other.Step(Of({"f3"}, "c", 1), bench_.state(), effects).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(other.Step(Of({"f1"}, "d", 1), bench_.state(), effects).ok());
}

}  // namespace
}  // namespace tocsin
