#include "peer_event.h"

#include <charconv>
#include <string>

namespace tocsin::bench {

std::optional<PeerEvent> ParsePeerEvent(std::string_view json) {
  PeerEvent event;
  size_t at = 0;
  while (true) {
    const size_t open = json.find('"', at);
    if (open == std::string_view::npos) break;
    const size_t close = json.find('"', open + 1);
    if (close == std::string_view::npos || close + 1 >= json.size()) return std::nullopt;
    const std::string_view name = json.substr(open + 1, close - open - 1);
    size_t from = close + 2;
    size_t to = 0;
    const bool text = from < json.size() && json[from] == '"';
    if (text) {
      to = json.find('"', ++from);
    } else {
      to = json.find_first_of(",}", from);
    }
    if (to == std::string_view::npos) return std::nullopt;
    const std::string_view value = json.substr(from, to - from);
    at = to + 1;
    const auto number = [&](auto& into) {
      return std::from_chars(value.data(), value.data() + value.size(), into).ec == std::errc();
    };
    bool good = true;
    if (text) {
      if (name == "type") event.type = value;
      if (name == "sensor") event.sensor = value;
      if (name == "source") event.source = value;
      if (name == "text") event.text = value;
    } else if (value == "null") {
      continue;
    } else if (name == "id") {
      good = number(event.id);
    } else if (name == "mission") {
      good = number(event.mission);
    } else if (name == "actor") {
      good = number(event.actor);
    } else if (name == "cell") {
      good = number(event.cell);
    } else if (name == "t") {
      good = number(event.t);
    } else if (name == "lat") {
      good = number(event.lat);
    } else if (name == "lon") {
      good = number(event.lon);
    }
    if (!good) return std::nullopt;
  }
  if (event.type.empty() || event.t == 0) return std::nullopt;
  return event;
}

Event ToEvent(const PeerEvent& peer) {
  Event event;
  const MissionId mission("m" + std::to_string(peer.mission));
  event.identity = {mission, EventId(std::to_string(peer.id))};
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.status = Status::kExercise;
  event.exercise_id = "BENCH";
  event.type = "bench." + std::string(peer.type);
  event.nature = Nature::kObserved;
  const Time time = FromMicros(peer.t * 1000);
  event.observed = {time, time};
  event.precision = TimePrecision::kInstant;
  event.zone = "UTC";
  event.reported = time;
  event.place.point = Point{peer.lat, peer.lon};
  event.source.kind = peer.sensor.empty() ? "person" : "sensor";
  event.source.protected_id = std::string(peer.source);
  event.label = {mission, Classification::kUnclassified, Tlp::kAmber, {MissionId("*")}, {}};
  if (peer.sensor.empty()) {
    event.attributes["square"] = std::to_string(peer.cell);
    event.actors.push_back({"actor-" + std::to_string(peer.actor), "", ""});
  } else {
    event.attributes["sensor"] = std::string(peer.sensor);
  }
  if (!peer.text.empty()) event.texts.push_back({"en", std::string(peer.text)});
  return event;
}

}  // namespace tocsin::bench
