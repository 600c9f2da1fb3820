#include "lib/correlation/absence.h"

#include <algorithm>
#include <utility>

#include "lib/rules/schedule.h"

namespace tocsin {
namespace {

int64_t Seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

// By when an event at `time` asks for the next one. Never falls as `time` grows.
Time Deadline(const CompiledRule& rule, Time time) {
  const Rule& one = *rule.rule;
  return one.schedule ? SecondDeadline(*one.schedule, time) : time + one.window;
}

// By which deadlines have passed for the rule: what may still come late is waited for.
Silence Settled(const CompiledRule& rule, Silence silence) {
  if (silence.passed) *silence.passed -= rule.rule->settle;
  return silence;
}

// The events of one (rule, key) as the new state of the timeline has them.
class Timeline {
 public:
  // `clock`: from before the change.
  Timeline(StepContext& step, const CompiledRule& rule, const KeyContext& key, const Change& change,
           const Store::AbsenceClock& clock)
      : step_(step),
        rule_(rule),
        key_(key),
        change_(change),
        heads_(step.store.Heads(key, rule.rule->id)),
        newest_before_(clock.newest),
        awaited_before_(rule.rule->settle > Duration(0) ? clock.armed : std::nullopt) {}

  const std::vector<StandingHead>& heads() const { return heads_; }

  // Of events with this time the one with the least identity.
  std::optional<Member> At(Time time) const { return First(time, time + Duration(1)); }
  std::optional<Member> Next(Time time) const { return First(time + Duration(1), kNever); }
  // Of each time from this one on the event with the least identity.
  std::vector<Member> From(Time time) const {
    std::vector<Member> members;
    Scan(time, kNever, [&](Member&& member) {
      if (members.empty() || members.back().time != member.time) {
        members.push_back(std::move(member));
      }
      return true;
    });
    return members;
  }

  // Time of the last event before `time`.
  std::optional<Time> Previous(Time time) const {
    std::optional<Time> previous = PreviousAsItWas(time);
    if (change_.after && *change_.after < time && (!previous || *previous < *change_.after)) {
      previous = change_.after;
    }
    return previous;
  }

  // Time of the newest event.
  std::optional<Time> Newest() const {
    std::optional<Time> newest = newest_before_;
    if (newest && change_.before == newest && !At(*newest)) newest = Previous(*newest);
    if (change_.after && (!newest || *change_.after > *newest)) newest = change_.after;
    return newest;
  }

 private:
  template <class Visit>
  void Scan(Time from, Time to, Visit visit) const {
    step_.store.ScanMembers(step_.pack, rule_, key_, from, to, ~uint32_t{0}, visit);
  }
  std::optional<Member> First(Time from, Time to) const {
    std::optional<Member> first;
    Scan(from, to, [&](Member&& member) {
      first = std::move(member);
      return false;
    });
    return first;
  }
  // State has no way to look backwards, but a gap without events that is longer than the rule
  // allows is a standing warning, or lies after what was the newest event: both from before the
  // change.
  std::optional<Time> PreviousAsItWas(Time time) const {
    if (newest_before_ && *newest_before_ < time) return ThereOrBefore(*newest_before_);
    std::optional<Time> last;
    // No deadline is further from its event than the reach. A gap that is long enough and not told
    // yet begins where the timer waits for it, or later.
    const Time known = std::min(time, awaited_before_.value_or(time)) - rule_.rule->reach;
    Scan(known, time, [&](Member&& member) {
      last = member.time;
      return true;
    });
    if (last) return last;
    for (const StandingHead& head : heads_) {
      if (!head.ended && head.from < time && time <= head.to) return ThereOrBefore(head.from);
    }
    return std::nullopt;
  }
  // The changed event may have been what stood at `time`.
  std::optional<Time> ThereOrBefore(Time time) const {
    return At(time) ? time : PreviousAsItWas(time);
  }

