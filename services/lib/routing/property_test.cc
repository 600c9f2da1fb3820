// Random histories against a naive model: whatever the order of arrival, with duplicates and
// restarts, what the keyed topic says in the end is, for each key, the greatest revision of each
// event.
#include <random>

#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"
#include "lib/routing/resolve.h"

namespace tocsin::testing_pack {
namespace {

// Key to identity to the event there, as a reader of the keyed topic holds it.
using Contents = std::map<CorrelationKey, std::map<Identity, KeyedEvent>>;

void Apply(const RouterEffects::Keyed& keyed, Contents& contents) {
  if (const auto* withdraw = std::get_if<Withdraw>(&keyed.record)) {
    for (auto& [key, events] : contents) {
      if (PartitionOf(PartitionText(key), 4) != keyed.partition) continue;
      const bool meant =
          withdraw->keys.empty() ||
          std::find(withdraw->keys.begin(), withdraw->keys.end(), key) != withdraw->keys.end();
      if (meant) events.erase(withdraw->identity);
    }
  } else if (const auto* insert = std::get_if<Insert>(&keyed.record)) {
    for (const CorrelationKey& key : insert->keys) {
      EXPECT_EQ(PartitionOf(PartitionText(key), 4), keyed.partition);
      contents[key].insert_or_assign(insert->event.identity, insert->event);
    }
  }
}

// For a failure that a person can read: "actor=lra: east/e1@2".
std::vector<std::string> Say(const Contents& contents) {
  std::vector<std::string> lines;
  for (const auto& [key, events] : contents) {
    for (const auto& [identity, event] : events) {
      lines.push_back(Timeline::Say(key) + " of status " + key.value.substr(14, 2) + ": " +
                      identity.mission.str() + "/" + identity.id.str() + "@" +
                      std::to_string(event.revision));
    }
  }
  return lines;
}

void DropEmpty(Contents& contents) {
  std::erase_if(contents, [](const auto& entry) { return entry.second.empty(); });
}

// The model: of each identity only the greatest revision counts.
Contents Expected(const std::vector<Event>& delivered) {
  const absl::StatusOr<Pack> pack = ParsePack(Documents(), {});
  EXPECT_TRUE(pack.ok()) << pack.status();
  const Boxes boxes;
  const Resolver resolver(*pack, boxes);
  std::map<Identity, Event> last;
  for (const Event& event : delivered) {
    const auto [it, added] = last.try_emplace(event.identity, event);
    if (!added && it->second.revision < event.revision) it->second = event;
  }
  Contents contents;
  for (const auto& [identity, event] : last) {
    if (event.revision_kind == RevisionKind::kWithdraw) continue;
    Counts counts;
    const KeyedEvent keyed = resolver.Resolve(event, counts);
    if (keyed.late) continue;
    for (const CorrelationKey& key : KeysOf(*pack, keyed)) contents[key].emplace(identity, keyed);
  }
  return contents;
}

class History {
 public:
  explicit History(uint32_t seed) : random_(seed) {}

  int Below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }

  // Revisions 1.. of one event, in the order filed.
  std::vector<Event> Revisions(const std::string& id, int days, int longest_delay_days) {
    const std::string mission = Below(2) == 0 ? "west" : "east";
    std::vector<Event> revisions;
    Event event = MakeEvent(mission, id, 0, kStart + Below(days) * kDay);
    Randomise(event);
    revisions.push_back(event);
    const int more = Below(4);
    for (int i = 0; i < more; ++i) {
      const auto kind = std::array{RevisionKind::kCorrect, RevisionKind::kWithdraw,
                                   RevisionKind::kRegrade}[Below(3)];
      event = Revised(event, kind, Below(longest_delay_days + 1) * kDay);
      if (kind == RevisionKind::kCorrect) Randomise(event);
      if (kind == RevisionKind::kRegrade) event.grading.reliability = "B";
      revisions.push_back(event);
    }
    return revisions;
  }

  std::mt19937& random() { return random_; }

 private:
  void Randomise(Event& event) {
    event.place.point->longitude = std::array{5.0, 9.7, 15.0, 40.0}[Below(4)];
    event.place.uncertainty_m = std::array{0, 60'000, 200'000}[Below(3)];
    event.type = std::array{"security.attack", "security.sighting", "other.thing"}[Below(3)];
    event.actors.clear();
    if (Below(2) == 0) event.actors.push_back({.name = "LRA", .register_id = "lra", .role = "x"});
    if (Below(3) == 0)
      event.actors.push_back({.name = "Justice Movement", .register_id = "", .role = ""});
    event.status = Below(4) == 0 ? Status::kExercise : Status::kActual;
    event.exercise_id = event.status == Status::kExercise ? "dawn" : "";
    event.nature = Below(4) == 0 ? Nature::kExpected : Nature::kObserved;
  }

