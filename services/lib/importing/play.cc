#include <algorithm>
#include <utility>

#include <absl/strings/numbers.h>

#include "lib/base/text.h"
#include "lib/importing/fields.h"
#include "lib/importing/record.h"
#include "lib/importing/yaml_entry.h"

namespace tocsin {
namespace {

// Tables keyed "1", "2", ... with a text each; `read` is called with the index from 0.
template <size_t N, class Read>
void ReadTexts(YamlEntry& entry, const std::string& key, Read read) {
  if (!entry.Has(key)) {
    return;
  }
  YamlEntry table = entry.Child(key);
  for (size_t i = 0; i < N; ++i) {
    const std::string number = StrCat(i + 1);
    if (table.Has(number)) {
      read(i, table.Text(number), table, number);
    }
  }
  table.Done();
}

TimePrecision ParsePrecision(const std::string& text) {
  return text == "instant" ? TimePrecision::kInstant
         : text == "hour"  ? TimePrecision::kHour
         : text == "day"   ? TimePrecision::kDay
         : text == "week"  ? TimePrecision::kWeek
         : text == "month" ? TimePrecision::kMonth
         : text == "vague" ? TimePrecision::kVague
                           : TimePrecision::kUnspecified;
}

void ReadNature(YamlEntry& entry, Nature& nature) {
  if (entry.Has("nature")) {
    nature = ParseNature(entry.Text("nature"));
    if (nature == Nature::kUnspecified) {
      entry.Problem("nature", "is none of observed, expected, declared, planned");
    }
  }
}

// The stream follows from the format; a file that says otherwise is mistaken.
void CheckStream(YamlEntry& entry, const std::string& wanted) {
  const std::string stream = entry.Text("stream");
  if (!stream.empty() && stream != wanted) {
    entry.Problem("stream", StrCat("is always ", wanted, " for this kind"));
  }
}

void ReadUcdpSpec(YamlEntry& entry, UcdpSpec& spec) {
  CheckStream(entry, "sitrep");
  ReadNature(entry, spec.nature);
  spec.id = entry.Has("id") ? entry.Need("id") : spec.id;
  spec.place_name = entry.Has("place_name") ? entry.Need("place_name") : spec.place_name;
  if (entry.Has("people")) {
    YamlEntry people = entry.Child("people");
    spec.killed = people.Need("killed");
    people.Done();
  }
  ReadTexts<3>(entry, "type_by_violence",
               [&](size_t i, const std::string& text, YamlEntry&, const std::string&) {
                 spec.types[i] = text;
               });
  ReadTexts<7>(entry, "uncertainty_km",
               [&](size_t i, const std::string&, YamlEntry& table, const std::string& key) {
                 spec.uncertainty_km[i] = table.Number(key, 0);
               });
  ReadTexts<5>(entry, "precision",
               [&](size_t i, const std::string& text, YamlEntry& table, const std::string& key) {
                 spec.precision[i] = ParsePrecision(text);
                 if (spec.precision[i] == TimePrecision::kUnspecified) {
                   table.Problem(key, StrCat(Quoted(text), " is no precision"));
                 }
               });
  ReadTexts<2>(entry, "grading_by_clarity",
               [&](size_t i, const std::string& text, YamlEntry& table, const std::string& key) {
                 if (!ParseGrading(text, spec.grading[i])) {
                   table.Problem(key, StrCat(Quoted(text), " is no grading from A1 to F6"));
                 }
               });
  if (entry.Has("roles_by_violence")) {
    YamlEntry table = entry.Child("roles_by_violence");
    for (size_t i = 0; i < spec.roles.size(); ++i) {
      const std::string key = StrCat(i + 1);
      if (const std::vector<std::string> pair = table.Texts(key); pair.size() == 2) {
        spec.roles[i] = {pair[0], pair[1]};
      } else if (table.Has(key)) {
        table.Problem(key, "is not the roles of side_a and side_b");
      }
    }
    table.Done();
  }
  if (entry.Has("source")) {
    spec.source = ReadSource(entry.Child("source"));
  }
}

void ReadFirmsSpec(YamlEntry& entry, FirmsSpec& spec) {
  CheckStream(entry, "sensor");
  ReadNature(entry, spec.nature);
  spec.id = entry.Has("id") ? entry.Need("id") : spec.id;
  spec.type = entry.Has("type") ? entry.Need("type") : spec.type;
  if (entry.Has("uncertainty_km") && entry.Text("uncertainty_km") != "max_scan_track") {
    entry.Problem("uncertainty_km", "can only be max_scan_track");
  }
  if (entry.Has("grading_by_confidence")) {
    spec.grading.clear();
    for (const auto& [least, text] : entry.Map("grading_by_confidence")) {
      int64_t percent = 0;
      Grading grading;
      if (!absl::SimpleAtoi(least, &percent) || !ParseGrading(text, grading)) {
        entry.Problem("grading_by_confidence", "is not a table from per cent to a grading");
      }
      spec.grading.emplace_back(percent, grading);
    }
    std::sort(spec.grading.rbegin(), spec.grading.rend());
  }
  if (entry.Has("source")) {
    spec.source = ReadSource(entry.Child("source"));
  }
  if (entry.Has("attributes")) {
    spec.attributes = entry.Map("attributes");
  }
}

PlaySource ReadPlaySource(YamlEntry entry) {
  PlaySource source;
  source.file = entry.Need("file");
  source.shift_days = entry.Integer("shift_days", 0);
  if (source.shift_days < -kMostShiftDays || source.shift_days > kMostShiftDays) {
    entry.Problem("shift_days",
                  StrCat("is not between ", -kMostShiftDays, " and ", kMostShiftDays));
  }
  const std::string kind = entry.Need("kind");
  if (kind != "record") {
    source.default_filer = MissionId(entry.Text("default_filer"));
  }
  if (kind == "record") {
    source.format = SourceFormat::kRecord;
  } else if (kind == "ucdp") {
    source.format = SourceFormat::kUcdp;
    ReadUcdpSpec(entry, source.ucdp);
  } else if (kind == "firms") {
    source.format = SourceFormat::kFirms;
    source.feed = entry.Need("feed");
    source.firms.attributes["feed"] = source.feed;
    ReadFirmsSpec(entry, source.firms);
  } else if (kind == "lra") {
    source.format = SourceFormat::kLra;
  } else {
    entry.Problem("kind", StrCat(Quoted(kind), " is none of record, ucdp, firms, lra"));
    return source;
  }
  entry.Done();
  return source;
}

}  // namespace

Play ReadPlay(std::string_view yaml) {
  Play play;
  const YAML::Node root = ParseYaml(yaml, play.problems);
  if (!play.problems.empty()) {
    return play;
  }
  YamlEntry top(root, "", play.problems);
  play.exercise = top.Text("exercise");
  const std::string status = top.Has("status") ? top.Text("status") : "exercise";
  play.status = status == "exercise" ? Status::kExercise
                : status == "actual" ? Status::kActual
                : status == "test"   ? Status::kTest
                                     : Status::kUnspecified;
  if (play.status == Status::kUnspecified) {
    top.Problem("status", StrCat(Quoted(status), " is none of exercise, actual, test"));
  }
  if ((play.status == Status::kExercise) == play.exercise.empty()) {
    top.Problem("exercise", "is needed with status exercise, and with no other");
  }
  for (const std::string& mission : top.Texts("live")) {
    play.live.emplace_back(mission);
  }
  for (const std::string& mission : top.Texts("watch")) {
    play.watch.emplace_back(mission);
  }
  const YAML::Node sources = top.Node("sources");
  if (!sources.IsSequence() || sources.size() == 0) {
    top.Problem("sources", "is not a list of at least one file");
  } else {
    for (const YAML::Node& node : sources) {
      play.sources.push_back(ReadPlaySource(YamlEntry(node, "sources", play.problems)));
    }
  }
  top.Done();
  return play;
}

}  // namespace tocsin
