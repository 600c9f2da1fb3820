// A core whose every output and whole state depend on everything it was ever fed, in order: a
// record lost, doubled, swapped or applied twice shows in all that follows.
#pragma once

#include <cstdlib>

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include "lib/base/hash.h"
#include "lib/task/task.h"
#include "tocsin/v1/journal.pb.h"

namespace tocsin::testing {

class ToyCore : public TaskCore {
 public:
  explicit ToyCore(SourceId output) : output_(std::move(output)) {}

  absl::Status Load(const ReadState& state) override {
    count_ = 0;
    (void)absl::SimpleAtoi(state.Get("count").value_or("0"), &count_);
    return absl::OkStatus();
  }

  // "bad": refused after it wrote. "poison": ends the process.
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    if (record.value == "poison") std::abort();
    const std::string chain = ShortHashHex(
        absl::StrCat(state.Get("chain").value_or(""), record.source.topic, record.value));
    state.Put("chain", chain);
    state.Put(absl::StrCat("seen/", record.source.topic, "/", record.value), chain);
    if (record.value == "bad") return absl::InvalidArgumentError("a bad record");
    // The cache must agree with the state after every reload.
    if (state.Get("count").value_or("0") != absl::StrCat(count_)) {
      return absl::InternalError("the cache is not what the state says");
    }
    state.Put("count", absl::StrCat(++count_));
    OutputRecord output;
    output.target = output_;
    output.key = record.value;
    output.value = absl::StrCat(count_, " ", record.value, " ", chain);
    effects.records.push_back(std::move(output));
    ++effects.counts["steps"];
    return absl::OkStatus();
  }

  void Skip(const SourceId& source, int64_t offset, State& state) override {
    state.Put(absl::StrCat("skipped/", source.topic, "/", offset), "");
  }

  std::string EncodeObservation(const std::vector<SourceObservation>& sources, bool beat) override {
    v1::Observation observation;
    observation.set_clock_us(++clock_);
    observation.set_beat(beat);
    for (const SourceObservation& source : sources) {
      v1::SourceTime* time = observation.add_sources();
      time->mutable_source()->set_topic(source.source.topic);
      time->set_status(!source.reachable ? v1::SOURCE_STATUS_UNKNOWN
                       : source.at_end   ? v1::SOURCE_STATUS_AT_END
                                         : v1::SOURCE_STATUS_BEHIND);
    }
    return observation.SerializeAsString();
  }

  absl::Status Observe(std::string_view encoded, State& state, TaskEffects&) override {
    state.Put("observed",
              ShortHashHex(absl::StrCat(state.Get("observed").value_or(""), std::string(encoded))));
    return absl::OkStatus();
  }

  absl::Status Close(State& state, TaskEffects&) override {
    if (closes_) state.Put("closed", absl::StrCat(count_));
    return absl::OkStatus();
  }

  // Only tasks with a journal may depend on where batches end.
  void CloseCounts() { closes_ = true; }

 protected:
  const SourceId output_;

 private:
  int64_t count_ = 0;
  int64_t clock_ = 0;
  bool closes_ = false;
};

}  // namespace tocsin::testing
