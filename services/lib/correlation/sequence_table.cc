#include "lib/correlation/sequence_table.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>

namespace tocsin::sequence {
namespace {

template <class T>
bool Allows(const std::vector<T>& wanted, const T& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

std::set<std::string> TextsOf(const KeyedEvent& event, const Selection& step,
                              const std::string& field) {
  std::set<std::string> texts;
  if (field == "area") {
    for (const AreaId& area : event.areas) texts.insert(area.str());
  } else if (field == "corridor") {
    for (const CorridorId& corridor : event.corridors) texts.insert(corridor.str());
  } else if (field == "actor") {
    for (const KeyedActor& actor : event.actors) {
      if (Allows(step.actor_classes, actor.actor_class) && Allows(step.actor_roles, actor.role)) {
        texts.insert(actor.id.str());
      }
    }
  } else if (field == "mission") {
    texts.insert(event.identity.mission.str());
  } else if (field == "origin") {
    texts.insert(event.origin);
  } else if (const auto it = event.attributes.find(field); it != event.attributes.end()) {
    texts.insert(it->second);
  }
  texts.erase("");
  return texts;
}

}  // namespace

Values Common(const Values& a, const Values& b) {
  Values common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}

Table::Table(const Rule& rule, const std::vector<Member>& members)
    : rule_(rule),
      members_(members),
      first_at_(members.size()),
      first_after_(members.size()),
      earliest_(members.size()),
      next_to_avoid_(members.size(), kNever),
      parts_(members.size() * rule.sequence.steps.size()) {
  ReadTimes();
  ReadParts();
}

uint32_t Table::BitOf(const std::string& selection) const {
  for (size_t i = 0; i < rule_.selections.size(); ++i) {
    if (rule_.selections[i].name == selection) return uint32_t{1} << i;
  }
  return 0;
}

void Table::ReadTimes() {
  uint32_t until = 0;
  for (const std::string& selection : rule_.sequence.until) until |= BitOf(selection);
  const size_t n = members_.size();
  size_t within = 0;  // the least index that is not too early
  size_t ended = 0;   // the least index at the time of the last event that ends what came before
  for (size_t from = 0, to = 0; from < n; from = to) {
    for (; to < n && members_[to].time == members_[from].time; ++to) {
      if ((members_[to].selections & until) != 0) ended = from;
    }
    while (members_[within].time < members_[from].time - rule_.window) ++within;
    for (size_t i = from; i < to; ++i) {
      first_at_[i] = from;
      first_after_[i] = to;
      earliest_[i] = std::max(within, ended);
    }
  }
  if (rule_.sequence.then_no.empty()) return;
  const uint32_t to_avoid = BitOf(rule_.sequence.then_no);
  Time next = kNever, from_here_on = kNever;
  for (size_t i = n; i-- > 0;) {
    if (first_after_[i] == i + 1) next = from_here_on;
    next_to_avoid_[i] = next;
    if ((members_[i].selections & to_avoid) != 0) from_here_on = members_[i].time;
  }
}

void Table::ReadParts() {
  std::map<std::string, int32_t> numbers;
  // False: one of the fields has no value.
  const auto read = [&](const std::vector<std::string>& fields, const KeyedEvent& event,
                        const Selection& step, std::vector<Values>& values) {
    bool all = true;
    for (const std::string& field : fields) {
      Values& of_field = values.emplace_back();
      for (const std::string& text : TextsOf(event, step, field)) {
        const auto next = static_cast<int32_t>(numbers.size());
        of_field.push_back(numbers.emplace(text, next).first->second);
      }
      std::sort(of_field.begin(), of_field.end());
      all = all && !of_field.empty();
    }
    return all;
  };
  for (size_t step = 0; step < steps(); ++step) {
    const uint32_t bit = BitOf(rule_.sequence.steps[step]);
    const Selection& selection = rule_.selections[static_cast<size_t>(std::countr_zero(bit))];
    for (size_t i = 0; i < size(); ++i) {
      if ((members_[i].selections & bit) == 0) continue;
      Part& part = parts_[i * steps() + step];
      const KeyedEvent& event = members_[i].event;
      const bool equal = read(rule_.sequence.equal, event, selection, part.equal);
      bool differ = read(rule_.sequence.differ, event, selection, part.differ);
      for (const auto& [field, between] : rule_.sequence.differ_between) {
        const bool named =
            std::find(between.begin(), between.end(), rule_.sequence.steps[step]) != between.end();
        if (named) {
          differ = read({field}, event, selection, part.differ) && differ;
        } else {
          part.differ.emplace_back();  // has nothing in common with any other
        }
      }
      part.plays = equal && differ;
    }
  }
}

size_t Table::EarliestBefore(size_t i) const {
  if (!rule_.sequence.gap) return 0;
  const auto it =
      std::lower_bound(members_.begin(), members_.end(), members_[i].time - *rule_.sequence.gap,
                       [](const Member& member, Time time) { return member.time < time; });
  return static_cast<size_t>(it - members_.begin());
}

bool Table::Differ(size_t i, size_t step_of_i, size_t j, size_t step_of_j) const {
  const Part& a = At(i, step_of_i);
  const Part& b = At(j, step_of_j);
  for (size_t field = 0; field < a.differ.size(); ++field) {
    if (!Common(a.differ[field], b.differ[field]).empty()) return false;
  }
  return true;
}

}  // namespace tocsin::sequence
