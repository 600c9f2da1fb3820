#include "reference.h"

#include <algorithm>

#include "disk.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/task/dead_letter.h"
#include "lib/task/journal.h"
#include "lib/task/take_over.h"
#include "lib/wire/wire.h"

namespace tocsin::simulation {
namespace {

// Keys of the shell; lib/task/ledger.h.
bool IsOfShell(std::string_view key) { return key.starts_with("\x01shell/"); }

std::string Name(const SourceId& source) {
  return StrCat(source.topic, "[", source.partition, "]");
}

bool IsSame(const OutputRecord& a, const OutputRecord& b) {
  return a.target == b.target && a.key == b.key && a.value == b.value &&
         a.tombstone == b.tombstone && a.headers == b.headers;
}

// But for what is of each record.
bool IsSameNews(Warning a, const Warning& b) {
  a.revision = b.revision;
  a.issued = b.issued;
  a.caused_by = b.caused_by;
  a.caused_by_revision = b.caused_by_revision;
  a.alerts = b.alerts;
  a.found_by_backfill = b.found_by_backfill;
  return a == b;
}

void Append(TaskEffects effects, std::vector<OutputRecord>& to) {
  for (OutputRecord& record : effects.records) to.push_back(std::move(record));
}

}  // namespace

void Reference::Add(const TaskOptions& options, const MakeCore& make_core) {
  Task& task = tasks_[options.transactional_id];
  task.options = options;
  if (options.journal.has_value()) beats_[options.name] = 0;
  task.make_core = make_core;
  task.core = OfBuild(task.build, make_core());
  (void)task.core->Load(task.state);
}

std::string Reference::Check(const Transaction& transaction) {
  ++transactions_;
  Task& task = tasks_.at(transaction.id);
  if (transaction.epoch < task.epoch) return StrCat("a fenced ", transaction.id, " commits");
  task.epoch = transaction.epoch;
  Expected expected;
  std::string problem = task.options.journal.has_value()
                            ? CheckJournaled(transaction, task, expected)
                            : CheckSingle(transaction, task, expected);
  if (problem.empty()) problem = Compare(transaction, task, expected);
  if (problem.empty()) return problem;
  return StrCat("transaction ", transaction.number, " of ", transaction.id, ": ", problem);
}

std::string Reference::Feed(const InputRecord& record, Task& task, Expected& expected) {
  if (record.value == kDeadly) {
    expected.dead_letters.push_back(
        MakeDeadLetter(task.options.dead_letters, task.options.name, record, "crashes_task",
                       "the task crashed repeatedly while this record was fed to it"));
    task.core->Skip(record.source, record.offset, task.state);
    return {};
  }
  Overlay writes(task.state);
  TaskEffects effects;
  const absl::Status status = task.core->Step(record, writes, effects);
  if (status.ok()) {
    Put(writes.Take(), task.state);
    Append(std::move(effects), expected.outputs);
  } else if (absl::IsInvalidArgument(status)) {
    task.core->Skip(record.source, record.offset, task.state);
    expected.dead_letters.push_back(MakeDeadLetter(task.options.dead_letters, task.options.name,
                                                   record, "unusable_record",
                                                   std::string(status.message())));
  } else {
    return status.ToString();
  }
  return {};
}

std::string Reference::CheckBuild(const CommittedOffset& committed, int64_t next, Task& task) {
  const auto note = task_internal::ParseOffsetNote(committed.note);
  if (!note) return "does not say which build it is of";
  if (note->semantics == SemanticsOf(task.build)) return {};
  if (task.build == Build::kNext) return "is of the former build, after one of the next";
  if (note->since != next) {
    return StrCat("says that it took over at ", note->since, ", where ", next, " was next");
  }
  task.build = Build::kNext;
  task.core = OfBuild(task.build, task.make_core());
  const absl::Status loaded = task.core->Load(task.state);
  return loaded.ok() ? std::string() : loaded.ToString();
}

std::string Reference::CheckSingle(const Transaction& transaction, Task& task, Expected& expected) {
  const SourceId& input = task.options.inputs.front();
  const auto to = transaction.offsets.find(input);
  if (to == transaction.offsets.end()) return "commits no offset of its input";
  int64_t& next = task.position.next[input];
  if (to->second.next <= next) {
    return StrCat("commits offset ", to->second.next, " of ", Name(input), ", where ", next,
                  " was committed before");
  }
  if (std::string problem = CheckBuild(to->second, next, task); !problem.empty()) return problem;
  for (const InputRecord& record : log_.Read(input, next, to->second.next)) {
    const std::string problem = Feed(record, task, expected);
    if (!problem.empty()) return problem;
  }
  next = to->second.next;
  TaskEffects effects;
  const absl::Status closed = task.core->Close(task.state, effects);
  Append(std::move(effects), expected.outputs);
  return closed.ok() ? std::string() : closed.ToString();
}

std::string Reference::CheckJournaled(const Transaction& transaction, Task& task,
                                      Expected& expected) {
  if (transaction.records.empty()) return "writes no journal";
  const auto [source, offset] = transaction.records.back();
  if (source != task.options.journal) return "does not end with its journal";
  InputRecord record;
  record.source = source;
  record.value = log_.At(source, offset).value;
  const auto journal = ParseJournalRecord(record);
  if (!journal.ok()) return journal.status().ToString();
  if (journal->sequence() != task.position.journal_sequence) {
    return StrCat("is number ", journal->sequence(), " of the journal, where ",
                  task.position.journal_sequence, " is next");
  }
  task.position.journal_sequence = journal->sequence() + 1;
  task.position.journal_offset = offset + 1;
  for (const v1::JournalStep& step : journal->steps()) {
    std::string problem;
    if (step.has_observation()) {
      beats_[task.options.name] += step.observation().beat() ? 1 : 0;
      TaskEffects effects;
      const absl::Status status =
          task.core->Observe(step.observation().SerializeAsString(), task.state, effects);
      Append(std::move(effects), expected.outputs);
      if (!status.ok()) problem = status.ToString();
    } else {
      problem = Follow(step.span(), task, expected);
    }
    if (!problem.empty()) return problem;
  }
  TaskEffects effects;
  const absl::Status closed = task.core->Close(task.state, effects);
  if (!closed.ok()) return closed.ToString();
  Append(std::move(effects), expected.outputs);
  for (const auto& [input, committed] : transaction.offsets) {
    if (task.position.next[input] != committed.next) {
      return StrCat("commits offset ", committed.next, " of ", Name(input),
                    ", but its journal goes to ", task.position.next[input]);
    }
  }
  return {};
}

std::string Reference::Follow(const v1::JournalSpan& span, Task& task, Expected& expected) {
  const SourceId source{span.topic(), span.partition()};
  const std::optional<SourceId> original = OriginalOf(source);
  const std::vector<InputRecord> records =
      log_.Read(original.value_or(source), span.from(), span.to());
  if (span.from() < span.to() && (records.empty() || records.front().offset != span.from())) {
    return StrCat("its journal names offset ", span.from(), " of ", Name(source),
                  ", where no record is");
  }
  if (!original.has_value()) {
    int64_t& next = task.position.next[source];
    const auto left_out = log_.Read(source, next, span.from());
    if (span.from() < next || !left_out.empty()) {
      return StrCat("its journal goes on at ", span.from(), " of ", Name(source), ", where ",
                    left_out.empty() ? next : left_out.front().offset, " is next");
    }
    next = span.to();
  }
  for (InputRecord record : records) {
    record.source = source;
    const std::string problem = Feed(record, task, expected);
    if (!problem.empty()) return problem;
  }
  if (span.has_end()) task.core->Skip(source, span.end() - 1, task.state);
  return {};
}

std::string Reference::Compare(const Transaction& transaction, const Task& task,
                               const Expected& expected) {
  std::vector<const OutputRecord*> wanted;
  for (const OutputRecord& record : expected.outputs) wanted.push_back(&record);
  for (const OutputRecord& record : expected.dead_letters) wanted.push_back(&record);
  const size_t written = transaction.records.size() - (task.options.journal.has_value() ? 1 : 0);
  for (size_t i = 0; i < std::max(written, wanted.size()); ++i) {
    if (i >= written) return StrCat("lacks a record for ", Name(wanted[i]->target));
    const auto& [source, offset] = transaction.records[i];
    const OutputRecord& record = log_.At(source, offset);
    if (i >= wanted.size()) return StrCat("has a record too many for ", Name(source));
    if (!IsSame(record, *wanted[i])) {
      return StrCat("its record ", i, ", for ", Name(source),
                    ", is not what an undisturbed run writes");
    }
    if (source.topic == kWarningsTopic) {
      std::string problem = CheckWarning(record);
      if (!problem.empty()) return problem;
    }
  }
  return {};
}

std::string Reference::CheckWarning(const OutputRecord& record) {
  v1::WarningsRecord proto;
  if (!proto.ParseFromString(record.value)) return "writes something that is no warning";
  if (!proto.has_warning()) return {};
  auto warning = FromProto(proto.warning());
  if (!warning.ok()) return warning.status().ToString();
  if (on_warning) {
    std::string problem = on_warning(*warning);
    if (!problem.empty()) return problem;
  }
  const auto [it, added] = warnings_.try_emplace(warning->id, *warning);
  if (!added) {
    const Warning& before = it->second;
    if (warning->revision != before.revision + 1) {
      return StrCat("tells revision ", warning->revision, " of ", warning->id.str(), " after ",
                    before.revision);
    }
    if (IsSameNews(before, *warning)) {
      return StrCat("revision ", warning->revision, " of ", warning->id.str(), " says nothing new");
    }
    it->second = *std::move(warning);
  } else if (it->second.revision != 1) {
    return StrCat("begins ", it->first.str(), " with revision ", it->second.revision);
  }
  return {};
}

std::string Reference::CheckState(const std::string& name, const ReadState& state, bool all) const {
  const Task& task = tasks_.at(name);
  const TaskPosition found = ReadPosition(state);
  for (const auto& [source, next] : found.next) {
    const auto it = task.position.next.find(source);
    if (it == task.position.next.end() || it->second < next) {
      return StrCat("the state of ", name, " is ahead of what is committed of ", Name(source));
    }
  }
  if (!all || found != task.position) return {};
  const std::string problem = CompareStates(task, state);
  return problem.empty() ? problem : StrCat("the state of ", name, " ", problem);
}

bool Reference::has_upgraded() const {
  return std::any_of(tasks_.begin(), tasks_.end(),
                     [](const auto& task) { return task.second.build != Build::kFormer; });
}

std::string Reference::CompareStates(const Task& task, const ReadState& state) const {
  auto wanted = task.state.entries().begin();
  const auto end = task.state.entries().end();
  bool same = true;
  state.Scan("", "", [&](std::string_view key, std::string_view value) {
    if (IsOfShell(key)) return true;
    same = wanted != end && wanted->first == key && wanted->second == value;
    if (same) ++wanted;
    return same;
  });
  if (!same) return "is not that of an undisturbed run";
  return wanted == end ? std::string() : "lacks something";
}

}  // namespace tocsin::simulation
