#include <cmath>

#include "lib/base/text.h"
#include "lib/rules/condition.h"
#include "lib/rules/words.h"

namespace tocsin::rules_internal {
namespace {

constexpr double kHalfGreatCircleKm = 20016;
constexpr size_t kMostSelections = 4;
constexpr int64_t kGreatestRadiusOverCellsM = 500'000;

// S2's kMinWidth: how wide the narrowest cell of level 0 is, in radians; of each further level half
// of it. The geo room's tests compare. docs/decisions/0019.
constexpr double kNarrowestCell = 0.94280904158206337;
constexpr double kEarthRadiusM = 6371008.8;
constexpr int32_t kFinestLevel = 30;

// The finest level no cell of which is narrower than the radius; with 2 m to spare, since distances
// are rounded before they are compared.
int32_t LevelFor(int64_t radius_m) {
  double narrowest = kNarrowestCell * kEarthRadiusM;
  int32_t level = 0;
  while (level < kFinestLevel && narrowest / 2 >= static_cast<double>(radius_m) + 2) {
    narrowest /= 2;
    ++level;
  }
  return level;
}

void SetCells(ConditionContext in) {
  Rule& rule = in.rule;
  if (rule.radius_m > kGreatestRadiusOverCellsM) {
    in.condition.Bad("radius_km", "must be 500 at most with group_by cell",
                     "make it smaller, or group by area");
    return;
  }
  rule.cell_level = LevelFor(rule.radius_m);
}

void ReadAllOf(ConditionContext in) {
  Rule& rule = in.rule;
  rule.all_of = in.condition.Texts("all_of");
  if (rule.all_of.size() < 2 || rule.all_of.size() > kMostSelections) {
    in.condition.Bad("all_of", StrCat("must name from 2 to ", kMostSelections, " selections"));
  }
  for (const std::string& name : rule.all_of) {
    if (!in.HasSelection(name)) {
      in.condition.BadItem("all_of", name, StrCat("'", name, "' is not a selection"),
                           FixOf(name, in.Selections()));
    }
  }
  if (rule.all_of.size() < rule.selections.size()) {
    in.condition.Bad("all_of", "leaves out a selection");
  }
}

}  // namespace

void ReadRadius(ConditionContext in) {
  Rule& rule = in.rule;
  const double radius_km = in.condition.Number("radius_km");
  if (radius_km < 0.001 || radius_km > kHalfGreatCircleKm) {
    in.condition.Bad("radius_km", "must be from 0.001 to half a great circle");
  } else {
    rule.radius_m = std::llround(radius_km * 1000);
  }
  rule.most_uncertainty_m = rule.radius_m;
}

void ReadNear(ConditionContext in) {
  Rule& rule = in.rule;
  rule.window = in.condition.DurationAt("within", false);
  rule.reach = rule.window;
  ReadRadius(in);
  if (rule.cell_level) SetCells(in);
  rule.severity = in.condition.Word<Severity>("severity", SeverityOfWord);
  ReadAllOf(in);
}

void ReadComposite(ConditionContext in) {
  Rule& rule = in.rule;
  rule.window = in.condition.DurationAt("within", true);
  rule.severity = in.condition.Word<Severity>("severity", SeverityOfWord);
  ReadAllOf(in);
}

}  // namespace tocsin::rules_internal
