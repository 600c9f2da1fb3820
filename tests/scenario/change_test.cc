// Rules change in the middle of the shipped record. What is open in the end is what a run under the
// new rules from the beginning has open; nothing is told twice (Pipeline asks that revisions have
// no gap), and other rules are not touched.
#include <algorithm>
#include <map>
#include <regex>

#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/domain/codec.h"
#include "lib/domain/rule_form.h"
#include "pipeline.h"

namespace tocsin::scenario {
namespace {

using Documents = std::vector<Document>;

void Edit(Documents& documents, const std::string& rule, const std::string& what,
          const std::string& by) {
  for (Document& document : documents) {
    if (document.kind != "rule" || document.name != rule) continue;
    const std::string text = std::regex_replace(document.text, std::regex(what), by);
    EXPECT_NE(text, document.text) << rule << " has no " << what;
    document.text = text;
    document.sha256 = Sha256Hex(text);
  }
}

void Remove(Documents& documents, const std::string& rule) {
  EXPECT_EQ(std::erase_if(documents, [&](const Document& d) { return d.name == rule; }), 1U);
}

// For people: what tells contents apart, and the bytes.
std::vector<std::string> Lines(const std::multiset<WarningContent>& contents) {
  std::vector<std::string> lines;
  for (const WarningContent& content : contents) {
    std::string line = content.rule_id.str();
    for (const auto& [field, value] : content.key) line += " " + field + "=" + value;
    line += " " + std::to_string(ToMicros(content.episode.from)) + ".." +
            std::to_string(ToMicros(content.episode.to)) + " to";
    for (const MissionId& mission : content.addressees) line += " " + mission.str();
    for (const Evidence& item : content.evidence) line += " " + item.identity.id.str();
    lines.push_back(line + " " + ShortHashHex(Encode(content)));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

class Change : public testing::Test {
 protected:
  static void SetUpTestSuite() { events_ = ShippedEvents(); }

  static void ExpectTheSame(const Documents& before, const Documents& after) {
    Pipeline straight(after);
    straight.Run(events_, 10);
    const auto open = straight.Open();
    EXPECT_GE(open.size(), 3U);
    for (const size_t part : {10, 2, 1}) {  // changed after a tenth, a half, all of it
      const size_t at = events_.size() / part;
      for (const size_t again : {1, 200}) {
        Pipeline changed(before);
        const auto middle = events_.begin() + static_cast<ptrdiff_t>(at);
        changed.Run({events_.begin(), middle}, 10);
        changed.Change(after, again);
        changed.Run({middle, events_.end()}, 10);
        EXPECT_EQ(Lines(changed.Open()), Lines(open))
            << "changed after " << at << " reports, " << again << " read again in a transaction";
      }
    }
  }

  inline static std::vector<Event> events_;
};

TEST_F(Change, RulesThatComeFindWhatStillStands) {
  Documents before = ShippedDocuments(0);
  const Documents after = before;
  for (const char* rule : {"column-crossing-clash", "group-in-two-areas", "indicator-surge",
                           "contact-silent", "hot-route", "flight-from-fighting"}) {
    Remove(before, rule);
  }
  ExpectTheSame(before, after);
}

// Reports name the group as before; from the change on, and back to the beginning, they are about
// another actor.
TEST_F(Change, AnAliasThatMovesTakesItsEventsWithIt) {
  const Documents before = ShippedDocuments(0);
  Documents after = before;
  for (Document& document : after) {
    if (document.kind != "actors") continue;
    const std::string all =
        std::regex_replace(document.text, std::regex("aliases: \\[LRA, "), "aliases: [");
    document.text =
        std::regex_replace(all, std::regex("aliases: \\[FDLR, "), "aliases: [FDLR, LRA, ");
    ASSERT_NE(document.text, all);
    document.sha256 = Sha256Hex(document.text);
  }
  ExpectTheSame(before, after);
  Pipeline straight(after);
  straight.Run(events_, 10);
  const auto about = [&](const char* actor) {
    const auto standing = straight.Standing();
    return std::count_if(standing.begin(), standing.end(), [&](const WarningContent& content) {
      const auto it = content.key.find("actor");
      return it != content.key.end() && it->second == actor;
    });
  };
  EXPECT_GE(about("fdlr"), 1);
  EXPECT_EQ(about("lra"), 0);
}

TEST_F(Change, RulesThatGoTakeTheirWarningsWithThem) {
  const Documents before = ShippedDocuments(0);
  Documents after = before;
  Remove(after, "group-in-two-areas");
  Remove(after, "phase-divergence");
  // A change that needs nothing else still has to be read for: one more window.
  Edit(after, "indicator-surge", "lifetime: [0-9]+d", "lifetime: 40d");
  ExpectTheSame(before, after);
}

TEST_F(Change, RulesThatChangeGoOnWithWhatStands) {
  const Documents before = ShippedDocuments(0);
  Documents after = before;
  for (Document& document : after) {
    if (document.kind != "rule") continue;
    document.text = std::regex_replace(document.text, std::regex("version: [0-9]+"), "version: 9");
    document.version = 9;
    document.sha256 = Sha256Hex(document.text);
  }
  Edit(after, "indicator-surge", "lifetime: [0-9]+d", "lifetime: 40d");
  // Not more, and no other keys for what it selects: warnings that had expired by then are not
  // raised for it, as a run from the beginning would.
  Edit(after, "flight-from-fighting", "within: 7d", "within: 3d");
  Edit(after, "abductions-near-border", "group_by: .corridor.", "group_by: [area]");
  Edit(after, "abductions-near-border", "address: [^\n]*", "address: all");
  Edit(after, "attacks-near-border", "address: [^\n]*", "address: all");
  ExpectTheSame(before, after);
}

// UNAMID takes the shipped rules that count in forms of its own.
Documents WithForms(Documents documents) {
  Document overrides{"overrides", "unamid", 1, R"(mission: unamid
overrides:
  attacks-near-border:
    version: 1
    why: One road leads there, so that two incidents are reason to move.
    condition: {window: 60d, severities: {moderate: 2}}
    lifetime: 60d
  group-in-two-areas:
    version: 1
    why: Sightings are rare, and old ones are all there is.
    lifetime: 90d
)",
                     ""};
  overrides.sha256 = Sha256Hex(overrides.text);
  documents.push_back(std::move(overrides));
  return documents;
}

TEST_F(Change, AFormThatComesTakesItsMissionFromTheRule) {
  const Documents without = ShippedDocuments(0);
  const Documents with = WithForms(without);
  Pipeline straight(with);
  straight.Run(events_, 10);
  std::map<std::string, int> told;  // by rule
  for (const WarningContent& content : straight.Standing()) {
    const RuleForm form = FormOf(content.rule_id);
    const bool has_form =
        form.rule.str() == "attacks-near-border" || form.rule.str() == "group-in-two-areas";
    const std::vector<MissionId>& to = content.addressees;
    const bool to_unamid = std::find(to.begin(), to.end(), MissionId("unamid")) != to.end();
    told[content.rule_id.str()] += static_cast<int>(to_unamid);
    if (!has_form) continue;
    EXPECT_TRUE(form.mission.empty() ? !to_unamid : to.size() <= (to_unamid ? 1U : 0U))
        << content.rule_id.str();
  }
  EXPECT_GT(told["attacks-near-border@unamid"], 0);
  EXPECT_GT(told["group-in-two-areas@unamid"], 0);
  ExpectTheSame(without, with);
}

TEST_F(Change, AFormThatGoesGivesItsMissionBackToTheRule) {
  Documents without = ShippedDocuments(0);
  const Documents with = WithForms(without);
  // A change that needs nothing else still has to be read for: one more window.
  Edit(without, "indicator-surge", "lifetime: [0-9]+d", "lifetime: 40d");
  ExpectTheSame(with, without);
}

}  // namespace
}  // namespace tocsin::scenario
