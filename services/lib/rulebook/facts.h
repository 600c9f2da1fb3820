// What a rule's document says, part by part, without what does not matter: layout, the order of
// keys, ways to write the same, and defaults written out.
//
// Read from the text and not from the parsed rule, so that rules of another release, and kinds that
// this one does not have, can be compared and described too.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace tocsin {

// A value, or the values of a list: sorted where their order means nothing.
struct Fact {
  std::vector<std::string> values;
  bool list = false;
  bool ordered = false;  // a list whose order matters
  friend bool operator==(const Fact&, const Fact&) = default;
};

class Facts {
 public:
  void Set(const std::string& path, Fact fact) { facts_[path] = std::move(fact); }
  const std::map<std::string, Fact>& all() const { return facts_; }
  bool Has(const std::string& path) const { return facts_.contains(path); }
  // Empty if there is none.
  std::string Text(const std::string& path) const;
  std::vector<std::string> List(const std::string& path) const;
  // Names of the members below a path, in the order of the path's text.
  std::vector<std::string> Members(const std::string& path) const;
  friend bool operator==(const Facts&, const Facts&) = default;

 private:
  std::map<std::string, Fact> facts_;  // path, "condition.window" -> what it says
};

// Of a rule. Lengths of time are in words ("30 days"), numbers as short as they can be written.
// InvalidArgument if it is no YAML map; `where` names it in messages.
absl::StatusOr<Facts> FactsOf(const std::string& where, const std::string& text);

// Of every rule that a mission's overrides (`text`) name, by the id of its own form; `rules`: texts
// by id. InvalidArgument also if one is not among them.
absl::StatusOr<std::map<std::string, Facts>> FactsOfForms(
    const std::string& where, const std::string& mission, const std::string& text,
    const std::map<std::string, std::string>& rules);

// Of any document: as it is written, every list in its order.
absl::StatusOr<Facts> PlainFactsOf(const std::string& where, const std::string& text);

// "30 days", "36 hours", "1 minute": in the greatest unit that it is whole in. The text itself if
// it is no length of time.
std::string LengthInWords(std::string_view text);

}  // namespace tocsin
