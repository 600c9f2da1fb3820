#include "gateway/rules_log.h"

#include <utility>

#include "lib/base/mutex.h"
#include "lib/base/text.h"
#include "lib/geo/place_index.h"
#include "lib/kafka/client.h"
#include "lib/rules/document_store.h"
#include "lib/service/service.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

constexpr size_t kMostJudgements = 1000;

bool IsEpoch(const InputRecord& record) {
  for (const auto& [name, value] : record.headers) {
    if (name == kTypeHeader) return value == kEpochType;
  }
  return false;
}

absl::StatusOr<RulesInput> Decode(const InputRecord& record) {
  v1::RulesRecord proto;
  if (record.tombstone || !proto.ParseFromString(record.value)) {
    return absl::InvalidArgumentError("value: is no tocsin.v1.RulesRecord");
  }
  return FromProto(proto);
}

void Take(const Overlay::Writes& writes, State& state) {
  for (const auto& [key, value] : writes) {
    value ? state.Put(key, *value) : state.Delete(key);
  }
}

}  // namespace

RulesLog::RulesLog()
    : publication_([](const Pack& pack) {
        return MakeS2PlaceIndex(pack.areas_geojson, pack.corridors_geojson).status();
      }) {}

absl::Status RulesLog::Apply(const std::vector<InputRecord>& records) {
  const MutexLock lock(mutex_);
  for (const InputRecord& record : records) {
    if (IsEpoch(record)) continue;
    const absl::StatusOr<RulesInput> input = Decode(record);
    absl::Status judgement = input.status();
    if (input.ok()) {
      Overlay writes(state_);
      judgement = publication_.Step(*input, writes).status();
      if (judgement.ok()) Take(writes.Take(), state_);
    }
    if (!judgement.ok() && !absl::IsInvalidArgument(judgement)) return judgement;
    if (!judgement.ok()) {
      Log(LogLevel::kWarning, "a record of the rules has no effect",
          {{"offset", record.offset}, {"reason", std::string(judgement.message())}});
    }
    judgements_[record.offset] = std::move(judgement);
    if (judgements_.size() > kMostJudgements) judgements_.erase(judgements_.begin());
  }
  return absl::OkStatus();
}

absl::Status RulesLog::JudgementOf(int64_t offset) const {
  const MutexLock lock(mutex_);
  const auto found = judgements_.find(offset);
  return found == judgements_.end() ? absl::NotFoundError("the record was not judged")
                                    : found->second;
}

absl::Status RulesLog::Try(const std::vector<RulesInput>& records) const {
  const MutexLock lock(mutex_);
  Overlay writes(state_);
  for (const RulesInput& record : records) {
    const auto effect = publication_.Step(record, writes);
    if (!effect.ok()) return effect.status();
  }
  return absl::OkStatus();
}

bool RulesLog::Has(const Document& document) const {
  const MutexLock lock(mutex_);
  return FindDocuments("document", {RefOf(document)}, state_).ok();
}

absl::Status RulesLog::Read(absl::FunctionRef<absl::Status(const ReadState&)> read) const {
  const MutexLock lock(mutex_);
  return read(state_);
}

void RulesLog::SetRetention(Retention retention) {
  const MutexLock lock(mutex_);
  retention_ = std::move(retention);
}

RulesLog::Retention RulesLog::retention() const {
  const MutexLock lock(mutex_);
  return retention_;
}

}  // namespace tocsin::gateway
