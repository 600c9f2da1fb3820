#include "gateway/recent_log.h"

#include <algorithm>
#include <utility>

namespace tocsin::gateway {
namespace {

// The first of a partition's records at `from` or after it.
template <class Records>
auto At(Records& records, int64_t from) {
  return std::lower_bound(
      records.begin(), records.end(), from,
      [](const auto& record, int64_t offset) { return record->offset < offset; });
}

}  // namespace

RecentLog::RecentLog(const std::vector<int64_t>& begins, size_t most_bytes)
    : most_bytes_(most_bytes) {
  for (const int64_t begin : begins) parts_.push_back({begin, {}});
}

void RecentLog::Add(WarningRecord record) {
  const size_t bytes = record.warning.SpaceUsedLong();
  const MutexLock lock(mutex_);
  Part& part = parts_.at(static_cast<size_t>(record.partition));
  order_.push_back({record.partition, record.offset, bytes});
  bytes_ += bytes;
  part.records.push_back(std::make_shared<const WarningRecord>(std::move(record)));
  while (bytes_ > most_bytes_ && !order_.empty()) Drop();
}

void RecentLog::Drop() {
  const Held oldest = order_.front();
  order_.pop_front();
  bytes_ -= oldest.bytes;
  Part& part = parts_[static_cast<size_t>(oldest.partition)];
  part.begin = oldest.offset + 1;
  // It may have been removed.
  if (!part.records.empty() && part.records.front()->offset == oldest.offset) {
    part.records.pop_front();
  }
}

void RecentLog::Remove(int32_t partition, int64_t offset) {
  const MutexLock lock(mutex_);
  auto& records = parts_.at(static_cast<size_t>(partition)).records;
  const auto found = At(records, offset);
  if (found != records.end() && (*found)->offset == offset) records.erase(found);
}

std::optional<std::shared_ptr<const WarningRecord>> RecentLog::Next(int32_t partition,
                                                                    int64_t from) const {
  const MutexLock lock(mutex_);
  const Part& part = parts_.at(static_cast<size_t>(partition));
  if (from < part.begin) return std::nullopt;
  const auto found = At(part.records, from);
  return found == part.records.end() ? nullptr : *found;
}

}  // namespace tocsin::gateway
