#include "lib/kafka/statistics.h"

#include <absl/strings/str_cat.h>
#include <nlohmann/json.hpp>

namespace tocsin::kafka_internal {

std::optional<std::map<SourceId, int64_t>> LeaderSilence(std::string_view statistics,
                                                         const std::set<SourceId>& sources) try {
  const nlohmann::json stats = nlohmann::json::parse(statistics);
  std::map<int64_t, int64_t> brokers;
  for (const auto& broker : stats.at("brokers")) {
    // The connection to a coordinator is listed apart, with the same id; fetches are not sent
    // there.
    if (broker.value("source", "") == "logical") continue;
    const std::string state = broker.value("state", "");
    if (state != "UP" && state != "UPDATE") continue;
    brokers[broker.value("nodeid", int64_t{-1})] = broker.value("rxidle", int64_t{0});
  }
  std::map<SourceId, int64_t> silence;
  for (const SourceId& source : sources) {
    const auto topic = stats.at("topics").find(source.topic);
    if (topic == stats.at("topics").end()) continue;
    const auto partition = topic->at("partitions").find(absl::StrCat(source.partition));
    if (partition == topic->at("partitions").end()) continue;
    const int64_t leader = partition->value("leader", int64_t{-1});
    const auto broker = brokers.find(leader);
    if (leader >= 0 && broker != brokers.end()) silence[source] = broker->second;
  }
  return silence;
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
}

}  // namespace tocsin::kafka_internal
