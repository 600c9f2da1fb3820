// temporal and temporal_ordered: the search for matches that end with a given event.
#pragma once

#include <vector>

#include "lib/correlation/budget.h"
#include "lib/correlation/sequence_joins.h"
#include "lib/correlation/sequence_table.h"

namespace tocsin::sequence {

// Members that can be one step, ascending.
class StepList {
 public:
  void Add(size_t member) {
    run_from_.push_back(members_.size());
    members_.push_back(member);
  }
  size_t operator[](size_t position) const { return members_[position]; }
  // How many lie before an index.
  size_t Before(size_t index) const;
  // All that lie in [from, to) are joined with `root`.
  bool AllIn(Joins& joins, size_t root, size_t from, size_t to);

 private:
  std::vector<size_t> members_;
  // The members from there up to this position were once found to be joined with one another; so
  // they are still.
  std::vector<size_t> run_from_;
};

class Search {
 public:
  // Asked in ascending order of the last event. `joins`: null, only to ask whether there is a
  // match.
  virtual bool EndingWith(size_t last, Joins* joins) = 0;
  virtual ~Search() = default;
};

// Every match. Members are dealt out by the values that `equal` asks for: a match has one of the
// combinations in common.
class EverySearch : public Search {
 public:
  EverySearch(const Table& table, Budget& budget);
  bool EndingWith(size_t last, Joins* joins) override;

 private:
  // Members that have one combination of values in common.
  struct Group {
    std::vector<StepList> steps;
    std::vector<size_t> lowest;  // by step: no match with this last event has an earlier one there
  };
  // What is looked for: a match of a group's members whose last event plays order[0]; the next are
  // found in this order.
  struct Task {
    Group& group;
    std::vector<size_t> order;
    std::vector<size_t> chosen;  // members, so far
    Joins* joins;
  };
  bool Reaches(Task& task) const;
  // Fills the next step with members before `end`, and so on. True: there is a match, or no need to
  // look.
  bool Fill(Task& task, size_t end) const;
  // From this candidate for the next step on downwards, nothing that is found tells more.
  bool Settled(const Task& task, size_t candidate) const;
  // The index that members before i in a match lie before.
  size_t EndBefore(size_t i) const;

  const Table& table_;
  Budget& budget_;
  std::vector<Group> groups_;
  std::vector<std::vector<size_t>> groups_of_;  // by member and step
};

// take: latest.
class LatestSearch : public Search {
 public:
  LatestSearch(const Table& table, Budget& budget) : table_(table), budget_(budget) {}
  bool EndingWith(size_t last, Joins* joins) override;

 private:
  const Table& table_;
  Budget& budget_;
};

}  // namespace tocsin::sequence
