#include "lib/publication/next.h"

#include <algorithm>
#include <utility>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/rules/acceptance.h"
#include "lib/rules/document_store.h"

namespace tocsin::publication_internal {
namespace {

// Documents that no JOC accepts and that are no rules or forms of them, by kind.
std::set<DocumentRef> Registers(const Activation& activation) {
  std::set<DocumentRef> registers;
  for (const DocumentRef& ref : ProposedPart(activation.documents)) {
    if (ref.kind != "rule" && ref.kind != "overrides") registers.insert(ref);
  }
  return registers;
}

// The stage follows from other rules, too.
bool SameRule(Rule a, const Rule& b) {
  a.stage = b.stage;
  return a == b;
}

}  // namespace

std::set<RuleId> AllLive(const Pack& pack) {
  std::set<RuleId> live;
  for (const Rule& rule : pack.rules) {
    if (!rule.shadow && rule.base.empty()) live.insert(rule.id);
  }
  return live;
}

std::set<RuleId> StaysLive(const Pack& before, const Pack& after, const MissionId& mission) {
  std::set<RuleId> live = AllLive(after);
  std::erase_if(live, [&](const RuleId& id) {
    const Rule* const was = before.FindRule(id);
    return was == nullptr || !before.HasTaken(mission, *was);
  });
  return live;
}

Document AcceptanceDocument(const MissionId& mission, const std::set<RuleId>& live,
                            const Activation& in_effect) {
  Document document{"acceptance", mission.str(), 1, AcceptanceText(mission, live), ""};
  document.sha256 = Sha256Hex(document.text);
  for (const DocumentRef& ref : in_effect.documents) {
    if (ref.kind != document.kind || ref.name != document.name) continue;
    document.version = ref.sha256 == document.sha256 ? ref.version : ref.version + 1;
  }
  return document;
}

Activation MakeActivation(std::vector<DocumentRef> documents, std::vector<MissionId> live) {
  std::sort(documents.begin(), documents.end());
  std::sort(live.begin(), live.end());
  Activation activation{std::move(documents), "", std::move(live)};
  activation.digest = DigestOf(activation.documents, activation.live_missions);
  return activation;
}

void TellDifference(const Pack& before, const Pack& after, const Activation& was,
                    PublicationEntry& entry) {
  for (const Rule& rule : after.rules) {
    const Rule* const earlier = before.FindRule(rule.id);
    if (earlier == nullptr) {
      entry.added.push_back(rule.id);
    } else if (!SameRule(*earlier, rule)) {
      entry.changed.push_back(rule.id);
    }
  }
  for (const Rule& rule : before.rules) {
    if (after.FindRule(rule.id) == nullptr) entry.removed.push_back(rule.id);
  }
  const std::set<DocumentRef> old_ones = Registers(was);
  const std::set<DocumentRef> new_ones = Registers(entry.activation);
  std::vector<DocumentRef> different;
  std::set_symmetric_difference(old_ones.begin(), old_ones.end(), new_ones.begin(), new_ones.end(),
                                std::back_inserter(different));
  std::set<std::string> kinds;
  for (const DocumentRef& ref : different) kinds.insert(ref.kind);
  if (before.live_missions != after.live_missions) kinds.insert("live_missions");
  entry.documents.assign(kinds.begin(), kinds.end());
}

absl::Status CheckBudgets(const Pack& pack, const Burden& burden) {
  for (const MissionId& mission : pack.live_missions) {
    const std::optional<int64_t> budget = pack.desks.at(mission).warnings_per_watch;
    if (!budget) continue;
    const auto one = std::find_if(burden.missions.begin(), burden.missions.end(),
                                  [&](const WatchBurden& b) { return b.mission == mission; });
    if (one == burden.missions.end()) {
      return absl::InvalidArgumentError(
          StrCat("proposal.burden: says nothing of ", mission.str(), ", which has a budget"));
    }
    if (one->high <= *budget || one->high <= one->high_before) continue;
    return absl::InvalidArgumentError(StrCat(
        "proposal.burden: ", mission.str(), " would have up to ", one->high,
        " warnings in 95 of 100 watches, ", one->high_before, " now, and its budget is ", *budget));
  }
  return absl::OkStatus();
}

absl::Status CheckOverrides(std::string_view field, const Person& person, const Activation& before,
                            const std::vector<DocumentRef>& after) {
  const auto of = [](const std::vector<DocumentRef>& documents) {
    std::set<DocumentRef> overrides;
    for (const DocumentRef& ref : documents) {
      if (ref.kind == "overrides") overrides.insert(ref);
    }
    return overrides;
  };
  const std::set<DocumentRef> was = of(before.documents), is = of(after);
  std::vector<DocumentRef> different;
  std::set_symmetric_difference(was.begin(), was.end(), is.begin(), is.end(),
                                std::back_inserter(different));
  for (const DocumentRef& ref : different) {
    if (ref.name == person.mission.str()) continue;
    return absl::InvalidArgumentError(StrCat(field, ": ", NameOf(person), " is not of ", ref.name,
                                             ", and overrides/", ref.name,
                                             " is changed by two people of that mission only"));
  }
  return absl::OkStatus();
}

absl::Status CheckVersions(const Pack& before, const Pack& after) {
  for (const Rule& rule : after.rules) {
    const Rule* const was = before.FindRule(rule.id);
    if (was == nullptr || was->version != rule.version || SameRule(*was, rule)) continue;
    if (!rule.base.empty()) {
      return absl::InvalidArgumentError(
          StrCat("proposal.documents: overrides/", rule.only_for.str(), ": overrides.",
                 rule.base.str(), ": is changed, and its version is what it was; raise it"));
    }
    return absl::InvalidArgumentError(StrCat("proposal.documents: rule/", rule.id.str(),
                                             ": is changed, and its version is ", rule.version,
                                             " still; make it ", rule.version + 1));
  }
  return absl::OkStatus();
}

}  // namespace tocsin::publication_internal
