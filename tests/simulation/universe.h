// What all simulated processes share: the log, the time, the dice, and what may go wrong.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "deployment.h"
#include "disk.h"
#include "lib/kafka/client.h"
#include "lib/kafka/transactional.h"
#include "lib/rocks/store.h"
#include "lib/task/task.h"
#include "log.h"

namespace tocsin::simulation {

// How often things go wrong, as one in so many calls; 0: never.
struct Faults {
  int64_t aborts = 0;     // a transaction that cannot be committed
  int64_t unknown = 0;    // a commit whose outcome nobody learns
  int64_t fatal = 0;      // a producer that can do nothing more
  int64_t away = 0;       // no broker answers
  int64_t forgotten = 0;  // an offset that the producer does not know after the commit
  int64_t full = 0;       // a state that cannot be written
  int64_t crashes = 0;    // a process is no more at this call
};

// What a seeded defect makes of checkpoints.
struct ShelfWeakness {
  bool offsets_ahead = false;   // of the data beside them
  bool trusts_damaged = false;  // whatever the checksums say
  bool copies_damaged = false;  // of a store whose blocks are not what they were
};

// What a seeded defect puts around the parts of a task.
struct Defect {
  std::string name;
  LogWeakness log;
  ShelfWeakness shelf;
  FleetWeakness fleet;
  // The next build takes all state and all that was told for its own.
  bool takes_over_anything = false;
  std::function<std::unique_ptr<Consumer>(std::unique_ptr<Consumer>)> consumer;
  std::function<std::unique_ptr<TransactionalProducer>(std::unique_ptr<TransactionalProducer>)>
      producer;
  std::function<std::unique_ptr<Store>(std::unique_ptr<Store>)> store;
  // `incarnation`: number of the process.
  std::function<std::unique_ptr<TaskCore>(std::unique_ptr<TaskCore>, int64_t incarnation)> core;
  // Of the correlators' core itself, wherever it runs: the reference and the undisturbed fleet have
  // it, too.
  std::function<std::unique_ptr<TaskCore>(std::unique_ptr<TaskCore>)> every_core;
};

// A commit on its way to the broker when its sender gave up on it.
struct LateEnd {
  Session session;
  Instant at;
};

// The value of a record that no process survives.
inline constexpr char kDeadly[] = "deadly";

struct Universe {
  Universe(uint64_t seed, Defect flaw, Instant start)
      : random(seed), log(flaw.log), defect(std::move(flaw)), now(start) {}

  Random random;
  Log log;
  const Defect defect;
  Faults faults;
  Instant now;
  std::set<SourceId> unreachable;
  std::vector<LateEnd> late_ends;
  // A task has written to its disk.
  std::function<void(const std::string& task, const Disk& disk)> on_write;
  // What happens, in words; empty: nobody listens.
  std::function<void(const std::string&)> teller;
  // The first broken promise; empty: none yet.
  std::string problem;

  std::unique_ptr<TaskCore> Flawed(std::unique_ptr<TaskCore> core) const {
    return defect.every_core ? defect.every_core(std::move(core)) : std::move(core);
  }
  bool Happens(int64_t one_in) { return one_in > 0 && random.OneIn(one_in); }
  template <class... Parts>
  void Tell(const Parts&... parts) {
    if (teller) teller(absl::StrCat(parts...));
  }
  // Of nothing nothing is said.
  template <class... Parts>
  void Break(const Parts&... parts) {
    if (problem.empty()) problem = absl::StrCat(parts...);
  }
};

}  // namespace tocsin::simulation
