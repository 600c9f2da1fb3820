#include "lib/sharing/decide.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr Time kLogTime = FromMicros(1'200'000'000'000'000);

std::vector<MissionId> Missions(const std::vector<std::string>& names) {
  std::vector<MissionId> missions;
  missions.reserve(names.size());
  for (const std::string& name : names) {
    missions.emplace_back(name);
  }
  return missions;
}

Label LabelOf(std::string originator, Classification classification, Tlp tlp,
              const std::vector<std::string>& releasable_to,
              std::vector<std::string> caveats = {}) {
  return Label{MissionId(std::move(originator)), classification, tlp, Missions(releasable_to),
               std::move(caveats)};
}

Principal Officer(std::string mission, Role role = Role::kWatchOfficer) {
  return Principal{MissionId(std::move(mission)), role, "somebody"};
}

// ---- The table: one line for each thing the policy says. ----

struct Case {
  std::string name;
  std::string mission;
  Role role;
  ObjectKind kind;
  Label label;
  std::vector<std::string> addressees;
  Access access;
  std::string reason;
};

constexpr auto kUnclass = Classification::kUnclassified;
constexpr auto kConf = Classification::kConfidential;
constexpr auto kStrict = Classification::kStrictlyConfidential;
constexpr auto kNoClass = Classification::kUnspecified;
constexpr auto kReport = ObjectKind::kReport;
constexpr auto kEvidence = ObjectKind::kEvidence;
constexpr auto kWarning = ObjectKind::kWarning;
constexpr auto kWatch = Role::kWatchOfficer;

