#include <algorithm>
#include <functional>
#include <optional>

#include <absl/strings/str_cat.h>

#include "twin_kinds.h"

namespace tocsin::property {
namespace {

constexpr int64_t kMinute = 60'000'000;

class Definition {
 public:
  explicit Definition(const Whole& whole)
      : rule_(whole.rule), sequence_(whole.rule.sequence), all_(whole.items) {}

  int64_t TimeAt(size_t i) const { return TimeOfEvent(*all_[i].event); }
  bool Meets(size_t i, const std::string& selection) const {
    return all_[i].names.count(selection) > 0;
  }

  // Of an event as a step.
  Names ValuesAs(size_t i, const std::string& step, const std::string& field) const {
    if (field != "actor") return ValuesOf(*all_[i].event, field);
    const auto selection = std::find_if(rule_.selections.begin(), rule_.selections.end(),
                                        [&](const TwinSelection& s) { return s.name == step; });
    Names actors;
    for (const KeyedActor& actor : all_[i].event->actors) {
      if (!selection->classes.empty() && !Has(selection->classes, actor.actor_class)) continue;
      if (!selection->roles.empty() && !Has(selection->roles, actor.role)) continue;
      actors.push_back(actor.id.str());
    }
    return actors;
  }

  // Whether events can be part of one match, as these steps; `then_no` is not asked.
  bool Fit(const std::vector<size_t>& chosen, const Names& steps) const {
    const auto [first, last] = Bounds(chosen);
    if (last - first > rule_.minutes * kMinute) return false;
    if (std::set<size_t>(chosen.begin(), chosen.end()).size() < chosen.size()) return false;
    for (const std::string& field : sequence_.equal) {
      Names common = ValuesAs(chosen[0], steps[0], field);
      for (size_t n = 1; n < chosen.size(); ++n) {
        const Names values = ValuesAs(chosen[n], steps[n], field);
        std::erase_if(common, [&](const std::string& value) { return !Has(values, value); });
      }
      if (common.empty()) return false;
    }
    for (const std::string& field : sequence_.differ) {
      for (size_t m = 0; m < chosen.size(); ++m) {
        const Names values = ValuesAs(chosen[m], steps[m], field);
        if (values.empty()) return false;
        for (size_t n = m + 1; n < chosen.size(); ++n) {
          for (const std::string& other : ValuesAs(chosen[n], steps[n], field)) {
            if (Has(values, other)) return false;
          }
        }
      }
    }
    for (size_t m = 0; m < chosen.size(); ++m) {
      if (!Has(sequence_.between, steps[m])) continue;
      const Names values = ValuesAs(chosen[m], steps[m], sequence_.between_field);
      if (values.empty()) return false;
      for (size_t n = m + 1; n < chosen.size(); ++n) {
        if (!Has(sequence_.between, steps[n])) continue;
        for (const std::string& other : ValuesAs(chosen[n], steps[n], sequence_.between_field)) {
          if (Has(values, other)) return false;
        }
      }
    }
    for (size_t i = 0; i < all_.size(); ++i) {
      for (const std::string& until : sequence_.until) {
        if (Meets(i, until) && TimeAt(i) > first && TimeAt(i) <= last) return false;
      }
    }
    return true;
  }

  // Of steps that follow one another.
  bool InOrder(size_t before, size_t after) const {
    if (rule_.kind == Kind::kTemporal) return true;
    const int64_t between = TimeAt(after) - TimeAt(before);
    return between > 0 &&
           (sequence_.gap_minutes == 0 || between <= sequence_.gap_minutes * kMinute);
  }

  std::vector<std::set<size_t>> Every() const {
    std::vector<std::set<size_t>> matches;
    std::vector<size_t> chosen;
    const std::function<void()> extend = [&] {
      const size_t step = chosen.size();
      if (step == sequence_.steps.size()) {
        if (Fit(chosen, sequence_.steps)) matches.emplace_back(chosen.begin(), chosen.end());
        return;
      }
      for (size_t i = 0; i < all_.size(); ++i) {
        if (!Meets(i, sequence_.steps[step])) continue;
        if (step > 0 && !InOrder(chosen.back(), i)) continue;
        chosen.push_back(i);
        extend();
        chosen.pop_back();
      }
    };
    extend();
    return matches;
  }

