#include "lib/rules/rule_index.h"

#include <algorithm>

#include "lib/rules/match.h"

namespace tocsin {
namespace {

// Rules come in order, so a repetition is the last one.
void Add(std::vector<size_t>& positions, size_t position) {
  if (positions.empty() || positions.back() != position) positions.push_back(position);
}

}  // namespace

RuleIndex::RuleIndex(const Pack& pack, const std::vector<const Rule*>& rules) {
  for (size_t i = 0; i < rules.size(); ++i) {
    for (const Selection& selection : rules[i]->selections) {
      for (const RuleId& rule : selection.rules) Add(by_rule_[rule], i);
      for (const auto& [name, type] : pack.types) {
        if (!SelectsType(selection, name)) continue;
        OfType& of_type = by_type_[name];
        if (selection.where.empty()) {
          Add(of_type.always, i);
        } else {
          // The other attributes that it asks for are asked later.
          const auto& [attribute, value] = *selection.where.begin();
          Add(of_type.by_attribute[attribute][value], i);
        }
      }
    }
  }
}

std::vector<size_t> RuleIndex::MayWant(const KeyedEvent& event) const {
  if (event.warning) {
    const auto found = by_rule_.find(event.warning->rule);
    return found == by_rule_.end() ? std::vector<size_t>() : found->second;
  }
  const auto found = by_type_.find(event.type);
  if (found == by_type_.end()) return {};
  const OfType& of_type = found->second;
  std::vector<size_t> positions = of_type.always;
  for (const auto& [name, by_value] : of_type.by_attribute) {
    const auto attribute = event.attributes.find(name);
    if (attribute == event.attributes.end()) continue;
    const auto of_value = by_value.find(attribute->second);
    if (of_value == by_value.end()) continue;
    positions.insert(positions.end(), of_value->second.begin(), of_value->second.end());
  }
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return positions;
}

}  // namespace tocsin
