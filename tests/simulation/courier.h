// Brings what is filed to the log: at once, or late by as much as hours, one source faster than
// another, and some of it twice. Within a source the order stays: ingest stamps and writes in one
// order.
#pragma once

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "lib/base/time.h"
#include "log.h"

namespace tocsin::simulation {

// What somebody filed, once: no repetition of it, and nothing that cannot be read.
struct Filed {
  Time at;
  SourceId source;
  int64_t offset = -1;  // -1: still on its way
};

class Courier {
 public:
  // `log` and `random` outlive it. `slowest`: how long a record may be on its way; 0: all come at
  // once, and nothing twice.
  Courier(Log& log, Random& random, Duration slowest)
      : log_(log), random_(random), slowest_(slowest) {}

  void File(const OutputRecord& record, Time now);
  // What was filed before, or never.
  void Add(OutputRecord record, Time now) { Send(std::move(record), now, kNone); }
  // What has arrived by `now`; the greatest time: all.
  void Deliver(Time now);

  // In the order in which it was filed.
  const std::vector<Filed>& history() const { return history_; }
  // Those that another source's later ones overtook.
  int64_t overtaken() const { return overtaken_; }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  struct Sent {
    OutputRecord record;
    Time due;
    size_t filed = kNone;  // where in the history
  };

  void Send(OutputRecord record, Time now, size_t filed);
  void Queue(Sent sent, Time now);
  void Append(const Sent& sent);

  Log& log_;
  Random& random_;
  const Duration slowest_;
  std::map<SourceId, std::deque<Sent>> on_their_way_;
  std::vector<Sent> copies_;  // to be sent when they are due
  std::vector<Filed> history_;
  size_t newest_arrived_ = 0;  // of the history
  int64_t overtaken_ = 0;
};

}  // namespace tocsin::simulation
