#include "lib/correlation/store.h"

#include <algorithm>

#include <absl/strings/escaping.h>

#include "lib/base/text.h"
#include "lib/correlation/state_keys.h"
#include "lib/domain/archive.h"
#include "lib/domain/codec.h"

namespace tocsin {

using state_keys::KeyWriter;
using state_keys::ReadKey;
using state_keys::Written;

// Found through their arguments, so not in the unnamed namespace.
template <class A, class T>
requires kIs<T, StandingHead>
void Fields(A& a, T& v) { a(v.number, v.id, v.from, v.to, v.ended, v.expired); }
template <class A, class T>
requires kIs<T, Store::Held>
void Fields(A& a, T& v) { a(v.time, v.revision); }

namespace {

std::string EventKey(const KeyContext& key, Time time, const Identity& identity) {
  return KeyWriter('e').Raw(key.bytes).At(time).Of(identity).Take();
}
std::string IndexKey(const KeyContext& key, const Identity& identity) {
  return KeyWriter('i').Of(identity).Raw(key.bytes).Take();
}
std::string ReferrerKey(const KeyContext& key, const Identity& target, const Identity& identity) {
  return KeyWriter('r').Raw(key.bytes).Of(target).Of(identity).Take();
}
std::string ToldKey(const KeyContext& key, const Identity& identity, const RuleId& rule) {
  return KeyWriter('t').Raw(key.bytes).Of(identity).Of(rule).Take();
}
std::string StandingKey(const KeyContext& key, const RuleId& rule, int64_t number) {
  return KeyWriter('s').Raw(key.bytes).Of(rule).Number(number).Take();
}

Identity ReadIdentity(CanonicalReader& in) {
  Identity identity;
  identity.mission = MissionId(in.Bytes());
  identity.id = EventId(in.Bytes());
  return identity;
}

}  // namespace

void Store::Lost(std::string_view key) {
  if (!status_.ok()) return;
  status_ = absl::DataLossError(
      StrCat("the state under ", absl::BytesToHexString(Av(key)), " does not decode"));
}

// ---------------------------------------------------------------- events

std::optional<Store::Held> Store::Find(const KeyContext& key, const Identity& identity) {
  const std::string index = IndexKey(key, identity);
  const std::optional<std::string> bytes = state_.Get(index);
  if (!bytes) return std::nullopt;
  StateReader in(*bytes);
  Held held;
  in(held);
  if (!in.Complete()) {
    Lost(index);
    return std::nullopt;
  }
  return held;
}

std::optional<KeyedEvent> Store::Read(const KeyContext& key, const Identity& identity) {
  const std::optional<Held> held = Find(key, identity);
  if (!held) return std::nullopt;
  const std::string at = EventKey(key, held->time, identity);
  const std::optional<std::string> bytes = state_.Get(at);
  if (bytes) {
    absl::StatusOr<KeyedEvent> event = DecodeKeyedEvent(*bytes);
    if (event.ok()) return *std::move(event);
  }
  Lost(at);
  return std::nullopt;
}

void Store::PutEvent(const KeyContext& key, const KeyedEvent& event) {
  const Held held{TimeOf(event), event.revision};
  state_.Put(EventKey(key, held.time, event.identity), Encode(event));
  state_.Put(IndexKey(key, event.identity), Written(held));
  if (event.same_incident_as) {
    state_.Put(ReferrerKey(key, *event.same_incident_as, event.identity), "");
  }
}

void Store::EraseEvent(const KeyContext& key, const KeyedEvent& event) {
  state_.Delete(EventKey(key, TimeOf(event), event.identity));
  state_.Delete(IndexKey(key, event.identity));
  if (event.same_incident_as) {
    state_.Delete(ReferrerKey(key, *event.same_incident_as, event.identity));
  }
  if (!IsOfCells(key.key)) return;
  std::vector<std::string> told;
  const std::string prefix = KeyWriter('t').Raw(key.bytes).Of(event.identity).Take();
  state_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view at, std::string_view) {
    told.emplace_back(at);
    return true;
  });
  for (const std::string& at : told) state_.Delete(at);
}

std::optional<int32_t> Store::ReadTold(const KeyContext& key, const Identity& identity,
                                       const RuleId& rule) {
  const std::string at = ToldKey(key, identity, rule);
  const std::optional<std::string> bytes = state_.Get(at);
  if (!bytes) return std::nullopt;
  StateReader in(*bytes);
  int32_t revision = 0;
  in(revision);
  if (in.Complete()) return revision;
  Lost(at);
  return std::nullopt;
}

void Store::PutTold(const KeyContext& key, const Identity& identity, const RuleId& rule,
                    int32_t revision) {
  state_.Put(ToldKey(key, identity, rule), Written(revision));
}

std::vector<CorrelationKey> Store::KeysHolding(const Identity& identity) {
  std::vector<CorrelationKey> keys;
  const std::string prefix = KeyWriter('i').Of(identity).Take();
  state_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view at, std::string_view) {
    CanonicalReader in(at.substr(prefix.size()));
    keys.push_back(ReadKey(in));
    if (!in.ok() || !in.done()) Lost(at);
    return true;
  });
  return keys;
}

