#include "lib/rules/pack.h"

#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/rules/pack_testing.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

constexpr char kRule[] = R"(id: silent
version: 1
title: {en: Silent}
why: Because.
kind: absence
group_by: [feed]
selections: {heartbeat: {types: [feed.heartbeat]}}
condition: {every: 1h, severity: minor}
address: originators
urgency: immediate
response: assess
label: {classification: unclassified, tlp: amber}
)";

std::vector<Document> Documents() {
  std::vector<Document> documents = TestRegisters();
  documents.push_back({"rule", "silent", 1, kRule, Sha256Hex(kRule)});
  return documents;
}

// The message after replacing text in the document of a kind.
std::string Refusal(std::string_view kind, const char* from, const char* to) {
  std::vector<Document> documents = Documents();
  for (Document& document : documents) {
    if (document.kind != kind) continue;
    const std::string text = absl::StrReplaceAll(document.text, {{from, to}});
    EXPECT_NE(text, document.text) << "nothing replaced: " << from;
    document.text = text;
    document.sha256.clear();
  }
  const auto pack = ParsePack(documents, TestMissions());
  EXPECT_EQ(pack.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(pack.status().message());
}

TEST(PackTest, ReadsDocuments) {
  const auto pack = ParsePack(Documents(), {MissionId("south"), MissionId("north")});
  ASSERT_TRUE(pack.ok()) << pack.status();
  ASSERT_EQ(pack->rules.size(), 1u);
  EXPECT_EQ(pack->live_missions, (std::vector<MissionId>{MissionId("north"), MissionId("south")}));
  EXPECT_EQ(pack->area_desks.at(AreaId("east")).str(), "east");
  EXPECT_EQ(pack->corridors.at(CorridorId("south-east")).b.str(), "east");
  ASSERT_NE(pack->FindType("sensor.thermal"), nullptr);
  EXPECT_TRUE(pack->FindType("sensor.thermal")->sensors);
  EXPECT_FALSE(pack->FindType("sensor.thermal")->sitreps);
  EXPECT_TRUE(pack->FindType("security.sighting")->sitreps);
  EXPECT_EQ(pack->FindType("phase.declared")->attributes.at("level"), "I|II|III");
  EXPECT_EQ(pack->FindType("phase"), nullptr);
  EXPECT_EQ(pack->FindActor("THE RAIDERS")->actor_class, "armed_group");
  EXPECT_EQ(pack->FindActor("nobody"), nullptr);
  EXPECT_EQ(pack->desks.at(MissionId("north")).default_label.tlp, Tlp::kAmber);
  EXPECT_EQ(pack->desks.at(MissionId("north")).floor.originator.str(), "north");
}

TEST(PackTest, DigestNamesTextsAndMissions) {
  const auto one = ParsePack(Documents(), TestMissions());
  std::vector<Document> turned = Documents();
  std::reverse(turned.begin(), turned.end());
  const auto same = ParsePack(turned, {MissionId("north")});
  EXPECT_TRUE(same.ok());
  EXPECT_NE(one->digest, same->digest) << "another set of live missions";
  EXPECT_EQ(one->digest, ParsePack(turned, TestMissions())->digest);
  turned[0].text += "# more\n";
  turned[0].sha256.clear();
  EXPECT_NE(one->digest, ParsePack(turned, TestMissions())->digest);
}

TEST(PackTest, RefusesSetsThatDoNotFit) {
  const auto refusal = [](const std::vector<Document>& documents) {
    return std::string(ParsePack(documents, TestMissions()).status().message());
  };
  std::vector<Document> documents = Documents();
  documents.back().sha256 = Sha256Hex("other");
  EXPECT_THAT(refusal(documents), HasSubstr("rule/silent: sha256"));
  documents.back().sha256.clear();
  documents.back().version = 2;
  EXPECT_THAT(refusal(documents), HasSubstr("of silent version 1"));
  documents = Documents();
  documents.push_back(documents.back());
  EXPECT_THAT(refusal(documents), HasSubstr("two rules"));
  documents = Documents();
  documents.push_back(documents[0]);
  EXPECT_THAT(refusal(documents), HasSubstr("one document of the kind actors"));
  documents = Documents();
  documents.push_back({"recipes", "soup", 1, "", ""});
  EXPECT_THAT(refusal(documents), HasSubstr("recipes/soup: kind"));
  EXPECT_THAT(refusal({}), HasSubstr("desks: the pack has no document"));
  EXPECT_THAT(ParsePack(Documents(), {MissionId("west")}).status().message(),
              HasSubstr("live_missions: 'west' is not a desk"));
}

TEST(PackTest, RefusesBadRegisters) {
  EXPECT_THAT(
      Refusal("actors", "[Police]", "[Police, the raiders]"),
      HasSubstr("actors/actors:3:64: actors.police.aliases: 'the raiders' is an alias of raiders"));
  EXPECT_THAT(Refusal("actors", "government", "royal"), HasSubstr("class: must be"));
  EXPECT_THAT(Refusal("actors", "police:", "raiders:"), HasSubstr("is there twice"));
  EXPECT_THAT(Refusal("types", "lateness: 30d", "lateness: -30d"), HasSubstr("lateness"));
  EXPECT_THAT(Refusal("types", "stream: both", "stream: radio"), HasSubstr("stream: must be"));
  EXPECT_THAT(Refusal("types", "feed.heartbeat:", "Heartbeat:"), HasSubstr("dotted name"));
  EXPECT_THAT(Refusal("types", "[I, II, III]", "[]"), HasSubstr("attributes.level"));
  EXPECT_THAT(Refusal("desks", "tlp: amber", "tlp: clear"), HasSubstr("looser than the floor"));
  EXPECT_THAT(Refusal("desks", "[\"*\"]", "[mars]"), HasSubstr("'mars' is not a desk"));
  EXPECT_THAT(Refusal("desks", "zone:", "zones:"), HasSubstr("zone: is missing"));
}

TEST(PackTest, RefusesBadPlaces) {
  EXPECT_THAT(Refusal("areas", R"("desk":"north")", R"("desk":"mars")"),
              HasSubstr("areas/areas: features[0].properties.desk: 'mars' is not a desk"));
  EXPECT_THAT(Refusal("areas", R"("id":"south")", R"("id":"north")"), HasSubstr("has the desk"));
  EXPECT_THAT(Refusal("areas", "Polygon", "Point"), HasSubstr("geometry"));
  EXPECT_THAT(Refusal("areas", "2099-12-31", "2099-02-30"), HasSubstr("must be a date"));
  EXPECT_THAT(Refusal("areas", "2099-12-31", "1999-12-31"), HasSubstr("is after"));
  EXPECT_THAT(Refusal("areas", R"("id":"south")", R"("id":"south","colour":"red")"),
              HasSubstr("unknown keys"));
  EXPECT_THAT(Refusal("corridors", R"("a":"north")", R"("a":"west")"), HasSubstr("is not an area"));
  EXPECT_THAT(Refusal("corridors", R"("a":"north")", R"("a":"south")"), HasSubstr("same area"));
  EXPECT_THAT(Refusal("corridors", ":50", ":-50"), HasSubstr("width_km"));
  EXPECT_THAT(Refusal("corridors", ":50", ":\"50\""), HasSubstr("width_km"));
  EXPECT_THAT(Refusal("corridors", "]}}", "]}"), HasSubstr("is not JSON"));
  EXPECT_THAT(Refusal("corridors", "FeatureCollection", "Collection"),
              HasSubstr("FeatureCollection"));
}

TEST(PackTest, ReadsTheBoundariesOfAreas) {
  const std::vector<AreaShape>& shapes = TestPack().area_shapes;
  ASSERT_EQ(shapes.size(), 4u);
  EXPECT_EQ(shapes[0].id, AreaId("north"));
  EXPECT_EQ(shapes[0].rings.size(), 1u);
  EXPECT_EQ(shapes[0].rings[0].size(), 5u) << "the first position is not repeated";
  EXPECT_EQ(shapes[0].rings[0][1], (Point{.latitude = 1.2, .longitude = 1}));
  EXPECT_EQ(shapes[1].rings.size(), 3u) << "two polygons, one with a hole";
  using std::chrono::sys_days, std::chrono::January, std::chrono::December;
  EXPECT_EQ(shapes[2].to, sys_days(December / 31 / 2008));
  EXPECT_EQ(shapes[3].id, AreaId("east"));
  EXPECT_EQ(shapes[3].from, sys_days(January / 1 / 2009));
}

TEST(PackTest, RefusesBadBoundaries) {
  const std::string reason =
      "areas/areas: features[1].geometry: ring 1 of polygon 0 must be at least 4 positions "
      "[longitude, latitude] on the globe, and end where it began";
  EXPECT_EQ(Refusal("areas", "[0.5,-1.5],[0,-1.8]]", "[0.5,-1.5]]"), reason);
  EXPECT_EQ(Refusal("areas", "[0.5,-1.5],", ""), reason);
  EXPECT_EQ(Refusal("areas", "[0.5,-1.5]", "[0.5,-91.5]"), reason);
  EXPECT_EQ(Refusal("areas", "[0.5,-1.5]", "[0.5]"), reason);
  EXPECT_EQ(Refusal("areas", "[0.5,-1.5]", "[0.5,null]"), reason);
  EXPECT_EQ(Refusal("areas", "[0.5,-1.5]", "7"), reason);
  EXPECT_THAT(Refusal("areas", "[[[1.2,-1],[1.4,-1],[1.3,-0.8],[1.2,-1]]]", "[]"),
              HasSubstr("polygon 1 must be a list of rings"));
}

TEST(FoldNameTest, FoldsAsciiCaseAndWhiteSpace) {
  EXPECT_EQ(FoldName("  Lord's \t Resistance\nArmy "), "lord's resistance army");
  EXPECT_EQ(FoldName("Arm\xc3\x89"), "arm\xc3\x89");
  EXPECT_EQ(FoldName(" \t"), "");
}

}  // namespace
}  // namespace tocsin
