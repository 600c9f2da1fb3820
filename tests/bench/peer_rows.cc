#include "peer_rows.h"

#include <charconv>
#include <string_view>

namespace tocsin::bench {
namespace {

constexpr int64_t kWindowMs = 60'000;

int64_t Millis(Time time) { return ToMicros(time) / 1000; }

}  // namespace

void PeerRows::Add(const Warning& warning) {
  const WarningContent& content = warning.content;
  const bool begins = warning.message_type == MessageType::kAlert;
  const int64_t from = Millis(content.episode.from);
  if (content.rule_id.str() == "r1" && begins) {
    AddRow("R1", warning, "square", from / kWindowMs * kWindowMs);
  }
  if (content.rule_id.str() == "r3" && begins) AddRow("R3", warning, "sensor", from);
  if (content.rule_id.str() != "r2" || warning.message_type == MessageType::kCancel) return;
  std::set<int64_t>& told = told_[content.key.at("square")];
  for (const Evidence& item : content.evidence) {
    const int64_t time = Millis(item.observed.from);
    if (item.selection == "attack" && told.insert(time).second) {
      AddRow("R2", warning, "square", time);
    }
  }
}

void PeerRows::AddRow(const char* rule, const Warning& warning, const char* field,
                      int64_t time_ms) {
  // "1591", or "s-1591".
  std::string_view place = warning.content.key.at(field);
  if (const size_t dash = place.rfind('-'); dash != std::string_view::npos) {
    place.remove_prefix(dash + 1);
  }
  PeerRow& row = rows_.emplace_back();
  row.rule = rule;
  std::from_chars(place.data(), place.data() + place.size(), row.cell);
  row.time_ms = time_ms;
  row.emission = warning.id.str() + "/" + std::to_string(warning.revision);
}

}  // namespace tocsin::bench
