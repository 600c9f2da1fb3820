#include "simulation.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "reference.h"
#include "told.h"
#include "undisturbed.h"
#include "workload.h"

namespace tocsin::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTransactionTimeout{15'000};
// After the last fault a deployment must come to rest within so many steps.
constexpr int64_t kMostSteps = 60'000;
// As many beats must find nothing more to do.
constexpr int64_t kBeatsOfRest = 4;
// Data's time goes faster than the machines': ten seconds are a day.
constexpr int64_t kHaste = 8640;
constexpr Instant kStart{std::chrono::hours(1)};
// Of the workload's rules, less what is still to be read then: a day and more.
constexpr milliseconds kShortestHorizon{12'000};

class Simulation {
 public:
  Simulation(uint64_t seed, const Defect& defect, const std::string& folder,
             const std::function<void(const std::string&)>& teller)
      : universe_(seed, defect, kStart),
        folder_(folder),
        reference_(universe_.log),
        fleet_(universe_, folder) {
    if (!teller) return;
    universe_.teller = [this, teller](const std::string& text) {
      const auto passed = std::chrono::duration_cast<milliseconds>(universe_.now - kStart);
      teller(StrCat(passed.count(), " ms, step ", steps_, ": ", text));
    };
  }

  Outcome Run() {
    SetUp();
    const int64_t chaos = random().Between(150, 1000);
    events_left_ = random().Between(5, 60);
    while (steps_ < chaos && universe_.problem.empty()) {
      if (events_left_ > 0 && random().OneIn(std::max<int64_t>(1, chaos / 70))) Happen();
      if (universe_.Happens(outages_)) ToggleOutage();
      if (universe_.Happens(retention_)) fleet_.Expire();
      if (universe_.Happens(joins_)) {
        std::vector<MissionId> missions = Missions();
        if (random().OneIn(2)) missions.pop_back();
        SetMissions(static_cast<int32_t>(random().Below(shape_.router_tasks)), missions);
      }
      Step();
    }
    Calm();
    for (const int64_t until = steps_ + kMostSteps; universe_.problem.empty() && !IsAtRest();) {
      Step();
      if (steps_ > until) universe_.Break("does not come to rest: ", WhatIsLeft(false));
    }
    fleet_.StopAll();
    for (const int64_t until = steps_ + kMostSteps;
         universe_.problem.empty() && !fleet_.IsOver();) {
      Step();
      if (steps_ > until) universe_.Break("does not stop");
    }
    if (universe_.problem.empty()) CheckEnd();
    return Take();
  }

 private:
  Random& random() { return universe_.random; }
  Log& log() { return universe_.log; }

  Time DataTime() const {
    return kDawn + std::chrono::duration_cast<Duration>(universe_.now - kStart) * kHaste;
  }

  void SetUp() {
    shape_ = RandomShape(random());
    MakeTopics(shape_, log());
    joins_ = random().OneIn(4) ? random().Between(60, 300) : 0;
    for (int32_t r = 0; r < shape_.router_tasks; ++r) {
      missions_of_.push_back(Missions());
      if (joins_ > 0 && random().OneIn(2)) missions_of_.back().pop_back();
      AddRouter(r);
    }
    for (int32_t p = 0; p < shape_.keyed_partitions; ++p) AddCorrelator(p);
    log().on_commit = [this](const Transaction& transaction) {
      universe_.Break(reference_.Check(transaction));
    };
    universe_.on_write = [this](const std::string& task, const Disk& disk) {
      // The whole state is compared now and then only.
      universe_.Break(reference_.CheckState(task, disk.content(), random().OneIn(8)));
    };
    reference_.on_warning = [this](const Warning& warning) {
      if (universe_.teller) universe_.Tell(Describe(warning));
      return CheckSilence(warning, shape_, routers_);
    };
    workload_.emplace(log(), shape_, random());
    ChooseFaults();
  }

  // What a seed chooses of a task's options.
  void Vary(TaskOptions& options) {
    options.dead_letters = {kDeadLettersTopic, 0};
    options.semantics = "1";
    options.max_batch = static_cast<size_t>(random().Between(2, 40));
    options.transaction_timeout = kTransactionTimeout;
    options.commit_period = milliseconds(random().Between(1, 40));
    options.beat_period = milliseconds(random().Between(200, 1500));
    options.reread_per_second = random().Between(10, 1000);
    if (random().OneIn(2)) {
      options.checkpoint_folder = "checkpoints";
      options.checkpoint_every = milliseconds(random().Between(20, 3000));
      options.checkpoints_kept = random().Between(1, 3);
    }
  }

  std::unique_ptr<RouterTaskCore> MakeRouter(int32_t router,
                                             const std::vector<MissionId>& missions) {
    return MakeRouterCore(shape_, router, universe_.defect.fleet, missions,
                          [this] { return DataTime(); });
  }

  void AddRouter(int32_t router) {
    TaskOptions options =
        RouterTaskOptions(shape_, router, universe_.defect.fleet, missions_of_[router]);
    Vary(options);
    reference_.Add(options, [this, router] {
      std::unique_ptr<RouterTaskCore> undisturbed = MakeRouter(router, Missions());
      routers_.push_back(undisturbed.get());
      return undisturbed;
    });
    fleet_.Add(std::move(options), [this, router, missions = missions_of_[router]] {
      return MakeRouter(router, missions);
    });
  }

  // A mission joins, leaves or comes back: one router task after the other is told to read it, or
  // not to, and starts again with that.
  void SetMissions(int32_t router, const std::vector<MissionId>& missions) {
    if (missions_of_[router] == missions) return;
    missions_of_[router] = missions;
    const TaskOptions options = RouterTaskOptions(shape_, router, universe_.defect.fleet, missions);
    universe_.Tell(options.name, " is to read ", missions.size(), " missions");
    fleet_.ChangeInputs(options.name, options.inputs,
                        [this, router, missions] { return MakeRouter(router, missions); });
  }

  void AddCorrelator(int32_t partition) {
    TaskOptions options = CorrelatorTaskOptions(partition);
    Vary(options);
    // From one that forgets all the time to one that forgets nothing.
    if (random().OneIn(2)) options.read_cache_bytes = size_t{1} << random().Between(8, 24);
    const MakeCore make = [this, partition] {
      return universe_.Flawed(MakeCorrelatorCore(shape_, partition));
    };
    reference_.Add(options, make);
    fleet_.Add(std::move(options), make);
  }

  // Each seed has faults of its own: what goes wrong alone hides behind nothing.
  void ChooseFaults() {
    const auto maybe = [&](int64_t least, int64_t most) {
      return random().OneIn(2) ? random().Between(least, most) : 0;
    };
    universe_.faults = {.aborts = maybe(10, 60),
                        .unknown = maybe(5, 40),
                        .fatal = maybe(20, 80),
                        .away = maybe(3, 20),
                        .forgotten = maybe(10, 40),
                        .full = maybe(20, 80),
                        .crashes = maybe(60, 400)};
    // Whoever joins late needs what was there before.
    retention_ = random().OneIn(4) && joins_ == 0 ? random().Between(50, 400) : 0;
    fleet_.set_mischief({.stops = maybe(80, 400),
                         .zombies = maybe(80, 400),
                         .freezes = maybe(80, 400),
                         .absences = maybe(150, 800),
                         .copies = random().Between(20, 100),
                         .damages = maybe(60, 300),
                         .spoils = maybe(20, 100),
                         .machine_crashes = maybe(1, 3),
                         .old_starts = maybe(2, 6),
                         .empty_starts = maybe(6, 20),
                         .other_builds = maybe(4, 12),
                         // With what retention took the former build could not begin again.
                         .upgrades = retention_ == 0 ? maybe(2, 8) : 0});
    outages_ = maybe(40, 200);
  }

  void Calm() {
    universe_.Tell("from here on nothing goes wrong any more");
    calm_since_ = universe_.now;
    universe_.faults = {};
    fleet_.set_mischief({});
    universe_.unreachable.clear();
    while (events_left_ > 0) Happen();
    workload_->Deliver(Time::max());
    for (int32_t r = 0; r < shape_.router_tasks; ++r) SetMissions(r, Missions());
    fleet_.EndWhatIsUnsound();
    rest_since_ = reference_.beats();
  }

  void Happen() {
    --events_left_;
    universe_.Tell("somebody ", workload_->Happen(DataTime()));
  }

  // One thing more happens.
  void Step() {
    ++steps_;
    workload_->Deliver(DataTime());
    fleet_.Tend();
    if (random().OneIn(3)) log().Mark(random());
    EndLate();
    log().ExpireTransactions(universe_.now - kTransactionTimeout);
    Process* const process = fleet_.Choose();
    if (process == nullptr) return;
    process->Resume();
    universe_.now += std::chrono::microseconds(random().Below(2000));
  }

  void EndLate() {
    auto& late = universe_.late_ends;
    for (size_t i = 0; i < late.size(); ++i) {
      if (late[i].at > universe_.now) continue;
      const LateEnd end = late[i];
      late.erase(late.begin() + static_cast<ptrdiff_t>(i));
      const bool taken = log().End(end.session, true).ok();
      universe_.Tell("a late commit of ", end.session.id, taken ? " is taken" : " is refused");
      return;
    }
  }

  void ToggleOutage() {
    const std::set<SourceId> sources = log().Sources();
    auto source = sources.begin();
    std::advance(source, random().Below(static_cast<int64_t>(sources.size())));
    if (universe_.unreachable.erase(*source) > 0) {
      universe_.Tell(source->topic, " can be read again");
    } else if (source->topic != kJournalTopic && universe_.unreachable.size() < 2) {
      universe_.Tell(source->topic, " cannot be read");
      universe_.unreachable.insert(*source);
    }
  }

  // At so many beats of each, one after another, the router tasks have had nothing to read, and in
  // the end no correlator has.
  bool IsAtRest() {
    if (!WhatIsLeft(true).empty()) {
      rest_since_ = reference_.beats();
      return false;
    }
    for (const auto& [router, beats] : reference_.beats()) {
      if (beats < rest_since_[router] + kBeatsOfRest) return false;
    }
    return WhatIsLeft(false).empty();
  }

  // Each beat has every correlator say how far it is: that goes on for ever.
  bool HasNews(const SourceId& input, int64_t from) {
    const int64_t end = log().VisibleEndOf(input);
    if (from >= end) return false;
    if (input.topic != kMatchesTopic) return true;
    const std::vector<InputRecord> left = log().Read(input, from, end);
    return std::any_of(left.begin(), left.end(),
                       [](const InputRecord& record) { return !record.key.starts_with("found/"); });
  }

  // `routers`: of them alone. Each beat is something to read for the others.
  std::string WhatIsLeft(bool routers) {
    for (const auto& [name, task] : fleet_.tasks()) {
      if (task.processes.size() != 1) return StrCat(name, " does not run");
      if (routers && !task.options.journal.has_value()) continue;
      const auto& decided = log().Decided(task.options.group);
      for (const SourceId& input : task.options.inputs) {
        const auto it = decided.find(input);
        if (HasNews(input, it == decided.end() ? 0 : it->second.next)) {
          return StrCat(input.topic, " is not read by ", name);
        }
      }
      if (!task.processes.front()->core().Rereads().empty()) return StrCat(name, " reads again");
    }
    return {};
  }

  void CheckEnd() {
    for (const auto& [name, task] : fleet_.tasks()) {
      const TaskPosition& position = reference_.position(name);
      // Found damaged while it stopped, a state is set aside.
      if (task.home->damages() > 0 && ReadPosition(task.home->content()) == TaskPosition()) {
        continue;
      }
      if (ReadPosition(task.home->content()) != position) {
        universe_.Break("the state of ", name, " is not at its last commit");
      }
      universe_.Break(reference_.CheckState(name, task.home->content(), true));
      for (const auto& [input, next] : position.next) {
        const auto& decided = log().Decided(task.options.group);
        const auto it = decided.find(input);
        if (it == decided.end() || it->second.next != next) {
          universe_.Break("the offsets of ", name, " are not those of its transactions");
        }
      }
    }
    // Rules that change see no more of the past than the log still has.
    if (workload_->has_changed_rules() && fleet_.counts().expired > 0) return;
    // A mission that joins with a past older than a rule's horizon finds some of the others' gone.
    if (joins_ > 0 && calm_since_ > kStart + kShortestHorizon) return;
    const Comparison end = CompareWithUndisturbed(universe_, shape_, *workload_, reference_);
    standing_ = end.standing;
    universe_.Break(end.problem);
  }

  Outcome Take() {
    Outcome outcome{.problem = {},
                    .steps = steps_,
                    .transactions = reference_.transactions(),
                    .warnings = static_cast<int64_t>(reference_.warnings().size()),
                    .of_several = shape_.router_tasks > 1 ? 1 : 0,
                    .standing = standing_,
                    .overtaken = workload_->courier().overtaken(),
                    .fleet = fleet_.counts()};
    if (!universe_.problem.empty()) {
      universe_.Tell("BROKEN: ", universe_.problem);
      outcome.problem = StrCat("step ", steps_, ": ", universe_.problem);
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::filesystem::remove(entry.path());
    }
    return outcome;
  }

  Universe universe_;
  const std::string folder_;
  Shape shape_;
  std::vector<std::vector<MissionId>> missions_of_;  // that router tasks read
  std::vector<const RouterTaskCore*> routers_;       // the reference's
  Reference reference_;
  Fleet fleet_;
  std::optional<Workload> workload_;
  int64_t steps_ = 0, standing_ = 0;
  Instant calm_since_{};
  int64_t events_left_ = 0;
  std::map<std::string, int64_t> rest_since_;        // beats
  int64_t outages_ = 0, retention_ = 0, joins_ = 0;  // as Faults
};

}  // namespace

Outcome Simulate(uint64_t seed, const Defect& defect, const std::string& folder,
                 const std::function<void(const std::string&)>& teller) {
  return Simulation(seed, defect, folder, teller).Run();
}

}  // namespace tocsin::simulation
