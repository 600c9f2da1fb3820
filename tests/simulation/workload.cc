#include "workload.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/publication/publication_testing.h"
#include "lib/routing/pack_testing.h"
#include "lib/wire/wire.h"
#include "universe.h"

namespace tocsin::simulation {
namespace {

using testing_pack::MakeActivation;
using testing_pack::MakeDocument;
using testing_pack::Replaced;
constexpr Duration kHour = std::chrono::hours(1);

std::string RuleText(const std::string& id, const std::string& kind, const std::string& group_by,
                     const std::string& selections, const std::string& condition) {
  return StrCat("id: ", id, "\nversion: 1\ntitle: {en: T}\nwhy: because\nkind: ", kind,
                "\ngroup_by: [", group_by, "]\nselections:\n", selections, "condition: {",
                condition,
                "}\naddress: all\nurgency: expected\nresponse: assess\n"
                "label: {classification: unclassified, tlp: amber}\nlifetime: 3d\n");
}

// Some rules of several kinds over the places of lib/routing/pack_testing.h. Few, as each start of
// each task reads them.
std::vector<Document> RandomRules(Random& random) {
  std::vector<Document> documents = testing_pack::Documents();
  const auto add = [&](const std::string& id, const std::string& text) {
    documents.push_back(MakeDocument("rule", id, 1, text));
  };
  add("silent", RuleText("silent", "absence", "feed",
                         "  beat:\n    types: [sensor.thermal]\n    natures: [observed]\n",
                         "every: 1d, severity: minor"));
  add("close", RuleText("close", "near", "area",
                        "  a:\n    types: [security.attack]\n    natures: [observed]\n"
                        "  b:\n    types: [security.sighting]\n    natures: [observed]\n",
                        "within: 3d, radius_km: 300, all_of: [a, b], severity: severe"));
  add("chain", RuleText("chain", "composite", "area",
                        "  x: {rules: [by-area]}\n  y: {rules: [by-actor, close]}\n",
                        "within: 5d, all_of: [x, y], severity: severe"));
  std::set<std::string> wanted = {"by-area"};
  if (random.OneIn(4)) wanted = {"by-area", "by-actor", "close", "chain"};
  if (random.OneIn(2)) wanted.insert("silent");
  for (const char* const name : {"by-actor", "by-corridor", "by-feed", "close"}) {
    if (random.OneIn(4)) wanted.insert(name);
  }
  std::erase_if(documents, [&](const Document& document) {
    return document.kind == "rule" && !wanted.contains(document.name);
  });
  std::sort(documents.begin(), documents.end());
  return documents;
}

OutputRecord RecordOf(const RulesInput& input) {
  OutputRecord record;
  record.target = {kRulesTopic, 0};
  record.key = RecordKey(input);
  record.value = SerializeDeterministic(ToProto(input));
  return record;
}

std::string Name(const Event& event) {
  return StrCat(event.identity.mission.str(), "/", event.identity.id.str(), " revision ",
                event.revision);
}

}  // namespace

Workload::Workload(Log& log, const Shape& shape, Random& random)
    : shape_(shape),
      random_(random),
      courier_(log, random, random.OneIn(2) ? Duration(0) : kHour * random.Between(1, 12)),
      base_(RandomRules(random)),
      changes_(random.OneIn(3)),
      rules_(base_) {
  for (const Document& document : rules_) AppendRules(document, kDawn);
  AppendRules(MakeActivation(rules_), kDawn);
}

void Workload::AppendRules(const RulesInput& input, Time now) {
  courier_.File(RecordOf(input), now);
}

std::string Workload::Happen(Time now) {
  const int64_t what = random_.Below(42);
  if (what < 16 || filed_.empty()) return File(now);
  if (what < 26) return Revise(now);
  if (what < 29) return Repeat(now);
  if (what < 37) return Sense(now);
  if (what < 39) return ChangeRules(now);
  return Spoil(now);
}

std::string Workload::File(Time now) {
  const std::string mission = random_.OneIn(2) ? "west" : "east";
  Event event = testing_pack::MakeEvent(mission, StrCat("e", ++events_), 5, now);
  Randomise(event, now);
  last_[event.identity] = event;
  Append(event, {SitrepsTopic(event.identity.mission),
                 PartitionOf(event.identity.id.str(), shape_.sitreps_partitions)});
  return StrCat("files ", event.type, " ", Name(event));
}

std::string Workload::Revise(Time now) {
  auto it = last_.begin();
  std::advance(it, random_.Below(static_cast<int64_t>(last_.size())));
  Event& event = it->second;
  event = testing_pack::Revised(event, random_.Of(std::vector<RevisionKind>{
                                           RevisionKind::kCorrect, RevisionKind::kCorrect,
                                           RevisionKind::kWithdraw, RevisionKind::kRegrade}));
  event.accepted = now;
  if (event.revision_kind == RevisionKind::kCorrect) Randomise(event, now);
  Append(event, {SitrepsTopic(event.identity.mission),
                 PartitionOf(event.identity.id.str(), shape_.sitreps_partitions)});
  return StrCat(event.revision_kind == RevisionKind::kWithdraw ? "withdraws " : "corrects ",
                Name(event));
}

std::string Workload::Repeat(Time now) {
  const OutputRecord& record = random_.Of(filed_);
  courier_.Add(record, now);
  return StrCat("sends a record of ", record.target.topic, " once more");
}

std::string Workload::Sense(Time now) {
  const std::string mission = random_.OneIn(2) ? "west" : "east";
  Event event = testing_pack::MakeEvent(mission, StrCat("s", ++events_), 5, now);
  event.type = "sensor.thermal";
  event.observed = {now - random_.Below(3) * kHour, now};
  event.accepted = now;
  const int64_t feed = random_.Below(3);
  event.attributes = {{"feed", StrCat("f", feed)}, {"feed_kind", "thermal"}};
  // Each feed is in one partition, and there are feeds in all.
  Append(event, {SensorsTopic(event.identity.mission),
                 static_cast<int32_t>(feed) % shape_.sensors_partitions});
  return StrCat("senses ", Name(event));
}

// A few texts of rules become others, with versions that say so.
std::string Workload::ChangeRules(Time now) {
  if (!changes_ || rules_version_ > 3) return "leaves the rules as they are";
  std::vector<Document> next = base_;
  const auto maybe = [&](int64_t n, const std::string& text, const std::string& other) {
    if (random_.OneIn(n)) next = Replaced(next, text, other);
  };
  maybe(2, "window: 5d, severities: {moderate: 2}", "window: 40d, severities: {moderate: 2}");
  maybe(3, "severities: {moderate: 2}", "severities: {moderate: 3}");
  maybe(3, "    natures: [observed, expected]\n", "");
  maybe(3, "group_by: [corridor]", "group_by: [mission]");
  maybe(3, "within: 3d", "within: 9d");
  maybe(3, "every: 1d", "every: 12h");
  if (random_.OneIn(3)) std::erase_if(next, [](const Document& d) { return d.name == "by-feed"; });
  ++rules_version_;
  for (Document& document : next) {
    if (document.kind != "rule") continue;
    const auto before = std::find_if(rules_.begin(), rules_.end(), [&](const Document& d) {
      return d.kind == document.kind && d.name == document.name;
    });
    if (before == rules_.end()) continue;
    const auto with_version = [](std::string text, int32_t version) {
      const std::string line = "version: 1\n";
      return text.replace(text.find(line), line.size(), StrCat("version: ", version, "\n"));
    };
    if (with_version(document.text, before->version) == before->text) {
      document = *before;
    } else {
      document.version = rules_version_;
      document.text = with_version(document.text, rules_version_);
      document.sha256 = Sha256Hex(document.text);
    }
  }
  for (const Document& document : next) AppendRules(document, now);
  for (const RulesInput& input : ChangeRecords(MakeActivation(rules_), MakeActivation(next))) {
    AppendRules(input, now);
  }
  rules_ = std::move(next);
  return "changes the rules";
}

std::string Workload::Spoil(Time now) {
  OutputRecord record = random_.Of(filed_);
  const bool deadly = random_.OneIn(2);
  record.value = deadly ? kDeadly : "no event at all";
  courier_.Add(record, now);
  return StrCat("writes what ", deadly ? "no task survives" : "nobody can read", " to ",
                record.target.topic);
}

void Workload::Randomise(Event& event, Time now) {
  event.place.point->longitude = random_.Of(std::vector<double>{3.0, 5.0, 9.7, 12.0, 15.0, 40.0});
  event.place.uncertainty_m = random_.Of(std::vector<double>{0, 0, 60'000, 200'000});
  event.type = random_.Of(
      std::vector<std::string>{"security.attack", "security.attack", "security.sighting", "other"});
  event.accepted = now;
  event.observed.to = now - random_.Below(60) * kHour;
  event.observed.from = event.observed.to - random_.Below(6) * kHour;
  event.reported = random_.OneIn(2) ? now : kUnknownTime;
  event.actors.clear();
  if (random_.OneIn(2)) event.actors.push_back({"LRA", "lra", "perpetrator"});
  if (random_.OneIn(3)) event.actors.push_back({"JEM", "jem", ""});
  event.status = random_.OneIn(5) ? Status::kExercise : Status::kActual;
  event.exercise_id = event.status == Status::kExercise ? "dawn" : "";
  event.nature = random_.OneIn(4) ? Nature::kExpected : Nature::kObserved;
}

void Workload::Append(const Event& event, SourceId target) {
  OutputRecord record;
  record.key = event.identity.id.str();
  record.target = std::move(target);
  record.value = SerializeDeterministic(ToProto(event));
  courier_.File(record, event.accepted);
  filed_.push_back(std::move(record));
}

}  // namespace tocsin::simulation
