#include "lib/rules/desk_rules.h"

#include "lib/base/text.h"

namespace tocsin {

absl::StatusOr<DeskRules> DeskRulesOf(const std::shared_ptr<const Pack>& pack,
                                      const MissionId& mission, const std::string& stream) {
  const auto found = pack->desks.find(mission);
  if (found == pack->desks.end()) {
    return absl::NotFoundError(
        StrCat("mission: the rules directory has no desk of ", mission.str()));
  }
  const bool sensors = stream == "sensors";
  DeskRules out;
  out.desk.mission = mission;
  out.desk.zone = found->second.zone;
  out.desk.floor = found->second.floor;
  out.desk.default_label = found->second.default_label;
  out.desk.default_label.originator = mission;
  out.desk.source_kind = sensors ? "sensor" : "person";
  for (const auto& [name, type] : pack->types) {
    out.rules.types[name] = {sensors ? type.sensors : type.sitreps, type.attributes};
  }
  out.rules.knows_actor = [pack](std::string_view name) {
    return pack->FindActor(name) != nullptr || pack->actors.contains(ActorId(name));
  };
  return out;
}

}  // namespace tocsin
