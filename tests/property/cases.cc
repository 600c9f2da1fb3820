#include "cases.h"

#include <algorithm>

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "cases_divergence.h"
#include "cases_schedule.h"

namespace tocsin::property {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Time kStart = FromMicros(int64_t{1'230'768'000} * 1'000'000);  // 2009-01-01
constexpr Duration kMargin = std::chrono::minutes(2);

TwinSelection RandomSelection(const std::string& name, Random& random,
                              std::vector<std::string> types) {
  TwinSelection selection;
  selection.name = name;
  selection.types = std::move(types);
  selection.natures = {"observed"};
  if (random.OneIn(3)) selection.natures = {"observed", "expected", "declared"};
  if (random.OneIn(6)) selection.missions = {"north"};
  if (random.OneIn(6)) selection.classes = {"armed_group"};
  if (random.OneIn(8)) selection.roles = {"perpetrator"};
  if (random.OneIn(8)) selection.killed = 1;
  return selection;
}

KeyedEvent RandomEvent(Kind kind, Random& random, int64_t identities) {
  KeyedEvent event;
  event.identity = {MissionId(random.OneIn(3) ? "south" : "north"),
                    EventId(absl::StrCat("e", random.Below(identities)))};
  const bool other = random.OneIn(16);
  event.status = other ? Status::kActual : Status::kExercise;
  event.exercise_id = other ? "" : "ex";
  static const std::vector<std::string> kTypes = {"security.attack", "security.sighting",
                                                  "sensor.thermal"};
  const bool beats = kind == Kind::kAbsence || kind == Kind::kSchedule;
  event.type = beats && !random.OneIn(5) ? "feed.heartbeat" : random.Of(kTypes);
  if (random.OneIn(40)) event.type = "security.unheard";
  event.nature =
      random.OneIn(5)
          ? random.Of(std::vector<Nature>{Nature::kExpected, Nature::kDeclared, Nature::kPlanned})
          : Nature::kObserved;
  event.observed.from = kStart + random.Below(kind == Kind::kNear ? 24 : 48) * kMinute;
  event.observed.to = event.observed.from + (random.OneIn(4) ? random.Below(12) : 0) * kMinute;
  if (random.OneIn(4)) {
    event.valid = Interval{kStart + random.Below(48) * kMinute, kStart + 60 * kMinute};
  }
  if (kind == Kind::kSurge) event.observed = RandomSurgeTime(random, kStart);
  event.accepted = event.observed.to + random.Below(600) * kMinute;
  event.late = random.OneIn(20);
  if (!random.OneIn(8)) {
    event.point =
        Point{static_cast<double>(random.Below(6)) / 10, static_cast<double>(random.Below(6)) / 10};
    event.uncertainty_m = random.OneIn(6) ? static_cast<double>(random.Below(40'000)) : 0;
  }
  for (const char* area : {"east", "north", "south"}) {
    if (random.OneIn(3)) event.areas.emplace_back(area);
  }
  for (const char* corridor : {"north-south", "south-east"}) {
    if (random.Below(3) > 0) event.corridors.emplace_back(corridor);
  }
  for (const char* actor : {"police", "raiders"}) {
    if (random.OneIn(3)) continue;
    event.actors.push_back({ActorId(actor),
                            std::string(actor) == "police" ? "government" : "armed_group",
                            random.OneIn(2) ? "perpetrator" : "victim"});
  }
  if (random.OneIn(2)) event.people.killed = random.Below(3);
  event.source_kind = random.Of(std::vector<std::string>{"patrol", "person", "sensor"});
  event.origin = absl::StrCat("o", random.Below(3));
  if (random.OneIn(3)) {
    event.same_incident_as = Identity{MissionId(random.OneIn(3) ? "south" : "north"),
                                      EventId(absl::StrCat("e", random.Below(identities)))};
  }
  event.grading = {random.Of(std::vector<std::string>{"", "A", "B", "C", "E", "F"}),
                   random.Of(std::vector<std::string>{"", "1", "2", "3", "5", "6"})};
  if (!random.OneIn(6)) event.attributes["feed"] = random.OneIn(3) ? "f2" : "f1";
  if (random.OneIn(2)) event.attributes["weapon"] = absl::StrCat("w", random.Below(3));
  return event;
}

// One by which some are told and others are not.
Label RandomLabel(const MissionId& originator, Random& random) {
  Label label;
  label.originator = originator;
  label.classification = random.OneIn(8)   ? Classification::kStrictlyConfidential
                         : random.OneIn(4) ? Classification::kConfidential
                                           : Classification::kUnclassified;
  label.tlp = random.OneIn(6) ? Tlp::kRed : random.OneIn(4) ? Tlp::kAmberStrict : Tlp::kGreen;
  if (random.OneIn(20)) label.classification = Classification::kUnspecified;
  if (random.OneIn(20)) label.tlp = Tlp::kUnspecified;
  if (random.OneIn(2)) label.releasable_to.emplace_back("*");  // sorted, as ingest does
  for (const char* mission : {"east", "mars", "north", "south"}) {
    if (random.OneIn(2)) label.releasable_to.emplace_back(mission);
  }
  if (random.OneIn(6)) label.caveats.emplace_back("NOT-TO-HOST");
  if (random.OneIn(12)) label.caveats.emplace_back("ORCON");
  return label;
}

// Clocks only go on, as the router's do.
Tick RandomTick(Random& random, Time& clock, bool last) {
  Tick tick;
  clock = std::max(clock, kStart + random.Below(120) * kMinute);
  tick.clock = clock;
  tick.margin = kMargin;
  tick.beat = random.OneIn(4);
  for (const char* topic : {"mission.north.sensors.v1", "mission.north.sitreps.v1",
                            "mission.south.sensors.v1", "mission.south.sitreps.v1"}) {
    SourceTime source;
    source.source = {topic, 0};
    source.status = SourceStatus::kAtEnd;
    source.last_accepted = kStart;
    if (random.OneIn(last ? 8 : 4)) {
      source.status = SourceStatus::kUnknown;
      source.unknown_since = kStart;
    } else if (!last && random.OneIn(4)) {
      source.status = SourceStatus::kBehind;
      // What is behind is behind what counts for a source at its end.
      const int64_t most = std::max<int64_t>(1, (clock - kMargin - kStart) / kMinute);
      source.last_accepted = kStart + random.Below(most) * kMinute;
    }
    tick.sources.push_back(source);
  }
  return tick;
}

}  // namespace

TwinRule RandomRule(Kind kind, Random& random) {
  TwinRule rule;
  rule.kind = kind;
  static const std::vector<std::vector<std::string>> kKeys = {
      {"corridor"}, {"area"},          {"mission"},         {"feed"},
      {"actor"},    {"area", "actor"}, {"corridor", "feed"}};
  rule.group_by = random.Of(kKeys);
  rule.minutes = random.Between(1, 20);
  rule.lifetime_minutes = random.Between(1, 90);
  rule.address = {
      random.Of(std::vector<std::string>{"evidence_areas", "neighbours", "originators", "all",
                                         "south", "releasable_to", "releasable_to"})};
  if (rule.group_by[0] == "corridor" && random.OneIn(2)) rule.address.push_back("other_side");
  const std::vector<std::string> all = {"security.*", "sensor.thermal"};
  if (kind == Kind::kComposite) {
    RandomComposite(rule, random);
  } else if (kind == Kind::kEventCount || kind == Kind::kValueCount) {
    const int64_t least = random.Between(1, 3);
    rule.severities = {{"minor", least}, {"severe", least + random.Between(1, 2)}};
    rule.selections = {RandomSelection(
        "one", random, random.OneIn(2) ? all : std::vector<std::string>{"security.*"})};
    if (random.OneIn(3)) {
      rule.selections.push_back(RandomSelection("two", random, {"security.attack"}));
    }
    rule.field =
        random.Of(std::vector<std::string>{"area", "corridor", "mission", "origin", "weapon"});
    rule.tumbling = random.OneIn(3);
    const std::string beside =
        random.Of(std::vector<std::string>{"area", "mission", "origin", "weapon"});
    const bool of_key =
        std::find(rule.group_by.begin(), rule.group_by.end(), beside) != rule.group_by.end();
    const bool counted = kind == Kind::kValueCount && beside == rule.field;
    if (random.OneIn(3) && !of_key && !counted) {
      rule.distinct_field = beside;
      rule.distinct = 2;
    }
  } else if (kind == Kind::kNear) {
    rule.radius_km = random.Between(5, 45);
    rule.minutes = random.Between(3, 30);
    rule.selections = {
        RandomSelection("a", random, {"security.*"}),
        RandomSelection("b", random,
                        random.OneIn(3) ? std::vector<std::string>{"security.attack"}
                                        : std::vector<std::string>{"sensor.thermal"})};
    if (random.OneIn(4)) rule.selections.push_back(RandomSelection("c", random, all));
  } else if (kind == Kind::kTemporal || kind == Kind::kTemporalOrdered) {
    RandomSequence(rule, random);
  } else if (kind == Kind::kDivergence) {
    MakeRandomDivergence(rule, random);
  } else if (kind == Kind::kSurge) {
    RandomSurgeRule(rule, random);
    rule.selections = {RandomSelection("one", random, all)};
  } else if (kind == Kind::kMovement) {
    rule.selections = {RandomSelection("seen", random, all)};
    if (random.OneIn(4)) {
      rule.selections.push_back(RandomSelection("sensed", random, {"sensor.thermal"}));
    }
    MakeMovementRule(random, rule);
  } else {
    rule.selections = {RandomSelection("beat", random, {"feed.*", "security.sighting"})};
    if (random.OneIn(3)) rule.selections[0].types = {"feed.heartbeat"};
    if (kind == Kind::kSchedule) MakeRandomSchedule(rule, random);
    if (random.OneIn(3)) rule.settle_minutes = random.Between(1, 30);
  }
  return rule;
}

std::string ToYaml(const TwinRule& rule) {
  const auto list = [](const std::vector<std::string>& values) {
    return absl::StrCat("[", absl::StrJoin(values, ", "), "]");
  };
  const char* const kinds[] = {"event_count", "value_count", "near",     "absence",
                               "absence",     "divergence",  "temporal", "temporal_ordered",
                               "surge",       "movement",    "composite"};
  std::vector<std::string> group_by = rule.group_by;
  if (rule.cells) group_by.emplace_back("cell");
  std::string text = absl::StrCat("id: ", rule.id, "\nversion: 1\ntitle: {en: T}\nwhy: W\nkind: ",
                                  kinds[static_cast<int>(rule.kind)],
                                  "\ngroup_by: ", list(group_by), "\nselections:\n");
  std::vector<std::string> names;
  for (const TwinSelection& s : rule.selections) {
    names.push_back(s.name);
    if (rule.kind == Kind::kComposite) {
      absl::StrAppend(&text, "  ", s.name, ": {rules: ", list(s.rules),
                      s.min_severity.empty() ? "" : ", min_severity: ", s.min_severity, "}\n");
      continue;
    }
    absl::StrAppend(&text, "  ", s.name, ":\n    types: ", list(s.types),
                    "\n    natures: ", list(s.natures), "\n");
    if (!s.missions.empty()) absl::StrAppend(&text, "    missions: ", list(s.missions), "\n");
    if (!s.classes.empty()) absl::StrAppend(&text, "    actor_classes: ", list(s.classes), "\n");
    if (!s.roles.empty()) absl::StrAppend(&text, "    actor_roles: ", list(s.roles), "\n");
    if (s.killed > 0) absl::StrAppend(&text, "    min: {killed: ", s.killed, "}\n");
  }
  absl::StrAppend(&text, "condition:\n");
  if (rule.kind == Kind::kComposite) {
    absl::StrAppend(&text, "  within: ", rule.minutes, "m\n  all_of: ", list(names),
                    "\n  severity: severe\n");
  } else if (rule.kind == Kind::kNear) {
    absl::StrAppend(&text, "  within: ", rule.minutes, "m\n  radius_km: ", rule.radius_km,
                    "\n  all_of: ", list(names), "\n  severity: severe\n");
  } else if (rule.kind == Kind::kTemporal || rule.kind == Kind::kTemporalOrdered) {
    text += SequenceYaml(rule);
  } else if (rule.kind == Kind::kSchedule) {
    absl::StrAppend(&text, "  daily_by: \"", rule.daily_by,
                    "\"\n  desk: south\n  severity: minor\n  settle: ", rule.settle_minutes, "m\n");
  } else if (rule.kind == Kind::kSurge) {
    absl::StrAppend(&text, SurgeYaml(rule));
  } else if (rule.kind == Kind::kMovement) {
    absl::StrAppend(&text, MovementCondition(rule));
  } else if (rule.kind == Kind::kAbsence) {
    absl::StrAppend(&text, "  every: ", rule.minutes, "m\n  severity: minor\n");
    if (rule.settle_minutes > 0) {
      absl::StrAppend(&text, "  settle: ", rule.settle_minutes * 60'000, "ms\n");
    }
  } else if (rule.kind == Kind::kDivergence) {
    text += DivergenceYaml(rule);
  } else {
    absl::StrAppend(&text, "  window: ", rule.minutes, "m\n  severities: {");
    for (const auto& [word, count] : rule.severities) {
      absl::StrAppend(&text, word == rule.severities[0].first ? "" : ", ", word, ": ", count);
    }
    absl::StrAppend(&text, "}\n", rule.tumbling ? "  tumbling: true\n" : "");
    if (rule.kind == Kind::kValueCount) absl::StrAppend(&text, "  field: ", rule.field, "\n");
    if (rule.distinct > 0) {
      absl::StrAppend(&text, "  distinct: {", rule.distinct_field, ": ", rule.distinct, "}\n");
    }
  }
  absl::StrAppend(&text, "address: ", list(rule.address),
                  "\nurgency: expected\nresponse: assess\n"
                  "label: {classification: unclassified, tlp: amber}\nlifetime: ",
                  rule.lifetime_minutes, "m\n");
  return text;
}

std::vector<Op> RandomHistory(Kind kind, Random& random) {
  std::vector<Op> ops;
  const bool many = kind == Kind::kSurge;
  const bool dense = kind == Kind::kNear || kind == Kind::kMovement || kind == Kind::kComposite;
  const int64_t identities = many ? random.Between(12, 30) : random.Between(2, 9);
  const int64_t steps = many ? random.Between(10, 50) : random.Between(dense ? 8 : 2, 22);
  Time clock = kStart;
  for (int64_t i = 0; i < steps; ++i) {
    Op op;
    const int64_t what = random.Below(20);
    if (what < 13) {
      op.event = RandomEvent(kind, random, identities);
      if (kind == Kind::kDivergence) MakeDeclaration(op.event, random);
      op.event.label = RandomLabel(op.event.identity.mission, random);
    } else if (what < 15) {
      op.what = Op::What::kWithdraw;
      op.event = RandomEvent(kind, random, identities);
      op.everywhere = random.OneIn(3);
    } else if (what < 17) {
      op.what = Op::What::kRepeat;
    } else if (what < 19) {
      op.what = Op::What::kTick;
      op.tick = RandomTick(random, clock, false);
    } else {
      op.what = Op::What::kRestart;
    }
    ops.push_back(std::move(op));
  }
  if (kind == Kind::kMovement) MakeMoving(random, ops);
  Op last;
  last.what = Op::What::kTick;
  last.tick = RandomTick(random, clock, true);
  ops.push_back(std::move(last));
  if (kind == Kind::kSchedule) StretchToDays(ops, random);
  return ops;
}

std::string Describe(const Op& op) {
  const auto minutes = [](Time t) { return (t - kStart) / kMinute; };
  const KeyedEvent& e = op.event;
  switch (op.what) {
    case Op::What::kWithdraw:
      return absl::StrCat("withdraw ", e.identity.mission.str(), "/", e.identity.id.str());
    case Op::What::kRepeat:
      return "repeat";
    case Op::What::kRestart:
      return "restart";
    case Op::What::kTick: {
      std::string text = absl::StrCat("tick ", minutes(op.tick.clock));
      for (const SourceTime& s : op.tick.sources) {
        absl::StrAppend(&text, " ", s.source.topic, "=", static_cast<int>(s.status), "@",
                        minutes(s.last_accepted));
      }
      return text;
    }
    case Op::What::kFile:
      break;
  }
  std::string text = absl::StrCat(
      "file ", e.identity.mission.str(), "/", e.identity.id.str(), " ", e.type, " nature ",
      static_cast<int>(e.nature), " at ", minutes(e.observed.from), "..", minutes(e.observed.to),
      e.valid ? absl::StrCat(" valid ", minutes(e.valid->from)) : "", e.late ? " late" : "",
      e.status == Status::kActual ? " actual" : "");
  if (e.point) {
    absl::StrAppend(&text, " (", e.point->latitude, ",", e.point->longitude, " +-", e.uncertainty_m,
                    ")");
  }
  for (const auto& area : e.areas) absl::StrAppend(&text, " area:", area.str());
  for (const auto& corridor : e.corridors) absl::StrAppend(&text, " corridor:", corridor.str());
  for (const auto& actor : e.actors) absl::StrAppend(&text, " ", actor.id.str(), ":", actor.role);
  for (const auto& [name, value] : e.attributes) absl::StrAppend(&text, " ", name, "=", value);
  absl::StrAppend(&text, " killed ", e.people.killed.value_or(0), " origin ", e.origin, " ",
                  e.source_kind, " ", e.grading.reliability, e.grading.credibility);
  if (e.same_incident_as) {
    absl::StrAppend(&text, " same as ", e.same_incident_as->mission.str(), "/",
                    e.same_incident_as->id.str());
  }
  absl::StrAppend(&text, " label ", static_cast<int>(e.label.classification), "/",
                  static_cast<int>(e.label.tlp));
  for (const auto& mission : e.label.releasable_to) absl::StrAppend(&text, " to:", mission.str());
  for (const auto& caveat : e.label.caveats) absl::StrAppend(&text, " ", caveat);
  return text;
}

}  // namespace tocsin::property
