// An event of the benchmark of engines (tests/bench/peers), from its JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/domain/event.h"

namespace tocsin::bench {

struct PeerEvent {
  int64_t id = 0, mission = 0, actor = 0, cell = 0, t = 0;  // t: milliseconds
  double lat = 0, lon = 0;
  std::string_view type, sensor, source, text;  // into the JSON
};

// A flat object of numbers, texts without escapes, and null; absent if it is none.
std::optional<PeerEvent> ParsePeerEvent(std::string_view json);

// As a mission files it; not yet accepted.
Event ToEvent(const PeerEvent& event);

}  // namespace tocsin::bench