const std::vector<Case>& Table() {
  static const auto* const kTable = new std::vector<Case>{
      // Own mission: full, whatever the label, for the roles that read content.
      {"own service",
       "unamid",
       Role::kService,
       kReport,
       LabelOf("unamid", kStrict, Tlp::kRed, {}, {"SOURCE-PROTECTION"}),
       {},
       Access::kFull,
       ""},
      {"own watch officer",
       "unamid",
       kWatch,
       kReport,
       LabelOf("unamid", kConf, Tlp::kRed, {}),
       {},
       Access::kFull,
       ""},
      {"own reporting officer",
       "unamid",
       Role::kReportingOfficer,
       kEvidence,
       LabelOf("unamid", kNoClass, Tlp::kUnspecified, {}),
       {},
       Access::kFull,
       ""},
      {"own liaison",
       "unamid",
       Role::kLiaison,
       kReport,
       LabelOf("unamid", kConf, Tlp::kAmber, {}),
       {},
       Access::kFull,
       ""},
      {"own sensor reads nothing",
       "unamid",
       Role::kSensor,
       kReport,
       LabelOf("unamid", kUnclass, Tlp::kClear, {"*"}),
       {},
       Access::kInvisible,
       "role"},
      {"own operator reads no content",
       "unamid",
       Role::kOperator,
       kReport,
       LabelOf("unamid", kUnclass, Tlp::kClear, {"*"}),
       {},
       Access::kInvisible,
       "role"},
      {"no role",
       "unamid",
       Role::kUnspecified,
       kReport,
       LabelOf("unamid", kUnclass, Tlp::kClear, {"*"}),
       {},
       Access::kInvisible,
       "role"},
      {"a role of the future",
       "unamid",
       static_cast<Role>(99),
       kReport,
       LabelOf("unamid", kUnclass, Tlp::kClear, {"*"}),
       {},
       Access::kInvisible,
       "role"},
      {"nobody's principal and nobody's label",
       "",
       kWatch,
       kReport,
       LabelOf("", kUnclass, Tlp::kClear, {"*"}),
       {},
       Access::kInvisible,
       "role"},
      // Another mission's reports and evidence.
      {"released by name",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kAmber, {"minurcat"}),
       {},
       Access::kFull,
       ""},
      {"released to all",
       "minurcat",
       kWatch,
       kReport,
       LabelOf("unamid", kConf, Tlp::kGreen, {"*"}),
       {},
       Access::kFull,
       ""},
      {"released to others only",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kAmber, {"unmis"}),
       {},
       Access::kWithheld,
       "not_releasable"},
      {"released to none",
       "minurcat",
       Role::kService,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kClear, {}),
       {},
       Access::kWithheld,
       "not_releasable"},
      {"a name is not a prefix",
       "unamid",
       kWatch,
       kEvidence,
       LabelOf("minurcat", kUnclass, Tlp::kGreen, {"unamid2", "una"}),
       {},
       Access::kWithheld,
       "not_releasable"},
      {"no classification",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kNoClass, Tlp::kGreen, {"minurcat"}),
       {},
       Access::kWithheld,
       "no_label"},
      {"no TLP",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kUnspecified, {"*"}),
       {},
       Access::kWithheld,
       "no_label"},
      {"no originator",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("", kUnclass, Tlp::kGreen, {"*"}),
       {},
       Access::kWithheld,
       "no_label"},
      {"TLP:RED by name",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kRed, {"minurcat"}),
       {},
       Access::kFull,
       ""},
      {"TLP:RED never by star",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kRed, {"*"}),
       {},
       Access::kWithheld,
       "tlp"},
      {"AMBER+STRICT by star",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kAmberStrict, {"*"}),
       {},
       Access::kFull,
       ""},
      {"a TLP of the future",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, static_cast<Tlp>(9), {"minurcat"}),
       {},
       Access::kWithheld,
       "tlp"},
      {"STRICTLY CONFIDENTIAL by name",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kStrict, Tlp::kAmber, {"minurcat"}),
       {},
       Access::kFull,
       ""},
      {"STRICTLY CONFIDENTIAL never by star",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kStrict, Tlp::kAmber, {"*"}),
       {},
       Access::kWithheld,
       "classification"},
      {"a classification of the future",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", static_cast<Classification>(9), Tlp::kAmber, {"minurcat"}),
       {},
       Access::kWithheld,
       "classification"},
      {"source protection",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kAmber, {"minurcat"}, {"SOURCE-PROTECTION"}),
       {},
       Access::kWithheld,
       "caveat"},
      {"unknown caveat",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kAmber, {"minurcat"}, {"NOT-TO-HOST", "X-NEW"}),
       {},
       Access::kWithheld,
       "caveat"},
      {"not to host says nothing about a mission",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kAmber, {"minurcat"}, {"NOT-TO-HOST"}),
       {},
       Access::kFull,
       ""},
      {"a caveat in other letters is unknown",
       "minurcat",
       kWatch,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kAmber, {"minurcat"}, {"not-to-host"}),
       {},
       Access::kWithheld,
       "caveat"},
      {"another mission's sensor",
       "minurcat",
       Role::kSensor,
       kEvidence,
       LabelOf("unamid", kUnclass, Tlp::kClear, {"*"}),
       {},
       Access::kInvisible,
       "role"},
      // Warnings: full or not told at all.
      {"addressed and released",
       "minurcat",
       kWatch,
       kWarning,
       LabelOf("tocsin", kUnclass, Tlp::kAmber, {"minurcat"}),
       {"minurcat", "unamid"},
       Access::kFull,
       ""},
      {"liaison of an addressee",
       "minurcat",
       Role::kLiaison,
       kWarning,
       LabelOf("tocsin", kUnclass, Tlp::kAmber, {"*"}),
       {"minurcat"},
       Access::kFull,
       ""},
      {"released but not addressed",
       "unmis",
       kWatch,
       kWarning,
       LabelOf("tocsin", kUnclass, Tlp::kAmber, {"*"}),
       {"minurcat"},
       Access::kInvisible,
       "not_addressed"},
      {"addressed but not released",
       "minurcat",
       kWatch,
       kWarning,
       LabelOf("tocsin", kUnclass, Tlp::kAmber, {"unamid"}),
       {"minurcat"},
       Access::kInvisible,
       "not_releasable"},
      {"addressed without a label",
       "minurcat",
       kWatch,
       kWarning,
       LabelOf("tocsin", kNoClass, Tlp::kAmber, {"minurcat"}),
       {"minurcat"},
       Access::kInvisible,
       "no_label"},
      {"a star among addressees is no mission",
       "minurcat",
       kWatch,
       kWarning,
       LabelOf("tocsin", kUnclass, Tlp::kAmber, {"*"}),
       {"*"},
       Access::kInvisible,
       "not_addressed"},
      {"own warning",
       "unamid",
       kWatch,
       kWarning,
       LabelOf("unamid", kConf, Tlp::kRed, {}),
       {},
       Access::kFull,
       ""},
      {"operator of an addressee",
       "minurcat",
       Role::kOperator,
       kWarning,
       LabelOf("tocsin", kUnclass, Tlp::kClear, {"*"}),
       {"minurcat"},
       Access::kInvisible,
       "role"},
      {"an object of the future",
       "minurcat",
       kWatch,
       static_cast<ObjectKind>(9),
       LabelOf("unamid", kUnclass, Tlp::kClear, {"minurcat"}),
       {"minurcat"},
       Access::kInvisible,
       "role"},
  };
  return *kTable;
}

