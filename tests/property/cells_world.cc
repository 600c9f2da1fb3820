#include "cells_world.h"

#include <algorithm>
#include <utility>

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/domain/codec.h"
#include "lib/geo/place_index.h"
#include "lib/rules/pack_testing.h"
#include "twin.h"

namespace tocsin::property {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
const SourceId kRules = {"fusion.rules.v1", 0};
SourceId MatchesTo(size_t router) { return {"fusion.matches.v1", static_cast<int32_t>(router)}; }

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

// As many partitions as router tasks: each has one.
SourceId SourceOf(const Event& event, int32_t partitions) {
  const bool sensed = event.type.starts_with("sensor.") || event.type.starts_with("feed.");
  return {absl::StrCat("mission.", event.identity.mission.str(),
                       sensed ? ".sensors.v1" : ".sitreps.v1"),
          PartitionOf(event.identity.id.str(), partitions)};
}

Time ExpiresOf(const std::string& line) {
  const std::string word = " expires ";
  return FromMicros(std::stoll(line.substr(line.find(word) + word.size())));
}

}  // namespace

CellsWorld::CellsWorld(const TwinRule& rule, int32_t partitions, int32_t routers)
    : rule_(rule), partitions_(partitions), routers_(routers) {
  desks_.resize(static_cast<size_t>(routers));
  for (int32_t i = 0; i < routers; ++i) {
    Desk& desk = desks_[static_cast<size_t>(i)];
    desk.router = NewRouter(i);
    EXPECT_TRUE(desk.router->Load(desk.state).ok());
    desk.keyed.resize(static_cast<size_t>(partitions));
  }
  states_.resize(static_cast<size_t>(partitions));
  for (int32_t p = 0; p < partitions; ++p) {
    correlators_.push_back(std::make_unique<Correlator>(p, partitions));
    EXPECT_TRUE(correlators_.back()->Load(states_[static_cast<size_t>(p)]).ok());
  }
  Activate(rule, "rule", 1);
  Drain();
  EXPECT_TRUE(outcome_.problem.empty()) << outcome_.problem << "\n" << ToYaml(rule);
  for (Desk& desk : desks_) desk.base = desk.state;
  base_ = states_;
}

void CellsWorld::Fail(const std::string& problem) {
  if (outcome_.problem.empty()) outcome_.problem = problem;
}

void CellsWorld::Feed(Desk& desk, const SourceId& source, int64_t offset,
                      const RouterInput& input) {
  RouterEffects effects;
  const absl::Status status = desk.router->Step(source, offset, input, desk.state, effects);
  if (!status.ok()) Fail(status.ToString());
  Send(desk, effects);
}

void CellsWorld::Send(Desk& desk, RouterEffects& effects) {
  for (RouterEffects::Keyed& keyed : effects.keyed) {
    if (const auto* tick = std::get_if<Tick>(&keyed.record)) desk.last = *tick;
    desk.keyed[static_cast<size_t>(keyed.partition)].push_back(std::move(keyed.record));
  }
}

// What is to be read, one record after the other; the rules come to each router task when it gets
// there.
bool CellsWorld::ReadOne(Desk& desk) {
  if (desk.inputs.empty()) return false;
  const Input input = std::move(desk.inputs.front());
  desk.inputs.erase(desk.inputs.begin());
  if (input.heeded) {
    desk.router->Heed(input.source, std::get<Event>(input.record), desk.state);
  } else {
    Feed(desk, input.source, input.offset, input.record);
  }
  // Documents and what activates them are one: their order is not what is tried here.
  if (std::holds_alternative<Document>(input.record)) return ReadOne(desk);
  if (std::holds_alternative<Activation>(input.record)) Close(desk, false);
  return true;
}

