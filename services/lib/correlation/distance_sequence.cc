#include "lib/correlation/distance_sequence.h"

#include <algorithm>

#include "lib/correlation/sequence_table.h"

namespace tocsin::sequence {
namespace {

class Search {
 public:
  Search(const Rule& rule, const std::vector<Member>& members, Time now)
      : rule_(rule), members_(members), now_(now), table_(rule, members) {}

  // With so many steps, and `waited`: nothing that must not follow did, for as long as the rule
  // asks.
  std::optional<PartMet> With(size_t steps, bool waited) {
    wanted_ = steps;
    waited_ = waited;
    chosen_.assign(table_.steps(), std::nullopt);
    if (!Fill(0, 0)) return std::nullopt;
    PartMet part{chosen_, static_cast<int64_t>(steps) + (waited ? 1 : 0), std::nullopt};
    if (steps < table_.steps()) {
      part.until = First() + rule_.window;
      if (rule_.sequence.gap) part.until = std::min(*part.until, Last() + *rule_.sequence.gap);
    } else if (!rule_.sequence.then_no.empty() && !waited) {
      part.until = Last() + rule_.sequence.then_within;
    }
    return part;
  }

 private:
  bool Fill(size_t step, size_t met) {
    if (met == wanted_) return Stands();
    // Too few steps are left.
    if (table_.steps() - step < wanted_ - met) return false;
    for (size_t i = members_.size(); i-- > 0;) {
      if (!CanBe(i, step)) continue;
      chosen_[step] = i;
      if (Fill(step + 1, met + 1)) return true;
      chosen_[step].reset();
    }
    // In order, a step is only reached by those before it.
    return !table_.ordered() && Fill(step + 1, met);
  }

  bool CanBe(size_t i, size_t step) const {
    if (!table_.Plays(i, step)) return false;
    std::vector<Values> common = table_.equal(i, step);
    for (size_t other = 0; other < step; ++other) {
      if (!chosen_[other]) continue;
      const size_t j = *chosen_[other];
      const Duration apart = table_.time(i) - table_.time(j);
      if (i == j || !table_.Differ(i, step, j, other)) return false;
      if (apart > rule_.window || -apart > rule_.window) return false;
      if (table_.ordered() && apart <= Duration(0)) return false;
      if (rule_.sequence.gap && other + 1 == step && apart > *rule_.sequence.gap) return false;
      for (size_t field = 0; field < common.size(); ++field) {
        common[field] = Common(common[field], table_.equal(j, other)[field]);
        if (common[field].empty()) return false;
      }
    }
    return true;
  }

  // What is chosen is a match in the window, or may still become one.
  bool Stands() const {
    const bool whole = wanted_ == table_.steps();
    const Time last = Last();
    const Duration after = rule_.sequence.then_within;
    if (whole && !rule_.sequence.then_no.empty()) {
      if (Meets(rule_.sequence.then_no, last, last + after) || waited_ != (last + after < now_)) {
        return false;
      }
    } else if (First() + rule_.window < now_ ||
               (!whole && rule_.sequence.gap && last + *rule_.sequence.gap < now_)) {
      return false;
    }
    const Time end = whole ? last : std::max(last, now_);
    return std::none_of(
        rule_.sequence.until.begin(), rule_.sequence.until.end(),
        [&](const std::string& selection) { return Meets(selection, First(), end); });
  }

  // An event with after < time <= until meets the selection.
  bool Meets(const std::string& selection, Time after, Time until) const {
    uint32_t bit = 0;
    for (size_t i = 0; i < rule_.selections.size(); ++i) {
      if (rule_.selections[i].name == selection) bit = uint32_t{1} << i;
    }
    return std::any_of(members_.begin(), members_.end(), [&](const Member& member) {
      return (member.selections & bit) != 0 && after < member.time && member.time <= until;
    });
  }

  Time First() const {
    Time first = kNever;
    for (const auto& i : chosen_) {
      if (i) first = std::min(first, table_.time(*i));
    }
    return first;
  }
  Time Last() const {
    Time last = Time::min();
    for (const auto& i : chosen_) {
      if (i) last = std::max(last, table_.time(*i));
    }
    return last;
  }

  const Rule& rule_;
  const std::vector<Member>& members_;
  const Time now_;
  const Table table_;
  std::vector<std::optional<size_t>> chosen_;  // by step
  size_t wanted_ = 0;
  bool waited_ = false;
};

}  // namespace

std::optional<PartMet> MostStepsMet(const Rule& rule, const std::vector<Member>& members,
                                    Time now) {
  Search search(rule, members, now);
  const size_t steps = rule.sequence.steps.size();
  if (!rule.sequence.then_no.empty()) {
    if (std::optional<PartMet> part = search.With(steps, true)) return part;
  }
  for (size_t met = steps; met > 0; --met) {
    if (std::optional<PartMet> part = search.With(met, false)) return part;
  }
  return std::nullopt;
}

}  // namespace tocsin::sequence
