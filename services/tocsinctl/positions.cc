#include "tocsinctl/positions.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "lib/base/text.h"

namespace tocsin::ctl {

absl::StatusOr<Positions> ParsePositions(const std::string& text) {
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) {
    return absl::InvalidArgumentError("positions are not a JSON list");
  }
  Positions positions;
  for (const nlohmann::json& item : list) {
    if (!item.is_object() || !item.contains("topic") || !item["topic"].is_string() ||
        !item.contains("partition") || !item["partition"].is_number_integer() ||
        !item.contains("offset") || !item["offset"].is_number_integer()) {
      return absl::InvalidArgumentError("a position is not {topic, partition, offset}");
    }
    positions[{item["topic"].get<std::string>(), item["partition"].get<int32_t>()}] =
        item["offset"].get<int64_t>();
  }
  return positions;
}

std::string EvaluationWait::MissingIn(const v1::Heartbeat& heartbeat) {
  if (heartbeat.waiting() > 0) {
    return StrCat(heartbeat.waiting(), " records wait to be sent");
  }
  std::map<int32_t, const v1::EvaluatedUpTo*> tasks;
  for (const v1::EvaluatedUpTo& evaluated : heartbeat.evaluated()) {
    tasks[evaluated.keyed_partition()] = &evaluated;
  }
  for (int32_t partition = 0; partition < keyed_partitions_; ++partition) {
    const auto task = tasks.find(partition);
    if (task == tasks.end()) {
      return StrCat("nothing heard of correlator task ", partition);
    }
    Positions read;
    for (const v1::SourceTime& source : task->second->tick().sources()) {
      read[{source.source().topic(), source.source().partition()}] = source.source().offset();
    }
    for (const auto& [source, offset] : positions_) {
      const auto it = read.find(source);
      if (it == read.end() || it->second < offset) {
        return StrCat("correlator task ", partition, " has read ", source.topic, "[",
                      source.partition, "] to ", it == read.end() ? 0 : it->second, " of ", offset);
      }
    }
  }
  const auto least = [&](auto number_of) {
    int64_t number = std::numeric_limits<int64_t>::max();
    for (const auto& [partition, evaluated] : tasks)
      number = std::min(number, number_of(*evaluated));
    return number;
  };
  if (beat_ == 0) beat_ = least([](const v1::EvaluatedUpTo& one) { return one.tick().number(); });
  const int64_t back = least([&](const v1::EvaluatedUpTo& one) {
    const auto& found = one.tick().found();
    return found.empty() ? beat_ : found[found.size() - 1].beat();
  });
  if (back >= beat_) return "";
  return StrCat("what was found up to beat ", beat_, " has come back up to ", back);
}

}  // namespace tocsin::ctl