// To the router task that reads it, and to all others what it tells them of the time. One alone
// reads at once.
void CellsWorld::Offer(const SourceId& source, int64_t offset, const RouterInput& record) {
  for (int32_t i = 0; i < routers_; ++i) {
    const bool own = source == kRules || source.partition % routers_ == i;
    desks_[static_cast<size_t>(i)].inputs.push_back({source, offset, record, !own});
  }
  if (routers_ == 1) ReadOne(desks_.front());
}

void CellsWorld::Activate(const TwinRule& rule, const std::string& name, int32_t version) {
  Activation activation;
  for (const Document& document : DocumentsOf(rule, name, version)) {
    for (Desk& desk : desks_) desk.inputs.push_back({kRules, offsets_[kRules], document, false});
    ++offsets_[kRules];
    activation.documents.push_back(
        {document.kind, document.name, document.version, document.sha256});
  }
  std::sort(activation.documents.begin(), activation.documents.end());
  activation.live_missions = TestMissions();
  activation.digest = DigestOf(activation.documents, activation.live_missions);
  Offer(kRules, offsets_[kRules]++, activation);
}

void CellsWorld::Close(Desk& desk, bool beat) {
  RouterEffects effects;
  if (beat) {
    Observation observation;
    observation.beat = true;
    if (times_) observation.sources = SeenBy(desk);
    desk.router->Observe(observation, desk.state, effects);
  }
  const absl::Status status = desk.router->Close(desk.state, effects);
  if (!status.ok()) Fail(status.ToString());
  Send(desk, effects);
  desk.wanted = desk.router->Rereads();
}

// Every partition that is its own, read to its end or not.
std::vector<SourceTime> CellsWorld::SeenBy(const Desk& desk) const {
  std::vector<SourceTime> seen;
  const auto index = static_cast<int32_t>(&desk - desks_.data());
  for (const MissionId& mission : TestMissions()) {
    for (const char* stream : {".sensors.v1", ".sitreps.v1"}) {
      SourceTime& one = seen.emplace_back();
      one.source = {absl::StrCat("mission.", mission.str(), stream), index};
      one.status = desk.inputs.empty() ? SourceStatus::kAtEnd : SourceStatus::kBehind;
    }
  }
  return seen;
}

void CellsWorld::CloseAll(bool beat) {
  for (Desk& desk : desks_) Close(desk, beat);
}

void CellsWorld::Begin(uint64_t seed) {
  random_ = Random(seed);
  for (Desk& desk : desks_) {
    desk.state = desk.base;
    desk.inputs.clear();
    desk.wanted.clear();
    desk.last = {};
    desk.delivered.clear();
  }
  states_ = base_;
  log_.clear();
  std::erase_if(offsets_, [](const auto& entry) { return entry.first != kRules; });
  known_.clear();
  last_reported_.reset();
  accepted_ = kUnknownTime;
  matches_.clear();
  said_.clear();
  written_.clear();
  standing_.clear();
  told_ = 0;
  outcome_ = {};
  away_.reset();
  router_away_.reset();
  if (random_.OneIn(3)) away_ = static_cast<size_t>(random_.Below(partitions_));
  if (routers_ > 1 && random_.OneIn(3)) router_away_ = static_cast<size_t>(random_.Below(routers_));
  RestartAll();
}

std::unique_ptr<Router> CellsWorld::NewRouter(int32_t index) const {
  return std::make_unique<Router>(RouterOptions{.keyed_partitions = partitions_,
                                                .clock = ClockMode::kScenario,
                                                .margin = Duration(0),
                                                .task = {index, routers_}},
                                  MakeS2PlaceIndex);
}

void CellsWorld::Restart(Desk& desk) {
  if (always_restart_) desk.router = NewRouter(static_cast<int32_t>(&desk - desks_.data()));
  EXPECT_TRUE(desk.router->Load(desk.state).ok());
}

void CellsWorld::RestartCorrelators() {
  for (size_t p = 0; p < states_.size(); ++p) {
    if (always_restart_) {
      correlators_[p] = std::make_unique<Correlator>(static_cast<int32_t>(p), partitions_);
    }
    EXPECT_TRUE(correlators_[p]->Load(states_[p]).ok());
  }
}