std::set<Time> Store::ReferrerTimes(const KeyContext& key, const Identity& identity) {
  std::set<Time> times;
  std::set<Identity> seen = {identity};
  std::vector<Identity> open = {identity};
  while (!open.empty()) {
    const std::string prefix = KeyWriter('r').Raw(key.bytes).Of(open.back()).Take();
    open.pop_back();
    std::vector<Identity> found;
    state_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view at, std::string_view) {
      CanonicalReader in(at.substr(prefix.size()));
      found.push_back(ReadIdentity(in));
      if (!in.ok() || !in.done()) Lost(at);
      return true;
    });
    for (const Identity& referrer : found) {
      if (!seen.insert(referrer).second) continue;
      if (const std::optional<Held> held = Find(key, referrer)) times.insert(held->time);
      open.push_back(referrer);
    }
  }
  return times;
}

void Store::ScanMembers(const CompiledPack& pack, const CompiledRule& rule, const KeyContext& key,
                        Time from, Time to, uint32_t selections, MemberVisitor visit) {
  const std::string prefix = KeyWriter('e').Raw(key.bytes).Take();
  const std::string first = prefix + CanonicalWriter().TimeOf(from).Take();
  const std::string end = prefix + CanonicalWriter().TimeOf(to).Take();
  state_.Scan(first, end, [&](std::string_view at, std::string_view bytes) {
    if (budget_ != nullptr && !budget_->Spend(1)) return false;
    if (!rule.MayMeet(bytes, selections)) return true;
    absl::StatusOr<KeyedEvent> event = DecodeKeyedEvent(bytes);
    if (!event.ok()) {
      Lost(at);
      return false;
    }
    Member member;
    member.selections = rule.SelectionsMet(pack.pack, *event, key.actor_of_key());
    if ((member.selections & selections) == 0) return true;
    member.time = TimeOf(*event);
    member.event = *std::move(event);
    return visit(std::move(member));
  });
}

std::vector<Member> Store::Members(const CompiledPack& pack, const CompiledRule& rule,
                                   const KeyContext& key, Time from, Time to) {
  std::vector<Member> members;
  ScanMembers(pack, rule, key, from, to, ~uint32_t{0}, [&](Member&& member) {
    members.push_back(std::move(member));
    return true;
  });
  if (rule.rule->CountsIncidents()) {
    for (Member& member : members) {
      member.incident = IncidentOf(pack, rule, key, member.event);
    }
  }
  return members;
}

// The end of the chain as far as its members are in S; of a ring the least identity in it.
Identity Store::IncidentOf(const CompiledPack& pack, const CompiledRule& rule,
                           const KeyContext& key, const KeyedEvent& event) {
  std::vector<Identity> seen = {event.identity};
  std::optional<Identity> next = event.same_incident_as;
  while (next) {
    const auto ring = std::find(seen.begin(), seen.end(), *next);
    if (ring != seen.end()) return *std::min_element(ring, seen.end());
    const std::optional<KeyedEvent> following = Read(key, *next);
    if (!following || rule.SelectionsMet(pack.pack, *following, key.actor_of_key()) == 0) break;
    seen.push_back(*next);
    next = following->same_incident_as;
  }
  return seen.back();
}

Store::Past Store::EventsBefore(const KeyContext& key, Time to, const std::set<Identity>& but) {
  Past past;
  const std::string prefix = KeyWriter('e').Raw(key.bytes).Take();
  const std::string end = prefix + CanonicalWriter().TimeOf(to).Take();
  state_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view at, std::string_view bytes) {
    if (at >= end) {
      past.others = true;
      return false;
    }
    absl::StatusOr<KeyedEvent> event = DecodeKeyedEvent(bytes);
    if (!event.ok()) {
      Lost(at);
    } else if (but.contains(event->identity)) {
      past.others = true;
    } else {
      past.events.push_back(*std::move(event));
    }
    return true;
  });
  return past;
}

std::optional<Time> Store::ReadRemoved(const KeyContext& key) {
  const std::string at = KeyWriter('h').Raw(key.bytes).Take();
  const std::optional<std::string> bytes = state_.Get(at);
  if (!bytes) return std::nullopt;
  StateReader in(*bytes);
  Time before = kUnknownTime;
  in(before);
  if (!in.Complete()) Lost(at);
  return before;
}

void Store::PutRemoved(const KeyContext& key, Time before) {
  state_.Put(KeyWriter('h').Raw(key.bytes).Take(), Written(before));
}

void Store::EraseRemoved(const KeyContext& key) {
  state_.Delete(KeyWriter('h').Raw(key.bytes).Take());
}

// ---------------------------------------------------------------- standing warnings

std::vector<StandingHead> Store::Heads(const KeyContext& key, const RuleId& rule) {
  std::vector<StandingHead> heads;
  const std::string prefix = KeyWriter('s').Raw(key.bytes).Of(rule).Take();
  state_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view at, std::string_view bytes) {
    StateReader in(bytes);
    in(heads.emplace_back());
    if (!in.ok()) Lost(at);
    return true;
  });
  return heads;
}

