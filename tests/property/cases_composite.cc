#include <absl/strings/str_cat.h>

#include "cases.h"

namespace tocsin::property {

void RandomComposite(TwinRule& rule, Random& random) {
  static const std::vector<std::vector<std::string>> kKeys = {
      {"corridor"}, {"area"}, {"mission"}, {"actor"}, {"area", "actor"}, {"mission", "corridor"}};
  static const std::vector<Kind> kInner = {
      Kind::kEventCount, Kind::kEventCount, Kind::kValueCount,     Kind::kNear,
      Kind::kAbsence,    Kind::kTemporal,   Kind::kTemporalOrdered};
  rule.group_by = random.Of(kKeys);
  rule.address = {random.Of(
      std::vector<std::string>{"evidence_areas", "neighbours", "originators", "all", "south"})};
  const int64_t inner = random.Between(2, 3);
  std::vector<std::string> ids;
  for (int64_t i = 0; i < inner; ++i) {
    TwinRule one = RandomRule(random.Of(kInner), random);
    one.id = absl::StrCat("inner-", i);
    ids.push_back(one.id);
    rule.inner.push_back(std::move(one));
  }
  const auto select = [&](TwinRule& into, const char* name) {
    TwinSelection selection;
    selection.name = name;
    selection.rules = {random.Of(ids)};
    if (random.OneIn(3)) {
      const std::string& other = random.Of(ids);
      if (other != selection.rules[0]) selection.rules.push_back(other);
    }
    if (random.OneIn(5)) selection.min_severity = random.OneIn(2) ? "moderate" : "severe";
    into.selections.push_back(std::move(selection));
  };
  if (random.OneIn(4)) {
    // One more stage.
    TwinRule middle;
    middle.kind = Kind::kComposite;
    middle.id = "middle";
    middle.group_by = random.Of(kKeys);
    middle.minutes = random.Between(0, 30);
    middle.lifetime_minutes = random.Between(1, 90);
    middle.address = {"all"};
    select(middle, "a");
    select(middle, "b");
    ids.push_back(middle.id);
    rule.inner.push_back(std::move(middle));
  }
  select(rule, "a");
  select(rule, "b");
  if (random.OneIn(5)) select(rule, "c");
}

}  // namespace tocsin::property
