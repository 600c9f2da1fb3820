#include "cells_world.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include "lib/domain/codec.h"
#include "lib/geo/place_index.h"
#include "lib/rules/pack_testing.h"
#include "twin.h"

namespace tocsin::property {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
const SourceId kRules = {"fusion.rules.v1", 0};
const SourceId kMatches = {"fusion.matches.v1", 0};

// The antimeridian, both poles, a corner of three faces of the cube, an edge of two, the middle of
// a face, and the registers' areas with their corridors.
const std::vector<Point>& Spots() {
  static const std::vector<Point> spots = {{0.3, 180},       {-17, -180},        {90, 0},  {-90, 0},
                                           {35.2643897, 45}, {-35.2643897, 135}, {10, 45}, {0, 0},
                                           {0.2, 0.4},       {48, 11.5}};
  return spots;
}

// So far from it at most, in any direction.
Point Around(const Point& spot, double metres, Random& random) {
  const double degrees = metres / 111'195;
  const double angle = static_cast<double>(random.Below(360)) * M_PI / 180;
  const double away = degrees * static_cast<double>(random.Below(1001)) / 1000;
  Point point;
  point.latitude = spot.latitude + away * std::cos(angle);
  double longitude = spot.longitude;
  if (std::fabs(spot.latitude) == 90) {
    point.latitude = spot.latitude > 0 ? 90 - away : away - 90;
    longitude = angle * 180 / M_PI;
  } else {
    longitude += away * std::sin(angle) / std::cos(spot.latitude * M_PI / 180);
  }
  while (longitude > 180) longitude -= 360;
  while (longitude < -180) longitude += 360;
  point.longitude = longitude;
  return point;
}

Event EventOf(const KeyedEvent& keyed) {
  Event event;
  event.identity = keyed.identity;
  event.status = keyed.status;
  event.exercise_id = keyed.exercise_id;
  event.type = keyed.type;
  event.nature = keyed.nature;
  event.observed = keyed.observed;
  event.valid = keyed.valid;
  event.place.point = keyed.point;
  event.place.uncertainty_m = keyed.uncertainty_m;
  for (const KeyedActor& actor : keyed.actors) {
    Actor one;
    one.register_id = actor.id.str();
    one.role = actor.role;
    event.actors.push_back(one);
  }
  event.people = keyed.people;
  event.source.kind = keyed.source_kind;
  event.source.protected_id = keyed.origin;
  event.source.same_incident_as = keyed.same_incident_as;
  event.grading = keyed.grading;
  event.label = keyed.label;
  event.attributes = keyed.attributes;
  return event;
}

SourceId SourceOf(const Event& event) {
  const bool sensed = event.type.starts_with("sensor.");
  return {absl::StrCat("mission.", event.identity.mission.str(),
                       sensed ? ".sensors.v1" : ".sitreps.v1"),
          0};
}

Time ExpiresOf(const std::string& line) {
  const std::string word = " expires ";
  return FromMicros(std::stoll(line.substr(line.find(word) + word.size())));
}

}  // namespace

TwinRule RandomCellRule(Random& random) {
  TwinRule rule = RandomRule(Kind::kNear, random);
  rule.cells = true;
  static const std::vector<std::vector<std::string>> kScopes = {
      {}, {}, {}, {"mission"}, {"actor"}, {"feed"}, {"corridor"}, {"mission", "actor"}};
  rule.group_by = random.Of(kScopes);
  std::erase(rule.address, "other_side");
  rule.radius_km = random.Of(std::vector<int64_t>{1, 7, 40, 60, 100, 250, 500});
  return rule;
}

std::vector<Op> RandomCellHistory(const TwinRule& rule, Random& random) {
  std::vector<Op> ops = RandomHistory(Kind::kNear, random);
  std::vector<Point> spots = {random.Of(Spots())};
  if (random.OneIn(2)) spots.push_back(random.Of(Spots()));
  const auto metres = static_cast<double>(rule.radius_km * random.Between(300, 1600));
  for (Op& op : ops) {
    if (!op.event.point) continue;
    op.event.point = Around(random.Of(spots), metres, random);
  }
  return ops;
}

