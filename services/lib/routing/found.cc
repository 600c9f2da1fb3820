#include "lib/routing/found.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/routing/state_layout.h"

namespace tocsin {
namespace {

std::string KeyOf(int32_t partition) {
  return layout::Key(layout::kFound, CanonicalWriter().Int64(partition));
}

}  // namespace

absl::Status FoundSoFar::Load(const ReadState& state) {
  beats_ = 0;
  found_.clear();
  bool readable = true;
  if (const auto value = state.Get(layout::kBeats)) {
    CanonicalReader in(*value);
    beats_ = in.Int64();
    readable = in.ok() && in.done();
  }
  state.Scan(layout::kFound, PrefixEnd(layout::kFound),
             [&](std::string_view key, std::string_view value) {
               CanonicalReader id(key.substr(layout::kFound.size()));
               std::vector<FoundUpTo>& found = found_[static_cast<int32_t>(id.Int64())];
               CanonicalReader in(value);
               while (in.ok() && !in.done()) {
                 FoundUpTo& one = found.emplace_back();
                 one.beat = in.Int64();
                 one.time = in.TimeOf();
               }
               readable = readable && id.ok() && id.done() && in.ok();
               return readable;
             });
  if (readable) return absl::OkStatus();
  return absl::DataLossError("the router's entries of what correlators found cannot be read");
}

absl::Status FoundSoFar::Check(const FoundMark& found, int32_t trips) const {
  if (found.keyed_partition < 0 || found.keyed_partition >= partitions_) {
    return absl::InvalidArgumentError(
        StrCat("found.keyed_partition: is ", found.keyed_partition, ", there are ", partitions_));
  }
  if (std::ssize(found.up_to) != trips) {
    return absl::InvalidArgumentError(StrCat("found.up_to: has ", found.up_to.size(),
                                             " entries, the rules in effect need ", trips));
  }
  return absl::OkStatus();
}

void FoundSoFar::Take(const FoundMark& found, State& state) {
  std::vector<FoundUpTo>& known = found_[found.keyed_partition];
  known.resize(found.up_to.size());
  CanonicalWriter out;
  for (size_t i = 0; i < known.size(); ++i) {
    // Time may fall back by what a source at its end did not have yet; what was found stays found.
    known[i].beat = std::max(known[i].beat, found.up_to[i].beat);
    known[i].time = std::max(known[i].time, found.up_to[i].time);
    out.Int64(known[i].beat).TimeOf(known[i].time);
  }
  state.Put(KeyOf(found.keyed_partition), out.str());
}

void FoundSoFar::Clear(State& state) {
  for (const auto& [partition, found] : found_) state.Delete(KeyOf(partition));
  found_.clear();
}

std::vector<FoundUpTo> FoundSoFar::OfAll(int32_t trips) const {
  const auto size = static_cast<size_t>(trips);
  if (std::ssize(found_) < partitions_) return std::vector<FoundUpTo>(size);
  std::vector<FoundUpTo> least = found_.begin()->second;
  for (const auto& [partition, found] : found_) {
    for (size_t i = 0; i < size; ++i) {
      least[i].beat = std::min(least[i].beat, found[i].beat);
      least[i].time = std::min(least[i].time, found[i].time);
    }
  }
  return least;
}

int64_t FoundSoFar::CountBeat(State& state) {
  ++beats_;
  state.Put(layout::kBeats, CanonicalWriter().Int64(beats_).str());
  return beats_;
}

}  // namespace tocsin
