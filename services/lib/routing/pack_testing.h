// For tests of the router: a small pack, places that are boxes, a timeline that feeds a router.
#pragma once

#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/base/state.h"
#include "lib/routing/router.h"
#include "lib/rules/keys.h"

namespace tocsin::testing_pack {

inline constexpr Duration kSecond = std::chrono::seconds(1);
inline constexpr Duration kDay = std::chrono::days(1);
inline const Time kStart = Time(std::chrono::sys_days(std::chrono::year(2009) / 3 / 1));

inline Document MakeDocument(const std::string& kind, const std::string& name, int32_t version,
                             const std::string& text) {
  return {.kind = kind, .name = name, .version = version, .text = text, .sha256 = Sha256Hex(text)};
}

inline std::vector<Document> Documents() {
  const auto rule = [](const std::string& id, const std::string& group_by,
                       const std::string& selection, const std::string& condition) {
    return MakeDocument("rule", id, 1,
                        "id: " + id + "\nversion: 1\ntitle: {en: T}\nwhy: because\n" +
                            "kind: event_count\ngroup_by: [" + group_by + "]\nselections:\n  s:\n" +
                            selection + "condition: {" + condition + "}\n" +
                            "address: all\nurgency: expected\nresponse: assess\n" +
                            "label: {classification: unclassified, tlp: amber}\nlifetime: 10d\n");
  };
  return {
      rule("by-actor", "actor", "    types: [security.*]\n    actor_classes: [armed_group]\n",
           "window: 10d, severities: {moderate: 2}"),
      rule("by-area", "area", "    types: [security.attack]\n",
           "window: 5d, severities: {moderate: 2}"),
      rule("by-corridor", "corridor",
           "    types: [security.attack]\n    natures: [observed, expected]\n",
           "window: 5d, severities: {moderate: 2}"),
      rule("by-feed", "feed", "    types: [sensor.thermal]\n    where: {feed_kind: thermal}\n",
           "window: 1d, severities: {moderate: 2}"),
      MakeDocument("types", "types", 1,
                   "types:\n"
                   "  security.attack: {stream: sitreps, lateness: 20d, title: {en: A}, "
                   "attributes: {weapon: text}}\n"
                   "  security.sighting: {stream: sitreps, lateness: 5d, title: {en: S}}\n"
                   "  sensor.thermal: {stream: sensors, lateness: 1d, title: {en: T}, "
                   "attributes: {feed: text, feed_kind: text, frp_mw: number}}\n"),
      MakeDocument("desks", "desks", 1,
                   "desks:\n"
                   "  east: {title: East, zone: UTC, floor: {classification: unclassified, tlp: "
                   "green}, default_label: {classification: unclassified, tlp: amber}}\n"
                   "  west: {title: West, zone: UTC, floor: {classification: unclassified, tlp: "
                   "green}, default_label: {classification: unclassified, tlp: amber}}\n"),
      MakeDocument(
          "actors", "actors", 1,
          "actors:\n"
          "  lra: {class: armed_group, title: LRA, aliases: [\"Lord's Resistance Army\"]}\n"
          "  saf: {class: government, title: SAF, aliases: [Sudan Armed Forces]}\n"
          "  jem: {class: armed_group, title: JEM, aliases: [Justice Movement]}\n"),
      MakeDocument(
          "areas", "areas", 1,
          R"({"type":"FeatureCollection","features":[)"
          R"({"type":"Feature","properties":{"id":"west","desk":"west","from":"2008-01-01","to":"2099-12-31"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]]]}},)"
          R"({"type":"Feature","properties":{"id":"east","desk":"east","from":"2008-01-01","to":"2099-12-31"},"geometry":{"type":"Polygon","coordinates":[[[9,0],[20,0],[20,10],[9,10],[9,0]]]}}]})"),
      MakeDocument(
          "corridors", "corridors", 1,
          R"({"type":"FeatureCollection","features":[)"
          R"({"type":"Feature","properties":{"id":"border","title":"Border","a":"west","b":"east","width_km":50,"from":"2008-01-01","to":"2099-12-31"},"geometry":{"type":"LineString","coordinates":[[10,0],[10,10]]}}]})"),
  };
}

// The last day of areas that have been moved.
inline constexpr char kMoved[] = "2098-12-31";

// West is 0..10 E, east 9..20 E, from 0 to 10 N; the corridor is 9.5..10.5 E, 50 km wide. Moved,
// all of it lies further east.
class Boxes final : public PlaceIndex {
 public:
  explicit Boxes(double moved = 0) : moved_(moved) {}
  std::vector<AreaId> AreasAt(const Point& p, Time t) const override {
    std::vector<AreaId> areas;
    if (t < Time(std::chrono::sys_days(std::chrono::year(2008) / 1 / 1))) return areas;
    if (p.latitude < 0 || p.latitude > 10) return areas;
    const double longitude = p.longitude - moved_;
    if (longitude >= 9 && longitude < 20) areas.emplace_back("east");
    if (longitude >= 0 && longitude < 10) areas.emplace_back("west");
    return areas;
  }
  std::vector<CorridorId> CorridorsAt(const Point& p, Time /*t*/) const override {
    const double longitude = p.longitude - moved_;
    if (p.latitude < 0 || p.latitude > 10 || longitude < 9.5 || longitude > 10.5) return {};
    return {CorridorId("border")};
  }
  double CorridorWidthMetres(const CorridorId& /*corridor*/) const override { return 50'000; }
  // A whole degree wide, whatever the level: for radii of up to 100 km.
  std::vector<std::string> CellsNear(const Point& p, int32_t /*level*/,
                                     int64_t /*radius_m*/) const override {
    const auto name = [&](int north, int east) {
      return std::to_string(std::lround(std::floor(p.latitude)) + north) + "/" +
             std::to_string(std::lround(std::floor(p.longitude)) + east);
    };
    std::vector<std::string> cells = {name(0, 0)};
    for (int north = -1; north <= 1; ++north) {
      for (int east = -1; east <= 1; ++east) {
        if (north != 0 || east != 0) cells.push_back(name(north, east));
      }
    }
    std::sort(cells.begin() + 1, cells.end());
    return cells;
  }

 private:
  const double moved_;
};

inline absl::StatusOr<std::unique_ptr<const PlaceIndex>> MakeBoxes(const std::string& areas,
                                                                   const std::string&) {
  if (areas.find("unusable") != std::string::npos) {
    return absl::InvalidArgumentError("areas: unusable");
  }
  return std::make_unique<const Boxes>(areas.find(kMoved) != std::string::npos ? 5 : 0);
}

// The documents with one text replaced by another in all of them.
inline std::vector<Document> Replaced(std::vector<Document> documents, const std::string& text,
                                      const std::string& other) {
  for (Document& document : documents) {
    for (size_t at = 0; (at = document.text.find(text, at)) != std::string::npos;
         at += other.size()) {
      document.text.replace(at, text.size(), other);
    }
    document.sha256 = Sha256Hex(document.text);
  }
  return documents;
}

// The areas lie elsewhere.
inline std::vector<Document> Moved(const std::vector<Document>& documents) {
  return Replaced(documents, "2099-12-31", kMoved);
}

inline Activation MakeActivation(const std::vector<Document>& documents) {
  Activation activation;
  for (const Document& d : documents) {
    activation.documents.push_back({d.kind, d.name, d.version, d.sha256});
  }
  std::sort(activation.documents.begin(), activation.documents.end());
  activation.live_missions = {MissionId("east"), MissionId("west")};
  activation.digest = DigestOf(activation.documents, activation.live_missions);
  return activation;
}

inline Event MakeEvent(const std::string& mission, const std::string& id, double longitude,
                       Time observed) {
  Event event;
  event.identity = {MissionId(mission), EventId(id)};
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.status = Status::kActual;
  event.type = "security.attack";
  event.nature = Nature::kObserved;
  event.observed = {observed, observed + std::chrono::hours(1)};
  event.accepted = observed + std::chrono::hours(2);
  event.place.name = "somewhere";
  event.place.point = Point{.latitude = 5, .longitude = longitude};
  event.label.originator = MissionId(mission);
  return event;
}

// The next revision of an event, accepted a while later.
inline Event Revised(Event event, RevisionKind kind, Duration later = kDay) {
  ++event.revision;
  event.revision_kind = kind;
  event.revision_reason = "first report was wrong";
  event.accepted += later;
  return event;
}

inline SourceId Sitreps(const std::string& mission, int32_t partition = 0) {
  return {"mission." + mission + ".sitreps.v1", partition};
}
inline const SourceId kRules = {"fusion.rules.v1", 0};

// A router with its state; Restart makes a new one on the same state.
class Timeline {
 public:
  explicit Timeline(RouterOptions options = {.keyed_partitions = 4,
                                             .clock = ClockMode::kScenario,
                                             .margin = std::chrono::seconds(10)})
      : options_(options) {
    Restart();
  }

