// Words of one language for the codes in the log, from rules/catalogue/<language>.yaml.
//
// Immutable after parsing, shared between threads freely.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

namespace tocsin {

// What the catalogue says for one rule. Headlines and basis are templates; docs/rules.md, Words,
// has what they may name.
struct RuleTexts {
  std::string headline;
  std::string headline_one;       // of a count of one
  std::string headline_unknown;   // of what is missing while a source cannot be read
  std::string headline_resolved;  // of a gap that is over
  std::string basis;              // instead of the measures one by one
  std::string action;
  std::string action_resolved;
  std::string unknown;
  std::string ask;  // whom, at the desks that the warning names or beside them
  // Of a sequence: its steps by selection, in the rule's order, and whether they come in any order;
  // or, where an item may be any step, one text for each of them.
  std::vector<std::pair<std::string, std::string>> steps;
  bool any_order = false;
  std::string each;
  std::string absent;  // what has not followed
  std::string sides;   // of a divergence: "area" or "mission"
};

class Catalogue {
 public:
  // InvalidArgument names line and what is wrong.
  static absl::StatusOr<Catalogue> Parse(std::string_view yaml);

  const std::string& language() const { return language_; }
  // The words for a code of a section ("severity", "severe"); the code itself where the catalogue
  // has none, so that a new type or rule is still readable.
  std::string Words(const std::string& section, const std::string& code) const;
  bool Has(const std::string& section, const std::string& code) const;
  // Of a mission's own form ("<rule>@<mission>") those of the rule. Empty texts for a rule that it
  // does not know.
  const RuleTexts& Rule(const std::string& id) const;
  // All rules that it has words for.
  std::set<std::string> Rules() const;

 private:
  std::string language_;
  std::map<std::string, std::map<std::string, std::string>> sections_;
  std::map<std::string, RuleTexts> rules_;
};

// The template with each {name} replaced by its value; a name without a value gives nothing.
std::string Fill(std::string_view pattern, const std::map<std::string, std::string>& values);

// The names that a template uses, each once.
std::set<std::string> NamesIn(std::string_view pattern);

}  // namespace tocsin
