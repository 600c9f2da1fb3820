// Which rules may want an event: of a great many a few, found by the event's type and, where a
// selection asks for an attribute's value, by that; warnings by the rule that they are of.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/rules/pack.h"

namespace tocsin {

// Immutable; keeps positions only.
class RuleIndex {
 public:
  RuleIndex() = default;
  // Of these rules, over the types of the pack.
  RuleIndex(const Pack& pack, const std::vector<const Rule*>& rules);

  // Positions in `rules`, ascending. Every rule with a selection that the event meets is among
  // them; of others as few as are easily told.
  std::vector<size_t> MayWant(const KeyedEvent& event) const;

 private:
  struct OfType {
    std::vector<size_t> always;  // whatever attributes the event has
    std::map<std::string, std::map<std::string, std::vector<size_t>>> by_attribute;
  };
  std::map<std::string, OfType> by_type_;
  std::map<RuleId, std::vector<size_t>> by_rule_;
};

}  // namespace tocsin
