// What leaves a mission's own topics, field by field.
#include "lib/routing/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/routing/pack_testing.h"

namespace tocsin::testing_pack {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class ResolveTest : public testing::Test {
 protected:
  ResolveTest() : pack_(*ParsePack(Documents(), {MissionId("west")})), resolver_(pack_, boxes_) {}

  KeyedEvent Resolve(const Event& event) { return resolver_.Resolve(event, counts_); }

  const Pack pack_;
  const Boxes boxes_;
  const Resolver resolver_;
  Counts counts_;
};

TEST_F(ResolveTest, PlacesLieInAreasAndCorridorsAtTheEventsTime) {
  const KeyedEvent now = Resolve(MakeEvent("west", "1", 9.7, kStart));
  EXPECT_THAT(now.areas, ElementsAre(AreaId("east"), AreaId("west")));
  EXPECT_THAT(now.corridors, ElementsAre(CorridorId("border")));
  const KeyedEvent before = Resolve(MakeEvent("west", "1", 9.7, kStart - 2000 * kDay));
  EXPECT_THAT(before.areas, IsEmpty());
  // What is expected counts from when it is expected.
  Event expected = MakeEvent("west", "1", 9.7, kStart - 2000 * kDay);
  expected.nature = Nature::kExpected;
  expected.valid = Interval{kStart, kStart + kDay};
  EXPECT_THAT(Resolve(expected).areas, ElementsAre(AreaId("east"), AreaId("west")));
}

TEST_F(ResolveTest, AVaguePlaceLiesInNoCorridorAndAVaguerOneInNoArea) {
  Event event = MakeEvent("west", "1", 9.7, kStart);
  event.place.uncertainty_m = 50'000;
  EXPECT_EQ(Resolve(event).corridors.size(), 1U);
  event.place.uncertainty_m = 50'001;
  EXPECT_THAT(Resolve(event).corridors, IsEmpty());
  EXPECT_EQ(Resolve(event).areas.size(), 2U);
  event.place.uncertainty_m = 100'000;
  EXPECT_EQ(Resolve(event).areas.size(), 2U);
  counts_ = {};
  event.place.uncertainty_m = 100'001;
  const KeyedEvent vague = Resolve(event);
  EXPECT_THAT(vague.areas, IsEmpty());
  EXPECT_EQ(vague.point, event.place.point);
  EXPECT_THAT(counts_, ElementsAre(Pair("vague_places", 1)));
}

TEST_F(ResolveTest, APlaceWithoutAPointIsCounted) {
  Event event = MakeEvent("west", "1", 9.7, kStart);
  event.place.point.reset();
  EXPECT_THAT(Resolve(event).areas, IsEmpty());
  EXPECT_THAT(counts_, ElementsAre(Pair("unresolved_places", 1)));
}

TEST_F(ResolveTest, ActorsAreOfTheRegisterOrNotNamed) {
  Event event = MakeEvent("west", "1", 5, kStart);
  event.actors = {{.name = "Sudan armed  forces", .register_id = "", .role = "target"},
                  {.name = "some men", .register_id = "lra", .role = "perpetrator"},
                  {.name = "Justice Movement", .register_id = "no-such-id", .role = "perpetrator"},
                  {.name = "lra", .register_id = "lra", .role = "perpetrator"},
                  {.name = "Idriss the trader", .register_id = "", .role = "reporter"}};
  const KeyedEvent keyed = Resolve(event);
  EXPECT_THAT(keyed.actors, ElementsAre(KeyedActor{ActorId("jem"), "armed_group", "perpetrator"},
                                        KeyedActor{ActorId("lra"), "armed_group", "perpetrator"},
                                        KeyedActor{ActorId("saf"), "government", "target"}));
  EXPECT_THAT(counts_, ElementsAre(Pair("unresolved_actors", 1)));
}

// A name that the register does not have byte by byte, but for case and space in ASCII, is counted
// and nobody's: it makes no actor of its own.
TEST_F(ResolveTest, AnotherFormOfANameIsNobodys) {
  const Pack pack = *ParsePack(Replaced(Documents(), "Justice Movement", "S\xc3\xa9l\xc3\xa9ka"),
                               {MissionId("east"), MissionId("west")});
  const Resolver resolver(pack, boxes_);
  for (const char* const name : {"Se\xcc\x81le\xcc\x81ka", "S\xc3\x89L\xc3\x89KA", "Seleka"}) {
    Event event = MakeEvent("west", "1", 5, kStart);
    event.actors = {{.name = name, .register_id = "", .role = "perpetrator"}};
    counts_ = {};
    EXPECT_THAT(resolver.Resolve(event, counts_).actors, IsEmpty());
    EXPECT_THAT(counts_, ElementsAre(Pair("unresolved_actors", 1)));
    event.actors[0].name = " s\xc3\xa9L\xc3\xa9kA";
    EXPECT_THAT(resolver.Resolve(event, counts_).actors, testing::SizeIs(1));
  }
}

TEST_F(ResolveTest, OnlyAttributesThatATypeDeclaresAndARuleReadsLeave) {
  Event event = MakeEvent("west", "1", 5, kStart);
  event.type = "sensor.thermal";
  event.attributes = {{"feed", "f1"}, {"feed_kind", "thermal"}, {"frp_mw", "3"}, {"note", "x"}};
  EXPECT_THAT(Resolve(event).attributes,
              ElementsAre(Pair("feed", "f1"), Pair("feed_kind", "thermal")));
  event.type = "security.attack";  // declares none of them
  EXPECT_THAT(Resolve(event).attributes, IsEmpty());
}

TEST_F(ResolveTest, WhatRulesCompareIsCarriedOver) {
  Event event = MakeEvent("west", "1", 5, kStart);
  event.people.killed = 3;
  event.grading = {.reliability = "B", .credibility = "2"};
  event.label.tlp = Tlp::kAmber;
  event.source.kind = "patrol";
  event.source.component = "military";
  event.source.same_incident_as = Identity{MissionId("east"), EventId("9")};
  const KeyedEvent keyed = Resolve(event);
  EXPECT_EQ(keyed.people, event.people);
  EXPECT_EQ(keyed.grading, event.grading);
  EXPECT_EQ(keyed.label, event.label);
  EXPECT_EQ(keyed.source_kind, "patrol");
  EXPECT_EQ(keyed.component, "military");
  EXPECT_EQ(keyed.same_incident_as, event.source.same_incident_as);
  EXPECT_EQ(keyed.accepted, event.accepted);
  EXPECT_FALSE(keyed.late);
}

TEST(Origin, IsEqualWhereTheSourceIsAndSaysNothingOfIt) {
  Event event = MakeEvent("west", "1", 5, kStart);
  event.source.kind = "person";
  event.source.component = "civil_affairs";
  const std::string plain = OriginOf(event);
  EXPECT_EQ(plain, "mission:west:civil_affairs:person");
  Event other = event;
  other.source.component = "military";
  EXPECT_NE(OriginOf(other), plain);
  event.source.protected_id = "BLUE HERON";
  other.source.protected_id = "BLUE HERON";
  EXPECT_EQ(OriginOf(event), OriginOf(other));
  EXPECT_EQ(OriginOf(event).find("HERON"), std::string::npos);
  other.source.relayed_from = "east";
  EXPECT_NE(OriginOf(event), OriginOf(other));
  event.source.protected_id = "another";
  event.source.relayed_from = "east";
  EXPECT_EQ(OriginOf(event), OriginOf(other));
}

}  // namespace
}  // namespace tocsin::testing_pack
