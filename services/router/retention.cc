#include "router/retention.h"

#include "lib/kafka/topic_set.h"

namespace tocsin {

std::set<std::string> TopicsThatStateNeeds(const std::vector<MissionId>& missions) {
  std::set<std::string> topics = {kKeyedTopic, kJournalTopic, kMatchesTopic};
  for (const MissionId& mission : missions) {
    topics.insert({SitrepsTopic(mission), SensorsTopic(mission)});
  }
  return topics;
}

}  // namespace tocsin
