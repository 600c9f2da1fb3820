#include "lib/correlation/sequence_search.h"

#include <algorithm>
#include <map>

namespace tocsin::sequence {
namespace {

// The step that the last event plays, and then the others in the order in which they are filled.
std::vector<size_t> OrderFrom(const Table& table, size_t role) {
  std::vector<size_t> order;
  for (size_t step = 0; step < table.steps(); ++step) {
    if (step != role) order.push_back(step);
  }
  order.push_back(role);
  if (table.ordered()) {
    std::reverse(order.begin(), order.end());
  } else {
    std::rotate(order.begin(), order.end() - 1, order.end());
  }
  return order;
}

// The candidate, as the next step, is another event and differs from those chosen before.
bool CanJoin(const Table& table, const std::vector<size_t>& order,
             const std::vector<size_t>& chosen, size_t candidate) {
  for (size_t n = 0; n < chosen.size(); ++n) {
    if (chosen[n] == candidate ||
        !table.Differ(chosen[n], order[n], candidate, order[chosen.size()])) {
      return false;
    }
  }
  return true;
}

void AddTo(Joins* joins, const Table& table, const std::vector<size_t>& chosen) {
  if (joins == nullptr) return;
  const size_t first = *std::min_element(chosen.begin(), chosen.end());
  joins->Add(chosen, table.time(first), table.time(chosen[0]));
}

}  // namespace

// ---------------------------------------------------------------- StepList

size_t StepList::Before(size_t index) const {
  return static_cast<size_t>(std::lower_bound(members_.begin(), members_.end(), index) -
                             members_.begin());
}

bool StepList::AllIn(Joins& joins, size_t root, size_t from, size_t to) {
  const size_t least = Before(from);
  const size_t end = Before(to);
  if (least >= end) return true;
  size_t reached = end;
  while (reached > least && joins.Root(members_[reached - 1]) == root) {
    reached = run_from_[reached - 1];
  }
  run_from_[end - 1] = std::min(run_from_[end - 1], reached);
  return reached <= least;
}

// ---------------------------------------------------------------- every

EverySearch::EverySearch(const Table& table, Budget& budget)
    : table_(table), budget_(budget), groups_of_(table.size() * table.steps()) {
  std::map<Values, size_t> numbers;
  for (size_t i = 0; i < table.size(); ++i) {
    for (size_t step = 0; step < table.steps(); ++step) {
      if (!table.Plays(i, step)) continue;
      std::vector<Values> combinations = {{}};
      for (const Values& values : table.equal(i, step)) {
        std::vector<Values> longer;
        for (const Values& combination : combinations) {
          for (const int32_t value : values) {
            longer.push_back(combination);
            longer.back().push_back(value);
          }
        }
        combinations = std::move(longer);
      }
      for (const Values& combination : combinations) {
        const auto [it, fresh] = numbers.emplace(combination, groups_.size());
        if (fresh) {
          groups_.push_back(
              {std::vector<StepList>(table.steps()), std::vector<size_t>(table.steps())});
        }
        groups_of_[i * table.steps() + step].push_back(it->second);
        groups_[it->second].steps[step].Add(i);
      }
    }
  }
}

size_t EverySearch::EndBefore(size_t i) const {
  return table_.ordered() ? table_.FirstAtTimeOf(i) : i;
}

bool EverySearch::EndingWith(size_t last, Joins* joins) {
  bool found = false;
  for (size_t role = table_.ordered() ? table_.steps() - 1 : 0; role < table_.steps(); ++role) {
    if (!table_.Plays(last, role)) continue;
    for (const size_t number : groups_of_[last * table_.steps() + role]) {
      Task task{groups_[number], OrderFrom(table_, role), {last}, joins};
      found = (Reaches(task) && Fill(task, EndBefore(last))) || found;
      if (found && joins == nullptr) return true;
    }
  }
  return found;
}

// Works out how early each step can be; false if one of them has no member in time.
bool EverySearch::Reaches(Task& task) const {
  const size_t last = task.chosen[0];
  size_t low = table_.Earliest(last);
  // From the first step on: for the sake of order each is later than the first of the one before.
  for (size_t n = task.order.size(); n-- > 1;) {
    const StepList& list = task.group.steps[task.order[n]];
    const size_t position = list.Before(low);
    if (position >= list.Before(EndBefore(last))) return false;
    task.group.lowest[task.order[n]] = list[position];
    if (table_.ordered()) low = table_.FirstAfterTimeOf(list[position]);
  }
  return true;
}

bool EverySearch::Settled(const Task& task, size_t candidate) const {
  if (task.joins == nullptr) return false;
  Joins& joins = *task.joins;
  const size_t root = joins.Root(candidate);
  // No match to come would be shorter.
  const Duration least = table_.time(task.chosen[0]) - table_.time(candidate);
  if (joins.Of(root).shortest > least) return false;
  // The last event is joined only if a match that ends with it was found, so the ends are known.
  for (const size_t i : task.chosen) {
    if (joins.Root(i) != root) return false;
  }
  // And all that could fill this step and those after it is joined with them.
  size_t end = candidate + 1;
  for (size_t n = task.chosen.size(); n < task.order.size(); ++n) {
    const size_t step = task.order[n];
    if (!task.group.steps[step].AllIn(joins, root, task.group.lowest[step], end)) return false;
    end = table_.ordered() ? table_.FirstAtTimeOf(candidate) : task.chosen[0];
  }
  return true;
}

bool EverySearch::Fill(Task& task, size_t end) const {
  const size_t depth = task.chosen.size();
  if (depth == task.order.size()) {
    AddTo(task.joins, table_, task.chosen);
    return true;
  }
  const StepList& list = task.group.steps[task.order[depth]];
  size_t low = task.group.lowest[task.order[depth]];
  if (table_.ordered()) low = std::max(low, table_.EarliestBefore(task.chosen.back()));
  bool found = false;
  for (size_t position = list.Before(end); position > 0 && list[position - 1] >= low; --position) {
    const size_t candidate = list[position - 1];
    if (!budget_.Spend(1)) return false;
    if (Settled(task, candidate)) return true;
    if (!CanJoin(table_, task.order, task.chosen, candidate)) continue;
    task.chosen.push_back(candidate);
    found = Fill(task, table_.ordered() ? EndBefore(candidate) : end) || found;
    task.chosen.pop_back();
    if (found && task.joins == nullptr) return true;
  }
  return found;
}

// ---------------------------------------------------------------- latest

bool LatestSearch::EndingWith(size_t last, Joins* joins) {
  size_t role = table_.ordered() ? table_.steps() - 1 : 0;
  while (role < table_.steps() && !table_.Plays(last, role)) ++role;
  if (role == table_.steps()) return false;
  const std::vector<size_t> order = OrderFrom(table_, role);
  std::vector<size_t> chosen = {last};
  std::vector<Values> common = table_.equal(last, role);
  while (chosen.size() < order.size()) {
    const size_t step = order[chosen.size()];
    const auto fits = [&](size_t candidate) {
      if (!table_.Plays(candidate, step)) return false;
      for (size_t field = 0; field < common.size(); ++field) {
        if (Common(common[field], table_.equal(candidate, step)[field]).empty()) return false;
      }
      return CanJoin(table_, order, chosen, candidate);
    };
    size_t low = table_.Earliest(last);
    size_t end = last;
    if (table_.ordered()) {
      low = std::max(low, table_.EarliestBefore(chosen.back()));
      end = table_.FirstAtTimeOf(chosen.back());
    }
    while (end > low && !fits(end - 1)) {
      if (!budget_.Spend(1)) return false;
      --end;
    }
    if (end <= low) return false;
    for (size_t field = 0; field < common.size(); ++field) {
      common[field] = Common(common[field], table_.equal(end - 1, step)[field]);
    }
    chosen.push_back(end - 1);
  }
  AddTo(joins, table_, chosen);
  return true;
}

}  // namespace tocsin::sequence