TEST(DecideTest, Table) {
  for (const Case& c : Table()) {
    const Decision decision = Decide(Officer(c.mission, c.role),
                                     Object{c.kind, c.label, Missions(c.addressees)}, kLogTime);
    EXPECT_EQ(decision.access, c.access) << c.name;
    EXPECT_EQ(decision.reason, c.reason) << c.name;
    EXPECT_EQ(decision.ask, decision.access == Access::kWithheld ? c.label.originator : MissionId())
        << c.name;
  }
}

// ---- Properties over drawn objects. ----

class Draw {
 public:
  explicit Draw(uint64_t seed) : engine_(seed) {}
  int Below(int n) { return static_cast<int>(engine_() % static_cast<uint64_t>(n)); }
  template <class T>
  T Of(const std::vector<T>& values) {
    return values[static_cast<size_t>(Below(static_cast<int>(values.size())))];
  }
  std::vector<MissionId> SomeMissions() {
    std::vector<MissionId> some;
    for (const char* name : {"*", "minurcat", "unamid", "unmis"}) {
      if (Below(2) == 0) {
        some.emplace_back(name);
      }
    }
    return some;
  }
  Principal SomePrincipal() {
    return Principal{MissionId(Of<std::string>({"minurcat", "unamid", "unmis"})),
                     static_cast<Role>(Below(7)), "x"};
  }
  Object SomeObject() {
    Object object;
    object.kind = static_cast<ObjectKind>(Below(3));
    object.label.originator = MissionId(Of<std::string>({"minurcat", "unamid", "tocsin", ""}));
    object.label.classification = static_cast<Classification>(Below(4));
    object.label.tlp = static_cast<Tlp>(Below(6));
    object.label.releasable_to = SomeMissions();
    object.addressees = SomeMissions();
    for (const char* caveat : {"NOT-TO-HOST", "SOURCE-PROTECTION"}) {
      if (Below(3) == 0) {
        object.label.caveats.emplace_back(caveat);
      }
    }
    return object;
  }

 private:
  std::mt19937_64 engine_;
};

Access AccessOf(const Principal& principal, const Object& object) {
  return Decide(principal, object, kLogTime).access;
}

template <class E>
E Stricter(E value, int last) {
  // An absent label is the strictest of all.
  if (value == E::kUnspecified) {
    return value;
  }
  return static_cast<int>(value) == last ? E::kUnspecified
                                         : static_cast<E>(static_cast<int>(value) + 1);
}

TEST(DecideProperty, AStricterLabelNeverGivesMore) {
  Draw draw(20080229);
  for (int i = 0; i < 50000; ++i) {
    const Principal principal = draw.SomePrincipal();
    const Object object = draw.SomeObject();
    const Access access = AccessOf(principal, object);

    Object stricter = object;
    stricter.label.classification = Stricter(object.label.classification, 3);
    EXPECT_LE(AccessOf(principal, stricter), access) << i;
    stricter = object;
    stricter.label.tlp = Stricter(object.label.tlp, 5);
    EXPECT_LE(AccessOf(principal, stricter), access) << i;
    for (size_t k = 0; k < object.label.releasable_to.size(); ++k) {
      stricter = object;
      stricter.label.releasable_to.erase(stricter.label.releasable_to.begin() +
                                         static_cast<std::ptrdiff_t>(k));
      EXPECT_LE(AccessOf(principal, stricter), access) << i;
    }
    for (size_t k = 0; k < object.addressees.size(); ++k) {
      stricter = object;
      stricter.addressees.erase(stricter.addressees.begin() + static_cast<std::ptrdiff_t>(k));
      EXPECT_LE(AccessOf(principal, stricter), access) << i;
    }
  }
}