CellsWorld::CellsWorld(const TwinRule& rule, int32_t partitions)
    : rule_(rule), partitions_(partitions) {
  router_ = NewRouter();
  EXPECT_TRUE(router_->Load(router_state_).ok());
  states_.resize(static_cast<size_t>(partitions));
  keyed_.resize(states_.size());
  for (int32_t p = 0; p < partitions; ++p) {
    correlators_.push_back(std::make_unique<Correlator>(p, partitions));
    EXPECT_TRUE(correlators_.back()->Load(states_[static_cast<size_t>(p)]).ok());
  }
  Activate(rule, "rule", 1);
  Drain();
  EXPECT_TRUE(outcome_.problem.empty()) << outcome_.problem << "\n" << ToYaml(rule);
  router_base_ = router_state_;
  base_ = states_;
}

void CellsWorld::Fail(const std::string& problem) {
  if (outcome_.problem.empty()) outcome_.problem = problem;
}

void CellsWorld::Feed(const SourceId& source, int64_t offset, const RouterInput& input) {
  RouterEffects effects;
  const absl::Status status = router_->Step(source, offset, input, router_state_, effects);
  if (!status.ok()) Fail(status.ToString());
  for (RouterEffects::Keyed& keyed : effects.keyed) {
    keyed_[static_cast<size_t>(keyed.partition)].push_back(std::move(keyed.record));
  }
}

void CellsWorld::Activate(const TwinRule& rule, const std::string& name, int32_t version) {
  Activation activation;
  for (const Document& document : DocumentsOf(rule, name, version)) {
    Feed(kRules, offsets_[kRules]++, document);
    activation.documents.push_back(
        {document.kind, document.name, document.version, document.sha256});
  }
  std::sort(activation.documents.begin(), activation.documents.end());
  activation.live_missions = TestMissions();
  activation.digest = DigestOf(activation.documents, activation.live_missions);
  Feed(kRules, offsets_[kRules]++, activation);
  Close(false);
}

void CellsWorld::Close(bool beat) {
  RouterEffects effects;
  if (beat) {
    Observation observation;
    observation.beat = true;
    router_->Observe(observation, router_state_, effects);
  }
  const absl::Status status = router_->Close(router_state_, effects);
  if (!status.ok()) Fail(status.ToString());
  for (RouterEffects::Keyed& keyed : effects.keyed) {
    if (const auto* tick = std::get_if<Tick>(&keyed.record)) last_ = *tick;
    keyed_[static_cast<size_t>(keyed.partition)].push_back(std::move(keyed.record));
  }
  wanted_ = router_->Rereads();
}

void CellsWorld::Begin(uint64_t seed) {
  random_ = Random(seed);
  router_state_ = router_base_;
  states_ = base_;
  log_.clear();
  std::erase_if(offsets_, [](const auto& entry) { return entry.first != kRules; });
  known_.clear();
  last_reported_.reset();
  accepted_ = kUnknownTime;
  matches_.clear();
  said_.clear();
  written_.clear();
  wanted_.clear();
  standing_.clear();
  last_ = {};
  told_ = 0;
  outcome_ = {};
  away_.reset();
  if (random_.OneIn(3)) away_ = static_cast<size_t>(random_.Below(partitions_));
  Restart();
}

std::unique_ptr<Router> CellsWorld::NewRouter() const {
  return std::make_unique<Router>(
      RouterOptions{
          .keyed_partitions = partitions_, .clock = ClockMode::kScenario, .margin = Duration(0)},
      MakeS2PlaceIndex);
}

