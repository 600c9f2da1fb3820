// Input that is legal and awkward: times that are equal, or exactly at the edge of a window, a
// selection that takes everything, values that only bytes tell apart. docs/bad-input.md has the
// answers.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/correlation/correlation_testing.h"

namespace tocsin {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Duration kNext{1};

Document Any(const std::string& kind, const std::string& condition,
             const std::string& key = "corridor") {
  return RuleDocument("any", "kind: " + kind + "\ngroup_by: [" + key + R"(]
selections:
  a: {types: [security.attack]}
  b: {types: [security.sighting]}
condition: {)" + condition + "}\naddress: all\nlifetime: 30d\n");
}

KeyedEvent At(const std::string& id, Time time, const std::string& type = "security.attack") {
  KeyedEvent event = AttackAt(id, 0);
  event.type = type;
  event.observed = {time, time};
  event.accepted = std::max(time, AtMinute(0));
  event.point = Point{0.5, 0.5};
  event.attributes["feed"] = "mast";
  return event;
}

// What stands in the end.
class Told {
 public:
  void Take(const std::vector<Warning>& warnings) {
    for (const Warning& warning : warnings) last_[warning.id] = warning;
  }
  std::multiset<WarningContent> Contents() const {
    std::multiset<WarningContent> contents;
    for (const auto& [id, warning] : last_) {
      if (warning.message_type != MessageType::kCancel) contents.insert(warning.content);
    }
    return contents;
  }

