#include "lib/routing/keyed_writer.h"

#include <map>
#include <utility>

#include "lib/base/hash.h"
#include "lib/rules/keys.h"

namespace tocsin {
namespace {

using KeysByPartition = std::map<int32_t, std::vector<CorrelationKey>>;

KeysByPartition ByPartition(const std::vector<CorrelationKey>& keys, int32_t partitions) {
  KeysByPartition result;
  for (const CorrelationKey& key : keys) {
    result[PartitionOf(PartitionText(key), partitions)].push_back(key);
  }
  return result;
}

}  // namespace

void KeyedWriter::Withdraw(const Identity& identity, int32_t revision,
                           const std::vector<CorrelationKey>& keys, RouterEffects& effects) const {
  for (auto& [partition, own] : ByPartition(keys, partitions_)) {
    ++effects.counts["withdraws"];
    effects.keyed.push_back(
        {partition, tocsin::Withdraw{.keys = own, .identity = identity, .revision = revision}});
  }
}

void KeyedWriter::Insert(const KeyedEvent& event, const std::vector<CorrelationKey>& keys,
                         RouterEffects& effects, bool found_by_backfill) const {
  for (auto& [partition, own] : ByPartition(keys, partitions_)) {
    ++effects.counts["inserts"];
    effects.counts["insert_keys"] += static_cast<int64_t>(own.size());
    tocsin::Insert insert{.keys = own, .event = event, .found_by_backfill = found_by_backfill};
    insert.event.router = router_;
    effects.keyed.push_back({partition, std::move(insert)});
  }
}

void KeyedWriter::Backfill(const KeyedEvent& event, const std::vector<CorrelationKey>& keys,
                           RouterEffects& effects) const {
  for (auto& [partition, own] : ByPartition(keys, partitions_)) {
    ++effects.counts["backfill_inserts"];
    tocsin::Insert insert{.keys = own, .event = event, .backfill = true};
    insert.event.router = router_;
    effects.keyed.push_back({partition, std::move(insert)});
  }
}

void KeyedWriter::WithdrawEverywhere(const Identity& identity, int32_t revision,
                                     RouterEffects& effects) const {
  effects.counts["withdraws"] += partitions_;
  ToAll(tocsin::Withdraw{.keys = {}, .identity = identity, .revision = revision}, effects);
}

void KeyedWriter::ToAll(const KeyedRecord& record, RouterEffects& effects) const {
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    effects.keyed.push_back({partition, record});
  }
}

}  // namespace tocsin
