#include "gateway/view.h"

#include <algorithm>
#include <utility>

#include "gateway/keys.h"
#include "gateway/store_facts.h"
#include "gateway/view_codec.h"
#include "lib/base/hash.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

constexpr int64_t kFormat = 5;
// Some thousand warnings.
constexpr size_t kRecentBytes = 8 << 20;

int64_t Progress(const v1::EvaluatedUpTo& evaluated) {
  int64_t sum = 0;
  for (const v1::SourceTime& source : evaluated.tick().sources()) {
    sum += source.source().offset();
  }
  return sum;
}

}  // namespace

// Every task writes each evaluation to every partition, and its clock never goes back; what it has
// read tells apart evaluations at one clock.
bool EarlierEvaluation(const v1::EvaluatedUpTo& a, const v1::EvaluatedUpTo& b) {
  return std::tuple(a.tick().clock_us(), Progress(a), a.evaluated_up_to_us()) <
         std::tuple(b.tick().clock_us(), Progress(b), b.evaluated_up_to_us());
}

View::View(ViewStore& store, ViewShape shape)
    : store_(store), shape_(std::move(shape)), alarms_(shape_.storm) {}

absl::StatusOr<std::unique_ptr<View>> View::Open(ViewStore& store, ViewShape shape) {
  std::unique_ptr<View> view(new View(store, std::move(shape)));
  TOCSIN_RETURN_IF_ERROR(view->CheckFacts());
  view->LoadHorizon();
  view->recent_.emplace(view->horizon()->ends, kRecentBytes);
  view->LoadCentre();
  view->LoadAlarms();
  return view;
}

absl::Status View::CheckFacts() {
  return gateway::CheckFacts(store_, "view",
                             {{"format", StrCat(kFormat)},
                              {"mission", shape_.mission.str()},
                              {"cluster", shape_.cluster},
                              {"warnings_topic", shape_.warnings_topic},
                              {"warnings_epoch", shape_.warnings_epoch},
                              {"warnings_partitions", StrCat(shape_.warnings_partitions)},
                              {"actions_topic", shape_.actions_topic},
                              {"actions_epoch", shape_.actions_epoch}});
}

void View::LoadHorizon() {
  auto horizon = std::make_shared<Horizon>();
  for (int32_t p = 0; p < shape_.warnings_partitions; ++p) {
    horizon->ends.push_back(DecodeNumber(store_.Get(OffsetKey(shape_.warnings_topic, p)), 0));
    horizon->floors.push_back(DecodeNumber(store_.Get(FloorKey(p)), 0));
    for (int32_t k = 0; k < shape_.keyed_partitions; ++k) {
      v1::EvaluatedUpTo evaluated;
      const auto bytes = store_.Get(EvaluatedKey(k, p));
      if (bytes && evaluated.ParseFromString(*bytes)) {
        evaluated_[{k, p}] = std::move(evaluated);
      }
    }
  }
  horizon->actions_end = DecodeNumber(store_.Get(OffsetKey(shape_.actions_topic, 0)), 0);
  {
    const MutexLock lock(mutex_);
    horizon_ = std::move(horizon);
  }
  Publish({}, {});
}

std::map<SourceId, int64_t> View::Positions() const {
  std::map<SourceId, int64_t> positions;
  const auto add = [&](const std::string& topic, int32_t partition) {
    const auto bytes = store_.Get(OffsetKey(topic, partition));
    if (bytes) positions[SourceId{topic, partition}] = DecodeNumber(bytes, 0);
  };
  for (int32_t p = 0; p < shape_.warnings_partitions; ++p) add(shape_.warnings_topic, p);
  add(shape_.actions_topic, 0);
  return positions;
}

std::shared_ptr<const Horizon> View::horizon() const {
  const MutexLock lock(mutex_);
  return horizon_;
}

