// The shipped record through both cores in one process, without Kafka: what arrival order may not
// change, and what two processes must agree on byte by byte.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lib/base/state.h"
#include "lib/correlation/correlator.h"
#include "lib/routing/router.h"

namespace tocsin::scenario {

// The shipped rules with every type's allowed lateness raised to `lateness_days` (0: as shipped).
std::vector<Document> ShippedDocuments(int lateness_days);

// Everything that data/exercise/play.yaml offers and ingest would accept, filled in and merged, in
// the order of the play; not yet stamped.
std::vector<Event> ShippedEvents();

class Pipeline {
 public:
  static constexpr int32_t kPartitions = 4;

  explicit Pipeline(const std::vector<Document>& documents);

  // Feeds the events in this order, stamping accept times as ingest does on the scenario clock, and
  // closes a transaction after every `batch` events. Every source is at its end after the last.
  void Run(const std::vector<Event>& events, size_t batch);

  // Everything that both cores wrote, in order, as bytes.
  const std::string& bytes() const { return bytes_; }
  // Contents of the warnings that stand: neither cancelled nor merged away. Expiry is no part of
  // it.
  std::multiset<WarningContent> Standing() const;

 private:
  void Deliver(RouterEffects& effects);
  void Write(const std::string& bytes);

  MemoryState router_state_;
  std::unique_ptr<Router> router_;
  std::vector<std::unique_ptr<MemoryState>> states_;
  std::vector<std::unique_ptr<Correlator>> correlators_;
  std::map<WarningId, Warning> last_;
  std::set<SourceId> sources_;
  std::string bytes_;
};

}  // namespace tocsin::scenario
