#include "gateway/render.h"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/gateway_testing.h"
#include "lib/domain/outline.h"

namespace tocsin::gateway {
namespace {

using testing::Caller;
using testing::EvidenceOf;
using testing::IdOf;
using testing::Released;
using testing::WarningOf;

bool Nobody(const WarningId& /*id*/) { return false; }

std::optional<v1::WarningView> Render(const Principal& caller, const v1::Warning& stored,
                                      MayName may_name) {
  return Renderings(1 << 20).Render(
      caller, stored, [] { return Lifecycle(); }, may_name);
}

std::optional<v1::WarningView> RenderFor(const std::string& mission, const Warning& warning,
                                         Role role = Role::kWatchOfficer) {
  return Render(Caller(mission, role), ToProto(warning), Nobody);
}

Warning WithEvidence() {
  Warning warning = WarningOf(1);
  warning.content.evidence = {
      EvidenceOf("unamid", "own-secret", Released("unamid", {}, Tlp::kRed)),
      EvidenceOf("minurcat", "released", Released("minurcat", {"unamid"})),
      EvidenceOf("minurcat", "kept-1", Released("minurcat", {"unmis"})),
      EvidenceOf("minurcat", "kept-2", Released("minurcat", {})),
      EvidenceOf("minurcat", "red", Released("minurcat", {"*"}, Tlp::kRed)),
      EvidenceOf("unmis", "unlabelled", Label{MissionId("unmis"), {}, {}, {}, {}}),
      EvidenceOf("binuca", "nobodys", Label()),
  };
  return warning;
}

TEST(RenderTest, WithheldEvidenceIsGoneAndCounted) {
  const auto view = RenderFor("unamid", WithEvidence());
  ASSERT_TRUE(view.has_value());
  std::vector<std::string> shown;
  for (const v1::Evidence& item : view->warning().evidence()) shown.push_back(item.identity().id());
  EXPECT_THAT(shown, ::testing::ElementsAre("own-secret", "released"));

  std::vector<std::string> withheld;
  for (const v1::Withheld& item : view->withheld()) {
    withheld.push_back(StrCat(item.originator(), " ", item.reason(), " ", item.items()));
  }
  EXPECT_THAT(withheld, ::testing::ElementsAre("binuca no_label 1", "minurcat not_releasable 2",
                                               "minurcat tlp 1", "unmis no_label 1"));
  const std::string bytes = view->SerializeAsString();
  for (const char* secret : {"kept-1", "kept-2", "red", "unlabelled", "nobodys"}) {
    EXPECT_EQ(bytes.find(StrCat(
                  "\x12", std::string(1, static_cast<char>(std::string(secret).size())), secret)),
              std::string::npos)
        << secret;
  }
  EXPECT_EQ(bytes.find("kept"), std::string::npos);
}

TEST(RenderTest, WhatIsWithheldSaysNothingOfItsAttributes) {
  Warning warning = WarningOf(1);
  warning.content.evidence = {EvidenceOf("minurcat", "shown", Released("minurcat", {"unamid"})),
                              EvidenceOf("minurcat", "kept", Released("minurcat", {}))};
  warning.content.evidence[0].attributes = {{"level", "phase-three"}};
  warning.content.evidence[1].attributes = {{"level", "phase-four"}, {"hidden", "x"}};
  const auto view = RenderFor("unamid", warning);
  ASSERT_TRUE(view.has_value());
  ASSERT_EQ(view->warning().evidence_size(), 1);
  EXPECT_EQ(view->warning().evidence(0).attributes().at("level"), "phase-three");
  const std::string bytes = view->SerializeAsString();
  EXPECT_EQ(bytes.find("phase-four"), std::string::npos);
  EXPECT_EQ(bytes.find("hidden"), std::string::npos);
}

TEST(RenderTest, TheAreaOnTheMapIsThatOfWhatIsShown) {
  Warning warning = WarningOf(1);
  warning.content.evidence = {EvidenceOf("minurcat", "shown", Released("minurcat", {"unamid"})),
                              EvidenceOf("minurcat", "kept", Released("minurcat", {}))};
  warning.content.evidence[0].point = Point{12, 22};
  warning.content.evidence[0].uncertainty_m = 5000;
  warning.content.evidence[1].point = Point{13, 23};
  const auto view = RenderFor("unamid", warning);
  ASSERT_TRUE(view.has_value());
  const std::vector<MapRing> outline = OutlineOf({{{12, 22}, 5000}});
  EXPECT_EQ(view->area().geojson(), GeoJsonOf(outline));
  EXPECT_THAT(view->area().cap_polygons(), ::testing::ElementsAreArray(CapPolygonsOf(outline)));
  // Who may see both is shown both.
  const auto own = RenderFor("minurcat", warning);
  ASSERT_TRUE(own.has_value());
  EXPECT_EQ(own->area().geojson(), GeoJsonOf(OutlineOf({{{12, 22}, 5000}, {{13, 23}, 0}})));
  // Of what is withheld there is no area at all.
  warning.content.evidence.erase(warning.content.evidence.begin());
  EXPECT_FALSE(RenderFor("unamid", warning)->has_area());
}

TEST(RenderTest, WhoMayNotSeeItGetsNothing) {
  EXPECT_FALSE(RenderFor("unmis", WithEvidence()).has_value());
  EXPECT_FALSE(RenderFor("unamid", WithEvidence(), Role::kOperator).has_value());
  EXPECT_FALSE(RenderFor("unamid", WithEvidence(), Role::kSensor).has_value());
  EXPECT_TRUE(RenderFor("unamid", WithEvidence(), Role::kLiaison).has_value());
  Warning unlabelled = WithEvidence();
  unlabelled.content.label.tlp = Tlp::kUnspecified;
  EXPECT_FALSE(RenderFor("unamid", unlabelled).has_value());
}

TEST(RenderTest, WarningsThatItRestsOnAreNamedToThoseWhoMaySeeThem) {
  Warning warning = WithEvidence();
  for (const int number : {2, 3}) {
    warning.rests_on.push_back({WarningId(IdOf(number)), number, RuleId("inner"), "a"});
  }
  const auto view = Render(Caller("unamid"), ToProto(warning),
                           [](const WarningId& id) { return id.str() == IdOf(3); });
  ASSERT_TRUE(view.has_value());
  ASSERT_EQ(view->warning().rests_on_size(), 1);
  EXPECT_EQ(view->warning().rests_on(0).number(), 3);
  EXPECT_EQ(view->SerializeAsString().find(IdOf(2)), std::string::npos);
}

TEST(RenderTest, ACauseIsNamedToThoseWhoMaySeeIt) {
  Warning warning = WithEvidence();
  warning.caused_by_revision = 3;
  const auto cause = [&](const std::string& mission, const std::string& id) {
    warning.caused_by = Identity{MissionId(mission), EventId(id)};
    return RenderFor("unamid", warning)->warning();
  };
  EXPECT_EQ(cause("minurcat", "released").caused_by().id(), "released");
  EXPECT_EQ(cause("unamid", "withdrawn-own").caused_by().id(), "withdrawn-own");
  const v1::Warning withheld = cause("minurcat", "kept-1");
  EXPECT_FALSE(withheld.has_caused_by());
  EXPECT_EQ(withheld.caused_by_revision(), 0);
  EXPECT_FALSE(cause("minurcat", "withdrawn-theirs").has_caused_by());
}

TEST(RenderTest, TheSurvivorOfAMergeIsNamedOnlyIfItMayBe) {
  Warning warning = WarningOf(1);
  warning.merged_into = IdOf(2);
  EXPECT_EQ(RenderFor("unamid", warning)->warning().merged_into(), "");
  const auto view = Render(Caller("unamid"), ToProto(warning),
                           [](const WarningId& id) { return id.str() == IdOf(2); });
  EXPECT_EQ(view->warning().merged_into(), IdOf(2));
}

TEST(RenderTest, WhatItWasSplitFromIsNamedOnlyIfItMayBe) {
  Warning warning = WarningOf(1);
  warning.split_from = IdOf(2);
  EXPECT_EQ(RenderFor("unamid", warning)->warning().split_from(), "");
  const auto view = Render(Caller("unamid"), ToProto(warning),
                           [](const WarningId& id) { return id.str() == IdOf(2); });
  EXPECT_EQ(view->warning().split_from(), IdOf(2));
}

TEST(RenderTest, FieldsThatNobodyDecidedOnAreDropped) {
  v1::Warning stored = ToProto(WarningOf(1));
  // Field 99, text: what a later version might add.
  stored.MergeFromString("\x9a\x06\x06secret");
  ASSERT_NE(stored.SerializeAsString().find("secret"), std::string::npos);
  const auto view = Render(Caller("unamid"), stored, Nobody);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->SerializeAsString().find("secret"), std::string::npos);
}

// What is held for one must never be what another gets: the same as if nothing were held, for
// whoever asks in whatever order, also where the oldest had to go.
TEST(RenderTest, WhatIsHeldIsForThoseWhoWouldGetTheSame) {
  std::vector<v1::Warning> records;
  for (const int32_t revision : {1, 2}) {
    for (const char* addressee : {"unamid", "minurcat"}) {
      Warning warning = WithEvidence();
      warning.id = WarningId(IdOf(static_cast<int>(records.size())));
      warning.revision = revision;
      warning.content.addressees = {MissionId(addressee)};
      warning.caused_by = Identity{MissionId("minurcat"), EventId("kept-2")};
      warning.rests_on.push_back({WarningId(IdOf(9)), 9, RuleId("inner"), "a"});
      if (revision == 2) warning.content.evidence.resize(2);
      records.push_back(ToProto(warning));
    }
  }
  records[2].set_id(records[0].id());  // a later revision with less in it
  std::mt19937 random(1);
  for (const size_t most : {size_t{0}, size_t{5'000}, size_t{1} << 20}) {
    Renderings held(most);
    for (int n = 0; n < 400; ++n) {
      const v1::Warning& record = records[random() % records.size()];
      Principal caller = Caller(random() % 2 == 0 ? "unamid" : "minurcat",
                                random() % 4 == 0 ? Role::kOperator : Role::kWatchOfficer);
      caller.name = random() % 2 == 0 ? "one" : "other";
      const bool named = random() % 2 == 0;
      const auto may_name = [&](const WarningId&) { return named; };
      Lifecycle life;
      life.actions = static_cast<int64_t>(random() % 3);
      const auto shown = held.Render(
          caller, record, [&] { return life; }, may_name);
      const auto fresh = Renderings(0).Render(
          caller, record, [&] { return life; }, may_name);
      ASSERT_EQ(shown.has_value(), fresh.has_value());
      if (!shown) continue;
      ASSERT_EQ(shown->SerializeAsString(), fresh->SerializeAsString());
    }
  }
}

TEST(RenderTest, AnUnreadableLabelIsNone) {
  v1::Warning stored = ToProto(WarningOf(1));
  v1::Evidence& evidence = *stored.add_evidence();
  evidence.mutable_identity()->set_mission("minurcat");
  evidence.mutable_identity()->set_id("odd");
  evidence.mutable_label()->set_originator("minurcat");
  evidence.mutable_label()->set_classification(static_cast<v1::Classification>(77));
  evidence.mutable_label()->set_tlp(v1::TLP_CLEAR);
  evidence.mutable_label()->add_releasable_to("*");
  const auto view = Render(Caller("unamid"), stored, Nobody);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->warning().evidence_size(), 0);
  ASSERT_EQ(view->withheld_size(), 1);
  EXPECT_EQ(view->withheld(0).reason(), "no_label");
  EXPECT_EQ(view->withheld(0).originator(), "minurcat");
}

}  // namespace
}  // namespace tocsin::gateway
