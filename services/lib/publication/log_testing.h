// A reader of fusion.rules.v1, and what people write to it, for the tests of publication.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/publication/publication.h"
#include "lib/rules/document_store.h"
#include "lib/rules/pack_testing.h"

namespace tocsin::publication_testing {

inline const MissionId kEast("east"), kNorth("north"), kSouth("south");
inline const Person kAmina{kNorth, "amina"}, kBrahim{kSouth, "brahim"}, kChantal{kEast, "chantal"},
    kDaoud{kSouth, "daoud"};

inline Document Rule1(const std::string& id, int version, const std::string& state = "live",
                      int window_days = 30) {
  Document document{"rule", id, version,
                    StrCat("id: ", id, "\nversion: ", version, "\nstate: ", state, R"(
title: {en: Attacks}
why: A test.
kind: event_count
group_by: [corridor]
selections: {attack: {types: [security.attack]}}
condition: {window: )",
                           window_days, R"(d, severities: {moderate: 3}}
address: other_side
urgency: expected
response: prepare
label: {classification: unclassified, tlp: green}
)"),
                    ""};
  document.sha256 = Sha256Hex(document.text);
  return document;
}

// The registers, with a budget of two warnings in a watch for south.
inline std::vector<Document> Registers() {
  std::vector<Document> documents = TestRegisters();
  for (Document& document : documents) {
    if (document.kind == "desks") {
      document.text.insert(document.text.find("title: south"), "budget: {warnings_per_watch: 2}, ");
    }
    document.sha256 = Sha256Hex(document.text);
  }
  return documents;
}

// A reader of the topic; begins with rule a live and rule b in shadow.
class Log {
 public:
  Log() {
    EXPECT_TRUE(Publish({Rule1("a", 1), Rule1("b", 1, "shadow")}));
    Activation first;
    first.documents = Refs({Rule1("a", 1), Rule1("b", 1, "shadow")});
    first.live_missions = TestMissions();
    first.digest = DigestOf(first.documents, first.live_missions);
    const auto effect = Step(first);
    EXPECT_TRUE(effect.ok() && effect->has_value()) << effect.status();
  }

  // As the shell does it: what a refused record wrote is dropped; it must not have written.
  absl::StatusOr<std::optional<Activation>> Step(const RulesInput& record) {
    Overlay writes(state_);
    auto effect = publication_.Step(record, writes);
    if (!effect.ok()) {
      EXPECT_TRUE(absl::IsInvalidArgument(effect.status())) << effect.status();
      EXPECT_TRUE(writes.Take().empty());
      return effect;
    }
    for (const auto& [key, value] : writes.Take()) {
      value ? state_.Put(key, *value) : state_.Delete(key);
    }
    if (*effect) {
      EXPECT_EQ(Active(), **effect);
    }
    return effect;
  }
  std::string Why(const RulesInput& record) { return std::string(Step(record).status().message()); }

  // The documents of a rules folder with these rules are in the log.
  bool Publish(const std::vector<Document>& rules) {
    for (const Document& document : Registers()) {
      if (!Step(document).ok()) return false;
    }
    return std::all_of(rules.begin(), rules.end(),
                       [&](const Document& document) { return Step(document).ok(); });
  }

  static std::vector<DocumentRef> Refs(const std::vector<Document>& rules) {
    std::vector<DocumentRef> refs;
    for (const Document& document : Registers()) refs.push_back(RefOf(document));
    for (const Document& document : rules) refs.push_back(RefOf(document));
    std::sort(refs.begin(), refs.end());
    return refs;
  }

  Proposal ProposalOf(const std::string& id, const std::vector<Document>& rules) {
    EXPECT_TRUE(Publish(rules));
    Proposal proposal;
    proposal.id = id;
    proposal.documents = Refs(rules);
    proposal.live_missions = TestMissions();
    proposal.base_digest = BasisOf(Active());
    proposal.author = kAmina;
    proposal.reason = "a test";
    proposal.proposed = FromMicros(1'000'000);
    return proposal;
  }

  Activation Active() const {
    const auto active = InEffect(state_);
    EXPECT_TRUE(active.ok() && active->has_value());
    return active->value_or(Activation{});
  }
  Pack ActivePack() const {
    auto pack = PackOf(Active(), state_);
    EXPECT_TRUE(pack.ok()) << pack.status();
    return *std::move(pack);
  }
  // Missions for which the rule is live.
  std::vector<std::string> LiveFor(const std::string& rule) const {
    const Pack pack = ActivePack();
    std::vector<std::string> live;
    for (const MissionId& mission : pack.live_missions) {
      const Rule* const found = pack.FindRule(RuleId(rule));
      if (found != nullptr && pack.LiveFor(mission, *found)) live.push_back(mission.str());
    }
    return live;
  }
  std::vector<PublicationEntry> History() const {
    auto history = PublicationHistory(state_);
    EXPECT_TRUE(history.ok()) << history.status();
    return *std::move(history);
  }
  const MemoryState& state() const { return state_; }

  absl::Status refusal;  // of the check besides parsing

 private:
  Publication publication_{[this](const Pack&) { return refusal; }};
  MemoryState state_;
};

inline Confirmation Confirm(const std::string& id, const Person& by) {
  return {.proposal_id = id, .confirmed = true, .by = by, .reason = "", .decided = FromMicros(2)};
}
inline Confirmation Refuse(const std::string& id, const Person& by) {
  return {
      .proposal_id = id, .confirmed = false, .by = by, .reason = "no", .decided = FromMicros(2)};
}
inline Acceptance Accept(const std::string& id, const char* rule, const Person& by,
                         bool live = true) {
  return {.id = id,
          .rule = RuleId(rule),
          .mission = by.mission,
          .live = live,
          .by = by,
          .accepted = FromMicros(3)};
}

}  // namespace tocsin::publication_testing
