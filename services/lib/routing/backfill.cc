#include "lib/routing/backfill.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/routing/check.h"
#include "lib/routing/state_layout.h"

namespace tocsin {
namespace {

std::string KeyOf(const SourceId& source) {
  return layout::Key(layout::kReadAgain,
                     CanonicalWriter().Bytes(source.topic).Int64(source.partition));
}

}  // namespace

absl::Status Backfill::Load(const ReadState& state) {
  number_ = 0;
  moves_events_ = false;
  begun_ = false;
  rules_.clear();
  sources_.clear();
  if (const auto value = state.Get(layout::kBackfill)) {
    CanonicalReader in(*value);
    number_ = in.Int64();
    moves_events_ = in.Bool();
    const int64_t rules = in.Int64();
    for (int64_t i = 0; i < rules && in.ok(); ++i) rules_.emplace(in.Bytes());
    if (!in.ok() || !in.done()) return absl::DataLossError("the router's backfill cannot be read");
  }
  absl::Status status;
  state.Scan(layout::kReadAgain, PrefixEnd(layout::kReadAgain),
             [&](std::string_view key, std::string_view value) {
               CanonicalReader id(key.substr(layout::kReadAgain.size()));
               SourceId source;
               source.topic = id.Bytes();
               source.partition = static_cast<int32_t>(id.Int64());
               CanonicalReader in(value);
               Progress progress;
               progress.next = in.Int64();
               progress.end = in.Int64();
               progress.last_accepted = in.TimeOf();
               if (!id.ok() || !id.done() || !in.ok() || !in.done()) {
                 status = absl::DataLossError(StrCat("how far source ", source.topic, "/",
                                                     source.partition,
                                                     " has been read again cannot be read"));
                 return false;
               }
               sources_.emplace(std::move(source), progress);
               return true;
             });
  return status;
}

void Backfill::SaveMeta(State& state) const {
  CanonicalWriter out;
  out.Int64(number_).Bool(moves_events_).Int64(static_cast<int64_t>(rules_.size()));
  for (const RuleId& rule : rules_) out.Bytes(rule.str());
  state.Put(layout::kBackfill, out.str());
}

void Backfill::Save(const SourceId& source, const Progress& progress, State& state) {
  state.Put(KeyOf(source), CanonicalWriter()
                               .Int64(progress.next)
                               .Int64(progress.end)
                               .TimeOf(progress.last_accepted)
                               .str());
}

void Backfill::Forget(State& state) {
  for (const auto& [source, progress] : sources_) state.Delete(KeyOf(source));
  sources_.clear();
}

void Backfill::Begin(const RuleChanges& changes, const Pack& after,
                     const std::vector<std::pair<SourceId, int64_t>>& positions, State& state) {
  const bool ran = running();
  std::set<RuleId> rules = changes.need_events;
  for (const Rule& rule : after.rules) {
    if (rules_.contains(rule.id)) rules.insert(rule.id);
  }
  rules_ = std::move(rules);
  moves_events_ = running() && (changes.moves_events || moves_events_);
  Forget(state);
  if (!ran && !running()) return;
  begun_ = true;
  if (running()) {
    ++number_;
    for (const auto& [source, position] : positions) {
      if (position == 0 || !MissionOfTopic(source.topic)) continue;
      const Progress progress{.next = 0, .end = position, .last_accepted = kUnknownTime};
      Save(source, progress, state);
      sources_.emplace(source, progress);
    }
  }
  SaveMeta(state);
}

void Backfill::Finish(State& state) {
  Forget(state);
  rules_.clear();
  moves_events_ = false;
  SaveMeta(state);
}

bool Backfill::all_read() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [](const auto& entry) { return entry.second.next >= entry.second.end; });
}

std::vector<ReadAgain> Backfill::Left() const {
  std::vector<ReadAgain> left;
  for (const auto& [source, progress] : sources_) {
    if (progress.next < progress.end) left.push_back({source, progress.next, progress.end});
  }
  return left;
}

std::vector<AgainPosition> Backfill::Positions() const {
  std::vector<AgainPosition> positions;
  for (const auto& [source, progress] : sources_) {
    positions.push_back({source, progress.next, progress.end});
  }
  return positions;
}

bool Backfill::Wants(const SourceId& source, int64_t offset) const {
  if (begun_) return false;
  const auto it = sources_.find(source);
  return it != sources_.end() && offset >= it->second.next && offset < it->second.end;
}

void Backfill::Advance(const SourceId& source, int64_t offset, State& state) {
  const auto it = sources_.find(source);
  it->second.next = offset + 1;
  Save(source, it->second, state);
}

Time Backfill::Stamp(const SourceId& source, Time told) const {
  const auto it = sources_.find(source);
  return std::max(told, it == sources_.end() ? kUnknownTime : it->second.last_accepted);
}

void Backfill::Accept(const SourceId& source, Time accepted, State& state) {
  const auto it = sources_.find(source);
  if (it == sources_.end() || accepted <= it->second.last_accepted) return;
  it->second.last_accepted = accepted;
  Save(source, it->second, state);
}

}  // namespace tocsin
