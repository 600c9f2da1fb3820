// Those that only several router tasks, or another order of arrival, show.
#include <algorithm>
#include <memory>
#include <utility>

#include "around.h"
#include "defects.h"
#include "lib/base/canonical.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/wire/wire.h"

namespace tocsin::simulation {
namespace {

// Each tick of one router task is taken for the clock of all: what one that is away has not read
// looks like silence.
class OneClockForAll final : public CoreAround {
 public:
  using CoreAround::CoreAround;
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    v1::KeyedRecord proto;
    if (!proto.ParseFromString(record.value)) return inner_->Step(record, state, effects);
    const auto keyed = FromProto(proto);
    if (!keyed.ok() || !std::holds_alternative<Tick>(*keyed)) {
      return inner_->Step(record, state, effects);
    }
    const Tick& tick = std::get<Tick>(*keyed);
    absl::Status status = inner_->Step(record, state, effects);
    state.Put(StrCat(kTick, tick.router.index), record.value);
    for (int32_t i = 0; status.ok() && i < tick.router.of; ++i) {
      const auto last = state.Get(StrCat(kTick, i));
      if (i == tick.router.index || !last || !proto.ParseFromString(*last)) continue;
      Tick other = std::get<Tick>(*FromProto(proto));
      other.clock = std::max(other.clock, tick.clock);
      other.beat = false;
      InputRecord told = record;
      told.value = SerializeDeterministic(ToProto(KeyedRecord(std::move(other))));
      status = inner_->Step(told, state, effects);
    }
    return status;
  }

 private:
  static constexpr char kTick[] = "\x02tick/";  // no core's keys
};

// What was accepted long before the last is passed over, whatever had it wait.
class DroppingTheOvertaken final : public CoreAround {
 public:
  using CoreAround::CoreAround;
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    v1::KeyedRecord proto;
    if (!proto.ParseFromString(record.value) || !proto.has_insert()) {
      return inner_->Step(record, state, effects);
    }
    const Time accepted = FromMicros(proto.insert().event().accepted_us());
    const auto greatest = state.Get(kGreatest);
    const Time last = greatest ? CanonicalReader(*greatest).TimeOf() : accepted;
    if (accepted < last - std::chrono::minutes(30)) return absl::OkStatus();
    state.Put(kGreatest, CanonicalWriter().TimeOf(std::max(accepted, last)).Take());
    return inner_->Step(record, state, effects);
  }

 private:
  static constexpr char kGreatest[] = "\x02/accepted";  // no core's key
};

// A warning that a rule selects comes back by way of router task 0, whoever keeps its identity.
class ReturningToTheFirst final : public CoreAround {
 public:
  using CoreAround::CoreAround;
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    absl::Status status = inner_->Step(record, state, effects);
    for (OutputRecord& out : effects.records) {
      // Of what was found each is told anyway.
      if (out.target.topic == kMatchesTopic && !out.key.starts_with("found/")) {
        out.target.partition = 0;
      }
    }
    return status;
  }
};

}  // namespace

std::vector<Defect> FleetDefects() {
  return {
      {.name = "router_tasks_share_a_group", .fleet = {.one_group = true}},
      {.name = "router_tasks_share_a_journal", .fleet = {.one_journal = true}},
      {.name = "a_partition_that_no_router_task_routes", .fleet = {.gap = true}},
      {.name = "the_clock_of_one_router_task_for_all",
       .every_core =
           [](std::unique_ptr<TaskCore> inner) {
             return std::make_unique<OneClockForAll>(std::move(inner));
           }},
      {.name = "what_comes_back_goes_to_another_router_task",
       .core = [](std::unique_ptr<TaskCore> inner,
                  int64_t) { return std::make_unique<ReturningToTheFirst>(std::move(inner)); }},
      {.name = "what_was_overtaken_is_passed_over",
       .every_core =
           [](std::unique_ptr<TaskCore> inner) {
             return std::make_unique<DroppingTheOvertaken>(std::move(inner));
           }},
  };
}

}  // namespace tocsin::simulation
