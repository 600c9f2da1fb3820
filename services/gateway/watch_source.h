// What a watch session reads from: the log of warnings as one caller may see it, under one filter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tocsin/v1/gateway_service.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin::gateway {

// How far the view has read, all of one moment.
struct Reach {
  std::vector<int64_t> ends;
  std::vector<int64_t> floors;
  std::vector<v1::EvaluatedUpTo> evaluated;
};

class WatchSource {
 public:
  virtual ~WatchSource() = default;

  virtual std::string epoch() const = 0;
  virtual Reach reach() = 0;

  struct Found {
    int64_t offset = 0;
    v1::WarningView view;
  };
  struct Scanned {
    std::optional<Found> found;
    // Everything before this offset was looked at: one past `found`, or the end of the range, or
    // less where a great many records were not for this caller.
    int64_t reached = 0;
  };
  // The first record of `partition` with from <= offset < to that is for this caller. `standing`:
  // among the last revisions of warnings that have not ended; else of the log, revisions that take
  // a warning out of the filter included.
  virtual Scanned Next(int32_t partition, int64_t from, int64_t to, bool standing) = 0;

  // Warnings that stand, as this caller may see them under its filter.
  virtual int32_t OpenWarnings() = 0;
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