void CellsWorld::Restart() {
  if (always_restart_) {
    router_ = NewRouter();
    for (int32_t p = 0; p < partitions_; ++p) {
      correlators_[static_cast<size_t>(p)] = std::make_unique<Correlator>(p, partitions_);
    }
  }
  EXPECT_TRUE(router_->Load(router_state_).ok());
  for (size_t p = 0; p < states_.size(); ++p) EXPECT_TRUE(correlators_[p]->Load(states_[p]).ok());
}

void CellsWorld::Take(size_t by, const CorrelatorEffects& effects) {
  for (const Warning& warning : effects.warnings) {
    outcome_.effects += Encode(warning);
    const auto before = standing_.find(warning.id);
    const int32_t revision = before == standing_.end() ? 0 : before->second.revision;
    if (warning.revision != revision + 1) Fail("revisions with a gap");
    if (warning.found_by_backfill && warning.alerts) Fail("found by backfill, and alerts");
    standing_[warning.id] = warning;
  }
  for (const Match& match : effects.matches) {
    outcome_.effects += Encode(match);
    matches_.push_back({match, by, written_[by]++});
    ++told_;
  }
  if (effects.found) said_[by] = {written_[by], *effects.found};
  if (!effects.throttled.empty()) Fail("throttled");
}

bool CellsWorld::DeliverKeyed() {
  const auto start = static_cast<size_t>(random_.Below(partitions_));
  for (size_t i = 0; i < keyed_.size(); ++i) {
    const size_t p = (start + i) % keyed_.size();
    if (keyed_[p].empty() || p == away_) continue;
    const KeyedRecord record = std::move(keyed_[p].front());
    keyed_[p].erase(keyed_[p].begin());
    CorrelatorEffects effects;
    const absl::Status status = correlators_[p]->Step(record, states_[p], effects);
    if (!status.ok()) Fail(status.ToString());
    Take(p, effects);
    return true;
  }
  return false;
}

bool CellsWorld::DeliverMatch() {
  for (auto it = said_.begin(); it != said_.end(); ++it) {
    const auto& [number, found] = it->second;
    const size_t by = it->first;
    const int64_t before = number;
    if (std::any_of(matches_.begin(), matches_.end(),
                    [&](const Written& one) { return one.by == by && one.number < before; })) {
      continue;
    }
    Feed(kMatches, offsets_[kMatches]++, found);
    said_.erase(it);
    break;
  }
  if (matches_.empty()) return false;
  auto it = matches_.begin() + random_.Below(std::ssize(matches_));
  it = std::find_if(matches_.begin(), it, [&](const Written& one) {
    return one.match.event.identity == it->match.event.identity;
  });
  const Match match = it->match;
  if (!random_.OneIn(8)) matches_.erase(it);  // else it comes twice
  Feed(kMatches, offsets_[kMatches]++, match);
  return true;
}

void CellsWorld::ReadOneAgain() {
  if (wanted_.empty()) return;
  const auto which = static_cast<size_t>(random_.Below(std::ssize(wanted_)));
  ReadAgain& part = wanted_[which];
  const SourceId again = AgainSource(part.source);
  for (const Reported& one : log_[part.source]) {
    if (one.offset < part.from || one.offset >= part.to) continue;
    part.from = one.offset + 1;
    Feed(again, one.offset, one.event);
    return;
  }
  router_->Skip(again, part.to - 1, router_state_);
  wanted_.erase(wanted_.begin() + static_cast<ptrdiff_t>(which));
}

void CellsWorld::Mix() {
  for (int64_t n = random_.Below(6); n > 0; --n) {
    switch (random_.Below(5)) {
      case 0:
        DeliverMatch();
        break;
      case 1:
        ReadOneAgain();
        break;
      default:
        DeliverKeyed();
    }
  }
  if (!random_.OneIn(4)) return;
  Close(false);
  if (always_restart_) Restart();
}

void CellsWorld::Drain() {
  for (bool any = true; any;) {
    any = false;
    while (DeliverKeyed()) any = true;
    while (DeliverMatch()) any = true;
  }
}