  void Restart() {
    router_ = std::make_unique<Router>(options_, MakeBoxes);
    const absl::Status status = router_->Load(state_);
    ASSERT_TRUE(status.ok()) << status;
  }

  absl::Status Feed(const SourceId& source, const RouterInput& input) {
    return FeedAt(source, offsets_[source]++, input);
  }
  absl::Status FeedAt(const SourceId& source, int64_t offset, const RouterInput& input) {
    effects_ = {};
    // As the shell does it: what a refused record wrote is dropped, then it is skipped.
    Overlay writes(state_);
    const absl::Status status = router_->Step(source, offset, input, writes, effects_);
    if (status.ok()) {
      for (const auto& [key, value] : writes.Take()) {
        value ? state_.Put(key, *value) : state_.Delete(key);
      }
    } else if (absl::IsInvalidArgument(status)) {
      EXPECT_TRUE(writes.Take().empty()) << status;
      router_->Skip(source, offset, state_);
    }
    for (const auto& [name, count] : effects_.counts) totals_[name] += count;
    return status;
  }
  absl::Status Feed(const Event& event) {
    return Feed(Sitreps(event.identity.mission.str()), event);
  }

  void Activate(const std::vector<Document>& documents = Documents()) {
    for (const Document& document : documents) ASSERT_TRUE(Feed(kRules, document).ok());
    const absl::Status status = Feed(kRules, MakeActivation(documents));
    ASSERT_TRUE(status.ok()) << status;
  }

