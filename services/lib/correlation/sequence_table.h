// temporal and temporal_ordered: the members of a run as the search for matches looks at them.
// Times are compared by index: members are sorted by (time, identity).
#pragma once

#include <cstdint>
#include <vector>

#include "lib/correlation/episodes.h"

namespace tocsin::sequence {

// Values of a field as numbers, sorted.
using Values = std::vector<int32_t>;

class Table {
 public:
  Table(const Rule& rule, const std::vector<Member>& members);

  size_t size() const { return members_.size(); }
  size_t steps() const { return rule_.sequence.steps.size(); }
  bool ordered() const { return rule_.sequence.ordered; }
  Time time(size_t i) const { return members_[i].time; }
  // It meets the step's selection and has all the values that the rule asks for.
  bool Plays(size_t i, size_t step) const { return At(i, step).plays; }

  // The least index with the time of i, and the least with a later one.
  size_t FirstAtTimeOf(size_t i) const { return first_at_[i]; }
  size_t FirstAfterTimeOf(size_t i) const { return first_after_[i]; }
  // The least index that a match with the last event i can begin with: for the sake of within and
  // until.
  size_t Earliest(size_t i) const { return earliest_[i]; }
  // The least index that can be the step right before i: for the sake of gap.
  size_t EarliestBefore(size_t i) const;
  // No event follows i that must not.
  bool NoneFollows(size_t i) const {
    return next_to_avoid_[i] > members_[i].time + rule_.sequence.then_within;
  }

  // Of i as a step: by field of `equal`.
  const std::vector<Values>& equal(size_t i, size_t step) const { return At(i, step).equal; }
  // The two, as these steps, have no value in common in any field of `differ`, nor in one of
  // `differ_between` that names both steps.
  bool Differ(size_t i, size_t step_of_i, size_t j, size_t step_of_j) const;

 private:
  // A member as a step: which of its actors count can depend on that.
  struct Part {
    bool plays = false;
    std::vector<Values> equal, differ;  // by field; in `differ` those of differ_between follow
  };
  const Part& At(size_t i, size_t step) const { return parts_[i * steps() + step]; }
  uint32_t BitOf(const std::string& selection) const;
  void ReadTimes();
  void ReadParts();

  const Rule& rule_;
  const std::vector<Member>& members_;
  std::vector<size_t> first_at_, first_after_, earliest_;
  std::vector<Time> next_to_avoid_;  // of then_no: the time of the first later one
  std::vector<Part> parts_;
};

// What two sorted sets have in common.
Values Common(const Values& a, const Values& b);

}  // namespace tocsin::sequence