void CellsWorld::Report(const Op& op) {
  Known& one = known_[op.event.identity];
  if (one.revision == 0 && op.what == Op::What::kWithdraw) return;
  Event event = op.what == Op::What::kWithdraw ? one.last.event : EventOf(op.event);
  event.revision = ++one.revision;
  event.revision_kind = op.what == Op::What::kWithdraw ? RevisionKind::kWithdraw
                        : one.revision == 1            ? RevisionKind::kFile
                                                       : RevisionKind::kCorrect;
  accepted_ = std::max(accepted_, event.observed.to) + kMinute / 60;
  event.accepted = accepted_;
  // Whatever it becomes, it stays on the topic that it began on.
  if (one.revision == 1) one.source = SourceOf(event);
  one.event.reset();
  if (op.what != Op::What::kWithdraw) one.event = event;
  one.last = {offsets_[one.source]++, event};
  log_[one.source].push_back(one.last);
  last_reported_ = event.identity;
  Feed(one.source, one.last.offset, event);
}

// The same record again, as a sender who got no answer sends it.
void CellsWorld::Repeat() {
  if (!last_reported_) return;
  Known& one = known_[*last_reported_];
  Reported again = one.last;
  again.offset = offsets_[one.source]++;
  again.event.accepted = accepted_;
  log_[one.source].push_back(again);
  Feed(one.source, again.offset, again.event);
}

void CellsWorld::Tell(const Op& op) {
  switch (op.what) {
    case Op::What::kFile:
    case Op::What::kWithdraw:
      return Report(op);
    case Op::What::kRepeat:
      return Repeat();
    case Op::What::kTick:
      return Close(true);
    case Op::What::kRestart:
      Close(false);  // between two transactions
      return Restart();
  }
}

Engine::Outcome CellsWorld::Run(const std::vector<Op>& ops, uint64_t seed, const TwinRule* after,
                                size_t at) {
  Begin(seed);
  const int64_t rules_read = offsets_[kRules];
  for (size_t i = 0; i < ops.size(); ++i) {
    if (after != nullptr && i == at) Activate(*after, "rule", 2);
    Tell(ops[i]);
    Mix();
  }
  Drain();
  away_.reset();
  Drain();
  Close(false);
  while (!router_->backfilling().empty()) {
    while (!wanted_.empty()) ReadOneAgain();
    Close(false);
  }
  // What a change of rules has left to do comes in portions, with each tick.
  for (int i = 0; i < 4; ++i) {
    Close(true);
    Drain();
  }
  Engine::Outcome outcome = Compare(after == nullptr ? rule_ : *after, after != nullptr);
  offsets_[kRules] = rules_read;
  return outcome;
}

Engine::Outcome CellsWorld::Compare(const TwinRule& rule, bool changed) {
  const auto index =
      MakeS2PlaceIndex(router_->rules()->areas_geojson, router_->rules()->corridors_geojson);
  EXPECT_TRUE(index.ok()) << index.status();
  const Resolver resolver(*router_->rules(), **index);
  std::vector<KeyedEvent> events;
  Counts counts;
  for (const auto& [identity, one] : known_) {
    if (one.event) events.push_back(resolver.Resolve(*one.event, counts));
  }
  const Time evaluated = EvaluatedUpTo(last_);
  for (std::string& line : TwinWarnings(rule, events, last_)) {
    if (!changed || ExpiresOf(line) >= evaluated) outcome_.twin.push_back(std::move(line));
  }
  for (const auto& [id, warning] : standing_) {
    if (warning.message_type == MessageType::kCancel) continue;
    if (changed && warning.content.expires < evaluated) continue;
    outcome_.engine.push_back(LineOf(warning.content));
  }
  std::sort(outcome_.engine.begin(), outcome_.engine.end());
  return std::move(outcome_);
}

}  // namespace tocsin::property
