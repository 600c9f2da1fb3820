#include "lib/lifecycle/centre.h"

#include <algorithm>
#include <array>

namespace tocsin {
namespace {

// Whether it says all that it has to: of the record alone.
bool IsWellFormed(const CentreAction& action) {
  if (action.action_id.empty() || action.desk.empty()) return false;
  if (std::holds_alternative<std::monostate>(action.detail)) return false;
  if (const auto* silence = std::get_if<Silence>(&action.detail)) {
    const SilenceFilter& filter = silence->filter;
    const bool selects = !filter.warnings.empty() || !filter.rules.empty() || !filter.areas.empty();
    return selects && !action.comment.empty() && filter.severity_max != Severity::kUnspecified &&
           silence->expires > action.acted && silence->expires - action.acted <= kLongestSilence;
  }
  if (const auto* log_on = std::get_if<LogOn>(&action.detail)) return !log_on->person.empty();
  if (const auto* hand_over = std::get_if<HandOver>(&action.detail)) {
    return !hand_over->to.empty() && hand_over->to != action.person && !action.comment.empty();
  }
  return true;
}

// Each does one kind of well-formed action to the centre, or says why not and leaves it as it was.
class Doer {
 public:
  Doer(Centre& centre, const CentreAction& action) : centre_(centre), action_(action) {}

  Outcome operator()(const std::monostate& /*none*/) { return Outcome::kNoChange; }

  Outcome operator()(const Silence& silence) {
    // By the record's own time, so that it is the same whenever the log is read.
    const auto holding =
        std::count_if(centre_.silences.begin(), centre_.silences.end(),
                      [this](const auto& one) { return one.second.HoldsAt(action_.acted); });
    if (static_cast<size_t>(holding) >= kMostSilences) return Outcome::kTooMany;
    if (centre_.silences.size() >= kMostSilencesKept) {
      centre_.silences.erase(std::min_element(
          centre_.silences.begin(), centre_.silences.end(),
          [](const auto& a, const auto& b) { return a.second.end() < b.second.end(); }));
    }
    SilenceSet& set = centre_.silences[action_.action_id];
    set.filter = silence.filter;
    set.person = action_.person;
    set.reason = action_.comment;
    set.set = action_.acted;
    set.expires = silence.expires;
    return Outcome::kApplied;
  }

  Outcome operator()(const Countersign& countersign) {
    SilenceSet* silence = Holding(countersign.silence);
    if (silence == nullptr) return Outcome::kGone;
    if (!silence->countersigned_by.empty()) return Outcome::kNoChange;
    silence->countersigned_by = action_.person;
    return Outcome::kApplied;
  }

  Outcome operator()(const EndSilence& end) {
    SilenceSet* silence = Holding(end.silence);
    if (silence == nullptr) return Outcome::kGone;
    silence->ended = action_.acted;
    return Outcome::kApplied;
  }

  Outcome operator()(const LogOn& log_on) {
    const auto found = centre_.on_watch.find(action_.desk);
    if (found != centre_.on_watch.end() && found->second.person == log_on.person) {
      return Outcome::kNoChange;
    }
    if (found == centre_.on_watch.end() && centre_.on_watch.size() >= kMostDesks) {
      return Outcome::kTooMany;
    }
    centre_.on_watch[action_.desk] = OnWatch{log_on.person, action_.acted};
    return Outcome::kApplied;
  }

  Outcome operator()(const LogOff& /*log_off*/) {
    return centre_.on_watch.erase(action_.desk) > 0 ? Outcome::kApplied : Outcome::kNoChange;
  }

  Outcome operator()(const HandOver& hand_over) {
    centre_.offered = HandOverNote{action_.action_id, action_.person, hand_over.to,
                                   action_.comment,   action_.acted,  kUnknownTime};
    return Outcome::kApplied;
  }

  // Only the one whom it was offered to: a watch is never taken from somebody.
  Outcome operator()(const SignHandOver& sign) {
    if (!centre_.offered || centre_.offered->offer != sign.offer ||
        centre_.offered->to != action_.person) {
      return Outcome::kGone;
    }
    HandOverNote note = *std::move(centre_.offered);
    centre_.offered.reset();
    note.was_signed = action_.acted;
    std::erase_if(centre_.on_watch,
                  [&note](const auto& at) { return at.second.person == note.from; });
    if (centre_.on_watch.size() < kMostDesks || centre_.on_watch.contains(action_.desk)) {
      OnWatch& seat = centre_.on_watch[action_.desk];
      if (seat.person != action_.person) seat = OnWatch{action_.person, action_.acted};
    }
    centre_.handed_over = std::move(note);
    return Outcome::kApplied;
  }

 private:
  SilenceSet* Holding(const std::string& id) {
    const auto found = centre_.silences.find(id);
    return found != centre_.silences.end() && found->second.HoldsAt(action_.acted) ? &found->second
                                                                                   : nullptr;
  }

  Centre& centre_;
  const CentreAction& action_;
};

}  // namespace

std::string_view NameOf(const CentreDetail& detail) {
  static constexpr std::array<std::string_view, std::variant_size_v<CentreDetail>> kNames = {
      "none",   "silence", "countersign", "end_silence",
      "log_on", "log_off", "hand_over",   "sign_hand_over"};
  return kNames.at(detail.index());
}

std::optional<Outcome> OutcomeOf(const Centre& centre, const std::string& action_id) {
  const auto found = std::find_if(centre.seen.begin(), centre.seen.end(),
                                  [&](const auto& one) { return one.first == action_id; });
  return found == centre.seen.end() ? std::nullopt : std::optional(found->second);
}

AppliedToCentre Apply(const Centre& centre, const CentreAction& action, const MissionId& joc) {
  if (joc.empty() || action.mission != joc) return {centre, Outcome::kForeignMission};
  if (action.person.empty()) return {centre, Outcome::kNoPerson};
  if (!IsWellFormed(action)) return {centre, Outcome::kMalformed};
  if (OutcomeOf(centre, action.action_id)) return {centre, Outcome::kDuplicate};
  AppliedToCentre result{centre, Outcome::kApplied};
  Centre& next = result.centre;
  result.outcome = std::visit(Doer(next, action), action.detail);
  if (next.seen.size() >= kMostSeen) next.seen.pop_front();
  next.seen.emplace_back(action.action_id, result.outcome);
  if (result.outcome == Outcome::kApplied) ++next.actions;
  return result;
}

}  // namespace tocsin
