#include "lib/task/begin_anew.h"

#include <algorithm>

#include <absl/strings/str_cat.h>

#include "lib/base/status_macros.h"
#include "lib/task/journal.h"
#include "lib/task/ledger.h"

namespace tocsin::task_internal {
namespace {

constexpr std::chrono::milliseconds kWait{100};
constexpr int64_t kFirstStep = 16;

}  // namespace

absl::Status BeginAnew::Place(const std::map<SourceId, int64_t>& committed, Store& store) {
  if (!options.journal.has_value()) return absl::OkStatus();
  TaskPosition position;
  for (const auto& [source, next] : committed) {
    if (!options.first.contains(source)) position.next[source] = next;
  }
  TOCSIN_ASSIGN_OR_RETURN(const auto marks, consumer.Watermarks(*options.journal));
  TOCSIN_ASSIGN_OR_RETURN(const int64_t last, LastOfJournal(marks.first, marks.second));
  position.journal_sequence = last + 1;
  position.journal_offset = marks.second;
  Overlay overlay(store);
  WritePosition({}, position, overlay);
  return store.Apply(overlay.Take());
}

absl::StatusOr<int64_t> BeginAnew::LastOfJournal(int64_t first, int64_t end) {
  // Markers of transactions take offsets, so that nobody knows where the last record is.
  for (int64_t step = kFirstStep;; step *= kFirstStep) {
    const int64_t from = std::max(first, end - step);
    TOCSIN_RETURN_IF_ERROR(consumer.Assign({{*options.journal, from}}));
    int64_t last = -1;
    for (bool at_end = from >= end; !at_end;) {
      if (stop.stop_requested()) return absl::CancelledError("stopped");
      TOCSIN_ASSIGN_OR_RETURN(const Consumer::Polled polled,
                              consumer.PollSource(*options.journal, options.max_batch, kWait));
      for (const InputRecord& record : polled.records) {
        TOCSIN_ASSIGN_OR_RETURN(const v1::JournalRecord journal, ParseJournalRecord(record));
        last = journal.sequence();
      }
      at_end = polled.at_end.contains(*options.journal);
    }
    if (last >= 0 || from == first) return last;
  }
}

absl::Status BeginAnew::PassGaps(Store& store) {
  const TaskPosition before = ReadPosition(store);
  TaskPosition after = before;
  for (const SourceId& input : options.inputs) {
    const auto it = after.next.find(input);
    if (it == after.next.end()) continue;
    TOCSIN_ASSIGN_OR_RETURN(const auto marks, consumer.Watermarks(input));
    if (it->second >= marks.first) continue;
    tell(absl::StrCat("passes over offsets ", it->second, " to ", marks.first - 1, " of ",
                      input.topic, "[", input.partition,
                      "], which are no longer in the log, as a person asked for"));
    it->second = marks.first;
  }
  if (after == before) return absl::OkStatus();
  Overlay overlay(store);
  WritePosition(before, after, overlay);
  return store.Apply(overlay.Take());
}

}  // namespace tocsin::task_internal
