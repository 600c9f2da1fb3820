// Finds keys that take so much of their partition that more partitions would not help: a key is in
// one of them, and a partition is one thread.
//
// Diagnosis only: nothing here reaches the core, its state or its outputs. What it says names the
// key spec (fields that rules group by) and never the value, which may be content that who reads
// logs and metrics must not see.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "correlator/heavy_hitters.h"
#include "lib/domain/keyed.h"

namespace tocsin {

// One thread. Times are of any clock that does not go back.
class HotKeys {
 public:
  using Clock = std::chrono::steady_clock;

  // The last minute, as it is known every ten seconds.
  static constexpr size_t kParts = 6;
  static constexpr std::chrono::seconds kPart{10};
  // A key is hot from such a share on, and no longer below the other: else one at the limit would
  // be reported again and again.
  static constexpr double kHot = 0.20;
  static constexpr double kCool = 0.15;
  // In a minute of fewer records a share says nothing about scaling.
  static constexpr int64_t kLeastRecords = 6000;
  // Of each spec and part. The shares are too small by what 1/64 of the spec's records are, at
  // most, and never too large.
  static constexpr size_t kCounters = 64;

  // The hottest key of a spec: its part of the partition's records, and of the time of its thread.
  struct Shares {
    double records = 0;
    double time = 0;
    friend auto operator<=>(const Shares&, const Shares&) = default;
  };
  struct Change {
    std::string spec;
    Shares shares;
    bool hot = false;  // it was not; else it no longer is
    friend auto operator<=>(const Change&, const Change&) = default;
  };

  explicit HotKeys(Clock::time_point now) : part_began_(now) {}

  // A record of these keys was worked on for so long.
  void Note(const std::vector<CorrelationKey>& keys, std::chrono::nanoseconds took);
  // To be called now and then. What has changed with the end of a part, if one has ended; nothing
  // is hot before a whole minute was seen.
  std::vector<Change> Turn(Clock::time_point now);
  // By spec, as of the last end of a part. A spec of which nothing has come for a minute is gone.
  const std::map<std::string, Shares>& shares() const { return shares_; }

 private:
  struct OfSpec {
    HeavyHitters records{kCounters};
    HeavyHitters nanoseconds{kCounters};
  };
  struct Part {
    int64_t records = 0;
    std::chrono::nanoseconds length{0};
    std::map<std::string, OfSpec> specs;
  };

  void Judge();

  Clock::time_point part_began_;
  std::array<Part, kParts> parts_;  // the current one, then older ones in turn
  size_t current_ = 0;
  size_t whole_ = 0;  // parts that have ended
  std::map<std::string, Shares> shares_;
  std::vector<std::string> hot_;  // sorted
};

}  // namespace tocsin
