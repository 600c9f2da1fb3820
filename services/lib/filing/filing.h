// The one way into a mission's topic: fill, validate, tell duplicates and conflicts, stamp the
// accept time, write to Kafka, and only then acknowledge. Both ingests use it.
//
// Thread-safe. Answers come on the caller's thread (refusals, duplicates) or on the producer's,
// never under a lock.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include "lib/base/mutex.h"
#include "lib/domain/validate.h"
#include "lib/filing/dead_letters.h"
#include "lib/filing/metrics.h"
#include "lib/filing/view.h"
#include "lib/kafka/client.h"
#include "lib/rocks/store.h"
#include "tocsin/v1/sitrep_ingest_service.pb.h"

namespace tocsin {

// docs/architecture.md, Time: the wall clock for work, the scenario's for replays and exercises.
enum class ClockKind { kWall, kScenario };

struct FilingSettings {
  FilingRules rules;
  ClockKind clock = ClockKind::kWall;
  std::string topic;
  std::string stream;  // "sitreps", "sensors"
  int32_t partitions = 0;
  size_t max_in_flight = 5'000;
  // Called, under the filing's lock, when the view may have fallen behind the log: Recover is due.
  std::function<void()> on_uncertain = [] {};
};

// One report to be filed. With kWithdraw or kRegrade only identity, revision, reason and, for the
// latter, the grading count: the rest is taken from the last revision.
struct Submission {
  Event event;
  std::string payload;              // as it came, for the mission's dead letters
  std::string sender;               // name of the certificate
  std::string partition_key;        // empty: the event's id
  std::optional<SessionMark> mark;  // `previous` is set here
};

class Filing {
 public:
  using Done = std::function<void(v1::Receipt)>;

  // `desk`s are given with each call, since feeds have their own. All references must outlive it.
  Filing(FilingSettings settings, std::unique_ptr<Store> store, Producer& producer,
         DeadLetters& dead_letters, IngestMetrics& metrics);

  // Answers exactly once.
  void Submit(Submission submission, const FilingDesk& desk, Done done);

  // Refuses what could not even be read as an event.
  v1::Receipt Refuse(const std::string& id, int32_t revision, std::vector<FieldError> errors,
                     const std::string& payload, const std::string& sender);

  // How far a session has come, and that it has come further by readings that are not in the log.
  int64_t SessionProgress(const std::string& feed, const std::string& session);
  void SetSessionProgress(const std::string& feed, const std::string& session, int64_t sequence);

  absl::StatusOr<view::TriagePage> Triage(size_t page_size, const std::string& token);

  // Brings the view to the end of the log (`catch_up`: LogReader::CatchUp), at start and when the
  // fate of a record is unknown; until then reports are answered with OUTCOME_UNAVAILABLE. Blocks;
  // one thread at a time.
  using Locked = absl::FunctionRef<absl::Status(absl::FunctionRef<absl::Status()>)>;
  absl::Status Recover(absl::FunctionRef<absl::Status(Store&, Locked)> catch_up,
                       const std::stop_token& stop);
  bool needs_recovery();

 private:
  struct Work {
    Submission submission;
    std::string hash;  // of the content; of a merge only once it is merged
    const FilingDesk* desk;
    Done done;
  };
  struct InFlight;
  using Answers = std::vector<std::pair<Done, v1::Receipt>>;

  // What these answer is told after the lock.
  void Take(Work work, Answers& answers) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<v1::Receipt> Merge(Work& work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<v1::Receipt> AgainstTheLog(const Work& work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Write(Work work, Answers& answers) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Written(const std::shared_ptr<InFlight>& record, const absl::StatusOr<int64_t>& offset);
  absl::Status Remember(const InFlight& record, int64_t offset)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Time Stamp(const Event& event, int32_t partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetUncertain() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  v1::Receipt Kept(const Submission& submission, v1::Outcome outcome,
                   std::vector<FieldError> errors);
  void Tell(Answers answers);

  const FilingSettings settings_;
  Producer& producer_;
  DeadLetters& dead_letters_;
  IngestMetrics& metrics_;

  Mutex mutex_;
  Condition idle_;
  std::unique_ptr<Store> store_;
  // The view may not hold what the log holds.
  bool uncertain_ ABSL_GUARDED_BY(mutex_) = true;
  size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  // Ids being written, and what waits for each.
  std::map<EventId, std::deque<Work>> pending_ ABSL_GUARDED_BY(mutex_);
  std::map<int32_t, Time> last_accepted_ ABSL_GUARDED_BY(mutex_);
  // By feed and session.
  std::map<std::pair<std::string, std::string>, int64_t> last_written_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin
