// What a watch session reads from: the log of warnings and the one of what people do with them, as
// one caller may see them, under one filter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/cursor.h"
#include "tocsin/v1/gateway_service.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::gateway {

// How far the view has read, all of one moment.
struct Reach {
  LogPosition ends;
  LogPosition floors;
  std::shared_ptr<const std::vector<v1::EvaluatedUpTo>> evaluated;
};

// Which records of a partition a scan is for.
struct Lane {
  enum class Kind {
    kStanding,  // last revisions of warnings that have not ended, of one severity
    kUrgent,  // of the log, what concerns an Extreme warning: a revision that is, or follows on one
              // that was
    kLog,     // of the log, all but what was sent ahead and what that has overtaken
  };
  Kind kind = Kind::kLog;
  // kStanding: of this one. Less than "unknown" counts as that.
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  int64_t ahead = 0;  // kLog: urgent records before it have been sent
};

class WatchSource {
 public:
  virtual ~WatchSource() = default;

  virtual Epochs epochs() const = 0;
  virtual Reach reach() = 0;

  struct Found {
    int64_t offset = 0;
    v1::WarningView view;
    bool leaves_filter = false;  // the revision before was for this caller, this one is not
  };
  struct Scanned {
    std::optional<Found> found;
    // Everything before this offset was looked at: one past `found`, or the end of the range, or
    // less where a great many records were not for this caller.
    int64_t reached = 0;
  };
  // The first record of `partition` with from <= offset < to in this lane that is for this caller;
  // of the log, revisions that take a warning out of the filter included.
  virtual Scanned Next(int32_t partition, int64_t from, int64_t to, const Lane& lane) = 0;

  // A revision that this caller was given, as it was given but for the life and what it refers to;
  // nothing if it is gone.
  virtual std::optional<v1::WarningView> AsGiven(const std::string& warning_id,
                                                 int32_t revision) = 0;

  struct Change {
    int64_t offset = 0;
    v1::LifecycleChange change;
  };
  struct ScannedChanges {
    std::optional<Change> found;
    int64_t reached = 0;  // as above
  };
  // The first change of life from `from` on and before `to` of a warning that is for this caller.
  virtual ScannedChanges NextChange(int64_t from, int64_t to) = 0;

  // Warnings that stand, as this caller may see them under its filter.
  struct Open {
    int32_t warnings = 0;
    // As the heartbeat's open_digest says; absent unless it is known for exactly the position.
    std::optional<uint64_t> digest;
  };
  virtual Open OpenWarnings(const LogPosition& position) = 0;
  // What holds at the JOC as a whole; the number of actions on it tells one state from another.
  virtual int64_t CentreActions() = 0;
  virtual v1::Centre Centre() = 0;
  // Since the gateway last heard from the correlator task that it has not heard of for longest.
  virtual int64_t OldestEvaluationAgeMs() = 0;
};

// For a caller's filter.
class WatchSources {
 public:
  virtual ~WatchSources() = default;
  virtual std::unique_ptr<WatchSource> Open(const v1::WarningFilter& filter) = 0;
};

}  // namespace tocsin::gateway
