// What the shell itself keeps in a task's store, beside the core's state and in the same write
// batches: whose state it is, and how far it goes. Keys begin with "\x01shell/", which no core
// uses.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include <absl/status/status.h>

#include "lib/base/state.h"
#include "lib/domain/types.h"

namespace tocsin {

// How far a state goes.
struct TaskPosition {
  std::map<SourceId, int64_t> next;  // next offset of each input that was ever fed
  int64_t journal_sequence = 0;      // sequence of the next journal record
  int64_t journal_offset = -1;       // where to look for it; -1: from the beginning
  friend bool operator==(const TaskPosition&, const TaskPosition&) = default;
};

TaskPosition ReadPosition(const ReadState& state);
// Writes the difference.
void WritePosition(const TaskPosition& before, const TaskPosition& after, State& state);

// What a state was made of.
struct TaskIdentity {
  std::string cluster;
  std::string semantics;
  // By topic. Empty: the epoch record is past retention.
  std::map<std::string, std::string> epochs;
  int64_t state_format = 1;  // of the keys and values themselves
  friend bool operator==(const TaskIdentity&, const TaskIdentity&) = default;
};

// Of the version that worked the state out; nullopt: it is new.
std::optional<std::string> ReadSemantics(const ReadState& state);
void WriteSemantics(const std::string& semantics, State& state);

// DataLoss: the state is of another format, and not for this build to read. One that says nothing
// is new, or from before the shell wrote it: the core knows.
absl::Status CheckStateFormat(int64_t format, const ReadState& state);

// FailedPrecondition if the state in `folder` is of another identity; otherwise writes what the
// state did not have yet (all of it for a new state, new topics for an old one). A state of one of
// `upgrades_from` is no other one, and stays of its version until it is taken over
// (lib/task/take_over.h). One that has read nothing is of no version yet.
absl::Status CheckIdentity(const std::string& folder, const TaskIdentity& identity, State& state,
                           const std::set<std::string>& upgrades_from = {});

}  // namespace tocsin
