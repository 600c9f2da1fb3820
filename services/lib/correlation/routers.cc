#include "lib/correlation/routers.h"

#include <algorithm>
#include <limits>

#include "lib/base/canonical.h"
#include "lib/base/text.h"
#include "lib/domain/archive.h"

namespace tocsin {
namespace {

constexpr std::string_view kShared = "z";

std::string KeyOf(int32_t index) { return StrCat(kShared, CanonicalWriter().Int64(index).Take()); }

}  // namespace

absl::Status Routers::Load(const ReadState& state, bool of_one) {
  of_ = of_one ? 1 : 0;
  applied_ = -1;
  owed_.clear();
  words_.clear();
  bool readable = true;
  state.Scan(kShared, PrefixEnd(kShared), [&](std::string_view key, std::string_view value) {
    StateReader in(value);
    if (key == kShared) {
      in(of_, applied_, owed_);
    } else {
      CanonicalReader index(key.substr(kShared.size()));
      Archive(in, words_[static_cast<int32_t>(index.Int64())]);
    }
    readable = in.Complete();
    return readable;
  });
  if (readable) return absl::OkStatus();
  return absl::DataLossError("the state under 'z' does not decode");
}

absl::Status Routers::Check(const RouterTask& task) const {
  if (of_ == 0 || of_ == task.of) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("router: a record of one of ", task.of, " router tasks came where there were ", of_,
             " (router_tasks). Another number of them begins with topics of a new generation and "
             "fresh state folders: docs/scaling.md"));
}

void Routers::Save(int32_t index, State& state) const {
  StateWriter out;
  Archive(out, words_.at(index));
  state.Put(KeyOf(index), out.Take());
}

void Routers::SaveShared(State& state) const {
  StateWriter out;
  out(of_, applied_, owed_);
  state.Put(kShared, out.Take());
}

void Routers::Hear(const Control& control, const std::set<RuleId>& need_events, State& state) {
  of_ = control.router.of;
  Word& word = words_[control.router.index];
  word.heard = control.rules_offset;
  // What had come back then was found under other rules.
  if (word.digest != control.activation.digest) word.tick.found.clear();
  word.digest = control.activation.digest;
  word.reading = control.backfilling;
  Save(control.router.index, state);
  applied_ = std::max(applied_, control.rules_offset);
  if (!need_events.empty()) {
    owed_.push_back({control.rules_offset, {need_events.begin(), need_events.end()}});
  }
  int64_t least = std::numeric_limits<int64_t>::max();
  for (int32_t i = 0; i < of_; ++i) {
    const auto it = words_.find(i);
    least = std::min(least, it == words_.end() ? -1 : it->second.heard);
  }
  std::erase_if(owed_, [&](const auto& one) { return one.first <= least; });
  SaveShared(state);
}

absl::Status Routers::Hear(const BackfillDone& done, State& state) {
  const auto it = words_.find(done.router.index);
  if (it == words_.end() || it->second.digest != done.rules_digest) {
    return absl::InvalidArgumentError(
        "backfill_done.rules_digest: is not of the rules that its router task told last");
  }
  std::erase_if(it->second.reading, [&](const RuleId& rule) {
    return std::find(done.rules.begin(), done.rules.end(), rule) != done.rules.end();
  });
  Save(done.router.index, state);
  return absl::OkStatus();
}

bool Routers::AllHeard() const {
  return std::ssize(words_) == of_ &&
         std::all_of(words_.begin(), words_.end(),
                     [&](const auto& one) { return one.second.heard == applied_; });
}

std::vector<RuleId> Routers::Reading(const Pack& pack) const {
  std::set<RuleId> rules;
  for (int32_t i = 0; i < of_; ++i) {
    const auto it = words_.find(i);
    const int64_t heard = it == words_.end() ? -1 : it->second.heard;
    if (it != words_.end()) rules.insert(it->second.reading.begin(), it->second.reading.end());
    for (const auto& [offset, need_events] : owed_) {
      if (offset > heard) rules.insert(need_events.begin(), need_events.end());
    }
  }
  std::vector<RuleId> reading;
  for (const RuleId& rule : rules) {
    if (pack.FindRule(rule) != nullptr) reading.push_back(rule);
  }
  return reading;
}

Tick Routers::Hear(const Tick& tick, int32_t trips, State& state) {
  of_ = tick.router.of;
  const int32_t index = tick.router.index;
  if (!words_.contains(index)) SaveShared(state);
  Word& word = words_[index];
  word.ticked = true;
  word.tick = tick;
  word.tick.again.clear();
  if (tick.beat) {
    word.again.clear();
    for (const AgainPosition& one : tick.again) {
      word.again.push_back({one.source, {one.next_offset, one.end}});
    }
  }
  Save(index, state);
  Tick all = Merged(trips);
  all.beat = tick.beat && index == 0;
  if (all.beat) all.number = tick.number;
  return all;
}

Tick Routers::Merged(int32_t trips) const {
  Tick all;
  all.found.resize(static_cast<size_t>(trips));
  bool complete = std::ssize(words_) == of_;
  bool current = true;
  for (const auto& [index, word] : words_) {
    complete = complete && word.ticked && !word.tick.sources.empty();
    current = current && word.heard == applied_ && std::ssize(word.tick.found) == trips;
    all.clock = std::max(all.clock, word.tick.clock);
    all.margin = std::max(all.margin, word.tick.margin);
  }
  if (!complete) return all;
  std::vector<FoundUpTo> least(static_cast<size_t>(trips),
                               {std::numeric_limits<int64_t>::max(), Time::max()});
  for (const auto& [index, word] : words_) {
    for (SourceTime source : word.tick.sources) {
      if (word.tick.clock != all.clock) source.clock = word.tick.clock;
      all.sources.push_back(std::move(source));
    }
    for (const auto& [source, read] : word.again) {
      all.again.push_back({source, read.first, read.second});
    }
    for (size_t i = 0; current && i < least.size(); ++i) {
      least[i].beat = std::min(least[i].beat, word.tick.found[i].beat);
      least[i].time = std::min(least[i].time, word.tick.found[i].time);
    }
  }
  std::sort(all.sources.begin(), all.sources.end());
  std::sort(all.again.begin(), all.again.end());
  if (current) all.found = std::move(least);
  return all;
}

}  // namespace tocsin
