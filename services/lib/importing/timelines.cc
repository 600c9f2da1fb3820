#include "lib/importing/timelines.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "lib/base/text.h"
#include "lib/importing/fields.h"
#include "lib/importing/record_entries.h"
#include "lib/importing/times.h"
#include "lib/importing/yaml_entry.h"

namespace tocsin {
namespace {

const std::set<std::string>& Severities() {
  static const std::set<std::string> words = {"minor", "moderate", "severe", "extreme"};
  return words;
}

const std::set<std::string>& Certainties() {
  static const std::set<std::string> words = {"possible", "likely", "observed"};
  return words;
}

const std::set<std::string>& States() {
  static const std::set<std::string> words = {"standing", "expired", "cancelled", "merged"};
  return words;
}

const std::set<std::string>& AbsenceStates() {
  static const std::set<std::string> words = {"silent", "unknown", "resolved"};
  return words;
}

std::string WordFrom(YamlEntry& entry, const std::string& key, const std::set<std::string>& words) {
  std::string word = entry.Text(key);
  if (!word.empty() && !words.contains(word)) {
    std::string known;
    for (const std::string& one : words) known += (known.empty() ? "" : ", ") + one;
    entry.Problem(key, StrCat(Quoted(word), " is none of ", known));
  }
  return word;
}

std::optional<std::vector<std::string>> SetFrom(YamlEntry& entry, const std::string& key) {
  if (!entry.Has(key)) return std::nullopt;
  std::vector<std::string> texts = entry.Texts(key);
  std::sort(texts.begin(), texts.end());
  return texts;
}

// A report that is not a revision without content gets what `defaults` say and it does not.
void AddDefaults(const YAML::Node& defaults, const YAML::Node& reports) {
  if (!defaults.IsMap() || !reports.IsSequence()) return;
  for (YAML::Node report : reports) {
    if (!report.IsMap()) continue;
    const YAML::Node kind = std::as_const(report)["kind"];
    if (kind.IsDefined() && kind.IsScalar() && kind.Scalar() != "file" &&
        kind.Scalar() != "correct") {
      continue;
    }
    for (const auto& item : defaults) {
      if (!item.first.IsScalar()) continue;
      if (!std::as_const(report)[item.first.Scalar()].IsDefined()) {
        report[item.first.Scalar()] = YAML::Clone(item.second);
      }
    }
  }
}

ExpectedWarning ReadExpected(YamlEntry entry, const Times& times) {
  ExpectedWarning expected;
  expected.line = entry.line();
  const Moment issued = times.MomentOf(entry, "issued");
  expected.issued = issued.interval;
  if (!issued.is_day) {
    // As far as it is written: a minute, or a second.
    const bool seconds = entry.Text("issued").size() == 20;
    expected.issued.to += seconds ? Duration(999'999) : Duration(59'999'999);
  }
  expected.key = entry.Map("key");
  expected.severity = WordFrom(entry, "severity", Severities());
  expected.certainty = WordFrom(entry, "certainty", Certainties());
  expected.state = WordFrom(entry, "state", States());
  expected.absence = WordFrom(entry, "absence", AbsenceStates());
  expected.to = SetFrom(entry, "to");
  expected.evidence = SetFrom(entry, "evidence");
  entry.Done();
  return expected;
}

Timeline ReadTimeline(YamlEntry entry, const YAML::Node& defaults, const ImportWorld& world,
                      std::vector<ImportProblem>& problems) {
  Timeline timeline;
  timeline.line = entry.line();
  timeline.name = entry.Need("name");
  const Times times(absl::UTCTimeZone(), 0);
  AddDefaults(defaults, entry.Node("reports"));
  ExerciseRecord record;
  ReadEntries(entry, {}, world, record);
  timeline.items = std::move(record.items);
  std::move(record.problems.begin(), record.problems.end(), std::back_inserter(problems));
  if (timeline.items.empty() && record.entries == 0) {
    entry.Problem("reports", "is missing, and so is feeds");
  }
  if (entry.Has("until")) timeline.until = times.InstantOf(entry, "until");
  const YAML::Node expect = entry.Node("expect");
  if (!expect.IsSequence()) {
    entry.Problem("expect", "is not a list; if no warning should come, write []");
  } else {
    for (const YAML::Node& node : expect) {
      timeline.expect.push_back(ReadExpected(YamlEntry(node, "expect", problems), times));
    }
  }
  entry.Done();
  return timeline;
}

}  // namespace

Timelines ReadTimelines(std::string_view yaml, const ImportWorld& world) {
  Timelines result;
  const YAML::Node root = ParseYaml(yaml, result.problems);
  if (!result.problems.empty()) return result;
  YamlEntry top(root, "", result.problems);
  result.rule = top.Need("rule");
  const YAML::Node defaults = top.Node("defaults");
  if (defaults.IsDefined() && !defaults.IsMap()) top.Problem("defaults", "is not a mapping");
  const YAML::Node timelines = top.Node("timelines");
  if (!timelines.IsSequence() || timelines.size() == 0) {
    top.Problem("timelines", "is not a list of at least one timeline");
  } else {
    std::set<std::string> names;
    for (const YAML::Node& node : timelines) {
      YamlEntry entry(node, "timelines", result.problems);
      result.timelines.push_back(ReadTimeline(entry, defaults, world, result.problems));
      if (!names.insert(result.timelines.back().name).second) {
        entry.Problem("name", "is that of another timeline too");
      }
    }
  }
  top.Done();
  return result;
}

}  // namespace tocsin