absl::StatusOr<ApplyReport> View::Apply(const std::vector<InputRecord>& records) {
  ApplyReport report;
  Overlay overlay(store_);
  for (const Alarm& alarm : forgotten_) overlay.Delete(AlarmKey(alarm.warning, alarm.revision));
  std::map<std::pair<int32_t, int32_t>, v1::EvaluatedUpTo> before = evaluated_;
  for (const InputRecord& record : records) {
    const size_t dead = report.dead_letters.size();
    if (record.source.topic == shape_.warnings_topic) {
      ApplyWarnings(record, overlay, report);
    } else {
      ApplyActions(record, overlay, report);
    }
    if (report.dead_letters.size() > dead) {
      ApplyReport::DeadLetter& letter = report.dead_letters.back();
      letter.sha256 = Sha256Hex(record.value);
      overlay.Put(DeadLetterKey(record.source.topic, record.source.partition, record.offset),
                  CanonicalWriter().Bytes(letter.sha256).Bytes(letter.cause).Take());
    }
    overlay.Put(OffsetKey(record.source.topic, record.source.partition),
                EncodeNumber(record.offset + 1));
  }
  // Readers never see a position whose records are not there yet: store first, then the horizon.
  const Overlay::Writes writes = overlay.Take();
  ++generation_;
  if (absl::Status written = store_.Write(writes); !written.ok()) {
    evaluated_ = std::move(before);
    ++generation_;
    return written;
  }
  forgotten_.clear();
  TakeAlarms(report);
  Remember(writes);
  Publish(records, writes);
  if (report.centre) LoadCentre();
  ++generation_;
  return report;
}

std::vector<ApplyReport::DeadLetter> View::OwedDeadLetters(size_t most) const {
  std::vector<ApplyReport::DeadLetter> owed;
  store_.Scan("d", "e", [&](std::string_view key, std::string_view value) {
    CanonicalReader origin(key.substr(1));
    CanonicalReader facts(value);
    ApplyReport::DeadLetter letter;
    letter.source.topic = origin.Bytes();
    letter.source.partition = static_cast<int32_t>(origin.Int64());
    letter.offset = origin.Int64();
    letter.sha256 = facts.Bytes();
    letter.cause = facts.Bytes();
    owed.push_back(std::move(letter));
    return owed.size() < most;
  });
  return owed;
}

absl::Status View::SettleDeadLetters(const std::vector<ApplyReport::DeadLetter>& written) {
  Overlay overlay(store_);
  for (const ApplyReport::DeadLetter& letter : written) {
    overlay.Delete(DeadLetterKey(letter.source.topic, letter.source.partition, letter.offset));
  }
  return store_.Write(overlay.Take());
}

void View::Remember(const Overlay::Writes& writes) {
  for (auto it = writes.lower_bound("l"); it != writes.end() && it->first < "m"; ++it) {
    Record record{PartitionIn(it->first), OffsetOf(it->first), {}};
    if (!it->second) {
      recent_->Remove(record.partition, record.offset);
    } else if (record.warning.ParseFromString(*it->second)) {
      recent_->Add(std::move(record));
    }
  }
}

void View::Publish(const std::vector<InputRecord>& records, const Overlay::Writes& writes) {
  auto next = std::make_shared<Horizon>(*horizon());
  for (const InputRecord& record : records) {
    if (record.source.topic == shape_.warnings_topic) {
      next->ends[static_cast<size_t>(record.source.partition)] = record.offset + 1;
    } else {
      next->actions_end = record.offset + 1;
    }
  }
  for (int32_t p = 0; p < shape_.warnings_partitions; ++p) {
    const auto floor = writes.find(FloorKey(p));
    if (floor != writes.end())
      next->floors[static_cast<size_t>(p)] = DecodeNumber(floor->second, 0);
  }
  next->evaluated.clear();
  for (int32_t k = 0; k < shape_.keyed_partitions; ++k) {
    const v1::EvaluatedUpTo* least = nullptr;
    for (int32_t p = 0; p < shape_.warnings_partitions; ++p) {
      const auto found = evaluated_.find({k, p});
      if (found == evaluated_.end()) {
        least = nullptr;
        break;
      }
      if (least == nullptr || EarlierEvaluation(found->second, *least)) least = &found->second;
    }
    v1::EvaluatedUpTo evaluated;
    if (least != nullptr) evaluated = *least;
    evaluated.set_keyed_partition(k);
    next->evaluated.push_back(std::move(evaluated));
  }
  const MutexLock lock(mutex_);
  horizon_ = std::move(next);
}

}  // namespace tocsin::gateway
