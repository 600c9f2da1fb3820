// Names that only bytes tell apart, registers with very many names, and text that looks like a
// pattern. docs/bad-input.md has the answers.
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/rules/pack_testing.h"

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The same word with its accents on their letters, and apart from them.
constexpr char kComposed[] = "S\xc3\xa9l\xc3\xa9ka";
constexpr char kApart[] = "Se\xcc\x81le\xcc\x81ka";

std::vector<Document> With(const std::string& kind, const std::string& text) {
  std::vector<Document> documents = TestRegisters();
  for (Document& document : documents) {
    if (document.kind == kind) document.text = text;
  }
  return documents;
}

std::string Actor(const std::string& id, const std::vector<std::string>& aliases) {
  std::string line = StrCat("  ", id, ": {class: armed_group, title: T, aliases: [");
  for (const std::string& alias : aliases) line += StrCat("\"", alias, "\", ");
  return line + "]}\n";
}

std::vector<std::string> TextsOf(const JudgedPack& judged) {
  std::vector<std::string> texts;
  for (const Problem& problem : judged.problems) {
    texts.push_back((problem.doubt ? "doubt " : "") + problem.Text());
  }
  return texts;
}

TEST(LookAlikes, OfTwoActorsAreDoubtedAndStayTwoNames) {
  const std::string others[] = {kApart, "S\xc3\x89L\xc3\x89KA", "Seleka"};
  for (const std::string& other : others) {
    const JudgedPack judged = JudgePack(
        With("actors", StrCat("actors:\n", Actor("first", {kComposed}), Actor("second", {other}))),
        TestMissions());
    EXPECT_THAT(TextsOf(judged), ElementsAre(HasSubstr("doubt actors/actors:")));
    EXPECT_THAT(TextsOf(judged), ElementsAre(HasSubstr("looks like")));
    EXPECT_EQ(judged.pack.FindActor(kComposed)->id, ActorId("first"));
    EXPECT_EQ(judged.pack.FindActor(other)->id, ActorId("second"));
  }
}

TEST(LookAlikes, OfOneActorAreWhatToWrite) {
  const JudgedPack judged = JudgePack(
      With("actors", StrCat("actors:\n", Actor("one", {kComposed, kApart}))), TestMissions());
  EXPECT_THAT(TextsOf(judged), IsEmpty());
  EXPECT_EQ(judged.pack.FindActor(kApart)->id, ActorId("one"));
  // A form that is not in the register is nobody's, rather than somebody else's.
  EXPECT_EQ(judged.pack.FindActor("Seleka"), nullptr);
}

TEST(LookAlikes, ThatDifferInAsciiCaseOrSpaceAreTheSameName) {
  const JudgedPack judged = JudgePack(
      With("actors",
           StrCat("actors:\n", Actor("first", {"Red Band"}), Actor("second", {" RED  band"}))),
      TestMissions());
  EXPECT_THAT(TextsOf(judged), ElementsAre(HasSubstr("is an alias of first too")));
}

TEST(LookAlikes, AmongTheValuesOfAnAttribute) {
  const JudgedPack judged = JudgePack(
      With("types",
           StrCat("types:\n  a.b: {stream: both, lateness: 1d, title: {en: T}, attributes: "
                  "{site: [north, ",
                  kComposed, ", ", kApart, ", North]}}\n")),
      TestMissions());
  EXPECT_THAT(TextsOf(judged),
              ElementsAre(HasSubstr(StrCat("'", kApart, "' looks like '", kComposed)),
                          HasSubstr("'North' looks like 'north'")));
  for (const Problem& problem : judged.problems) EXPECT_TRUE(problem.doubt);
}

TEST(ActorRegister, HundredsOfAliasesAreAllFound) {
  std::string text = "actors:\n";
  for (int actor = 0; actor < 100; ++actor) {
    std::vector<std::string> aliases;
    for (int i = 0; i < 100; ++i) aliases.push_back(StrCat("Name ", i, " of ", actor));
    text += Actor(StrCat("actor-", actor), aliases);
  }
  const absl::StatusOr<Pack> pack = ParsePack(With("actors", text), TestMissions());
  ASSERT_TRUE(pack.ok()) << pack.status();
  EXPECT_EQ(pack->actor_by_alias.size(), 10'000U);
  EXPECT_EQ(pack->FindActor("name 99  of 42")->id, ActorId("actor-42"));
}

// Nothing in a rule is a pattern but a type's final ".*".
TEST(Patterns, AreText) {
  const std::string exploding = "(a+)+$";
  Selection selection;
  selection.types = {"security.*"};
  selection.natures = {Nature::kObserved};
  selection.where = {{"weapon", exploding}};
  KeyedEvent event;
  event.identity = {MissionId("north"), EventId("e")};
  event.type = "security.attack";
  event.nature = Nature::kObserved;
  event.attributes["weapon"] = exploding;
  EXPECT_TRUE(Matches(selection, event, nullptr));
  event.attributes["weapon"] = std::string(4096, 'a');
  event.attributes["weapon"].push_back('!');
  EXPECT_FALSE(Matches(selection, event, nullptr));
  event.attributes["weapon"] = "a";
  EXPECT_FALSE(Matches(selection, event, nullptr));
  selection.where.clear();
  for (const char* const type : {"security.(attack|clash)", "security.at+ack", "s.*k", ".*", "*"}) {
    selection.types = {type};
    EXPECT_FALSE(Matches(selection, event, nullptr)) << type;
  }
  const absl::StatusOr<Pack> pack = ParsePack(
      With("actors", StrCat("actors:\n", Actor("one", {"(a+)+$", ".*"}))), TestMissions());
  ASSERT_TRUE(pack.ok()) << pack.status();
  EXPECT_EQ(pack->FindActor("anybody"), nullptr);
  EXPECT_NE(pack->FindActor("(A+)+$"), nullptr);
}

}  // namespace
}  // namespace tocsin
