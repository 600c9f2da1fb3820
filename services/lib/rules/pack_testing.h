// A small pack for the tests of rules and of what is built on them.
#pragma once

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include "lib/rules/pack.h"

namespace tocsin {

// Desks north, south and east, of which south has a clock that was set twice in January 2009; areas
// of the same names, north and south of and east of the origin, east with another shape since 2009;
// corridors north-south and south-east; actors raiders (armed_group) and police (government).
inline std::vector<Document> TestRegisters() {
  const char* const label = "{classification: unclassified, tlp: green}";
  const char* const offsets =
      "offsets: [{from: 1970-01-01, utc: \"+01:00\"}, {from: 2009-01-03T10:00Z, utc: \"+02:00\"}, "
      "{from: 2009-01-06T21:00Z, utc: \"+01:00\"}], ";
  std::string desks = "desks:\n";
  std::string areas;
  for (const char* const desk : {"north", "south", "east"}) {
    absl::StrAppend(&desks, "  ", desk, ": {title: ", desk, ", zone: Africa/Bangui, ",
                    std::string(desk) == "south" ? offsets : "", "floor: ", label,
                    ", default_label: {classification: unclassified, tlp: amber, ",
                    "releasable_to: [\"*\"]}}\n");
  }
  const auto area = [&](const char* id, const char* from, const char* to, const char* type,
                        const char* coordinates) {
    absl::StrAppend(&areas, areas.empty() ? "" : ",", R"({"type":"Feature","properties":{"id":")",
                    id, R"(","desk":")", id, R"(","from":")", from, R"(","to":")", to,
                    R"("},"geometry":{"type":")", type, R"(","coordinates":)", coordinates, "}}");
  };
  area("north", "2008-01-01", "2099-12-31", "Polygon",
       "[[[-1,1],[1,1.2],[0.2,1.5],[1,2],[-1,2],[-1,1]]]");
  area("south", "2008-01-01", "2099-12-31", "MultiPolygon",
       "[[[[-1,-2],[1,-2],[1,-1],[-1,-1],[-1,-2]],[[0,-1.8],[0,-1.2],[0.5,-1.5],[0,-1.8]]],"
       "[[[1.2,-1],[1.4,-1],[1.3,-0.8],[1.2,-1]]]]");
  area("east", "2008-01-01", "2008-12-31", "Polygon", "[[[1,-1],[2,-1],[2,1],[1,1],[1,-1]]]");
  area("east", "2009-01-01", "2099-12-31", "Polygon", "[[[0.8,-0.5],[2,-1],[2,1],[0.8,-0.5]]]");
  const auto corridor = [](const std::string& id, const std::string& a, const std::string& b) {
    return R"({"type":"Feature","properties":{"id":")" + id + R"(","title":"t","a":")" + a +
           R"(","b":")" + b + R"(","width_km":50,"from":"2008-01-01","to":"2099-12-31"},)" +
           R"("geometry":{"type":"LineString","coordinates":[[0,0],[1,0]]}})";
  };
  const std::string types = R"(types:
  security.attack: {stream: sitreps, lateness: 60d, title: {en: A}, attributes: {weapon: text, feed: text}}
  security.sighting: {stream: both, lateness: 30d, title: {en: S}, attributes: {feed: text}}
  displacement.flow: {stream: sitreps, lateness: 30d, title: {en: D}}
  phase.declared: {stream: sitreps, lateness: 60d, title: {en: P}, attributes: {level: [I, II, III], feed: text}}
  sensor.thermal: {stream: sensors, lateness: 1d, title: {en: T}, attributes: {feed: text}}
  feed.heartbeat: {stream: sensors, lateness: 1d, title: {en: H}, attributes: {feed: text}}
)";
  const std::string actors = R"(actors:
  raiders: {class: armed_group, title: Raiders, aliases: [Raiders, "The  Raiders"]}
  police: {class: government, title: Police, aliases: [Police]}
)";
  const auto collection = [](const std::string& features) {
    return R"({"type":"FeatureCollection","features":[)" + features + "]}";
  };
  return {{"actors", "actors", 1, actors, ""},
          {"areas", "areas", 1, collection(areas), ""},
          {"corridors", "corridors", 1,
           collection(corridor("north-south", "north", "south") + "," +
                      corridor("south-east", "south", "east")),
           ""},
          {"desks", "desks", 1, desks, ""},
          {"types", "types", 1, types, ""}};
}

inline std::vector<MissionId> TestMissions() {
  return {MissionId("east"), MissionId("north"), MissionId("south")};
}

inline const Pack& TestPack() {
  static const Pack pack = [] {
    auto parsed = ParsePack(TestRegisters(), TestMissions());
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return *std::move(parsed);
  }();
  return pack;
}

}  // namespace tocsin