  StepContext& step_;
  const CompiledRule& rule_;
  const KeyContext& key_;
  const Change& change_;
  const std::vector<StandingHead> heads_;
  const std::optional<Time> newest_before_;
  const std::optional<Time> awaited_before_;
};

Episode Gap(const CompiledRule& rule, Member first, std::optional<Member> next,
            const std::string& state) {
  Episode episode;
  episode.onset = Deadline(rule, first.time);
  const Duration allowed = episode.onset - first.time;
  episode.measures = {
      {"gap_s", Seconds(next ? next->time - first.time : allowed), Seconds(allowed)}};
  episode.severity = rule.rule->severity;
  episode.absence_state = state;
  episode.open = !next.has_value();
  episode.members.push_back(std::move(first));
  if (next) episode.members.push_back(*std::move(next));
  return episode;
}

// Whether a gap that begins here and has an end is told: nothing that comes late is waited for any
// more, or it was told before.
bool HasSettled(const CompiledRule& rule, const std::vector<StandingHead>& heads, Time from,
                const Silence& silence) {
  if (rule.rule->settle == Duration(0)) return true;
  if (silence.passed && Deadline(rule, from) < *silence.passed) return true;
  return std::any_of(heads.begin(), heads.end(),
                     [&](const StandingHead& head) { return !head.ended && head.from == from; });
}

Time EndOf(const Episode& episode) { return episode.members.size() == 1 ? kNever : episode.to(); }

// What stands, and what is, in the gaps around some times.
class Neighbourhood {
 public:
  Neighbourhood(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                const Timeline& timeline, const Silence& silence)
      : step_(step), rule_(rule), key_(key), timeline_(timeline), silence_(silence) {}

  void Around(Time time) {
    const std::optional<Time> previous = timeline_.Previous(time);
    std::vector<Member> members;
    if (previous) members.push_back(*timeline_.At(*previous));
    if (std::optional<Member> here = timeline_.At(time)) members.push_back(*std::move(here));
    std::optional<Member> next = timeline_.Next(time);
    hulls_.emplace_back(previous.value_or(time), next ? next->time : kNever);
    const bool last = !next;
    if (next) members.push_back(*std::move(next));
    AddGaps(members);
    if (last && !members.empty()) AddOpen(members.back());
  }

  // All from the first of these on, up to the newest event.
  void From(const std::vector<Member>& members) {
    if (members.empty()) return;
    hulls_.emplace_back(members.front().time, kNever);
    AddGaps(members);
    AddOpen(members.back());
  }

  // The earliest deadline of a gap between two events that is not told of yet.
  std::optional<Time> awaited() const { return awaited_; }

  Affected Take() {
    Affected affected;
    for (const StandingHead& head : timeline_.heads()) {
      if (head.ended || std::none_of(hulls_.begin(), hulls_.end(), [&](const auto& hull) {
            return head.from < hull.second && hull.first < head.to;
          })) {
        continue;
      }
      if (auto standing = step_.store.ReadStanding(key_, rule_.rule->id, head.number)) {
        affected.standing.push_back(*std::move(standing));
      }
    }
    for (auto& [from, episode] : episodes_) affected.episodes.push_back(std::move(episode));
    return affected;
  }

 private:
  void Add(Episode episode) {
    const Time from = episode.from();
    episodes_.insert_or_assign(from, std::move(episode));
  }

  void AddGaps(const std::vector<Member>& members) {
    for (size_t i = 0; i + 1 < members.size(); ++i) {
      const Time deadline = Deadline(rule_, members[i].time);
      if (members[i + 1].time <= deadline) continue;
      if (HasSettled(rule_, timeline_.heads(), members[i].time, silence_)) {
        Add(Gap(rule_, members[i], members[i + 1], "resolved"));
      } else {
        awaited_ = std::min(awaited_.value_or(deadline), deadline);
      }
    }
  }

  // After the newest event: an absence that was open from the same time stays so; else time
  // decides.
  void AddOpen(const Member& newest) {
    for (const StandingHead& head : timeline_.heads()) {
      if (head.ended || head.to != kNever || head.from != newest.time) continue;
      const auto standing = step_.store.ReadStanding(key_, rule_.rule->id, head.number);
      if (!standing) continue;
      Add(Gap(rule_, newest, std::nullopt, standing->warning.content.absence_state));
      return;
    }
    if (silence_.passed && Deadline(rule_, newest.time) < *silence_.passed) {
      Add(Gap(rule_, newest, std::nullopt, silence_.state()));
    }
  }

