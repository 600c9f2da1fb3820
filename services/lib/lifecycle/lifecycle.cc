#include "lib/lifecycle/lifecycle.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin {
namespace {

// Whether it says all that it has to. Of the record alone, so that it is never well-formed at one
// time and not at another.
bool IsWellFormed(const Action& action) {
  if (action.action_id.empty() || action.warning.empty()) return false;
  if (std::holds_alternative<std::monostate>(action.detail)) return false;
  if (std::holds_alternative<Remark>(action.detail)) return !action.comment.empty();
  if (const auto* escalate = std::get_if<Escalate>(&action.detail)) {
    return escalate->to != EscalationLevel::kUnspecified;
  }
  if (const auto* link = std::get_if<Link>(&action.detail)) {
    return !link->other.empty() && link->other != action.warning;
  }
  if (const auto* inherit = std::get_if<Inherit>(&action.detail)) {
    return !inherit->from.empty() && inherit->from != action.warning;
  }
  if (const auto* quieten = std::get_if<Quieten>(&action.detail)) {
    return quieten->quiet.reason != QuietReason::kUnspecified && !quieten->quiet.by.empty();
  }
  if (const auto* respond = std::get_if<Respond>(&action.detail)) {
    return !respond->unit.empty() && respond->stage != ResponseStage::kUnspecified &&
           respond->at != kUnknownTime;
  }
  return true;
}

// Each does one kind of action, of a well-formed one, to a lifecycle, or says why not and leaves it
// as it was.
class Doer {
 public:
  Doer(Lifecycle& life, const Action& action) : life_(life), action_(action) {}

  Outcome operator()(const std::monostate& /*none*/) { return Outcome::kNoChange; }

  Outcome operator()(const Acknowledge& acknowledge) {
    if (Resolved()) return Outcome::kResolved;
    // A later revision may be acknowledged anew: what an Update changed is another thing to have
    // seen. Who has it may also say how long they will have it.
    const bool extends = action_.person == life_.acknowledged_by &&
                         acknowledge.expires != life_.acknowledgement_expires;
    if (life_.state == LifecycleState::kAcknowledged &&
        action_.warning_revision <= life_.acknowledged_revision && !extends) {
      return Outcome::kAlreadyAcknowledged;
    }
    life_.state = LifecycleState::kAcknowledged;
    life_.acknowledged_by = action_.person;
    life_.acknowledged_desk = action_.desk;
    life_.acknowledged = action_.acted;
    life_.acknowledgement_expires = acknowledge.expires;
    life_.acknowledged_revision = std::max(action_.warning_revision, life_.acknowledged_revision);
    return Outcome::kApplied;
  }

  Outcome operator()(const Assign& assign) {
    if (Resolved()) return Outcome::kResolved;
    if (assign.person == life_.owner) return Outcome::kNoChange;
    life_.owner = assign.person;
    life_.assigned_by = action_.person;
    return Outcome::kApplied;
  }

  Outcome operator()(const Remark& /*remark*/) { return Outcome::kApplied; }

  Outcome operator()(const Escalate& escalate) {
    if (Resolved()) return Outcome::kResolved;
    if (escalate.to <= life_.level) return Outcome::kNoChange;
    life_.level = escalate.to;
    life_.escalated = action_.acted;
    life_.escalated_by = action_.person;
    return Outcome::kApplied;
  }

  Outcome operator()(const Resolve& /*resolve*/) {
    if (Resolved()) return Outcome::kNoChange;
    life_.state = LifecycleState::kResolved;
    life_.resolved_by = action_.person;
    life_.resolved = action_.acted;
    life_.resolved_revision = action_.warning_revision;
    return Outcome::kApplied;
  }

  // It waits as a new one does, with whoever has the watch: what was done about it stays.
  Outcome operator()(const Reopen& /*reopen*/) {
    if (!Resolved()) return Outcome::kNoChange;
    life_.state = LifecycleState::kNew;
    life_.waiting_since = action_.acted;
    life_.level = EscalationLevel::kDutyOfficer;
    life_.escalated = kUnknownTime;
    life_.escalated_by.clear();
    return Outcome::kApplied;
  }

