#include "lib/rules/keys.h"

#include <algorithm>
#include <set>

#include <absl/strings/escaping.h>
#include <absl/strings/str_split.h>

#include "lib/base/canonical.h"
#include "lib/base/text.h"

namespace tocsin {
namespace {

constexpr char kCell[] = "cell";  // a field's name, of every size

std::vector<std::string> ValuesOf(const std::string& field, const KeyedEvent& event) {
  std::set<std::string> values;
  if (field == "actor") {
    for (const KeyedActor& actor : event.actors) values.insert(actor.id.str());
  } else if (field == "area") {
    for (const AreaId& area : event.areas) values.insert(area.str());
  } else if (field == "corridor") {
    for (const CorridorId& corridor : event.corridors) values.insert(corridor.str());
  } else if (field == "mission" && event.warning) {
    for (const MissionId& mission : event.warning->missions) values.insert(mission.str());
  } else if (field == "mission") {
    values.insert(event.identity.mission.str());
  } else if (const auto it = event.attributes.find(field); it != event.attributes.end()) {
    values.insert(it->second);
  }
  values.erase("");
  return {values.begin(), values.end()};
}

bool AnySelectionMatches(const Rule& rule, const KeyedEvent& event, const ActorId* key_actor) {
  return std::any_of(rule.selections.begin(), rule.selections.end(),
                     [&](const Selection& s) { return Matches(s, event, key_actor); });
}

// Home first; nullptr without any.
const std::vector<std::string>* CellsOfLevel(const KeyedEvent& event, int32_t level) {
  for (const NearCells& near : event.cells) {
    if (near.level == level && !near.cells.empty()) return &near.cells;
  }
  return nullptr;
}

// `starts`: encoded values of the fields of the spec that are not in group_by, one for each way.
std::vector<CorrelationKey> KeysUnder(const Rule& rule, const std::string& spec,
                                      const std::vector<std::string>& starts,
                                      const KeyedEvent& event) {
  if (!CanBeEvidence(rule, event)) return {};
  const bool by_actor =
      std::find(rule.group_by.begin(), rule.group_by.end(), "actor") != rule.group_by.end();
  if (!by_actor && !AnySelectionMatches(rule, event, nullptr)) return {};

  CanonicalWriter world;
  world.Int64(static_cast<int64_t>(event.status)).Bytes(event.exercise_id);
  std::vector<std::string> values;
  values.reserve(starts.size());
  for (const std::string& start : starts) values.push_back(world.str() + start);
  for (const std::string& field : rule.group_by) {
    std::vector<std::string> longer;
    for (const std::string& value : ValuesOf(field, event)) {
      if (field == "actor") {
        const ActorId actor(value);
        if (!AnySelectionMatches(rule, event, &actor)) continue;
      }
      for (const std::string& before : values) {
        longer.push_back(before + CanonicalWriter().Bytes(value).Take());
      }
    }
    values = std::move(longer);
  }
  std::vector<CorrelationKey> keys;
  keys.reserve(values.size());
  for (const std::string& value : values) keys.push_back({spec, absl::BytesToHexString(value)});
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

bool CanBeEvidence(const Rule& rule, const KeyedEvent& event) {
  if (rule.SelectsWarnings() != event.warning.has_value()) return false;
  if (event.warning) return true;
  if (event.late || event.observed.width() > rule.window) return false;
  if (!rule.most_uncertainty_m) return true;
  return event.point.has_value() &&
         event.uncertainty_m <= static_cast<double>(*rule.most_uncertainty_m);
}

std::vector<CorrelationKey> KeysOf(const Rule& rule, const KeyedEvent& event) {
  if (!rule.cell_level) return KeysUnder(rule, rule.KeySpec(), {""}, event);
  const std::vector<std::string>* const cells = CellsOfLevel(event, *rule.cell_level);
  if (cells == nullptr) return {};
  std::vector<std::string> starts;
  starts.reserve(cells->size());
  for (const std::string& cell : *cells) starts.push_back(CanonicalWriter().Bytes(cell).Take());
  return KeysUnder(rule, rule.CellSpec(), starts, event);
}

std::vector<CorrelationKey> KeysOfMatched(const Rule& rule, const KeyedEvent& event) {
  if (!rule.cell_level) return {};
  return KeysUnder(rule, rule.KeySpec(), {""}, event);
}

std::vector<CorrelationKey> KeysOf(const Pack& pack, const KeyedEvent& event) {
  if (!event.warning && pack.FindType(event.type) == nullptr) return {};
  std::set<CorrelationKey> keys;
  for (const Rule& rule : pack.rules) {
    for (CorrelationKey& key : KeysOf(rule, event)) keys.insert(std::move(key));
  }
  return {keys.begin(), keys.end()};
}

absl::StatusOr<KeyParts> ParseKey(const CorrelationKey& key) {
  const auto bad = [&](std::string_view reason) {
    return absl::InvalidArgumentError(StrCat("key.value: ", reason));
  };
  if (key.spec.empty()) return absl::InvalidArgumentError("key.spec: is empty");
  if (key.value.size() % 2 != 0) return bad("is not pairs of hex digits");
  for (const char c : key.value) {
    if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) return bad("is not lower-case hex");
  }
  const std::string bytes = absl::HexStringToBytes(key.value);
  CanonicalReader in(bytes);
  KeyParts parts;
  const int64_t status = in.Int64();
  parts.exercise_id = in.Bytes();
  std::string_view spec = key.spec;
  if (spec.starts_with(kOfWarnings)) spec.remove_prefix(1);
  for (const auto field : absl::StrSplit(Av(spec), '+')) {
    if (Sv(field).starts_with(kOfOneRule)) continue;
    const bool cell = Sv(field).starts_with(kOfCells);
    parts.fields.emplace_back(cell ? kCell : std::string(field), in.Bytes());
  }
  if (!in.ok() || !in.done()) return bad("is not the encoding of its fields");
  if (status < 0 || status > static_cast<int64_t>(Status::kDraft)) {
    return bad("has no known status");
  }
  parts.status = static_cast<Status>(status);
  return parts;
}

bool IsOfCells(const CorrelationKey& key) { return key.spec.starts_with(kOfCells); }

bool IsAtHome(const CorrelationKey& key, const KeyParts& parts, const KeyedEvent& event) {
  if (!IsOfCells(key) || parts.fields.empty()) return false;
  return std::any_of(event.cells.begin(), event.cells.end(), [&](const NearCells& near) {
    const std::string size = StrCat(kOfCells, near.level);
    return (key.spec == size || key.spec.starts_with(size + "+")) && !near.cells.empty() &&
           near.cells.front() == parts.fields.front().second;
  });
}

std::string PartitionText(const CorrelationKey& key) { return StrCat(key.spec, "/", key.value); }

}  // namespace tocsin
