// Random histories under rules that change while they run, the reading again interleaved at random
// with what goes on: in the end a reader of the keyed topic holds, for every rule in effect, what
// it would hold if these rules had been in effect from the beginning.
#include <random>

#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

constexpr int32_t kPartitions = 4;

// Key to identity to the event there. As a correlator: an older revision changes nothing, an equal
// one replaces.
class Copies {
 public:
  void Apply(const RouterEffects::Keyed& keyed) {
    if (const auto* withdraw = std::get_if<Withdraw>(&keyed.record)) {
      for (auto& [key, events] : events_) {
        if (PartitionOf(PartitionText(key), kPartitions) != keyed.partition) continue;
        const auto& keys = withdraw->keys;
        if (!keys.empty() && std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
        const auto it = events.find(withdraw->identity);
        if (it != events.end() && it->second.revision <= withdraw->revision) events.erase(it);
      }
    } else if (const auto* insert = std::get_if<Insert>(&keyed.record)) {
      for (const CorrelationKey& key : insert->keys) {
        EXPECT_EQ(PartitionOf(PartitionText(key), kPartitions), keyed.partition);
        const auto [it, added] = events_[key].try_emplace(insert->event.identity, insert->event);
        if (!added && it->second.revision <= insert->event.revision) it->second = insert->event;
      }
    }
  }

  // Copies under kinds of keys that no rule has go without being taken back.
  void RemoveUnused(const Pack& pack) {
    std::erase_if(events_, [&](const auto& entry) {
      return std::none_of(pack.rules.begin(), pack.rules.end(),
                          [&](const Rule& rule) { return rule.KeySpec() == entry.first.spec; });
    });
  }

  // What each rule sees, in words: "by-area area=west of 1: west/e1@2 accepted 17 in west".
  std::vector<std::string> Say(const Pack& pack) const {
    std::vector<std::string> lines;
    for (const Rule& rule : pack.rules) {
      for (const auto& [key, events] : events_) {
        if (key.spec != rule.KeySpec()) continue;
        for (const auto& [identity, event] : events) {
          // A copy that another rule wanted, or wants.
          if (pack.FindType(event.type) == nullptr) continue;
          const std::vector<CorrelationKey> wanted = KeysOf(rule, event);
          if (!std::binary_search(wanted.begin(), wanted.end(), key)) continue;
          std::string line = rule.id.str() + " " + Timeline::Say(key) + " of " +
                             key.value.substr(14, 2) + ": " + identity.mission.str() + "/" +
                             identity.id.str() + "@" + std::to_string(event.revision) +
                             " accepted " + std::to_string(ToMicros(event.accepted)) + " in";
          for (const AreaId& area : event.areas) line += " " + area.str();
          lines.push_back(std::move(line));
        }
      }
    }
    return lines;
  }

 private:
  std::map<CorrelationKey, std::map<Identity, KeyedEvent>> events_;
};

// A record of a mission's topic; no event: one that cannot be decoded.
struct Filed {
  SourceId source;
  int64_t offset = 0;
  std::optional<Event> event;
};

class World {
 public:
  explicit World(uint32_t seed) : random_(seed) {}

  int Below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }

  // Other rules: some gone, some new, some that look elsewhere or further back, other registers.
  std::vector<Document> Rules() {
    std::vector<Document> documents = Documents();
    const auto maybe = [&](int n, const std::string& text, const std::string& other) {
      if (Below(n) == 0) documents = Replaced(documents, text, other);
    };
    maybe(3, "window: 5d, severities: {moderate: 2}", "window: 90d, severities: {moderate: 2}");
    maybe(3, "severities: {moderate: 2}", "severities: {moderate: 3}");
    maybe(3, "    types: [security.attack]\n", "    types: [security.*]\n");
    maybe(4, "    natures: [observed, expected]\n", "");
    maybe(4, "group_by: [corridor]", "group_by: [mission]");
    maybe(4, "group_by: [actor]", "group_by: [area, actor]");
    maybe(4, "group_by: [area]", "group_by: [mission]");
    maybe(5, "lateness: 5d", "lateness: 30d");
    maybe(5, "lateness: 5d", "lateness: 2d");
    maybe(5, "jem: {class: armed_group", "jem: {class: civilians");
    maybe(6, "2099-12-31", kMoved);
    for (int i = Below(3); i > 0; --i) documents.erase(documents.begin() + Below(3));
    return documents;
  }

