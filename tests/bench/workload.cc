#include "workload.h"

#include <random>

namespace tocsin::bench {
namespace {

using std::chrono::seconds;

// 1 January 2008 00:00 UTC.
constexpr int64_t kStartMicros = 1'199'145'600'000'000;

double Uniform(std::mt19937_64& random, double from, double to) {
  return from + (to - from) * static_cast<double>(random() >> 11) / 9007199254740992.0;
}

}  // namespace

Event Workload::At(int64_t number) const {
  std::mt19937_64 random(seed * 0x9e3779b97f4a7c15ULL + static_cast<uint64_t>(number));
  Event event;
  const MissionId& mission = missions[random() % missions.size()];
  event.identity = {mission, EventId("bench-" + std::to_string(number))};
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.status = Status::kExercise;
  event.exercise_id = "BENCH";
  event.nature = Nature::kObserved;
  const Time time = FromMicros(kStartMicros) + seconds(reports_only ? 100 : 10) * number;
  event.observed = {time, time};
  event.precision = TimePrecision::kInstant;
  event.zone = "UTC";
  event.reported = time;
  event.accepted = time;
  event.place.point = Point{Uniform(random, 4, 15), Uniform(random, 20, 30)};
  event.place.uncertainty_m = 500;
  event.label = {mission, Classification::kUnclassified, Tlp::kAmber, {MissionId("*")}, {}};
  // In ten thousandths.
  const uint64_t kind = reports_only ? 9'000 + random() % 1'000 : random() % 10'000;
  const uint64_t attacks_from = reports_only ? 9'950 : 9'993;
  if (kind < 9'000) {
    event.type = kind < 7'000 ? "feed.heartbeat" : "sensor.thermal";
    // Each feed has its turn, which it now and then misses.
    event.attributes["feed"] = "feed-" + std::to_string(number % 1000);
    event.source = {"sensor", "", event.attributes["feed"], "measured", "", std::nullopt};
  } else {
    event.type = kind < attacks_from ? "security.sighting" : "security.attack";
    event.source = {"patrol",   "military", "patrol-" + std::to_string(random() % 50),
                    "observed", "",         std::nullopt};
    event.grading = {"B", "2"};
    event.texts.push_back({"en", "benchmark report number " + std::to_string(number)});
  }
  return event;
}

bool Workload::IsSensor(const Event& event) {
  return event.type == "feed.heartbeat" || event.type == "sensor.thermal";
}

}  // namespace tocsin::bench