  Outcome operator()(const Link& link) {
    if (link.undo) {
      return life_.links.erase(link.other) > 0 ? Outcome::kApplied : Outcome::kNoChange;
    }
    if (life_.links.contains(link.other)) return Outcome::kNoChange;
    if (life_.links.size() == kMostLinks) return Outcome::kTooMany;
    life_.links.insert(link.other);
    return Outcome::kApplied;
  }

  Outcome operator()(const Mark& mark) {
    if (mark.verdict == life_.verdict) return Outcome::kNoChange;
    life_.verdict = mark.verdict;
    life_.verdict_by = action_.person;
    return Outcome::kApplied;
  }

  Outcome operator()(const Respond& respond) {
    const auto found = life_.responses.find(respond.unit);
    if (found == life_.responses.end() && life_.responses.size() == kMostUnits) {
      return Outcome::kTooMany;
    }
    const Response before = found == life_.responses.end() ? Response() : found->second;
    Response next = before;
    switch (respond.stage) {
      case ResponseStage::kTasked:
        // Tasked once more: what it did before is in the history.
        if (next.ended != kUnknownTime) next = Response();
        next.tasked = respond.at;
        break;
      case ResponseStage::kOnScene:
        next.on_scene = respond.at;
        break;
      case ResponseStage::kResult:
      case ResponseStage::kUnspecified:
        next.ended = respond.at;
        next.result = action_.comment;
        break;
    }
    if (next == before) return Outcome::kNoChange;
    next.told_by = action_.person;
    life_.responses[respond.unit] = std::move(next);
    return Outcome::kApplied;
  }

  Outcome operator()(const Lapse& lapse) {
    if (life_.state != LifecycleState::kAcknowledged ||
        life_.acknowledgement_expires != lapse.expired) {
      return Outcome::kNoChange;
    }
    life_.state = LifecycleState::kNew;
    life_.waiting_since = lapse.expired;
    return Outcome::kApplied;
  }

  Outcome operator()(const Quieten& quieten) {
    if (Resolved()) return Outcome::kResolved;
    if (life_.quiet == quieten.quiet) return Outcome::kNoChange;
    life_.quiet = quieten.quiet;
    return Outcome::kApplied;
  }

  Outcome operator()(const Wake& wake) {
    if (wake.grouped) return Ring(wake.at);
    const bool waits = life_.state == LifecycleState::kNew && wake.at > life_.waiting_since;
    if (!life_.quiet && !waits) return Outcome::kNoChange;
    life_.quiet.reset();
    if (waits) life_.waiting_since = wake.at;
    return Outcome::kApplied;
  }

  // What this centre did with the warning itself comes first: nothing of it is replaced, and what
  // is resolved here stays so.
  Outcome operator()(const Inherit& inherit) {
    const Lifecycle before = life_;
    if (life_.predecessors.size() < kMostLinks) life_.predecessors.insert(inherit.from);
    if (!Resolved()) InheritHolder(inherit);
    if (life_.comment.empty()) {
      life_.comment = inherit.comment;
      life_.comment_by = inherit.comment_by;
    }
    for (const auto& [unit, response] : inherit.responses) {
      if (life_.responses.size() < kMostUnits) life_.responses.try_emplace(unit, response);
    }
    for (const WarningId& link : inherit.links) {
      if (link != action_.warning && life_.links.size() < kMostLinks) life_.links.insert(link);
    }
    return life_ == before ? Outcome::kNoChange : Outcome::kApplied;
  }

 private:
  // Together with others. It waits for somebody since the first time that it did.
  Outcome Ring(Time at) {
    const bool held = life_.quiet.has_value();
    if (held && life_.quiet->reason != QuietReason::kDigested) return Outcome::kNoChange;
    if (!held && (Resolved() || at <= life_.rang)) return Outcome::kNoChange;
    life_.quiet.reset();
    life_.rang = std::max(life_.rang, at);
    if (held && life_.state == LifecycleState::kNew) {
      life_.waiting_since = std::max(life_.waiting_since, at);
    }
    return Outcome::kApplied;
  }