TEST(DecideProperty, AddingACaveatNeverGivesMore) {
  Draw draw(20090304);
  for (int i = 0; i < 50000; ++i) {
    const Principal principal = draw.SomePrincipal();
    const Object object = draw.SomeObject();
    Object more = object;
    more.label.caveats.push_back(
        draw.Of<std::string>({"NOT-TO-HOST", "SOURCE-PROTECTION", "ORCON", "", "X"}));
    EXPECT_LE(AccessOf(principal, more), AccessOf(principal, object)) << i;
  }
}

TEST(DecideProperty, OthersSeeOnlyWhatIsReleasedToThem) {
  Draw draw(7);
  int full = 0;
  for (int i = 0; i < 50000; ++i) {
    const Principal principal = draw.SomePrincipal();
    const Object object = draw.SomeObject();
    if (AccessOf(principal, object) != Access::kFull ||
        object.label.originator == principal.mission) {
      continue;
    }
    ++full;
    const std::vector<MissionId>& to = object.label.releasable_to;
    EXPECT_TRUE(std::find(to.begin(), to.end(), principal.mission) != to.end() ||
                std::find(to.begin(), to.end(), MissionId("*")) != to.end());
    EXPECT_NE(object.label.tlp, Tlp::kUnspecified);
    EXPECT_NE(object.label.classification, Classification::kUnspecified);
  }
  EXPECT_GT(full, 1000);
}

TEST(MayTest, Table) {
  const std::vector<std::pair<Role, std::vector<Act>>> table = {
      {Role::kUnspecified, {}},
      {Role::kService, {Act::kReceiveWarnings, Act::kReadRules}},
      {Role::kWatchOfficer,
       {Act::kFileReport, Act::kReceiveWarnings, Act::kActOnWarnings, Act::kReadRules,
        Act::kPublishRules, Act::kAcceptRules}},
      {Role::kReportingOfficer, {Act::kFileReport, Act::kReceiveWarnings, Act::kReadRules}},
      {Role::kSensor, {Act::kStreamDetections}},
      {Role::kLiaison, {Act::kFileReport, Act::kReceiveWarnings, Act::kReadRules}},
      {Role::kOperator, {Act::kReadRules, Act::kPublishRules}},
  };
  for (const auto& [role, acts] : table) {
    for (const Act act :
         {Act::kFileReport, Act::kStreamDetections, Act::kReceiveWarnings, Act::kActOnWarnings,
          Act::kReadRules, Act::kPublishRules, Act::kAcceptRules}) {
      const bool expected = std::find(acts.begin(), acts.end(), act) != acts.end();
      EXPECT_EQ(May(Officer("unamid", role), act), expected)
          << NameOf(role) << " " << static_cast<int>(act);
      EXPECT_FALSE(May(Officer("", role), act));
    }
  }
}

TEST(DecideLink, OnlyTheOwnMissionAndThoseThatItNamesSeeWhetherItIsOnTheLine) {
  Object link;
  link.kind = ObjectKind::kLink;
  link.label.originator = MissionId("unamid");
  EXPECT_EQ(Decide(Officer("unamid"), link, kLogTime).access, Access::kFull);
  EXPECT_EQ(Decide(Officer("unmis"), link, kLogTime).access, Access::kInvisible);
  link.label.releasable_to = Missions({"*"});
  EXPECT_EQ(Decide(Officer("unmis"), link, kLogTime).access, Access::kInvisible);
  link.label.releasable_to = Missions({"minurcat", "unmis"});
  EXPECT_EQ(Decide(Officer("unmis"), link, kLogTime).access, Access::kFull);
  EXPECT_EQ(Decide(Officer("unmis", Role::kLiaison), link, kLogTime).access, Access::kFull);
  EXPECT_EQ(Decide(Officer("monusco"), link, kLogTime).access, Access::kInvisible);
  for (const Role role : {Role::kSensor, Role::kOperator, Role::kUnspecified}) {
    EXPECT_EQ(Decide(Officer("unmis", role), link, kLogTime).access, Access::kInvisible);
    EXPECT_EQ(Decide(Officer("unamid", role), link, kLogTime).access, Access::kInvisible);
  }
  // Nobody's link is nobody's to see.
  link.label.originator = MissionId();
  EXPECT_EQ(Decide(Officer("unmis"), link, kLogTime).access, Access::kInvisible);
}

}  // namespace
}  // namespace tocsin
