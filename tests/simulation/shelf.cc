#include "shelf.h"

#include <utility>
#include <vector>

#include "lib/base/text.h"

namespace tocsin::simulation {
namespace {

constexpr char kShellPrefix[] = "\x01shell/";

// The offsets of one moment and the data of another.
MemoryState Torn(const MemoryState& data, const MemoryState& offsets) {
  MemoryState torn;
  for (const auto& [key, value] : data.entries()) {
    if (!key.starts_with(kShellPrefix)) torn.Put(key, value);
  }
  for (const auto& [key, value] : offsets.entries()) {
    if (key.starts_with(kShellPrefix)) torn.Put(key, value);
  }
  return torn;
}

// Positions stay, or any reader would see it.
void LoseSome(MemoryState& content, Random& random) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : content.entries()) {
    if (!key.starts_with(kShellPrefix)) keys.push_back(key);
  }
  if (!keys.empty()) content.Delete(random.Of(keys));
}

class SimulatedShelf final : public CheckpointShelf {
 public:
  SimulatedShelf(Process& process, Shelf& shelf)
      : process_(process), universe_(process.universe()), shelf_(shelf) {}

  absl::StatusOr<std::vector<int64_t>> List() override {
    process_.Pause("lists its checkpoints");
    std::vector<int64_t> numbers;
    for (const auto& [number, one] : shelf_.checkpoints) numbers.push_back(number);
    return numbers;
  }

  absl::StatusOr<CheckpointManifest> Read(int64_t number) override {
    process_.Pause("reads a manifest");
    const auto it = shelf_.checkpoints.find(number);
    if (it == shelf_.checkpoints.end()) return absl::NotFoundError("it is gone");
    if (!it->second.readable) return absl::DataLossError("its manifest is unreadable");
    return it->second.manifest;
  }

  absl::Status Stage(Store& store) override {
    const absl::Status status = store.Checkpoint("staged");
    if (!status.ok()) return status;
    const MemoryState now = process_.disk().staged();
    sound_ = !process_.disk().damaged();
    staged_ = weakness().offsets_ahead ? Torn(shelf_.staged_before, now) : now;
    shelf_.staged_before = now;
    process_.Pause("has staged a checkpoint");
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> Publish(CheckpointManifest manifest,
                                  const std::stop_token& stop) override {
    process_.Pause("publishes a checkpoint");
    if (stop.stop_requested()) return absl::CancelledError("stopped");
    if (!sound_ && !weakness().copies_damaged) {
      return absl::DataLossError("a block of the store is damaged");
    }
    if (universe_.Happens(universe_.faults.full)) return absl::InternalError("no space");
    const auto& all = shelf_.checkpoints;
    const int64_t number = all.empty() ? 1 : all.rbegin()->first + 1;
    Shelved& one = shelf_.checkpoints[number];
    one.manifest = std::move(manifest);
    one.content = staged_;
    if (!sound_) LoseSome(one.content, universe_.random);
    universe_.Tell(process_.name(), " has published checkpoint ", number);
    ++process_.shelf_counts().published;
    process_.Pause("has published a checkpoint");
    return number;
  }

  absl::Status Fetch(int64_t number) override {
    process_.Pause("loads a checkpoint");
    const auto it = shelf_.checkpoints.find(number);
    if (it == shelf_.checkpoints.end()) return absl::NotFoundError("it is gone");
    if (!it->second.whole && !weakness().trusts_damaged) {
      ++process_.shelf_counts().refused;
      return absl::DataLossError("a file is damaged");
    }
    process_.disk().Replace(it->second.content);
    ++process_.shelf_counts().loaded;
    process_.Pause("has loaded a checkpoint");
    return absl::OkStatus();
  }

  absl::Status Remove(int64_t number) override {
    process_.Pause("removes a checkpoint");
    shelf_.checkpoints.erase(number);
    return absl::OkStatus();
  }

 private:
  const ShelfWeakness& weakness() const { return universe_.defect.shelf; }

  Process& process_;
  Universe& universe_;
  Shelf& shelf_;
  MemoryState staged_;
  bool sound_ = true;
};

}  // namespace

std::string Shelf::Spoil(Random& random) {
  auto it = checkpoints.begin();
  std::advance(it, random.Below(static_cast<int64_t>(checkpoints.size())));
  const std::string name = StrCat("checkpoint ", it->first);
  Shelved& one = it->second;
  switch (random.Below(6)) {
    case 0:
      checkpoints.erase(it);
      return name + " is lost";
    case 1:
      one.readable = false;
      return "the manifest of " + name + " is damaged";
    case 2:
      one.manifest.identity.state_format = 99;
      return name + " is of another format";
    case 3:
      for (auto& [topic, epoch] : one.manifest.identity.epochs) epoch = "another";
      return name + " is of other topics";
    default:
      one.whole = false;
      LoseSome(one.content, random);
      return "a file of " + name + " is damaged";
  }
}

std::unique_ptr<CheckpointShelf> MakeSimulatedShelf(Process& process, Shelf& shelf) {
  return std::make_unique<SimulatedShelf>(process, shelf);
}

}  // namespace tocsin::simulation
