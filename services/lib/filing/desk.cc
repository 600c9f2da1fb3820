#include "lib/filing/desk.h"

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/packfiles/load.h"

namespace tocsin {

absl::StatusOr<DeskRules> DeskRulesOf(std::shared_ptr<const Pack> pack, const MissionId& mission,
                                      const std::string& stream) {
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

absl::StatusOr<DeskRules> LoadDeskRules(const std::string& rules_dir, const MissionId& mission,
                                        const std::string& stream) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Document> documents, LoadPackFiles(rules_dir));
  TOCSIN_ASSIGN_OR_RETURN(Pack pack, ParsePack(documents, {}));
  return DeskRulesOf(std::make_shared<const Pack>(std::move(pack)), mission, stream);
}

}  // namespace tocsin
