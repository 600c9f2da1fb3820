#include "lib/filing/view.h"

#include <absl/strings/escaping.h>

#include "lib/base/canonical.h"

namespace tocsin::view {
namespace {

// First byte of every key.
constexpr char kCurrent[] = "e";
constexpr char kEarlier[] = "h";
constexpr char kTriage[] = "t";
constexpr char kPosition[] = "o";
constexpr char kAccepted[] = "a";
constexpr char kSession[] = "s";
constexpr char kAhead[] = "l";  // readings written after one that is not in the log
constexpr char kOrigin[] = "m";

CanonicalWriter Key(const char* kind) {
  CanonicalWriter key;
  key.Bytes(kind);
  return key;
}

std::string CurrentKey(const EventId& id) { return Key(kCurrent).Bytes(id.str()).Take(); }
std::string EarlierKey(const EventId& id, int32_t revision) {
  return Key(kEarlier).Bytes(id.str()).Int64(revision).Take();
}
std::string TriageKey(Time accepted, const EventId& id) {
  return Key(kTriage).TimeOf(accepted).Bytes(id.str()).Take();
}
std::string PartitionKey(const char* kind, int32_t partition) {
  return Key(kind).Int64(partition).Take();
}
CanonicalWriter SessionKey(const char* kind, const std::string& feed, const std::string& session) {
  CanonicalWriter key = Key(kind);
  key.Bytes(feed).Bytes(session);
  return key;
}

void Write(CanonicalWriter& out, const LoggedRevision& logged) {
  out.Int64(logged.revision).Int64(static_cast<int>(logged.kind)).Bytes(logged.hash);
  out.TimeOf(logged.accepted).Int64(logged.partition).Int64(logged.offset);
  out.Int64(static_cast<int64_t>(logged.flags.size()));
  for (const std::string& flag : logged.flags) out.Bytes(flag);
}

LoggedRevision ReadLogged(CanonicalReader& in) {
  LoggedRevision logged;
  logged.revision = static_cast<int32_t>(in.Int64());
  logged.kind = static_cast<RevisionKind>(in.Int64());
  logged.hash = in.Bytes();
  logged.accepted = in.TimeOf();
  logged.partition = static_cast<int32_t>(in.Int64());
  logged.offset = in.Int64();
  for (int64_t n = in.Int64(); n > 0 && in.ok(); --n) logged.flags.push_back(in.Bytes());
  return logged;
}

CurrentRevision ReadCurrent(std::string_view value) {
  CanonicalReader in(value);
  CurrentRevision current;
  current.logged = ReadLogged(in);
  current.event = in.Bytes();
  return current;
}

std::optional<int64_t> GetInt(const ReadState& state, const std::string& key) {
  const std::optional<std::string> value = state.Get(key);
  if (!value) return std::nullopt;
  return CanonicalReader(*value).Int64();
}
void PutInt(State& state, const std::string& key, int64_t value) {
  state.Put(key, CanonicalWriter().Int64(value).Take());
}

bool WaitsForAPerson(const LoggedRevision& logged) {
  return !logged.flags.empty() && logged.kind != RevisionKind::kWithdraw;
}

void Advance(State& state, const SessionMark& mark) {
  if (mark.previous > SessionProgress(state, mark.feed, mark.session)) {
    // Something before it is not in the log (yet): it counts once that has come.
    CanonicalWriter key = SessionKey(kAhead, mark.feed, mark.session);
    PutInt(state, key.Int64(mark.previous).Take(), mark.sequence);
    return;
  }
  SetSessionProgress(state, mark.feed, mark.session, mark.sequence);
  const std::string from = SessionKey(kAhead, mark.feed, mark.session).Take();
  for (bool moved = true; moved;) {
    moved = false;
    std::optional<std::pair<std::string, int64_t>> next;
    state.Scan(from, PrefixEnd(from), [&](std::string_view key, std::string_view value) {
      next.emplace(key, CanonicalReader(value).Int64());
      return false;  // the least one decides
    });
    if (!next) return;
    const int64_t previous =
        CanonicalReader(std::string_view(next->first).substr(from.size())).Int64();
    if (previous <= SessionProgress(state, mark.feed, mark.session)) {
      state.Delete(next->first);
      SetSessionProgress(state, mark.feed, mark.session, next->second);
      moved = true;
    }
  }
}

void Move(State& state, int32_t partition, int64_t offset) {
  const std::string key = PartitionKey(kPosition, partition);
  if (GetInt(state, key).value_or(0) <= offset) PutInt(state, key, offset + 1);
}

}  // namespace

std::optional<CurrentRevision> Current(const ReadState& state, const EventId& id) {
  const std::optional<std::string> value = state.Get(CurrentKey(id));
  if (!value) return std::nullopt;
  return ReadCurrent(*value);
}

std::optional<LoggedRevision> Revision(const ReadState& state, const EventId& id,
                                       int32_t revision) {
  if (const auto current = Current(state, id); current && current->logged.revision == revision) {
    return current->logged;
  }
  const std::optional<std::string> value = state.Get(EarlierKey(id, revision));
  if (!value) return std::nullopt;
  CanonicalReader in(*value);
  return ReadLogged(in);
}

void Apply(State& state, const Record& record) {
  const Event& event = record.event;
  const EventId& id = event.identity.id;
  Move(state, record.partition, record.offset);
  const std::string accepted_key = PartitionKey(kAccepted, record.partition);
  if (GetInt(state, accepted_key).value_or(0) < ToMicros(event.accepted)) {
    PutInt(state, accepted_key, ToMicros(event.accepted));
  }
  if (record.mark) Advance(state, *record.mark);
  if (const auto last = Current(state, id)) {
    if (last->logged.revision >= event.revision) return;
    CanonicalWriter earlier;
    Write(earlier, last->logged);
    state.Put(EarlierKey(id, last->logged.revision), earlier.str());
    if (WaitsForAPerson(last->logged)) state.Delete(TriageKey(last->logged.accepted, id));
  }
  const LoggedRevision logged{event.revision,   event.revision_kind, record.hash, event.accepted,
                              record.partition, record.offset,       event.flags};
  CanonicalWriter current;
  Write(current, logged);
  current.Bytes(record.bytes);
  state.Put(CurrentKey(id), current.str());
  if (WaitsForAPerson(logged)) state.Put(TriageKey(event.accepted, id), "");
}

void Skip(State& state, int32_t partition, int64_t offset) { Move(state, partition, offset); }

std::map<int32_t, int64_t> Positions(const ReadState& state) {
  std::map<int32_t, int64_t> positions;
  const std::string from = Key(kPosition).Take();
  state.Scan(from, PrefixEnd(from), [&](std::string_view key, std::string_view value) {
    positions[static_cast<int32_t>(CanonicalReader(key.substr(from.size())).Int64())] =
        CanonicalReader(value).Int64();
    return true;
  });
  return positions;
}

Time LastAccepted(const ReadState& state, int32_t partition) {
  return FromMicros(GetInt(state, PartitionKey(kAccepted, partition)).value_or(0));
}

int64_t SessionProgress(const ReadState& state, const std::string& feed,
                        const std::string& session) {
  return GetInt(state, SessionKey(kSession, feed, session).Take()).value_or(0);
}

void SetSessionProgress(State& state, const std::string& feed, const std::string& session,
                        int64_t sequence) {
  if (sequence > SessionProgress(state, feed, session)) {
    PutInt(state, SessionKey(kSession, feed, session).Take(), sequence);
  }
}

absl::StatusOr<TriagePage> Triage(const ReadState& state, size_t page_size,
                                  const std::string& token, size_t max_bytes) {
  const std::string prefix = Key(kTriage).Take();
  std::string from = prefix;
  if (!token.empty()) {
    if (token.size() > 4096 || token.size() % 2 != 0 ||
        token.find_first_not_of("0123456789abcdef") != std::string::npos) {
      return absl::InvalidArgumentError("page_token: is none of this list");
    }
    from = absl::HexStringToBytes(token);
    if (from.compare(0, prefix.size(), prefix) != 0) {
      return absl::InvalidArgumentError("page_token: is none of this list");
    }
  }
  TriagePage page;
  size_t bytes = 0;
  std::vector<std::string> keys;
  state.Scan(from, PrefixEnd(prefix), [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return keys.size() <= page_size;
  });
  for (const std::string& key : keys) {
    if (page.items.size() == page_size || bytes >= max_bytes) {
      page.next_token = absl::BytesToHexString(key);
      break;
    }
    CanonicalReader in(std::string_view(key).substr(prefix.size()));
    in.TimeOf();
    if (auto current = Current(state, EventId(in.Bytes()))) {
      bytes += current->event.size();
      page.items.push_back(*std::move(current));
    }
  }
  return page;
}

std::string Origin(const ReadState& state) { return state.Get(Key(kOrigin).Take()).value_or(""); }
void SetOrigin(State& state, const std::string& origin) { state.Put(Key(kOrigin).Take(), origin); }

}  // namespace tocsin::view
