#include "pipeline.h"

#include <filesystem>
#include <regex>

#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/domain/merge.h"
#include "lib/domain/validate.h"
#include "lib/geo/place_index.h"
#include "lib/packfiles/load.h"
#include "lib/wire/wire.h"
#include "tocsinctl/offers.h"
#include "tocsinctl/world.h"

namespace tocsin::scenario {
namespace {

constexpr char kRulesFolder[] = "rules";
constexpr char kPlay[] = "data/exercise/play.yaml";

const std::vector<MissionId>& Missions() {
  static const std::vector<MissionId> missions = {MissionId("binuca"), MissionId("minurcat"),
                                                  MissionId("monusco"), MissionId("unamid"),
                                                  MissionId("unmis")};
  return missions;
}

// As ingest partitions: reports by id, detections by feed; two partitions of each topic.
SourceId SourceOf(const Event& event) {
  const auto feed = event.attributes.find("feed");
  const bool sensor = event.type.starts_with("sensor.") || event.type.starts_with("feed.");
  const std::string& key =
      sensor && feed != event.attributes.end() ? feed->second : event.identity.id.str();
  return {"mission." + event.identity.mission.str() + (sensor ? ".sensors.v1" : ".sitreps.v1"),
          PartitionOf(key, 2)};
}

}  // namespace

std::vector<Document> ShippedDocuments(int lateness_days) {
  auto documents = LoadPackFiles(kRulesFolder);
  EXPECT_TRUE(documents.ok()) << documents.status();
  for (Document& document : *documents) {
    if (lateness_days == 0 || document.kind != "types") continue;
    document.text = std::regex_replace(document.text, std::regex("lateness: [0-9]+[a-z]"),
                                       "lateness: " + std::to_string(lateness_days) + "d");
    document.sha256 = Sha256Hex(document.text);
  }
  return *documents;
}

std::vector<Event> ShippedEvents() {
  auto world = ctl::World::Load(kRulesFolder);
  EXPECT_TRUE(world.ok()) << world.status();
  auto offers = ctl::LoadPlay(kPlay, (*world)->import());
  EXPECT_TRUE(offers.ok()) << offers.status();
  std::map<Identity, Event> last;
  std::vector<Event> events;
  for (ctl::Offer& offer : offers->offers) {
    if (offer.expect == Expectation::kRefused || offer.expect == Expectation::kConflict) continue;
    Event event = std::move(offer.event);
    const auto known = last.find(event.identity);
    const Time reported = event.reported;
    if (event.revision_kind == RevisionKind::kWithdraw) {
      event = MergeWithdraw(known->second, event.revision, event.revision_reason);
    } else if (event.revision_kind == RevisionKind::kRegrade) {
      event = MergeRegrade(known->second, event.revision, event.grading, event.revision_reason);
    }
    if (reported != kUnknownTime) event.reported = reported;
    const Desk& desk = (*world)->pack().desks.at(event.identity.mission);
    Fill(event, {.mission = desk.mission,
                 .zone = desk.zone,
                 .floor = desk.floor,
                 .default_label = desk.default_label});
    last[event.identity] = event;
    events.push_back(std::move(event));
  }
  return events;
}

Pipeline::Pipeline(const std::vector<Document>& documents) {
  router_ = std::make_unique<Router>(
      RouterOptions{kPartitions, ClockMode::kScenario, std::chrono::minutes(1)}, MakeS2PlaceIndex);
  EXPECT_TRUE(router_->Load(router_state_).ok());
  for (int32_t p = 0; p < kPartitions; ++p) {
    states_.push_back(std::make_unique<MemoryState>());
    correlators_.push_back(std::make_unique<Correlator>(p, kPartitions));
    EXPECT_TRUE(correlators_.back()->Load(*states_.back()).ok());
  }
  const SourceId rules{"fusion.rules.v1", 0};
  int64_t offset = 1;
  RouterEffects effects;
  for (const Document& document : documents) {
    EXPECT_TRUE(router_->Step(rules, offset++, document, router_state_, effects).ok());
  }
  const absl::Status status =
      router_->Step(rules, offset, ActivationOf(documents, Missions()), router_state_, effects);
  EXPECT_TRUE(status.ok()) << status;
  Deliver(effects);
}

void Pipeline::Run(const std::vector<Event>& events, size_t batch) {
  Observation joined;
  for (const Event& event : events) sources_.insert(SourceOf(event));
  for (const SourceId& source : sources_) {
    joined.sources.push_back({.source = source, .status = SourceStatus::kBehind});
  }
  RouterEffects effects;
  router_->Observe(joined, router_state_, effects);
  std::map<SourceId, int64_t> offsets;
  std::map<SourceId, Time> accepted;
  size_t in_batch = 0;
  for (Event event : events) {
    const SourceId source = SourceOf(event);
    const Time stated = event.reported != kUnknownTime ? event.reported : event.observed.to;
    accepted[source] = std::max(accepted[source], stated);
    event.accepted = accepted[source];
    const absl::Status status =
        router_->Step(source, ++offsets[source], event, router_state_, effects);
    EXPECT_TRUE(status.ok()) << status;
    if (++in_batch % batch != 0) continue;
    EXPECT_TRUE(router_->Close(router_state_, effects).ok());
    Deliver(effects);
    effects = {};
  }
  Observation ended;
  for (const SourceId& source : sources_) {
    ended.sources.push_back({.source = source, .status = SourceStatus::kAtEnd});
  }
  ended.beat = true;
  router_->Observe(ended, router_state_, effects);
  EXPECT_TRUE(router_->Close(router_state_, effects).ok());
  Deliver(effects);
}

void Pipeline::Deliver(RouterEffects& effects) {
  for (const RouterEffects::Keyed& keyed : effects.keyed) {
    Write(SerializeDeterministic(ToProto(keyed.record)));
    const auto p = static_cast<size_t>(keyed.partition);
    CorrelatorEffects found;
    const absl::Status status = correlators_[p]->Step(keyed.record, *states_[p], found);
    EXPECT_TRUE(status.ok()) << status;
    for (const Warning& warning : found.warnings) {
      Write(SerializeDeterministic(ToProto(warning)));
      const auto it = last_.find(warning.id);
      const int32_t before = it == last_.end() ? 0 : it->second.revision;
      EXPECT_EQ(warning.revision, before + 1) << "revisions have no gap and no repetition";
      last_[warning.id] = warning;
    }
    if (found.evaluated) Write(SerializeDeterministic(ToProto(*found.evaluated)));
  }
}

void Pipeline::Write(const std::string& bytes) {
  bytes_ += std::to_string(bytes.size());
  bytes_ += ':';
  bytes_ += bytes;
}

std::multiset<WarningContent> Pipeline::Standing() const {
  std::multiset<WarningContent> contents;
  for (const auto& [id, warning] : last_) {
    if (warning.message_type != MessageType::kCancel) contents.insert(warning.content);
  }
  return contents;
}

}  // namespace tocsin::scenario