  // Records in the order of acceptance, the revisions of an event in one partition. Copies of a
  // record, and others of its revision, follow within what an identity is kept for.
  std::vector<Filed> History(int events, int days) {
    std::vector<Filed> filed;
    for (int i = 0; i < events; ++i) {
      const std::string mission = Below(2) == 0 ? "west" : "east";
      const SourceId source = Sitreps(mission, Below(2));
      Event event =
          MakeEvent(mission, "e" + std::to_string(i), 0, kStart + Below(days * 24) * kDay / 24);
      Randomise(event);
      const int revisions = 1 + Below(4);
      for (int revision = 1; revision <= revisions; ++revision) {
        if (revision > 1) {
          const auto kind = std::array{RevisionKind::kCorrect, RevisionKind::kWithdraw,
                                       RevisionKind::kRegrade}[Below(3)];
          event = Revised(event, kind, Below(Below(3) == 0 ? 60 : 6) * kDay + kSecond);
          if (kind == RevisionKind::kCorrect) Randomise(event);
        }
        filed.push_back({source, 0, event});
        if (Below(6) != 0) continue;
        Event again = event;
        // What is filed and unwanted is not remembered, so that it can only come again as it was.
        if (revision > 1) {
          again.accepted += Below(8) * kDay + kSecond;
          if (Below(2) == 0) Randomise(again);
        }
        filed.push_back({source, 0, again});
      }
    }
    std::stable_sort(filed.begin(), filed.end(), [](const Filed& a, const Filed& b) {
      return a.event->accepted < b.event->accepted;
    });
    std::map<SourceId, int64_t> offsets;
    for (Filed& record : filed) {
      int64_t& next = offsets[record.source];
      next += Below(4) == 0 ? 1 + Below(3) : 0;  // marks of transactions
      record.offset = next++;
      if (Below(12) == 0) record.event->accepted = kUnknownTime;
      const int bad = Below(30);
      if (bad == 0) record.event.reset();
      if (bad == 1) record.event->revision = 0;
    }
    return filed;
  }

 private:
  void Randomise(Event& event) {
    event.place.point->longitude = std::array{3.0, 5.0, 9.7, 12.0, 15.0, 40.0}[Below(6)];
    event.place.uncertainty_m = std::array{0, 0, 60'000, 200'000}[Below(4)];
    event.type =
        std::array{"security.attack", "security.attack", "security.sighting", "other"}[Below(4)];
    event.observed.to = event.accepted - Below(2) * 3 * kDay;
    event.observed.from = std::min(event.observed.from, event.observed.to);
    event.reported = Below(2) == 0 ? event.accepted : kUnknownTime;
    event.actors.clear();
    if (Below(2) == 0) event.actors.push_back({.name = "LRA", .register_id = "lra", .role = "x"});
    if (Below(3) == 0) event.actors.push_back({.name = "JEM", .register_id = "jem", .role = ""});
    event.status = Below(4) == 0 ? Status::kExercise : Status::kActual;
    event.exercise_id = event.status == Status::kExercise ? "dawn" : "";
    event.nature = Below(4) == 0 ? Nature::kExpected : Nature::kObserved;
  }

  std::mt19937 random_;
};

// A router as the shell runs it: transactions, and what it wants to read again.
class RunningRouter {
 public:
  // `restart_every`: so many transactions; 0: never.
  explicit RunningRouter(int restart_every) : restart_every_(restart_every) { Restart(); }

  void Activate(const std::vector<Document>& documents) {
    for (const Document& document : documents) Feed(kRules, rules_offset_++, document);
    Feed(kRules, rules_offset_++, MakeActivation(documents));
  }

  void Live(const Filed& filed) {
    log_[filed.source].push_back(filed);
    Feed(filed.source, filed.offset, filed.event);
  }

  // As asked for when the last transaction ended.
  void Again(int which) {
    if (wanted_.empty()) return;
    ReadAgain& part = wanted_[static_cast<size_t>(which) % wanted_.size()];
    const SourceId again = AgainSource(part.source);
    for (const Filed& filed : log_[part.source]) {
      if (filed.offset < part.from || filed.offset >= part.to) continue;
      part.from = filed.offset + 1;
      return Feed(again, filed.offset, filed.event);
    }
    router_->Skip(again, part.to - 1, state_);
    wanted_.erase(std::find(wanted_.begin(), wanted_.end(), part));
  }

  void Close() {
    RouterEffects effects;
    const absl::Status status = router_->Close(state_, effects);
    EXPECT_TRUE(status.ok()) << status;
    Keep(effects);
    // Correlators do it in portions; until all is read again they may have some left.
    if (!backfilling()) copies_.RemoveUnused(*router_->rules());
    if (restart_every_ > 0 && ++transactions_ % restart_every_ == 0) Restart();
    wanted_ = router_->Rereads();
  }

  bool backfilling() const { return !router_->backfilling().empty(); }
  const Copies& copies() const { return copies_; }
  const std::vector<RouterEffects::Keyed>& written() const { return written_; }
  int64_t count(const std::string& name) const {
    const auto it = counts_.find(name);
    return it == counts_.end() ? 0 : it->second;
  }

