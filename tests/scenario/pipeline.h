// The shipped record through both cores in one process, without Kafka: what arrival order may not
// change, and what two processes must agree on byte by byte.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lib/backtest/history.h"
#include "lib/backtest/room.h"

namespace tocsin::scenario {

// The shipped rules with every type's allowed lateness raised to `lateness_days` (0: as shipped).
std::vector<Document> ShippedDocuments(int lateness_days);

// Everything that data/exercise/play.yaml and the plays `beside` it offer and ingest would accept,
// filled in, merged and stamped, in the order in which it was known.
std::vector<Report> ShippedReports(const std::vector<std::string>& beside = {});
// The same, not stamped.
std::vector<Event> ShippedEvents();

class Pipeline final : private RoomListener {
 public:
  static constexpr int32_t kPartitions = 4;

  explicit Pipeline(const std::vector<Document>& documents, int32_t partitions = kPartitions);

  // Feeds the events in this order, stamping accept times as ingest does on the scenario clock, and
  // closes a transaction after every `batch` events. Every source is at its end after the last.
  void Run(const std::vector<Event>& events, size_t batch);

  // Other rules, before the next Run. What they need is read again while that goes on, `again`
  // reports after each transaction.
  void Change(const std::vector<Document>& documents, size_t again);

  // Everything that both cores wrote, in order, as bytes.
  const std::string& bytes() const { return bytes_; }
  // Contents of the warnings that stand: neither cancelled nor merged away. Expiry is no part of
  // it.
  std::multiset<WarningContent> Standing() const;
  // Of these, what has not expired.
  std::multiset<WarningContent> Open() const;

 private:
  void Close(bool all);
  void OnKeyed(const RouterEffects::Keyed& keyed) override;
  void OnEffects(const CorrelatorEffects& effects) override;
  void Write(const std::string& bytes);

  std::unique_ptr<Room> room_;
  std::map<WarningId, Warning> last_;
  std::set<SourceId> sources_;
  std::map<SourceId, Time> accepted_;
  std::map<SourceId, std::vector<Event>> log_;  // as stepped
  size_t again_ = 0;
  Time evaluated_ = kUnknownTime;
  std::string bytes_;
};

}  // namespace tocsin::scenario
