// What ingest knows of its own topic: for each event the last revision in full, the hashes of the
// earlier ones, the triage list, how far it has read, and how far each sensor session has come. A
// function of the log, kept in a store so that a start reads only what is new.
//
// Reads and writes go to the state that is passed in; the caller makes sure that one thread at a
// time does so.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/domain/event.h"

namespace tocsin {

// A reading's place in its session, as it travels in the record's headers. `previous`: the reading
// of the session that was written before it; those in between were refused or were duplicates, so
// that the log alone tells how far a session has come.
struct SessionMark {
  std::string feed;
  std::string session;
  int64_t sequence = 0;
  int64_t previous = 0;
};

// One revision of an event in the log.
struct LoggedRevision {
  int32_t revision = 0;
  RevisionKind kind = RevisionKind::kUnspecified;
  std::string hash;
  Time accepted = kUnknownTime;
  int32_t partition = 0;
  int64_t offset = 0;
  std::vector<std::string> flags;
};

struct CurrentRevision {
  LoggedRevision logged;
  std::string event;  // serialized v1.Event as it is in the log
};

namespace view {

std::optional<CurrentRevision> Current(const ReadState& state, const EventId& id);
// Any revision; absent if it is not in the log.
std::optional<LoggedRevision> Revision(const ReadState& state, const EventId& id, int32_t revision);

// Takes one record of the topic in. A revision that is there already changes nothing: the first in
// the log stands. The position and the greatest accept time move in any case.
struct Record {
  const Event& event;
  std::string bytes;
  std::string hash;
  int32_t partition = 0;
  int64_t offset = 0;
  std::optional<SessionMark> mark;
};
void Apply(State& state, const Record& record);
// A record that is no event (foreign bytes).
void Skip(State& state, int32_t partition, int64_t offset);

// Next offset to be read, by partition; absent: from the beginning.
std::map<int32_t, int64_t> Positions(const ReadState& state);
Time LastAccepted(const ReadState& state, int32_t partition);

// Up to this reading of the session everything is accepted, a duplicate or refused.
int64_t SessionProgress(const ReadState& state, const std::string& feed,
                        const std::string& session);
void SetSessionProgress(State& state, const std::string& feed, const std::string& session,
                        int64_t sequence);

// Events with flags, the longest waiting first; a page ends early when its events have `max_bytes`.
// InvalidArgument: the token is none of this list.
struct TriagePage {
  std::vector<CurrentRevision> items;
  std::string next_token;  // empty: no more
};
absl::StatusOr<TriagePage> Triage(const ReadState& state, size_t page_size,
                                  const std::string& token, size_t max_bytes = 2 << 20);

// Which log the state was made from: cluster, topic and epoch in one text.
std::string Origin(const ReadState& state);
void SetOrigin(State& state, const std::string& origin);

}  // namespace view
}  // namespace tocsin
