// Timers of the state: deadlines, expiries, clean-up, and how far time was decided.
#include <limits>

#include "lib/base/text.h"
#include "lib/correlation/state_keys.h"
#include "lib/correlation/store.h"

namespace tocsin {

using state_keys::KeyWriter;
using state_keys::ReadKey;
using state_keys::Written;

// Found through their arguments, so not in the unnamed namespace.
template <class A, class T>
requires kIs<T, Store::AbsenceClock>
void Fields(A& a, T& v) { a(v.newest, v.armed); }
template <class A, class T>
requires kIs<T, Store::Decided>
void Fields(A& a, T& v) { a(v.decided, v.read); }

namespace {

std::string ExpiryKey(const KeyContext& key, const RuleId& rule, int64_t number, Time expires) {
  return KeyWriter('x').At(expires).Raw(key.bytes).Of(rule).Number(number).Take();
}
std::string AbsenceKey(const KeyContext& key, const RuleId& rule, Time deadline) {
  return KeyWriter('a').Of(rule).At(deadline).Raw(key.bytes).Take();
}

}  // namespace

void Store::PutTimer(const std::string& queue, const std::string& timer) {
  if (const auto it = hints_.find(queue); it != hints_.end() && timer < it->second) {
    it->second = timer;
  }
  state_.Put(timer, "");
}

std::vector<std::string> Store::TakeDue(const std::string& queue, Time limit) {
  std::vector<std::string> due;
  const auto hint = hints_.find(queue);
  const std::string from = hint == hints_.end() ? queue : hint->second;
  const std::string end = queue + CanonicalWriter().TimeOf(limit).Take();
  if (from >= end) return due;
  state_.Scan(from, end, [&](std::string_view at, std::string_view) {
    due.emplace_back(at);
    return true;
  });
  for (std::string& timer : due) {
    state_.Delete(timer);
    timer.erase(0, queue.size() + 8);  // the time
  }
  hints_[queue] = end;
  return due;
}

Store::AbsenceClock Store::ReadAbsenceClock(const KeyContext& key, const RuleId& rule) {
  const std::string at = KeyWriter('b').Raw(key.bytes).Of(rule).Take();
  const std::optional<std::string> bytes = state_.Get(at);
  AbsenceClock clock;
  if (!bytes) return clock;
  StateReader in(*bytes);
  in(clock);
  if (!in.Complete()) Lost(at);
  return clock;
}

void Store::PutAbsenceClock(const KeyContext& key, const RuleId& rule, const AbsenceClock& clock) {
  const std::string at = KeyWriter('b').Raw(key.bytes).Of(rule).Take();
  if (!clock.newest && !clock.armed) {
    state_.Delete(at);
  } else {
    state_.Put(at, Written(clock));
  }
}

void Store::ArmAbsence(const KeyContext& key, const RuleId& rule, Time deadline) {
  PutTimer(KeyWriter('a').Of(rule).Take(), AbsenceKey(key, rule, deadline));
}

void Store::DisarmAbsence(const KeyContext& key, const RuleId& rule, Time deadline) {
  state_.Delete(AbsenceKey(key, rule, deadline));
}

std::vector<CorrelationKey> Store::DueAbsences(const RuleId& rule, Time limit) {
  std::vector<CorrelationKey> due;
  for (const std::string& timer : TakeDue(KeyWriter('a').Of(rule).Take(), limit)) {
    CanonicalReader in(timer);
    due.push_back(ReadKey(in));
    if (!in.ok() || !in.done()) Lost(timer);
  }
  return due;
}

void Store::ArmWake(const KeyContext& key, const RuleId& rule, const Wake& wake) {
  PutTimer(KeyWriter('w').Of(rule).Take(),
           KeyWriter('w').Of(rule).At(wake.deadline).Raw(key.bytes).At(wake.anchor).Take());
}

std::vector<Store::DueWake> Store::DueWakes(const RuleId& rule, Time limit) {
  std::vector<DueWake> due;
  for (const std::string& timer : TakeDue(KeyWriter('w').Of(rule).Take(), limit)) {
    CanonicalReader in(timer);
    DueWake& wake = due.emplace_back();
    wake.key = ReadKey(in);
    wake.anchor = in.TimeOf();
    if (!in.ok() || !in.done()) Lost(timer);
  }
  return due;
}

Store::Decided Store::ReadDecided(const RuleId& rule) {
  const std::string at = KeyWriter('d').Of(rule).Take();
  const std::optional<std::string> bytes = state_.Get(at);
  Decided decided;
  if (!bytes) return decided;
  StateReader in(*bytes);
  in(decided);
  if (!in.Complete()) Lost(at);
  return decided;
}

void Store::PutDecided(const RuleId& rule, const Decided& decided) {
  state_.Put(KeyWriter('d').Of(rule).Take(), Written(decided));
}

void Store::EraseDecided(const RuleId& rule) { state_.Delete(KeyWriter('d').Of(rule).Take()); }

void Store::ArmExpiry(const KeyContext& key, const RuleId& rule, int64_t number, Time expires) {
  if (expires != kNever) PutTimer("x", ExpiryKey(key, rule, number, expires));
}

void Store::DisarmExpiry(const KeyContext& key, const RuleId& rule, int64_t number, Time expires) {
  if (expires != kNever) state_.Delete(ExpiryKey(key, rule, number, expires));
}

std::vector<Store::Expiry> Store::DueExpiries(Time limit) {
  std::vector<Expiry> due;
  for (const std::string& timer : TakeDue("x", limit)) {
    CanonicalReader in(timer);
    Expiry& expiry = due.emplace_back();
    expiry.key = ReadKey(in);
    expiry.rule = RuleId(in.Bytes());
    expiry.number = in.Int64();
    if (!in.ok() || !in.done()) Lost(timer);
  }
  return due;
}

int64_t Store::KeysHeld(const std::string& spec) {
  const std::string at = StrCat("q", spec);
  const std::optional<std::string> bytes = state_.Get(at);
  if (!bytes) return 0;
  CanonicalReader in(*bytes);
  const int64_t keys = in.Int64();
  if (!in.ok() || !in.done()) Lost(at);
  return keys;
}

void Store::PutKeysHeld(const std::string& spec, int64_t keys) {
  const std::string at = StrCat("q", spec);
  if (keys > 0) {
    state_.Put(at, CanonicalWriter().Int64(keys).Take());
  } else {
    state_.Delete(at);
  }
}

bool Store::HoldKey(const KeyContext& key, Time cleanup, int64_t most) {
  const std::string held = KeyWriter('k').Raw(key.bytes).Take();
  if (state_.Get(held)) return true;
  const int64_t keys = KeysHeld(key.key.spec);
  if (keys >= most) return false;
  PutKeysHeld(key.key.spec, keys + 1);
  state_.Put(held, "");
  PutTimer("c", KeyWriter('c').At(cleanup).Raw(key.bytes).Take());
  return true;
}

void Store::ArmCleanup(const KeyContext& key, Time time) {
  (void)HoldKey(key, time, std::numeric_limits<int64_t>::max());
}

std::vector<CorrelationKey> Store::DueCleanups(Time limit) {
  std::vector<CorrelationKey> due;
  for (const std::string& timer : TakeDue("c", limit)) {
    state_.Delete(KeyWriter('k').Raw(timer).Take());
    CanonicalReader in(timer);
    due.push_back(ReadKey(in));
    if (!in.ok() || !in.done()) {
      Lost(timer);
    } else {
      PutKeysHeld(due.back().spec, KeysHeld(due.back().spec) - 1);
    }
  }
  return due;
}

}  // namespace tocsin