 private:
  void Restart() {
    router_ = std::make_unique<Router>(
        RouterOptions{
            .keyed_partitions = kPartitions, .clock = ClockMode::kScenario, .margin = kSecond},
        MakeBoxes);
    const absl::Status status = router_->Load(state_);
    ASSERT_TRUE(status.ok()) << status;
  }

  void Feed(const SourceId& source, int64_t offset, const std::optional<RouterInput>& input) {
    if (!input) return router_->Skip(source, offset, state_);
    RouterEffects effects;
    Overlay writes(state_);
    const absl::Status status = router_->Step(source, offset, *input, writes, effects);
    if (absl::IsInvalidArgument(status)) {
      EXPECT_TRUE(writes.Take().empty()) << status;
      return router_->Skip(source, offset, state_);
    }
    EXPECT_TRUE(status.ok()) << status;
    for (const auto& [key, value] : writes.Take()) {
      value ? state_.Put(key, *value) : state_.Delete(key);
    }
    Keep(effects);
  }

  void Keep(const RouterEffects& effects) {
    for (const RouterEffects::Keyed& keyed : effects.keyed) copies_.Apply(keyed);
    written_.insert(written_.end(), effects.keyed.begin(), effects.keyed.end());
    for (const auto& [name, count] : effects.counts) counts_[name] += count;
  }

  const int restart_every_;
  int transactions_ = 0;
  int64_t rules_offset_ = 0;
  MemoryState state_;
  std::unique_ptr<Router> router_;
  std::map<SourceId, std::vector<Filed>> log_;
  std::vector<ReadAgain> wanted_;
  Copies copies_;
  std::vector<RouterEffects::Keyed> written_;
  std::map<std::string, int64_t> counts_;
};

struct Plan {
  std::vector<Filed> filed;
  std::vector<std::vector<Document>> rules;  // in effect one after another
  std::vector<size_t> changes;               // before which record; as many as rules, less one
};

Plan MakePlan(World& world) {
  Plan plan;
  plan.filed = world.History(20 + world.Below(40), 20 + world.Below(200));
  plan.rules.push_back(world.Rules());
  for (int i = 1 + world.Below(3); i > 0; --i) {
    plan.rules.push_back(world.Rules());
    plan.changes.push_back(static_cast<size_t>(world.Below(static_cast<int>(plan.filed.size()))));
  }
  std::sort(plan.changes.begin(), plan.changes.end());
  return plan;
}

void Change(RunningRouter& run, const Plan& plan, uint32_t order) {
  World dice(order);
  run.Activate(plan.rules[0]);
  run.Close();
  size_t change = 0;
  const int pace = 1 + dice.Below(6);
  for (size_t i = 0; i < plan.filed.size(); ++i) {
    while (change < plan.changes.size() && plan.changes[change] == i) {
      run.Activate(plan.rules[++change]);
    }
    run.Live(plan.filed[i]);
    for (int n = dice.Below(pace); n > 0; --n) run.Again(dice.Below(4));
    if (dice.Below(3) == 0) run.Close();
  }
  run.Close();
  while (run.backfilling()) {
    for (int n = dice.Below(20); n > 0; --n) run.Again(dice.Below(4));
    run.Close();
  }
}

Pack Parsed(const std::vector<Document>& documents) {
  auto pack = ParsePack(documents, MakeActivation(documents).live_missions);
  EXPECT_TRUE(pack.ok()) << pack.status();
  return *std::move(pack);
}

TEST(BackfillProperty, EndsAsIfTheRulesHadBeenThereFromTheBeginning) {
  std::map<std::string, int64_t> seen;
  for (uint32_t seed = 1; seed <= 1500; ++seed) {
    World world(seed);
    const Plan plan = MakePlan(world);
    RunningRouter changed(0);
    Change(changed, plan, seed);
    RunningRouter from_the_beginning(0);
    from_the_beginning.Activate(plan.rules.back());
    for (const Filed& filed : plan.filed) {
      from_the_beginning.Live(filed);
      if (world.Below(3) == 0) from_the_beginning.Close();
    }
    const Pack pack = Parsed(plan.rules.back());
    ASSERT_EQ(changed.copies().Say(pack), from_the_beginning.copies().Say(pack)) << "seed " << seed;
    for (const char* name : {"backfills", "backfill_inserts", "passed_over", "read_again_in_vain",
                             "withdrawn_everywhere", "expired"}) {
      seen[name] += changed.count(name);
    }
  }
  // What this is about has happened.
  for (const auto& [name, count] : seen) EXPECT_GT(count, 1000) << name;
}

TEST(BackfillProperty, RestartsChangeNothingThatIsWritten) {
  for (uint32_t seed = 5000; seed < 5040; ++seed) {
    World world(seed);
    const Plan plan = MakePlan(world);
    RunningRouter once(0), often(1);
    Change(once, plan, seed);
    Change(often, plan, seed);
    ASSERT_TRUE(once.written() == often.written()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tocsin::testing_pack