 private:
  std::map<WarningId, Warning> last_;
};

std::multiset<WarningContent> AfterAll(const Document& rule, const std::vector<KeyedEvent>& events,
                                       int64_t until) {
  Bench bench({rule});
  Told standing;
  for (const KeyedEvent& event : events) standing.Take(bench.File(event));
  standing.Take(bench.TimeIs(until));
  return standing.Contents();
}

TEST(EqualTimes, GiveTheSameInEveryOrder) {
  const std::vector<std::pair<Document, size_t>> rules = {
      {Any("event_count", "window: 10m, severities: {minor: 4}"), 1},
      {Any("event_count", "window: 10m, tumbling: true, severities: {minor: 4}"), 1},
      {Any("value_count", "window: 10m, field: origin, severities: {minor: 4}"), 1},
      {Any("near", "within: 1s, radius_km: 1, all_of: [a, b], severity: severe"), 1},
      {Any("temporal", "within: 1s, steps: [a, b], severity: severe"), 1},
      {Any("temporal", "within: 1s, steps: [a, b], take: latest, severity: severe"), 1},
      {Any("temporal_ordered", "within: 1s, steps: [a, b], severity: severe"), 0},
  };
  for (const auto& [rule, stand] : rules) {
    std::vector<int> order = {0, 1, 2, 3};
    std::optional<std::multiset<WarningContent>> first;
    do {
      std::vector<KeyedEvent> events;
      for (const int i : order) {
        events.push_back(At("e" + std::to_string(i), AtMinute(5),
                            i % 2 == 0 ? "security.attack" : "security.sighting"));
      }
      const auto contents = AfterAll(rule, events, 10);
      EXPECT_EQ(contents.size(), stand) << rule.text;
      if (!first) first = contents;
      EXPECT_TRUE(contents == *first) << rule.text;
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(EqualTimes, AreNoGapAndNoCourse) {
  const Document silent = RuleDocument("silent", R"(kind: absence
group_by: [feed]
selections: {a: {types: [security.attack]}}
condition: {every: 10m, severity: minor}
address: all
lifetime: 30d
)");
  // Of two at one time the one with the least identity is followed by silence, whichever came
  // first.
  for (const bool turned : {false, true}) {
    std::vector<KeyedEvent> events = {At("x", AtMinute(5)), At("y", AtMinute(5))};
    if (turned) std::swap(events[0], events[1]);
    const auto contents = AfterAll(silent, events, 60);
    ASSERT_THAT(contents, SizeIs(1));
    EXPECT_EQ(contents.begin()->evidence.at(0).identity.id.str(), "x");
  }
}

// Just at the edge, and a microsecond beyond.
struct Edge {
  const char* name;
  Document rule;
  Duration at;
  bool holds_at, holds_beyond;
  const char* second = "security.attack";
  int64_t until = 0;  // minutes
};

TEST(Edges, OfWindowsAreAsWritten) {
  using std::chrono::minutes;
  const std::vector<Edge> edges = {
      {"a window is open at its beginning",
       Any("event_count", "window: 10m, severities: {minor: 2}"), minutes(10) - kNext, true, false},
      {"a bucket ends before the next begins",
       Any("event_count", "window: 10m, tumbling: true, severities: {minor: 2}"),
       minutes(10) - kNext, true, false},
      {"near is closed", Any("near", "within: 10m, radius_km: 1, all_of: [a, b], severity: minor"),
       minutes(10), true, false, "security.sighting"},
      {"a sequence is closed",
       Any("temporal_ordered", "within: 10m, steps: [a, b], severity: minor"), minutes(10), true,
       false, "security.sighting"},
      {"so is a gap",
       Any("temporal_ordered", "within: 30m, gap: 10m, steps: [a, b], severity: minor"),
       minutes(10), true, false, "security.sighting"},
      {"a silence is longer than allowed", Any("absence", "every: 10m, severity: minor", "feed"),
       minutes(10), false, true},
  };
  for (const Edge& edge : edges) {
    Document rule = edge.rule;
    if (std::string_view(edge.name).starts_with("a silence")) {
      rule.text.erase(rule.text.find("  b: "),
                      std::string("  b: {types: [security.sighting]}\n").size());
      rule.sha256 = Sha256Hex(rule.text);
    }
    for (const bool beyond : {false, true}) {
      const Time second = AtMinute(0) + edge.at + (beyond ? kNext : Duration(0));
      // In both orders of arrival.
      for (const bool turned : {false, true}) {
        std::vector<KeyedEvent> events = {At("x", AtMinute(0)), At("y", second, edge.second)};
        if (turned) std::swap(events[0], events[1]);
        EXPECT_THAT(AfterAll(rule, events, 0),
                    SizeIs((beyond ? edge.holds_beyond : edge.holds_at) ? 1 : 0))
            << edge.name << (beyond ? ", beyond" : ", at it");
      }
    }
  }
}

TEST(Everything, MayBeSelected) {
  const Document all = RuleDocument("all", R"(kind: event_count
group_by: [mission]
selections: {all: {types: [security.*, displacement.*, phase.*, sensor.*, feed.*], natures: [observed, expected, declared, planned]}}
condition: {window: 1d, severities: {minor: 1}}
address: all
lifetime: 30d
)");
  std::vector<KeyedEvent> events;
  for (const auto& [name, type] : TestPack().types) {
    events.push_back(At(name, AtMinute(std::ssize(events)), name));
  }
  const auto contents = AfterAll(all, events, 60);
  ASSERT_THAT(contents, SizeIs(1));
  EXPECT_THAT(contents.begin()->evidence, SizeIs(TestPack().types.size()));
}

// The same word with its accent on the letter and apart from it, and in another case.
TEST(Values, ThatOnlyBytesTellApartAreSeveralKeys) {
  const Document by_feed = Any("event_count", "window: 1d, severities: {minor: 1}", "feed");
  Bench bench({by_feed});
  Told told;
  int64_t minute = 0;
  for (const char* const feed :
       {"mast-\xc3\xa9", "mast-e\xcc\x81", "MAST-\xc3\xa9", "mast-\xc3\xa9"}) {
    KeyedEvent event = At("e" + std::to_string(minute), AtMinute(minute));
    event.attributes["feed"] = feed;
    told.Take(bench.File(event));
    ++minute;
  }
  std::multiset<size_t> sizes;
  for (const WarningContent& content : told.Contents()) sizes.insert(content.evidence.size());
  EXPECT_EQ(sizes, (std::multiset<size_t>{1, 1, 2}));
}

TEST(Values, AsLongAsIngestTakesThemMakeKeys) {
  Bench bench({Any("event_count", "window: 1d, severities: {minor: 2}", "feed")});
  KeyedEvent event = At("a", AtMinute(0));
  event.attributes["feed"] = std::string(4096, 'x');
  EXPECT_THAT(bench.File(event), IsEmpty());
  event.identity.id = EventId("b");
  EXPECT_THAT(bench.File(event), SizeIs(1));
}

// A store whose blocks are damaged finds some of what it is asked for, and not the rest.
TEST(Values, AStateThatLacksTheRulesItHasHeardOfIsDamaged) {
  Control control = ControlOf({Any("event_count", "window: 1d, severities: {minor: 2}", "feed")});
  control.router = {0, 2};
  control.rules_offset = 5;
  Correlator correlator(0, 4);
  MemoryState state;
  CorrelatorEffects effects;
  ASSERT_TRUE(correlator.Step(control, state, effects).ok());
  ASSERT_TRUE(correlator.Load(state).ok());
  ASSERT_TRUE(state.Get("p"));
  state.Delete("p");
  EXPECT_TRUE(absl::IsDataLoss(correlator.Load(state)));
}

}  // namespace
}  // namespace tocsin
