#include "pipeline.h"

#include <filesystem>
#include <regex>

#include <gtest/gtest.h>

#include "lib/base/hash.h"
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

std::vector<Report> ShippedReports(const std::vector<std::string>& beside) {
  auto loaded = ctl::World::Load(kRulesFolder);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  const std::shared_ptr<ctl::World> world = *std::move(loaded);
  std::vector<std::string> plays = {kPlay};
  plays.insert(plays.end(), beside.begin(), beside.end());
  std::vector<Report> reports;
  size_t refused = 0;
  for (const std::string& play : plays) {
    auto offers = ctl::LoadPlay(play, world->import());
    EXPECT_TRUE(offers.ok()) << offers.status();
    for (ctl::Offer& offer : offers->offers) {
      refused += offer.expect == Expectation::kRefused ? 1 : 0;
      reports.push_back({std::move(offer.event), offer.stream, offer.origin});
    }
  }
  History history = MakeHistory(std::move(reports), {world, &world->pack()});
  EXPECT_EQ(history.problems.size(), refused) << "what the record says that ingest refuses";
  return std::move(history.reports);
}

std::vector<Event> ShippedEvents() {
  std::vector<Event> events;
  for (Report& report : ShippedReports()) {
    report.event.accepted = kUnknownTime;
    events.push_back(std::move(report.event));
  }
  return events;
}

Pipeline::Pipeline(const std::vector<Document>& documents, int32_t partitions) {
  auto room = Room::Open({partitions, ClockMode::kScenario, std::chrono::minutes(1)}, documents,
                         Missions(), *this);
  EXPECT_TRUE(room.ok()) << room.status();
  room_ = *std::move(room);
}

void Pipeline::Run(const std::vector<Event>& events, size_t batch) {
  Observation joined;
  for (const Event& event : events) sources_.insert(SourceOf(event));
  for (const SourceId& source : sources_) {
    joined.sources.push_back({.source = source, .status = SourceStatus::kBehind});
  }
  room_->Observe(joined);
  size_t in_batch = 0;
  for (Event event : events) {
    const SourceId source = SourceOf(event);
    const Time stated = event.reported != kUnknownTime ? event.reported : event.observed.to;
    accepted_[source] = std::max(accepted_[source], stated);
    event.accepted = accepted_[source];
    log_[source].push_back(event);
    const absl::Status status = room_->Step(source, event);
    EXPECT_TRUE(status.ok()) << status;
    if (++in_batch % batch == 0) {
      Close(false);
    }
  }
  Observation ended;
  for (const SourceId& source : sources_) {
    ended.sources.push_back({.source = source, .status = SourceStatus::kAtEnd});
  }
  ended.beat = true;
  Close(true);
  room_->Observe(ended);
  EXPECT_TRUE(room_->Close().ok());
  // What is left to reconcile is done with ticks.
  for (int i = 0; i < 3; ++i) {
    room_->Observe(ended);
    EXPECT_TRUE(room_->Close().ok());
  }
}

void Pipeline::Change(const std::vector<Document>& documents, size_t again) {
  const absl::Status status = room_->Activate(documents, Missions());
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(room_->Rereads().empty());
  again_ = again;
}

// Ends the transaction, with some of what is to be read again in it, or all.
void Pipeline::Close(bool all) {
  size_t budget = all ? std::numeric_limits<size_t>::max() : again_;
  for (const ReadAgain& left : room_->Rereads()) {
    int64_t offset = std::max<int64_t>(left.from, 1);
    for (; offset < left.to && budget > 0; ++offset, --budget) {
      const absl::Status status =
          room_->StepAgain(left.source, offset, log_[left.source][static_cast<size_t>(offset - 1)]);
      EXPECT_TRUE(status.ok()) << status;
    }
    if (offset == left.to) room_->EndAgain(left);
  }
  EXPECT_TRUE(room_->Close().ok());
}

void Pipeline::OnKeyed(const RouterEffects::Keyed& keyed) {
  Write(SerializeDeterministic(ToProto(keyed.record)));
}

void Pipeline::OnEffects(const CorrelatorEffects& effects) {
  for (const Warning& warning : effects.warnings) {
    Write(SerializeDeterministic(ToProto(warning)));
    const auto it = last_.find(warning.id);
    const int32_t before = it == last_.end() ? 0 : it->second.revision;
    EXPECT_EQ(warning.revision, before + 1) << "revisions have no gap and no repetition";
    last_[warning.id] = warning;
  }
  if (effects.evaluated) evaluated_ = std::max(evaluated_, effects.evaluated->evaluated_up_to);
  if (effects.evaluated) Write(SerializeDeterministic(ToProto(*effects.evaluated)));
}

void Pipeline::Write(const std::string& bytes) {
  bytes_ += std::to_string(bytes.size());
  bytes_ += ':';
  bytes_ += bytes;
}

std::multiset<WarningContent> Pipeline::Open() const {
  std::multiset<WarningContent> open;
  for (const WarningContent& content : Standing()) {
    if (content.expires >= evaluated_) open.insert(content);
  }
  return open;
}

std::multiset<WarningContent> Pipeline::Standing() const {
  std::multiset<WarningContent> contents;
  for (const auto& [id, warning] : last_) {
    if (warning.message_type != MessageType::kCancel) contents.insert(warning.content);
  }
  return contents;
}

}  // namespace tocsin::scenario
