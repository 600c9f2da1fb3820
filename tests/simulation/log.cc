#include "log.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "lib/base/text.h"
#include "lib/kafka/client.h"

namespace tocsin::simulation {
namespace {

bool IsEpoch(const OutputRecord& record) {
  return !record.headers.empty() && record.headers.front().first == kTypeHeader &&
         record.headers.front().second == kEpochType;
}

absl::Status Fenced(const std::string& id) {
  return absl::FailedPreconditionError(
      StrCat("another process took over the transactional id ", id));
}

}  // namespace

void Log::Make(const std::string& topic, int32_t partitions) {
  for (int32_t p = 0; p < partitions; ++p) {
    OutputRecord epoch;
    epoch.target = {topic, p};
    epoch.headers = {{kTypeHeader, kEpochType}};
    partitions_[epoch.target];
    Append(epoch);
  }
}

int32_t Log::PartitionCount(const std::string& topic) const {
  return static_cast<int32_t>(
      std::count_if(partitions_.begin(), partitions_.end(),
                    [&](const auto& entry) { return entry.first.topic == topic; }));
}

std::set<SourceId> Log::Sources() const {
  std::set<SourceId> sources;
  for (const auto& [source, partition] : partitions_) sources.insert(source);
  return sources;
}

int64_t Log::Append(const OutputRecord& record) {
  Partition& partition = partitions_.at(record.target);
  partition.entries.push_back({Kind::kData, 0, record});
  const auto end = static_cast<int64_t>(partition.entries.size());
  if (!IsEpoch(record)) partition.visible_end = end;
  return end - 1;
}

Session Log::Init(const std::string& id) {
  Writer& writer = writers_[id];
  ++writer.epoch;
  if (!weakness_.fences_nobody) {
    for (const auto& [epoch, number] : std::exchange(writer.begun, {})) {
      Transaction& left = transactions_.at(number);
      if (left.state == Transaction::State::kOpen) Decide(left, false);
      Settle(left);
    }
  }
  return {id, writer.epoch};
}

bool Log::IsFenced(const Session& session) const {
  return !weakness_.fences_nobody && writers_.at(session.id).epoch != session.epoch;
}

Transaction* Log::Current(const Session& session) {
  const auto& begun = writers_.at(session.id).begun;
  const auto it = begun.find(session.epoch);
  if (it == begun.end()) return nullptr;
  Transaction& transaction = transactions_.at(it->second);
  return transaction.state == Transaction::State::kOpen ? &transaction : nullptr;
}

absl::Status Log::Begin(const Session& session, Instant now) {
  if (IsFenced(session)) return Fenced(session.id);
  // A broker knows no beginnings: what was not ended goes on.
  if (Current(session) != nullptr) return absl::OkStatus();
  Writer& writer = writers_.at(session.id);
  const auto before = writer.begun.find(session.epoch);
  if (before != writer.begun.end()) Settle(transactions_.at(before->second));
  const auto number = static_cast<int64_t>(transactions_.size()) + 1;
  Transaction& transaction = transactions_[number];
  transaction.number = number;
  transaction.id = session.id;
  transaction.epoch = session.epoch;
  transaction.begun = now;
  writer.begun[session.epoch] = number;
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Log::Append(const Session& session, const OutputRecord& record) {
  if (IsFenced(session)) return Fenced(session.id);
  Transaction* const transaction = Current(session);
  if (transaction == nullptr) return Fenced(session.id);
  Partition& partition = partitions_.at(record.target);
  const auto offset = static_cast<int64_t>(partition.entries.size());
  partition.entries.push_back({Kind::kData, transaction->number, record});
  partition.unstable.try_emplace(transaction->number, offset);
  transaction->unmarked.insert(record.target);
  transaction->records.emplace_back(record.target, offset);
  return offset;
}

absl::Status Log::AddOffsets(const Session& session, const std::string& group,
                             const CommittedOffsets& next) {
  if (IsFenced(session)) return Fenced(session.id);
  if (weakness_.offsets_at_once) {
    for (const auto& [source, offset] : next) groups_[group][source] = offset;
    for (const auto& [source, offset] : next) decided_[group][source] = offset;
    return absl::OkStatus();
  }
  Transaction* const transaction = Current(session);
  if (transaction == nullptr) return Fenced(session.id);
  transaction->group = group;
  transaction->offsets_due = true;
  for (const auto& [source, offset] : next) transaction->offsets[source] = offset;
  return absl::OkStatus();
}

absl::Status Log::End(const Session& session, bool commit) {
  if (IsFenced(session)) return Fenced(session.id);
  Transaction* const transaction = Current(session);
  if (transaction == nullptr) return Fenced(session.id);
  Decide(*transaction, commit);
  return absl::OkStatus();
}

void Log::Decide(Transaction& transaction, bool commit) {
  transaction.state = commit ? Transaction::State::kCommitted : Transaction::State::kAborted;
  due_.insert(transaction.number);
  if (!commit) return;
  for (const auto& [source, next] : transaction.offsets) {
    decided_[transaction.group][source] = next;
  }
  for (const auto& [source, offset] : transaction.records) {
    int64_t& end = partitions_.at(source).visible_end;
    end = std::max(end, offset + 1);
  }
  if (on_commit) on_commit(transaction);
}

void Log::ExpireTransactions(Instant before) {
  for (auto& [id, writer] : writers_) {
    for (const auto& [epoch, number] : writer.begun) {
      Transaction& transaction = transactions_.at(number);
      if (transaction.state != Transaction::State::kOpen || transaction.begun >= before) continue;
      writer.epoch += epoch == writer.epoch ? 1 : 0;
      Decide(transaction, false);
      Settle(transaction);
    }
  }
}

bool Log::IsLatest(const Session& session) const {
  const auto it = writers_.find(session.id);
  return it != writers_.end() && it->second.epoch == session.epoch;
}

bool Log::Mark(Random& random) {
  if (due_.empty()) return false;
  auto number = due_.begin();
  std::advance(number, random.Below(static_cast<int64_t>(due_.size())));
  Transaction& transaction = transactions_.at(*number);
  const auto left = static_cast<int64_t>(transaction.unmarked.size());
  const int64_t which = random.Below(left + 1);
  if (which == left) {
    MarkOffsets(transaction);
  } else {
    auto source = transaction.unmarked.begin();
    std::advance(source, which);
    MarkPartition(transaction, SourceId(*source));
  }
  if (transaction.unmarked.empty() && !transaction.offsets_due) due_.erase(transaction.number);
  return true;
}

void Log::MarkPartition(Transaction& transaction, const SourceId& source) {
  Partition& partition = partitions_.at(source);
  const bool committed = transaction.state == Transaction::State::kCommitted;
  partition.entries.push_back(
      {committed ? Kind::kCommit : Kind::kAbort, transaction.number, OutputRecord{}});
  partition.unstable.erase(transaction.number);
  transaction.unmarked.erase(source);
}

void Log::MarkOffsets(Transaction& transaction) {
  if (transaction.offsets_due && transaction.state == Transaction::State::kCommitted) {
    for (const auto& [source, next] : transaction.offsets) {
      groups_[transaction.group][source] = next;
    }
  }
  transaction.offsets_due = false;
}

void Log::Settle(Transaction& transaction) {
  if (transaction.state == Transaction::State::kOpen) return;
  while (!transaction.unmarked.empty()) {
    MarkPartition(transaction, SourceId(*transaction.unmarked.begin()));
  }
  MarkOffsets(transaction);
  due_.erase(transaction.number);
}

void Log::Expire(const SourceId& source, int64_t first) {
  Partition& partition = partitions_.at(source);
  partition.first = std::max(partition.first, std::min(first, StableEndOf(source)));
}

int64_t Log::EndOf(const SourceId& source) const {
  return static_cast<int64_t>(Find(source).entries.size());
}

int64_t Log::StableEndOf(const SourceId& source) const {
  const Partition& partition = Find(source);
  int64_t end = EndOf(source);
  for (const auto& [transaction, first] : partition.unstable) end = std::min(end, first);
  return end;
}

std::vector<InputRecord> Log::ReadSome(const SourceId& source, int64_t from, int64_t to, size_t max,
                                       bool all, int64_t& next) const {
  std::vector<InputRecord> records;
  const Partition& partition = Find(source);
  next = from;
  while (next < to && records.size() < max) {
    const Entry& entry = partition.entries.at(static_cast<size_t>(next++));
    if (entry.kind != Kind::kData || IsEpoch(entry.record)) continue;
    if (entry.transaction != 0 && !all &&
        transactions_.at(entry.transaction).state != Transaction::State::kCommitted) {
      continue;
    }
    records.push_back({source, next - 1, entry.record.key, entry.record.value,
                       entry.record.tombstone, entry.record.headers});
  }
  return records;
}

std::vector<InputRecord> Log::Read(const SourceId& source, int64_t from, int64_t to) const {
  int64_t next = 0;
  return ReadSome(source, from, to, std::numeric_limits<size_t>::max(), false, next);
}

std::vector<InputRecord> Log::Fetch(const SourceId& source, int64_t from, int64_t to, size_t max,
                                    int64_t& next) const {
  return ReadSome(source, from, to, max, weakness_.shows_aborted || weakness_.shows_unstable, next);
}

int64_t Log::FetchEndOf(const SourceId& source) const {
  return weakness_.shows_unstable ? EndOf(source) : StableEndOf(source);
}

const OutputRecord& Log::At(const SourceId& source, int64_t offset) const {
  return Find(source).entries.at(static_cast<size_t>(offset)).record;
}

absl::StatusOr<CommittedOffsets> Log::Committed(const std::string& group,
                                                const std::set<SourceId>& sources) const {
  for (const auto& [id, writer] : writers_) {
    for (const auto& [epoch, number] : writer.begun) {
      const Transaction& transaction = transactions_.at(number);
      if (!transaction.offsets_due || transaction.group != group) continue;
      for (const auto& [source, next] : transaction.offsets) {
        if (sources.contains(source)) {
          return absl::UnavailableError(StrCat("offsets of ", source.topic, " are not stable"));
        }
      }
    }
  }
  CommittedOffsets committed;
  const auto of_group = groups_.find(group);
  if (of_group == groups_.end()) return committed;
  for (const auto& [source, next] : of_group->second) {
    if (sources.contains(source)) committed[source] = next;
  }
  return committed;
}

}  // namespace tocsin::simulation
