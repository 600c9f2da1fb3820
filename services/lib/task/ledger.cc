#include "lib/task/ledger.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include "lib/base/canonical.h"
#include "lib/task/blocked.h"

namespace tocsin {
namespace {

constexpr char kPositionPrefix[] = "\x01shell/position/";
constexpr char kJournalKey[] = "\x01shell/journal";
constexpr char kClusterKey[] = "\x01shell/cluster";
constexpr char kSemanticsKey[] = "\x01shell/semantics";
constexpr char kFormatKey[] = "\x01shell/format";
constexpr char kEpochPrefix[] = "\x01shell/epoch/";

std::string PositionKey(const SourceId& source) {
  return kPositionPrefix + CanonicalWriter().Bytes(source.topic).Int64(source.partition).Take();
}

absl::Status Compare(const std::string& folder, std::string_view reason, const std::string& what,
                     const std::string& key, const std::string& value, State& state) {
  const std::optional<std::string> found = state.Get(key);
  if (!found.has_value()) {
    state.Put(key, value);
    return absl::OkStatus();
  }
  if (*found == value) return absl::OkStatus();
  return Blocked(reason, absl::StrCat("the state folder ", folder, " was made with ", what, " ",
                                      *found, ", but this is ", value,
                                      ". Go back to what it was made with, or begin anew"));
}

}  // namespace

TaskPosition ReadPosition(const ReadState& state) {
  TaskPosition position;
  state.Scan(kPositionPrefix, PrefixEnd(kPositionPrefix),
             [&](std::string_view key, std::string_view value) {
               CanonicalReader reader(key.substr(sizeof(kPositionPrefix) - 1));
               SourceId source;
               source.topic = reader.Bytes();
               source.partition = static_cast<int32_t>(reader.Int64());
               position.next[source] = CanonicalReader(value).Int64();
               return true;
             });
  if (const auto journal = state.Get(kJournalKey)) {
    CanonicalReader reader(*journal);
    position.journal_sequence = reader.Int64();
    position.journal_offset = reader.Int64();
  }
  return position;
}

void WritePosition(const TaskPosition& before, const TaskPosition& after, State& state) {
  for (const auto& [source, next] : after.next) {
    const auto it = before.next.find(source);
    if (it != before.next.end() && it->second == next) continue;
    state.Put(PositionKey(source), CanonicalWriter().Int64(next).Take());
  }
  if (before.journal_sequence != after.journal_sequence ||
      before.journal_offset != after.journal_offset) {
    state.Put(kJournalKey,
              CanonicalWriter().Int64(after.journal_sequence).Int64(after.journal_offset).Take());
  }
}

std::optional<std::string> ReadSemantics(const ReadState& state) {
  return state.Get(kSemanticsKey);
}

void WriteSemantics(const std::string& semantics, State& state) {
  state.Put(kSemanticsKey, semantics);
}

absl::Status CheckStateFormat(int64_t format, const ReadState& state) {
  const std::optional<std::string> found = state.Get(kFormatKey);
  if (!found.has_value() || *found == absl::StrCat(format)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("its state is of format ", *found,
                                          ", and this build reads format ", format, " only"));
}

absl::Status CheckIdentity(const std::string& folder, const TaskIdentity& identity, State& state,
                           const std::set<std::string>& upgrades_from) {
  absl::Status status =
      Compare(folder, kOtherTopics, "the Kafka cluster", kClusterKey, identity.cluster, state);
  if (!status.ok()) return status;
  const std::optional<std::string> found = ReadSemantics(state);
  if (ReadPosition(state) == TaskPosition()) {
    // Whoever was here before has read nothing.
    if (found != identity.semantics) WriteSemantics(identity.semantics, state);
  } else if (!found.has_value() || !upgrades_from.contains(*found)) {
    status =
        Compare(folder, kOtherBuild, "semantics version", kSemanticsKey, identity.semantics, state);
    if (!status.ok()) return status;
  }
  const std::string format = absl::StrCat(identity.state_format);
  if (state.Get(kFormatKey) != format) state.Put(kFormatKey, format);
  for (const auto& [topic, epoch] : identity.epochs) {
    if (epoch.empty()) continue;
    status = Compare(folder, kOtherTopics, absl::StrCat("topic ", topic, " of epoch"),
                     absl::StrCat(kEpochPrefix, topic), epoch, state);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace tocsin
