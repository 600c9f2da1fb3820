#include "lib/correlation/distance.h"

#include <algorithm>
#include <bit>
#include <set>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/correlation/distance_sequence.h"
#include "lib/correlation/divergence.h"
#include "lib/correlation/episodes.h"
#include "lib/correlation/movement.h"
#include "lib/correlation/store.h"
#include "lib/correlation/surge.h"
#include "lib/domain/geodesy.h"
#include "lib/rules/schedule.h"

namespace tocsin {
namespace {

int64_t Seconds(Duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

Time StartOf(int64_t bucket, Duration length) { return Time(bucket * length); }

// What is worked out about one key of a rule.
class Measuring {
 public:
  Measuring(const Pack& pack, const Rule& rule, const KeyContext& key, Time now)
      : pack_(pack), rule_(rule), key_(key), now_(now) {}

  // Where the events that matter begin and end.
  Time From() const {
    switch (rule_.kind) {
      case RuleKind::kEventCount:
      case RuleKind::kValueCount:
        if (rule_.tumbling) return StartOf(BucketOf(now_, rule_.window), rule_.window);
        [[fallthrough]];
      case RuleKind::kNear:
        return now_ - rule_.window + Duration(1);
      case RuleKind::kSequence:
        return now_ - rule_.window - rule_.sequence.then_within;
      case RuleKind::kSurge: {
        const SurgeCondition& surge = rule_.surge;
        return StartOf(BucketOf(now_, surge.bucket) - surge.baseline / surge.bucket, surge.bucket);
      }
      case RuleKind::kAbsence:
      case RuleKind::kDivergence:
      case RuleKind::kMovement:
      case RuleKind::kComposite:
        break;
    }
    return Time::min();
  }
  // Steps may be known before they come to pass.
  Time End() const {
    if (rule_.kind == RuleKind::kComposite) return kNever;  // where open warnings lie
    return (rule_.kind == RuleKind::kSequence ? now_ + rule_.window : now_) + Duration(1);
  }

  // False: there is nothing that the rule still measures.
  bool Measure(std::vector<Member> members, KeyDistance& distance) const {
    if (members.empty()) return false;
    switch (rule_.kind) {
      case RuleKind::kEventCount:
      case RuleKind::kValueCount:
        OfCount(members, distance);
        break;
      case RuleKind::kComposite:
        // A warning to come can still meet these.
        std::erase_if(members, [&](const Member& member) {
          return !member.event.warning->open && member.event.observed.to + rule_.window < now_;
        });
        if (members.empty()) return false;
        [[fallthrough]];
      case RuleKind::kNear:
        OfNear(members, distance);
        break;
      case RuleKind::kAbsence:
        members.erase(members.begin(), members.end() - 1);
        OfAbsence(members, distance);
        break;
      case RuleKind::kSequence:
        return OfSequence(members, distance);
      case RuleKind::kDivergence:
        return OfDivergence(members, distance);
      case RuleKind::kMovement:
        return OfMovement(members, distance);
      case RuleKind::kSurge:
        OfSurge(members, distance);
        return true;
    }
    Name(members, distance);
    return true;
  }

 private:
  static void Name(std::span<const Member> members, KeyDistance& distance) {
    for (const Member& member : members) distance.members.push_back(member.event.identity);
  }

  void OfCount(const std::vector<Member>& members, KeyDistance& distance) const {
    distance.measure = {rule_.CountsIncidents() ? "incidents" : StrCat("distinct_", rule_.field),
                        CountDistinct(rule_, members), rule_.severities.begin()->second};
    if (rule_.tumbling) {
      distance.until = StartOf(BucketOf(now_, rule_.window) + 1, rule_.window);
    }
  }

  void OfNear(const std::vector<Member>& members, KeyDistance& distance) const {
    uint32_t met = 0;
    for (const Member& member : members) met |= member.selections;
    for (size_t i = 0; i < rule_.selections.size(); ++i) {
      const bool asked = std::find(rule_.all_of.begin(), rule_.all_of.end(),
                                   rule_.selections[i].name) != rule_.all_of.end();
      if (!asked) met &= ~(uint32_t{1} << i);
    }
    distance.measure = {"selections", std::popcount(met), std::ssize(rule_.all_of)};
  }

  void OfAbsence(const std::vector<Member>& members, KeyDistance& distance) const {
    const Time newest = members.back().time;
    distance.until =
        rule_.schedule ? SecondDeadline(*rule_.schedule, newest) : newest + rule_.window;
    distance.measure = {"gap_s", Seconds(now_ - newest), Seconds(*distance.until - newest)};
  }

  bool OfSequence(const std::vector<Member>& members, KeyDistance& distance) const {
    const auto part = sequence::MostStepsMet(rule_, members, now_);
    if (!part) return false;
    const SequenceCondition& condition = rule_.sequence;
    std::set<size_t> met;
    for (size_t step = 0; step < condition.steps.size(); ++step) {
      StepMet& one = distance.steps.emplace_back();
      one.selection = condition.steps[step];
      if (!part->members[step]) continue;
      const Member& member = members[*part->members[step]];
      one.by = member.event.identity;
      one.time = member.time;
      met.insert(*part->members[step]);
    }
    for (const size_t i : met) distance.members.push_back(members[i].event.identity);
    distance.measure = {"steps", part->met,
                        std::ssize(condition.steps) + (condition.then_no.empty() ? 0 : 1)};
    distance.until = part->until;
    return true;
  }

  bool OfDivergence(const std::vector<Member>& members, KeyDistance& distance) const {
    const std::vector<Stands> stands = StandsOf(pack_, rule_, key_, members);
    std::set<Time> changes;
    for (const Stands& one : stands) {
      for (const Time time : {one.from, one.until}) {
        if (time <= now_) changes.insert(time);
      }
    }
    for (const Time time : changes) {
      std::set<std::string_view> values;
      for (const Stands& one : stands) {
        if (one.from <= time && time < one.until) values.insert(ValueOf(one, members));
      }
      if (values.size() < 2) {
        distance.since.reset();
      } else if (!distance.since) {
        distance.since = time;
      }
    }
    std::set<size_t> standing;
    for (const Stands& one : stands) {
      if (one.from > now_ || now_ >= one.until) continue;
      distance.sides.push_back({one.side, ValueOf(one, members), members[one.member].event.identity,
                                one.from, one.until});
      standing.insert(one.member);
    }
    if (distance.sides.empty()) return false;
    for (const size_t i : standing) distance.members.push_back(members[i].event.identity);
    const Duration longer_than = rule_.divergence.longer_than;
    distance.measure = {"disagreement_s", distance.since ? Seconds(now_ - *distance.since) : 0,
                        Seconds(longer_than)};
    if (distance.since) distance.until = *distance.since + longer_than;
    return true;
  }
  const std::string& ValueOf(const Stands& one, const std::vector<Member>& members) const {
    return *DeclaredBy(rule_, members[one.member]);
  }

  bool OfMovement(const std::vector<Member>& members, KeyDistance& distance) const {
    if (members.back().time + rule_.window < now_) return false;  // the track has ended
    size_t from = 0, to = 0;
    for (; to < members.size();) {
      from = to;
      to = EndOfTrack(rule_, members, from);
    }
    const JudgedTrack track = Judge(pack_, rule_, Track(members).subspan(from));
    Name(track.sightings, distance);
    const int64_t least = rule_.movement.least_sightings;
    distance.measure = {"sightings", std::ssize(track.sightings), least};
    distance.until = members.back().time + rule_.window;
    distance.course = track.course;
    for (const auto& [area, ways] : track.ahead) distance.ahead.push_back(area);
    if (distance.measure.value < least) {
      distance.missing = {"sightings"};
    } else if (!track.course) {
      distance.missing = {"times"};
    } else if (!track.course->Moves()) {
      distance.missing = {"speed"};
    } else if (track.ahead.empty()) {
      distance.missing = {"area"};
    }
    return true;
  }

  void OfSurge(const std::vector<Member>& members, KeyDistance& distance) const {
    const Duration length = rule_.surge.bucket;
    const int64_t bucket = BucketOf(now_, length);
    const BucketStanding standing = StandingOfBucket(rule_, members, bucket);
    const auto first = std::find_if(members.begin(), members.end(), [&](const Member& member) {
      return BucketOf(member.time, length) == bucket;
    });
    Name({first, members.end()}, distance);
    distance.measure = {"incidents", standing.count, standing.needed};
    distance.until = StartOf(bucket + 1, length);
    distance.past = standing.past;
    distance.past_least = standing.past_least;
    if (standing.needed == 0) distance.missing = {"past"};
  }

  const Pack& pack_;
  const Rule& rule_;
  const KeyContext& key_;
  const Time now_;
};

// What lacks more comes later, then by value / threshold, compared without rounding.
bool Nearer(const KeyDistance& a, const KeyDistance& b) {
  if (a.missing.empty() != b.missing.empty()) return a.missing.empty();
  const int64_t left = a.measure.value * b.measure.threshold;
  const int64_t right = b.measure.value * a.measure.threshold;
  return left != right ? left > right : a.key < b.key;
}

bool AnyStanding(Store& store, const KeyContext& key, const RuleId& rule) {
  const std::vector<StandingHead> heads = store.Heads(key, rule);
  return std::any_of(heads.begin(), heads.end(),
                     [](const StandingHead& head) { return !head.ended && !head.expired; });
}

// Over cells: of each key of the rule's warnings the event that has most of a match around it. An
// event's home cell has all that is close to it.
class AroundEvents {
 public:
  AroundEvents(const CompiledPack& pack, const Rule& rule, Store& store, Time now)
      : pack_(pack), rule_(rule), store_(store), now_(now) {}

  absl::Status Look(const CorrelationKey& cell) {
    TOCSIN_ASSIGN_OR_RETURN(const KeyContext context, MakeKeyContext(cell));
    const Measuring measuring(pack_.pack, rule_, context, now_);
    const std::vector<Member> members = store_.Members(pack_, *pack_.FindRule(cell.spec, rule_.id),
                                                       context, measuring.From(), measuring.End());
    for (const Member& middle : members) {
      if (!IsAtHome(cell, context.parts, middle.event)) continue;
      std::vector<Member> around;
      for (const Member& member : members) {
        if (DistanceMetres(*middle.event.point, *member.event.point) <= rule_.radius_m) {
          around.push_back(member);
        }
      }
      KeyDistance distance;
      measuring.Measure(std::move(around), distance);
      TOCSIN_RETURN_IF_ERROR(Keep(context, middle.event, std::move(distance)));
    }
    return absl::OkStatus();
  }

  std::vector<KeyDistance> Take() {
    std::vector<KeyDistance> distances;
    for (auto& [key, distance] : nearest_) distances.push_back(std::move(distance));
    return distances;
  }

 private:
  absl::Status Keep(const KeyContext& cell, const KeyedEvent& event, KeyDistance distance) {
    for (const CorrelationKey& key : KeysOfMatched(rule_, event)) {
      TOCSIN_ASSIGN_OR_RETURN(const KeyContext context, MakeKeyContext(key));
      if (!std::equal(context.parts.fields.begin(), context.parts.fields.end(),
                      cell.parts.fields.begin() + 1, cell.parts.fields.end())) {
        continue;
      }
      distance.key = key;
      distance.parts = context.parts;
      distance.standing = AnyStanding(store_, context, rule_.id);
      const auto [it, added] = nearest_.try_emplace(key, distance);
      if (!added && Nearer(distance, it->second)) it->second = distance;
    }
    return absl::OkStatus();
  }

  const CompiledPack& pack_;
  const Rule& rule_;
  Store& store_;
  const Time now_;
  std::map<CorrelationKey, KeyDistance> nearest_;
};

}  // namespace

absl::StatusOr<std::vector<KeyDistance>> DistancesOf(const CompiledPack& pack, const RuleId& rule,
                                                     Time now, State& state) {
  const auto it = std::find_if(pack.pack.rules.begin(), pack.pack.rules.end(),
                               [&](const Rule& one) { return one.id == rule; });
  if (it == pack.pack.rules.end()) {
    return absl::NotFoundError(StrCat("the pack has no rule ", rule.str()));
  }
  const CompiledRule& compiled = *pack.FindRule(it->KeySpec(), rule);
  TimerHints hints;
  Store store(state, hints);
  std::vector<KeyDistance> distances;
  if (it->cell_level) {
    AroundEvents around(pack, *it, store, now);
    for (const CorrelationKey& key : store.Keys()) {
      if (key.spec == it->CellSpec()) TOCSIN_RETURN_IF_ERROR(around.Look(key));
    }
    distances = around.Take();
  }
  for (const CorrelationKey& key : store.Keys()) {
    if (key.spec != it->KeySpec() || it->cell_level) continue;
    TOCSIN_ASSIGN_OR_RETURN(const KeyContext context, MakeKeyContext(key));
    const Measuring measuring(pack.pack, *it, context, now);
    KeyDistance distance;
    if (!measuring.Measure(
            store.Members(pack, compiled, context, measuring.From(), measuring.End()), distance)) {
      continue;
    }
    distance.key = key;
    distance.parts = context.parts;
    distance.standing = AnyStanding(store, context, rule);
    distances.push_back(std::move(distance));
  }
  TOCSIN_RETURN_IF_ERROR(store.status());
  std::sort(distances.begin(), distances.end(), Nearer);
  return distances;
}

}  // namespace tocsin
