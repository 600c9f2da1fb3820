#include "lib/importing/timelines.h"

#include <gmock/gmock.h>

#include "lib/importing/testing.h"

namespace tocsin {
namespace {

using importing_testing::At;
using importing_testing::World;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kGood[] = R"(rule: attacks-near-border
defaults:
  mission: unamid
  type: security.attack
  source: {kind: person}
timelines:
  - name: three
    reports:
      - {id: a-1, observed: "2009-01-02"}
      - {id: a-2, observed: "2009-01-12T10:00Z", type: security.clash}
      - {mission: unamid, id: a-2, revision: 2, kind: withdraw, reported: "2009-01-13T10:00Z", reason: x}
    until: "2009-03-01T00:00Z"
    expect:
      - {issued: "2009-01-12T10:00Z", key: {corridor: c}, severity: moderate, certainty: likely,
         state: cancelled, to: [unmis, monusco], evidence: [a-2, a-1]}
      - {issued: "2009-01-12", absence: silent}
      - {issued: "2009-01-12T10:00:05Z"}
  - name: none
    feeds:
      - {mission: unamid, feed: f, every: 6h, from: "2009-02-01T00:00Z", to: "2009-02-01T12:00Z"}
    expect: []
)";

TEST(TimelinesTest, ReadsReportsFeedsAndWhatIsExpected) {
  const Timelines read = ReadTimelines(kGood, World());
  ASSERT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.rule, "attacks-near-border");
  ASSERT_EQ(read.timelines.size(), 2U);
  const Timeline& three = read.timelines[0];
  EXPECT_EQ(three.name, "three");
  EXPECT_EQ(three.line, 7);
  ASSERT_EQ(three.items.size(), 3U);
  EXPECT_EQ(three.items[0].event.type, "security.attack") << "from the defaults";
  EXPECT_EQ(three.items[0].event.observed.from, At("2009-01-01T21:00:00Z")) << "the desk's day";
  EXPECT_EQ(three.items[1].event.type, "security.clash") << "its own";
  EXPECT_EQ(three.items[2].event.revision_kind, RevisionKind::kWithdraw);
  EXPECT_EQ(three.until, At("2009-03-01T00:00:00Z"));
  ASSERT_EQ(three.expect.size(), 3U);
  const ExpectedWarning& first = three.expect[0];
  EXPECT_EQ(first.line, 14);
  EXPECT_EQ(first.issued.from, At("2009-01-12T10:00:00Z"));
  EXPECT_EQ(first.issued.to, At("2009-01-12T10:01:00Z") - Duration(1)) << "the minute";
  EXPECT_EQ(first.key.at("corridor"), "c");
  EXPECT_EQ(first.state, "cancelled");
  EXPECT_THAT(*first.to, ElementsAre("monusco", "unmis"));
  EXPECT_THAT(*first.evidence, ElementsAre("a-1", "a-2"));
  EXPECT_EQ(three.expect[1].issued.to, At("2009-01-13T00:00:00Z") - Duration(1)) << "the day, UTC";
  EXPECT_FALSE(three.expect[1].to.has_value());
  EXPECT_EQ(three.expect[2].issued.to, At("2009-01-12T10:00:06Z") - Duration(1)) << "the second";
  EXPECT_EQ(read.timelines[1].items.size(), 3U);
  EXPECT_THAT(read.timelines[1].expect, IsEmpty());
}

TEST(TimelinesTest, SaysWhatIsWrongAndWhere) {
  const std::string head = "rule: r\ntimelines:\n  - name: n\n";
  const std::string feed =
      "    feeds: [{mission: unamid, feed: f, every: 6h, from: \"2009-02-01T00:00Z\", to: "
      "\"2009-02-01T12:00Z\"}]\n";
  struct Case {
    std::string yaml, column, reason;
    int64_t line;
  };
  for (const Case& bad : std::vector<Case>{
           {"timelines: []\n", "rule", "is missing", 1},
           {"rule: r\ntimelines: []\n", "timelines", "at least one", 2},
           {"rule: r\ndefaults: 3\ntimelines:\n  - name: n\n" + feed + "    expect: []\n",
            "defaults", "not a mapping", 2},
           {head + "    expect: []\n", "timelines.reports", "is missing", 3},
           {head + feed, "timelines.expect", "write []", 3},
           {head + feed + "    expect: [{severity: minor}]\n", "expect.issued", "is missing", 5},
           {head + feed + "    expect: [{issued: \"2009-01-01\", severity: bad}]\n",
            "expect.severity", "none of", 5},
           {head + feed + "    expect: [{issued: \"2009-01-01\", state: gone}]\n", "expect.state",
            "cancelled, expired, merged, standing", 5},
           {head + feed + "    expect: [{issued: \"2009-01-01\", colour: red}]\n", "expect.colour",
            "no field", 5},
           {head + feed + "    expect: []\n  - name: n\n" + feed + "    expect: []\n",
            "timelines.name", "another timeline", 6},
           {head + "    reports: [{mission: unamid, id: a}]\n    expect: []\n", "type",
            "is missing", 4}}) {
    const Timelines read = ReadTimelines(bad.yaml, World());
    ASSERT_FALSE(read.problems.empty()) << bad.yaml;
    const ImportProblem& problem = read.problems.front();
    EXPECT_EQ(problem.column, bad.column) << bad.yaml;
    EXPECT_THAT(problem.reason, HasSubstr(bad.reason)) << bad.yaml;
    EXPECT_EQ(problem.line, bad.line) << bad.yaml;
  }
}

}  // namespace
}  // namespace tocsin