  void Observe(const Observation& observation) { router_->Observe(observation, state_, effects_); }

  // The tick of partition 0; nothing if none was written.
  std::optional<Tick> Close() {
    effects_ = {};
    const absl::Status status = router_->Close(state_, effects_);
    EXPECT_TRUE(status.ok()) << status;
    for (const auto& [name, count] : effects_.counts) totals_[name] += count;
    const std::vector<Tick> ticks = Records<Tick>();
    if (ticks.empty()) return std::nullopt;
    EXPECT_EQ(ticks.size(), static_cast<size_t>(options_.keyed_partitions));
    return ticks.front();
  }

  template <class T>
  std::vector<T> Records() const {
    std::vector<T> records;
    for (const RouterEffects::Keyed& keyed : effects_.keyed) {
      if (const auto* record = std::get_if<T>(&keyed.record)) records.push_back(*record);
    }
    return records;
  }
  // What the keys of all inserts (withdraws) of the last Feed say: "area=west".
  template <class T>
  std::vector<std::string> Keys() const {
    std::vector<std::string> texts;
    for (const T& record : Records<T>()) {
      for (const CorrelationKey& key : record.keys) texts.push_back(Say(key));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }
  static std::string Say(const CorrelationKey& key) {
    const auto parts = ParseKey(key);
    if (!parts.ok()) return "?";
    std::string text;
    for (const auto& [field, value] : parts->fields) {
      text += (text.empty() ? "" : " ") + field + "=" + value;
    }
    return text;
  }

  Router& router() { return *router_; }
  MemoryState& state() { return state_; }
  RouterEffects& effects() { return effects_; }
  int64_t total(const std::string& name) { return totals_[name]; }

 private:
  const RouterOptions options_;
  MemoryState state_;
  std::unique_ptr<Router> router_;
  RouterEffects effects_;
  std::map<SourceId, int64_t> offsets_;
  std::map<std::string, int64_t> totals_;
};

}  // namespace tocsin::testing_pack
