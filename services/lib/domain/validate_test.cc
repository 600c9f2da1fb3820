#include "lib/domain/validate.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/domain/utf8.h"

namespace tocsin {
namespace {

using std::chrono::days;
using std::chrono::hours;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Time kNow = std::chrono::sys_days(std::chrono::year(2009) / 3 / 14);

FilingDesk Desk() {
  FilingDesk desk;
  desk.mission = MissionId("unamid");
  desk.zone = "Africa/Khartoum";
  desk.floor.classification = Classification::kUnclassified;
  desk.floor.tlp = Tlp::kGreen;
  desk.default_label = {MissionId("unamid"),
                        Classification::kUnclassified,
                        Tlp::kAmber,
                        {MissionId("minurcat"), MissionId("unmis")},
                        {}};
  desk.source_kind = "person";
  return desk;
}

FilingRules Rules() {
  FilingRules rules;
  rules.types["security.attack"] = {true, {{"weapon", "text"}}};
  rules.types["security.sighting"] = {
      true,
      {{"strength", "integer"}, {"speed", "number"}, {"night", "boolean"}, {"level", "I|II|III"}}};
  rules.types["sensor.thermal"] = {false, {}};
  rules.types["feed.heartbeat"] = {true, {}};
  rules.knows_actor = [](std::string_view name) { return name == "JEM" || name == "jem"; };
  return rules;
}

// What a flash report must have, and nothing else.
Event Flash() {
  Event event;
  event.identity.id = EventId("flash-1");
  event.type = "security.attack";
  event.place.name = "north of Umm Baru";
  event.observed = {kNow - hours(3), kNow - hours(3)};
  event.source.how_obtained = "heard";
  return event;
}

// A report that nothing is wrong with and that nobody need look at.
Event Good() {
  Event event = Flash();
  event.identity.mission = MissionId("unamid");
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.status = Status::kActual;
  event.nature = Nature::kObserved;
  event.precision = TimePrecision::kHour;
  event.zone = "Africa/Khartoum";
  event.source.kind = "person";
  event.place.point = Point{15.06, 23.72};
  event.label = Desk().default_label;
  return event;
}

Verdict Judge(const Event& event) { return Validate(event, Desk(), Rules(), kNow); }

TEST(Fill, AFlashReportGetsTheRestFromItsDesk) {
  Event event = Flash();
  EXPECT_THAT(Fill(event, Desk()), IsEmpty());
  EXPECT_EQ(event.identity.mission, MissionId("unamid"));
  EXPECT_EQ(event.revision, 1);
  EXPECT_EQ(event.revision_kind, RevisionKind::kFile);
  EXPECT_EQ(event.status, Status::kActual);
  EXPECT_EQ(event.nature, Nature::kObserved);
  EXPECT_EQ(event.precision, TimePrecision::kInstant);
  EXPECT_EQ(event.zone, "Africa/Khartoum");
  EXPECT_EQ(event.source.kind, "person");
  EXPECT_EQ(event.label, Desk().default_label);
  const Verdict verdict = Judge(event);
  EXPECT_THAT(verdict.errors, IsEmpty());
  EXPECT_THAT(verdict.flags, ElementsAre("unresolved_place"));
}

TEST(Fill, ChangesNothingThatIsThere) {
  Event event = Good();
  event.label.tlp = Tlp::kRed;
  const Event before = event;
  EXPECT_THAT(Fill(event, Desk()), IsEmpty());
  EXPECT_EQ(event, before);
  Event flash = Flash();
  Fill(flash, Desk());
  const Event once = flash;
  EXPECT_THAT(Fill(flash, Desk()), IsEmpty());
  EXPECT_EQ(flash, once);
}

TEST(Fill, WithoutATimeOfItsOwnAnEventHasTheReportersVaguely) {
  Event event = Good();
  event.observed = {};
  event.precision = TimePrecision::kUnspecified;
  event.reported = kNow;
  EXPECT_THAT(Fill(event, Desk()), ElementsAre("doubtful_time"));
  EXPECT_EQ(event.observed, (Interval{kNow, kNow}));
  EXPECT_EQ(event.precision, TimePrecision::kVague);
}

TEST(Fill, PrecisionFollowsTheWidth) {
  for (const auto& [width, precision] :
       std::vector<std::pair<Duration, TimePrecision>>{{hours(0), TimePrecision::kInstant},
                                                       {hours(1), TimePrecision::kHour},
                                                       {hours(24), TimePrecision::kDay},
                                                       {days(7), TimePrecision::kWeek},
                                                       {days(31), TimePrecision::kMonth},
                                                       {days(90), TimePrecision::kVague}}) {
    Event event = Good();
    event.observed = {kNow - width, kNow};
    event.precision = TimePrecision::kUnspecified;
    Fill(event, Desk());
    EXPECT_EQ(event.precision, precision) << width.count();
  }
}

TEST(Fill, AnExerciseDeskFilesExercises) {
  FilingDesk desk = Desk();
  desk.status = Status::kExercise;
  desk.exercise_id = "first-light";
  Event event = Flash();
  Fill(event, desk);
  EXPECT_EQ(event.status, Status::kExercise);
  EXPECT_EQ(event.exercise_id, "first-light");
  Event actual = Flash();
  actual.status = Status::kActual;
  Fill(actual, desk);
  EXPECT_EQ(actual.exercise_id, "");
}

TEST(Validate, NothingIsWrongWithAGoodReport) {
  const Verdict verdict = Judge(Good());
  EXPECT_THAT(verdict.errors, IsEmpty());
  EXPECT_THAT(verdict.flags, IsEmpty());
}

struct Case {
  const char* field;
  const char* code;  // of the refusal, or the flag
  std::function<void(Event&)> change;
};

TEST(Validate, RefusesWhatIsUnattributableUnreadableOrWronglyLabelled) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const std::vector<Case> cases = {
      {"mission", "wrong_mission", [](Event& e) { e.identity.mission = MissionId("unmis"); }},
      {"id", "required", [](Event& e) { e.identity.id = EventId(""); }},
      {"id", "bad_id", [](Event& e) { e.identity.id = EventId("a b"); }},
      {"id", "bad_id", [](Event& e) { e.identity.id = EventId(std::string(129, 'a')); }},
      {"revision", "out_of_range", [](Event& e) { e.revision = -1; }},
      {"revision_kind", "bad_revision", [](Event& e) { e.revision = 2; }},
      {"revision_kind", "bad_revision", [](Event& e) { e.revision_kind = RevisionKind::kCorrect; }},
      {"revision_kind", "unknown_value",
       [](Event& e) { e.revision_kind = static_cast<RevisionKind>(9); }},
      {"revision_reason", "required",
       [](Event& e) {
         e.revision = 2;
         e.revision_kind = RevisionKind::kCorrect;
       }},
      {"accepted_us", "not_allowed", [](Event& e) { e.accepted = kNow; }},
      {"flags", "not_allowed", [](Event& e) { e.flags = {"x"}; }},
      {"status", "unknown_value", [](Event& e) { e.status = static_cast<Status>(17); }},
      {"exercise_id", "required", [](Event& e) { e.status = Status::kExercise; }},
      {"exercise_id", "not_allowed", [](Event& e) { e.exercise_id = "x"; }},
      {"type", "required", [](Event& e) { e.type = ""; }},
      {"type", "invalid_utf8", [](Event& e) { e.type = "\xc0\x80"; }},
      {"nature", "unknown_value", [](Event& e) { e.nature = static_cast<Nature>(-1); }},
      {"observed", "required", [](Event& e) { e.observed = {}; }},
      {"observed", "reversed_interval",
       [](Event& e) {
         e.observed = {kNow, kNow - hours(1)};
       }},
      {"observed", "too_early",
       [](Event& e) { e.observed.from = std::chrono::sys_days(std::chrono::year(1899) / 1 / 1); }},
      {"observed", "too_far_in_future",
       [](Event& e) {
         e.observed = {kNow + hours(49), kNow + hours(49)};
       }},
      {"observed", "too_far_in_future", [](Event& e) { e.observed.to = Time::max(); }},
      {"valid", "too_far_in_future",
       [](Event& e) {
         e.valid = Interval{kNow, Time::max()};
       }},
      {"valid", "reversed_interval",
       [](Event& e) {
         e.valid = Interval{kNow, kNow - days(1)};
       }},
      {"reported_us", "too_far_in_future", [](Event& e) { e.reported = kNow + days(3); }},
      {"observed.precision", "unknown_value",
       [](Event& e) { e.precision = static_cast<TimePrecision>(99); }},
      {"place.name", "invalid_utf8", [](Event& e) { e.place.name = "a\xff"; }},
      {"place.name", "too_long", [](Event& e) { e.place.name = std::string(5000, 'a'); }},
      {"place.point.latitude", "out_of_range",
       [](Event& e) {
         e.place.point = Point{123, 0};
       }},
      {"place.point.latitude", "out_of_range",
       [=](Event& e) {
         e.place.point = Point{kNan, 0};
       }},
      {"place.point.longitude", "out_of_range",
       [=](Event& e) {
         e.place.point = Point{0, kInf};
       }},
      {"place.point.longitude", "out_of_range",
       [](Event& e) {
         e.place.point = Point{0, -181};
       }},
      {"place.uncertainty_m", "out_of_range", [](Event& e) { e.place.uncertainty_m = -1; }},
      {"place.uncertainty_m", "out_of_range", [=](Event& e) { e.place.uncertainty_m = kNan; }},
      {"place.candidates[0].point.latitude", "out_of_range",
       [](Event& e) {
         e.place.candidates = {{"x", {-91, 0}, ""}};
       }},
      {"place.candidates", "too_many", [](Event& e) { e.place.candidates.resize(65); }},
      {"actors", "too_many", [](Event& e) { e.actors.resize(65); }},
      {"actors[0].name", "invalid_utf8",
       [](Event& e) {
         e.actors = {{"\xed\xa0\x80", "", ""}};
       }},
      {"people.killed", "out_of_range", [](Event& e) { e.people.killed = -1; }},
      {"people.displaced", "out_of_range",
       [](Event& e) { e.people.displaced = std::numeric_limits<int64_t>::max(); }},
      {"source.same_incident_as", "self_reference",
       [](Event& e) { e.source.same_incident_as = e.identity; }},
      {"source.same_incident_as", "bad_id",
       [](Event& e) {
         e.source.same_incident_as = Identity{MissionId("unmis"), EventId("")};
       }},
      {"grading.reliability", "unknown_value", [](Event& e) { e.grading.reliability = "G"; }},
      {"grading.credibility", "unknown_value", [](Event& e) { e.grading.credibility = "12"; }},
      {"label.originator", "wrong_originator",
       [](Event& e) { e.label.originator = MissionId("unmis"); }},
      {"label.classification", "unknown_value",
       [](Event& e) { e.label.classification = static_cast<Classification>(4); }},
      {"label.tlp", "looser_label", [](Event& e) { e.label.tlp = Tlp::kClear; }},
      {"label.caveats", "too_many", [](Event& e) { e.label.caveats.resize(65); }},
      {"label.releasable_to", "too_many", [](Event& e) { e.label.releasable_to.resize(65); }},
      {"texts[0].text", "too_long",
       [](Event& e) {
         e.texts = {{"en", std::string((64 << 10) + 1, 'a')}};
       }},
      {"texts[0].text", "invalid_utf8",
       [](Event& e) {
         e.texts = {{"en", "\xf5"}};
       }},
      {"texts", "too_long",
       [](Event& e) {
         e.texts.assign(17, {"en", std::string(64 << 10, 'a')});
       }},
      {"texts", "too_many", [](Event& e) { e.texts.resize(65); }},
      {"references", "too_many", [](Event& e) { e.references.resize(65); }},
      {"attributes", "too_many",
       [](Event& e) {
         for (int i = 0; i < 65; ++i) e.attributes[std::to_string(i)] = "";
       }},
      {"attributes", "bad_name", [](Event& e) { e.attributes["\xff"] = ""; }},
      {"attributes[weapon]", "invalid_utf8", [](Event& e) { e.attributes["weapon"] = "\xff"; }},
  };
  for (const Case& c : cases) {
    Event event = Good();
    c.change(event);
    std::vector<std::pair<std::string, std::string>> found;
    for (const FieldError& error : Judge(event).errors) {
      EXPECT_FALSE(error.reason.empty());
      found.emplace_back(error.field, error.code);
    }
    EXPECT_THAT(found, Contains(std::make_pair(std::string(c.field), std::string(c.code))))
        << c.field << " " << c.code;
  }
}

TEST(Validate, AFloorBindsEveryPartOfALabel) {
  FilingDesk desk = Desk();
  desk.floor = {MissionId(),
                Classification::kConfidential,
                Tlp::kAmber,
                {MissionId("unmis")},
                {"NOT-TO-HOST"}};
  std::vector<std::string> fields;
  for (const FieldError& error : Validate(Good(), desk, Rules(), kNow).errors) {
    EXPECT_EQ(error.code, "looser_label");
    fields.push_back(error.field);
  }
  EXPECT_THAT(fields, ElementsAre("label.classification", "label.releasable_to", "label.caveats"));
  Event strict = Good();
  strict.label = {MissionId("unamid"),
                  Classification::kStrictlyConfidential,
                  Tlp::kRed,
                  {},
                  {"NOT-TO-HOST", "SOURCE-PROTECTION"}};
  EXPECT_THAT(Validate(strict, desk, Rules(), kNow).errors, IsEmpty());
}

TEST(Validate, FlagsWhatAPersonShouldLookAt) {
  const std::vector<Case> cases = {
      {"", "unknown_type", [](Event& e) { e.type = "security.rumour"; }},
      {"", "unknown_type",
       [](Event& e) {
         e.type = "";
         e.texts = {{"en", "Shots heard"}};
       }},
      {"", "wrong_stream", [](Event& e) { e.type = "sensor.thermal"; }},
      {"", "unknown_attribute", [](Event& e) { e.attributes["colour"] = "red"; }},
      {"", "unresolved_place", [](Event& e) { e.place.point.reset(); }},
      {"", "doubtful_time", [](Event& e) { e.precision = TimePrecision::kVague; }},
      {"", "doubtful_time", [](Event& e) { e.reported = e.observed.from - hours(1); }},
      {"", "doubtful_time", [](Event& e) { e.observed.from -= days(40); }},
      {"", "unknown_actor",
       [](Event& e) {
         e.actors = {{"nobody knows", "", "perpetrator"}};
       }},
  };
  for (const Case& c : cases) {
    Event event = Good();
    c.change(event);
    const Verdict verdict = Judge(event);
    EXPECT_THAT(verdict.errors, IsEmpty()) << c.code;
    EXPECT_THAT(verdict.flags, ElementsAre(c.code));
  }
}

TEST(Validate, AttributesAreOfTheirKind) {
  const auto flags = [](const char* name, const char* value) {
    Event event = Good();
    event.type = "security.sighting";
    event.attributes[name] = value;
    return Judge(event).flags;
  };
  for (const auto& [name, good, bad] :
       std::vector<std::tuple<const char*, const char*, const char*>>{{"strength", "-4", "4.5"},
                                                                      {"speed", "4.5", "nan"},
                                                                      {"night", "true", "yes"},
                                                                      {"level", "II", "I|II"},
                                                                      {"level", "III", "IIII"}}) {
    EXPECT_THAT(flags(name, good), IsEmpty()) << name;
    EXPECT_THAT(flags(name, bad), ElementsAre("bad_attribute")) << name;
  }
}

TEST(Validate, WhatIsExpectedMayLieAhead) {
  Event event = Good();
  event.nature = Nature::kExpected;
  event.observed = {kNow + days(5), kNow + days(5)};
  event.valid = Interval{kNow + days(5), kNow + days(10)};
  EXPECT_THAT(Judge(event).errors, IsEmpty());
  EXPECT_THAT(Judge(event).flags, IsEmpty());
}

TEST(Validate, AKnownActorAndAHeartbeatWithoutAPlaceNeedNobody) {
  Event event = Good();
  event.actors = {{"JEM", "", "perpetrator"}, {"nobody knows", "", "target"}};
  EXPECT_THAT(Judge(event).flags, IsEmpty());
  Event heartbeat = Good();
  heartbeat.type = "feed.heartbeat";
  heartbeat.place = {};
  EXPECT_THAT(Judge(heartbeat).flags, IsEmpty());
}

TEST(Validate, ExtremeTimesDoNotOverflow) {
  Event event = Good();
  event.observed = {Time::min(), Time::max()};
  event.precision = TimePrecision::kUnspecified;
  Fill(event, Desk());
  EXPECT_EQ(event.precision, TimePrecision::kVague);
  EXPECT_FALSE(Judge(event).errors.empty());
}

TEST(IsUtf8, KnowsOverlongFormsAndSurrogates) {
  for (const char* good : {"", "abc", "é", "€", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "الفاشر"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                          "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xff", "a\xe2\x82"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

TEST(LookOf, AccentsAndCaseDoNotShow) {
  // Composed, with the accent apart, in capitals, without accents.
  for (const char* const name :
       {"S\xc3\xa9l\xc3\xa9ka", "Se\xcc\x81le\xcc\x81ka", "S\xc3\x89L\xc3\x89KA", "Seleka"}) {
    EXPECT_EQ(LookOf(name), "seleka");
  }
  EXPECT_EQ(LookOf("\xc3\x86gir \xd0\x90 \xe2\x80\x99"), "\xc3\x86gir \xd0\x90 \xe2\x80\x99")
      << "neither letters with something added nor other scripts";
  EXPECT_EQ(LookOf("\xc3"), "\xc3");
}

TEST(Validate, AMegabyteIsRefusedWhereverItIs) {
  const std::string much(1 << 20, 'x');
  const std::vector<Case> cases = {
      {"id", "", [&](Event& e) { e.identity.id = EventId(much); }},
      {"revision_reason", "", [&](Event& e) { e.revision_reason = much; }},
      {"exercise_id", "", [&](Event& e) { e.exercise_id = much; }},
      {"type", "", [&](Event& e) { e.type = much; }},
      {"place.name", "", [&](Event& e) { e.place.name = much; }},
      {"place.candidates[0].name", "",
       [&](Event& e) {
         e.place.candidates = {{much, {0, 0}, ""}};
       }},
      {"actors[0].name", "",
       [&](Event& e) {
         e.actors = {{much, "", ""}};
       }},
      {"actors[0].role", "",
       [&](Event& e) {
         e.actors = {{"", "", much}};
       }},
      {"source.kind", "", [&](Event& e) { e.source.kind = much; }},
      {"source.protected_id", "", [&](Event& e) { e.source.protected_id = much; }},
      {"source.relayed_from", "", [&](Event& e) { e.source.relayed_from = much; }},
      {"grading.reliability", "", [&](Event& e) { e.grading.reliability = much; }},
      {"label.caveats", "", [&](Event& e) { e.label.caveats = {much}; }},
      {"texts[0].text", "",
       [&](Event& e) {
         e.texts = {{"en", much}};
       }},
      {"references[0]", "", [&](Event& e) { e.references = {much}; }},
      {"attributes", "", [&](Event& e) { e.attributes[much] = ""; }},
      {"attributes[weapon]", "", [&](Event& e) { e.attributes["weapon"] = much; }},
  };
  for (const Case& c : cases) {
    Event event = Good();
    c.change(event);
    const std::vector<FieldError> errors = Judge(event).errors;
    EXPECT_THAT(errors, Contains(testing::Field(&FieldError::field, std::string(c.field))));
    for (const FieldError& error : errors) {
      EXPECT_LT(error.field.size() + error.reason.size(), 1000U) << "what is told stays short";
    }
  }
}

}  // namespace
}  // namespace tocsin
