#include "lib/backtest/room.h"

#include <utility>

#include "lib/base/status_macros.h"
#include "lib/geo/place_index.h"
#include "lib/packfiles/load.h"

namespace tocsin {

Room::Room(const RouterOptions& options, RoomListener& listener, ShadowRules shadow)
    : listener_(listener), router_(options, MakeS2PlaceIndex) {
  for (int32_t p = 0; p < options.keyed_partitions; ++p) {
    states_.push_back(std::make_unique<MemoryState>());
    correlators_.push_back(std::make_unique<Correlator>(p, options.keyed_partitions, shadow));
  }
}

absl::StatusOr<std::unique_ptr<Room>> Room::Open(const RouterOptions& options,
                                                 const std::vector<Document>& documents,
                                                 const std::vector<MissionId>& live,
                                                 RoomListener& listener, ShadowRules shadow) {
  std::unique_ptr<Room> room(new Room(options, listener, shadow));
  TOCSIN_RETURN_IF_ERROR(room->router_.Load(room->router_state_));
  for (size_t p = 0; p < room->correlators_.size(); ++p) {
    TOCSIN_RETURN_IF_ERROR(room->correlators_[p]->Load(*room->states_[p]));
  }
  TOCSIN_RETURN_IF_ERROR(room->Activate(documents, live));
  return room;
}

absl::Status Room::Activate(const std::vector<Document>& documents,
                            const std::vector<MissionId>& live) {
  const SourceId rules{"fusion.rules.v1", 0};
  for (const Document& document : documents) {
    TOCSIN_RETURN_IF_ERROR(
        router_.Step(rules, ++offsets_[rules], document, router_state_, effects_));
  }
  TOCSIN_RETURN_IF_ERROR(router_.Step(rules, ++offsets_[rules], ActivationOf(documents, live),
                                      router_state_, effects_));
  return Close();
}

absl::Status Room::Step(const SourceId& source, const Event& event) {
  return router_.Step(source, ++offsets_[source], event, router_state_, effects_);
}

absl::Status Room::StepAgain(const SourceId& source, int64_t offset, const Event& event) {
  return router_.Step(AgainSource(source), offset, event, router_state_, effects_);
}

void Room::EndAgain(const ReadAgain& left) {
  router_.Skip(AgainSource(left.source), left.to - 1, router_state_);
}

void Room::Observe(const Observation& observation) {
  router_.Observe(observation, router_state_, effects_);
}

absl::Status Room::Close() {
  TOCSIN_RETURN_IF_ERROR(router_.Close(router_state_, effects_));
  return Deliver();
}

absl::StatusOr<std::vector<KeyDistance>> Room::Distances(const Pack& pack, const RuleId& rule,
                                                         Time now) {
  const std::unique_ptr<const CompiledPack> compiled = Compile(pack);
  std::vector<KeyDistance> all;
  for (const std::unique_ptr<MemoryState>& state : states_) {
    TOCSIN_ASSIGN_OR_RETURN(const std::vector<KeyDistance> some,
                            DistancesOf(*compiled, rule, now, *state));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

absl::Status Room::Deliver() {
  const SourceId matches{"fusion.matches.v1", 0};
  // Warnings that rules select come back as events, until none is left: rules have no loops.
  while (!effects_.keyed.empty()) {
    const RouterEffects effects = std::exchange(effects_, {});
    for (const RouterEffects::Keyed& keyed : effects.keyed) {
      listener_.OnKeyed(keyed);
      const auto p = static_cast<size_t>(keyed.partition);
      CorrelatorEffects found;
      TOCSIN_RETURN_IF_ERROR(correlators_[p]->Step(keyed.record, *states_[p], found));
      listener_.OnEffects(found);
      for (const Match& match : found.matches) {
        TOCSIN_RETURN_IF_ERROR(
            router_.Step(matches, ++offsets_[matches], match, router_state_, effects_));
      }
      if (found.found) {
        TOCSIN_RETURN_IF_ERROR(
            router_.Step(matches, ++offsets_[matches], *found.found, router_state_, effects_));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace tocsin
