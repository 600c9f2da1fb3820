#include "lib/filing/desk.h"

#include "lib/base/status_macros.h"
#include "lib/packfiles/load.h"

namespace tocsin {

absl::StatusOr<DeskRules> LoadDeskRules(const std::string& rules_dir, const MissionId& mission,
                                        const std::string& stream) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Document> documents, LoadPackFiles(rules_dir));
  TOCSIN_ASSIGN_OR_RETURN(Pack pack, ParsePack(documents, {}));
  return DeskRulesOf(std::make_shared<const Pack>(std::move(pack)), mission, stream);
}

}  // namespace tocsin
