#include "process.h"

#include <utility>

#include "around.h"
#include "clients.h"
#include "shelf.h"

namespace tocsin::simulation {

// Runs at once, when it is next looked at, or when it is waited for.
class SimulatedErrand final : public TaskWorld::Errand {
 public:
  SimulatedErrand(Process& process, std::function<absl::Status()> work)
      : process_(process), work_(std::move(work)), looks_(process.universe().random.Below(4)) {
    if (looks_ == 0) Run();
  }
  ~SimulatedErrand() override {
    if (outcome_.has_value() || process_.killed_) return;
    ++process_.undisturbed_;
    Run();
    --process_.undisturbed_;
  }

  bool IsDone() override {
    process_.Pause("looks whether it is done");
    if (!outcome_.has_value() && --looks_ <= 0) Run();
    return outcome_.has_value();
  }
  absl::Status Wait() override {
    if (!outcome_.has_value()) Run();
    return *outcome_;
  }

 private:
  void Run() { outcome_ = work_(); }

  Process& process_;
  const std::function<absl::Status()> work_;
  int64_t looks_;
  std::optional<absl::Status> outcome_;
};

// Some records kill whoever takes them into a core.
class MortalCore final : public CoreAround {
 public:
  MortalCore(Process& process, std::unique_ptr<TaskCore> inner)
      : CoreAround(std::move(inner)), process_(process) {}
  absl::Status Step(const InputRecord& record, State& state, TaskEffects& effects) override {
    if (record.value == kDeadly) process_.Die("is fed a deadly record");
    return inner_->Step(record, state, effects);
  }

 private:
  Process& process_;
};

Process::Process(Universe& universe, TaskOptions options, const MakeCore& make_core, Disk& disk,
                 Shelf& shelf, ShelfCounts& counts, int64_t number)
    : universe_(universe),
      task_(options.name),
      name_(absl::StrCat(options.name, "#", number)),
      disk_(disk),
      shelf_(shelf),
      shelf_counts_(counts),
      core_(std::make_unique<MortalCore>(*this, make_core())),
      wake_(universe.now),
      fiber_([this, options = std::move(options)]() mutable { Run(std::move(options)); }) {
  if (universe_.defect.core) core_ = universe_.defect.core(std::move(core_), number);
}

Process::~Process() { Kill(); }

void Process::Run(TaskOptions options) {
  options.state_folder = disk_.folder();
  if (other_build_) {
    options.semantics = "another";
    options.upgrades_from.clear();
  }
  options.log = [this](int, const std::string& text) { universe_.Tell(name_, ": ", text); };
  try {
    // Lives as long as the runner does, and longer.
    const std::shared_ptr<TaskWorld> world(std::shared_ptr<void>(), this);
    TaskRunner runner(std::move(options), *core_, world);
    result_ = runner.Run(stop_.get_token());
  } catch (const Killed&) {
    result_ = absl::CancelledError("killed");
  }
}

void Process::Resume() { fiber_.Resume(); }

void Process::Kill() {
  if (fiber_.has_ended()) return;
  kill_ = true;
  // A process that has not begun has nothing to end, but its fiber has.
  while (!fiber_.has_ended()) fiber_.Resume();
}

void Process::Pause(const char* where) {
  if (undisturbed_ > 0) return;
  fiber_.Yield();
  if (kill_ || universe_.Happens(universe_.faults.crashes)) Die(where);
}

void Process::Die(const char* where) {
  universe_.Tell(name_, " is killed where it ", where);
  killed_ = true;
  throw Killed();
}

void Process::SleepUntil(Instant then) {
  wake_ = then;
  Pause("waits");
}

absl::StatusOr<std::unique_ptr<Consumer>> Process::MakeConsumer(const KafkaConfig&,
                                                                const std::string& group) {
  Pause("makes a consumer");
  std::unique_ptr<Consumer> consumer = MakeSimulatedConsumer(*this, group);
  return universe_.defect.consumer ? universe_.defect.consumer(std::move(consumer))
                                   : std::move(consumer);
}

absl::StatusOr<std::unique_ptr<TransactionalProducer>> Process::MakeProducer(
    const KafkaConfig&, const TransactionalOptions& options) {
  Pause("makes a producer");
  std::unique_ptr<TransactionalProducer> producer = MakeSimulatedProducer(*this, options);
  return universe_.defect.producer ? universe_.defect.producer(std::move(producer))
                                   : std::move(producer);
}

absl::StatusOr<std::map<std::string, std::string>> Process::ReadEpochs(
    const KafkaConfig&, const std::set<std::string>& topics) {
  Pause("reads the epochs");
  if (universe_.Happens(universe_.faults.away)) return absl::UnavailableError("no broker");
  std::map<std::string, std::string> epochs;
  for (const std::string& topic : topics) epochs[topic] = "epoch of " + topic;
  return epochs;
}

absl::StatusOr<std::unique_ptr<Store>> Process::OpenStore(const std::string&,
                                                          std::shared_ptr<StoreResources>) {
  Pause("opens its store");
  if (disk_.damaged() && universe_.random.OneIn(2)) return absl::DataLossError("damaged");
  std::unique_ptr<Store> store = MakeSimulatedStore(*this);
  return universe_.defect.store ? universe_.defect.store(std::move(store)) : std::move(store);
}

absl::StatusOr<std::unique_ptr<CheckpointShelf>> Process::OpenShelf(const std::string&,
                                                                    const std::string&) {
  Pause("opens its folder of checkpoints");
  return MakeSimulatedShelf(*this, shelf_);
}

absl::Status Process::SetAside(const std::string&) {
  Pause("sets its state aside");
  disk_.Replace({});
  ++shelf_counts_.set_aside;
  return absl::OkStatus();
}

void Process::Sleep(std::chrono::milliseconds time, const std::stop_token& stop) {
  if (!stop.stop_requested()) SleepUntil(universe_.now + time);
}

std::unique_ptr<TaskWorld::Errand> Process::Start(std::function<absl::Status()> work) {
  return std::make_unique<SimulatedErrand>(*this, std::move(work));
}

}  // namespace tocsin::simulation
