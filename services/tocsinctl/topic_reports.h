// Reports as they lie on the missions' topics of a cluster: what ingest accepted, each with the
// time at which it did. The topics are not anybody's view of them: nothing is withheld here.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "lib/backtest/history.h"
#include "lib/kafka/client.h"
#include "tocsinctl/session.h"

namespace tocsin::ctl {

struct TopicSelection {
  std::vector<MissionId> missions;
  Status status = Status::kActual;
  std::string exercise_id;  // with kExercise
};

struct TopicReports {
  struct Source {
    SourceId source;
    int64_t begin = 0;    // first offset that is still kept
    int64_t end = 0;      // of the log when the reading began; excluded
    int64_t records = 0;  // without the topic tool's own
    int64_t reports = 0;
    int64_t others = 0;                 // of another status or exercise
    int64_t unreadable = 0;             // that are no reports
    std::vector<std::string> problems;  // of the first 20 of these: offset and reason
  };
  std::vector<Source> sources;  // by topic and partition
  std::vector<Report> reports;  // in no order
  bool clean() const;
};

// The sitreps and sensors of these missions, from the first that is kept to where each partition
// ended at the call; commits nothing. NotFound: a mission has no such topic. OutOfRange: the log
// was cut off behind the reading. Unavailable: no broker gives an answer for half a minute.
// Cancelled when stopped.
absl::StatusOr<TopicReports> ReadTopics(const KafkaConfig& kafka, const TopicSelection& selection,
                                        const std::stop_token& stop);

// ReadTopics of the context's cluster. `missions`: none are those of the context; `exercise`: empty
// is Actual. InvalidArgument: the context does not name what is needed.
absl::StatusOr<TopicReports> ReadTopicsOf(Session& session,
                                          const std::vector<std::string>& missions,
                                          const std::string& exercise);

// A line for each partition and what is wrong in it on stderr.
void ReportTopics(const TopicReports& topics);
nlohmann::json TopicsJson(const TopicReports& topics);

}  // namespace tocsin::ctl
