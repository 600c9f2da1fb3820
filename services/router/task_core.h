// The router's core in terms of bytes: decodes input records by topic, encodes what the core writes
// into records of fusion.keyed.v1.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lib/base/time.h"
#include "lib/publication/publication.h"
#include "lib/routing/router.h"
#include "lib/task/task.h"

namespace tocsin {

struct RouterCoreOptions {
  std::string task = "router-0";  // who writes; part of every record's CloudEvents source
  RouterOptions router;
  // The inputs that are read; a source that the state knows and that is not among them is unknown.
  std::set<SourceId> inputs;
};

class RouterTaskCore final : public TaskCore {
 public:
  // `machine_clock` is read only when an observation is made, which the journal keeps.
  RouterTaskCore(RouterCoreOptions options, PlaceIndexFactory place_index_factory,
                 std::function<Time()> machine_clock);

  absl::Status Load(const ReadState& state) override;
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override;
  void Skip(const SourceId& source, int64_t offset, State& state) override;
  std::string EncodeObservation(const std::vector<SourceObservation>& sources, bool beat) override;
  absl::Status Observe(std::string_view encoded, State& state, TaskEffects& effects) override;
  std::vector<Reread> Rereads() const override;
  absl::Status Close(State& state, TaskEffects& effects) override;

  const Router& router() const { return router_; }

 private:
  // Another router task routes it: it is read for a scenario's clock alone. It may be an input no
  // more, and be in the journal.
  bool IsOfAnother(const SourceId& source) const;
  void Heed(const InputRecord& record, State& state);
  absl::Status StepRules(const InputRecord& record, State& state, TaskEffects& effects);
  void Encode(RouterEffects routed, TaskEffects& effects) const;

  const RouterCoreOptions options_;
  const Publication publication_;
  Router router_;
  const std::function<Time()> machine_clock_;
};

}  // namespace tocsin
