// Which keys are hot: the estimate against exact counts, the minute that slides, and what an
// operator is told of it, over the task's core.
#include "correlator/hot_keys.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlator/hot_key_report.h"
#include "correlator/task_core.h"
#include "lib/correlation/correlation_testing.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(HeavyHittersTest, AreExactWhileThereIsRoom) {
  HeavyHitters top(3);
  for (int i = 0; i < 5; ++i) top.Add(1, 2);
  top.Add(2, 7);
  top.Add(3, 1);
  EXPECT_EQ(top.total(), 18);
  for (const HeavyHitters::Entry& entry : top.entries()) EXPECT_EQ(entry.surplus, 0);
  EXPECT_EQ(top.entries()[0].weight, 10);
  // The lightest gives way; what it had may have been the newcomer's.
  top.Add(4, 1);
  EXPECT_EQ(top.entries()[2].key, 4U);
  EXPECT_EQ(top.entries()[2].weight, 2);
  EXPECT_EQ(top.entries()[2].AtLeast(), 1);
}

// Of 300 streams, some even, some of few keys, some with weights.
TEST(HeavyHittersTest, AreWithinTheirBoundOfExactCounts) {
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const size_t counters = 1 + random() % 40;
    const uint64_t keys = 1 + random() % 200;
    const uint64_t skew = 1 + random() % 4;
    const uint64_t heaviest = 1 + random() % 50;
    HeavyHitters top(counters);
    std::map<uint64_t, int64_t> exact;
    for (int i = 0; i < 2000; ++i) {
      uint64_t key = random() % keys;
      for (uint64_t again = 1; again < skew; ++again)
        key = std::min<uint64_t>(key, random() % keys);
      const auto weight = static_cast<int64_t>(random() % heaviest);
      top.Add(key, weight);
      exact[key] += weight;
    }
    const int64_t bound = top.total() / static_cast<int64_t>(counters);
    std::map<uint64_t, int64_t> held;
    for (const HeavyHitters::Entry& entry : top.entries()) {
      held[entry.key] = entry.weight;
      EXPECT_LE(entry.AtLeast(), exact[entry.key]);
      EXPECT_GE(entry.weight, exact[entry.key]);
      EXPECT_LE(entry.surplus, bound);
    }
    EXPECT_LE(held.size(), counters);
    EXPECT_EQ(held.size(), top.entries().size()) << "a key is there once";
    for (const auto& [key, weight] : exact) {
      EXPECT_TRUE(weight <= bound || held.contains(key)) << key << " of " << weight;
    }
  }
}

class HotKeysTest : public ::testing::Test {
 protected:
  // So many records of one key and of others, 50 µs each, and the end of that part.
  std::vector<HotKeys::Change> Part(int of_one, int of_others) {
    for (int i = 0; i < of_one; ++i) Note("one");
    for (int i = 0; i < of_others; ++i) Note(std::to_string(other_++ % 1000));
    now_ += HotKeys::kPart;
    return keys_.Turn(now_);
  }
  void Note(const std::string& value) {
    keys_.Note({{"area", value}, {"mission", "same for all"}}, took_);
  }
  std::vector<HotKeys::Change> OfArea(std::vector<HotKeys::Change> changes) const {
    std::erase_if(changes, [](const HotKeys::Change& change) { return change.spec != "area"; });
    return changes;
  }

  HotKeys::Clock::time_point now_;
  HotKeys keys_{now_};
  std::chrono::nanoseconds took_{2000};
  int other_ = 0;
};

TEST_F(HotKeysTest, AKeyIsHotAfterAWholeMinuteAndSaidOnce) {
  for (size_t i = 1; i < HotKeys::kParts; ++i) EXPECT_THAT(Part(500, 1500), IsEmpty());
  const auto changes = OfArea(Part(500, 1500));
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_TRUE(changes[0].hot);
  // A quarter, less the bound of what is held of the others.
  EXPECT_LE(changes[0].shares.records, 0.25);
  EXPECT_GE(changes[0].shares.records, 0.25 - 1.0 / HotKeys::kCounters);
  EXPECT_THAT(Part(500, 1500), IsEmpty());
  EXPECT_THAT(Part(500, 1500), IsEmpty());
}

TEST_F(HotKeysTest, EvenKeysAreNotHot) {
  for (int i = 0; i < 20; ++i) EXPECT_THAT(OfArea(Part(2, 1998)), IsEmpty());
  EXPECT_LT(keys_.shares().at("area").records, 0.01);
  EXPECT_EQ(keys_.shares().at("mission").records, 1);
}

TEST_F(HotKeysTest, ABurstOfTenSecondsIsNotAHotMinute) {
  for (int i = 0; i < 6; ++i) Part(0, 2000);
  EXPECT_THAT(OfArea(Part(2000, 0)), IsEmpty()) << "a seventh of the minute";
}

TEST_F(HotKeysTest, AKeyThatCoolsIsSaidOnceAndNotAtTheLimit) {
  for (int i = 0; i < 6; ++i) Part(500, 1500);
  // Between the two limits it stays what it is.
  for (int i = 0; i < 7; ++i) EXPECT_THAT(OfArea(Part(360, 1640)), IsEmpty()) << i;
  std::vector<HotKeys::Change> said;
  for (int i = 0; i < 12; ++i) {
    for (const HotKeys::Change& change : OfArea(Part(100, 1900))) said.push_back(change);
  }
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_FALSE(said[0].hot);
}

