#include "tocsinctl/world.h"

#include <utility>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/geo/place_index.h"
#include "lib/packfiles/load.h"

namespace tocsin::ctl {
namespace {

class PackWorld final : public World {
 public:
  PackWorld(std::vector<Document> documents, Pack pack, std::unique_ptr<const PlaceIndex> index)
      : documents_(std::move(documents)), pack_(std::move(pack)), index_(std::move(index)) {}

  const Pack& pack() const override { return pack_; }
  const std::vector<Document>& documents() const override { return documents_; }
  const PlaceIndex& places() const override { return *index_; }

  ImportWorld import() const override {
    ImportWorld world;
    world.mission_at = [this](const Point& point, Time time) {
      // The first by id of several.
      for (const AreaId& area : index_->AreasAt(point, time)) {
        if (const auto desk = pack_.area_desks.find(area); desk != pack_.area_desks.end()) {
          return desk->second;
        }
      }
      return MissionId();
    };
    world.zone_of = [this](const MissionId& mission) -> std::string {
      const auto desk = pack_.desks.find(mission);
      return desk == pack_.desks.end() ? "" : desk->second.zone;
    };
    world.time_zone = &FindTimeZone;
    return world;
  }

 private:
  std::vector<Document> documents_;
  Pack pack_;
  std::unique_ptr<const PlaceIndex> index_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<World>> World::Load(const std::string& rules_dir) {
  TOCSIN_ASSIGN_OR_RETURN(std::vector<Document> documents, LoadPackFiles(rules_dir));
  return Of(std::move(documents));
}

absl::StatusOr<std::unique_ptr<World>> World::Of(std::vector<Document> documents) {
  TOCSIN_ASSIGN_OR_RETURN(Pack pack, ParsePack(documents, {}));
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<const PlaceIndex> index,
                          MakeS2PlaceIndex(pack.areas_geojson, pack.corridors_geojson));
  return std::make_unique<PackWorld>(std::move(documents), std::move(pack), std::move(index));
}

std::optional<absl::TimeZone> FindTimeZone(const std::string& name) {
  absl::TimeZone zone;
  return absl::LoadTimeZone(name, &zone) ? std::optional<absl::TimeZone>(zone) : std::nullopt;
}

}  // namespace tocsin::ctl