  void InheritHolder(const Inherit& inherit) {
    // One that has lapsed here, or was reopened since, does not come back with a later inheritance.
    const bool fresh =
        life_.waiting_since == kUnknownTime || inherit.acknowledged > life_.waiting_since;
    if (life_.state == LifecycleState::kNew && !inherit.acknowledged_by.empty() && fresh) {
      life_.state = LifecycleState::kAcknowledged;
      life_.acknowledged_by = inherit.acknowledged_by;
      life_.acknowledged_desk = inherit.acknowledged_desk;
      life_.acknowledged = inherit.acknowledged;
      life_.acknowledgement_expires = inherit.acknowledgement_expires;
      // No revision of this warning: anybody may acknowledge what it has become.
      life_.acknowledged_revision = 0;
    }
    if (life_.owner.empty() && !inherit.owner.empty()) {
      life_.owner = inherit.owner;
      life_.assigned_by = inherit.assigned_by;
    }
    if (inherit.level > life_.level) {
      life_.level = inherit.level;
      life_.escalated = inherit.escalated;
      life_.escalated_by = inherit.escalated_by;
    }
  }

  bool Resolved() const { return life_.state == LifecycleState::kResolved; }

  Lifecycle& life_;
  const Action& action_;
};

// What time and the engine cause, the gateway does in nobody's name; all else is done by people.
bool MayBeNobodys(const Action& action) {
  return std::holds_alternative<Lapse>(action.detail) ||
         std::holds_alternative<Escalate>(action.detail) ||
         std::holds_alternative<Inherit>(action.detail) ||
         std::holds_alternative<Reopen>(action.detail) ||
         std::holds_alternative<Quieten>(action.detail) ||
         std::holds_alternative<Wake>(action.detail);
}

}  // namespace

std::string_view NameOf(const ActionDetail& detail) {
  static constexpr std::array<std::string_view, std::variant_size_v<ActionDetail>> kNames = {
      "none", "acknowledge", "assign",  "comment", "escalate", "resolve", "reopen",
      "link", "mark",        "respond", "lapse",   "inherit",  "quieten", "wake"};
  return kNames.at(detail.index());
}

std::string_view NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kApplied:
      return "applied";
    case Outcome::kForeignMission:
      return "foreign_mission";
    case Outcome::kNoPerson:
      return "no_person";
    case Outcome::kMalformed:
      return "malformed";
    case Outcome::kDuplicate:
      return "duplicate";
    case Outcome::kExpectMismatch:
      return "expect_mismatch";
    case Outcome::kAlreadyAcknowledged:
      return "already_acknowledged";
    case Outcome::kNoChange:
      return "no_change";
    case Outcome::kResolved:
      return "resolved";
    case Outcome::kTooMany:
      return "too_many";
    case Outcome::kGone:
      return "gone";
  }
  return "unknown";
}

Applied Apply(const Lifecycle& lifecycle, const Action& action, const MissionId& joc) {
  // A record that is nobody's to write leaves no trace: not even its id counts as seen.
  if (joc.empty() || action.mission != joc) {
    return {lifecycle, Outcome::kForeignMission};
  }
  if (action.person.empty() && !MayBeNobodys(action)) {
    return {lifecycle, Outcome::kNoPerson};
  }
  if (!IsWellFormed(action)) {
    return {lifecycle, Outcome::kMalformed};
  }
  if (lifecycle.seen.contains(action.action_id)) {
    return {lifecycle, Outcome::kDuplicate};
  }
  Applied result{lifecycle, Outcome::kExpectMismatch};
  Lifecycle& next = result.lifecycle;
  if (action.expect < 0 || action.expect == lifecycle.actions) {
    result.outcome = std::visit(Doer(next, action), action.detail);
  }
  next.seen.emplace(action.action_id, result.outcome);
  if (result.outcome == Outcome::kApplied) {
    ++next.actions;
    if (!action.comment.empty()) {
      next.comment = action.comment;
      next.comment_by = action.person;
    }
  }
  return result;
}

}  // namespace tocsin