TEST_F(HotKeysTest, ASpecThatIsGoneIsNoLongerHot) {
  for (int i = 0; i < 6; ++i) Part(500, 1500);
  std::vector<HotKeys::Change> said;
  for (int i = 0; i < 6; ++i) {
    for (const HotKeys::Change& change : OfArea(Part(0, 0))) said.push_back(change);
  }
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_FALSE(said[0].hot);
  EXPECT_THAT(keys_.shares(), IsEmpty());
}

TEST_F(HotKeysTest, FewRecordsMakeNoKeyHot) {
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Part(50, 50), IsEmpty());
}

TEST_F(HotKeysTest, AKeyThatTakesTheThreadsTimeIsHotHoweverFewItsRecordsAre) {
  took_ = std::chrono::milliseconds(100);
  std::vector<HotKeys::Change> said;
  for (int i = 0; i < 12; ++i) {
    for (const HotKeys::Change& change : OfArea(Part(50, 0))) said.push_back(change);
  }
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_TRUE(said[0].hot);
  // Five seconds of ten, and half of them for the record's other key.
  EXPECT_NEAR(said[0].shares.time, 0.25, 0.001);
  EXPECT_EQ(said[0].shares.records, 0);
}

// The core that tells of its keys, and one that does not, over the same records.
class HotKeyTaskTest : public ::testing::Test {
 protected:
  HotKeyTaskTest() {
    const Control control = ControlOf({RuleDocument("attacks", R"(kind: event_count
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {window: 1m, severities: {moderate: 100000}}
address: other_side
)")});
    pack_ = *ParsePack(control.documents, TestMissions());
    Step(control);
  }
  void Step(const KeyedRecord& record) {
    InputRecord input;
    input.source = {"fusion.keyed.v1", 1};
    input.offset = offset_++;
    input.value = SerializeDeterministic(ToProto(record));
    TaskEffects effects;
    TaskEffects plain;
    ASSERT_TRUE(told_.Step(input, told_state_, effects).ok());
    ASSERT_TRUE(untold_.Step(input, untold_state_, plain).ok());
    EXPECT_EQ(effects.counts, plain.counts);
    ASSERT_EQ(effects.records.size(), plain.records.size());
    for (size_t i = 0; i < effects.records.size(); ++i) {
      EXPECT_EQ(effects.records[i].value, plain.records[i].value);
    }
  }
  std::string Metrics() const {
    std::string text;
    for (const auto& family : registry_.Collect()) {
      for (const auto& metric : family.metric) {
        for (const auto& label : metric.label) text += label.name + "=" + label.value + " ";
        text += std::to_string(metric.gauge.value) + "\n";
      }
    }
    return text;
  }

  Pack pack_;
  HotKeys::Clock::time_point now_;
  HotKeys keys_{now_};
  MemoryState told_state_, untold_state_;
  CorrelatorTaskCore told_{"correlator-1", 1, 4, {.warnings = 1, .matches = 1}, &keys_};
  CorrelatorTaskCore untold_{"correlator-1", 1, 4, {.warnings = 1, .matches = 1}};
  prometheus::Registry registry_;
  std::vector<std::string> lines_;
  HotKeyReport report_{registry_, "correlator-1",
                       [this](LogLevel level, const std::string& text, const nlohmann::json& f) {
                         lines_.push_back((level == LogLevel::kWarning ? "warning: " : "info: ") +
                                          text + " " + f.dump());
                       }};
  int64_t offset_ = 0;
};

TEST_F(HotKeyTaskTest, AnOperatorIsToldTheSpecAndNeverTheValue) {
  const auto minute = [&](int events) {
    for (size_t part = 0; part < HotKeys::kParts; ++part) {
      for (int i = 0; i < events; ++i) {
        // Far apart, so that no test waits for a count over all of them.
        const KeyedEvent event = AttackAt("e" + std::to_string(offset_), 10 * offset_);
        Step(Insert{KeysOf(pack_, event), event});
      }
      now_ += HotKeys::kPart;
      report_.Update(keys_, now_);
    }
  };
  minute(1000);
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr("warning: one key takes much of its partition"));
  EXPECT_THAT(lines_[0], HasSubstr("\"spec\":\"corridor\""));
  EXPECT_THAT(lines_[0], HasSubstr("\"percent_of_records\":100"));
  EXPECT_THAT(lines_[0], HasSubstr("docs/scaling.md"));
  const KeyedEvent event = AttackAt("e", 0);
  for (const CorrelationKey& key : KeysOf(pack_, event)) {
    EXPECT_THAT(lines_[0], Not(HasSubstr(key.value)));
    EXPECT_THAT(Metrics(), Not(HasSubstr(key.value)));
  }
  for (const CorridorId& corridor : event.corridors) {
    EXPECT_THAT(lines_[0] + Metrics(), Not(HasSubstr(corridor.str())));
  }
  EXPECT_THAT(Metrics(), HasSubstr("of=records spec=corridor task=correlator-1 1.000000"));
  EXPECT_EQ(told_state_.entries(), untold_state_.entries());
  minute(0);
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_[1], HasSubstr("info: no key of the spec"));
  EXPECT_EQ(Metrics(), "");
}

}  // namespace
}  // namespace tocsin