  std::mt19937 random_;
};

// Everything that the router wrote, in order.
std::vector<RouterEffects::Keyed> Play(const std::vector<Event>& arrivals, int restart_every) {
  Timeline line;
  line.Activate();
  std::vector<RouterEffects::Keyed> all = line.effects().keyed;
  int steps = 0;
  for (const Event& event : arrivals) {
    const absl::Status status = line.Feed(event);
    EXPECT_TRUE(status.ok()) << status;
    all.insert(all.end(), line.effects().keyed.begin(), line.effects().keyed.end());
    if (++steps % 10 != 0) continue;
    line.Close();
    all.insert(all.end(), line.effects().keyed.begin(), line.effects().keyed.end());
    if (restart_every > 0 && steps % restart_every == 0) line.Restart();
  }
  return all;
}

Contents Read(const std::vector<RouterEffects::Keyed>& records) {
  Contents contents;
  for (const RouterEffects::Keyed& keyed : records) Apply(keyed, contents);
  DropEmpty(contents);
  return contents;
}

// All within what an identity is kept for: out of that order a topic never is.
TEST(RouterProperty, ShuffledDuplicatedHistoriesEndTheSame) {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    History history(seed);
    std::vector<Event> arrivals;
    for (int i = 0; i < 60; ++i) {
      for (const Event& event : history.Revisions("e" + std::to_string(i), 6, 4)) {
        arrivals.push_back(event);
        if (history.Below(4) == 0) arrivals.push_back(event);
      }
    }
    const Contents expected = Expected(arrivals);
    EXPECT_FALSE(expected.empty());
    for (int order = 0; order < 3; ++order) {
      const Contents found = Read(Play(arrivals, 0));
      EXPECT_EQ(Say(found), Say(expected)) << "seed " << seed << ", order " << order;
      EXPECT_TRUE(found == expected) << "seed " << seed << ", order " << order;
      std::shuffle(arrivals.begin(), arrivals.end(), history.random());
    }
  }
}

TEST(RouterProperty, LongHistoriesWithExpiryEndTheSame) {
  for (uint32_t seed = 100; seed < 120; ++seed) {
    History history(seed);
    std::vector<Event> arrivals;
    for (int i = 0; i < 150; ++i) {
      for (const Event& event : history.Revisions("e" + std::to_string(i), 300, 90)) {
        arrivals.push_back(event);
      }
    }
    // In the order of acceptance, as topics hold them; revisions of one event stay in order.
    std::stable_sort(arrivals.begin(), arrivals.end(),
                     [](const Event& a, const Event& b) { return a.accepted < b.accepted; });
    const Contents found = Read(Play(arrivals, 30));
    const Contents expected = Expected(arrivals);
    EXPECT_EQ(Say(found), Say(expected)) << "seed " << seed;
    EXPECT_TRUE(found == expected) << "seed " << seed;
  }
}

TEST(RouterProperty, RestartsChangeNothingThatIsWritten) {
  History history(7);
  std::vector<Event> arrivals;
  for (int i = 0; i < 150; ++i) {
    for (const Event& event : history.Revisions("e" + std::to_string(i), 60, 20)) {
      arrivals.push_back(event);
    }
  }
  std::shuffle(arrivals.begin(), arrivals.end(), history.random());
  const std::vector<RouterEffects::Keyed> once = Play(arrivals, 0);
  EXPECT_TRUE(Play(arrivals, 0) == once);
  EXPECT_TRUE(Play(arrivals, 10) == once);
  EXPECT_TRUE(Play(arrivals, 40) == once);
}

// What the shell does when a transaction is aborted: its writes are dropped, and its records fed
// again.
TEST(RouterProperty, AnAbortedTransactionLeavesNoTrace) {
  History history(11);
  std::vector<Event> arrivals;
  for (int i = 0; i < 60; ++i) {
    for (const Event& event : history.Revisions("e" + std::to_string(i), 60, 20)) {
      arrivals.push_back(event);
    }
  }
  const auto run = [&](int abort_every) {
    MemoryState state;
    Router router({.keyed_partitions = 4, .clock = ClockMode::kScenario, .margin = kSecond},
                  MakeBoxes);
    EXPECT_TRUE(router.Load(state).ok());
    std::vector<RouterInput> inputs;
    for (const Document& document : Documents()) inputs.emplace_back(document);
    inputs.emplace_back(MakeActivation(Documents()));
    for (const Event& event : arrivals) inputs.emplace_back(event);
    std::vector<RouterEffects::Keyed> all;
    constexpr size_t kBatch = 13;
    for (size_t from = 0, batch = 1; from < inputs.size(); from += kBatch, ++batch) {
      const bool abort = abort_every > 0 && batch % abort_every == 0;
      for (int attempt = abort ? 0 : 1; attempt < 2; ++attempt) {
        Overlay overlay(state);
        RouterEffects effects;
        for (size_t i = from; i < std::min(inputs.size(), from + kBatch); ++i) {
          const auto* event = std::get_if<Event>(&inputs[i]);
          const SourceId source =
              event != nullptr ? Sitreps(event->identity.mission.str()) : kRules;
          const absl::Status status =
              router.Step(source, static_cast<int64_t>(i), inputs[i], overlay, effects);
          EXPECT_TRUE(status.ok()) << status;
        }
        EXPECT_TRUE(router.Close(overlay, effects).ok());
        if (attempt == 0) {
          EXPECT_TRUE(router.Load(state).ok());
          continue;
        }
        for (const auto& [key, value] : overlay.Take()) {
          value ? state.Put(key, *value) : state.Delete(key);
        }
        all.insert(all.end(), effects.keyed.begin(), effects.keyed.end());
      }
    }
    return std::pair(all, state.entries());
  };
  const auto once = run(0);
  EXPECT_TRUE(run(1) == once);
  EXPECT_TRUE(run(3) == once);
}

}  // namespace
}  // namespace tocsin::testing_pack
