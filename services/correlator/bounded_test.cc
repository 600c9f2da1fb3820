// What has expired leaves the state, and then the disk; and time that passes without events leaves
// the state as large as it was.
#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "correlator/task_core.h"
#include "lib/base/text.h"
#include "lib/correlation/correlation_testing.h"
#include "lib/kafka/topic_set.h"
#include "lib/rocks/store.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFarMinutes = int64_t{90} * 24 * 60;

Document ByFeed() {
  return RuleDocument("by-feed", R"(kind: event_count
group_by: [feed]
selections: {attack: {types: [security.attack]}}
condition: {window: 10m, severities: {moderate: 2}}
address: originators
)");
}

InputRecord RecordOf(const KeyedRecord& keyed, int64_t offset) {
  InputRecord record;
  record.source = {kKeyedTopic, 0};
  record.offset = offset;
  record.value = SerializeDeterministic(ToProto(keyed));
  return record;
}

Insert EventOf(const Pack& pack, int64_t number) {
  KeyedEvent event = AttackAt(StrCat("e", number), number % 60);
  event.attributes["feed"] = StrCat("feed-", number);
  return Insert{KeysOf(pack, event), event};
}

Tick BeatAt(int64_t minute) {
  Tick tick = Bench::TickAt(minute);
  tick.beat = true;
  return tick;
}

class BoundedTest : public ::testing::Test {
 protected:
  BoundedTest() {
    const auto pack = ParsePack(ControlOf({ByFeed()}).documents, TestMissions());
    EXPECT_TRUE(pack.ok());
    pack_ = *pack;
  }
  TaskEffects Step(const KeyedRecord& record, State& state) {
    TaskEffects effects;
    const absl::Status status = core_.Step(RecordOf(record, offset_++), state, effects);
    EXPECT_TRUE(status.ok()) << status;
    return effects;
  }

  Pack pack_;
  int64_t offset_ = 0;
  CorrelatorTaskCore core_{"correlator-0", 0, 1, {.warnings = 4, .matches = 1}};
};

int64_t BytesOf(const MemoryState& state) {
  int64_t bytes = 0;
  for (const auto& [key, value] : state.entries()) {
    bytes += static_cast<int64_t>(key.size() + value.size());
  }
  return bytes;
}

int64_t BytesIn(const fs::path& folder) {
  int64_t bytes = 0;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto size = entry.file_size(gone);
    if (!gone) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

TEST_F(BoundedTest, AnIdleHourLeavesTheStateAsLargeAsItWas) {
  MemoryState state;
  Step(ControlOf({ByFeed()}), state);
  for (int64_t i = 0; i < 100; ++i) Step(EventOf(pack_, i), state);
  Step(BeatAt(1000), state);
  const int64_t before = BytesOf(state);
  const size_t entries = state.entries().size();
  int64_t most = 0;
  for (int64_t second = 0; second < 3600; ++second) {
    int64_t bytes = 0;
    for (const OutputRecord& record : Step(BeatAt(1000 + second / 60), state).records) {
      EXPECT_EQ(record.target.topic, kWarningsTopic);
      bytes += static_cast<int64_t>(record.key.size() + record.value.size());
      for (const auto& [name, value] : record.headers) {
        bytes += static_cast<int64_t>(name.size() + value.size());
      }
    }
    most = std::max(most, bytes);
  }
  EXPECT_EQ(BytesOf(state), before);
  EXPECT_EQ(state.entries().size(), entries);
  // "Evaluated up to", to each of four partitions: docs/guarantees.md states it.
  std::cout << most << " bytes for a beat\n";
  EXPECT_GT(most, 0);
  EXPECT_LE(most, 4 * 500);
}

TEST_F(BoundedTest, WhatHasExpiredLeavesTheDiskByItself) {
  constexpr int64_t kEvents = 40'000;
  std::string folder = (fs::temp_directory_path() / "tocsin-bounded-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const fs::path path = fs::path(folder) / "state";
  {
    auto opened = Store::Open(path.string());
    ASSERT_TRUE(opened.ok()) << opened.status();
    Store& store = **opened;
    const auto flush = [&](const char* name) {
      ASSERT_EQ(store.Checkpoint((fs::path(folder) / name).string()), absl::OkStatus());
      fs::remove_all(fs::path(folder) / name);
    };
    const auto apply = [&](const auto& work) {
      Overlay overlay(store);
      work(overlay);
      ASSERT_TRUE(store.Apply(overlay.Take()).ok());
    };
    apply([&](State& state) { Step(ControlOf({ByFeed()}), state); });
    for (int64_t first = 0; first < kEvents; first += 1000) {
      apply([&](State& state) {
        for (int64_t i = first; i < first + 1000; ++i) Step(EventOf(pack_, i), state);
      });
    }
    flush("full");
    const int64_t full = BytesIn(path);
    apply([&](State& state) {
      const TaskEffects effects = Step(BeatAt(kFarMinutes), state);
      EXPECT_EQ(effects.counts.at("events_removed"), kEvents);
    });
    flush("empty");
    // Compaction goes on beside us, and needs nothing more to be written.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (BytesIn(path) > full / 10 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_LE(BytesIn(path), full / 10) << "of " << full;
    std::cout << full << " bytes with " << kEvents << " keys, " << BytesIn(path)
              << " after they had expired\n";
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tocsin
