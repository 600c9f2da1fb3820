// Those that only a fleet of several router tasks shows.
#include <algorithm>
#include <memory>
#include <utility>

#include "around.h"
#include "defects.h"
#include "lib/base/text.h"
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
  };
}

}  // namespace tocsin::simulation
