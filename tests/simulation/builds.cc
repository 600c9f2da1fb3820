#include "builds.h"

#include <utility>

#include "around.h"
#include "lib/correlation/semantics.h"

namespace tocsin {
namespace simulation {
namespace {

// A core works on one thread, and nothing else does meanwhile.
thread_local Build at_work = Build::kFormer;

class Working {
 public:
  explicit Working(Build build) : before_(std::exchange(at_work, build)) {}
  ~Working() { at_work = before_; }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;

 private:
  const Build before_;
};

class BuiltCore final : public CoreAround {
 public:
  BuiltCore(Build build, std::unique_ptr<TaskCore> inner)
      : CoreAround(std::move(inner)), build_(build) {}
  absl::Status Load(const ReadState& state) override {
    const Working working(build_);
    return inner_->Load(state);
  }
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    const Working working(build_);
    return inner_->Step(record, state, effects);
  }
  absl::Status Close(State& state, TaskEffects& effects) override {
    const Working working(build_);
    return inner_->Close(state, effects);
  }

 private:
  const Build build_;
};

}  // namespace

std::unique_ptr<TaskCore> OfBuild(Build build, std::unique_ptr<TaskCore> core) {
  return std::make_unique<BuiltCore>(build, std::move(core));
}

std::string SemanticsOf(Build build) { return build == Build::kFormer ? "1" : "2"; }

TaskOptions OfBuild(Build build, TaskOptions options) {
  options.semantics = SemanticsOf(build);
  if (build == Build::kNext) options.upgrades_from = {SemanticsOf(Build::kFormer)};
  return options;
}

}  // namespace simulation

int32_t CorrelatorSemanticsVersion() {
  return simulation::at_work == simulation::Build::kFormer ? 1 : 2;
}

// The next build's windows are half as long.
bool AreInOneWindow(Time earlier, Time later, Duration window) {
  const bool former = simulation::at_work == simulation::Build::kFormer;
  return later - earlier < (former ? window : window / 2);
}

}  // namespace tocsin