void CellsWorld::RestartAll() {
  for (Desk& desk : desks_) Restart(desk);
  RestartCorrelators();
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
    const auto to = static_cast<size_t>(match.event.router);
    matches_.push_back({match, by, to, written_[{by, to}]++});
    ++told_;
  }
  for (size_t to = 0; effects.found && to < desks_.size(); ++to) {
    said_[{by, to}] = {written_[{by, to}], *effects.found};
  }
  if (effects.evaluated) CheckEvaluated(by, *effects.evaluated);
  if (!effects.throttled.empty()) Fail("throttled");
}

// No router task's time passes by the clock of another.
void CellsWorld::CheckEvaluated(size_t partition, const EvaluatedRecord& evaluated) {
  std::optional<Time> least;
  for (const Desk& desk : desks_) {
    const auto it = desk.delivered.find(partition);
    const Time known = it == desk.delivered.end() ? kUnknownTime : EvaluatedUpTo(it->second);
    least = std::min(least.value_or(known), known);
  }
  if (evaluated.evaluated_up_to > *least) Fail("evaluated beyond what a router task has read");
}

bool CellsWorld::DeliverKeyed() {
  const auto start = static_cast<size_t>(random_.Below(partitions_));
  const auto first = routers_ == 1 ? 0 : static_cast<size_t>(random_.Below(routers_));
  for (size_t i = 0; i < states_.size() * desks_.size(); ++i) {
    const size_t p = (start + i) % states_.size();
    Desk& desk = desks_[(first + i / states_.size()) % desks_.size()];
    std::vector<KeyedRecord>& keyed = desk.keyed[p];
    if (keyed.empty() || p == away_) continue;
    const KeyedRecord record = std::move(keyed.front());
    keyed.erase(keyed.begin());
    if (const auto* tick = std::get_if<Tick>(&record)) desk.delivered[p] = *tick;
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
    const auto [by, to] = it->first;
    const int64_t before = number;
    const std::pair<size_t, size_t> way = it->first;
    if (to == router_away_ ||
        std::any_of(matches_.begin(), matches_.end(), [&](const Written& one) {
          return std::pair(one.by, one.to) == way && one.number < before;
        })) {
      continue;
    }
    Feed(desks_[to], MatchesTo(to), offsets_[MatchesTo(to)]++, found);
    said_.erase(it);
    break;
  }
  std::vector<size_t> ready;
  for (size_t i = 0; i < matches_.size(); ++i) {
    if (matches_[i].to != router_away_) ready.push_back(i);
  }
  if (ready.empty()) return false;
  auto it = matches_.begin() +
            static_cast<ptrdiff_t>(ready[static_cast<size_t>(random_.Below(std::ssize(ready)))]);
  it = std::find_if(matches_.begin(), it, [&](const Written& one) {
    return one.match.event.identity == it->match.event.identity;
  });
  const Match match = it->match;
  const size_t to = it->to;
  if (!random_.OneIn(8)) matches_.erase(it);  // else it comes twice
  Feed(desks_[to], MatchesTo(to), offsets_[MatchesTo(to)]++, match);
  return true;
}

void CellsWorld::ReadOneAgain(Desk& desk) {
  if (desk.wanted.empty()) return;
  const auto which = static_cast<size_t>(random_.Below(std::ssize(desk.wanted)));
  ReadAgain& part = desk.wanted[which];
  const SourceId again = AgainSource(part.source);
  for (const Reported& one : log_[part.source]) {
    if (one.offset < part.from || one.offset >= part.to) continue;
    part.from = one.offset + 1;
    Feed(desk, again, one.offset, one.event);
    return;
  }
  desk.router->Skip(again, part.to - 1, desk.state);
  desk.wanted.erase(desk.wanted.begin() + static_cast<ptrdiff_t>(which));
}

