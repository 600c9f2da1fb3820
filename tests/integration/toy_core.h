// A core whose every output and whole state depend on everything it was ever fed, in order: a
// record lost, doubled, swapped or applied twice shows in all that follows.
#pragma once

#include <cstdlib>

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include "lib/base/canonical.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/task/task.h"
#include "tocsin/v1/journal.pb.h"

namespace tocsin::testing {

class ToyCore : public TaskCore {
 public:
  explicit ToyCore(SourceId output) : output_(std::move(output)) {}

  absl::Status Load(const ReadState& state) override {
    count_ = 0;
    (void)absl::SimpleAtoi(state.Get("count").value_or("0"), &count_);
    rereads_.clear();
    begun_ = false;
    state.Scan(kReread, PrefixEnd(kReread), [&](std::string_view key, std::string_view value) {
      rereads_[std::string(key.substr(sizeof(kReread) - 1))] = Range(Av(value));
      return true;
    });
    return absl::OkStatus();
  }

  // "bad": refused after it wrote. "poison": ends the process; "again-poison" only when it is read
  // again. "reread": reads all inputs again, as far as they were fed. "reread:FROM-TO": that of the
  // record's own input.
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    const bool again = OriginalOf(record.source).has_value();
    if (record.value == "poison" || (again && record.value == "again-poison")) std::abort();
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
    if (again) {
      const std::string key = absl::StrCat("times/", record.source.topic, "/", record.offset);
      int64_t times = 0;
      (void)absl::SimpleAtoi(state.Get(key).value_or("0"), &times);
      state.Put(key, absl::StrCat(times + 1));
    }
    Pass(record.source, record.offset, state);
    if (!again && record.value.starts_with("reread")) Command(record.source, record.value, state);
    return absl::OkStatus();
  }

  void Skip(const SourceId& source, int64_t offset, State& state) override {
    state.Put(absl::StrCat("skipped/", source.topic, "/", offset), "");
    Pass(source, offset, state);
    const auto original = OriginalOf(source);
    if (!original.has_value()) return;
    const auto it = rereads_.find(original->topic);
    if (begun_ || it == rereads_.end() || offset + 1 < it->second.to) return;
    state.Put(absl::StrCat("reread-done/", original->topic), absl::StrCat(it->second.to));
    state.Delete(kReread + original->topic);
    rereads_.erase(it);
  }

  std::vector<Reread> Rereads() const override {
    std::vector<Reread> rereads;
    for (const auto& [topic, reread] : rereads_) {
      rereads.push_back({.source = {topic, 0}, .from = reread.from, .to = reread.to});
    }
    return rereads;
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
    begun_ = false;
    if (closes_) state.Put("closed", absl::StrCat(count_));
    return absl::OkStatus();
  }

  // Only tasks with a journal may depend on where batches end.
  void CloseCounts() { closes_ = true; }

 protected:
  const SourceId output_;

 private:
  static constexpr char kReread[] = "reread/";
  static constexpr char kNext[] = "next/";

  static Reread Range(absl::string_view text) {
    const std::pair<absl::string_view, absl::string_view> ends = absl::StrSplit(text, '-');
    Reread range;
    (void)absl::SimpleAtoi(ends.first, &range.from);
    (void)absl::SimpleAtoi(ends.second, &range.to);
    return range;
  }

  // Keeps the place in an input, or in what is read of it again.
  void Pass(const SourceId& source, int64_t offset, State& state) {
    if (const auto original = OriginalOf(source)) {
      const auto it = rereads_.find(original->topic);
      if (!begun_ && it != rereads_.end()) Want(it->first, offset + 1, it->second.to, state);
    } else {
      state.Put(kNext + source.topic, absl::StrCat(offset + 1));
    }
  }

  void Want(const std::string& topic, int64_t from, int64_t to, State& state) {
    rereads_[topic] = {.source = {}, .from = from, .to = to};
    state.Put(kReread + topic, absl::StrCat(from, "-", to));
  }

  void Command(const SourceId& source, absl::string_view command, State& state) {
    std::map<std::string, Reread> ranges;
    if (absl::ConsumePrefix(&command, "reread:")) {
      ranges[source.topic] = Range(command);
    } else {
      state.Scan(kNext, PrefixEnd(kNext), [&](std::string_view key, std::string_view value) {
        ranges[std::string(key.substr(sizeof(kNext) - 1))] = Range(StrCat("0-", value));
        return true;
      });
    }
    for (const auto& [topic, range] : ranges) Want(topic, range.from, range.to, state);
    begun_ = true;
  }

  std::map<std::string, Reread> rereads_;  // by topic
  bool begun_ = false;  // since the last Close: what comes again belongs to an earlier reading
  int64_t count_ = 0;
  int64_t clock_ = 0;
  bool closes_ = false;
};

}  // namespace tocsin::testing
