// A correlator with a few rules in effect, and short ways to tell it events, for hand-computed
// timelines. Times are minutes after an arbitrary start.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/correlation/correlator.h"
#include "lib/rules/keys.h"
#include "lib/rules/pack_testing.h"

namespace tocsin {

inline constexpr Time kTestStart = FromMicros(int64_t{1'230'768'000} * 1'000'000);
inline Time AtMinute(int64_t minutes) { return kTestStart + std::chrono::minutes(minutes); }

inline Document RuleDocument(const std::string& id, const std::string& text) {
  const std::string whole =
      "id: " + id +
      "\nversion: 1\ntitle: {en: T}\nwhy: W\nurgency: expected\n"
      "response: assess\nlabel: {classification: confidential, tlp: amber}\n" +
      text;
  return {"rule", id, 1, whole, Sha256Hex(whole)};
}

inline Control ControlOf(std::vector<Document> rules) {
  Control control;
  control.documents = TestRegisters();
  for (Document& document : control.documents) document.sha256 = Sha256Hex(document.text);
  control.documents.insert(control.documents.end(), rules.begin(), rules.end());
  for (const Document& document : control.documents) {
    control.activation.documents.push_back(
        {document.kind, document.name, document.version, document.sha256});
  }
  std::sort(control.activation.documents.begin(), control.activation.documents.end());
  control.activation.live_missions = TestMissions();
  const auto pack = ParsePack(control.documents, TestMissions());
  EXPECT_TRUE(pack.ok()) << pack.status();
  if (pack.ok()) control.activation.digest = pack->digest;
  return control;
}

// An attack in the corridor north-south, filed by north.
inline KeyedEvent AttackAt(const std::string& id, int64_t minute, int32_t revision = 1) {
  KeyedEvent event;
  event.identity = {MissionId("north"), EventId(id)};
  event.revision = revision;
  event.status = Status::kActual;
  event.type = "security.attack";
  event.nature = Nature::kObserved;
  event.observed = {AtMinute(minute), AtMinute(minute)};
  event.accepted = AtMinute(minute);
  event.areas = {AreaId("north")};
  event.corridors = {CorridorId("north-south")};
  event.origin = "origin of " + id;
  return event;
}

class Bench {
 public:
  explicit Bench(const std::vector<Document>& rules) : correlator_(0, 4) {
    const Control control = ControlOf(rules);
    const auto pack = ParsePack(control.documents, TestMissions());
    if (pack.ok()) pack_ = *pack;
    Step(control);
  }

  // Other rules, of which some backfill from here on.
  std::vector<Warning> Change(const std::vector<Document>& rules,
                              const std::vector<std::string>& backfilling = {}) {
    Control control = ControlOf(rules);
    for (const std::string& rule : backfilling) control.backfilling.emplace_back(rule);
    const auto pack = ParsePack(control.documents, TestMissions());
    if (pack.ok()) pack_ = *pack;
    return Step(control).warnings;
  }
  std::vector<Warning> ReadAgain(const KeyedEvent& event) {
    return Step(Insert{KeysOf(pack_, event), event, true}).warnings;
  }
  std::vector<Warning> Done(const std::string& rule) {
    return Step(BackfillDone{correlator_.rules_digest(), {RuleId(rule)}}).warnings;
  }

  // Effects of one record.
  CorrelatorEffects Step(const KeyedRecord& record) {
    CorrelatorEffects effects;
    const absl::Status status = correlator_.Step(record, state_, effects);
    EXPECT_TRUE(status.ok()) << status;
    return effects;
  }
  std::vector<Warning> File(const KeyedEvent& event) {
    const std::vector<CorrelationKey> keys = KeysOf(pack_, event);
    if (keys.empty()) return {};
    return Step(Insert{keys, event}).warnings;
  }
  std::vector<Warning> TakeBack(const std::string& id, int32_t revision) {
    return Step(Withdraw{{}, {MissionId("north"), EventId(id)}, revision}).warnings;
  }
  // Every source at its end, so that all has been read up to the minute.
  std::vector<Warning> TimeIs(int64_t minute) { return Step(TickAt(minute)).warnings; }
  static Tick TickAt(int64_t minute) {
    Tick tick;
    tick.clock = AtMinute(minute);
    for (const char* topic : {"mission.north.sensors.v1", "mission.north.sitreps.v1"}) {
      tick.sources.push_back({{topic, 0}, 1, kTestStart, SourceStatus::kAtEnd, kUnknownTime});
    }
    // Nothing is on its way back.
    tick.found.assign(3, {1, AtMinute(minute)});
    return tick;
  }

  Correlator& correlator() { return correlator_; }
  MemoryState& state() { return state_; }

 private:
  Pack pack_;
  MemoryState state_;
  Correlator correlator_;
};

inline std::vector<std::string> EvidenceIds(const Warning& warning) {
  std::vector<std::string> ids;
  for (const Evidence& item : warning.content.evidence) ids.push_back(item.identity.id.str());
  return ids;
}

}  // namespace tocsin