  std::vector<std::set<size_t>> Latest() const {
    std::vector<std::set<size_t>> matches;
    for (size_t last = 0; last < all_.size(); ++last) {
      Names steps = sequence_.steps;
      if (rule_.kind == Kind::kTemporalOrdered) std::reverse(steps.begin(), steps.end());
      auto role = std::find_if(steps.begin(), steps.end(), [&](const std::string& step) {
        return Meets(last, step) && Fit({last}, {step});
      });
      if (rule_.kind == Kind::kTemporalOrdered && role != steps.begin()) role = steps.end();
      if (role == steps.end()) continue;
      std::rotate(steps.begin(), role, role + 1);  // the last event's first
      std::vector<size_t> chosen = {last};
      for (size_t n = 1; n < steps.size() && chosen.size() == n; ++n) {
        std::optional<size_t> best;
        for (size_t i = 0; i < all_.size(); ++i) {
          if (!Meets(i, steps[n]) || !Before(i, last) || !InOrder(i, chosen.back())) continue;
          std::vector<size_t> with = chosen;
          with.push_back(i);
          if (Fit(with, steps) && (!best || Before(*best, i))) best = i;
        }
        if (best) chosen.push_back(*best);
      }
      if (chosen.size() == sequence_.steps.size())
        matches.emplace_back(chosen.begin(), chosen.end());
    }
    return matches;
  }

  // By time, of equal times by identity.
  bool Before(size_t i, size_t j) const {
    return std::make_pair(TimeAt(i), all_[i].event->identity) <
           std::make_pair(TimeAt(j), all_[j].event->identity);
  }

  template <class Indices>
  std::pair<int64_t, int64_t> Bounds(const Indices& chosen) const {
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (const size_t i : chosen) {
      first = std::min(first, TimeAt(i));
      last = std::max(last, TimeAt(i));
    }
    return {first, last};
  }

 private:
  const TwinRule& rule_;
  const TwinSequence& sequence_;
  const std::vector<Item>& all_;
};

}  // namespace

std::vector<Found> Sequences(const Whole& whole) {
  const TwinSequence& sequence = whole.rule.sequence;
  const Definition definition(whole);
  std::vector<std::set<size_t>> matches =
      sequence.latest ? definition.Latest() : definition.Every();
  // Only what must not follow is waited for.
  TwinRule waits = whole.rule;
  std::erase_if(waits.selections,
                [&](const TwinSelection& s) { return s.name != sequence.then_no; });
  const Known known = KnownAt(waits, whole.last);
  const int64_t after = sequence.then_minutes * kMinute;
  if (!sequence.then_no.empty()) {
    std::erase_if(matches, [&](const std::set<size_t>& match) {
      const int64_t last = definition.Bounds(match).second;
      if (!known.any || known.upto <= last + after) return true;
      for (size_t i = 0; i < whole.items.size(); ++i) {
        const int64_t time = definition.TimeAt(i);
        if (definition.Meets(i, sequence.then_no) && time > last && time <= last + after)
          return true;
      }
      return false;
    });
  }
  std::sort(matches.begin(), matches.end());
  matches.erase(std::unique(matches.begin(), matches.end()), matches.end());
  std::vector<Found> found;
  for (const std::set<size_t>& episode : Joined(matches)) {
    Found one;
    one.severity = "severe";
    one.onset = INT64_MAX;
    int64_t shortest = INT64_MAX, latest = INT64_MIN;
    for (const std::set<size_t>& match : matches) {
      if (episode.count(*match.begin()) == 0) continue;
      const auto [first, last] = definition.Bounds(match);
      one.onset = std::min(one.onset, last + after);
      shortest = std::min(shortest, last - first);
      latest = std::max(latest, last);
    }
    one.measure = absl::StrCat("span_s=", shortest / 1'000'000);
    if (!sequence.then_no.empty()) {
      one.until = latest + after;
      one.state = known.unknown ? "unknown" : "silent";
    }
    for (const size_t i : episode) one.evidence.push_back(whole.items[i]);
    found.push_back(one);
  }
  return found;
}

}  // namespace tocsin::property
