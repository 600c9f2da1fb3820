#include "lib/domain/merge.h"

#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

Event Full() {
  Event e;
  e.identity = {MissionId("unamid"), EventId("1")};
  e.revision = 1;
  e.revision_kind = RevisionKind::kFile;
  e.status = Status::kActual;
  e.type = "security.attack";
  e.nature = Nature::kObserved;
  e.observed = {FromMicros(10), FromMicros(20)};
  e.place.name = "Tine";
  e.place.point = Point{15, 22};
  e.actors = {{"JEM", "jem", "perpetrator"}};
  e.people.killed = 3;
  e.grading = {"C", "3"};
  e.label = {MissionId("unamid"), Classification::kUnclassified, Tlp::kAmber, {}, {}};
  e.texts = {{"en", "text"}};
  e.attributes["weapon"] = "rifle";
  return e;
}

TEST(Merge, ARegradingChangesTheGradingAlone) {
  Event last = Full();
  last.accepted = FromMicros(99);
  last.flags = {"unresolved_place"};
  const Event next = MergeRegrade(last, 2, {"A", "1"}, "confirmed by patrol");
  Event expected = Full();
  expected.revision = 2;
  expected.revision_kind = RevisionKind::kRegrade;
  expected.revision_reason = "confirmed by patrol";
  expected.grading = {"A", "1"};
  EXPECT_EQ(next, expected);
}

TEST(Merge, AWithdrawalKeepsWhatIsTakenBack) {
  const Event next = MergeWithdraw(Full(), 3, "filed twice");
  EXPECT_EQ(next.revision, 3);
  EXPECT_EQ(next.revision_kind, RevisionKind::kWithdraw);
  EXPECT_EQ(next.revision_reason, "filed twice");
  EXPECT_EQ(next.type, "security.attack");
}

TEST(ContentHash, IgnoresWhatIngestSets) {
  Event stamped = Full();
  stamped.accepted = FromMicros(5);
  stamped.flags = {"doubtful_time"};
  EXPECT_EQ(ContentHash(stamped), ContentHash(Full()));
}

// Ids of records that are in logs depend on it.
TEST(ContentHash, DoesNotChangeFromBuildToBuild) {
  EXPECT_EQ(ContentHash(Event{}),
            "50e5847528f91d19f556f489978e0f4a75130ee7223fa49c47451d38f699212c");
}

TEST(ContentHash, SeesEveryField) {
  const std::vector<std::function<void(Event&)>> changes = {
      [](Event&) {},
      [](Event& e) { e.identity.mission = MissionId("unmis"); },
      [](Event& e) { e.identity.id = EventId("2"); },
      [](Event& e) { e.revision = 2; },
      [](Event& e) { e.revision_kind = RevisionKind::kCorrect; },
      [](Event& e) { e.revision_reason = "x"; },
      [](Event& e) { e.status = Status::kTest; },
      [](Event& e) { e.exercise_id = "x"; },
      [](Event& e) { e.type = "x"; },
      [](Event& e) { e.nature = Nature::kPlanned; },
      [](Event& e) { e.valid = Interval{}; },
      [](Event& e) {
        e.valid = Interval{FromMicros(1), FromMicros(2)};
      },
      [](Event& e) { e.observed.from = FromMicros(11); },
      [](Event& e) { e.observed.to = FromMicros(21); },
      [](Event& e) { e.precision = TimePrecision::kDay; },
      [](Event& e) { e.zone = "x"; },
      [](Event& e) { e.reported = FromMicros(1); },
      [](Event& e) { e.place.name = "x"; },
      [](Event& e) { e.place.point.reset(); },
      [](Event& e) { e.place.point->latitude = 16; },
      [](Event& e) { e.place.point->longitude = 16; },
      [](Event& e) { e.place.uncertainty_m = 1; },
      [](Event& e) {
        e.place.candidates = {{"x", {}, ""}};
      },
      [](Event& e) {
        e.place.candidates = {{"", {}, "x"}};
      },
      [](Event& e) {
        e.place.candidates = {{"", {1, 0}, ""}};
      },
      [](Event& e) { e.place.pcode = "x"; },
      [](Event& e) { e.place.pcode_list_date = "x"; },
      [](Event& e) { e.actors[0].name = "x"; },
      [](Event& e) { e.actors[0].register_id = "x"; },
      [](Event& e) { e.actors[0].role = "x"; },
      [](Event& e) { e.actors.clear(); },
      [](Event& e) { e.people.killed.reset(); },
      [](Event& e) { e.people.killed = 0; },
      [](Event& e) { e.people.injured = 0; },
      [](Event& e) { e.people.displaced = 0; },
      [](Event& e) { e.people.affected = 0; },
      [](Event& e) { e.source.kind = "x"; },
      [](Event& e) { e.source.component = "x"; },
      [](Event& e) { e.source.protected_id = "x"; },
      [](Event& e) { e.source.how_obtained = "x"; },
      [](Event& e) { e.source.relayed_from = "x"; },
      [](Event& e) { e.source.same_incident_as = Identity{}; },
      [](Event& e) { e.source.same_incident_as = e.identity; },
      [](Event& e) { e.grading.reliability = "A"; },
      [](Event& e) { e.grading.credibility = "1"; },
      [](Event& e) { e.label.originator = MissionId("x"); },
      [](Event& e) { e.label.classification = Classification::kConfidential; },
      [](Event& e) { e.label.tlp = Tlp::kRed; },
      [](Event& e) { e.label.releasable_to = {MissionId("x")}; },
      [](Event& e) { e.label.caveats = {"x"}; },
      [](Event& e) { e.texts[0].language = "fr"; },
      [](Event& e) { e.texts[0].text = "x"; },
      [](Event& e) { e.references = {"x"}; },
      [](Event& e) { e.attributes["weapon"] = "x"; },
      [](Event& e) { e.attributes["x"] = "rifle"; },
  };
  std::set<std::string> hashes;
  for (const auto& change : changes) {
    Event event = Full();
    change(event);
    hashes.insert(ContentHash(event));
  }
  EXPECT_EQ(hashes.size(), changes.size());
}

}  // namespace
}  // namespace tocsin
