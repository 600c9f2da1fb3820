// Random rules of the kinds temporal and temporal_ordered.
#include <algorithm>

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "cases.h"

namespace tocsin::property {
namespace {

using Names = std::vector<std::string>;

bool Has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TwinSelection Selecting(const std::string& name, const Names& types, Random& random) {
  TwinSelection selection;
  selection.name = name;
  selection.types = types;
  selection.natures = {"observed"};
  if (random.OneIn(2)) selection.natures = {"observed", "expected", "declared"};
  if (random.OneIn(10)) selection.classes = {"armed_group"};
  if (random.OneIn(4)) selection.roles = {"perpetrator"};
  if (random.OneIn(10)) selection.killed = 1;
  return selection;
}

std::string List(const Names& names) { return absl::StrCat("[", absl::StrJoin(names, ", "), "]"); }

}  // namespace

void RandomSequence(TwinRule& rule, Random& random) {
  TwinSequence& sequence = rule.sequence;
  const bool ordered = rule.kind == Kind::kTemporalOrdered;
  rule.minutes = random.Between(6, 40);
  const std::vector<Names> types = {{"security.*"},
                                    {"security.*", "sensor.thermal"},
                                    {"security.attack"},
                                    {"security.sighting", "sensor.thermal"},
                                    {"security.attack", "sensor.thermal"}};
  const bool then_no = random.OneIn(2);
  const bool alone = then_no && random.OneIn(8);  // one step, and then nothing
  const int64_t steps = alone ? 1 : (random.OneIn(2) ? 2 : (random.OneIn(4) ? 4 : 3));
  bool weapons = true;  // every step can have the attribute
  for (int64_t i = 0; i < steps; ++i) {
    Names of_step = random.Of(types);
    if (Has(rule.group_by, "feed") && !Has(of_step, "sensor.thermal")) {
      of_step.emplace_back("sensor.thermal");  // nothing else has a feed
    }
    weapons = weapons && (Has(of_step, "security.*") || Has(of_step, "security.attack"));
    rule.selections.push_back(Selecting(absl::StrCat("s", i), of_step, random));
    sequence.steps.push_back(rule.selections.back().name);
  }
  if (random.OneIn(2)) std::reverse(sequence.steps.begin(), sequence.steps.end());
  if (ordered && !alone && random.OneIn(3)) {
    sequence.gap_minutes = random.Between(1, rule.minutes);
  }
  for (const char* const field : {"area", "corridor", "actor", "mission", "origin", "weapon"}) {
    if (alone || (field == std::string("weapon") && !weapons)) continue;
    if (random.OneIn(8)) {
      sequence.equal.emplace_back(field);
    } else if (!Has(rule.group_by, field) && random.OneIn(10) &&
               (steps < 4 || field != std::string("mission"))) {
      sequence.differ.emplace_back(field);
    }
  }
  sequence.latest = !alone && random.OneIn(3);
  for (const char* const field : {"mission", "origin", "area"}) {
    if (steps < 2 || !sequence.between.empty() || Has(rule.group_by, field) ||
        Has(sequence.equal, field) || Has(sequence.differ, field) || !random.OneIn(5)) {
      continue;
    }
    sequence.between_field = field;
    sequence.between = {sequence.steps.front(), sequence.steps.back()};
  }
  // Rarer than the steps, or nothing would be left.
  const auto rare = [&](const std::string& name) {
    TwinSelection selection = Selecting(
        name, {random.Of(Names{"security.attack", "security.sighting", "sensor.thermal"})}, random);
    selection.killed = random.OneIn(3) ? 2 : 1;
    if (random.OneIn(3)) selection.missions = {random.OneIn(2) ? "north" : "south"};
    rule.selections.insert(rule.selections.begin() + random.Below(2), selection);
    return name;
  };
  if (!alone && random.OneIn(3)) sequence.until.push_back(rare("u0"));
  if (!alone && random.OneIn(8)) sequence.until.push_back(rare("u1"));
  if (then_no) {
    sequence.then_no = sequence.until.empty() || random.OneIn(2) ? rare("n") : sequence.until[0];
    sequence.then_minutes = random.Between(1, 30);
  }
}

std::string SequenceYaml(const TwinRule& rule) {
  const TwinSequence& sequence = rule.sequence;
  std::string text = absl::StrCat("  within: ", rule.minutes,
                                  "m\n  severity: severe\n  steps: ", List(sequence.steps), "\n");
  if (sequence.gap_minutes > 0) absl::StrAppend(&text, "  gap: ", sequence.gap_minutes, "m\n");
  if (sequence.latest) text += "  take: latest\n";
  if (!sequence.equal.empty()) absl::StrAppend(&text, "  equal: ", List(sequence.equal), "\n");
  if (!sequence.differ.empty()) absl::StrAppend(&text, "  differ: ", List(sequence.differ), "\n");
  if (!sequence.between.empty()) {
    absl::StrAppend(&text, "  differ_between: {", sequence.between_field, ": ",
                    List(sequence.between), "}\n");
  }
  if (!sequence.until.empty()) absl::StrAppend(&text, "  until: ", List(sequence.until), "\n");
  if (!sequence.then_no.empty()) {
    absl::StrAppend(&text, "  then_no: {selection: ", sequence.then_no,
                    ", within: ", sequence.then_minutes, "m}\n");
  }
  return text;
}

}  // namespace tocsin::property
