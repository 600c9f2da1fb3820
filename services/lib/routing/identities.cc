#include "lib/routing/identities.h"

#include <algorithm>

#include "lib/base/canonical.h"
#include "lib/base/compact.h"
#include "lib/base/text.h"
#include "lib/routing/state_layout.h"

namespace tocsin {
namespace {

// Bounds the work of one transaction. A number of entries, so that it is the same in every replay.
constexpr int64_t kMostExpiredAtOnce = 1000;

std::string KeyOf(const Identity& identity) {
  return layout::Key(layout::kIdentities,
                     CanonicalWriter().Bytes(identity.mission.str()).Bytes(identity.id.str()));
}

std::string ExpiryKeyOf(Time expires, const Identity& identity) {
  return layout::Key(
      layout::kExpiries,
      CanonicalWriter().TimeOf(expires).Bytes(identity.mission.str()).Bytes(identity.id.str()));
}

std::string ExpiryFrom(Time t) {
  return layout::Key(layout::kExpiries, CanonicalWriter().TimeOf(t));
}

std::string Encode(const HeldIdentity& held) {
  CompactWriter out;
  out.Int64(held.revision).Bool(held.withdrawn).TimeOf(held.expires);
  out.Int64(static_cast<int64_t>(held.keys.size()));
  for (const CorrelationKey& key : held.keys) out.Bytes(key.spec).Bytes(key.value);
  // Most identities never meet a backfill.
  if (held.backfill != 0 || held.unsure) out.Int64(held.backfill).Bool(held.unsure);
  return out.Take();
}

}  // namespace

absl::Status Identities::Load(const ReadState& state) {
  passed_ = Time::min();
  const std::optional<std::string> value = state.Get(layout::kExpiredBefore);
  if (!value) return absl::OkStatus();
  CanonicalReader in(*value);
  passed_ = in.TimeOf();
  if (!in.ok() || !in.done()) return absl::DataLossError("the expiry mark cannot be read");
  return absl::OkStatus();
}

absl::StatusOr<std::optional<HeldIdentity>> Identities::Find(const ReadState& state,
                                                             const Identity& identity) {
  const std::optional<std::string> value = state.Get(KeyOf(identity));
  if (!value) return std::nullopt;
  CompactReader in(*value);
  HeldIdentity held;
  held.revision = static_cast<int32_t>(in.Int64());
  held.withdrawn = in.Bool();
  held.expires = in.TimeOf();
  const int64_t keys = in.Int64();
  for (int64_t i = 0; i < keys && in.ok(); ++i) {
    CorrelationKey key;
    key.spec = in.Bytes();
    key.value = in.Bytes();
    held.keys.push_back(std::move(key));
  }
  if (in.ok() && !in.done()) {
    held.backfill = in.Int64();
    held.unsure = in.Bool();
  }
  if (!in.ok() || !in.done()) {
    return absl::DataLossError(StrCat("the entry of event ", identity.mission.str(), "/",
                                      identity.id.str(), " cannot be read"));
  }
  return held;
}

void Identities::Save(const Identity& identity, const std::optional<HeldIdentity>& earlier,
                      HeldIdentity held, State& state) const {
  held.expires = std::max(held.expires, passed_);
  if (earlier && earlier->expires != held.expires) {
    state.Delete(ExpiryKeyOf(earlier->expires, identity));
  }
  state.Put(ExpiryKeyOf(held.expires, identity), "");
  state.Put(KeyOf(identity), Encode(held));
}

absl::StatusOr<int64_t> Identities::Expire(Time now, State& state) {
  // From the mark of the last call, not from the first key: a store steps over each deleted entry.
  const Time from = passed_;
  if (now <= from) return 0;
  std::vector<std::string> expiries;
  std::vector<Identity> identities;
  Time reached = now;
  bool readable = true;
  state.Scan(ExpiryFrom(from), ExpiryFrom(now), [&](std::string_view key, std::string_view) {
    CanonicalReader in(key.substr(layout::kExpiries.size()));
    const Time expires = in.TimeOf();
    if (static_cast<int64_t>(identities.size()) == kMostExpiredAtOnce) {
      reached = expires;
      return false;
    }
    Identity identity;
    identity.mission = MissionId(in.Bytes());
    identity.id = EventId(in.Bytes());
    readable = in.ok() && in.done();
    if (!readable) return false;
    expiries.emplace_back(key);
    identities.push_back(std::move(identity));
    return true;
  });
  if (!readable) return absl::DataLossError("an entry of the expiry index cannot be read");
  for (const std::string& key : expiries) state.Delete(key);
  for (const Identity& identity : identities) state.Delete(KeyOf(identity));
  // Written only with a deletion or a day later: a mark for every tick would be noise.
  if (!identities.empty() || now - std::max(from, Time(Duration(0))) > std::chrono::days(1)) {
    state.Put(layout::kExpiredBefore, CanonicalWriter().TimeOf(reached).str());
    passed_ = reached;
  }
  return static_cast<int64_t>(identities.size());
}

}  // namespace tocsin