// Some router task that is there.
CellsWorld::Desk& CellsWorld::AnyDesk() {
  auto i = static_cast<size_t>(random_.Below(routers_));
  if (i == router_away_) i = (i + 1) % desks_.size();
  return desks_[i];
}

void CellsWorld::Mix() {
  for (int64_t n = random_.Below(6 + routers_); n > 0; --n) {
    switch (random_.Below(4 + routers_)) {
      case 0:
        DeliverMatch();
        break;
      case 1:
        ReadOneAgain(AnyDesk());
        break;
      case 2:
      case 3:
        ReadOne(AnyDesk());
        [[fallthrough]];
      default:
        DeliverKeyed();
    }
  }
  if (!random_.OneIn(4)) return;
  Desk& desk = AnyDesk();
  Close(desk, false);
  if (!always_restart_) return;
  Restart(desk);  // the others are within a transaction
  RestartCorrelators();
}

void CellsWorld::Drain() {
  for (bool any = true; any;) {
    any = false;
    for (size_t i = 0; i < desks_.size(); ++i) {
      while (i != router_away_ && ReadOne(desks_[i])) any = true;
    }
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
  if (one.revision == 1) one.source = SourceOf(event, routers_);
  one.event.reset();
  if (op.what != Op::What::kWithdraw) one.event = event;
  one.last = {offsets_[one.source]++, event};
  log_[one.source].push_back(one.last);
  last_reported_ = event.identity;
  Offer(one.source, one.last.offset, event);
}

// The same record again, as a sender who got no answer sends it.
void CellsWorld::Repeat() {
  if (!last_reported_) return;
  Known& one = known_[*last_reported_];
  Reported again = one.last;
  again.offset = offsets_[one.source]++;
  again.event.accepted = accepted_;
  log_[one.source].push_back(again);
  Offer(one.source, again.offset, again.event);
}

void CellsWorld::Tell(const Op& op) {
  switch (op.what) {
    case Op::What::kFile:
    case Op::What::kWithdraw:
      return Report(op);
    case Op::What::kRepeat:
      return Repeat();
    case Op::What::kTick:
      for (size_t i = 0; i < desks_.size(); ++i) {
        if (i != router_away_) Close(desks_[i], true);
      }
      return;
    case Op::What::kRestart:
      CloseAll(false);  // between two transactions
      return RestartAll();
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
  router_away_.reset();
  Drain();
  CloseAll(false);
  for (Desk& desk : desks_) {
    while (!desk.router->backfilling().empty()) {
      while (!desk.wanted.empty()) ReadOneAgain(desk);
      Close(desk, false);
    }
  }
  // What a change of rules has left to do comes in portions, with each tick.
  for (int i = 0; i < 4; ++i) {
    CloseAll(true);
    Drain();
  }
  Engine::Outcome outcome = Compare(after == nullptr ? rule_ : *after, after != nullptr);
  offsets_[kRules] = rules_read;
  return outcome;
}

Engine::Outcome CellsWorld::Compare(const TwinRule& rule, bool changed) {
  const Pack& rules = *desks_.front().router->rules();
  const auto index = MakeS2PlaceIndex(rules.areas_geojson, rules.corridors_geojson);
  EXPECT_TRUE(index.ok()) << index.status();
  const Resolver resolver(rules, **index);
  std::vector<KeyedEvent> events;
  Counts counts;
  for (const auto& [identity, one] : known_) {
    if (one.event) events.push_back(resolver.Resolve(*one.event, counts));
  }
  // Every router task has read all there is of its own.
  Tick last = desks_.front().last;
  for (size_t i = 1; i < desks_.size(); ++i) {
    const Tick& other = desks_[i].last;
    if (other.sources.empty() || last.sources.empty()) last.sources.clear();
    last.clock = std::max(last.clock, other.clock);
    last.sources.insert(last.sources.end(), other.sources.begin(), other.sources.end());
  }
  const Time evaluated = EvaluatedUpTo(last);
  for (std::string& line : TwinWarnings(rule, events, last)) {
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
