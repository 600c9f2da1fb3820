#include "lib/routing/sources.h"

#include <algorithm>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/routing/check.h"
#include "lib/routing/state_layout.h"

namespace tocsin {
namespace {

std::string KeyOf(const SourceId& source) {
  return layout::Key(layout::kSources,
                     CanonicalWriter().Bytes(source.topic).Int64(source.partition));
}

bool CarriesTime(const SourceId& source) { return MissionOfTopic(source.topic).has_value(); }

}  // namespace

absl::Status Sources::Load(const ReadState& state) {
  clock_ = kUnknownTime;
  sources_.clear();
  changed_ = false;
  if (const auto value = state.Get(layout::kClock)) {
    CanonicalReader in(*value);
    clock_ = in.TimeOf();
    if (!in.ok() || !in.done()) return absl::DataLossError("the router's clock cannot be read");
  }
  absl::Status status;
  state.Scan(layout::kSources, PrefixEnd(layout::kSources),
             [&](std::string_view key, std::string_view value) {
               CanonicalReader id(key.substr(layout::kSources.size()));
               SourceTime entry;
               entry.source.topic = id.Bytes();
               entry.source.partition = static_cast<int32_t>(id.Int64());
               CanonicalReader in(value);
               entry.next_offset = in.Int64();
               entry.last_accepted = in.TimeOf();
               entry.status = static_cast<SourceStatus>(in.Int64());
               entry.unknown_since = in.TimeOf();
               if (!id.ok() || !id.done() || !in.ok() || !in.done()) {
                 status =
                     absl::DataLossError(StrCat("the router's entry of source ", entry.source.topic,
                                                "/", entry.source.partition, " cannot be read"));
                 return false;
               }
               sources_.emplace(entry.source, entry);
               return true;
             });
  return status;
}

SourceTime& Sources::Find(const SourceId& source) {
  const auto [it, joined] = sources_.try_emplace(source);
  if (joined) {
    it->second.source = source;
    it->second.status = SourceStatus::kBehind;
  }
  return it->second;
}

void Sources::Save(const SourceTime& entry, State& state) {
  state.Put(KeyOf(entry.source), CanonicalWriter()
                                     .Int64(entry.next_offset)
                                     .TimeOf(entry.last_accepted)
                                     .Int64(static_cast<int64_t>(entry.status))
                                     .TimeOf(entry.unknown_since)
                                     .str());
  if (CarriesTime(entry.source)) changed_ = true;
}

void Sources::RaiseClock(Time t, State& state) {
  if (t <= clock_) return;
  clock_ = t;
  state.Put(layout::kClock, CanonicalWriter().TimeOf(clock_).str());
}

void Sources::Advance(const SourceId& source, int64_t offset, State& state) {
  SourceTime& entry = Find(source);
  entry.next_offset = std::max(entry.next_offset, offset + 1);
  Save(entry, state);
}

void Sources::Read(const SourceId& source, int64_t offset, Time accepted, State& state) {
  SourceTime& entry = Find(source);
  entry.next_offset = std::max(entry.next_offset, offset + 1);
  const bool later = accepted > entry.last_accepted;
  entry.last_accepted = std::max(entry.last_accepted, accepted);
  Save(entry, state);
  if (!later) return;
  // The scenario's clock is the greatest entry of the vector.
  if (mode_ == ClockMode::kScenario) RaiseClock(accepted, state);
}

void Sources::Heed(Time accepted, State& state) {
  if (mode_ != ClockMode::kScenario || accepted <= clock_) return;
  RaiseClock(accepted, state);
  changed_ = true;
}

void Sources::Observe(const Observation& observation, State& state) {
  // A machine's clock that was set back does not turn time back.
  if (mode_ == ClockMode::kWall) RaiseClock(observation.clock, state);
  for (const SourceTime& seen : observation.sources) {
    if (!CarriesTime(seen.source)) continue;
    const bool joined = !sources_.contains(seen.source);
    SourceTime& entry = Find(seen.source);
    const SourceStatus status =
        seen.status == SourceStatus::kUnspecified ? SourceStatus::kBehind : seen.status;
    if (!joined && entry.status == status) continue;
    entry.status = status;
    entry.unknown_since = status == SourceStatus::kUnknown ? clock_ : kUnknownTime;
    Save(entry, state);
  }
}

Time Sources::Stamp(const SourceId& source, Time told) const {
  const auto it = sources_.find(source);
  const Time last = it == sources_.end() ? kUnknownTime : it->second.last_accepted;
  const bool machine = mode_ == ClockMode::kWall && clock_ != kUnknownTime;
  return std::max(machine ? clock_ : told, last);
}

Tick Sources::MakeTick(bool beat) const {
  Tick tick{.clock = clock_, .margin = margin_, .sources = {}, .beat = beat};
  for (const auto& [id, entry] : sources_) {
    if (CarriesTime(id)) tick.sources.push_back(entry);
  }
  return tick;
}

std::vector<std::pair<SourceId, int64_t>> Sources::Positions() const {
  std::vector<std::pair<SourceId, int64_t>> positions;
  positions.reserve(sources_.size());
  for (const auto& [id, entry] : sources_) positions.emplace_back(id, entry.next_offset);
  return positions;
}

}  // namespace tocsin
