#include <absl/strings/str_cat.h>

#include "cases.h"

namespace tocsin::property {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Time kMidnight = FromMicros(int64_t{1'230'768'000} * 1'000'000);  // 2009-01-01

// A place in millionths of a degree: no two ways to work out a distance meet a half metre.
Point PlaceOf(int64_t latitude, int64_t longitude) {
  return {static_cast<double>(latitude) / 1e6, static_cast<double>(longitude) / 1e6};
}

}  // namespace

void MakeMovementRule(Random& random, TwinRule& rule) {
  rule.group_by = {"actor"};
  rule.minutes = random.Between(4, 40);
  rule.radius_km = random.Between(5, 30);
  rule.ahead_minutes = random.Between(20, 400);
  rule.least_sightings = random.Between(2, 3);
  rule.address = {
      random.Of(std::vector<std::string>{"ahead", "originators", "neighbours", "releasable_to"})};
  if (random.OneIn(2) && rule.address[0] != "ahead") rule.address.push_back("ahead");
  for (TwinSelection& selection : rule.selections) selection.classes = {"armed_group"};
}

std::string MovementCondition(const TwinRule& rule) {
  return absl::StrCat("  within: ", rule.minutes, "m\n  radius_km: ", rule.radius_km,
                      "\n  ahead: ", rule.ahead_minutes,
                      "m\n  least_sightings: ", rule.least_sightings, "\n  severity: severe\n");
}

void MakeMoving(Random& random, std::vector<Op>& ops) {
  // Around midnight, when the area in the east takes another shape.
  const Time start = kMidnight - random.Below(50) * kMinute;
  const int64_t north = random.Between(-30'000, 30'000), east = random.Between(-30'000, 30'000);
  const int64_t noise = random.Of(std::vector<int64_t>{1'000, 20'000, 150'000});
  const auto off = [&](int64_t most) { return random.Between(-most, most); };
  const int64_t from_north = off(600'000), from_east = off(600'000);
  for (Op& op : ops) {
    if (op.what != Op::What::kFile) continue;
    KeyedEvent& event = op.event;
    const int64_t minute = random.Below(48);
    const Duration width = event.observed.width();
    event.observed.from = start + minute * kMinute;
    event.observed.to = event.observed.from + width;
    if (event.valid) event.valid->from = event.observed.from + random.Below(10) * kMinute;
    if (event.point) {
      event.point =
          PlaceOf(from_north + north * minute + off(noise), from_east + east * minute + off(noise));
      // Wider than the narrowest radius a rule has, now and then.
      event.uncertainty_m = static_cast<double>(random.Below(random.OneIn(5) ? 9'000 : 1'500));
    }
    for (KeyedActor& actor : event.actors) {
      if (actor.id.str() != "police" || random.OneIn(2)) continue;
      actor = {ActorId("militia"), "armed_group", actor.role};
    }
  }
}

}  // namespace tocsin::property
