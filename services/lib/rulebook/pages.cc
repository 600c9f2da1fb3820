#include "lib/rulebook/pages.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/rulebook/diff.h"
#include "lib/rulebook/prose.h"

namespace tocsin {
namespace {

// Lines of at most 112 bytes, `indent` before every line but the first.
std::string Wrapped(const std::string& text, const std::string& indent = "") {
  constexpr size_t kMostBytes = 112;
  std::string wrapped;
  size_t line = 0;
  for (size_t from = 0; from < text.size();) {
    const size_t to = std::min(text.find(' ', from), text.size());
    const size_t length = to - from;
    if (from != 0 && line + 1 + length > kMostBytes) {
      wrapped += StrCat("\n", indent);
      line = indent.size();
    } else if (from != 0) {
      wrapped.push_back(' ');
      ++line;
    }
    wrapped.append(text, from, length);
    line += length;
    from = to + 1;
  }
  return wrapped + "\n";
}

std::string Capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

std::string TitleOf(const Facts& rule) {
  if (rule.Has("title.en")) return rule.Text("title.en");
  const std::vector<std::string> languages = rule.Members("title");
  return languages.empty() ? rule.Text("id") : rule.Text("title." + languages.front());
}

std::string StateInWords(const Facts& facts) {
  const std::string state = facts.Text("state");
  if (state == "draft") return "a draft: not published";
  return state == "shadow" ? "in shadow: worked out, but told to nobody" : "live";
}

std::string Items(const std::vector<std::string>& texts) {
  std::string items;
  for (const std::string& text : texts) items += Wrapped(StrCat("- ", text), "  ");
  return items;
}

// What is different for a mission, and why.
std::string Form(const Facts& rule, const FormToDescribe& form) {
  std::vector<std::string> differences = Differences(rule, form.facts);
  std::erase_if(differences, [](const std::string& text) { return text.starts_with("why:"); });
  std::string part = StrCat("\n### ", form.mission, "\n\n`", form.facts.Text("id"), "`, version ",
                            form.facts.Text("version"), " ([overrides/", form.mission,
                            ".yaml](../../rules/overrides/", form.mission, ".yaml)).\n\n");
  part += StrCat(Wrapped(form.facts.Text("why")), "\n", Items(differences));
  if (!form.timelines.empty()) {
    part += "\nWhat it is tested with:\n\n" + Items(form.timelines);
  }
  return part;
}

std::string Page(const RuleToDescribe& rule, const Facts& types) {
  const Facts& facts = rule.facts;
  std::string page = kPageMark;
  page += StrCat("# ", TitleOf(facts), "\n\n");
  page += StrCat("`", facts.Text("id"), "`, version ", facts.Text("version"), ", ",
                 StateInWords(facts), " ([", rule.file, "](../../rules/pack/", rule.file, "))\n\n");
  page += StrCat("## Why\n\n", Wrapped(facts.Text("why")), "\n");
  page += "## When it warns\n\n";
  page += StrCat(Wrapped(StrCat(KindInWords(facts.Text("kind")), " (`", facts.Text("kind"), "`), ",
                                KeyInWords(facts), ". ", ConditionInWords(facts))),
                 "\n");
  page += StrCat("Severity: ", SeveritiesInWords(facts), ".\n\n");
  for (const std::string& name : facts.List("selections")) {
    page += Wrapped(StrCat("- *", name, "*: ", SelectionInWords(facts, name, types)), "  ");
  }
  page += StrCat("\n## Who is warned\n\n", Wrapped(Capital(AddresseesInWords(facts)) + "."), "\n");
  page += "## The warning\n\n";
  page += StrCat("| | |\n|---|---|\n| urgency | ", facts.Text("urgency"), " |\n| response | ",
                 facts.Text("response"), " |\n| label, at least | ",
                 facts.Text("label.classification"), ", TLP ", facts.Text("label.tlp"),
                 " |\n| expires | ", facts.Text("lifetime"), " after the last evidence |\n");
  if (!rule.timelines.empty()) {
    page += "\n## Timelines\n\nWhat it is tested with:\n\n" + Items(rule.timelines);
  }
  if (!rule.forms.empty()) page += "\n## Missions with their own form\n";
  for (const FormToDescribe& form : rule.forms) page += Form(facts, form);
  return page;
}

// A cell of a table: bars would end it.
std::string Cell(const std::string& text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

}  // namespace

std::map<std::string, std::string> RulePages(const std::vector<RuleToDescribe>& rules,
                                             const Facts& types) {
  std::map<std::string, std::string> pages;
  std::map<std::string, std::string> rows;
  for (const RuleToDescribe& rule : rules) {
    const std::string id = rule.facts.Text("id");
    pages[id + ".md"] = Page(rule, types);
    rows[id] =
        StrCat("| [", Cell(TitleOf(rule.facts)), "](", id, ".md) | ",
               Cell(KindInWords(rule.facts.Text("kind"))), ", ", Cell(KeyInWords(rule.facts)),
               " | ", Cell(Capital(AddresseesInWords(rule.facts))), " | ",
               Cell(SeveritiesInWords(rule.facts)), " | ", rule.facts.Text("state"), " |\n");
  }
  std::string index = kPageMark;
  index += "# Rules in this repository\n\n";
  index +=
      "What the rules in `rules/pack` do, in words. [Rules and their meaning](../rules.md) "
      "defines their format;\n[Writing rules](../writing-rules.md) is how to make one.\n\n";
  index += "| rule | looks for | warns | severity | state |\n|---|---|---|---|---|\n";
  for (const auto& [id, row] : rows) index += row;
  pages["README.md"] = std::move(index);
  return pages;
}

}  // namespace tocsin