std::map<RuleId, std::vector<StandingHead>> Store::HeadsOfAll(const KeyContext& key) {
  std::map<RuleId, std::vector<StandingHead>> heads;
  const std::string prefix = KeyWriter('s').Raw(key.bytes).Take();
  state_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view at, std::string_view bytes) {
    CanonicalReader place(at.substr(prefix.size()));
    const RuleId rule(place.Bytes());
    StateReader in(bytes);
    in(heads[rule].emplace_back());
    if (!place.ok() || !in.ok()) Lost(at);
    return true;
  });
  return heads;
}

std::optional<Standing> Store::ReadStanding(const KeyContext& key, const RuleId& rule,
                                            int64_t number) {
  const std::string at = StandingKey(key, rule, number);
  const std::optional<std::string> bytes = state_.Get(at);
  if (!bytes) return std::nullopt;
  StateReader in(*bytes);
  Standing standing;
  in(standing.head, standing.warning);
  if (!in.Complete()) {
    Lost(at);
    return std::nullopt;
  }
  return standing;
}

std::vector<Standing> Store::NotEnded(const KeyContext& key, const RuleId& rule) {
  std::vector<Standing> standing;
  for (const StandingHead& head : Heads(key, rule)) {
    if (head.ended) continue;
    if (auto one = ReadStanding(key, rule, head.number)) standing.push_back(*std::move(one));
  }
  return standing;
}

void Store::PutStanding(const KeyContext& key, const RuleId& rule, const Standing& standing) {
  StateWriter out;
  out(standing.head, standing.warning);
  state_.Put(StandingKey(key, rule, standing.head.number), out.Take());
}

void Store::EraseStanding(const KeyContext& key, const RuleId& rule, int64_t number) {
  state_.Delete(StandingKey(key, rule, number));
}

std::set<RuleId> Store::RulesOf(const KeyContext& key) {
  std::set<RuleId> rules;
  const std::string prefix = KeyWriter('s').Raw(key.bytes).Take();
  const std::string end = PrefixEnd(prefix);
  // From one rule to the next, whatever stands of each.
  for (std::string from = prefix; !from.empty();) {
    std::string next;
    state_.Scan(from, end, [&](std::string_view at, std::string_view) {
      CanonicalReader in(at.substr(prefix.size()));
      const RuleId rule(in.Bytes());
      if (!in.ok()) Lost(at);
      rules.insert(rule);
      next = PrefixEnd(KeyWriter('s').Raw(key.bytes).Of(rule).Take());
      return false;
    });
    from = std::move(next);
  }
  return rules;
}

std::vector<Store::OpenAbsence> Store::OpenAbsences(const RuleId& rule) {
  std::vector<OpenAbsence> open;
  const std::string prefix = KeyWriter('o').Of(rule).Take();
  state_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view at, std::string_view bytes) {
    CanonicalReader in(at.substr(prefix.size()));
    OpenAbsence& absence = open.emplace_back();
    absence.key = ReadKey(in);
    absence.number = in.Int64();
    absence.state = std::string(bytes);
    if (!in.ok() || !in.done()) Lost(at);
    return true;
  });
  return open;
}

void Store::PutOpenAbsence(const KeyContext& key, const RuleId& rule, int64_t number,
                           const std::string& absence_state) {
  state_.Put(KeyWriter('o').Of(rule).Raw(key.bytes).Number(number).Take(), absence_state);
}

void Store::EraseOpenAbsence(const KeyContext& key, const RuleId& rule, int64_t number) {
  state_.Delete(KeyWriter('o').Of(rule).Raw(key.bytes).Number(number).Take());
}

// ---------------------------------------------------------------- keys

std::optional<CorrelationKey> Store::NextKey(const std::string& spec, const std::string& after) {
  std::optional<CorrelationKey> next;
  std::string least;
  for (const char letter : {'e', 's'}) {
    const std::string all =
        spec.empty() ? std::string(1, letter) : letter + CanonicalWriter().Bytes(spec).Take();
    const std::string end = PrefixEnd(all);
    const std::string from = after.empty() ? all : std::max(all, PrefixEnd(letter + after));
    if (from >= end) continue;
    state_.Scan(from, end, [&](std::string_view at, std::string_view) {
      CanonicalReader in(at.substr(1));
      CorrelationKey key = ReadKey(in);
      if (!in.ok()) Lost(at);
      std::string bytes = BytesOf(key);
      if (!next || bytes < least) {
        next = std::move(key);
        least = std::move(bytes);
      }
      return false;
    });
  }
  return next;
}

std::vector<CorrelationKey> Store::Keys() {
  std::set<CorrelationKey> keys;
  const std::string prefix = KeyWriter('i').Take();
  state_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view at, std::string_view) {
    CanonicalReader in(at.substr(prefix.size()));
    in.Bytes();  // mission and id of the event
    in.Bytes();
    keys.insert(ReadKey(in));
    if (!in.ok() || !in.done()) Lost(at);
    return true;
  });
  return {keys.begin(), keys.end()};
}

}  // namespace tocsin
