#include "lib/backtest/replay.h"

#include <algorithm>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin {
namespace {

SourceId SourceOf(const MissionId& mission, Stream stream) {
  return {
      StrCat("mission.", mission.str(), stream == Stream::kSensor ? ".sensors.v1" : ".sitreps.v1"),
      0};
}

class Teller final : public RoomListener {
 public:
  explicit Teller(const OnWarning& on_warning) : on_warning_(on_warning) {}
  void OnEffects(const CorrelatorEffects& effects) override {
    for (const Warning& warning : effects.warnings) on_warning_(now, warning);
  }
  Time now = kUnknownTime;

 private:
  const OnWarning& on_warning_;
};

// The clock of the room: it only goes forward.
class Clock {
 public:
  Clock(Room& room, Teller& teller, Duration step) : room_(room), teller_(teller), step_(step) {}

  // The sources join, all of them at their end.
  void Start(Time now, const Pack& pack) {
    Observation joined;
    joined.clock = now;
    for (const auto& [mission, desk] : pack.desks) {
      for (const Stream stream : {Stream::kSensor, Stream::kSitrep}) {
        joined.sources.push_back(
            {.source = SourceOf(mission, stream), .status = SourceStatus::kAtEnd});
      }
    }
    std::sort(joined.sources.begin(), joined.sources.end());
    room_.Observe(joined);
    teller_.now = now;
  }

  // Passes every step before `to`: these lie at multiples of the step, whatever the reports.
  absl::Status PassUntil(Time to) {
    const auto last = teller_.now.time_since_epoch().count() / step_.count();
    for (Time t = Time((last + 1) * step_); t < to; t += step_) {
      TOCSIN_RETURN_IF_ERROR(Close(t));
    }
    return absl::OkStatus();
  }

  absl::Status Close(Time now) {
    Observation observation;
    observation.clock = now;
    observation.beat = true;  // a clock that went on is told only with a beat
    room_.Observe(observation);
    teller_.now = now;
    return room_.Close();
  }

 private:
  Room& room_;
  Teller& teller_;
  const Duration step_;
};

}  // namespace

absl::Status Replay(const std::vector<Document>& documents, const Pack& pack,
                    const std::vector<Report>& history, const ReplayOptions& options,
                    const OnWarning& on_warning) {
  std::vector<MissionId> live;
  for (const auto& [mission, desk] : pack.desks) live.push_back(mission);
  Teller teller(on_warning);
  // The machine's clock is what Clock says; one partition: ids and contents do not depend on it.
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<Room> room,
                          Room::Open({.keyed_partitions = 1, .clock = ClockMode::kWall}, documents,
                                     live, teller, options.shadow));
  if (history.empty()) return absl::OkStatus();
  Clock clock(*room, teller, options.step);
  clock.Start(history.front().event.accepted, pack);
  const auto known = [&](const Report& report) {
    return options.until == kUnknownTime || report.event.accepted <= options.until;
  };
  for (auto it = history.begin(); it != history.end() && known(*it);) {
    const Time now = it->event.accepted;
    TOCSIN_RETURN_IF_ERROR(clock.PassUntil(now));
    for (; it != history.end() && it->event.accepted == now; ++it) {
      const absl::Status status =
          room->Step(SourceOf(it->event.identity.mission, it->stream), it->event);
      if (!status.ok()) {
        return absl::InvalidArgumentError(StrCat(it->origin, ": ", std::string(status.message())));
      }
    }
    TOCSIN_RETURN_IF_ERROR(clock.Close(now));
  }
  if (options.until > teller.now) {
    TOCSIN_RETURN_IF_ERROR(clock.PassUntil(options.until));
    TOCSIN_RETURN_IF_ERROR(clock.Close(options.until));
  }
  return options.at_end ? options.at_end(*room, teller.now) : absl::OkStatus();
}

}  // namespace tocsin
