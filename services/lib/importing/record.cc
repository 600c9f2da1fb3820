#include "lib/importing/record.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <absl/strings/numbers.h>

#include "lib/base/text.h"
#include "lib/importing/fields.h"
#include "lib/importing/record_entries.h"
#include "lib/importing/times.h"
#include "lib/importing/yaml_entry.h"

namespace tocsin {
namespace {

Place ReadPlace(YamlEntry entry) {
  Place place;
  place.name = entry.Text("name");
  if (entry.Has("lat") || entry.Has("lon")) {
    if (!entry.Has("lat") || !entry.Has("lon")) {
      entry.Problem("", "has only one of lat and lon");
    }
    place.point = Point{entry.Number("lat", 0), entry.Number("lon", 0)};
  }
  place.uncertainty_m = entry.Number("uncertainty_km", 0) * 1000;
  place.pcode = entry.Text("pcode");
  place.pcode_list_date = entry.Text("pcode_list_date");
  entry.Done();
  return place;
}

Label ReadLabel(YamlEntry entry, const MissionId& originator) {
  static constexpr std::array<std::string_view, 4> kClasses = {"", "unclassified", "confidential",
                                                               "strictly_confidential"};
  static constexpr std::array<std::string_view, 6> kTlps = {"",      "clear",        "green",
                                                            "amber", "amber_strict", "red"};
  Label label;
  label.originator = originator;
  const auto rank = [&](const std::string& key, const auto& names) {
    const std::string text = entry.Text(key);
    const auto it = std::find(names.begin(), names.end(), text);
    if (it == names.end()) {
      entry.Problem(key, StrCat(Quoted(text), " is none of the known values"));
      return 0;
    }
    return static_cast<int>(it - names.begin());
  };
  label.classification = static_cast<Classification>(rank("classification", kClasses));
  label.tlp = static_cast<Tlp>(rank("tlp", kTlps));
  for (const std::string& mission : entry.Texts("releasable_to")) {
    label.releasable_to.emplace_back(mission);
  }
  label.caveats = entry.Texts("caveats");
  std::sort(label.releasable_to.begin(), label.releasable_to.end());
  std::sort(label.caveats.begin(), label.caveats.end());
  entry.Done();
  return label;
}

std::optional<int64_t> Count(YamlEntry& people, const std::string& key) {
  return people.Has(key) ? std::optional<int64_t>(people.Integer(key, 0)) : std::nullopt;
}

void ReadGrading(YamlEntry& entry, Event& event) {
  if (const std::string text = entry.Text("grading");
      !text.empty() && !ParseGrading(text, event.grading)) {
    entry.Problem("grading", StrCat(Quoted(text), " is no grading from A1 to F6"));
  }
}

void ReadContent(YamlEntry& entry, const Times& times, Event& event) {
  event.type = entry.Need("type");
  const std::string nature = entry.Text("nature");
  event.nature = ParseNature(nature.empty() ? "observed" : nature);
  if (event.nature == Nature::kUnspecified) {
    entry.Problem("nature", StrCat(Quoted(nature), " is none of the known values"));
  }
  event.observed = times.IntervalOf(entry, "observed");
  event.precision = PrecisionOf(event.observed);
  if (entry.Has("valid")) {
    event.valid = times.IntervalOf(entry, "valid");
  }
  if (entry.Has("place")) {
    event.place = ReadPlace(entry.Child("place"));
  }
  const YAML::Node actors = entry.Node("actors");
  if (actors.IsDefined() && !actors.IsSequence()) {
    entry.Problem("actors", "is not a list");
  }
}

void ReadActors(YamlEntry& entry, std::vector<ImportProblem>& problems, Event& event) {
  const YAML::Node actors = entry.Node("actors");
  if (!actors.IsSequence()) {
    return;
  }
  for (const YAML::Node& node : actors) {
    YamlEntry actor(node, "actors", problems);
    event.actors.push_back({actor.Need("name"), actor.Text("register_id"), actor.Text("role")});
    actor.Done();
  }
}

void ReadRest(YamlEntry& entry, Event& event) {
  if (entry.Has("people")) {
    YamlEntry people = entry.Child("people");
    event.people = {Count(people, "killed"), Count(people, "injured"), Count(people, "displaced"),
                    Count(people, "affected")};
    people.Done();
  }
  event.source = ReadSource(entry.Child("source"));
  ReadGrading(entry, event);
  if (entry.Has("label")) {
    event.label = ReadLabel(entry.Child("label"), event.identity.mission);
  }
  event.attributes = entry.Map("attributes");
  if (entry.Has("text")) {
    YamlEntry text = entry.Child("text");
    event.texts = {{text.Need("language"), text.Need("text")}};
    text.Done();
  }
  event.references = entry.Texts("references");
}

// What the parsers of entries share.
struct Reading {
  const ImportOptions& options;
  const ImportWorld& world;
  ExerciseRecord& record;
};

std::optional<Times> TimesOf(YamlEntry& entry, const Reading& reading, Event& event) {
  event.identity.mission = MissionId(entry.Need("mission"));
  event.status = reading.options.status;
  event.exercise_id = reading.options.exercise_id;
  event.zone = entry.Text("zone");
  if (event.zone.empty()) {
    event.zone = reading.world.zone_of(event.identity.mission);
  }
  const auto zone = event.zone.empty() ? std::nullopt : reading.world.time_zone(event.zone);
  if (!zone.has_value()) {
    entry.Problem("zone",
                  StrCat("mission ", event.identity.mission.str(),
                         " has no desk with a time zone, and the entry names none that is known"));
    return std::nullopt;
  }
  return Times(*zone, reading.options.shift_days);
}

void ReadReport(YamlEntry entry, const Reading& reading) {
  RecordItem item;
  item.line = entry.line();
  Event& event = item.event;
  const std::optional<Times> times = TimesOf(entry, reading, event);
  if (!times.has_value()) {
    return;
  }
  event.identity.id = EventId(entry.Need("id"));
  event.revision =
      static_cast<int32_t>(std::clamp<int64_t>(entry.Integer("revision", 1), 0, 1 << 30));
  const std::string kind = entry.Text("kind");
  event.revision_kind = kind.empty()         ? RevisionKind::kFile
                        : kind == "correct"  ? RevisionKind::kCorrect
                        : kind == "withdraw" ? RevisionKind::kWithdraw
                        : kind == "regrade"  ? RevisionKind::kRegrade
                                             : RevisionKind::kUnspecified;
  if (event.revision_kind == RevisionKind::kUnspecified) {
    entry.Problem("kind", StrCat(Quoted(kind), " is none of correct, withdraw, regrade"));
  }
  const std::string stream = entry.Text("stream");
  item.stream = stream == "sensor" ? Stream::kSensor : Stream::kSitrep;
  if (!stream.empty() && stream != "sensor" && stream != "sitrep") {
    entry.Problem("stream", StrCat(Quoted(stream), " is neither sitrep nor sensor"));
  }
  const std::string expect = entry.Text("expect");
  item.expect = expect == "duplicate"  ? Expectation::kDuplicate
                : expect == "conflict" ? Expectation::kConflict
                : expect == "refused"  ? Expectation::kRefused
                                       : Expectation::kAccepted;
  if (!expect.empty() && expect != "accepted" && item.expect == Expectation::kAccepted) {
    entry.Problem("expect", StrCat(Quoted(expect), " is no outcome"));
  }
  event.revision_reason = entry.Text("reason");
  const bool partial = event.revision_kind == RevisionKind::kWithdraw ||
                       event.revision_kind == RevisionKind::kRegrade;
  if (entry.Has("reported") || partial) {
    event.reported = times->InstantOf(entry, "reported");
  }
  if (partial) {
    ReadGrading(entry, event);
  } else {
    ReadContent(entry, *times, event);
    ReadActors(entry, reading.record.problems, event);
    ReadRest(entry, event);
  }
  entry.Done();
  reading.record.items.push_back(std::move(item));
}

void ReadFeed(YamlEntry entry, const Reading& reading) {
  RecordItem beat;
  beat.line = entry.line();
  beat.stream = Stream::kSensor;
  Event& event = beat.event;
  const std::optional<Times> times = TimesOf(entry, reading, event);
  if (!times.has_value()) {
    return;
  }
  const std::string feed = entry.Need("feed");
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.type = "feed.heartbeat";
  event.nature = Nature::kObserved;
  event.precision = TimePrecision::kInstant;
  event.source = {"sensor", "military", "", "measured", "", std::nullopt};
  event.attributes = {{"feed", feed}};
  if (const std::string kind = entry.Text("feed_kind"); !kind.empty()) {
    event.attributes["feed_kind"] = kind;
  }
  ReadGrading(entry, event);
  if (entry.Has("place")) {
    event.place = ReadPlace(entry.Child("place"));
  }
  const Duration every = ParseEvery(entry.Need("every"));
  const Time from = times->InstantOf(entry, "from");
  const Time to = times->InstantOf(entry, "to");
  if (every <= Duration(0)) {
    entry.Problem("every", "is no duration such as 90s, 15m, 6h or 2d");
  } else if (to < from) {
    entry.Problem("to", "lies before from");
  } else if ((to - from) / every >= kMostBeats) {
    entry.Problem("every", StrCat("gives more than ", kMostBeats, " heartbeats"));
  }
  entry.Done();
  for (Time t = from; every > Duration(0) && t <= to && (to - from) / every < kMostBeats;
       t += every) {
    event.observed = {t, t};
    const std::string stamp =
        absl::FormatTime("%Y%m%dT%H%M%SZ", absl::FromUnixMicros(ToMicros(t)), absl::UTCTimeZone());
    event.identity.id = EventId(StrCat(feed, "-", stamp));
    reading.record.items.push_back(beat);
  }
}

// Withdrawals and regradings are written without content: they get that of the revision before
// them.
void CompleteRevisions(ExerciseRecord& record) {
  std::map<std::pair<Identity, int32_t>, const Event*> by_revision;
  for (const RecordItem& item : record.items) {
    by_revision.emplace(std::pair(item.event.identity, item.event.revision), &item.event);
  }
  // In order of revision, so that a regrading of a regrading has content too.
  for (auto& [key, revision] : by_revision) {
    const auto before = by_revision.find({key.first, key.second - 1});
    const bool partial = revision->revision_kind == RevisionKind::kWithdraw ||
                         revision->revision_kind == RevisionKind::kRegrade;
    if (!partial || before == by_revision.end()) {
      continue;
    }
    for (RecordItem& item : record.items) {
      if (&item.event == revision) {
        Event whole = *before->second;
        whole.revision = item.event.revision;
        whole.revision_kind = item.event.revision_kind;
        whole.revision_reason = item.event.revision_reason;
        whole.reported = item.event.reported;
        if (item.event.revision_kind == RevisionKind::kRegrade) {
          whole.grading = item.event.grading;
        }
        item.event = std::move(whole);
      }
    }
  }
}

}  // namespace

void ReadEntries(YamlEntry& top, const ImportOptions& options, const ImportWorld& world,
                 ExerciseRecord& record) {
  const Reading reading{options, world, record};
  const auto each = [&](const std::string& key, auto read) {
    const YAML::Node list = top.Node(key);
    if (list.IsDefined() && !list.IsSequence()) {
      top.Problem(key, "is not a list");
      return;
    }
    for (const YAML::Node& node : list) {
      ++record.entries;
      const size_t problems = record.problems.size();
      const size_t items = record.items.size();
      read(YamlEntry(node, "", record.problems), reading);
      if (record.problems.size() > problems) {
        ++record.refused;
        record.items.resize(items);
      }
    }
  };
  each("reports", &ReadReport);
  each("feeds", &ReadFeed);
  CompleteRevisions(record);
}

ExerciseRecord ReadRecord(std::string_view yaml, const ImportOptions& options,
                          const ImportWorld& world) {
  ExerciseRecord record;
  const YAML::Node root = ParseYaml(yaml, record.problems);
  if (!record.problems.empty()) {
    return record;
  }
  YamlEntry top(root, "", record.problems);
  record.exercise = top.Text("exercise");
  ReadEntries(top, options, world, record);
  top.Done();
  return record;
}

Time OfferedAt(const Event& event) { return std::max(event.reported, event.observed.to); }

}  // namespace tocsin