  StepContext& step_;
  const CompiledRule& rule_;
  const KeyContext& key_;
  const Timeline& timeline_;
  const Silence& silence_;
  std::vector<std::pair<Time, Time>> hulls_;
  std::map<Time, Episode> episodes_;
  std::optional<Time> awaited_;
};

void Write(StepContext& step, const CompiledRule& rule, const KeyContext& key, const Change& change,
           Affected affected) {
  if (step.budget.exhausted()) return;
  const auto overlaps = [&](size_t s, size_t e) {
    const StandingHead& head = affected.standing[s].head;
    return head.from < EndOf(affected.episodes[e]) && affected.episodes[e].from() < head.to;
  };
  const Pairing pairing = PairUp(affected.standing.size(), affected.episodes.size(), overlaps,
                                 [](size_t, size_t) { return false; });
  WriteDifferences(step, rule, key, affected, pairing, [&](size_t s) {
    const StandingHead& head = affected.standing[s].head;
    return change.after && head.from < *change.after && *change.after < head.to;
  });
}

// The newest event is waited for unless its absence is open already, and so are gaps that are not
// told yet. A timer may be too early, never too late: when it fires, the events decide.
void UpdateClock(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                 const Store::AbsenceClock& before, std::optional<Time> newest, bool open,
                 std::optional<Time> awaited = std::nullopt) {
  const RuleId& id = rule.rule->id;
  Store::AbsenceClock clock = before;
  clock.newest = newest;
  if (newest && !open) awaited = std::min(awaited.value_or(kNever), Deadline(rule, *newest));
  if (awaited && (!clock.armed || *awaited < *clock.armed)) {
    if (clock.armed) step.store.DisarmAbsence(key, id, *clock.armed);
    step.store.ArmAbsence(key, id, *awaited);
    clock.armed = awaited;
  }
  if (clock.newest != before.newest || clock.armed != before.armed) {
    step.store.PutAbsenceClock(key, id, clock);
  }
}

bool HasOpen(StepContext& step, const CompiledRule& rule, const KeyContext& key) {
  const std::vector<StandingHead> heads = step.store.Heads(key, rule.rule->id);
  return std::any_of(heads.begin(), heads.end(),
                     [](const StandingHead& head) { return !head.ended && head.to == kNever; });
}

// As most are: later than every other, and by when it was asked for. If nothing is open, it ends
// nothing and begins nothing.
bool ComesInTime(const CompiledRule& rule, const Change& change, std::optional<Time> newest,
                 const Silence& silence) {
  if (change.before || !change.after || !newest) return false;
  const Time time = *change.after;
  if (time <= *newest || time > Deadline(rule, *newest)) return false;
  return !silence.passed || Deadline(rule, time) >= *silence.passed;
}

// Several gaps may have been waited for: all from the first of them on are looked at.
void FireSettled(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                 const Store::AbsenceClock& clock, Time deadline, const Silence& silence) {
  const Change nothing;
  const Timeline timeline(step, rule, key, nothing, clock);
  Neighbourhood around(step, rule, key, timeline, silence);
  around.From(timeline.From(deadline - rule.rule->reach));
  Write(step, rule, key, nothing, around.Take());
  UpdateClock(step, rule, key, clock, clock.newest, HasOpen(step, rule, key), around.awaited());
}

void Fire(StepContext& step, const CompiledRule& rule, const KeyContext& key,
          const Silence& silence) {
  Store::AbsenceClock clock = step.store.ReadAbsenceClock(key, rule.rule->id);
  const std::optional<Time> armed = std::exchange(clock.armed, std::nullopt);
  step.store.PutAbsenceClock(key, rule.rule->id, clock);
  if (armed && rule.rule->settle > Duration(0)) {
    return FireSettled(step, rule, key, clock, *armed, silence);
  }
  if (!clock.newest || HasOpen(step, rule, key)) return;
  if (Deadline(rule, *clock.newest) >= *silence.passed) {
    UpdateClock(step, rule, key, clock, clock.newest, false);
    return;
  }
  const Change nothing;
  const Timeline timeline(step, rule, key, nothing, clock);
  std::optional<Member> newest = timeline.At(*clock.newest);
  if (!newest) return;
  Affected affected;
  affected.episodes.push_back(Gap(rule, *std::move(newest), std::nullopt, silence.state()));
  Write(step, rule, key, nothing, std::move(affected));
}

}  // namespace

void ApplyToAbsence(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                    const Change& change, const Silence& known) {
  const Silence silence = Settled(rule, known);
  const Store::AbsenceClock clock = step.store.ReadAbsenceClock(key, rule.rule->id);
  if (ComesInTime(rule, change, clock.newest, silence) && !HasOpen(step, rule, key)) {
    UpdateClock(step, rule, key, clock, change.after, false);
    return;
  }
  const Timeline timeline(step, rule, key, change, clock);
  Neighbourhood around(step, rule, key, timeline, silence);
  if (change.before) around.Around(*change.before);
  if (change.after && change.after != change.before) around.Around(*change.after);
  const std::optional<Time> newest = timeline.Newest();
  Write(step, rule, key, change, around.Take());
  UpdateClock(step, rule, key, clock, newest, HasOpen(step, rule, key), around.awaited());
}

std::vector<Episode> AllAbsences(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                                 const std::vector<Member>& members, const Silence& known) {
  const Silence silence = Settled(rule, known);
  const Store::AbsenceClock clock = step.store.ReadAbsenceClock(key, rule.rule->id);
  std::vector<const Member*> firsts;  // of each time
  for (const Member& member : members) {
    if (firsts.empty() || firsts.back()->time != member.time) firsts.push_back(&member);
  }
  const std::vector<StandingHead> heads = step.store.Heads(key, rule.rule->id);
  std::optional<Time> awaited;
  std::vector<Episode> episodes;
  for (size_t i = 0; i + 1 < firsts.size(); ++i) {
    const Time deadline = Deadline(rule, firsts[i]->time);
    if (firsts[i + 1]->time <= deadline) continue;
    if (HasSettled(rule, heads, firsts[i]->time, silence)) {
      episodes.push_back(Gap(rule, *firsts[i], *firsts[i + 1], "resolved"));
    } else {
      awaited = std::min(awaited.value_or(deadline), deadline);
    }
  }
  if (firsts.empty()) {
    UpdateClock(step, rule, key, clock, std::nullopt, false);
    return episodes;
  }
  const Member& newest = *firsts.back();
  std::optional<Episode> open;
  for (const StandingHead& head : heads) {
    if (head.ended || head.to != kNever || head.from != newest.time) continue;
    const auto standing = step.store.ReadStanding(key, rule.rule->id, head.number);
    // A source that is read again undoes no deadline; a change of the rule may.
    if (!standing || standing->warning.content.onset != Deadline(rule, newest.time)) continue;
    open = Gap(rule, newest, std::nullopt, standing->warning.content.absence_state);
  }
  if (!open && silence.passed && Deadline(rule, newest.time) < *silence.passed) {
    open = Gap(rule, newest, std::nullopt, silence.state());
  }
  UpdateClock(step, rule, key, clock, newest.time, open.has_value(), awaited);
  if (open) episodes.push_back(*std::move(open));
  return episodes;
}

void PassTime(StepContext& step, const CompiledRule& rule, const Silence& known) {
  const Silence silence = Settled(rule, known);
  if (!silence.passed) return;
  for (const CorrelationKey& due : step.store.DueAbsences(rule.rule->id, *silence.passed)) {
    if (const auto key = MakeKeyContext(due); key.ok()) Fire(step, rule, *key, silence);
  }
  for (const Store::OpenAbsence& open : step.store.OpenAbsences(rule.rule->id)) {
    if (open.state == silence.state()) continue;
    const auto key = MakeKeyContext(open.key);
    if (!key.ok()) continue;
    auto standing = step.store.ReadStanding(*key, rule.rule->id, open.number);
    if (!standing) continue;
    // Once unknown, it is silent only when all has been read up to the deadline.
    const Time deadline = standing->warning.content.onset;
    if (!silence.unknown && deadline >= *silence.passed) continue;
    WarningContent content = standing->warning.content;
    content.absence_state = silence.state();
    WriteUpdate(step, rule, *key, *standing, std::move(content));
  }
}

}  // namespace tocsin
